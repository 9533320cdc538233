"""Drawings asked for by the clock: one that the test turns, and the real table of jobs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from firmware_gcode.facts import Fact
from pi_service.studio.calendar.calendar import Calendar
from pi_service.studio.core.database import Database
from pi_service.studio.core.errors import StudioError
from pi_service.studio.jobs.job import Job, Request
from pi_service.studio.jobs.store import Store
from pi_service.triggers.schedule import Schedule

BERLIN = ZoneInfo("Europe/Berlin")


class Gallery:
    """A job table, a clock, and a schedule that can be ended and started again."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "catplotter.sqlite3"
        self.now = self.at("2026-11-24 09:00")
        self.full = False
        self.problem: Fact | None = None
        self.jobs = self.problems = self
        self.open()

    @staticmethod
    def at(text: str) -> float:
        return datetime.fromisoformat(text).replace(tzinfo=BERLIN).timestamp()

    def open(self) -> None:
        self.store = Store(Database(self.path))
        self.calendar = Calendar(self.store.database, clock=lambda: self.now, zone=BERLIN)
        studio: Any = self
        self.schedule = Schedule(studio, clock=lambda: self.now, look_s=0.02)

    def close(self) -> None:
        self.schedule.close()
        self.store.close()

    def request(self, request: Request) -> Job:
        if self.full:
            raise StudioError("text", text="The queue is full.")
        known = self.store.job_by_key(request.request_key or "")
        wanted = replace(request, class_name=request.class_name or "cat", seed=1)
        return known or self.store.add(wanted, self.now, 0)

    def report(self, part: str, problem: Fact | None) -> None:
        self.problem = problem

    def turn_to(self, text: str, step: float = 60.0) -> None:
        """Let the time go by, looking at the table as the service would."""
        until = self.at(text)
        while self.now < until:
            self.now = min(self.now + step, until)
            self.schedule.tick()

    def asked(self) -> list[str]:
        """When jobs were asked for, the oldest first."""
        return [
            datetime.fromtimestamp(job.requested_at, BERLIN).strftime("%d %H:%M")
            for job in reversed(self.store.jobs(100_000))
        ]


@pytest.fixture
def gallery(tmp_path: Path) -> Iterator[Gallery]:
    made = Gallery(tmp_path)
    yield made
    made.close()


