"""How short the way through some strokes can be at best: a bound from spanning trees.

After Held and Karp (1970, "The traveling-salesman problem and minimum spanning trees"): every
way through all strokes is a spanning tree of them in which each end has one travel. A price
on each end changes all ways by the same sum, but not all trees; prices that make the shortest
tree long are found by subgradient steps, and that tree is a lower bound.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firmware_gcode.toolpath.ordering.ways import Ways

_STEPS = 120
_PATIENCE = 6
"""Steps without a better bound after which they become half as long."""


@dataclass(frozen=True)
class Priced:
    """Costs less the prices of both ends, all prices' sum, and a bound with them paid."""

    ways: Ways
    added: float
    bound: float


def priced(ways: Ways, longest: float) -> Priced:
    """Find prices that make the bound large, for two strokes at least.

    `longest` is what a known way costs.
    """
    entry, leave, wanted = ways.ends()
    prices = np.zeros(len(wanted))
    best = _with_prices(ways, prices, entry, leave, wanted)
    size, stalled = 2.0, 0
    for _ in range(_STEPS):
        found = _with_prices(ways, prices, entry, leave, wanted)
        bound, degrees = _tree(found, entry, leave)
        if bound > best.bound:
            best, stalled = Priced(found.ways, found.added, bound), 0
        else:
            stalled += 1
        missing = wanted - degrees
        norm = int((missing**2).sum())
        if norm == 0 or best.bound >= longest:
            break
        if stalled == _PATIENCE:
            size, stalled = size / 2, 0
        prices = prices + size * max(longest - bound, 1e-9) / norm * missing
    return best


def _with_prices(
    ways: Ways,
    prices: NDArray[np.float64],
    entry: NDArray[np.int64],
    leave: NDArray[np.int64],
    wanted: NDArray[np.int64],
) -> Priced:
    """The costs with prices taken off; no bound yet."""
    cheaper = Ways(
        ways.owners,
        ways.backwards,
        ways.steps - prices[leave][:, None] - prices[entry][None, :],
        ways.into - prices[entry],
        ways.out - prices[leave],
    )
    paid = float((prices * wanted).sum())  # not @: BLAS sums differently on each processor
    return Priced(cheaper, paid, -np.inf)


def between(ways: Ways) -> NDArray[np.float64]:
    """The cheapest step from any way of a stroke to any way of another: shape (n, n)."""
    firsts = ways.firsts
    least = np.minimum.reduceat(np.minimum.reduceat(ways.steps, firsts, 0), firsts, 1)
    return np.asarray(least, dtype=np.float64)


def _tree(
    found: Priced, entry: NDArray[np.int64], leave: NDArray[np.int64]
) -> tuple[float, NDArray[np.int64]]:
    """The bound by the shortest tree (Prim 1957), and how many travels each end has in it."""
    ways = found.ways
    gaps = between(ways)
    firsts = [*ways.firsts.tolist(), len(ways.owners)]
    degrees = np.zeros(2 * ways.count, dtype=np.int64)
    into, out = int(np.argmin(ways.into)), int(np.argmin(ways.out))
    degrees[entry[into]] += 1
    degrees[leave[out]] += 1
    total = found.added + float(ways.into[into] + ways.out[out])
    reach = gaps[0].copy()
    origin = np.zeros(ways.count, dtype=np.int64)
    reach[0] = np.inf
    outside = np.ones(ways.count, dtype=np.bool_)
    outside[0] = False
    for _ in range(ways.count - 1):
        new = int(np.argmin(reach))
        old = int(origin[new])
        total += float(reach[new])
        block = ways.steps[firsts[old] : firsts[old + 1], firsts[new] : firsts[new + 1]]
        row, column = divmod(int(np.argmin(block)), block.shape[1])
        degrees[leave[firsts[old] + row]] += 1
        degrees[entry[firsts[new] + column]] += 1
        outside[new] = False
        nearer = outside & (gaps[new] < reach)
        reach[nearer] = gaps[new][nearer]
        origin[nearer] = new
        reach[new] = np.inf
    return total, degrees


def trees(gaps: NDArray[np.float64], left: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Cost of the shortest tree of each subset of strokes: shape (S,).

    `gaps` are the costs between strokes, shape (n, n); `left` says which strokes are in each
    subset, none empty, all of one size: shape (S, n).
    """
    rows = np.arange(len(left))
    outside = left.copy()
    first = np.argmax(left, axis=1)
    outside[rows, first] = False
    reach = np.where(outside, gaps[first], np.inf)
    total = np.zeros(len(left))
    for _ in range(int(left[0].sum()) - 1):
        new = np.argmin(reach, axis=1)
        total += reach[rows, new]
        outside[rows, new] = False
        reach = np.where(outside, np.minimum(reach, gaps[new]), np.inf)
    return total
