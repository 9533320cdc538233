"""The one stream of events: a listener is a number, and misses nothing unnoticed."""

from __future__ import annotations

import threading

import pytest

from pi_service.studio.core.events import EventStream


@pytest.fixture
def stream() -> EventStream:
    return EventStream(5, clock=lambda: 1000.0)


def test_a_listener_reads_what_came_after_the_last_it_saw(stream: EventStream) -> None:
    start = stream.last_id
    first = stream.publish("job", {"id": 1})
    second = stream.publish("job", {"id": 2})
    assert stream.read(start) == [first, second]
    assert stream.read(first.id) == [second]
    assert stream.read(second.id) == []
    assert (first.at, first.data) == (1000.0, {"id": 1})


def test_a_listener_that_fell_behind_is_told_to_start_anew(stream: EventStream) -> None:
    start = stream.last_id
    for number in range(5):
        stream.publish("job", {"id": number})
    assert len(stream.read(start)) == 5
    stream.publish("job", {"id": 5})
    (reset,) = stream.read(start)
    assert (reset.kind, reset.id) == ("reset", stream.last_id)
    assert stream.read(reset.id) == []


def test_a_listener_from_another_life_of_the_service_is_told_so(stream: EventStream) -> None:
    assert [event.kind for event in stream.read(17)] == ["reset"]
    assert [event.kind for event in stream.read(10**15)] == ["reset"]


def test_numbers_rise_over_a_restart() -> None:
    before = EventStream(clock=lambda: 1000.0)
    for _ in range(100):
        before.publish("job", {})
    after = EventStream(clock=lambda: 1001.0)
    assert after.last_id > before.last_id


def test_a_waiting_listener_is_woken(stream: EventStream) -> None:
    start = stream.last_id
    timer = threading.Timer(0.05, stream.publish, ("job", {"id": 1}))
    timer.start()
    assert [event.data for event in stream.read(start, timeout=10)] == [{"id": 1}]
    timer.join()


def test_a_wait_ends_after_its_time(stream: EventStream) -> None:
    assert stream.read(stream.last_id, timeout=0.01) == []


def test_closing_wakes_everybody(stream: EventStream) -> None:
    timer = threading.Timer(0.05, stream.close)
    timer.start()
    assert stream.read(stream.last_id, timeout=10) == []
    assert stream.closed
    assert stream.read(stream.last_id, timeout=10) == []
    timer.join()


def test_what_is_published_is_not_changed_afterwards(stream: EventStream) -> None:
    data = {"id": 1}
    event = stream.publish("job", data)
    data["id"] = 2
    assert event.data == {"id": 1}
