"""Hours decide when drawings start; schedules are set, shown, and right all year."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pi_service.studio.calendar.calendar import Calendar
from pi_service.studio.calendar.hours import Hours
from pi_service.studio.calendar.rules import Rule, RuleError
from pi_service.studio.calendar.schedules import ScheduleError
from pi_service.studio.core.database import Database
from pi_service.studio.jobs.job import JobState, Request
from tests.pi_service.studio import wall_clock
from tests.pi_service.studio.gallery import ZONE, Gallery, eventually


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).timestamp()


def test_nothing_starts_while_the_gallery_is_closed(gallery: Gallery) -> None:
    gallery.now = at("2026-11-24 09:00")
    studio = gallery.open()
    studio.calendar.set_hours({"tue": "10:00-18:00"})
    job = studio.jobs.request(Request("page"))
    eventually(lambda: str(studio.jobs.get(job.id).reason) == "Waits: the gallery is closed.")
    assert studio.jobs.get(job.id).state is JobState.WAITING
    gallery.now = at("2026-11-24 10:00")
    gallery.wait_for(job, JobState.DRAWING)


def test_nothing_starts_that_cannot_end_before_closing(gallery: Gallery) -> None:
    gallery.now = at("2026-11-24 17:59:55")
    studio = gallery.open()
    studio.calendar.set_hours({"tue": "10:00-18:00"})
    job = studio.jobs.request(Request("page"))
    eventually(
        lambda: "before the gallery closes at 18:00" in str(studio.jobs.get(job.id).reason)
    )
    studio.calendar.set_hours({"tue": "10:00-19:00"})
    gallery.wait_for(job, JobState.DRAWING)


def test_hours_that_are_set_while_they_are_first_read_stay(tmp_path: Path) -> None:
    def change() -> None:
        calendar.set_hours({"tue": "10:00-18:00"})

    meanwhile = [change]

    class Slow(Database):
        """Answers its first question when somebody has set the hours."""

        @contextmanager
        def read(self) -> Iterator[sqlite3.Connection]:
            with super().read() as connection:
                yield connection
            while meanwhile:
                meanwhile.pop()()

    calendar: Calendar = Calendar(
        Slow(tmp_path / "catplotter.db"), clock=lambda: 0.0, zone=ZONE
    )
    wanted = Hours.from_settings({"tue": "10:00-18:00"})
    assert [calendar.hours, calendar.hours] == [wanted] * 2


def test_hours_survive_a_restart(gallery: Gallery) -> None:
    studio = gallery.open()
    studio.calendar.set_hours({"sat": "10:00-18:00", "closed": ["2026-12-26"]})
    gallery.close()
    assert gallery.open().calendar.hours.as_settings() == {
        "sat": "10:00-18:00",
        "closed": ["2026-12-26"],
    }


def test_the_next_runs_are_shown_in_local_time(gallery: Gallery) -> None:
    gallery.now = at("2026-10-24 20:00")
    calendar = gallery.open().calendar
    entry = calendar.add("daily at 14:00")
    assert calendar.next_runs(entry, 2) == [
        "2026-10-25T14:00:00+01:00",
        "2026-10-26T14:00:00+01:00",
    ]
    calendar.enable(entry.id, enabled=False)
    assert calendar.next_runs(calendar.entries()[0]) == []


def test_rules_that_cannot_be_understood_or_found_are_refused(gallery: Gallery) -> None:
    calendar = gallery.open().calendar
    with pytest.raises(RuleError, match="cannot be understood; write 'every 20 minutes'"):
        calendar.add("whenever")
    with pytest.raises(ScheduleError, match=r"There is no schedule 4\."):
        calendar.remove(4)
    assert calendar.entries() == []
    assert calendar.firings() == []


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe"])
def test_a_year_of_every_rule_agrees_with_somebody_who_watches_the_clock(zone: str) -> None:
    begin, end = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
    watcher = wall_clock.Watcher(zone)
    watcher.watch(begin - timedelta(days=2), end)  # to know when it opened
    hours = Hours.from_settings(wall_clock.HOURS)
    for rule, expected in watcher.due.items():
        span = begin.timestamp() - 1, end.timestamp() - 1
        found = list(Rule.parse(rule).between(*span, hours, watcher.zone))
        assert found == sorted(due for due in expected if due >= begin.timestamp()), rule
        assert found


def test_the_clock_that_is_watched_sees_both_changes() -> None:
    """The test above would be worth nothing on a year without them."""
    for zone in ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe"):
        offsets = {
            datetime.combine(
                date(2026, month, 15), datetime.min.time(), ZoneInfo(zone)
            ).utcoffset()
            for month in range(1, 13)
        }
        assert len(offsets) == 2
