"""Whether drawings are copies: how near the nearest drawing to learn from is.

Nearness is taken twice. In the judge's features it says whether two drawings are alike to the
eye that was trained; between the inked pixels it says whether lines lie on lines. Drawings to
learn from count as they are and mirrored, since models learn from both.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from model_training.data.dataset import Floats
from model_training.judge.metrics import Array, Features, distances
from model_training.judge.raster import INSIDE, SIDE, Images

GRID_PIXELS = 255.0 / INSIDE
"""Pixels of Quick, Draw!'s 256-pixel grid in one pixel of an image, for a whole drawing."""
INKED = 5
"""Fine pixels of nine that make a pixel count as inked: every line and dot has such pixels."""
ROWS = 256
"""Known drawings that are compared at a time."""
FAR = float(SIDE)
"""How far ink is on an empty page, in image pixels."""


def mirrored(images: Images) -> Images:
    """The images' mirror images, of the same shape."""
    return images[:, :, ::-1]


def feature_distances(made: Features, known: Features, turned: Features) -> Array:
    """Distances in the judge's features, shape (N, M).

    Args:
        made: Of N drawings, shape (N, D).
        known: Of M known drawings, shape (M, D).
        turned: Of their mirror images, shape (M, D).
    """
    nearer: Array = np.minimum(distances(made, known), distances(made, turned))
    return nearer


def ink_distances(made: Images, known: Images) -> Array:
    """Distances between the lines of N drawings and those of M known ones, shape (N, M).

    The chamfer distance: how far, in the mean over its ink, one drawing's ink is from the
    nearest of the other's, taken both ways and averaged; in pixels of the 256-pixel grid.
    The known drawing counts as it is or mirrored, whichever is nearer.
    """
    found = np.empty((len(made), len(known)))
    ink, field = _shares(made), _fields(made)
    for first in range(0, len(known), ROWS):
        part = known[first : first + ROWS]
        ways = [ink @ _fields(w).T + field @ _shares(w).T for w in (part, mirrored(part))]
        found[:, first : first + ROWS] = np.minimum(*ways) / 2
    return found * GRID_PIXELS


def nearest(apart: Array) -> Array:
    """Each drawing's distance to the nearest known one, shape (N,)."""
    least: Array = apart.min(axis=1)
    return least


def nearest_of_some(
    apart: Array, count: int, rng: np.random.Generator, *, times: int = 20
) -> Array:
    """The same, of `count` known drawings drawn by lot, in the mean over many draws, (N,)."""
    total = np.zeros(len(apart))
    for _ in range(times):
        chosen = rng.choice(apart.shape[1], min(count, apart.shape[1]), replace=False)
        total += apart[:, chosen].min(axis=1)
    return total / times


def _shares(images: Images) -> Floats:
    """How the ink is spread over an image's pixels: rows that sum to 1, shape (N, 2304)."""
    flat = (images >= INKED).reshape(len(images), -1).astype(np.float32)
    shares: Floats = flat / np.maximum(flat.sum(axis=1, keepdims=True), 1)
    return shares


def _fields(images: Images) -> Floats:
    """How far each pixel is from the nearest inked one, image pixels, shape (N, 2304).

    Exact: along rows first, then along columns (Felzenszwalb & Huttenlocher, 2012), each by
    trying all 48 places.
    """
    squares = np.where(images >= INKED, np.float32(0), np.float32(FAR * FAR))
    place = np.arange(SIDE, dtype=np.float32)
    off = (place[:, None] - place) ** 2
    for axis in (2, 1):
        moved = np.moveaxis(squares, axis, 2)
        least = np.full_like(moved, np.inf)
        for k in range(SIDE):
            np.minimum(least, moved[:, :, k, None] + off[k], out=least)
        squares = np.moveaxis(least, 2, axis)
    fields: NDArray[np.float32] = np.sqrt(squares).reshape(len(images), -1)
    return fields
