"""The gallery's calendar: opening hours and schedules, and whether there is time to draw."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from firmware_gcode.facts import Fact, fact
from pi_service.studio.calendar.hours import Hours
from pi_service.studio.calendar.rules import Rule
from pi_service.studio.calendar.schedules import Firing, ScheduleBook, ScheduleEntry

CLOCK_IS_SET_AFTER = 1_767_225_600.0
"""2026-01-01 in seconds since 1970. A Pi without a battery starts in the past."""
CLOCK_NOT_SET = fact("clock-not-set")
RESERVE = 1.1
"""A drawing is given this much more time than the motion model says."""


class Calendar:
    """What people ask about and set; the schedule's trigger reads the same table."""

    def __init__(
        self,
        book: ScheduleBook,
        *,
        clock: Callable[[], float],
        zone: ZoneInfo,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self.zone = zone
        self.book = book
        self._clock = clock
        self._changed = changed
        self._hours: Hours | None = None

    @property
    def hours(self) -> Hours:
        """The opening hours; open at all times if nobody has set any."""
        if self._hours is None:
            self._hours = self.book.hours()
        return self._hours

    def set_hours(self, settings: Mapping[str, Any]) -> Hours:
        """Set the opening hours as people write them; see `Hours.from_settings`.

        Raises:
            HoursError: If they cannot be understood.
            StoreError: If they cannot be kept.
        """
        hours = Hours.from_settings(settings)
        self.book.set_hours(hours)
        self._hours = hours
        self._changed()
        return hours

    def add(
        self, rule: str, *, class_name: str | None = None, catch_up_minutes: int = 10
    ) -> ScheduleEntry:
        """Follow a new rule from now on; see `Rule` for what can be written.

        Raises:
            RuleError: If it cannot be understood.
            StoreError: If it cannot be kept.
        """
        return self.book.add(
            rule, now=self._clock(), class_name=class_name, catch_up_minutes=catch_up_minutes
        )

    def remove(self, schedule_id: int) -> None:
        """Forget a rule. Raises ScheduleError if there is none of that number."""
        self.book.remove(schedule_id)

    def enable(self, schedule_id: int, *, enabled: bool) -> None:
        """Follow a rule, or not. Raises ScheduleError if there is none of that number."""
        self.book.enable(schedule_id, enabled=enabled, now=self._clock())

    def entries(self) -> list[ScheduleEntry]:
        """All rules, the oldest first."""
        return self.book.entries()

    def firings(self, limit: int = 50) -> list[Firing]:
        """What came of the newest runs, newest first."""
        return self.book.firings(limit)

    def next_runs(self, entry: ScheduleEntry, count: int = 5) -> list[str]:
        """When a rule will ask next: local times with their offset, ISO 8601."""
        if not entry.enabled:
            return []
        dues = Rule.parse(entry.rule).following(self._clock(), count, self.hours, self.zone)
        return [datetime.fromtimestamp(due, self.zone).isoformat() for due in dues]

    def next_run(self) -> str | None:
        """When the schedule draws next, as in `next_runs`; None if never."""
        soonest = [run for entry in self.entries() for run in self.next_runs(entry, 1)]
        return min(soonest, key=datetime.fromisoformat, default=None)

    @property
    def clock_is_set(self) -> bool:
        """Whether the clock shows a time that can be."""
        return self._clock() >= CLOCK_IS_SET_AFTER

    def now(self) -> datetime:
        """The time on the gallery's wall."""
        return datetime.fromtimestamp(self._clock(), self.zone)

    def clock_fault(self) -> Fact | None:
        """Why nothing may start: the clock is not set and there are hours; None otherwise.

        Nobody knows then whether the gallery is open.
        """
        if self.clock_is_set or self.hours == Hours():
            return None
        return fact("hold-clock", why=CLOCK_NOT_SET)

    def hold(self, seconds: float) -> Fact | None:
        """Why a drawing that takes `seconds` may not start now; None if it may."""
        now, hours = self._clock(), self.hours
        if not self.clock_is_set:
            return self.clock_fault()
        until = hours.quiet_until(now, self.zone)
        if until is not None:
            return fact("hold-quiet", until=self._wall(until))
        closing = hours.closing_after(now, self.zone)
        if closing is None:
            return fact("hold-closed")
        if now + seconds * RESERVE > closing:
            return fact("hold-closes-soon", at=self._wall(closing))
        quiet = hours.quiet_after(now, self.zone)
        if quiet is not None and now + seconds * RESERVE > quiet:
            return fact("hold-quiet-soon", at=self._wall(quiet))
        return None

    def _wall(self, at: float) -> str:
        return datetime.fromtimestamp(at, self.zone).strftime("%H:%M")
