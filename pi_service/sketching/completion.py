"""Drawing on from a human's first strokes, wherever and however large they were drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firmware_gcode.facts import CodedError
from pi_service.sketching.placing import Placement
from pi_service.sketching.simplify import Line
from pi_service.sketching.stroke import Sketch, to_polylines

MOST_INPUT = 100_000
"""Points of all strokes together that are taken."""
ROOM = 5
"""One in so many of the points of the longest drawing must be left for the model."""
UNLIKE = 10.0
"""Points of the critic's that a proposal gains by having nothing in common with another."""
FARTHEST = 1e9
"""Coordinates are taken up to here; beyond, their last digits are lost."""


class CompletionError(CodedError, ValueError):
    """Strokes that cannot be drawn on from; the message says which, why, and what to do."""


@dataclass(frozen=True)
class Proposal:
    """A whole drawing that begins with a human's strokes.

    All in the human's own coordinates, y down.
    """

    given: tuple[Line, ...]
    """The human's strokes, exactly as they came."""
    added: tuple[Line, ...]
    """The model's strokes that follow."""
    score: float
    """What the critic makes of it; 0 without a critic."""

    @property
    def strokes(self) -> tuple[Line, ...]:
        """All strokes in the order they are drawn in."""
        return self.given + self.added


def unlike(
    scores: Sequence[float],
    pictures: NDArray[np.float32],
    most: int,
    first: int | None = None,
) -> list[int]:
    """Which of several proposals to show: the best first, then good ones unlike those before.

    Args:
        scores: The critic's, the higher, the better.
        pictures: One row a proposal, shape (N, pixels).
        most: How many are wanted.
        first: The number of one that is shown first whatever its score; None: the best.

    Returns:
        At most so many numbers of proposals.
    """
    worth = np.array(scores, dtype=np.float64)
    chosen = [int(np.argmax(worth)) if first is None else first]
    apart = np.full(len(worth), np.inf)
    while len(chosen) < min(most, len(worth)):
        away = ((pictures - pictures[chosen[-1]]) ** 2).sum(axis=1)
        ink = (pictures**2).sum(axis=1) + (pictures[chosen[-1]] ** 2).sum()
        apart = np.minimum(apart, away / np.maximum(ink, 1e-9))
        value = worth + UNLIKE * np.minimum(apart, 1)
        value[chosen] = -np.inf
        chosen.append(int(np.argmax(value)))
    return chosen


def check_strokes(strokes: Sequence[NDArray[Any]]) -> tuple[Line, ...]:
    """The strokes as arrays of numbers.

    Raises:
        CompletionError: There are none; one is empty, has not two columns or holds something
            else than finite numbers within a thousand million; they are too many points; or
            they are a single dot.
    """
    if len(strokes) == 0:
        raise CompletionError("completion-nothing")
    lines = tuple(_line(number, stroke) for number, stroke in enumerate(strokes, start=1))
    points = np.concatenate(lines)
    if len(points) > MOST_INPUT:
        raise CompletionError("completion-too-long", points=len(points), most=MOST_INPUT)
    side = float(np.ptp(points, axis=0).max())
    if side <= 1e-9 * max(1.0, float(np.abs(points).max())):
        raise CompletionError("completion-dot")
    return lines


def _line(number: int, stroke: NDArray[Any]) -> Line:
    try:
        line = np.array(stroke, dtype=np.float64)
    except (ValueError, TypeError) as error:
        raise CompletionError("completion-no-numbers", stroke=number) from error
    if line.ndim != 2 or line.shape[1] != 2 or len(line) == 0:
        raise CompletionError("completion-shape", stroke=number, shape=str(line.shape))
    if not np.isfinite(line).all() or np.abs(line).max() > FARTHEST:
        raise CompletionError("completion-too-far", stroke=number, most=f"{FARTHEST:.0f}")
    return line


def check_room(given: Sketch, max_points: int) -> None:
    """Refuses strokes that leave the model too few points to draw.

    Raises:
        CompletionError: They do.
    """
    room = max_points // ROOM
    if len(given) > max_points - room:
        raise CompletionError(
            "completion-no-room", points=len(given), most=max_points, room=room
        )


def proposal(
    lines: tuple[Line, ...], given: Sketch, whole: Sketch, placement: Placement, score: float
) -> Proposal:
    """The whole sketch in the human's coordinates.

    The grid of whole pixels makes the model begin up to half a pixel from where the human's
    last stroke ended; all that it adds is moved by that, so that the way between is as meant.

    Args:
        lines: The human's strokes as they came.
        given: The same as the model read them.
        whole: What it made of them: begins with `given`.
        placement: By which they were read.
        score: The critic's.
    """
    seam = given[:, :2].sum(axis=0)
    added = tuple(
        lines[-1][-1] + (points - seam) / placement.scale
        for points in to_polylines(whole)[len(lines) :]
    )
    return Proposal(lines, added, score)
