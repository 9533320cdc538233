"""Strokes as small grey images, always in the same way, in NumPy alone.

What is fixed, since every figure of the judge hangs on it:

- The image is 48 pixels square. The middle of the drawing's bounding box comes to its middle,
  and the longer side is brought to 43 pixels; the aspect is kept, and size does not count.
- A line is 1 2/3 pixels wide with round ends; a stroke of a single point is a dot as wide.
- Lines are set on a grid three times as fine, at steps of at most one fine pixel, and each
  pixel is the share of its nine fine pixels that are inked: 0 is paper, 1 is full ink.

Nothing here depends on the version of a drawing library.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from model_training.data.dataset import Floats, Ints, SketchSet
from pi_service.sketching.stroke import Sketch

RASTER = "48 px, longer side 43 px, line 1 2/3 px, 3 x 3 samples"
"""Names this way of rendering; written into every judge's file."""
SIDE = 48
"""Pixels of the image's side."""
INSIDE = 43.0
"""Pixels of the drawing's longer side, between the lines' middles."""
FINE = 3
"""Fine pixels along a pixel's side."""
CHUNK = 32
"""Drawings rendered at a time: few enough for the processor's cache."""
ROWS = ((0, 2), (1, 2), (2, 1))
"""The pen's tip, five fine pixels wide: so far off its middle row, so far to either side."""

Images: TypeAlias = NDArray[np.uint8]
"""Inked fine pixels (0 to 9) of each pixel, shape (N, 48, 48), y down."""


def render_set(sketches: SketchSet, members: Ints | None = None) -> Images:
    """The images of a set's sketches, or of those with the given numbers, in their order."""
    chosen = np.arange(len(sketches)) if members is None else members
    return render([sketches[int(k)] for k in chosen])


def render_sketches(sketches: Sequence[Sketch]) -> Images:
    """The images of sketches in stroke-3."""
    return render([np.hstack([np.cumsum(s[:, :2], axis=0), s[:, 2:]]) for s in sketches])


def render(drawings: Sequence[NDArray[np.int16] | NDArray[np.int32] | Floats]) -> Images:
    """The images of drawings given as rows of absolute x, y and pen, shape (P, 3), P >= 0.

    A drawing without points is an empty page.
    """
    images = np.zeros((len(drawings), SIDE, SIDE), dtype=np.uint8)
    for first in range(0, len(drawings), CHUNK):
        chunk = drawings[first : first + CHUNK]
        images[first : first + len(chunk)] = _coarse(_thick(_centre_lines(chunk)))
    return images


def as_ink(images: Images) -> Floats:
    """Images as numbers from 0 (paper) to 1 (full ink), float32, of the same shape."""
    ink: Floats = images.astype(np.float32) / np.float32(FINE * FINE)
    return ink


def chunks(images: Images, size: int) -> Iterator[Images]:
    """The images, `size` at a time."""
    for first in range(0, len(images), size):
        yield images[first : first + size]


def _centre_lines(drawings: Sequence[NDArray[np.generic]]) -> NDArray[np.bool_]:
    """Where the middle of the pen went, on the fine grid, shape (N, 144, 144)."""
    fine = SIDE * FINE
    canvas = np.zeros(len(drawings) * fine * fine, dtype=np.bool_)
    for page, drawing in enumerate(drawings):
        if len(drawing) == 0:
            continue
        spots = _spots(np.asarray(drawing, dtype=np.float32))
        canvas[page * fine * fine + spots[:, 1] * fine + spots[:, 0]] = True
    return canvas.reshape(len(drawings), fine, fine)


def _spots(drawing: Floats) -> Ints:
    """The fine pixels under the middle of the pen, shape (S, 2), some of them twice."""
    points, pen = drawing[:, :2], drawing[:, 2]
    low, high = points.min(axis=0), points.max(axis=0)
    scale = INSIDE * FINE / max(float((high - low).max()), 1.0)
    placed = (points - (low + high) / 2) * np.float32(scale) + np.float32(SIDE * FINE / 2)
    step = np.diff(placed, axis=0) * (pen[:-1, None] == 0)
    counts = np.ceil(np.abs(step).max(axis=1, initial=0)).astype(np.int64)
    ends = np.cumsum(counts)
    part = np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - counts, counts)
    along = np.repeat(step / np.maximum(counts, 1)[:, None], counts, axis=0) * part[:, None]
    spots = np.concatenate([np.repeat(placed[:-1], counts, axis=0) + along, placed])
    whole: Ints = np.floor(spots).astype(np.int64)
    return np.clip(whole, 0, SIDE * FINE - 1)


def _thick(lines: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The lines as wide as the pen's tip."""
    wide = [lines]
    for reach in (1, 2):
        wider = wide[-1].copy()
        wider[:, :, reach:] |= lines[:, :, :-reach]
        wider[:, :, :-reach] |= lines[:, :, reach:]
        wide.append(wider)
    thick = wide[ROWS[0][1]].copy()
    for off, reach in ROWS[1:]:
        thick[:, off:] |= wide[reach][:, :-off]
        thick[:, :-off] |= wide[reach][:, off:]
    return thick


def _coarse(fine: NDArray[np.bool_]) -> Images:
    """The number of inked fine pixels in each pixel."""
    parts = fine.view(np.uint8).reshape(len(fine), SIDE, FINE, SIDE * FINE)
    rows = parts.sum(axis=2, dtype=np.uint8)
    columns: Images = rows[:, :, 0::FINE] + rows[:, :, 1::FINE] + rows[:, :, 2::FINE]
    return columns
