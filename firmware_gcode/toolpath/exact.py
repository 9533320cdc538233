"""The provably cheapest order of a few strokes, by dynamic programming over subsets.

After Held and Karp (1962), with several ways through each stroke: an open one can be drawn
from either end, a closed one from any of its points.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from firmware_gcode.toolpath.ways import Ways

MAX_WORK = 1_200_000
"""Largest number of sums that is worth it: about ten milliseconds on a small computer."""


def work(ways: Sequence[int]) -> int:
    """How many sums the exact search needs, for the numbers of ways through each stroke."""
    return int((1 << min(len(ways), 40)) * sum(ways) ** 2)


def shortest(ways: Ways) -> list[int]:
    """The cheapest way through every stroke once.

    Returns:
        The chosen way of each stroke, in drawing order: indices into the ways.
    """
    count, owners, steps = ways.count, ways.owners, ways.steps
    own = [np.flatnonzero(owners == stroke) for stroke in range(count)]
    best = np.full((1 << count, len(owners)), np.inf)
    for stroke in range(count):
        best[1 << stroke, own[stroke]] = ways.into[own[stroke]]
    subsets = np.arange(1 << count)
    sizes = np.array([int(subset).bit_count() for subset in subsets])
    for size in range(2, count + 1):
        layer = subsets[sizes == size]
        for stroke in range(count):
            rows = layer[(layer >> stroke) & 1 == 1]
            before = best[rows ^ (1 << stroke)]
            for way in own[stroke]:
                best[rows, way] = (before + steps[:, way]).min(axis=1)
    return _backtrack(best, ways)


def _backtrack(best: NDArray[np.float64], ways: Ways) -> list[int]:
    """Read the way off the table, from its end."""
    subset = len(best) - 1
    way = int(np.argmin(best[subset] + ways.out))
    chosen = [way]
    while True:
        subset ^= 1 << int(ways.owners[way])
        if subset == 0:
            return chosen[::-1]
        way = int(np.argmin(best[subset] + ways.steps[:, way]))
        chosen.append(way)
