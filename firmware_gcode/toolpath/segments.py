"""Lines and arcs, the two motions that GRBL knows, and the points that they pass."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from firmware_gcode.drawing.geometry import Polyline

Point: TypeAlias = tuple[float, float]
"""(x, y) in mm."""

FLATTEN_MM = 0.005
"""Default distance between an arc and the lines that stand for it."""


@dataclass(frozen=True, slots=True)
class Line:
    """A straight move to `end`, (x, y) in mm."""

    end: Point


@dataclass(frozen=True, slots=True)
class Arc:
    """A circular move to `end` (mm) of at most half a turn; clockwise (from above) is `G2`.

    The radius in mm is above 0 and at least half the distance to `end`.
    """

    end: Point
    radius: float
    clockwise: bool


Segment: TypeAlias = Line | Arc


def lines(points: Polyline) -> tuple[Segment, ...]:
    """Straight moves through all points after the first."""
    return tuple(Line((float(x), float(y))) for x, y in points[1:])


def reverse(start: Point, segments: Sequence[Segment]) -> tuple[Point, tuple[Segment, ...]]:
    """The same path from its other end: its new start and segments."""
    if not segments:
        return start, ()
    befores = [start, *(segment.end for segment in segments[:-1])]
    backwards: list[Segment] = []
    for before, segment in zip(reversed(befores), reversed(segments), strict=True):
        if isinstance(segment, Line):
            backwards.append(Line(before))
        else:
            backwards.append(Arc(before, segment.radius, not segment.clockwise))
    return segments[-1].end, tuple(backwards)


def centre(start: Point, arc: Arc) -> Point:
    """The centre of an arc: of the two, that of the turn of at most pi (RS274/NGC 3.5.3.1)."""
    dx, dy = arc.end[0] - start[0], arc.end[1] - start[1]
    chord = math.hypot(dx, dy)
    height = math.sqrt(max(0.0, arc.radius**2 - (chord / 2) ** 2))
    side = -1.0 if arc.clockwise else 1.0
    return (
        start[0] + dx / 2 - side * dy / chord * height,
        start[1] + dy / 2 + side * dx / chord * height,
    )


def sweep(start: Point, arc: Arc) -> float:
    """The angle that an arc turns through, in radians, above 0 and at most pi."""
    chord = math.hypot(arc.end[0] - start[0], arc.end[1] - start[1])
    return 2.0 * math.asin(min(1.0, chord / (2.0 * arc.radius)))


def arc_points(start: Point, arc: Arc, tolerance: float = FLATTEN_MM) -> NDArray[np.float64]:
    """Points on an arc after its start, its end included: shape (N, 2), N >= 1.

    The lines between them are at most `tolerance` mm from the arc, whose radius is taken as
    half the chord if it is smaller.
    """
    if start == arc.end:
        return np.array([arc.end])
    turn = sweep(start, arc)
    step = 2.0 * math.acos(max(0.0, 1.0 - tolerance / arc.radius))
    count = max(1, math.ceil(turn / max(step, 1e-3)))
    cx, cy = centre(start, arc)
    first = math.atan2(start[1] - cy, start[0] - cx)
    signed = -turn if arc.clockwise else turn
    angles = first + signed * np.arange(1, count + 1) / count
    points = np.column_stack(
        [cx + arc.radius * np.cos(angles), cy + arc.radius * np.sin(angles)]
    )
    points[-1] = arc.end
    return points


def flatten(
    start: Point, segments: Sequence[Segment], tolerance: float = FLATTEN_MM
) -> Polyline:
    """The points of a path: its start, every line's end, and enough points on every arc."""
    parts = [np.array([start], dtype=np.float64)]
    here = start
    for segment in segments:
        if isinstance(segment, Line):
            parts.append(np.array([segment.end]))
        else:
            parts.append(arc_points(here, segment, tolerance))
        here = segment.end
    return np.concatenate(parts)
