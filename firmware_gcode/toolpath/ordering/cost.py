"""What a pen-up move costs: millimetres, or the seconds that the machine takes for it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from firmware_gcode.motion.settings import MotionSettings
from firmware_gcode.toolpath.ragged import distinct, lengths


class Cost(Protocol):
    """A price on moves that never rises by going straight."""

    def of(self, moves: NDArray[np.complex128]) -> NDArray[np.float64]:
        """The cost of each move, given as dx + i dy in mm: any shape."""


@dataclass(frozen=True)
class Millimetres:
    """Moves cost their length."""

    def of(self, moves: NDArray[np.complex128]) -> NDArray[np.float64]:
        """Lengths in mm."""
        return lengths(moves)


@dataclass(frozen=True)
class Seconds:
    """Moves cost the seconds from standstill to standstill, each axis within its limits.

    A move is as fast as its feed and the slowest axis of its direction allow, and gains speed
    as its weakest axis does; that is how GRBL 1.1 limits them (`limit_value_by_axis_maximum`).

    Attributes:
        feed: Highest speed along the move, mm/s; infinite for rapid moves.
        speeds: Highest speed of x and y, mm/s.
        accelerations: Of x and y, mm/s².
    """

    feed: float
    speeds: tuple[float, float]
    accelerations: tuple[float, float]

    @classmethod
    def of_machine(cls, motion: MotionSettings, travel_feed: float, *, rapid: bool) -> Seconds:
        """The cost where pen-up moves have a feed in mm/min, or are `rapid` (`G0`)."""
        x, y, _ = motion.max_rate
        along_x, along_y, _ = motion.acceleration
        feed = math.inf if rapid else travel_feed / 60.0
        return cls(feed, (x / 60.0, y / 60.0), (along_x, along_y))

    def of(self, moves: NDArray[np.complex128]) -> NDArray[np.float64]:
        """Seconds of each move."""
        x, y = np.abs(moves.real), np.abs(moves.imag)
        axes = np.maximum(x / self.speeds[0], y / self.speeds[1])
        cruise = np.maximum(lengths(moves) / self.feed, axes)
        ramps = np.maximum(x / self.accelerations[0], y / self.accelerations[1])
        short = cruise * cruise < ramps
        with_ramps = cruise + ramps / np.where(cruise > 0.0, cruise, 1.0)
        return np.where(short, 2.0 * np.sqrt(ramps), with_ramps)


_STEPS = 40
_DECAY = 0.95
_GAP = 0.87
"""A guess of the best ring, as a share of the greedy one: 14 to 18 % are usual."""
_MEMORY = 0.3
"""How much of the last step goes into the next one (Helsgaun 2000)."""


def prices(
    points: NDArray[np.complex128], near: NDArray[np.int64], cost: Cost, greedy_cost: float
) -> NDArray[np.float64]:
    """The price of each end, shape (N,): the shortest tree of near ends is nearly a ring then.

    The ends of stroke i are the points 2i and 2i + 1 (x + iy in mm); `near` are the nearest
    ends of each, shape (N, k).
    """
    size = len(points)
    ones, others = np.repeat(np.arange(size), near.shape[1]), near.ravel()
    pairs = distinct(np.minimum(ones, others) * size + np.maximum(ones, others))
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
