"""A job: one request to draw, and the one table of what may become of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, fields
from enum import StrEnum
from typing import Any

from firmware_gcode.facts import Fact, fact, sentence
from pi_service.studio.core.errors import StudioError


class JobError(StudioError, ValueError):
    """A job was asked to become what it cannot become, or does not exist."""


class JobState(StrEnum):
    """Where a job stands."""

    REQUESTED = "requested"
    """Accepted and stored; nothing has been done for it."""
    COMPOSING = "composing"
    """The model is drawing the sketch and the program is being written."""
    WAITING = "waiting"
    """Ready to be drawn: waits for its turn, the machine or paper."""
    DRAWING = "drawing"
    PAUSED = "paused"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"
    """Could not be composed: nothing of it is on paper."""
    INTERRUPTED = "interrupted"
    """Broke off on paper (Stop, crash, pulled plug): a person finishes it or lets it go."""


_S = JobState
TRANSITIONS: dict[JobState, frozenset[JobState]] = {
    _S.REQUESTED: frozenset({_S.COMPOSING, _S.WAITING, _S.FAILED, _S.CANCELLED}),
    _S.COMPOSING: frozenset({_S.WAITING, _S.REQUESTED, _S.FAILED, _S.CANCELLED}),
    _S.WAITING: frozenset({_S.DRAWING, _S.REQUESTED, _S.DONE, _S.FAILED, _S.CANCELLED}),
    _S.DRAWING: frozenset(
        {_S.PAUSED, _S.DONE, _S.CANCELLED, _S.INTERRUPTED, _S.WAITING}  # refused: waits again
    ),
    _S.PAUSED: frozenset({_S.DRAWING, _S.DONE, _S.CANCELLED, _S.INTERRUPTED}),
    _S.INTERRUPTED: frozenset({_S.WAITING, _S.DONE, _S.CANCELLED}),
    _S.DONE: frozenset({_S.WAITING}),  # some of its strokes are drawn again
    _S.CANCELLED: frozenset({_S.WAITING}),
    _S.FAILED: frozenset(),
}
"""What each state may become. Whatever is not in this table is refused."""

QUEUED = (_S.REQUESTED, _S.COMPOSING, _S.WAITING)
"""States of jobs that are still to be drawn."""
ACTIVE = (_S.DRAWING, _S.PAUSED)
"""States of the one job that the machine is drawing."""
ENDED = (_S.DONE, _S.CANCELLED, _S.FAILED)
"""States that nothing follows unless a person has strokes drawn again."""


SPOKEN: dict[JobState, Fact] = {
    _S.REQUESTED: fact("state-requested"),
    _S.COMPOSING: fact("state-composing"),
    _S.WAITING: fact("state-waiting"),
    _S.DRAWING: fact("state-drawing"),
    _S.PAUSED: fact("state-paused"),
    _S.DONE: fact("state-done"),
    _S.CANCELLED: fact("state-cancelled"),
    _S.FAILED: fact("state-failed"),
    _S.INTERRUPTED: fact("state-interrupted"),
}
"""The states as people are told of them, within a sentence."""


def check_transition(job_id: int, state: JobState, following: JobState) -> None:
    """Refuse (JobError) what the table does not allow."""
    if following not in TRANSITIONS[state]:
        raise cannot_become(job_id, state, following)


def cannot_become(job_id: int, state: JobState, following: JobState) -> JobError:
    """What is said of a job that is in a state from which no way leads to another."""
    known = SPOKEN[state], SPOKEN[following]
    if state is following:
        return JobError("job-is-already", job=job_id, state=known[0])
    return JobError("job-cannot-become", job=job_id, state=known[0], following=known[1])


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody asks for. Every attribute is a column of the table of jobs.

    Attributes:
        source: Who asks: ``button``, ``page``, ``schedule``, ``cli`` …
        class_name: What to draw; None for the default.
        seed: The seed of the whole drawing; None for a new one.
        request_key: Asking again with the same one gives the job of the first.
        again_of: The job whose drawing is repeated, or None.
        size_mm: The drawing's longer side, mm; None, or more than there is room, fills its
            cell or sheet.
        proposal: Names what a visitor and the machine drew together; None for what the
            machine draws alone.
        pen_change: Whether the machine waits for another pen before it draws its own strokes.
        print_total: How many prints the edition of `again_of` has that it is one of; None for
            a drawing that is none.
        print_number: Which of them, from 1; written under it by the pen.
        whole_sheet: Whether it takes all cells of a sheet that nothing else is on.
    """

    source: str
    _: KW_ONLY
    class_name: str | None = None
    seed: int | None = None
    request_key: str | None = None
    again_of: int | None = None
    size_mm: float | None = None
    proposal: str | None = None
    pen_change: bool = False
    print_number: int | None = None
    print_total: int | None = None
    whole_sheet: bool = False

    def drawing(self) -> Request:
        """The request without who asked: those that are equal give the same drawing."""
        drawn = {name: getattr(self, name) for name in REQUESTED if name not in _ASKER}
        return Request("", **drawn)


