"""The live stream, over a real server."""

from __future__ import annotations

import time

from flask import Flask

from pi_service.studio.core.events import Event
from pi_service.studio.jobs.job import Request
from pi_service.web.server import WebServer
from pi_service.web.streaming import coalesce, streams_of
from tests.pi_service.web.fake_studio import FakeStudio, fake_app
from tests.pi_service.web.sse import Listening, wait_for


def test_a_listener_first_gets_the_whole_state(server: WebServer, studio: FakeStudio) -> None:
    studio.jobs.request(Request("button"))
    studio.advance(40)
    with Listening(server.port) as listening:
        assert listening.response.headers["Content-Type"].startswith("text/event-stream")
        message = listening.next()
    assert message.kind == "state"
    assert message.id == studio.events.last_id
    assert message.data["progress"]["length_mm"] == 40
    assert len(message.data["job"]["strokes"]) == 14


def test_then_it_gets_every_event_as_it_happens(server: WebServer, studio: FakeStudio) -> None:
    with Listening(server.port) as listening:
        assert listening.next().kind == "state"
        studio.jobs.request(Request("button"))
        job = listening.next()
        assert (job.kind, job.data["state"]) == ("job", "waiting")
        studio.advance(5)
        drawing = listening.until("drawing")
        assert drawing.data["job"] == 1
        assert listening.until("progress").data["length_mm"] == 5


def test_a_listener_that_comes_back_gets_what_it_missed(
    server: WebServer, studio: FakeStudio
) -> None:
    with Listening(server.port) as listening:
        seen = listening.next().id
    studio.jobs.request(Request("button"))
    studio.jobs.request(Request("button"))
    with Listening(server.port, headers={"Last-Event-ID": str(seen)}) as listening:
        told = [listening.next() for _ in range(3)]
        assert [each.data["id"] for each in told if each.kind == "job"] == [1, 2]


def test_a_listener_from_before_a_restart_gets_the_state_anew(
    server: WebServer, studio: FakeStudio
) -> None:
    for after in (studio.events.last_id + 10**6, 17):
        with Listening(server.port, headers={"Last-Event-ID": str(after)}) as listening:
            assert listening.next().kind == "state"


def test_a_wrong_last_event_id_is_refused(server: WebServer) -> None:
    for wrong in ("x", "-1", "1" * 30, "1.5"):
        with Listening(server.port, headers={"Last-Event-ID": wrong}) as listening:
            assert listening.status == 400


def test_silence_is_broken_by_a_sign_of_life(server: WebServer) -> None:
    with Listening(server.port) as listening:
        assert listening.next().kind == "state"
        asked = time.monotonic()
        assert listening.next().kind == "heartbeat"
        assert time.monotonic() - asked < 2


def test_a_full_house_is_told_to_come_again(studio: FakeStudio) -> None:
    app = fake_app(studio, max_streams=2)
    with WebServer(app, "127.0.0.1", 0) as server:
        first, second = Listening(server.port), Listening(server.port)
        with Listening(server.port) as third:
            assert third.status == 503
            assert int(third.response.headers["Retry-After"]) > 0
            assert third.response.headers["Content-Type"] == "application/problem+json"
        first.next()
        first.close()
        wait_for(lambda: streams_of(app).open == 1)
        with Listening(server.port) as fourth:
            assert fourth.next().kind == "state"
        second.close()


def test_a_listener_that_hangs_up_frees_its_place(app: Flask, server: WebServer) -> None:
    listeners = [Listening(server.port) for _ in range(5)]
    for listening in listeners:
        listening.next()
    assert streams_of(app).open == 5
    for listening in listeners:
        listening.close()
    wait_for(lambda: streams_of(app).open == 0)


def test_the_stream_ends_with_the_studio(server: WebServer, studio: FakeStudio) -> None:
    with Listening(server.port) as listening:
        listening.next()
        studio.events.close()
        try:
            while True:
                listening.next()
        except EOFError:
            pass


def test_of_progress_in_a_row_only_the_newest_is_sent() -> None:
    kinds = ["progress", "progress", "job", "progress", "machine", "progress", "progress"]
    events = [Event(number, kind, 0.0, {}) for number, kind in enumerate(kinds)]
    assert [event.id for event in coalesce(events)] == [1, 2, 3, 4, 6]
    assert coalesce([]) == []
