"""The ways in which strokes can be drawn, and what it costs to go from one to another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from firmware_gcode.drawing.geometry import Polyline
from firmware_gcode.toolpath.ordering.cost import Cost

Places: TypeAlias = tuple[complex | None, complex | None]
"""Where the pen is and where it goes in the end, x + iy in mm; None if it does not matter."""


@dataclass(frozen=True, slots=True)
class Visit:
    """How a stroke is drawn: an open one perhaps backwards, a closed one from point `seam`."""

    stroke: int
    backwards: bool = False
    seam: int = 0


@dataclass
class Strokes:
    """Strokes as complex numbers (x + iy in mm), and the seams chosen so far."""

    lines: list[NDArray[np.complex128]]
    closed: list[bool]
    seams: list[int]

    @classmethod
    def of(cls, strokes: Sequence[Polyline], choose_seams: bool) -> Strokes:
        """Take strokes in mm; without a choice of seams closed ones count as open."""
        lines = [stroke[:, 0] + 1j * stroke[:, 1] for stroke in strokes]
        closed = [choose_seams and len(p) > 2 and bool(p[0] == p[-1]) for p in lines]
        return cls(lines, closed, [0] * len(lines))

    def counts(self) -> list[int]:
        """How many ways there are through each stroke."""
        return [
            len(p) - 1 if closed else 1 if len(p) == 1 else 2
            for p, closed in zip(self.lines, self.closed, strict=True)
        ]

    def through(self, stroke: int, backwards: bool) -> NDArray[np.complex128]:
        """Begin and end of every way through a stroke in one direction: shape (W, 2)."""
        points = self.lines[stroke]
        if self.closed[stroke]:
            return np.column_stack([points[:-1], points[:-1]])
        ends = (points[-1], points[0]) if backwards else (points[0], points[-1])
        return np.array([ends])

    def ends(self, places: Places) -> NDArray[np.complex128]:
        """Both ends of each stroke at its seam; last the way home if there is one."""
        pairs = []
        for points, closed, seam in zip(self.lines, self.closed, self.seams, strict=True):
            pairs += [points[seam]] * 2 if closed else [points[0], points[-1]]
        start, park = places
        home = [] if park is None or start is None else [park, start]
        return np.array([*pairs, *home])

    def travel(self, visits: Sequence[Visit], places: Places, cost: Cost) -> float:
        """What the way through the strokes costs as they are visited."""
        stops = [self.through(v.stroke, v.backwards)[v.seam] for v in visits]
        entries, exits = np.array(stops).T
        return travelled(entries, exits, places, cost)


def travelled(
    entries: NDArray[np.complex128],
    exits: NDArray[np.complex128],
    places: Places,
    cost: Cost,
) -> float:
    """What the travel costs between strokes that begin and end there (x + iy, mm)."""
    start, park = places
    costs = cost.of(np.append(entries, park or 0j) - np.append(start or 0j, exits))
    costs[0] *= start is not None
    costs[-1] *= park is not None
    return float(costs.sum())


@dataclass(frozen=True)
class Ways:
    """All ways through some strokes, and what it costs to go from one to another.

    Attributes:
        owners: To which stroke each way belongs, rising from 0 to n - 1: shape (V,).
        backwards: Whether it begins at the stroke's last point: shape (V,).
        steps: Cost from the exit of each way to the entry of each other: shape (V, V).
        into: Cost from the start to each way's entry.
        out: Cost from each way's exit to the parking place.
    """

    owners: NDArray[np.int64]
    backwards: NDArray[np.bool_]
    steps: NDArray[np.float64]
    into: NDArray[np.float64]
    out: NDArray[np.float64]

    @property
    def count(self) -> int:
        """How many strokes there are."""
        return int(self.owners[-1]) + 1

    @property
    def firsts(self) -> NDArray[np.intp]:
        """The first way of each stroke."""
        return np.searchsorted(self.owners, np.arange(self.count))

    def ends(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """The end at which each way begins and leaves, and the travels that each end has.

        Open stroke i has the ends 2i and 2i + 1; a closed one, or a dot, only 2i, twice.
        """
        turned = np.zeros(self.count, dtype=np.bool_)
        np.logical_or.at(turned, self.owners, self.backwards)
        entry = 2 * self.owners + self.backwards
        leave = np.where(turned[self.owners], entry ^ 1, entry)
        wanted = np.repeat(np.where(turned, 1, 2), 2)
        wanted[1::2] *= turned
        return entry, leave, wanted

    @classmethod
    def of(cls, strokes: Strokes, places: Places, cost: Cost) -> tuple[Ways, list[Visit]]:
        """All ways through some strokes, and what each of them is."""
        parts: list[NDArray[np.complex128]] = []
        visits: list[Visit] = []
        for stroke, points in enumerate(strokes.lines):
            forth = strokes.through(stroke, backwards=False)
            parts.append(forth)
            visits += [Visit(stroke, seam=seam) for seam in range(len(forth))]
            if not strokes.closed[stroke] and len(points) > 1:
                parts.append(forth[:, ::-1])
                visits.append(Visit(stroke, backwards=True))
        entries, exits = np.concatenate(parts).T
        ways = cls(
            np.array([visit.stroke for visit in visits]),
            np.array([visit.backwards for visit in visits]),
            cost.of(entries[None, :] - exits[:, None]),
            from_place(entries, places[0], cost),
            from_place(exits, places[1], cost),
        )
        return ways, visits


def from_place(
    points: NDArray[np.complex128], place: complex | None, cost: Cost
) -> NDArray[np.float64]:
    """Cost between each point and a place; 0 if there is no such place."""
    return np.zeros(len(points)) if place is None else cost.of(points - place)
