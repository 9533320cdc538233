"""Where closed strokes begin: the best choice for a given order."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from firmware_gcode.toolpath.exact import way_to


def best_seams(
    ways: Sequence[NDArray[np.complex128]], start: complex | None, park: complex | None
) -> list[int]:
    """Choose one way through each stroke so that the travel between them is shortest.

    Dynamic programming along the order; exact for that order.

    Args:
        ways: For each stroke in drawing order where its ways begin and end, x + iy in mm:
            shape (W, 2); one row for an open stroke, one for each point of a closed one.
        start: Where the pen is, or None if it does not matter.
        park: Where it goes in the end, or None.

    Returns:
        The chosen row for each stroke.
    """
    cost = way_to(ways[0][:, 0], start)
    origins: list[NDArray[np.intp]] = []
    for before, here in pairwise(ways):
        total = cost[:, None] + np.abs(before[:, 1, None] - here[None, :, 0])
        origin = np.argmin(total, axis=0)
        cost = total[origin, np.arange(len(here))]
        origins.append(origin)
    chosen = [int(np.argmin(cost + way_to(ways[-1][:, 1], park)))]
    for origin in reversed(origins):
        chosen.append(int(origin[chosen[-1]]))
    return chosen[::-1]