def eventually(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_daily_drawings_are_asked_for_at_their_times(gallery: Gallery) -> None:
    gallery.calendar.add("daily at 14:00, 16:30")
    gallery.turn_to("2026-11-26 15:00")
    assert gallery.asked() == ["24 14:00", "24 16:30", "25 14:00", "25 16:30", "26 14:00"]
    assert {job.source for job in gallery.store.jobs(9)} == {"schedule"}


def test_every_hour_while_open(gallery: Gallery) -> None:
    gallery.calendar.set_hours({"tue": "10:00-12:30"})
    gallery.calendar.add("every 60 minutes", class_name="dog")
    gallery.turn_to("2026-11-25 20:00", step=600)
    assert gallery.asked() == ["24 10:00", "24 11:00", "24 12:00"]
    assert gallery.store.job(1).class_name == "dog"


def test_a_restart_within_the_minute_does_not_ask_twice(gallery: Gallery) -> None:
    gallery.calendar.add("daily at 14:00")
    gallery.turn_to("2026-11-24 14:00")
    gallery.close()
    gallery.open()
    gallery.schedule.tick()
    assert gallery.asked() == ["24 14:00"]


def test_a_crash_between_job_and_record_does_not_ask_twice(gallery: Gallery) -> None:
    gallery.calendar.add("daily at 14:00")
    gallery.turn_to("2026-11-24 14:00")
    with gallery.store.transaction() as connection:
        connection.execute("DELETE FROM firings")
    gallery.schedule.tick()
    assert gallery.asked() == ["24 14:00"]
    assert [firing.job for firing in gallery.calendar.firings()] == [1]


def test_a_run_missed_a_moment_ago_is_made_up_for(gallery: Gallery) -> None:
    gallery.calendar.add("daily at 14:00")
    gallery.now = gallery.at("2026-11-24 14:07")
    gallery.schedule.tick()
    assert gallery.asked() == ["24 14:07"]


def test_runs_missed_long_ago_are_recorded_and_not_drawn(gallery: Gallery) -> None:
    gallery.calendar.add("daily at 14:00")
    gallery.now = gallery.at("2026-11-27 10:00")
    gallery.schedule.tick()
    gallery.schedule.tick()
    assert gallery.asked() == []
    (missed,) = gallery.calendar.firings()
    assert str(missed.outcome) == "Missed: the service was not running. 3 in all."
    assert missed.scheduled_for == "2026-11-26T14:00:00+01:00"


def test_a_refusal_is_recorded_and_not_tried_again(gallery: Gallery) -> None:
    gallery.full = True
    gallery.calendar.add("daily at 14:00")
    gallery.turn_to("2026-11-24 14:05")
    gallery.full = False
    gallery.turn_to("2026-11-24 15:00")
    assert gallery.asked() == []
    assert [str(firing.outcome) for firing in gallery.calendar.firings()] == [
        "The queue is full."
    ]


def test_the_clock_change_in_autumn_fires_a_daily_drawing_once(gallery: Gallery) -> None:
    gallery.now = gallery.at("2026-10-24 20:00")
    gallery.calendar.add("daily at 02:30")
    gallery.turn_to("2026-10-25 12:00")
    assert gallery.asked() == ["25 02:30"]


def test_a_clock_set_back_does_not_repeat_and_set_forward_does_not_stop(
    gallery: Gallery,
) -> None:
    gallery.calendar.add("every 60 minutes")
    gallery.turn_to("2026-11-24 12:00")
    before = gallery.asked()
    gallery.now = gallery.at("2026-11-24 10:30")
    gallery.turn_to("2026-11-24 12:30")
    assert gallery.asked() == before
    gallery.now = gallery.at("2027-11-24 12:00")
    gallery.schedule.tick()
    gallery.now = gallery.at("2026-11-24 12:45")
    gallery.turn_to("2026-11-24 14:00")
    assert gallery.asked()[-2:] == ["24 13:00", "24 14:00"]


def test_a_clock_that_is_not_set_waits_and_says_so(gallery: Gallery) -> None:
    gallery.calendar.add("every 1 minutes")
    gallery.now = 10_000.0
    gallery.schedule.tick()
    assert gallery.asked() == []
    assert "The clock is not set" in str(gallery.problem)
    gallery.now = gallery.at("2026-11-24 10:00")
    gallery.schedule.tick()
    assert gallery.problem is None
    assert len(gallery.asked()) == 1


def test_disabled_and_removed_rules_rest(gallery: Gallery) -> None:
    first = gallery.calendar.add("daily at 14:00")
    second = gallery.calendar.add("daily at 14:00")
    gallery.calendar.enable(first.id, enabled=False)
    gallery.calendar.remove(second.id)
    gallery.turn_to("2026-11-24 15:00")
    assert gallery.asked() == []
    assert [entry.enabled for entry in gallery.calendar.entries()] == [False]


def test_what_was_due_while_a_rule_rested_was_not_missed(gallery: Gallery) -> None:
    rule = gallery.calendar.add("every 20 minutes").id
    gallery.turn_to("2026-11-24 10:05")
    asked = gallery.asked()
    gallery.calendar.enable(rule, enabled=False)
    gallery.turn_to("2026-11-24 14:05")
    gallery.calendar.enable(rule, enabled=True)
    gallery.turn_to("2026-11-24 14:25")
    assert gallery.asked() == [*asked, "24 14:20"]
    assert [firing.outcome for firing in gallery.calendar.firings()] == [None] * (
        len(asked) + 1
    )


def test_a_change_of_hours_counts_at_the_next_look(gallery: Gallery) -> None:
    gallery.calendar.set_hours({"mon": "10:00-12:00"})
    gallery.calendar.add("every 20 minutes")
    gallery.turn_to("2026-11-24 10:05")
    assert gallery.asked() == []
    gallery.calendar.set_hours({"tue": "10:10-12:00"})
    gallery.turn_to("2026-11-24 10:35")
    assert gallery.asked() == ["24 10:10", "24 10:30"]


def test_apscheduler_looks_by_itself(gallery: Gallery) -> None:
    gallery.calendar.add("daily at 14:00")
    gallery.schedule.start()
    gallery.now = gallery.at("2026-11-24 14:00")
    eventually(lambda: gallery.asked() == ["24 14:00"])
    gallery.now = gallery.at("2026-11-25 14:00")
    eventually(lambda: gallery.asked() == ["24 14:00", "25 14:00"])


def test_a_look_that_fails_does_not_stop_the_next(
    gallery: Gallery, caplog: pytest.LogCaptureFixture
) -> None:
    gallery.calendar.add("daily at 14:00")
    gallery.now = float("nan")
    gallery.schedule.start()
    eventually(lambda: "unexpected error" in caplog.text)
    gallery.now = gallery.at("2026-11-24 14:00")
    eventually(lambda: gallery.asked() == ["24 14:00"])
