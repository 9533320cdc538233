"""Points in the square cells of a grid, so that those near others are found at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_MOST_CELLS = 1 << 30
"""Along each axis; what lies further away shares the outermost cells."""


class Cells:
    """Points x + iy, ordered by the cell in which they lie.

    Attributes:
        order: The points' indices, cell after cell, row after row of cells.
    """

    def __init__(self, points: NDArray[np.complex128], side: float) -> None:
        self._side = side
        x, y = points.real, points.imag
        self._corner = (x.min(), y.min()) if len(points) else (0.0, 0.0)
        columns = self._numbers(x, 0)
        self._width = int(columns.max(initial=0)) + 3
        key = self._numbers(y, 1) * self._width + columns
        self.order = np.argsort(key, kind="stable")
        self._keys = key[self.order]

    def _numbers(self, values: NDArray[np.float64], axis: int) -> NDArray[np.int64]:
        cells = np.floor((values - self._corner[axis]) / self._side)
        return np.clip(cells, -1, _MOST_CELLS).astype(np.int64) + 1

    def counts(self) -> NDArray[np.int64]:
        """How many points there are in each cell that has any."""
        begins = np.flatnonzero(np.diff(self._keys, prepend=-1))
        return np.diff(begins, append=len(self._keys))

    def around(
        self, points: NDArray[np.complex128]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Where in the order the nine cells around each place are: three runs.

        Their beginnings and lengths, shape (N, 3): cells of a row follow each other.
        """
        columns = np.minimum(self._numbers(points.real, 0), self._width - 2)
        key = self._numbers(points.imag, 1) * self._width + columns
        middle = key[:, None] + np.array([-self._width, 0, self._width])
        first = np.searchsorted(self._keys, middle - 1)
        return first, np.searchsorted(self._keys, middle + 1, side="right") - first

    def near(
        self, points: NDArray[np.complex128]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """All pairs of a place and a point in the nine cells around it, as indices."""
        first, many = self.around(points)
        return np.repeat(np.arange(len(points)), many.sum(axis=1)), self.order[
            runs(first.ravel(), many.ravel())
        ]


def runs(first: NDArray[np.int64], many: NDArray[np.int64]) -> NDArray[np.int64]:
    """The numbers of some runs, one run after the other, from beginnings and lengths."""
    ends = np.cumsum(many)
    return np.arange(int(ends[-1]) if len(ends) else 0) + np.repeat(first - ends + many, many)
