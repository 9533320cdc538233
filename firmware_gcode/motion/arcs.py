"""How GRBL cuts an arc into straight motions, as arrays."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from firmware_gcode.gcode.actions import Arc, Point

_Array: TypeAlias = NDArray[Any]
_FULL_TURN_EPSILON: Final = 5e-7
_MOST_CHORDS: Final = 0xFFFF


def turned(way: _Array, offset: _Array, clockwise: _Array) -> _Array:
    """The signed angles that arcs turn, radians, counter-clockwise positive.

    From the ways from start to end and to the centre in the plane, (n, 2). Start and end at
    the same place make a full turn.
    """
    end = way - offset
    cross = offset[:, 1] * end[:, 0] - offset[:, 0] * end[:, 1]
    angle = np.arctan2(cross, -offset[:, 0] * end[:, 0] - offset[:, 1] * end[:, 1])
    back = clockwise & (angle >= -_FULL_TURN_EPSILON)
    on = ~clockwise & (angle <= _FULL_TURN_EPSILON)
    return np.asarray(angle + math.tau * (on.astype(int) - back))


def chord_counts(angle: _Array, radius: _Array, tolerance: float) -> _Array:
    """Into how many lines arcs are cut so as to stay within `$12` mm; 0 is one line too."""
    square = tolerance * (2.0 * radius - tolerance)
    half_chords = np.sqrt(np.where(square > 0.0, square, np.inf))
    return (np.abs(0.5 * angle * radius) / half_chords).astype(np.int64) & _MOST_CHORDS


def chord_ends(
    start: _Array,
    target: _Array,
    offset: _Array,
    axes: _Array,
    *,
    angle: _Array,
    counts: _Array,
) -> _Array:
    """Where the lines that stand for arcs end, one arc after the other, their targets last.

    All arrays have a row an arc: `start` and `target` are machine mm, `offset` and `axes`
    those of `Arc`, `counts` at least 1.
    """
    arc = np.repeat(np.arange(len(counts)), counts)
    last = np.cumsum(counts)
    index = np.arange(1, len(arc) + 1) - (last - counts)[arc]
    share = index / counts[arc]
    cosine, sine = np.cos(share * angle[arc]), np.sin(share * angle[arc])
    first, second, across = axes[arc].T
    x, y = offset[arc].T
    row, origin = np.arange(len(arc)), start[arc]
    ends = np.empty((len(arc), 3))
    ends[row, first] = origin[row, first] + x - x * cosine + y * sine
    ends[row, second] = origin[row, second] + y - x * sine - y * cosine
    rise = (target[arc] - origin)[row, across]
    ends[row, across] = origin[row, across] + rise * share
    ends[last - 1] = target
    return ends


def arc_angle(arc: Arc) -> float:
    """The signed angle that an arc turns, radians, counter-clockwise positive."""
    way = [[arc.target[axis] - arc.start[axis] for axis in arc.axes[:2]]]
    return float(turned(np.array(way), np.array([arc.offset]), np.array([arc.clockwise]))[0])


def arc_segments(arc: Arc, tolerance: float) -> int:
    """Number of lines that an arc is cut into; 0 and 1 both mean one straight line."""
    return int(chord_counts(np.array(arc_angle(arc)), np.array(arc.radius), tolerance))


def arc_points(arc: Arc, tolerance: float) -> list[Point]:
    """The ends of the lines that stand for an arc within `$12` mm, its target last."""
    each = (np.array([part]) for part in (arc.start, arc.target, arc.offset, arc.axes))
    counts = np.array([max(arc_segments(arc, tolerance), 1)])
    ends = chord_ends(*each, angle=np.array([arc_angle(arc)]), counts=counts)
    return [(x, y, z) for x, y, z in ends.tolist()]


def arc_feed(arc: Arc, tolerance: float) -> tuple[float, bool]:
    """The feed of an arc's lines, and whether it is in G93 units.

    As in GRBL 1.1h, where an arc in G93 runs at its F times the number of lines, taken as
    mm/min; its duration is not the one asked for.
    """
    count = arc_segments(arc, tolerance) if arc.inverse_time else 0
    return (arc.feed * count, False) if count else (arc.feed, arc.inverse_time)


def arc_extremes(arc: Arc) -> Iterator[Point]:
    """Yield the end of an arc and the outermost points of its plane that it passes."""
    yield arc.target
    first, second, across = arc.axes
    angle = arc_angle(arc)
    begin = math.atan2(-arc.offset[1], -arc.offset[0])
    if angle < 0.0:
        begin, angle = begin + angle, -angle
    rise = (arc.target[across] - arc.start[across]) / angle
    point = list(arc.start)
    for quarter in range(4):
        towards = quarter * math.pi / 2.0
        passed = (towards - begin) % math.tau
        if passed <= angle:
            point[first] = arc.start[first] + arc.offset[0] + arc.radius * math.cos(towards)
            point[second] = arc.start[second] + arc.offset[1] + arc.radius * math.sin(towards)
            point[across] = arc.start[across] + rise * passed
            yield (point[0], point[1], point[2])
