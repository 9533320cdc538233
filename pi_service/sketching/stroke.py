"""The stroke-3 format of sketch-rnn, and how it becomes polylines and back.

A sketch is an array of N rows ``(dx, dy, pen)``, one a point, in model units: the pixels of
the 256-pixel grid on which Quick, Draw! simplified its drawings, y down. ``dx, dy`` is the way
from the point before, for the first row from the origin (0, 0), so that nothing is lost: where
the origin lies is up to whoever made the sketch (the model puts it in the middle of the
drawing's bounding box). ``pen`` is 1 where the pen is lifted after the point, else 0; the last
row is always 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Sketch: TypeAlias = NDArray[np.int32]
"""Rows of (dx, dy, pen), shape (N, 3); see the module's description."""

Points: TypeAlias = NDArray[np.int32]
"""Absolute points of one stroke on the grid, shape (N, 2), y down."""

EMPTY_SKETCH: Sketch = np.zeros((0, 3), dtype=np.int32)


class SketchError(ValueError):
    """An array that is no sketch; the message says why."""


def check_sketch(rows: NDArray[Any]) -> Sketch:
    """The rows as a sketch of whole pixels, or a SketchError that says what is wrong.

    Args:
        rows: Shape (N, 3), whole numbers of any numeric type; N may be 0.
    """
    array = np.asarray(rows)
    if array.ndim != 2 or array.shape[1] != 3:
        raise SketchError(
            f"a sketch has rows of (dx, dy, pen), but this has shape {array.shape}"
        )
    if array.dtype.kind not in "iuf" or not np.array_equal(array, np.trunc(array)):
        raise SketchError("a sketch holds whole numbers (pixels), but this holds others")
    if np.abs(array[:, :2]).max(initial=0) > 1_000_000:
        raise SketchError("an offset of the sketch is over a million pixels")
    sketch: Sketch = array.astype(np.int32)
    if not np.isin(sketch[:, 2], (0, 1)).all():
        raise SketchError(
            "the pen of a sketch is 0 (stays down) or 1 (lifted after the point)"
        )
    if len(sketch) and sketch[-1, 2] != 1:
        raise SketchError(
            "the pen of a sketch is lifted after its last point, but here it is not"
        )
    return sketch


def to_polylines(sketch: Sketch) -> list[Points]:
    """The strokes of a sketch as absolute points, each of shape (N, 2), N >= 1."""
    if len(sketch) == 0:
        return []
    points = np.cumsum(sketch[:, :2], axis=0, dtype=np.int32)
    ends = np.flatnonzero(sketch[:, 2]) + 1
    return np.split(points, ends[:-1])


def from_polylines(polylines: Sequence[NDArray[Any]]) -> Sketch:
    """The sketch of some strokes: the exact inverse of `to_polylines`.

    Args:
        polylines: One array of whole pixels a stroke, shape (N, 2), N >= 1.

    Raises:
        SketchError: A stroke is empty, or holds something else than whole pixels.
    """
    if not len(polylines):
        return EMPTY_SKETCH.copy()
    for number, line in enumerate(polylines, start=1):
        if np.ndim(line) != 2 or np.shape(line)[1] != 2 or len(line) == 0:
            raise SketchError(
                f"stroke {number} has shape {np.shape(line)}, not (N, 2) with N of 1 or more"
            )
    points = np.concatenate([np.asarray(line) for line in polylines])
    pen = np.zeros((len(points), 1), dtype=points.dtype)
    pen[np.cumsum([len(line) for line in polylines]) - 1] = 1
    return check_sketch(np.hstack([np.diff(points, axis=0, prepend=0 * points[:1]), pen]))


def bounds(sketch: Sketch) -> tuple[int, int, int, int]:
    """The bounding box (x0, y0, x1, y1) of a sketch's points, in pixels; 0 when empty."""
    if len(sketch) == 0:
        return (0, 0, 0, 0)
    points = np.cumsum(sketch[:, :2], axis=0)
    (x0, y0), (x1, y1) = points.min(axis=0), points.max(axis=0)
    return int(x0), int(y0), int(x1), int(y1)
