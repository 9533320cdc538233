"""How far the pen may leave the lines of a drawing, by what they are and how large each is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from firmware_gcode.drawing.geometry import Drawing, Polyline
from firmware_gcode.toolpath.ragged import Floats, boxes

SKETCH_PIXELS = 255
"""Longer side of a sketch as Quick, Draw! keeps it, in its pixels."""
_PIXELS = 0.6
"""How far the pen may leave the points of a sketch, in its pixels: a hand's own line is 0.5 to
0.6 of one away from them (758 drawings of which both are known)."""
_OF_PEN = 1.0 / 8.0
"""The same for any other drawing, in widths of the pen: nothing that can be seen."""
_OF_SKETCHED, _OF_STROKE = 0.03, 0.01
"""And never more than this share of a stroke's own longer side: smoothed, and not."""
_OFF_GRID = 1e-6


class Tolerance(NamedTuple):
    """How far the pen may leave lines.

    Attributes:
        most: mm, for a stroke that is large enough.
        smoothing: Whether points that are no corners may be left for a smoother line.
    """

    most: float
    smoothing: bool

    def of_each(self, strokes: Sequence[Polyline]) -> Floats:
        """For each of some strokes, mm."""
        share = _OF_SKETCHED if self.smoothing else _OF_STROKE
        low, high = boxes(strokes)
        return np.asarray(np.minimum(self.most, share * (high - low).max(axis=1)))


def sketch_tolerance(size: float, pixels: int = SKETCH_PIXELS) -> Tolerance:
    """For a sketch, a hand's or the model's.

    Args:
        size: Its longer side on the paper, mm.
        pixels: The same as it was drawn.
    """
    return Tolerance(_PIXELS * size / pixels, smoothing=True)


def default_tolerance(drawing: Drawing, pen_width: float) -> Tolerance:
    """That of a sketch where all points are on a sketch's pixels, else that of any drawing.

    The latter is a share of the pen's width (mm), without smoothing.
    """
    box = drawing.bounds
    size = max(box.width, box.height)
    pixels = np.concatenate(drawing.strokes) - (box.x0, box.y0)
    pixels *= SKETCH_PIXELS / max(size, 1e-9)
    if np.abs(pixels - np.round(pixels)).max() <= _OFF_GRID:
        return sketch_tolerance(size)
    return Tolerance(_OF_PEN * pen_width, smoothing=False)
