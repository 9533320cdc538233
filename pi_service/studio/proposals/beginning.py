"""What a visitor began: strokes in any unit, checked, and brought to millimetres on paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pi_service.sketching.simplify import Line
from pi_service.studio.core.errors import StudioError
from pi_service.studio.jobs.picked import rounded

MOST_STROKES = 60
"""Strokes that a visitor may begin with."""
MOST_POINTS = 4_000
"""Points of all of them together: half a minute of a finger's way."""
LONGEST_M = 4.0
"""Metres of line on the paper that a visitor may begin with: two minutes of the pen's."""
SHORTEST_MM = 3.0
"""A beginning smaller than this is a dot, and says nothing about the drawing."""
OUTSIDE = 1e-3
"""How far beyond the frame a point may lie, as a share of it: a pixel's rounding."""
LARGEST_FRAME, SMALLEST_FRAME = 1e5, 1e-2
FRAME_SIDES = 20.0
"""How much longer than wide a frame may be."""


class BeginningError(StudioError):
    """Strokes that cannot be begun with; the message says why and what to do."""


@dataclass(frozen=True)
class Frame:
    """What a visitor drew on, in any unit, y down: it stands for the room on paper."""

    width: float
    height: float

    def __post_init__(self) -> None:
        """Refuses what is no frame."""
        sides = self.width, self.height
        if not all(SMALLEST_FRAME <= side <= LARGEST_FRAME for side in sides) or (
            max(sides) > FRAME_SIDES * min(sides)
        ):
            raise BeginningError(
                "frame-wrong", width=float(self.width), height=float(self.height)
            )

    def scale(self, room: tuple[float, float]) -> float:
        """Millimetres per unit, where the whole frame stands in the middle of the room."""
        return min(room[0] / self.width, room[1] / self.height)

    def on_paper(self, line: Line, room: tuple[float, float]) -> Line:
        """A line in mm from the room's upper left corner, y down."""
        moved: Line = (line - self._middle) * self.scale(room) + _middle(room)
        return moved

    def from_paper(self, line: Line, room: tuple[float, float]) -> Line:
        """The way back."""
        moved: Line = (line - _middle(room)) / self.scale(room) + self._middle
        return moved

    @property
    def _middle(self) -> NDArray[np.float64]:
        return np.array([self.width / 2, self.height / 2])


@dataclass(frozen=True, eq=False)
class Beginning:
    """A visitor's strokes, mm from the upper left corner of a room of that size, y down."""

    class_name: str
    strokes: tuple[Line, ...]
    room: tuple[float, float]


def begin(
    class_name: str, strokes: Sequence[Any], frame: Frame, room: tuple[float, float]
) -> Beginning:
    """Check a visitor's strokes and bring them to paper.

    Args:
        strokes: Lists of ``[x, y]`` in the frame's unit, y down, in the order of drawing.
        room: Width and height of the room on paper, mm.

    Raises:
        BeginningError: There is nothing, too much, or something outside of the frame.
    """
    if len(strokes) == 0:
        raise BeginningError("beginning-nothing")
    if len(strokes) > MOST_STROKES:
        raise BeginningError("beginning-strokes", strokes=len(strokes), most=MOST_STROKES)
    lines = [_line(number, stroke, frame) for number, stroke in enumerate(strokes, 1)]
    count = sum(map(len, lines))
    if count > MOST_POINTS:
        raise BeginningError("beginning-points", points=count, most=MOST_POINTS)
    placed = rounded([_without_repeats(frame.on_paper(line, room)) for line in lines])
    _check_size(placed)
    return Beginning(class_name, placed, room)


def _line(number: int, stroke: Any, frame: Frame) -> Line:
    try:
        line = np.array(stroke, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise BeginningError("beginning-no-numbers", stroke=number) from error
    if line.ndim != 2 or line.shape[1] != 2 or not np.isfinite(line).all():
        raise BeginningError("beginning-no-numbers", stroke=number)
    sides = np.array([frame.width, frame.height])
    if (line < -OUTSIDE * sides).any() or (line > (1 + OUTSIDE) * sides).any():
        raise BeginningError("beginning-leaves", stroke=number)
    inside: Line = np.clip(line, 0.0, sides)
    return inside


def _check_size(lines: Sequence[Line]) -> None:
    points = np.concatenate(lines)
    if float(np.ptp(points, axis=0).max()) < SHORTEST_MM:
        raise BeginningError("beginning-dot")
    way = sum(float(np.hypot(*np.diff(line, axis=0).T).sum()) for line in lines)
    if way > LONGEST_M * 1000.0:
        raise BeginningError("beginning-long", metres=round(way / 1000.0, 1), most=LONGEST_M)


def _without_repeats(line: Line) -> Line:
    """A line without points that are where the one before is."""
    moved = np.any(np.diff(line, axis=0) != 0, axis=1)
    kept: Line = line[np.concatenate([[True], moved])]
    return kept


def _middle(room: tuple[float, float]) -> NDArray[np.float64]:
    return np.array([room[0] / 2, room[1] / 2])
