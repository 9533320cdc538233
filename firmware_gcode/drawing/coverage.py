"""How much of each pixel a round pen covers, from the pixel's distance to the line."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from firmware_gcode.drawing.geometry import Polyline

Coverage = NDArray[np.float32]
"""Shape (height, width), 0 (bare paper) to 1 (all ink)."""
_LONGEST_PX = 48.0
"""Segments are cut into pieces no longer than this, so that few pixels are around each."""


def coverage(strokes: Iterable[Polyline], size: tuple[int, int], pen_width: float) -> Coverage:
    """What strokes with round ends cover, with smooth edges, on width x height pixels.

    Strokes are in pixels, y down, a pixel's centre at half numbers; a single point is a round
    dot. A line whose pen is thinner than a pixel gets paler instead.
    """
    covered = np.zeros((size[1], size[0]), dtype=np.float32)
    for points in strokes:
        for begin, end in pairwise(_pieces(np.asarray(points, dtype=np.float64))):
            _cover(covered, begin, end, pen_width)
    return covered


def _pieces(points: Polyline) -> Polyline:
    """The line with points at most `_LONGEST_PX` apart; a dot is a line without length."""
    if len(points) == 1:
        return np.repeat(points, 2, axis=0)
    steps = np.diff(points, axis=0)
    counts = np.maximum(np.ceil(np.hypot(*steps.T) / _LONGEST_PX).astype(int), 1)
    shares = np.concatenate([np.arange(count) / count for count in counts])
    cut = np.repeat(points[:-1], counts, axis=0)
    cut = cut + np.repeat(steps, counts, axis=0) * shares[:, None]
    return np.vstack([cut, points[-1:]])


def _cover(
    covered: Coverage, begin: NDArray[np.float64], end: NDArray[np.float64], pen_width: float
) -> None:
    """Put one piece of line on; where lines overlap the darker one counts."""
    reach = max(pen_width, 1.0) / 2
    height, width = covered.shape
    low = np.floor(np.minimum(begin, end) - reach - 1).astype(int)
    high = np.ceil(np.maximum(begin, end) + reach + 1).astype(int)
    x0, y0 = max(int(low[0]), 0), max(int(low[1]), 0)
    x1, y1 = min(int(high[0]), width), min(int(high[1]), height)
    if x0 >= x1 or y0 >= y1:
        return
    x = np.arange(x0, x1) + 0.5 - begin[0]
    y = (np.arange(y0, y1) + 0.5 - begin[1])[:, None]
    way = end - begin
    square = float(way @ way)
    along = np.clip((x * way[0] + y * way[1]) / square, 0, 1) if square else 0.0
    distance = np.hypot(x - along * way[0], y - along * way[1])
    ink = np.clip(reach + 0.5 - distance, 0, 1) * min(pen_width, 1.0)
    patch = covered[y0:y1, x0:x1]
    np.maximum(patch, ink, out=patch, casting="same_kind")
