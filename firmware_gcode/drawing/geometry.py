"""Points, rectangles and drawings: plain data in millimetres, y up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from firmware_gcode.facts import CodedError, Fact, fact

Polyline: TypeAlias = NDArray[np.float64]
"""Points joined in order: shape (N, 2), N >= 1, in millimetres, y up. One point is a dot."""

MAX_POINTS = 2_000_000
"""More points than any sheet of paper can hold; a drawing beyond this is refused."""


class DrawingError(CodedError, ValueError):
    """A drawing that cannot be drawn: empty, not finite, misshapen, or far too large."""


POLYLINE = fact("the-polyline")
"""What a polyline is called in messages, where it has no number."""


def as_polyline(points: ArrayLike, where: Fact = POLYLINE) -> Polyline:
    """Check points, shape (N, 2), N >= 1, and return them as a read-only polyline of its own.

    Raises:
        DrawingError: Wrong shape, no point, or a coordinate that is not finite; `where` is
            what it calls the points.
    """
    array = _pairs(points, where)
    if not np.isfinite(array).all():
        raise DrawingError("points-not-finite", where=where)
    return array


def _pairs(points: ArrayLike, where: Fact | int) -> Polyline:
    """Points as a read-only polyline; an array that nobody can change is taken as it is.

    `where` is what errors call them, or the number of their stroke.
    """
    if isinstance(points, np.ndarray) and points.base is None and not points.flags.writeable:
        copied = None
    else:
        copied = True
    try:
        array = np.array(points, dtype=np.float64, copy=copied)
    except (TypeError, ValueError) as error:
        raise DrawingError("points-no-pairs", where=_named(where)) from error
    if array.ndim != 2 or array.shape[1] != 2 or array.shape[0] == 0:
        shape = str(array.shape)
        raise DrawingError("points-misshapen", where=_named(where), shape=shape)
    array.flags.writeable = False
    return array


def _named(where: Fact | int) -> Fact:
    return fact("stroke-number", number=where) if isinstance(where, int) else where


def length(points: Polyline) -> float:
    """Length along a polyline in millimetres; 0 for a dot."""
    return ink_mm([points])


_TOGETHER = 512
"""Polylines that are worked on as one array: one by one takes ten times as long."""


def ink_mm(polylines: Sequence[Polyline]) -> float:
    """Length along all polylines together, mm."""
    total = 0.0
    for low in range(0, len(polylines), _TOGETHER):
        some = polylines[low : low + _TOGETHER]
        steps = np.diff(np.concatenate(some), axis=0)
        steps[np.cumsum([len(points) for points in some[:-1]], dtype=np.intp) - 1] = 0.0
        total += float(np.sqrt(steps[:, 0] ** 2 + steps[:, 1] ** 2).sum())
    return total


def arc_lengths(points: Polyline) -> NDArray[np.float64]:
    """Distance from the first point to each point along the polyline: shape (N,), mm."""
    steps = np.diff(points, axis=0)
    return np.concatenate([[0.0], np.cumsum(np.hypot(steps[:, 0], steps[:, 1]))])


def points_at(
    points: Polyline, along: NDArray[np.float64], places: NDArray[np.float64] | list[float]
) -> Polyline:
    """The points at some distances along a polyline whose `arc_lengths` are `along`."""
    return np.column_stack([np.interp(places, along, points[:, axis]) for axis in (0, 1)])


_CHUNK = 250_000


def distances(points: Polyline, line: Polyline) -> NDArray[np.float64]:
    """Distance of each point from a polyline (the nearest place on it): shape (N,), mm."""
    if len(line) == 1:
        return np.asarray(np.hypot(points[:, 0] - line[0, 0], points[:, 1] - line[0, 1]))
    p = points[:, 0] + 1j * points[:, 1]
    z = line[:, 0] + 1j * line[:, 1]
    step = np.diff(z)
    square = np.maximum(np.abs(step) ** 2, 1e-18)
    found = np.empty(len(p))
    rows = max(1, _CHUNK // len(step))
    for low in range(0, len(p), rows):
        gap = p[low : low + rows, None] - z[None, :-1]
        share = np.clip((gap * step.conj()).real / square, 0.0, 1.0)
        found[low : low + rows] = np.abs(gap - share * step).min(axis=1)
    return found


def farthest(points: Polyline, line: Polyline) -> float:
    """The largest distance of a point from a polyline, mm."""
    return float(distances(points, line).max())


@dataclass(frozen=True)
class Rectangle:
    """An upright rectangle: lower left (x0, y0), upper right (x1, y1), in millimetres."""

    x0: float
    y0: float
    x1: float
    y1: float

    def __post_init__(self) -> None:
        if not (self.x0 <= self.x1 and self.y0 <= self.y1):
            raise DrawingError("rectangle-inside-out", **vars(self))

    @property
    def width(self) -> float:
        """Extent in x, mm."""
        return self.x1 - self.x0

    @property
    def height(self) -> float:
        """Extent in y, mm."""
        return self.y1 - self.y0

    @property
    def centre(self) -> tuple[float, float]:
        """The middle, (x, y) in mm."""
        return (self.x0 + self.x1) / 2, (self.y0 + self.y1) / 2

    def holds(self, x: float, y: float, tolerance: float = 0.0) -> bool:
        """Whether one point lies inside or `tolerance` mm off."""
        inside = self.x0 - tolerance <= x <= self.x1 + tolerance
        return inside and self.y0 - tolerance <= y <= self.y1 + tolerance

    def contains(self, points: ArrayLike, tolerance: float = 0.0) -> bool:
        """Whether all points, shape (N, 2) or (2,), lie inside or `tolerance` mm off."""
        array = np.asarray(points, dtype=np.float64).reshape(-1, 2)
        low = (self.x0 - tolerance, self.y0 - tolerance)
        high = (self.x1 + tolerance, self.y1 + tolerance)
        return bool((array >= low).all() and (array <= high).all())


def bounds(polylines: Iterable[Polyline]) -> Rectangle:
    """The smallest rectangle around all points.

    Raises:
        DrawingError: There is no point.
    """
    arrays = list(polylines)
    if not arrays:
        raise DrawingError("drawing-empty")
    parts = [
        np.concatenate(arrays[at : at + _TOGETHER]) for at in range(0, len(arrays), _TOGETHER)
    ]
    low = np.min([part.min(axis=0) for part in parts], axis=0)
    high = np.max([part.max(axis=0) for part in parts], axis=0)
    return Rectangle(float(low[0]), float(low[1]), float(high[0]), float(high[1]))


@dataclass(frozen=True)
class Drawing:
    """Polylines on paper, in millimetres, y up, origin at the paper's lower left corner.

    They are copied, checked and made read-only.

    Raises:
        DrawingError: No stroke, a bad stroke, or more than `MAX_POINTS` points.
    """

    strokes: tuple[Polyline, ...]

    def __post_init__(self) -> None:
        if len(self.strokes) == 0:
            raise DrawingError("drawing-empty")
        checked = tuple(_pairs(stroke, number) for number, stroke in enumerate(self.strokes))
        for low in range(0, len(checked), _TOGETHER):
            some = checked[low : low + _TOGETHER]
            if not np.isfinite(np.concatenate(some)).all():
                wrong = next(i for i, each in enumerate(some) if not np.isfinite(each).all())
                raise DrawingError("points-not-finite", where=_named(low + wrong))
        if sum(len(stroke) for stroke in checked) > MAX_POINTS:
            raise DrawingError("drawing-too-many-points", most=MAX_POINTS)
        object.__setattr__(self, "strokes", checked)

    @property
    def bounds(self) -> Rectangle:
        """The smallest rectangle around all strokes."""
        return bounds(self.strokes)

    @property
    def ink_mm(self) -> float:
        """Length of all strokes together, mm."""
        return ink_mm(self.strokes)
