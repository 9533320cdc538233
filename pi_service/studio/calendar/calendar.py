"""The gallery's calendar: opening hours and schedules, and whether there is time to draw."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from firmware_gcode.facts import Fact, fact
from pi_service.studio.calendar.clock import CLOCK_IS_SET_AFTER, LocalZone, WallClock
from pi_service.studio.calendar.hours import Hours
from pi_service.studio.calendar.rules import Rule
from pi_service.studio.calendar.schedules import (
    ASKED,
    Firing,
    ScheduleEntry,
    ScheduleError,
)
from pi_service.studio.core.database import Database

RESERVE = 1.1
"""A drawing is given this much more time than the motion model says."""


class Calendar:
    """Opening hours and the table of schedules: the only truth about them.

    Args:
        zone: The gallery's time zone, or whoever follows it.
        wall: Tells whether the clock can be relied on; None: it can.
        say: Told of a new time zone.

    Attributes:
        clock: Tells whether the clock can be relied on.
        zone: The gallery's time zone.
    """

    def __init__(
        self,
        database: Database,
        *,
        clock: Callable[[], float],
        zone: ZoneInfo | LocalZone,
        wall: WallClock | None = None,
        changed: Callable[[], None] = lambda: None,
        say: Callable[[Fact], None] = lambda _: None,
    ) -> None:
        self.clock = wall or WallClock(database, clock)
        self._zones = zone
        self.zone = self._zone_now()
        self._say = say
        self._database = database
        self._clock = clock
        self._changed = changed
        self._hours: Hours | None = None
        self._keeping = threading.Lock()
        self._clock_is_right = False

    def look(self) -> None:
        """See whether the time zone is another one now, and tell it; the schedule does so."""
        zone = self._zone_now()
        if zone != self.zone:
            self.zone = zone
            self._say(fact("zone-changed", zone=str(zone), time=self._wall(self._clock())))
            self._changed()

    def _zone_now(self) -> ZoneInfo:
        return self._zones.now() if isinstance(self._zones, LocalZone) else self._zones

    def vouch(self) -> None:
        """Note a person's word that the clock is right. Raises StoreError if it cannot."""
        self.clock.vouch()
        self._changed()

    @property
    def hours(self) -> Hours:
        """The opening hours; open at all times if nobody has set any."""
        if self._hours is None:
            with self._database.read() as connection:
                row = connection.execute(
                    "SELECT value FROM settings WHERE name = 'hours'"
                ).fetchone()
            found = Hours() if row is None else Hours.from_settings(json.loads(row[0]))
            with self._keeping:
                if self._hours is None:  # else they were set while these were read
                    self._hours = found
        return self._hours

    def past_hours(self) -> list[tuple[date, Hours]]:
        """Hours that held before, each with the first day without them, the oldest first."""
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT until, value FROM past_hours ORDER BY until"
            ).fetchall()
        return [
            (date.fromisoformat(until), Hours.from_settings(json.loads(value)))
            for until, value in rows
        ]

    def set_hours(self, settings: Mapping[str, Any]) -> Hours:
        """Set the opening hours as people write them; see `Hours.from_settings`.

        They hold from today on, the first that are set also for what was before.

        Raises:
            HoursError: If they cannot be understood.
            StoreError: If they cannot be kept.
        """
        hours, today = Hours.from_settings(settings), self.dated()
        value = json.dumps(hours.as_settings())
        with self._database.write() as connection:
            if today is not None:
                connection.execute(
                    "INSERT OR IGNORE INTO past_hours (until, value)"
                    " SELECT ?, value FROM settings WHERE name = 'hours' AND value <> ?",
                    (today.date().isoformat(), value),
                )
            connection.execute(
                "INSERT OR REPLACE INTO settings (name, value) VALUES ('hours', ?)", (value,)
            )
        with self._keeping:
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
        Rule.parse(rule)
        with self._database.write() as connection:
            cursor = connection.execute(
                "INSERT INTO schedules (rule, class_name, catch_up_minutes, created_at)"
                " VALUES (?, ?, ?, ?) RETURNING *",
                (rule.strip(), class_name, catch_up_minutes, self._clock()),
            )
            return ScheduleEntry.of(cursor.fetchone())

    def remove(self, schedule_id: int) -> None:
        """Forget a rule and its runs. Raises ScheduleError if there is none."""
        self._change("DELETE FROM schedules WHERE id = ?", (schedule_id,))

    def enable(self, schedule_id: int, *, enabled: bool) -> None:
        """Follow a rule from now on, or not. Raises ScheduleError if there is none.

        What would have been due while it was not followed was not missed.
        """
        self._change(
            "UPDATE schedules SET enabled = ?, created_at = ? WHERE id = ?",
            (int(enabled), self._clock(), schedule_id),
        )

    def entries(self) -> list[ScheduleEntry]:
        """All rules, the oldest first."""
        with self._database.read() as connection:
            rows = connection.execute("SELECT * FROM schedules ORDER BY id").fetchall()
        return [ScheduleEntry.of(row) for row in rows]

    def last_due(self, schedule_id: int, until: float) -> float | None:
        """The newest run that was seen to, of those due up to `until`; None if there is none.

        Runs later than `until` are those of a clock that was wrong; they do not count.
        """
        with self._database.read() as connection:
            row = connection.execute(
                "SELECT max(due_at) FROM firings WHERE schedule_id = ? AND due_at <= ?",
                (schedule_id, until),
            ).fetchone()
        return None if row[0] is None else float(row[0])

    def record(self, firing: Firing) -> bool:
        """Keep what came of a run; False if it was seen to before."""
        with self._database.write() as connection:
            cursor = connection.execute(
                "INSERT INTO firings"
                " (schedule_id, scheduled_for, due_at, fired_at, job, outcome)"
                " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (
                    firing.schedule_id,
                    firing.scheduled_for,
                    firing.due_at,
                    firing.fired_at,
                    firing.job,
                    ASKED if firing.outcome is None else firing.outcome.as_json(),
                ),
            )
            return cursor.rowcount == 1

    def fired(self, schedule_id: int, scheduled_for: str) -> bool:
        """Whether a run was seen to."""
        with self._database.read() as connection:
            return (
                connection.execute(
                    "SELECT 1 FROM firings WHERE schedule_id = ? AND scheduled_for = ?",
                    (schedule_id, scheduled_for),
                ).fetchone()
                is not None
            )

    def firings(self, limit: int = 50) -> list[Firing]:
        """The newest runs, newest first."""
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT * FROM firings ORDER BY fired_at DESC, due_at DESC LIMIT ?", (limit,)
            ).fetchall()
        return [Firing.of(row) for row in rows]

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

    def _is_right(self) -> bool:
        """Whether the clock is trusted; once it is, only a time that cannot be is doubted."""
        if not self._clock_is_right or self._clock() < CLOCK_IS_SET_AFTER:
            self._clock_is_right = self.clock.trusted
        return self._clock_is_right

    def dated(self) -> datetime | None:
        """The time on the gallery's wall to be written on paper; None if it may be wrong."""
        return self.now() if self._is_right() else None

    def now(self) -> datetime:
        """The time on the gallery's wall."""
        return datetime.fromtimestamp(self._clock(), self.zone)

    def clock_fault(self) -> Fact | None:
        """Why nothing may start: the clock may be wrong and there are hours; None otherwise.

        Nobody knows then whether the gallery is open.
        """
        if self._is_right() or self.hours == Hours():
            return None
        why = self.clock.fault()
        return None if why is None else fact("hold-clock", why=why)

    def hold(self, seconds: float) -> Fact | None:
        """Why a drawing that takes `seconds` may not start now; None if it may."""
        now, hours = self._clock(), self.hours
        doubt = self.clock_fault()
        if doubt is not None:
            return doubt
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

    def _change(self, sql: str, values: tuple[float, ...]) -> None:
        with self._database.write() as connection:
            if connection.execute(sql, values).rowcount == 0:
                raise ScheduleError("schedule-unknown", schedule=values[-1])
