"""Which ends are near each other, and a first tour made of the nearest ones."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from firmware_gcode.toolpath.cells import Cells

NEIGHBOURS = 8
"""How many ends each end may be joined to by the search."""
_CROWDED = 16
"""More points in a cell than this make it worth while to look in smaller cells first."""
_MOST_A_ROW = 192
"""Points that are looked at in three cells beside each other, at most."""
_CHUNK, _PAIRS = 8_192, 1024


def nearest(
    points: NDArray[np.complex128], partner: NDArray[np.int64], count: int = NEIGHBOURS
) -> NDArray[np.int64]:
    """The nearest others of each point, at most N - 2, nearest first: shape (N, count).

    A point (x + iy in mm, shape (N,)) is never joined to its `partner`, its stroke's other
    end. Each point looks in its cell of a grid and the eight around it, and again in larger
    cells if there are too few or if the last one found is further away than a cell's side;
    beside a crowd it may miss some.
    """
    size = len(points)
    count = max(1, min(count, size - 2))
    longer = max(float(np.ptp(points.real)), float(np.ptp(points.imag)))
    cell = _first_cell(points)
    result = np.empty((size, count), dtype=np.int64)
    todo = np.arange(size)
    while len(todo):
        everywhere = cell >= longer
        cells = Cells(points, cell)
        first, many = cells.around(points[todo])
        total = many.sum(axis=1)
        enough = (total >= count + 2) | everywhere
        later = [todo[~enough]]
        rows = np.flatnonzero(enough)
        rows = rows[np.argsort(total[rows], kind="stable")]
        many = np.minimum(many, max(_MOST_A_ROW, count + 2))
        for part in _chunks(rows, many.sum(axis=1)):
            here = todo[part]
            near = _candidates(cells.order, first[part], many[part])
            way = points[near] - points[here, None]
            gaps = way.real**2 + way.imag**2
            own = (near == here[:, None]) | (near == partner[here, None]) | (near < 0)
            gaps[own] = np.inf
            nearest_of = np.argsort(gaps, axis=1, kind="stable")[:, :count]
            result[here] = np.take_along_axis(near, nearest_of, 1)
            farthest = np.take_along_axis(gaps, nearest_of[:, -1:], 1)[:, 0]
            unsure = (farthest > cell * cell) & (total[part] == many[part].sum(axis=1))
            later.append(here[unsure & (not everywhere)])
        todo = np.sort(np.concatenate(later))
        cell *= 2.0
    return result


def _first_cell(points: NDArray[np.complex128]) -> float:
    """A cell's side, mm: three points share a cell, or fewer where many are crowded."""
    size = len(points)
    width, height = float(np.ptp(points.real)), float(np.ptp(points.imag))
    longer = max(width, height, 1e-3)
    cell: float = max(math.sqrt(3.0 * width * height / size), 3.0 * longer / size)
    while cell > 1e-6 * longer:
        many = Cells(points, cell).counts()
        if many[many > _CROWDED].sum() <= 0.02 * size:
            break
        cell /= 2.0
    return cell


def _chunks(rows: NDArray[np.int64], total: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """Rows in parts whose tables are of bounded size; those with fewest candidates first."""
    low = 0
    while low < len(rows):
        guess = rows[low : low + _CHUNK // 16]
        high = low + max(1, _CHUNK // max(16, int(total[guess].max())))
        yield rows[low:high]
        low = high


def _candidates(
    order: NDArray[np.int64], first: NDArray[np.int64], many: NDArray[np.int64]
) -> NDArray[np.int64]:
    """The points of three runs for each row; -1 where the table is wider than they."""
    until = np.cumsum(many, axis=1)
    column = np.arange(int(until[:, -1].max()))
    run = (column >= until[:, :1]).astype(np.int64) + (column >= until[:, 1:2])
    shift = first - until + many
    at = np.take_along_axis(shift, run, 1) + column
    there = column < until[:, 2:]
    return np.where(there, order[np.where(there, at, 0)], -1)


def greedy(points: NDArray[np.complex128], near: NDArray[np.int64]) -> list[int]:
    """A ring of strokes joined at the nearest ends first (greedy matching).

    The ends of stroke i are the points 2i and 2i + 1 (x + iy in mm); `near` is of `nearest`.
    Returns the ring's nodes, both ends of a stroke beside each other, the last stroke first.
    """
    size = len(points)
    mate = [-1] * size
    chain = [node ^ 1 for node in range(size)]  # The other end of the chain that ends here.
    free = np.arange(size)
    while True:
        _join(points, free, near, mate, chain)
        free = np.array([node for node in free if mate[node] < 0])
        if len(free) <= 2:
            break
        index = np.full(size, -1)
        index[free] = np.arange(len(free))
        partners = index[[chain[node] for node in free]]
        near = free[nearest(points[free], partners, 4)]
    first, last = (int(node) for node in free)
    mate[first], mate[last] = last, first
    ring = [size - 2, size - 1]
    while len(ring) < size:
        node = mate[ring[-1]]
        ring += [node, node ^ 1]
    return ring


def _join(
    points: NDArray[np.complex128],
    free: NDArray[np.int64],
    near: NDArray[np.int64],
    mate: list[int],
    chain: list[int],
) -> None:
    """Join chains at the nearest free ends, where that does not close a ring."""
    for one, other in _pairs(points, free, near):
        if mate[one] < 0 and mate[other] < 0 and chain[one] != other:
            mate[one], mate[other] = other, one
            far, near_end = chain[one], chain[other]
            chain[far], chain[near_end] = near_end, far


def _pairs(
    points: NDArray[np.complex128], free: NDArray[np.int64], near: NDArray[np.int64]
) -> Iterator[tuple[int, int]]:
    """Free ends with their nearest, those first that are nearest to each other.

    As Python's numbers, which are large: some thousands at a time.
    """
    width = near.shape[1]
    gaps = np.empty(near.shape)
    for low in range(0, len(free), _PAIRS):
        some = slice(low, low + _PAIRS)
        gaps[some] = np.abs(points[free[some], None] - points[near[some]])
    order = np.argsort(gaps, axis=None, kind="stable")
    del gaps
    for low in range(0, len(order), _PAIRS):
        place = order[low : low + _PAIRS]
        yield from zip(
            free[place // width].tolist(), near.ravel()[place].tolist(), strict=True
        )
