"""In which order and direction strokes are drawn."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from firmware_gcode.drawing.geometry import Polyline
from firmware_gcode.toolpath.segments import Point

Visit: TypeAlias = tuple[int, bool]
"""Number of a stroke, and whether it is drawn backwards."""

_MAX_TWO_OPT = 400
_MAX_PASSES = 2000


def order(
    strokes: Sequence[Polyline],
    start: Point,
    park: Point,
    *,
    seed: int = 0,
    budget_s: float | None = None,
) -> list[Visit]:
    """Order strokes for a short pen-up way from `start` through all to `park`.

    Args:
        strokes: Lines in mm.
        start: Where the pen is.
        park: Where it goes in the end.
        seed: Seed of random choices.
        budget_s: Processor seconds after which to stop; None for no limit.

    Returns:
        Every stroke once, in drawing order, with its direction.
    """
    del seed
    if not strokes:
        return []
    ends = np.array([[s[0], s[-1]] for s in strokes])
    tour = _nearest(ends, np.array(start))
    if len(strokes) <= _MAX_TWO_OPT:
        deadline = None if budget_s is None else time.process_time() + budget_s
        tour = _two_opt(ends, tour, np.array(start), np.array(park), deadline)
    return [(int(visit) // 2, bool(visit % 2)) for visit in tour]


def _nearest(ends: NDArray[np.float64], here: NDArray[np.float64]) -> NDArray[np.int64]:
    """Go to the nearest end that is left. Visits are 2 x stroke + (1 if backwards)."""
    points = ends.reshape(-1, 2)
    free = np.ones(len(points), dtype=bool)
    tour = np.empty(len(ends), dtype=np.int64)
    for step in range(len(ends)):
        gaps = np.hypot(*(points - here).T)
        visit = int(np.argmin(np.where(free, gaps, np.inf)))
        tour[step] = visit
        free[visit] = free[visit ^ 1] = False
        here = points[visit ^ 1]
    return tour


def _two_opt(
    ends: NDArray[np.float64],
    tour: NDArray[np.int64],
    start: NDArray[np.float64],
    park: NDArray[np.float64],
    deadline: float | None,
) -> NDArray[np.int64]:
    """Reverse the stretch that shortens the way most, until none does."""
    points = ends.reshape(-1, 2)
    for _ in range(_MAX_PASSES):
        entry = np.vstack([points[tour], park])
        leave = np.vstack([start, points[tour ^ 1]])
        now = np.hypot(*(entry - leave).T)
        across_out = np.hypot(*(leave[:, None] - leave[None, :]).transpose(2, 0, 1))
        across_in = np.hypot(*(entry[:, None] - entry[None, :]).transpose(2, 0, 1))
        gain = now[:, None] + now[None, :] - across_out - across_in
        gain = np.triu(gain, 1)
        i, j = np.unravel_index(int(np.argmax(gain)), gain.shape)
        if gain[i, j] <= 1e-9 or (deadline is not None and time.process_time() > deadline):
            break
        tour[i:j] = tour[i:j][::-1] ^ 1
    return tour
