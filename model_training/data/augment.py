"""Harmless changes to drawings, drawn anew each time they are seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float32]
Ints: TypeAlias = NDArray[np.int64]

LONGER_SIDE = 255.0
"""Pixels of a drawing's longer side, from the Quick, Draw! simplified form."""


@dataclass(frozen=True)
class Augmentation:
    """What may become of a drawing; sketch-rnn's own is stretch 0.15 an axis and drop 0.1."""

    mirror: bool = True
    """Half of the drawings are seen in a mirror."""
    stretch: float = 0.14
    """One axis against the other by a factor of up to e to the plus or minus this."""
    turn: float = 4.0
    """Degrees to either side."""
    drop: float = 0.02
    """Share of the inner points of strokes that are left out."""

    def apply(
        self, points: NDArray[np.int16], lengths: Ints, rng: np.random.Generator
    ) -> tuple[Floats, Ints]:
        """Changed copies of sketches that lie one after the other.

        Args:
            points: Absolute x, y and pen, shape (P, 3).
            lengths: Points of each sketch, shape (B,).

        Returns:
            The changed points, on the grid and with every longer side 255 again, and their
            lengths.
        """
        kept = self._kept(points, lengths, rng)
        sketch = np.repeat(np.arange(len(lengths)), lengths)
        changed, owner = points[kept].astype(np.float32), sketch[kept]
        lengths = np.bincount(owner, minlength=len(lengths))
        matrices = self._matrices(len(lengths), rng)[owner]  # (P, 2, 2)
        x, y = changed[:, 0].copy(), changed[:, 1].copy()
        changed[:, 0] = x * matrices[:, 0, 0] + y * matrices[:, 1, 0]
        changed[:, 1] = x * matrices[:, 0, 1] + y * matrices[:, 1, 1]
        low, high = extents(changed[:, :2], lengths)
        side = np.maximum((high - low).max(axis=1), 1.0)
        changed[:, :2] = np.rint(changed[:, :2] * (LONGER_SIDE / side)[owner, None])
        return changed, lengths

    def _kept(
        self, points: NDArray[np.int16], lengths: Ints, rng: np.random.Generator
    ) -> NDArray[np.bool_]:
        """Which points stay: ends of strokes always, and all of a sketch left without size."""
        ends = np.cumsum(lengths) - 1
        inner = points[:, 2] == 0
        inner[1:] &= points[:-1, 2] == 0
        inner[ends + 1 - lengths] = False
        inner[ends] = False
        kept = ~(inner & (rng.random(len(points)) < self.drop))
        rest = points[kept, :2].astype(np.float32)
        owner = np.repeat(np.arange(len(lengths)), lengths)
        low, high = extents(rest, np.bincount(owner[kept], minlength=len(lengths)))
        flat = (high - low).max(axis=1) == 0  # of a closed stroke its seam alone is left
        return np.asarray(kept | flat[owner])

    def _matrices(self, count: int, rng: np.random.Generator) -> NDArray[np.float64]:
        """What rows (x, y) are multiplied with from the right, shape (count, 2, 2)."""
        factor = np.exp(rng.uniform(-self.stretch, self.stretch, count) / 2)
        sign = np.where(rng.random(count) < 0.5 * self.mirror, -1.0, 1.0)
        angle = np.radians(rng.uniform(-self.turn, self.turn, count))
        cos, sin = np.cos(angle), np.sin(angle)
        rows = [[sign * factor * cos, sign * factor * sin], [-sin / factor, cos / factor]]
        return np.moveaxis(np.array(rows), -1, 0)


def extents(points: Floats, lengths: Ints) -> tuple[Floats, Floats]:
    """Least and greatest x and y of sketches that lie one after the other, (B, 2) each."""
    starts = np.cumsum(lengths) - lengths
    low: Floats = np.minimum.reduceat(points, starts, axis=0)
    high: Floats = np.maximum.reduceat(points, starts, axis=0)
    return low, high
