"""Whether drawings are copies: how near the nearest drawing to learn from is.

Nearness is taken twice. In the judge's features it says whether two drawings are alike to the
eye that was trained; between the inked pixels it says whether lines lie on lines. Drawings to
learn from count as they are and mirrored, since models learn from both.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from model_training.data import Floats
from model_training.judge.metrics import Array, Features, distances
from model_training.judge.raster import INSIDE, SIDE, Images

GRID_PIXELS = 255.0 / INSIDE
"""Pixels of Quick, Draw!'s 256-pixel grid in one pixel of an image, for a whole drawing."""
FAR = float(SIDE)
"""How far ink is on an empty page, in image pixels."""


def mirrored(images: Images) -> Images:
    """The images and then their mirror images, shape (2 N, 48, 48)."""
    return np.concatenate([images, images[:, :, ::-1]])


def nearest_features(made: Features, known: Features) -> Array:
    """Distance of each drawing to the nearest known one, in the judge's features, (N,)."""
    nearest: Array = distances(made, known).min(axis=1)
    return nearest


def nearest_ink(made: Images, known: Images, *, rows: int = 256) -> Array:
    """Distance of each drawing to the nearest known one, between their lines, shape (N,).

    The chamfer distance: how far, in the mean over its ink, one drawing's ink is from the
    nearest of the other's, taken both ways and averaged; in pixels of the 256-pixel grid.
    """
    ink, field = _shares(made), _fields(made)
    best = np.full(len(made), np.inf)
    for first in range(0, len(known), rows):
        part = known[first : first + rows]
        both = ink @ _fields(part).T + field @ _shares(part).T
        best = np.minimum(best, both.min(axis=1) / 2)
    nearest: Array = best * GRID_PIXELS
    return nearest


def _shares(images: Images) -> Floats:
    """How the ink is spread over an image's pixels: rows that sum to 1, shape (N, 2304)."""
    flat = images.reshape(len(images), -1).astype(np.float32)
    shares: Floats = flat / np.maximum(flat.sum(axis=1, keepdims=True), 1)
    return shares


def _fields(images: Images) -> Floats:
    """How far each pixel is from the nearest inked one, image pixels, shape (N, 2304).

    Exact: along rows first, then along columns (Felzenszwalb & Huttenlocher, 2012), each by
    trying all 48 places. A pixel counts as inked if at least half of it is.
    """
    inked = images >= 5
    squares = np.where(inked, np.float32(0), np.float32(FAR * FAR))
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
