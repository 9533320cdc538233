"""From a drawing to the pen's way over the paper: merged, ordered, pen lifts between."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from firmware_gcode.drawing.geometry import Drawing, Polyline, Rectangle
from firmware_gcode.motion.settings import MotionSettings
from firmware_gcode.toolpath.cells import in_parts
from firmware_gcode.toolpath.fit import fit
from firmware_gcode.toolpath.merge import merge
from firmware_gcode.toolpath.ordering.cost import Seconds
from firmware_gcode.toolpath.ordering.order import order
from firmware_gcode.toolpath.ordering.ways import Visit
from firmware_gcode.toolpath.ragged import boxes
from firmware_gcode.toolpath.segments import Path, Point, as_points
from firmware_gcode.toolpath.tolerance import Tolerance, default_tolerance

_FITTED_AT_ONCE = 8_192
"""Points of strokes that are fitted together, or those of one: it takes 400 bytes for each."""


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


@dataclass(frozen=True, slots=True)
class Stroke:
    """One line drawn without lifting the pen.

    Attributes:
        source: Which strokes of the drawing it inks, in its own order.
        path: The pen's way, as lines and arcs.
    """

    source: tuple[int, ...]
    path: Path

    @property
    def points(self) -> Polyline:
        """The points that the pen passes, arcs flattened: shape (N, 2), mm; N = 1: a dot."""
        return self.path.points

    @property
    def start(self) -> Point:
        """Where the pen is lowered, (x, y) in mm."""
        return float(self.path.z[0].real), float(self.path.z[0].imag)

    @property
    def end(self) -> Point:
        """Where the pen is lifted, (x, y) in mm."""
        return float(self.path.z[-1].real), float(self.path.z[-1].imag)


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
    tolerance: Tolerance | float | list[Tolerance] | None = None,
    area: Rectangle | None = None,
) -> Toolpath:
    """Plan how a drawing is drawn: merge what touches, smooth and fit, order.

    The order is the one whose pen-up moves take the least time on this machine. The same seed
    gives the same toolpath everywhere, unless `stop` ends the search for a better order early;
    `fast` leaves it out. `tell` hears of each step that begins: merging, fitting, ordering.
    The pen comes from `start`, by default the park place.

    Curves leave the drawing's lines by at most `tolerance` (a number: mm, with smoothing; a
    list: for each stroke its own); 0 draws the lines as they are, None takes the drawing's
    default. A stroke whose curves would leave `area` (usually the sheet) is drawn with
    straight lines.
    """
    here = profile.park if start is None else start
    if tolerance is None:
        tolerance = default_tolerance(drawing, profile.pen_width)
    elif not isinstance(tolerance, Tolerance | list):
        tolerance = Tolerance(tolerance, smoothing=True)
    each = tolerance if isinstance(tolerance, list) else [tolerance] * len(drawing.strokes)
    tell("merging")
    merged = merge(drawing.strokes, profile.pen_width)
    sources = [item.source for item in merged]
    lines = [item.points for item in merged]
    allowed = [min(each[stroke] for stroke in source) for source in sources]
    del merged
    tell("fitting")
    fitted = _fitted(lines, allowed, area)
    del lines
    tell("ordering")
    joints = [as_points(path.z) for path in fitted]
    cost = Seconds.of_machine(profile.motion, profile.travel_feed, rapid=profile.rapid_travel)
    visits = order(joints, here, profile.park, cost=cost, seed=seed, stop=stop, fast=fast)
    strokes = [_stroke(fitted[visit.stroke], sources[visit.stroke], visit) for visit in visits]
    return Toolpath(tuple(strokes), here, profile.park)


def _fitted(
    strokes: Sequence[Polyline], each: Sequence[Tolerance], area: Rectangle | None
) -> list[Path]:
    """Strokes as curves, each within its own tolerance."""
    found: dict[int, Path] = {}
    for tolerance in dict.fromkeys(each):
        alike = [index for index, own in enumerate(each) if own == tolerance]
        paths = fit_inside([strokes[index] for index in alike], tolerance, area)
        found.update(zip(alike, paths, strict=True))
    return [found[index] for index in range(len(strokes))]


def fit_inside(
    strokes: Sequence[Polyline], tolerance: Tolerance, area: Rectangle | None
) -> list[Path]:
    """Strokes as curves, or as lines where the curves would leave the area."""
    sizes = np.array([len(stroke) for stroke in strokes])
    return [
        path
        for part in in_parts(sizes, _FITTED_AT_ONCE)
        for path in _fit_inside(strokes[part], tolerance, area)
    ]


def _fit_inside(
    strokes: Sequence[Polyline], tolerance: Tolerance, area: Rectangle | None
) -> list[Path]:
    allowed = tolerance.of_each(strokes)
    fitted = fit(strokes, allowed, smoothing=tolerance.smoothing)
    if area is None:
        return fitted
    low, high = boxes(strokes)
    inside = (low - allowed[:, None] >= (area.x0, area.y0)).all(axis=1)
    inside &= (high + allowed[:, None] <= (area.x1, area.y1)).all(axis=1)
    for index in np.flatnonzero(~inside).tolist():
        if not area.contains(fitted[index].points):
            fitted[index] = fit([strokes[index]], 0.0, smoothing=False)[0]
    return fitted


def _stroke(path: Path, source: tuple[int, ...], visit: Visit) -> Stroke:
    """A fitted stroke as it is drawn: from its seam, or backwards."""
    path = path.begun(visit.seam)
    return Stroke(source[::-1], path.turned()) if visit.backwards else Stroke(source, path)
