"""Where on its way the pen is: reported positions matched forward along the path."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

Point = tuple[float, float]

NEAR_MM = 0.15
"""Distance at which a place counts as on the path: a few motor steps, arc chords."""
NEARER_MM = 0.001
"""How much nearer the next part must pass for the pen to be there: a report's last digit."""
CORNER_MM = 0.5
"""How far round a corner the pen may be while the part before it still counts as near."""
END_MM = 0.02
"""How far before its end a stroke counts as drawn: less than the finest pen's line."""


class _Line:
    """A polyline of at least one point, and how far along it the pen was matched last."""

    def __init__(self, points: ArrayLike) -> None:
        corners = np.asarray(points, dtype=np.float64).reshape(-1, 2)
        if len(corners) == 1:
            corners = np.repeat(corners, 2, axis=0)
        self._from = corners[:-1]
        self._along = np.diff(corners, axis=0)
        self._steps = np.hypot(*self._along.T)
        self._starts = np.concatenate([[0.0], np.cumsum(self._steps)])
        self.way = 0.0

    @property
    def total(self) -> float:
        """Its length, mm."""
        return float(self._starts[-1])

    def apart(self, place: Point) -> float:
        """The distance of a place from it, mm."""
        return float(self._nearest(place, np.zeros_like(self._steps))[1].min())

    def match(self, place: Point) -> bool:
        """Move on to the first part that passes near a place, or round its corner."""
        passed = (self.way - self._starts[:-1]) / np.maximum(self._steps, 1e-9)
        ways, apart = self._nearest(place, np.clip(passed, 0.0, 1.0))
        near = np.flatnonzero((apart < NEAR_MM) & (self._starts[1:] >= self.way - 1e-9))
        if not len(near):
            return False
        index = int(near[0])
        for other in range(index + 1, len(apart)):
            if (
                ways[other] > ways[index] + CORNER_MM
                or apart[other] > apart[index] - NEARER_MM
            ):
                break
            index = other
        self.way = max(self.way, float(ways[index]))
        return True

    def _nearest(
        self, place: Point, least: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """How far along it each part comes nearest to a place, and how near, mm.

        `least` is the share of each part that is not looked at.
        """
        ahead = ((np.array(place) - self._from) * self._along).sum(axis=1)
        share = np.clip(ahead / np.maximum(self._steps**2, 1e-18), least, 1.0)
        off = self._from + share[:, None] * self._along - np.array(place)
        return self._starts[:-1] + share * self._steps, np.hypot(*off.T)

    def rest(self) -> list[Point]:
        """The corners ahead, its end included."""
        ends = (self._from + self._along)[self._starts[1:] > self.way + 1e-6]
        return [(float(x), float(y)) for x, y in ends]


class PathTracker:
    """The way of one stroke: the travel to it, its ink, and the travel away from it.

    A path may cross itself or come back on itself, so a place alone does not say how far the
    pen is. Each report is matched to the first part of the path, from the last match on, that
    passes through it: the pen is there, or further.

    Args:
        travel: Points passed with the pen up, (x, y) in mm; at least one.
        ink: The stroke's polyline, shape (N, 2), mm; None where no stroke follows.
        onward: Points passed with the pen up again, from the end of the ink on.
        inked: How much of the stroke is on the paper already, mm.
    """

    def __init__(
        self,
        travel: Sequence[Point],
        ink: NDArray[np.float64] | None = None,
        onward: Sequence[Point] = (),
        *,
        inked: float = 0.0,
    ) -> None:
        self._lines = [_Line(travel)]
        if ink is not None:
            self._lines += [_Line(ink), _Line(onward or ink[-1])]
        self._onward = onward
        self._inked = inked
        self._at = 0

    @property
    def inked(self) -> float:
        """How much of the stroke the pen has passed, mm."""
        return self._inked + (self._lines[1].way if self._at else 0.0)

    @property
    def past_ink(self) -> bool:
        """Whether the pen has come to the end of the stroke."""
        if self._at == 0:
            return False
        return self._at == 2 or self._lines[1].way >= self._lines[1].total - END_MM

    def advance(self, x: float, y: float, *, lifted: bool | None = None) -> float:
        """Match a reported place; the match only goes forward.

        A pen that is `lifted` is on one of its travels, one that is not is in the ink; None
        where that is not known.

        Returns:
            The distance of the place from the whole path, mm.
        """
        place = (x, y)
        for at, line in enumerate(self._lines[self._at :], self._at):
            if lifted in {None, at != 1} and line.match(place):
                if at == 2 > self._at:
                    self._lines[1].way = self._lines[1].total
                self._at = at
                break
        return min(line.apart(place) for line in self._lines)

    def rest(self, place: Point) -> list[Point]:
        """The corners of the ink still to be drawn from a place on it, its end included."""
        return self._lines[1].rest() or [place]

    def resumed(self, place: Point) -> PathTracker:
        """The way of the rest of a stroke, whose ink goes on at a place."""
        ink = np.array([place, *self.rest(place)])
        return PathTracker([place], ink, self._onward, inked=self.inked)
