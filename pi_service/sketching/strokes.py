"""The strokes of a sketch, measured: where they lie, how long and how straight they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from pi_service.sketching.stroke import Sketch, to_polylines

Array: TypeAlias = NDArray[np.float64]

QUARTERS = np.array([0.0, 0.25, 0.5, 0.75])[:, None, None]
"""Places between two points at which a line's ink is looked at."""


@dataclass(frozen=True)
class Strokes:
    """S strokes, the drawing's longer side being 1 and its middle (0, 0), y down."""

    lines: list[Array]
    low: Array
    """Corner of each stroke's box, (S, 2)."""
    high: Array
    middle: Array
    """Of the box, (S, 2)."""
    size: Array
    """Longer side of the box, (S,)."""
    length: Array
    """Of the line, (S,)."""
    chord: Array
    """From its first to its last point, (S, 2)."""
    dense: list[Array]
    """The lines' points with some in between."""

    @classmethod
    def of(cls, sketch: Sketch) -> Strokes:
        """Those of a sketch of at least one point."""
        lines = [line.astype(np.float64) for line in to_polylines(sketch)]
        low = np.array([line.min(axis=0) for line in lines])
        high = np.array([line.max(axis=0) for line in lines])
        first, last = low.min(axis=0), high.max(axis=0)
        side, middle = max(float((last - first).max()), 1.0), (first + last) / 2
        lines = [(line - middle) / side for line in lines]
        low, high = (low - middle) / side, (high - middle) / side
        return cls(
            lines,
            low,
            high,
            (low + high) / 2,
            (high - low).max(axis=1),
            np.array([length_of(line) for line in lines]),
            np.array([line[-1] - line[0] for line in lines]),
            [_dense(line) for line in lines],
        )

    @property
    def straight(self) -> Array:
        """Chord over length, 1 for a straight line, (S,)."""
        straight: Array = np.hypot(*self.chord.T) / np.maximum(self.length, 1e-9)
        return straight


def length_of(line: Array) -> float:
    """Of a line, in its own unit."""
    return float(np.hypot(*np.diff(line, axis=0).T).sum())


def _dense(line: Array) -> Array:
    """A line's points with some in between."""
    if len(line) < 2:
        return line
    between: Array = (line[:-1] * (1 - QUARTERS) + line[1:] * QUARTERS).reshape(-1, 2)
    return np.concatenate([between, line[-1:]])
