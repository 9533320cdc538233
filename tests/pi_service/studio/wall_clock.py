"""Somebody who watches the gallery's wall clock all year and notes when drawings are due.

Knows nothing of the service's own calendar: reads the rules as a person would who looks at
the clock every five minutes.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
OPEN = {
    **dict.fromkeys(("tue", "wed", "thu", "sat"), "10:00-18:00"),
    "fri": "10:00-12:00, 14:00-22:00",
    "sun": "00:00-24:00",
}
CLOSED = ("2026-12-25", "2026-08-11", "2026-08-12")
DATES = {"2026-12-24": "09:00-13:00", "2026-03-30": "10:00-12:00"}
QUIET = ("13:00-13:30", "sun 11:00-12:00", "2026-10-25 02:00-04:00")
HOURS = {**OPEN, "closed": list(CLOSED), "dates": DATES, "quiet": list(QUIET)}
"""All of that as people write it into the service."""

EVERY, DAILY, CHRISTMAS = "every 45 minutes", "daily at 02:10, 14:30", "on 2026-12-25 at 15:00"
STEP = timedelta(minutes=5)


class Watcher:
    """Notes when each rule is due, in seconds since 1970.

    Args:
        zone: Where the clock hangs.
    """

    def __init__(self, zone: str) -> None:
        self.zone = ZoneInfo(zone)
        self.due: dict[str, list[float]] = {EVERY: [], DAILY: [], CHRISTMAS: []}
        self._since_opening = -1
        self._seen: set[datetime] = set()

    def watch(self, begin: datetime, end: datetime) -> None:
        """Watch from `begin` to before `end`."""
        now, before = begin, self.wall(begin - STEP)
        while now < end:
            wall = self.wall(now)
            self._look(now, wall)
            if wall - before > STEP:  # the clock was set forward: what it left out comes later
                for n in range(1, (wall - before) // STEP):
                    self._note(before + n * STEP, now + (n - 1) * STEP)
            self._note(wall, now)
            now, before = now + STEP, wall

    def wall(self, now: datetime) -> datetime:
        """What the clock on the wall shows."""
        return now.astimezone(self.zone).replace(tzinfo=None)

    def _look(self, now: datetime, wall: datetime) -> None:
        """Count the minutes since the gallery opened."""
        opened, opens = is_open(wall)
        self._since_opening = 0 if opens else self._since_opening + 5 if opened else -99
        if self._since_opening >= 0 and self._since_opening % 45 == 0 and not is_quiet(wall):
            self.due[EVERY].append(now.timestamp())

    def _note(self, wall: datetime, now: datetime) -> None:
        """A time on the wall; the second of two that are the same is nothing new."""
        if wall in self._seen:
            return
        self._seen.add(wall)
        shown = self.wall(now)
        if (
            wall.strftime("%H:%M") in ("02:10", "14:30")
            and is_open(shown)[0]
            and not is_quiet(shown)
        ):
            self.due[DAILY].append(now.timestamp())
        if wall.isoformat() == "2026-12-25T15:00:00":
            self.due[CHRISTMAS].append(now.timestamp())


def is_open(wall: datetime) -> tuple[bool, bool]:
    """Whether it is open at a wall-clock time, and whether it opens right then."""
    day = wall.date().isoformat()
    if day in CLOSED:
        return False, False
    spans = [
        s.split("-") for s in DATES.get(day, OPEN.get(DAYS[wall.weekday()], "")).split(", ")
    ]
    time = wall.strftime("%H:%M")
    pairs = [span for span in spans if len(span) == 2]
    return any(a <= time < b for a, b in pairs), any(time == a for a, _ in pairs)


def is_quiet(wall: datetime) -> bool:
    """Whether it is to be quiet at a wall-clock time."""
    time = wall.strftime("%H:%M")
    for text in QUIET:
        day, _, span = text.rpartition(" ")
        first, last = span.split("-")
        holds = day in {"", DAYS[wall.weekday()], wall.date().isoformat()}
        if holds and first <= time < last:
            return True
    return False
