"""How GRBL cuts an arc into straight motions (`mc_arc`)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

from firmware_gcode.gcode.actions import Arc, Point

_FULL_TURN_EPSILON: Final = 5e-7


def arc_angle(arc: Arc) -> float:
    """The signed angle that an arc turns, radians, counter-clockwise positive.

    Start and end at the same place make a full turn.
    """
    first, second, _ = arc.axes
    from_x, from_y = -arc.offset[0], -arc.offset[1]
    to_x = arc.target[first] - arc.start[first] + from_x
    to_y = arc.target[second] - arc.start[second] + from_y
    angle = math.atan2(from_x * to_y - from_y * to_x, from_x * to_x + from_y * to_y)
    if arc.clockwise:
        return angle - 2.0 * math.pi if angle >= -_FULL_TURN_EPSILON else angle
    return angle + 2.0 * math.pi if angle <= _FULL_TURN_EPSILON else angle


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
        turned = (towards - begin) % math.tau
        if turned <= angle:
            point[first] = arc.start[first] + arc.offset[0] + arc.radius * math.cos(towards)
            point[second] = arc.start[second] + arc.offset[1] + arc.radius * math.sin(towards)
            point[across] = arc.start[across] + rise * turned
            yield (point[0], point[1], point[2])


def arc_points(arc: Arc, tolerance: float) -> Iterator[Point]:
    """Yield the ends of the lines that stand for an arc within `$12` mm, its target last."""
    angle = arc_angle(arc)
    count = arc_segments(arc, tolerance, angle)
    if count:
        first, second, across = arc.axes
        centre_x = arc.start[first] + arc.offset[0]
        centre_y = arc.start[second] + arc.offset[1]
        rise = (arc.target[across] - arc.start[across]) / count
        point = [0.0, 0.0, 0.0]
        for index in range(1, count):
            cosine, sine = math.cos(index * angle / count), math.sin(index * angle / count)
            point[first] = centre_x - arc.offset[0] * cosine + arc.offset[1] * sine
            point[second] = centre_y - arc.offset[0] * sine - arc.offset[1] * cosine
            point[across] = arc.start[across] + index * rise
            yield (point[0], point[1], point[2])
    yield arc.target


def arc_feed(arc: Arc, tolerance: float) -> tuple[float, bool]:
    """The feed of an arc's lines, and whether it is in G93 units.

    As in GRBL 1.1h, where an arc in G93 runs at its F times the number of lines, taken as
    mm/min; its duration is not the one asked for.
    """
    count = arc_segments(arc, tolerance)
    if arc.inverse_time and count:
        return arc.feed * count, False
    return arc.feed, arc.inverse_time


def arc_segments(arc: Arc, tolerance: float, angle: float | None = None) -> int:
    """Number of lines that an arc is cut into; 0 and 1 both mean one straight line."""
    if angle is None:
        angle = arc_angle(arc)
    under_root = tolerance * (2.0 * arc.radius - tolerance)
    if under_root <= 0.0:
        return 0
    return int(abs(0.5 * angle * arc.radius) / math.sqrt(under_root)) & 0xFFFF
