"""Sketches as small grey pictures, for the critic's eye."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from pi_service.sketching.stroke import Sketch

DENSITY = 2.0
"""Places per pixel at which a line leaves its ink."""
DOT = 0.5
"""Ink of a stroke that is a single point, in pixels of line."""


def picture(sketch: Sketch, size: int, margin: int) -> NDArray[np.float32]:
    """The sketch in the middle of a square picture, its longer side as long as fits.

    Lines are a pixel wide; the ink that a line leaves is shared by the four pixels around each
    place of it, and no pixel gets darker than black.

    Args:
        sketch: At least one point.
        size: Pixels of a side.
        margin: Pixels left free on each side.

    Returns:
        Shape (size, size), 0 for paper to 1 for ink, rows from the top.
    """
    places, ink = _ink(sketch, size, margin)
    corner = np.floor(places).astype(np.intp)
    part = places - corner
    left, up = 1 - part[:, 0], 1 - part[:, 1]
    first = corner[:, 1] * size + corner[:, 0]
    pixels = np.concatenate([first, first + 1, first + size, first + size + 1])
    shares = np.concatenate(
        [left * up, part[:, 0] * up, left * part[:, 1], part[:, 0] * part[:, 1]]
    )
    sums = np.bincount(pixels, shares * np.tile(ink, 4), minlength=size * size)
    grey: NDArray[np.float32] = np.minimum(sums, 1).astype(np.float32).reshape(size, size)
    return grey


def blurred(grey: NDArray[np.float32]) -> NDArray[np.float32]:
    """Each pixel the mean of the nine around it, twice: lines near each other are alike."""
    for _ in range(2):
        windows = sliding_window_view(np.pad(grey, 1), (3, 3))
        grey = windows.mean(axis=(2, 3), dtype=np.float32)
    return grey


def _ink(
    sketch: Sketch, size: int, margin: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Places (K, 2) in the picture along all lines, and how much ink each leaves (K,)."""
    points = np.cumsum(sketch[:, :2], axis=0).astype(np.float64)
    low, high = points.min(axis=0), points.max(axis=0)
    scale = (size - 2 * margin) / max(float((high - low).max()), 1.0)
    points = (points - (low + high) / 2) * scale + (size - 1) / 2
    lifted = sketch[:, 2] != 0
    begin, end = points[:-1][~lifted[:-1]], points[1:][~lifted[:-1]]
    lengths = np.hypot(*(end - begin).T)
    counts = np.maximum(1, np.ceil(lengths * DENSITY)).astype(np.intp)
    line = np.repeat(np.arange(len(counts)), counts)
    number = np.arange(len(line)) - np.repeat(np.cumsum(counts) - counts, counts)
    along = ((number + 0.5) / counts[line])[:, None]
    places = begin[line] * (1 - along) + end[line] * along
    dots = points[lifted & np.concatenate([[True], lifted[:-1]])]
    ink = np.concatenate([(lengths / counts)[line], np.full(len(dots), DOT)])
    return np.clip(np.concatenate([places, dots]), 0, size - 1.001), ink
