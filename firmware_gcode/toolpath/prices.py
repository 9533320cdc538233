"""Prices on the ends of strokes that tell the search which travel is long for its place.

After Held and Karp (1970), as Helsgaun (2000, "An effective implementation of the
Lin-Kernighan traveling salesman heuristic") uses them: an end far from all others gets a high
price, so that the travel that it cannot avoid looks cheap. Prices change the cost of every
ring by the same sum, hence not which one is best; they change where the search looks first
and when it gives up, and the same number of trials comes nearer to the best.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from firmware_gcode.toolpath.cost import Cost

_STEPS = 40
_DECAY = 0.95
_GAP = 0.87
"""A guess of the best ring, as a share of the greedy one: 14 to 18 % are usual."""
_MEMORY = 0.3
"""How much of the last step goes into the next one (Helsgaun 2000)."""


def prices(
    points: NDArray[np.complex128], near: NDArray[np.int64], cost: Cost, greedy_cost: float
) -> NDArray[np.float64]:
    """Prices under which the shortest tree of near ends is nearly a ring.

    Args:
        points: The ends, x + iy in mm; those of stroke i are 2i and 2i + 1: shape (N,).
        near: The nearest ends of each end: shape (N, k).
        cost: What travel costs.
        greedy_cost: What a greedy ring costs.

    Returns:
        The price of each end, shape (N,).
    """
    size = len(points)
    ones, others = np.repeat(np.arange(size), near.shape[1]), near.ravel()
    pairs = np.unique(np.minimum(ones, others) * size + np.maximum(ones, others))
    ones, others = pairs // size, pairs % size
    costs = cost.of(points[ones] - points[others])
    found: NDArray[np.float64] = np.zeros(size)
    best = found
    pull: NDArray[np.float64] = np.zeros(size)
    highest, step = -np.inf, 1.0
    for trial in range(_STEPS):
        cheaper = costs - found[ones] - found[others]
        used = _tree(cheaper, ones >> 1, others >> 1, size // 2)
        degrees = np.bincount(ones[used], minlength=size)
        degrees += np.bincount(others[used], minlength=size)
        bound = float(cheaper[used].sum() + found.sum())
        if bound > highest:
            highest, best = bound, found
        memory = _MEMORY if trial else 0.0
        pull = (1.0 - memory) * (1.0 - degrees) + memory * pull
        missing = max(_GAP * greedy_cost - bound, 1e-3 * greedy_cost)
        square = float((pull * pull).sum())  # not @: BLAS sums differently on each processor
        found = found + step * missing / max(square, 1e-9) * pull
        step *= _DECAY
    return best


def _tree(
    costs: NDArray[np.float64],
    ones: NDArray[np.int64],
    others: NDArray[np.int64],
    strokes: int,
) -> list[int]:
    """The edges of the cheapest tree (or forest) through all strokes, after Kruskal (1956)."""
    order = np.argsort(costs, kind="stable")
    root = list(range(strokes))
    used: list[int] = []
    for edge, one, other in zip(
        order.tolist(), ones[order].tolist(), others[order].tolist(), strict=True
    ):
        here, there = one, other
        while root[here] != here:
            root[here] = here = root[root[here]]
        while root[there] != there:
            root[there] = there = root[root[there]]
        if here != there:
            root[here] = there
            used.append(edge)
            if len(used) == strokes - 1:
                break
    return used
