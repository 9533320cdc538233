"""Where closed strokes begin, thousands of them at once.

For a given order every other stroke takes the beginning that is best between its neighbours,
then the others do, in turns.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firmware_gcode.toolpath.ordering.cost import Cost
from firmware_gcode.toolpath.ordering.ways import Places, Strokes
from firmware_gcode.toolpath.ragged import alike

_TURNS = 6


@dataclass(frozen=True)
class Seams:
    """All points (x + iy, mm) at which closed strokes may begin, and the first of each stroke.

    Open strokes have none: shapes (P,) and (n + 1,).
    """

    points: NDArray[np.complex128]
    first: NDArray[np.int64]

    @classmethod
    def of(cls, strokes: Strokes) -> Seams:
        """Take the points of the closed strokes."""
        rings = [
            points[:-1] if closed else points[:0]
            for points, closed in zip(strokes.lines, strokes.closed, strict=True)
        ]
        sizes = np.fromiter(map(len, rings), np.int64, len(rings))
        return cls(np.concatenate(rings), np.append(0, np.cumsum(sizes)))

    def settle(
        self, strokes: Strokes, entries: NDArray[np.int64], places: Places, cost: Cost
    ) -> None:
        """Choose seams for strokes that are entered at these nodes, from the start on."""
        if not len(self.points):
            return
        ends = strokes.ends(places)
        start = ends[entries[0]] if places[0] is None else places[0]
        park = ends[entries[-1] ^ 1] if places[1] is None else places[1]
        order = entries >> 1
        closed = np.flatnonzero(np.array(strokes.closed)[order])
        seams = np.array(strokes.seams)
        for turn in range(_TURNS):
            some = closed[closed % 2 == turn % 2]
            if not len(some):
                continue
            before = np.concatenate([[start], ends[entries ^ 1]])[some]
            after = np.concatenate([ends[entries], [park]])[some + 1]
            own = order[some]
            seams[own] = best = self._best(own, before, after, cost)
            ends[2 * own] = ends[2 * own + 1] = self.points[self.first[own] + best]
        strokes.seams[:] = seams.tolist()

    def _best(
        self,
        strokes: NDArray[np.int64],
        before: NDArray[np.complex128],
        after: NDArray[np.complex128],
        cost: Cost,
    ) -> NDArray[np.int64]:
        """For each of some strokes the cheapest seam between two places."""
        size = self.first[strokes + 1] - self.first[strokes]
        begin = np.cumsum(size) - size
        row = np.repeat(np.arange(len(strokes)), size)
        index = np.arange(int(size.sum())) - begin[row]
        points = self.points[self.first[strokes][row] + index]
        costs = cost.of(points - before[row]) + cost.of(after[row] - points)
        least = np.flatnonzero(costs == np.minimum.reduceat(costs, begin)[row])
        chosen = least[alike(row[least])[0]]
        return np.asarray(index[chosen])
