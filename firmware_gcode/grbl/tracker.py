"""Where on its way the pen is: reported positions matched forward along the path."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

NEAR_MM = 0.15
"""Distance at which a place counts as on the path: a few motor steps, arc chords."""
NEARER_MM = 0.001
"""How much nearer the next part must pass for the pen to be there: a report's last digit."""
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

    def advance(self, x: float, y: float) -> float:
        """Matches a reported place.

        Returns:
            Its distance from the rest of the path, mm; the match is moved on if that is small.
        """
        here = np.array([x, y])
        if not len(self._steps):
            return float(np.hypot(*(self._ends[-1] - here))) if len(self._ends) else 0.0
        first = int(np.searchsorted(self._starts, self.way, side="right")) - 1
        first = min(first, len(self._steps) - 1)
        steps, along = self._steps[first:], self._along[first:]
        share = ((here - self._from[first:]) * along).sum(axis=1) / steps**2
        least = np.zeros(len(steps))
        least[0] = (self.way - self._starts[first]) / steps[0]
        share = np.clip(share, np.minimum(least, 1.0), 1.0)
        apart = np.hypot(*(self._from[first:] + share[:, None] * along - here).T)
        near = apart < NEAR_MM
        if not near.any():
            return float(apart.min())
        index = int(np.argmax(near))
        while index + 1 < len(apart) and apart[index + 1] < apart[index] - NEARER_MM:
            index += 1
        self.way = float(self._starts[first + index] + share[index] * steps[index])
        return float(apart[index])

    def at_end(self, x: float, y: float) -> bool:
        """Whether the pen stands at the end of the ink, having passed nearly all of it."""
        if self.ink_total <= 0.0:
            return False
        apart = float(np.hypot(*(self._ends[-1] - np.array([x, y]))))
        return apart <= END_MM and self.inked >= self.ink_total - 1.0

    def rest(self, x: float, y: float) -> list[tuple[float, float]]:
        """The corners of the ink still to be drawn from a place on it, its end included."""
        ahead = self._starts[1:] > self.way + 1e-6
        ends = (self._from + self._along)[ahead]
        return [(float(px), float(py)) for px, py in ends] or [(x, y)]
