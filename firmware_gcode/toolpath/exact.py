"""The provably shortest order of a few strokes, by dynamic programming over subsets.

After Held and Karp (1962), with several ways through each stroke: an open one can be drawn
from either end, a closed one from any of its points.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

MAX_WORK = 6_000_000
"""Largest number of sums that is worth it: some tens of milliseconds on a small computer."""


def way_to(points: NDArray[np.complex128], place: complex | None) -> NDArray[np.float64]:
    """Distance of each point from a place, mm; 0 if there is no such place."""
    return np.zeros(len(points)) if place is None else np.abs(points - place)


def work(ways: Sequence[int]) -> int:
    """How many sums the exact search needs, for the numbers of ways through each stroke."""
    return int((1 << min(len(ways), 40)) * sum(ways) ** 2)


def shortest(
    entries: NDArray[np.complex128],
    exits: NDArray[np.complex128],
    owners: NDArray[np.int64],
    start: complex | None,
    park: complex | None,
) -> list[int]:
    """The shortest way from `start` through every stroke once to `park`.

    Args:
        entries: Where each way through a stroke begins, x + iy in mm: shape (V,).
        exits: Where it ends.
        owners: To which stroke each way belongs: 0 … n - 1, every stroke at least once.
        start: Where the pen is, or None if it does not matter.
        park: Where it goes, or None.

    Returns:
        The chosen way of each stroke, in drawing order: n indices into `entries`.
    """
    count = int(owners.max()) + 1
    own = [np.flatnonzero(owners == stroke) for stroke in range(count)]
    steps = np.abs(exits[:, None] - entries[None, :])
    best = np.full((1 << count, len(entries)), np.inf)
    for stroke in range(count):
        best[1 << stroke, own[stroke]] = way_to(entries[own[stroke]], start)
    subsets = np.arange(1 << count)
    sizes = np.array([int(subset).bit_count() for subset in subsets])
    for size in range(2, count + 1):
        layer = subsets[sizes == size]
        for stroke in range(count):
            rows = layer[(layer >> stroke) & 1 == 1]
            before = best[rows ^ (1 << stroke)]
            for way in own[stroke]:
                best[rows, way] = (before + steps[:, way]).min(axis=1)
    return _backtrack(best, steps, owners, way_to(exits, park))


def _backtrack(
    best: NDArray[np.float64],
    steps: NDArray[np.float64],
    owners: NDArray[np.int64],
    homeward: NDArray[np.float64],
) -> list[int]:
    """Read the way off the table, from its end."""
    subset = len(best) - 1
    way = int(np.argmin(best[subset] + homeward))
    chosen = [way]
    while True:
        subset ^= 1 << int(owners[way])
        if subset == 0:
            return chosen[::-1]
        way = int(np.argmin(best[subset] + steps[:, way]))
        chosen.append(way)
