"""What drawings are like by their strokes, and which of them failed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model_training.data.dataset import DataError
from pi_service.sketching.limits import LARGEST_SIDE, SMALLEST_SIDE, ink_length
from pi_service.sketching.stroke import Sketch, bounds

NAMES = ("strokes", "points", "ink", "aspect")
"""What is measured of a drawing: ink in pixels of the 256-pixel grid; aspect is width by
height."""
FAILURES = ("never ends", "off the canvas", "scribble", "unusual")
"""Ways to fail, in the order in which they are looked for. Off the canvas: the longer side is
over 320 pixels. Scribble: it is under 120 pixels, or there is but one stroke where under a
hundredth of the humans make do with one. Unusual: more or fewer strokes or points, or more or
less ink, than 98 of 100 humans take."""

Table = NDArray[np.float64]
"""Rows of `NAMES`, shape (N, 4)."""


@dataclass(frozen=True)
class Drawn:
    """A drawing, and whether its maker came to an end."""

    sketch: Sketch
    ended: bool = True


def measure(sketches: Sequence[Sketch]) -> Table:
    """Strokes, points, ink and aspect of each sketch, shape (N, 4)."""
    rows = []
    for sketch in sketches:
        x0, y0, x1, y1 = bounds(sketch)
        aspect = max(x1 - x0, 1) / max(y1 - y0, 1)
        rows.append(
            (float(sketch[:, 2].sum()), float(len(sketch)), ink_length(sketch), aspect)
        )
    return np.array(rows, dtype=np.float64).reshape(len(rows), len(NAMES))


@dataclass(frozen=True)
class Usual:
    """What 98 of 100 humans' drawings of a class keep to."""

    low: Table
    """Of strokes, points and ink, shape (3,)."""
    high: Table
    one_stroke: float
    """Share of the humans who make do with one stroke."""

    @classmethod
    def of(cls, humans: Table) -> Usual:
        """From the measures of humans' drawings, not those that are judged.

        Raises:
            DataError: There is none.
        """
        if len(humans) == 0:
            raise DataError("there is no drawing of this class to learn what is usual from")
        low, high = np.quantile(humans[:, :3], [0.01, 0.99], axis=0)
        return cls(np.floor(low), np.ceil(high), float((humans[:, 0] <= 1).mean()))

    def failure(self, drawn: Drawn) -> str | None:
        """Which of `FAILURES` it is, or None."""
        x0, y0, x1, y1 = bounds(drawn.sketch)
        side = max(x1 - x0, y1 - y0)
        measured = measure([drawn.sketch])[0, :3]
        one = measured[0] <= 1 and self.one_stroke < 0.01
        unusual = bool((measured < self.low).any() or (measured > self.high).any())
        found = (not drawn.ended, side > LARGEST_SIDE, side < SMALLEST_SIDE or one, unusual)
        return next((n for n, so in zip(FAILURES, found, strict=True) if so), None)
