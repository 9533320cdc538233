"""Hours decide when drawings start; schedules are set, shown, and right all year."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from pi_service.studio.hours import Hours
from pi_service.studio.job import JobState
from pi_service.studio.rules import Rule, RuleError
from pi_service.studio.schedules import ScheduleError
from tests.pi_service.studio.gallery import ZONE, Gallery, eventually


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).timestamp()


def test_nothing_starts_while_the_gallery_is_closed(gallery: Gallery) -> None:
    gallery.now = at("2026-11-24 09:00")
    studio = gallery.open()
    studio.calendar.set_hours({"tue": "10:00-18:00"})
    job = studio.request("page")
    eventually(lambda: studio.job(job.id).reason == "Waits: the gallery is closed.")
    assert studio.job(job.id).state is JobState.WAITING
    gallery.now = at("2026-11-24 10:00")
    gallery.wait_for(job, JobState.DRAWING)


def test_nothing_starts_that_cannot_end_before_closing(gallery: Gallery) -> None:
    gallery.now = at("2026-11-24 17:59:55")
    studio = gallery.open()
    studio.calendar.set_hours({"tue": "10:00-18:00"})
    job = studio.request("page")
    eventually(lambda: "before the gallery closes at 18:00" in studio.job(job.id).reason)
    studio.calendar.set_hours({"tue": "10:00-19:00"})
    gallery.wait_for(job, JobState.DRAWING)


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


OPEN = {"tue": "10:00-18:00", "fri": "10:00-12:00, 14:00-22:00", "sun": "00:00-24:00"}
CLOSED = "2026-12-25"


STEP = timedelta(minutes=5)


class Watcher:
    """Reads the wall clock every five minutes of a year, and notes when drawings are due."""

    def __init__(self, zone: str) -> None:
        self.zone = ZoneInfo(zone)
        self.every: list[float] = []
        self.daily: list[float] = []
        self.christmas: list[float] = []
        self._since_opening = -1
        self._seen: set[datetime] = set()

    def watch(self, begin: datetime, end: datetime) -> None:
        now, before = begin, self._wall(begin - STEP)
        while now < end:
            wall = self._wall(now)
            self._look(now, wall)
            if wall - before > STEP:  # the clock was set forward: what it left out comes later
                for n in range(1, (wall - before) // STEP):
                    self._note(before + n * STEP, now + (n - 1) * STEP)
            self._note(wall, now)
            now, before = now + STEP, wall

    def _wall(self, now: datetime) -> datetime:
        return now.astimezone(self.zone).replace(tzinfo=None)

    def _look(self, now: datetime, wall: datetime) -> None:
        """Count the minutes since the gallery opened."""
        opened, opens = is_open(wall)
        self._since_opening = 0 if opens else self._since_opening + 5 if opened else -99
        if self._since_opening >= 0 and self._since_opening % 45 == 0:
            self.every.append(now.timestamp())

    def _note(self, wall: datetime, now: datetime) -> None:
        """A time on the wall; the second of two that are the same is nothing new."""
        if wall in self._seen:
            return
        self._seen.add(wall)
        if wall.strftime("%H:%M") in ("02:10", "14:30") and is_open(self._wall(now))[0]:
            self.daily.append(now.timestamp())
        if wall.isoformat() == "2026-12-25T15:00:00":
            self.christmas.append(now.timestamp())


def is_open(wall: datetime) -> tuple[bool, bool]:
    """Whether it is open at a wall-clock time, and whether it opens right then."""
    if wall.date().isoformat() == CLOSED:
        return False, False
    text = OPEN.get(("mon", "tue", "wed", "thu", "fri", "sat", "sun")[wall.weekday()], "")
    time = wall.strftime("%H:%M")
    spans = [span.split("-") for span in text.split(", ") if span]
    return any(a <= time < b for a, b in spans), any(time == a for a, _ in spans)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe"])
def test_a_year_of_every_rule_agrees_with_somebody_who_watches_the_clock(zone: str) -> None:
    begin, end = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
    watcher = Watcher(zone)
    watcher.watch(begin, end)
    hours = Hours.from_settings({**OPEN, "closed": [CLOSED]})
    for rule, expected in (
        ("every 45 minutes", watcher.every),
        ("daily at 02:10, 14:30", watcher.daily),
        ("on 2026-12-25 at 15:00", watcher.christmas),
    ):
        span = begin.timestamp() - 1, end.timestamp() - 1
        found = list(Rule.parse(rule).between(*span, hours, watcher.zone))
        assert found == sorted(expected), rule
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
