"""Strokes that are drawn twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from firmware_gcode.drawing.geometry import Polyline, farthest

_CELL_MM = 1.0
_MOST_WORK = 20_000_000
"""Pairs of points that are compared at most, so that a dense drawing does not take minutes."""


def covered_by(strokes: Sequence[Polyline], tolerance: float) -> dict[int, int]:
    """Strokes that lie wholly on another one.

    Where the stroke turns most the other one must have a point within a millimetre.

    Args:
        strokes: Lines in mm.
        tolerance: How far a stroke may lie beside the other, mm.

    Returns:
        For each stroke that need not be drawn the one that draws it already. Of two equal ones
        the first is drawn. Chains are resolved: no value is a key.
    """
    lows = np.array([stroke.min(axis=0) for stroke in strokes])
    highs = np.array([stroke.max(axis=0) for stroke in strokes])
    owners = _owners(strokes)
    found: dict[int, int] = {}
    left = _MOST_WORK
    for index in np.argsort(np.hypot(*(highs - lows).T), kind="stable").tolist():
        inside = (lows <= lows[index] + tolerance) & (highs >= highs[index] - tolerance)
        candidates = inside.all(axis=1)
        if len(strokes[index]) > 2:
            near = _cells(_sharpest(strokes[index]))
            nearby = sorted(set().union(*(owners[cell] for cell in near if cell in owners)))
            others = [other for other in nearby if candidates[other]]
        else:
            others = np.flatnonzero(candidates).tolist()
        for other in others:
            if other == index or other in found:
                continue
            left -= len(strokes[index]) * len(strokes[other]) + 100
            if left < 0:
                return _resolved(found)
            if _lies_on(strokes[index], strokes[other], tolerance) and (
                other < index or not _lies_on(strokes[other], strokes[index], tolerance)
            ):
                found[index] = other
                break
    return _resolved(found)


def _resolved(found: dict[int, int]) -> dict[int, int]:
    """Every stroke with the one that is really drawn."""
    result = {}
    for index, drawn in found.items():
        last = drawn
        while last in found:
            last = found[last]
        result[index] = last
    return result


def _owners(strokes: Sequence[Polyline]) -> dict[tuple[int, int], set[int]]:
    """Which strokes have a point in each cell."""
    owners: dict[tuple[int, int], set[int]] = defaultdict(set)
    for index, stroke in enumerate(strokes):
        for x, y in np.unique(np.floor(stroke / _CELL_MM).astype(np.int64), axis=0).tolist():
            owners[x, y].add(index)
    return owners


def _cells(point: Polyline) -> list[tuple[int, int]]:
    """The cell of a point and the eight around it."""
    column, row = (int(value) for value in np.floor(point / _CELL_MM))
    return [(column + dx, row + dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1)]


def _sharpest(stroke: Polyline) -> Polyline:
    """The point at which a line turns most: shape (2,)."""
    steps = np.diff(stroke, axis=0)
    lengths = np.maximum(np.hypot(steps[:, 0], steps[:, 1]), 1e-12)
    straight = (steps[1:] * steps[:-1]).sum(axis=1) / (lengths[1:] * lengths[:-1])
    point: Polyline = stroke[1 + int(np.argmin(straight))]
    return point


def _lies_on(stroke: Polyline, other: Polyline, tolerance: float) -> bool:
    """Whether the stroke's points and the middles between them are all on the other."""
    if farthest(stroke[:1], other) > tolerance:
        return False
    middles = (stroke[1:] + stroke[:-1]) / 2
    return farthest(np.concatenate([stroke, middles]), other) <= tolerance
