"""The schedules: rules that people wrote, and every run that was due under them."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from firmware_gcode.facts import CodedError, Fact, sentence
from pi_service.studio.calendar.hours import Hours
from pi_service.studio.calendar.rules import Rule
from pi_service.studio.core.database import Database

ASKED = "asked"
"""What is kept of a run of which a job came."""


class ScheduleError(CodedError, ValueError):
    """A schedule that does not exist."""


@dataclass(frozen=True, slots=True)
class ScheduleEntry:
    """One rule.

    Attributes:
        rule: As a person wrote it; see `Rule.parse`.
        catch_up_minutes: A run that was missed is made up for within this time.
        created_at: Followed since then, seconds since 1970; nothing earlier is due.
    """

    id: int
    rule: str
    class_name: str | None
    enabled: bool
    catch_up_minutes: int
    created_at: float


@dataclass(frozen=True, slots=True)
class Firing:
    """A run that was due.

    Attributes:
        scheduled_for: Local time with its offset, ISO 8601.
        job: The job that was asked for, or None.
        outcome: Why not; None if it was asked for.
    """

    schedule_id: int
    scheduled_for: str
    due_at: float
    fired_at: float
    job: int | None
    outcome: Fact | None

    def as_dict(self) -> dict[str, Any]:
        """The run ready for JSON; ``outcome`` is ``asked`` or a sentence."""
        told = self.outcome
        return {
            **asdict(self),
            "outcome": ASKED if told is None else sentence(told),
            "outcome_fact": None if told is None else told.as_dict(),
        }


class ScheduleBook:
    """The table of schedules: the only truth about them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self,
        rule: str,
        *,
        now: float,
        class_name: str | None = None,
        catch_up_minutes: int = 10,
    ) -> ScheduleEntry:
        """Keep a new rule. Raises RuleError if it cannot be understood."""
        Rule.parse(rule)
        with self._database.write() as connection:
            cursor = connection.execute(
                "INSERT INTO schedules (rule, class_name, catch_up_minutes, created_at)"
                " VALUES (?, ?, ?, ?) RETURNING *",
                (rule.strip(), class_name, catch_up_minutes, now),
            )
            return _entry(cursor.fetchone())

    def remove(self, schedule_id: int) -> None:
        """Forget a rule and its runs. Raises ScheduleError if there is none."""
        self._change("DELETE FROM schedules WHERE id = ?", (schedule_id,))

    def enable(self, schedule_id: int, *, enabled: bool, now: float) -> None:
        """Follow a rule from now on, or not. Raises ScheduleError if there is none.

        What would have been due while it was not followed was not missed.
        """
        self._change(
            "UPDATE schedules SET enabled = ?, created_at = ? WHERE id = ?",
            (int(enabled), now, schedule_id),
        )

    def entries(self) -> list[ScheduleEntry]:
        """All rules, the oldest first."""
        with self._database.read() as connection:
            rows = connection.execute("SELECT * FROM schedules ORDER BY id").fetchall()
        return [_entry(row) for row in rows]

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
        return [_firing(row) for row in rows]

    def hours(self) -> Hours:
        """The gallery's opening hours; open at all times if nobody has set any."""
        with self._database.read() as connection:
            row = connection.execute(
                "SELECT value FROM settings WHERE name = 'hours'"
            ).fetchone()
        return Hours() if row is None else Hours.from_settings(json.loads(row["value"]))

    def set_hours(self, hours: Hours) -> None:
        """Keep new opening hours."""
        with self._database.write() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO settings (name, value) VALUES ('hours', ?)",
                (json.dumps(hours.as_settings()),),
            )

    def _change(self, sql: str, values: tuple[float, ...]) -> None:
        with self._database.write() as connection:
            if connection.execute(sql, values).rowcount == 0:
                raise ScheduleError("schedule-unknown", schedule=values[-1])


def _firing(row: Any) -> Firing:
    kept = row["outcome"]
    told = None if kept == ASKED else Fact.from_json(kept)
    return Firing(**{**dict(row), "outcome": told})


def _entry(row: Any) -> ScheduleEntry:
    return ScheduleEntry(**{**dict(row), "enabled": bool(row["enabled"])})
