"""Strokes as a finger drew them, thinned out to how Quick, Draw! keeps its drawings.

The public simplified drawings were scaled to 255 pixels, resampled at one pixel's distance,
and thinned by Ramer, Douglas and Peucker's method with a tolerance of 2 pixels. The model has
seen nothing else, so what it is to draw on from must look the same.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Line: TypeAlias = NDArray[np.float64]

TOLERANCE = 2.0
"""Pixels by which a thinned line may lie beside the drawn one."""
SPACING = 1.0
"""Pixels between the points before thinning."""


def simplify(line: Line) -> Line:
    """A stroke in pixels, shape (N, 2), with the density of points of the training data.

    Returns:
        Shape (M, 2): first and last point as they were; a dot has one point.
    """
    even = _resample(line)
    return even[needed(even)] if len(even) > 1 else even


def _resample(line: Line) -> Line:
    """Points along a line at even distances, its ends included."""
    lengths = _length(np.diff(line, axis=0))
    line = line[np.concatenate([[True], lengths > 0])]
    along = np.concatenate([[0.0], np.cumsum(lengths[lengths > 0])])
    if len(line) < 2:
        return line
    places = np.linspace(0, along[-1], max(2, 1 + int(np.ceil(along[-1] / SPACING))))
    return np.stack([np.interp(places, along, line[:, axis]) for axis in (0, 1)], axis=1)


def needed(line: Line) -> NDArray[np.bool_]:
    """Which points of a line stay (Ramer, 1972; Douglas and Peucker, 1973), shape (N,).

    The others lie within the tolerance of what is left.
    """
    kept = np.zeros(len(line), dtype=np.bool_)
    kept[[0, -1]] = True
    open_parts = [(0, len(line) - 1)]
    while open_parts:
        first, last = open_parts.pop()
        if last - first < 2:
            continue
        away = _distances(line[first + 1 : last], line[first], line[last])
        farthest = int(np.argmax(away))
        if away[farthest] > TOLERANCE:
            middle = first + 1 + farthest
            kept[middle] = True
            open_parts += [(first, middle), (middle, last)]
    return kept


def _distances(points: Line, begin: Line, end: Line) -> NDArray[np.float64]:
    """Distances (N,) of points from the straight way between two others."""
    way = end - begin
    square = float(way @ way)
    if square == 0:
        return _length(points - begin)
    part = np.clip((points - begin) @ way / square, 0, 1)
    return _length(points - begin - part[:, None] * way)


def _length(ways: Line) -> NDArray[np.float64]:
    """Lengths (N,) of ways (N, 2)."""
    lengths: NDArray[np.float64] = np.hypot(ways[:, 0], ways[:, 1])
    return lengths
