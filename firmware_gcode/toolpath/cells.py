"""Points in the square cells of a grid, so that those near others are found at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from firmware_gcode.drawing.geometry import Polyline

_MOST_CELLS = 1 << 30
"""Along each axis; what lies further away shares the outermost cells."""
_MOST_PAIRS = 16_384
"""How many pairs of points are in memory at once."""


class Cells:
    """Points x + iy, ordered by the cell in which they lie.

    Attributes:
        order: The points' indices, cell after cell, row after row of cells.
    """

    def __init__(self, points: NDArray[np.complex128], side: float) -> None:
        self._side, self._points = side, points
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
        self, points: NDArray[np.complex128], distance: float
    ) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
        """Pairs of a place and a point at most `distance` (a cell's side) apart, as indices.

        They come in parts of bounded size, by places.
        """
        first, many = self.around(points)
        for rows in in_parts(many.sum(axis=1), _MOST_PAIRS):
            place = np.repeat(np.arange(rows.start, rows.stop), many[rows].sum(axis=1))
            point = self.order[runs(first[rows].ravel(), many[rows].ravel())]
            way = self._points[point] - points[place]
            close = way.real**2 + way.imag**2 <= distance * distance
            yield place[close], point[close]

    def pairs(self, points: NDArray[np.complex128]) -> int:
        """How many pairs `near` would look at."""
        return int(self.around(points)[1].sum())


def in_parts(sizes: NDArray[np.int64], most: int) -> Iterator[slice]:
    """Rows of some sizes in slices that come to `most` at most, or are of one row."""
    total = np.cumsum(sizes)
    low = 0
    while low < len(sizes):
        before = int(total[low - 1]) if low else 0
        high = max(low + 1, int(np.searchsorted(total, before + most, side="right")))
        yield slice(low, high)
        low = high


def sampled(
    lines: Sequence[Polyline], spacing: float
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.complex128]]:
    """The points of lines (mm), and places between, at most `spacing` apart.

    Returns whose each is, how far along its line, and where it is: x + iy.
    """
    sizes = np.fromiter(map(len, lines), np.int64, len(lines))
    joined = np.concatenate(lines)
    points = joined[:, 0] + 1j * joined[:, 1]
    owners = np.repeat(np.arange(len(lines)), sizes)
    last = np.cumsum(sizes) - 1
    step = np.diff(points, append=points[-1:])
    step[last] = 0.0
    length = np.sqrt(step.real**2 + step.imag**2)
    along = np.cumsum(length) - length
    along -= along[last + 1 - sizes][owners]
    pieces = np.maximum(np.ceil(length / spacing), 1.0).astype(np.int64)
    point = np.repeat(np.arange(len(points)), pieces)
    share = runs(np.zeros_like(pieces), pieces) / pieces[point]
    return (
        owners[point],
        along[point] + share * length[point],
        points[point] + share * step[point],
    )


def runs(first: NDArray[np.int64], many: NDArray[np.int64]) -> NDArray[np.int64]:
    """The numbers of some runs, one run after the other, from beginnings and lengths."""
    ends = np.cumsum(many)
    return np.arange(int(ends[-1]) if len(ends) else 0) + np.repeat(first - ends + many, many)
