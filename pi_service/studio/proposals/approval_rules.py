"""What the staff decide of visitors' drawings: whether they are asked, and about what not."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np

from pi_service.studio.core.errors import StudioError
from pi_service.studio.jobs.picked import Picked, placement

MOST_WAITING = 200
"""Drawings that may wait at a time, at the very most."""
LONGEST_MINUTES = 24 * 60.0


@dataclass(frozen=True, slots=True)
class Effort:
    """What a drawing of both hands takes.

    Attributes:
        ink_mm: Length of all strokes on the paper.
        seconds: That the pen is down, at the speed of drawing.
    """

    strokes: int
    ink_mm: float
    seconds: float


def effort(picked: Picked, feed: float) -> Effort:
    """What a drawing takes in the room where it was begun; `feed` in mm a minute."""
    scale = placement(picked.strokes, picked.room, picked.room).scale
    lengths = (np.hypot(*np.diff(line, axis=0).T).sum() for line in picked.strokes)
    ink = float(sum(lengths)) * scale
    return Effort(len(picked.strokes), round(ink, 1), round(ink / feed * 60.0, 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRules:
    """The staff's decision.

    Attributes:
        on: Whether the staff are asked first; else nothing of this counts.
        minutes: So long a drawing waits; then it is refused by itself.
        most: Drawings that wait at a time.
        allowed: Kinds that may be asked for; empty for all.
        barred: Kinds that may not.
        most_mm: Millimetres of line that a drawing may have; None for any.
        most_seconds: Seconds that the pen may be down; None for any.
        most_strokes: Strokes that it may have; None for any.
    """

    on: bool = False
    minutes: float = 10.0
    most: int = 20
    allowed: Sequence[str] = ()
    barred: Sequence[str] = ()
    most_mm: float | None = None
    most_seconds: float | None = None
    most_strokes: int | None = None

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> ApprovalRules:
        """The rules as they were kept; what a later version added is left out."""
        known = {each.name for each in fields(cls)}
        return cls(**{name: value for name, value in kept.items() if name in known})

    def as_dict(self) -> dict[str, Any]:
        """The rules ready for JSON, under the names of the attributes."""
        return {**asdict(self), "allowed": list(self.allowed), "barred": list(self.barred)}

    def as_json(self) -> str:
        """The rules as they are kept."""
        return json.dumps(self.as_dict())

    def check_class(self, class_name: str) -> None:
        """Refuse, kindly, a kind that is not drawn together. Raises StudioError."""
        allowed = not self.allowed or class_name in self.allowed
        if self.on and (not allowed or class_name in self.barred):
            raise StudioError("approval-class", class_name=class_name)

    def check_effort(self, taken: Effort) -> None:
        """Refuse, kindly, what takes too much. Raises StudioError."""
        if not self.on:
            return
        if self.most_strokes is not None and taken.strokes > self.most_strokes:
            raise StudioError(
                "approval-strokes", strokes=taken.strokes, most=self.most_strokes
            )
        if self.most_mm is not None and taken.ink_mm > self.most_mm:
            metres, most = round(taken.ink_mm / 1000, 1), round(self.most_mm / 1000, 2)
            raise StudioError("approval-ink", metres=metres, most=most)
        if self.most_seconds is not None and taken.seconds > self.most_seconds:
            raise StudioError(
                "approval-seconds",
                seconds=round(taken.seconds),
                most=round(self.most_seconds),
            )
