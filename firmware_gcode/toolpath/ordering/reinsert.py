"""Closed strokes taken out of an order and put back where, and begun at which point, is best.

Choosing beginnings for a given order, and an order for given beginnings, gets stuck in turns;
this moves both at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from firmware_gcode.toolpath.ordering.cost import Cost
from firmware_gcode.toolpath.ordering.ways import Places, from_place

_PASSES = 4
_EPSILON = 1e-7


@dataclass(frozen=True, slots=True)
class Stop:
    """One stroke in an order, and which of its `ways` is taken (`row`).

    A way's begin and end are x + iy in mm: shape (W, 2).
    """

    stroke: int
    backwards: bool
    ways: NDArray[np.complex128]
    row: int

    @property
    def movable(self) -> bool:
        """Whether there is a choice: the stroke is closed."""
        return len(self.ways) > 1


def reinsert(stops: Sequence[Stop], places: Places, cost: Cost) -> list[Stop]:
    """Move closed strokes one by one to the best of all places, while that is no dearer."""
    found = list(stops)
    for _ in range(_PASSES):
        moved = False
        for stroke in [stop.stroke for stop in found if stop.movable]:
            place = next(i for i, stop in enumerate(found) if stop.stroke == stroke)
            stop = found.pop(place)
            costs = _costs(found, stop, places, cost)
            there, row = np.unravel_index(int(np.argmin(costs)), costs.shape)
            if costs[there, row] < costs[place, stop.row] - _EPSILON:
                found.insert(int(there), replace(stop, row=int(row)))
                moved = True
            else:
                found.insert(place, stop)
        if not moved:
            break
    return found


def _costs(
    others: Sequence[Stop], stop: Stop, places: Places, cost: Cost
) -> NDArray[np.float64]:
    """What a stroke costs before each other one or last, for each way through it."""
    start, park = places
    begins = np.array([o.ways[o.row, 0] for o in others] + [park or 0j])
    ends = np.array([start or 0j] + [o.ways[o.row, 1] for o in others])
    into = cost.of(stop.ways[None, :, 0] - ends[:, None])
    out = cost.of(begins[:, None] - stop.ways[None, :, 1])
    gaps = cost.of(begins - ends)
    if start is None:
        into[0] = gaps[0] = 0.0
    if park is None:
        out[-1] = gaps[-1] = 0.0
    return np.asarray(into + out - gaps[:, None])


def best_seams(
    ways: Sequence[NDArray[np.complex128]], places: Places, cost: Cost
) -> list[int]:
    """Choose one way through each stroke so that the travel between them is cheapest.

    Dynamic programming along the order; exact for that order. `ways` holds for each stroke
    where its ways begin and end, x + iy in mm, shape (W, 2): one row for an open stroke, one
    for each point of a closed one. Returns the chosen row for each.
    """
    total = from_place(ways[0][:, 0], places[0], cost)
    origins: list[NDArray[np.intp]] = []
    for before, here in pairwise(ways):
        through = total[:, None] + cost.of(here[None, :, 0] - before[:, 1, None])
        origin = np.argmin(through, axis=0)
        total = through[origin, np.arange(len(here))]
        origins.append(origin)
    chosen = [int(np.argmin(total + from_place(ways[-1][:, 1], places[1], cost)))]
    for origin in reversed(origins):
        chosen.append(int(origin[chosen[-1]]))
    return chosen[::-1]
