"""Which ends are near each other, and a first tour made of the nearest ones."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

NEIGHBOURS = 8
"""How many ends each end may be joined to by the search."""
_CHUNK = 256
_FAR = math.inf


def nearest(
    points: NDArray[np.complex128], partner: NDArray[np.int64], count: int = NEIGHBOURS
) -> NDArray[np.int64]:
    """The nearest others of each point, at most N - 2, nearest first: shape (N, count).

    A point (x + iy in mm, shape (N,)) is never joined to its `partner`, its stroke's other
    end.
    """
    size = len(points)
    count = max(1, min(count, size - 2))
    by_x = np.argsort(points.real, kind="stable")
    x = points.real[by_x]
    extent = np.ptp(points.real) * np.ptp(points.imag)
    reach = 3.0 * math.sqrt(count * max(extent, 1e-9) / size)
    result = np.empty((size, count), dtype=np.int64)
    lacking: list[int] = []
    for low in range(0, size, _CHUNK):
        rows = by_x[low : low + _CHUNK]
        left = np.searchsorted(x, x[low] - reach)
        right = np.searchsorted(x, x[min(low + _CHUNK, size) - 1] + reach, side="right")
        near, far = _nearest_among(points, partner, rows, by_x[left:right], count)
        result[rows] = near
        lacking.extend(rows[far > reach].tolist())
    everything = np.arange(size)
    for low in range(0, len(lacking), _CHUNK):
        rows = np.array(lacking[low : low + _CHUNK])
        result[rows], _ = _nearest_among(points, partner, rows, everything, count)
    return result


def _nearest_among(
    points: NDArray[np.complex128],
    partner: NDArray[np.int64],
    rows: NDArray[np.int64],
    others: NDArray[np.int64],
    count: int,
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Nearest of `others` for each row, and how far the last is (infinite: too few)."""
    if len(others) < count + 2:
        return np.zeros((len(rows), count), dtype=np.int64), np.full(len(rows), _FAR)
    gaps = np.abs(points[rows, None] - points[None, others])
    gaps[rows[:, None] == others[None]] = _FAR
    gaps[partner[rows, None] == others[None]] = _FAR
    some = np.argpartition(gaps, count - 1, axis=1)[:, :count]
    some_gaps = np.take_along_axis(gaps, some, axis=1)
    order = np.argsort(some_gaps, axis=1, kind="stable")
    sorted_some = np.take_along_axis(some, order, axis=1)
    return others[sorted_some], np.take_along_axis(some_gaps, order, axis=1)[:, -1]


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
    ones = np.repeat(free, near.shape[1])
    others = near.ravel()
    gaps = np.abs(points[ones] - points[others])
    order = np.argsort(gaps, kind="stable")
    for one, other in zip(ones[order].tolist(), others[order].tolist(), strict=True):
        if mate[one] < 0 and mate[other] < 0 and chain[one] != other:
            mate[one], mate[other] = other, one
            far, near_end = chain[one], chain[other]
            chain[far], chain[near_end] = near_end, far
