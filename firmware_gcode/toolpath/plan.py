"""From a drawing to the pen's way over the paper: merged, ordered, pen lifts between."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from firmware_gcode.drawing.geometry import Drawing, Polyline, Rectangle, length
from firmware_gcode.motion.settings import MotionSettings
from firmware_gcode.toolpath.fit import Way, fit
from firmware_gcode.toolpath.merge import merge
from firmware_gcode.toolpath.ordering.cost import Seconds
from firmware_gcode.toolpath.ordering.order import order
from firmware_gcode.toolpath.ordering.ways import Visit
from firmware_gcode.toolpath.ragged import boxes
from firmware_gcode.toolpath.segments import Point, Segment, flatten, reverse
from firmware_gcode.toolpath.tolerance import Tolerance, default_tolerance


class Plotter(Protocol):
    """What planning needs to know of a machine; `program.profile.Profile` is one."""

    @property
    def park(self) -> tuple[float, float]:
        """Where the pen waits before and after, (x, y) in mm."""

    @property
    def pen_width(self) -> float:
        """Line width in mm: ends this near to each other touch."""

    @property
    def travel_feed(self) -> float:
        """Speed with the pen up, mm/min."""

    @property
    def rapid_travel(self) -> bool:
        """Whether pen-up moves go as fast as the axes can, whatever that speed."""

    @property
    def motion(self) -> MotionSettings:
        """Speeds and accelerations of the axes."""


@dataclass(frozen=True)
class Stroke:
    """One line drawn without lifting the pen.

    Attributes:
        points: The points that the pen passes, arcs flattened: shape (N, 2), mm; N = 1: a dot.
        source: Which strokes of the drawing it inks, in its own order.
        segments: The same way as lines and arcs from the first point; empty for a dot.
    """

    points: Polyline
    source: tuple[int, ...]
    segments: tuple[Segment, ...]

    @property
    def start(self) -> Point:
        """Where the pen is lowered, (x, y) in mm."""
        return float(self.points[0, 0]), float(self.points[0, 1])

    @property
    def end(self) -> Point:
        """Where the pen is lifted, (x, y) in mm."""
        return float(self.points[-1, 0]), float(self.points[-1, 1])


@dataclass(frozen=True)
class Toolpath:
    """Strokes in drawing order, and where the pen comes from and goes to, (x, y) in mm."""

    strokes: tuple[Stroke, ...]
    start: Point
    park: Point

    @property
    def travel_mm(self) -> float:
        """Pen-up way from the start through all strokes to the park place, mm."""
        return travel_mm([stroke.points for stroke in self.strokes], self.start, self.park)

    @property
    def moves(self) -> tuple[Polyline, ...]:
        """Pen-up moves as lines of two points, to show them in pictures."""
        leaving = [self.start, *(stroke.end for stroke in self.strokes)]
        entering = [*(stroke.start for stroke in self.strokes), self.park]
        return tuple(np.array(pair) for pair in zip(leaving, entering, strict=True))

    @property
    def ink_mm(self) -> float:
        """Pen-down way, mm."""
        return sum(length(stroke.points) for stroke in self.strokes)


def travel_mm(strokes: Sequence[Polyline], start: Point, park: Point) -> float:
    """Pen-up way from `start` through strokes in the given order to `park`, mm."""
    total, here = 0.0, start
    for points in strokes:
        total += math.dist(here, points[0])
        here = (float(points[-1, 0]), float(points[-1, 1]))
    return total + math.dist(here, park)


def plan_toolpath(
    drawing: Drawing,
    profile: Plotter,
    *,
    seed: int = 0,
    stop: Callable[[], bool] = lambda: False,
    fast: bool = False,
    tell: Callable[[str], None] = lambda _: None,
    start: Point | None = None,
    tolerance: Tolerance | float | None = None,
    area: Rectangle | None = None,
) -> Toolpath:
    """Plan how a drawing is drawn: merge what touches, smooth and fit, order.

    The order is the one whose pen-up moves take the least time on this machine. The same seed
    gives the same toolpath everywhere, unless `stop` ends the search for a better order early;
    `fast` leaves it out. `tell` hears of each step that begins: merging, fitting, ordering.
    The pen comes from `start`, by default the park place.

    Curves leave the drawing's lines by at most `tolerance` (a number: mm, with smoothing); 0
    draws the lines as they are, None takes the drawing's default. A stroke whose curves would
    leave `area` (usually the sheet) is drawn with straight lines.
    """
    here = profile.park if start is None else start
    if tolerance is None:
        tolerance = default_tolerance(drawing, profile.pen_width)
    elif not isinstance(tolerance, Tolerance):
        tolerance = Tolerance(tolerance, smoothing=True)
    tell("merging")
    merged = merge(drawing.strokes, profile.pen_width)
    tell("fitting")
    fitted = fit_inside([item.points for item in merged], tolerance, area)
    tell("ordering")
    joints = [np.array([begin, *(s.end for s in parts)]) for begin, parts in fitted]
    cost = Seconds.of_machine(profile.motion, profile.travel_feed, rapid=profile.rapid_travel)
    visits = order(joints, here, profile.park, cost=cost, seed=seed, stop=stop, fast=fast)
    strokes = [
        _stroke(*fitted[visit.stroke], merged[visit.stroke].source, visit) for visit in visits
    ]
    return Toolpath(tuple(strokes), here, profile.park)


def fit_inside(
    strokes: Sequence[Polyline], tolerance: Tolerance, area: Rectangle | None
) -> list[Way]:
    """Strokes as curves, or as lines where the curves would leave the area."""
    if not strokes:
        return []
    allowed = tolerance.of_each(strokes)
    fitted = fit(strokes, allowed, smoothing=tolerance.smoothing)
    if area is None:
        return fitted
    low, high = boxes(strokes)
    inside = (low - allowed[:, None] >= (area.x0, area.y0)).all(axis=1)
    inside &= (high + allowed[:, None] <= (area.x1, area.y1)).all(axis=1)
    for index in np.flatnonzero(~inside).tolist():
        if not area.contains(flatten(*fitted[index])):
            fitted[index] = fit([strokes[index]], 0.0, smoothing=False)[0]
    return fitted


def _stroke(
    begin: Point, segments: tuple[Segment, ...], source: tuple[int, ...], visit: Visit
) -> Stroke:
    """A fitted stroke as it is drawn: from its seam, or backwards."""
    if visit.seam:
        begin = segments[visit.seam - 1].end
        segments = segments[visit.seam :] + segments[: visit.seam]
    if visit.backwards:
        begin, segments = reverse(begin, segments)
        source = source[::-1]
    return Stroke(flatten(begin, segments), source, segments)
