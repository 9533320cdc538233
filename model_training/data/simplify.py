"""Any drawing in the simplified form of Quick, Draw!.

The form: the drawing's box begins at (0, 0), its longer side is 255 pixels, and each stroke
keeps only those points that Ramer, Douglas and Peucker need to stay within 2 pixels of it
(github.com/googlecreativelab/quickdraw-dataset). Google also resampled strokes at one pixel
first, which can move a point by up to half a pixel; here the points stay on those recorded.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from model_training.data.augment import LONGER_SIDE
from pi_service.sketching.simplify import Line, needed
from pi_service.sketching.stroke import Sketch


def simplified(strokes: Sequence[Line]) -> list[NDArray[np.int64]]:
    """The strokes in the simplified form; strokes that have it stay as they are.

    They have it where every point comes to lie on the grid: that was simplified and rounded
    before, and rounding may have brought a point that was needed nearer to the others' line.

    Args:
        strokes: At least one, of shape (N, 2), N >= 1, y down, in any unit.

    Raises:
        ValueError: A point is not finite, or the drawing has no size.
    """
    points = np.concatenate(strokes)
    if not np.isfinite(points).all():
        raise ValueError("it has a point that is not finite")
    low, high = points.min(axis=0), points.max(axis=0)
    side = float((high - low).max())
    if side == 0:
        raise ValueError("it is a single dot and has no size")
    grids = [(stroke - low) * (LONGER_SIDE / side) for stroke in strokes]
    rounded = [np.rint(grid) for grid in grids]
    whole = all(
        np.allclose(g, r, rtol=0, atol=1e-6) for g, r in zip(grids, rounded, strict=True)
    )
    if whole:
        return [line.astype(np.int64) for line in rounded]
    pairs = zip(grids, rounded, strict=True)
    return [line[needed(grid)].astype(np.int64) for grid, line in pairs]


def cornered(sketch: Sketch) -> Sketch:
    """A sketch, of at least one point, moved so that its box begins at (0, 0)."""
    moved = sketch.copy()
    moved[0, :2] -= np.cumsum(sketch[:, :2], axis=0).min(axis=0)
    return moved