REQUESTED = tuple(field.name for field in fields(Request))
"""Attributes that come with a request and stay with its job."""
_ASKER = frozenset({"source", "request_key", "again_of"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Job(Request):
    """An accepted request, as it is stored, and what became of it.

    Attributes:
        id: Number of the job; never reused.
        requested_at: Seconds since 1970, as all times here.
        ended_at: When it came to one of the states `ENDED` or was interrupted, or None.
        reason: Why it waits, failed or broke off; None when all is well.
        strokes_total: Strokes of the toolpath; 0 before it is composed.
        strokes_drawn: Strokes that are on the paper from start to end; where some are drawn
            again, those before the one that is drawn next.
        strokes_before: How many were there before some were drawn again; 0 for none.
        cell: Its cell on that sheet, from 0, row by row from the top left; 0 if it has all of
            them; or None.
        edition: The drawing's number in the edition, given when the pen first starts; never
            reused; or None.
        priority: Lower is drawn earlier.
        program_hash: SHA-256 of the program that was sent last, as the link's journal names
            it; or None.
        deleted: Whether somebody deleted it: it is not shown any more, and its cell, its
            number and its key are never given again.
    """

    id: int
    state: JobState
    class_name: str
    seed: int
    requested_at: float
    started_at: float | None = None
    ended_at: float | None = None
    reason: Fact | None = None
    strokes_total: int = 0
    strokes_drawn: int = 0
    strokes_before: int = 0
    seconds_estimated: float | None = None
    ink_mm: float | None = None
    model_hash: str | None = None
    sheet: int | None = None
    cell: int | None = None
    edition: int | None = None
    priority: int = 0
    program_hash: str | None = None
    caption: str = ""
    ink_drawn_mm: float = 0.0
    seconds_drawn: float = 0.0
    favourite: bool = False
    deleted: bool = False

    @property
    def on_paper(self) -> bool:
        """Whether a stroke of it is on the paper: only then is it shown, and counted."""
        return max(self.strokes_drawn, self.strokes_before) > 0

    @property
    def effort(self) -> tuple[float, float]:
        """What its drawing takes, as far as it is known: seconds, and mm of line."""
        return self.seconds_estimated or 0.0, self.ink_mm or 0.0

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Job:
        """The job of a row of the table of jobs."""
        flags = {name: bool(row[name]) for name in _FLAGS}
        reason = Fact.from_json(row["reason"]) if row["reason"] else None
        return cls(**{**dict(row), **flags, "state": JobState(row["state"]), "reason": reason})

    def as_dict(self) -> dict[str, Any]:
        """The job ready for JSON, under the names of the attributes, for everybody's eyes.

        ``reason`` is a sentence, empty when all is well; ``reason_fact`` is the same as data.
        """
        found = {name: getattr(self, name) for name in _TOLD}  # `asdict` is ten times slower
        reason = self.reason
        return {
            **found,
            "state": str(self.state),
            "reason": "" if reason is None else sentence(reason),
            "reason_fact": None if reason is None else reason.as_dict(),
        }


COLUMNS = tuple(field.name for field in fields(Job))
"""The columns of the table of jobs."""
_TOLD = tuple(name for name in COLUMNS if name != "request_key")
"""A key is its asker's: who knows it could be given their job."""
_FLAGS = tuple(field.name for field in fields(Job) if field.type == "bool")
