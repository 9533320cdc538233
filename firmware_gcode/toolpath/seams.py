"""Where closed strokes begin: the best choice for a given order."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from firmware_gcode.toolpath.cost import Cost
from firmware_gcode.toolpath.ways import Places, from_place


def best_seams(
    ways: Sequence[NDArray[np.complex128]], places: Places, cost: Cost
) -> list[int]:
    """Choose one way through each stroke so that the travel between them is cheapest.

    Dynamic programming along the order; exact for that order.

    Args:
        ways: For each stroke in drawing order where its ways begin and end, x + iy in mm:
            shape (W, 2); one row for an open stroke, one for each point of a closed one.
        places: Where the pen is and where it goes in the end.
        cost: What travel costs.

    Returns:
        The chosen row for each stroke.
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
