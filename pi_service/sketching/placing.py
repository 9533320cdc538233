"""Where on the canvas a human's first strokes belong, and how large they are there.

The model knows points by their way from the middle of the whole drawing, whose longer side
is 255 pixels. Of a drawing that has only begun, neither is known. So some sizes and places are
tried, and the one taken under which the model finds the strokes likeliest, while usual sizes
count more.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pi_service.sketching.config import ModelConfig
from pi_service.sketching.likelihood import log_likelihoods
from pi_service.sketching.model_file import Weights
from pi_service.sketching.quickdraw import LONGER_SIDE
from pi_service.sketching.simplify import Line, simplify
from pi_service.sketching.stroke import Sketch, from_polylines

SIZES = (0.3, 0.4, 0.5, 0.65, 0.8, 1.0)
"""Sizes that are tried: of the strokes' longer side beside the whole drawing's."""
SIDES = (-0.5, 0.0, 0.5)
"""Places that are tried on each axis: 1 is as far from the middle as there is room."""
THINNED_AT = 0.65
"""The size at which the strokes are thinned for comparing, which needs the same points."""
POINTS = 20
"""How many of the strokes' first points are compared."""
DIGITS = 6
"""Decimals of a pixel that are told apart before points are put on the grid."""
TRUST = 0.5
"""What a nat of the model's counts: less than one, as it is surer than it is right."""
USUAL_SIZE, SPREAD = 0.5, 0.4
"""Middle and spread (of its logarithm) of the size of beginnings. With these three, on cats
cut off after 1, 2 and 4 strokes, the size is right to within 30 % (root mean square), and the
middle to within 30 pixels in half of the cases."""


@dataclass(frozen=True)
class Placement:
    """From the human's coordinates to pixels from the drawing's middle."""

    scale: float
    """Pixels per unit."""
    middle: tuple[float, float]
    """The drawing's middle in the human's coordinates."""

    def pixels(self, line: Line) -> Line:
        """Points of the human's, shape (N, 2), in pixels."""
        moved: Line = (line - np.array(self.middle)) * self.scale
        return moved


def placements(strokes: Sequence[Line]) -> list[Placement]:
    """What is tried: every size with every place that it leaves room for.

    Args:
        strokes: At least two points apart from each other.
    """
    points = np.concatenate(strokes)
    low, high = points.min(axis=0), points.max(axis=0)
    own, middle = high - low, (low + high) / 2
    found: list[Placement] = []
    for size in SIZES:
        side = float(own.max()) / size
        room = (side - own) / 2
        places = itertools.product(*(SIDES if r > 0.05 * side else (0.0,) for r in room))
        for place in places:
            x, y = middle - room * np.array(place)
            found.append(Placement(LONGER_SIDE / side, (float(x), float(y))))
    return found


def rows_of(strokes: Sequence[Line], placement: Placement) -> Sketch:
    """Strokes as the training data would hold them: in pixels, thinned, on the grid.

    Points that fall onto the one before are left out, but for a stroke's only one. Pixels are
    taken to `DIGITS` first: half-way between two pixels, the last bits of the human's
    coordinates would choose, and with them the whole drawing.
    """
    exact = [placement.pixels(line).round(DIGITS) for line in strokes]
    lines = [np.rint(simplify(line)) for line in exact]
    return from_polylines([line[_moved(line)].astype(np.int64) for line in lines])


def place(
    weights: Weights, config: ModelConfig, class_number: int, strokes: Sequence[Line]
) -> Placement:
    """The likeliest placement of strokes that are the beginning of a drawing.

    Densities are compared in the human's own coordinates: were they compared in pixels, the
    smallest size would always win.

    Args:
        weights: The model.
        config: Its architecture.
        class_number: What the drawing is to show.
        strokes: Polylines of shape (N, 2), y down, at least two points apart from each other.
    """
    tried = placements(strokes)
    low, high = (ends(np.concatenate(strokes), axis=0) for ends in (np.min, np.max))
    own, (x, y) = (high - low).max(), (low + high) / 2
    middle = Placement(THINNED_AT * LONGER_SIDE / float(own), (float(x), float(y)))
    rows = rows_of(strokes, middle)[:POINTS]
    points = np.cumsum(rows[:, :2], axis=0) / middle.scale + (x, y)
    absolute = np.stack([p.pixels(points) for p in tried]).astype(np.float32)
    offsets = np.diff(absolute, axis=1, prepend=np.float32(0))
    pen = np.tile(rows[:, 2].astype(np.int64), (len(tried), 1))
    classes = np.full(len(tried), class_number)
    nats = log_likelihoods(weights, config, classes, offsets, pen).astype(np.float64)
    scales = np.array([p.scale for p in tried])
    nats += 2 * len(rows) * np.log(scales)
    unusual = np.log(own * scales / LONGER_SIDE / USUAL_SIZE) / SPREAD
    return tried[int(np.argmax(TRUST * nats - unusual**2 / 2))]


def _moved(line: Line) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Which points are not where the one before is, shape (N,)."""
    moved: np.ndarray[tuple[int], np.dtype[np.bool_]] = np.any(
        np.diff(line, axis=0) != 0, axis=1
    )
    return np.concatenate([[True], moved])
