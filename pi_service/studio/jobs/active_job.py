"""The job on the paper, as the machine tells it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from firmware_gcode.drawing.geometry import Polyline, length
from firmware_gcode.facts import Fact, fact
from firmware_gcode.grbl.events import (
    LinkEvent,
    LinkState,
    ProgramEnded,
    Progress,
    StrokeDrawn,
)
from pi_service.studio.jobs.job import Job, JobState
from pi_service.studio.jobs.planner import Composition

ENDED_SERVICE = fact("ended-with-service")
STOPPED = fact("was-stopped")


@dataclass
class ActiveJob:
    """The job on the paper as the machine tells it; what is stored follows.

    Attributes:
        begun_at: When the pen started on it this time, monotonic seconds.
        stopped: Why it is being stopped, once somebody does; None before.
        let_go: Whether it is stopped for good.
    """

    job: Job
    composition: Composition
    state: JobState
    strokes_drawn: int
    reason: Fact | None = None
    progress: dict[str, Any] | None = None
    begun_at: float = 0.0
    stopped: Fact | None = None
    let_go: bool = False

    @property
    def ink_drawn_mm(self) -> float:
        """How much line the pen has drawn for it since `job` was stored, and before, mm."""
        strokes = self.composition.program.strokes
        since = ink_of(strokes[self.job.strokes_drawn : self.strokes_drawn])
        return round(self.job.ink_drawn_mm + since, 1)

    @property
    def ended(self) -> bool:
        """Whether the machine is done with it."""
        return self.state not in (JobState.DRAWING, JobState.PAUSED)

    def machine_is(self, state: LinkState) -> None:
        """Take in what the machine is doing."""
        if self.ended:
            return
        if state is LinkState.PAUSED:
            self.state = JobState.PAUSED
        elif state is LinkState.DRAWING:
            self.state = JobState.DRAWING

    def hear(self, message: LinkEvent, *, closing: bool) -> dict[str, Any] | None:
        """Take in what the machine says about the drawing.

        Args:
            closing: Whether the service is ending: then a stop was not a person's.

        Returns:
            Where the pen is, ready for JSON, if that is what it said.
        """
        if isinstance(message, Progress):
            self.progress = {
                "job": self.job.id,
                "stroke": message.stroke,
                "length_mm": round(message.length_mm, 2),
                "x": round(message.x, 2),
                "y": round(message.y, 2),
                "pen_down": message.pen_down,
            }
            return self.progress
        if isinstance(message, StrokeDrawn):
            self.strokes_drawn = max(self.strokes_drawn, message.stroke + 1)
        elif isinstance(message, ProgramEnded):
            self._program_ended(message, closing)
        return None

    def break_off(self) -> None:
        """The service ends and the machine has not said that it stopped."""
        self.state, self.reason = JobState.INTERRUPTED, ENDED_SERVICE

    def give_up(self) -> None:
        """Let it go: it is not finished, whatever of it is on the paper."""
        self.let_go = True
        if self.state is JobState.INTERRUPTED:
            self.state = JobState.CANCELLED

    def _program_ended(self, message: ProgramEnded, closing: bool) -> None:
        self.strokes_drawn = max(self.strokes_drawn, message.strokes_drawn)
        stopped = message.outcome == "stopped"
        if message.outcome == "done" or self.strokes_drawn == self.job.strokes_total:
            self.state, self.reason = JobState.DONE, None  # only parking was missing
        elif self.let_go:
            self.state, self.reason = JobState.CANCELLED, STOPPED
        elif closing and self.stopped is None:
            self.break_off()
        else:
            self.state = JobState.INTERRUPTED
            self.reason = (self.stopped or STOPPED) if stopped else message.reason


def ink_of(strokes: Sequence[Polyline]) -> float:
    """The length of strokes, mm."""
    return float(sum(length(stroke) for stroke in strokes))
