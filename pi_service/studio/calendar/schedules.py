"""What the table of schedules holds: rules that people wrote, and runs that were due."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from firmware_gcode.facts import CodedError, Fact, sentence

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

    @classmethod
    def of(cls, row: Any) -> ScheduleEntry:
        """The rule of a row of the table."""
        return cls(**{**dict(row), "enabled": bool(row["enabled"])})


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

    @classmethod
    def of(cls, row: Any) -> Firing:
        """The run of a row of the table."""
        kept = row["outcome"]
        told = None if kept == ASKED else Fact.from_json(kept)
        return cls(**{**dict(row), "outcome": told})

    def as_dict(self) -> dict[str, Any]:
        """The run ready for JSON; ``outcome`` is ``asked`` or a sentence."""
        told = self.outcome
        return {
            **asdict(self),
            "outcome": ASKED if told is None else sentence(told),
            "outcome_fact": None if told is None else told.as_dict(),
        }
