"""The machine's clock gives a host the time that it needs to notice an answer."""

from __future__ import annotations

import pytest

from firmware_gcode.grbl.simulator.pace import Pace

LATE = 0.0015


class Clock:
    def __init__(self) -> None:
        self.time = 100.0

    def __call__(self) -> float:
        return self.time


def pace(clock: Clock, most: float | None = None) -> Pace:
    return Pace(clock, most=most)


def exchange(clock: Clock, paced: Pace, *, apart: float = 0.03, late: float = LATE) -> None:
    clock.time += apart
    paced.spoken()
    clock.time += 0.001
    paced.answered()
    paced.looked(lies=True)
    clock.time += late
    paced.looked(lies=False)


def test_a_host_that_is_late_each_time_is_in_time_for_the_machine() -> None:
    clock = Clock()
    paced = pace(clock)
    for count in range(1, 51):
        exchange(clock, paced)
        assert paced.given == pytest.approx(count * LATE)
        assert not paced.unread
    assert clock.time - paced.now() == pytest.approx(50 * LATE)


def test_the_clock_never_falls_and_a_deadline_is_as_far_as_it_says() -> None:
    clock = Clock()
    paced = pace(clock)
    before = paced.now()
    exchange(clock, paced, apart=0.0005)
    exchange(clock, paced)
    assert paced.now() >= before
    due = paced.now() + 0.02
    clock.time += paced.wait_until(due)
    assert paced.now() == pytest.approx(due)


def test_bytes_that_come_together_are_one_exchange() -> None:
    clock = Clock()
    paced = pace(clock)
    exchange(clock, paced)
    clock.time += 0.0001 - LATE
    paced.spoken()
    paced.answered()
    assert not paced.unread
    assert paced.given == pytest.approx(LATE)


def test_who_never_reads_does_not_stop_the_machine() -> None:
    clock = Clock()
    paced = pace(clock)
    clock.time += 1.0
    paced.spoken()
    paced.answered()
    clock.time += 0.5
    paced.looked(lies=True)
    assert not paced.unread
    assert paced.given == pytest.approx(0.02)


def test_who_waits_for_the_answer_is_given_nothing() -> None:
    clock = Clock()
    paced = pace(clock)
    clock.time += 1.0
    paced.spoken()
    paced.answered()
    for _ in range(100):
        paced.looked(lies=False)
        clock.time += 0.0003
    assert not paced.unread
    assert paced.given == 0.0


def test_in_real_time_it_falls_behind_only_so_far_and_catches_up_in_silence() -> None:
    clock = Clock()
    paced = pace(clock, most=0.04)
    for _ in range(200):
        exchange(clock, paced)
    assert paced.given == pytest.approx(0.04)
    clock.time += 0.2
    paced.now()
    assert paced.given == pytest.approx(0.04)
    for _ in range(100):
        clock.time += 0.01
        paced.now()
    assert paced.given == 0.0
    assert paced.now() == clock.time
