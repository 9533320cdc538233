"""Where on its way the pen is: reported positions matched forward along the path."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

NEAR_MM = 0.15
"""Distance at which a place counts as on the path: a few motor steps, arc chords."""
NEARER_MM = 0.001
"""How much nearer the next part must pass for the pen to be there: a report's last digit."""
CORNER_MM = 0.5
"""How far round a corner the pen may be while the part before it still counts as near."""
END_MM = 0.02
"""Distance at which a stroke counts as drawn to its end: less than the finest pen's line."""


class PathTracker:
    """The way of one stroke: the travel to it, then its ink.

    A path may cross itself or come back on itself, so a place alone does not say how far the
    pen is. It only goes forward: each report is matched to the first part of the path, from
    the last match on, that passes through it.

    Args:
        travel: Points passed with the pen up, (x, y) in mm; may be empty.
        ink: The stroke's polyline, shape (N, 2), mm.

    Attributes:
        way: How far the pen has come along travel and ink, mm.
    """

    def __init__(
        self, travel: list[tuple[float, float]], ink: NDArray[np.float64] | None
    ) -> None:
        approach = np.array(travel, dtype=np.float64).reshape(-1, 2)
        inked = np.empty((0, 2)) if ink is None else np.asarray(ink, dtype=np.float64)
        points = np.concatenate([approach, inked])
        steps = np.hypot(*np.diff(points, axis=0).T) if len(points) > 1 else np.empty(0)
        self._ink_from = (
            float(steps[: len(approach)].sum()) if len(inked) else float(steps.sum())
        )
        self._ends = points
        moving = steps > 1e-6
        self._from = points[:-1][moving]
        self._along = np.diff(points, axis=0)[moving]
        self._steps = steps[moving]
        self._starts = np.concatenate([[0.0], np.cumsum(self._steps)])
        self.way = 0.0

    @property
    def ink_total(self) -> float:
        """Length of the ink, mm."""
        return float(self._starts[-1]) - self._ink_from

    @property
    def inked(self) -> float:
        """How much of the stroke the pen has passed, mm."""
        return max(0.0, self.way - self._ink_from)

    def advance(self, x: float, y: float, *, lifted: bool = False) -> float:
        """Match a reported place; the match only goes forward.

        Where travel ends the ink begins, and often turns back along it: a pen that is `lifted`
        there has not begun.

        Returns:
            The distance of the place from the whole path, mm.
        """
        here = np.array([x, y])
        if not len(self._steps):
            return float(np.hypot(*(self._ends[-1] - here))) if len(self._ends) else 0.0
        share = ((here - self._from) * self._along).sum(axis=1) / self._steps**2
        apart = self._apart(here, np.clip(share, 0.0, 1.0))
        first = int(np.searchsorted(self._starts, self.way, side="right")) - 1
        first = min(first, len(self._steps) - 1)
        least = np.zeros(len(share))
        least[:first] = 1.0
        least[first] = min(1.0, (self.way - self._starts[first]) / self._steps[first])
        share = np.clip(share, least, 1.0)
        before = self.way
        self._match(first, share, self._apart(here, share))
        if lifted and before <= self._ink_from and self.inked < CORNER_MM:
            self.way = min(self.way, self._ink_from)
        return float(apart.min())

    def _apart(
        self, here: NDArray[np.float64], share: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Distances of a place from a point on each part of the path."""
        return np.asarray(np.hypot(*(self._from + share[:, None] * self._along - here).T))

    def _match(
        self, first: int, share: NDArray[np.float64], apart: NDArray[np.float64]
    ) -> None:
        """Move on to the first part from `first` on that passes near, or round its corner."""
        near = np.flatnonzero(apart[first:] < NEAR_MM)
        if not len(near):
            return
        ways = self._starts[:-1] + share * self._steps
        index = first + int(near[0])
        for other in range(index + 1, len(apart)):
            if (
                ways[other] > ways[index] + CORNER_MM
                or apart[other] > apart[index] - NEARER_MM
            ):
                break
            index = other
        self.way = float(ways[index])

    def at_end(self, x: float, y: float) -> bool:
        """Whether the pen stands at the end of the ink, having passed nearly all of it."""
        if self.ink_total <= 0.0:
            return False
        apart = float(np.hypot(*(self._ends[-1] - np.array([x, y]))))
        least = max(self.ink_total - CORNER_MM, self.ink_total / 2)
        return apart <= END_MM and self.inked >= least

    def rest(self, x: float, y: float) -> list[tuple[float, float]]:
        """The corners of the ink still to be drawn from a place on it, its end included."""
        ahead = self._starts[1:] > self.way + 1e-6
        ends = (self._from + self._along)[ahead]
        return [(float(px), float(py)) for px, py in ends] or [(x, y)]
