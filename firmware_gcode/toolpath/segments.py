"""Lines and arcs, the two motions that GRBL knows, and the points that they pass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from firmware_gcode.drawing.geometry import Polyline
from firmware_gcode.toolpath.ragged import spread

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


def flatten(
    start: Point, segments: Sequence[Segment], tolerance: float = FLATTEN_MM
) -> Polyline:
    """The points of a path: its start, every line's end, and enough points on every arc.

    The lines between points of an arc are at most `tolerance` mm from it; its radius is taken
    as half its chord if it is smaller.
    """
    places = np.array([start, *(segment.end for segment in segments)], dtype=np.float64)
    bent = [n for n, segment in enumerate(segments) if isinstance(segment, Arc)]
    if not bent:
        return places
    arcs = [segment for segment in segments if isinstance(segment, Arc)]
    radius = np.array([arc.radius for arc in arcs])
    side = np.array([-1.0 if arc.clockwise else 1.0 for arc in arcs])
    z = places[:, 0] + 1j * places[:, 1]
    begin, way = z[bent], np.diff(z)[bent]
    half = np.abs(way) / 2
    real = half > 0.0
    # Of the two centres, that of the turn of at most pi (RS274/NGC 3.5.3.1).
    height = np.sqrt(np.maximum(0.0, radius * radius - half * half))
    middle = way / 2 * (1.0 + 1j * side * height / np.where(real, half, 1.0))
    turn = 2.0 * np.arcsin(np.where(real, np.minimum(1.0, half / radius), 0.0))
    step = 2.0 * np.arccos(np.maximum(0.0, 1.0 - tolerance / radius))
    counts = np.ones(len(segments), dtype=np.intp)
    counts[bent] = np.maximum(1, np.ceil(turn / np.maximum(step, 1e-3)))
    row, place = spread(counts[bent])
    angle = (side * turn / counts[bent])[row] * (place + 1)
    points = np.empty((1 + int(counts.sum()), 2))
    after = np.cumsum(counts)
    turned = (begin + middle)[row] - middle[row] * (np.cos(angle) + 1j * np.sin(angle))
    where = (after - counts)[bent][row] + place + 1
    points[where, 0], points[where, 1] = turned.real, turned.imag
    points[0], points[after] = places[0], places[1:]
    return points
