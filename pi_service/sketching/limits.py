"""What a drawing may be like to be put on paper, and what is wrong with one that does not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from firmware_gcode.facts import Fact, fact
from pi_service.sketching.stroke import Sketch, bounds, to_polylines

LARGEST_SIDE = 320
"""A drawing's longer side in pixels above which it left the canvas: humans' are 255."""
SMALLEST_SIDE = 120
"""A drawing's longer side in pixels below which it is a blot."""


@dataclass(frozen=True)
class Limits:
    """What nearly all humans' drawings of a class keep to; both ends are allowed."""

    strokes: tuple[int, int]
    points: tuple[int, int]
    ink: tuple[float, float]
    """Length of all strokes together, in pixels."""


def ink_length(sketch: Sketch) -> float:
    """Length of all strokes of a sketch together, in pixels; the travel between is not ink."""
    steps = (np.diff(line.astype(float), axis=0) for line in to_polylines(sketch))
    return float(sum(np.hypot(step[:, 0], step[:, 1]).sum() for step in steps))


def what_is_wrong(sketch: Sketch, limits: Limits | None) -> Fact | None:
    """Why a sketch must not be drawn; None if it may.

    Args:
        sketch: A sketch that the model finished.
        limits: Of its class; None checks only that it fits the canvas.
    """
    if len(sketch) == 0:
        return fact("sketch-empty")
    x0, y0, x1, y1 = bounds(sketch)
    side = max(x1 - x0, y1 - y0)
    if side > LARGEST_SIDE:
        return fact("sketch-leaves")
    if side < SMALLEST_SIDE:
        return fact("sketch-blot")
    return _unusual(sketch, limits) if limits is not None else None


def _unusual(sketch: Sketch, limits: Limits) -> Fact | None:
    """Which limit the sketch does not keep to."""
    measured = (
        ("sketch-strokes", int(sketch[:, 2].sum()), limits.strokes),
        ("sketch-points", len(sketch), limits.points),
        ("sketch-ink", ink_length(sketch), limits.ink),
    )
    for what, value, (least, most) in measured:
        if not least <= value <= most:
            code = "sketch-too-few" if value < least else "sketch-too-many"
            return Fact(code, {"what": fact(what), "count": round(value)})
    return None
