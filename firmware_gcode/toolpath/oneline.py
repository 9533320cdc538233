"""A drawing as one continuous line, after the one-line art that people hang."""

from __future__ import annotations

import numpy as np

from firmware_gcode.drawing.geometry import Drawing, Polyline
from firmware_gcode.toolpath.merge import merge
from firmware_gcode.toolpath.order import order
from firmware_gcode.toolpath.ways import Visit

_HANDLE = 1.0 / 3.0
"""Length of a joint's tangents, as a share of its gap: the rounder, the more ink it takes."""
_STEP_MM = 1.0
_SAME_MM = 1e-9


def one_line(drawing: Drawing, pen_width: float, *, seed: int = 0) -> Drawing:
    """Join all strokes of a drawing into a single line with little added ink.

    Strokes that touch are merged, the rest is put into the order, directions and beginnings
    with the shortest way between them; the way is then drawn, leaving and meeting the strokes
    in their own directions.

    Args:
        drawing: What to draw, mm.
        pen_width: Ends this near to each other touch, mm.
        seed: Seed of random choices in the order.

    Returns:
        A drawing with one stroke, which passes through all points of the given one.
    """
    lines = [item.points for item in merge(drawing.strokes, pen_width)]
    parts: list[Polyline] = []
    for visit in order(lines, None, None, seed=seed):
        stroke = _as_visited(lines[visit.stroke], visit)
        if parts:
            parts.append(_joint(parts[-1], stroke))
        parts.append(stroke)
    return Drawing((np.concatenate(parts),))


def _as_visited(points: Polyline, visit: Visit) -> Polyline:
    if visit.seam:
        points = np.concatenate([points[visit.seam : -1], points[: visit.seam + 1]])
    return points[::-1] if visit.backwards else points


def _joint(before: Polyline, after: Polyline) -> Polyline:
    """Points between two strokes on a cubic Bezier curve: shape (N, 2), N >= 0."""
    start, end = before[-1], after[0]
    gap = float(np.hypot(*(end - start)))
    straight = (end - start) / max(gap, _SAME_MM)
    leave, meet = _direction(before[::-1], straight), _direction(after, -straight)
    first, second = start - leave * gap * _HANDLE, end - meet * gap * _HANDLE
    t = np.linspace(0.0, 1.0, int(gap / _STEP_MM) + 2)[1:-1, None]
    curve: Polyline = (
        (1 - t) ** 3 * start
        + 3 * (1 - t) ** 2 * t * first
        + 3 * (1 - t) * t**2 * second
        + t**3 * end
    )
    return curve


def _direction(points: Polyline, otherwise: Polyline) -> Polyline:
    """The unit direction from a stroke's end into it; a dot takes the one given, turned."""
    steps = points[1:] - points[0]
    lengths = np.hypot(steps[:, 0], steps[:, 1])
    far = np.flatnonzero(lengths > _SAME_MM)
    if len(far) == 0:
        return -otherwise
    inward: Polyline = steps[far[0]] / lengths[far[0]]
    return inward
