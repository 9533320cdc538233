"""In which order and direction strokes are drawn, and where closed ones begin."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from firmware_gcode.drawing.geometry import Polyline
from firmware_gcode.toolpath.exact import MAX_WORK, shortest, work
from firmware_gcode.toolpath.neighbours import greedy, nearest
from firmware_gcode.toolpath.reinsert import Stop, reinsert
from firmware_gcode.toolpath.seams import best_seams
from firmware_gcode.toolpath.search import Search, Tour
from firmware_gcode.toolpath.segments import Point

_WINDOW = 30
_TRIALS_PER_STROKE, _MORE_TRIALS = 14, 6
"""Kicks for each stroke of a small drawing, and how many more where there are 300 or more."""
_MOST_TRIALS = 6_000_000
"""Kicks times strokes: in a large drawing reversing long stretches takes time."""
_HEAT = 1.0
_HEATED_STROKES = 1_000
"""Above this the trials are too few for each place to cool down: only gains are accepted."""
_MOST_REINSERTED = 100_000
"""Strokes times closed ones beyond which closed ones are not moved one by one."""
_ROUNDS = 5
"""How often search and seam choice take turns."""


_Places: TypeAlias = tuple[complex | None, complex | None]
"""Where the pen is and where it goes in the end."""


@dataclass(frozen=True, slots=True)
class Visit:
    """How one stroke is drawn.

    Attributes:
        stroke: Its number.
        backwards: Whether it is drawn from its last point to its first; open strokes only.
        seam: The point at which a closed stroke begins and ends; 0 for open ones.
    """

    stroke: int
    backwards: bool = False
    seam: int = 0


@dataclass
class _Ways:
    """The strokes' ends as complex numbers, and the seams chosen so far."""

    strokes: list[NDArray[np.complex128]]
    closed: list[bool]
    seams: list[int]

    @classmethod
    def of(cls, strokes: Sequence[Polyline], choose_seams: bool) -> _Ways:
        points = [stroke[:, 0] + 1j * stroke[:, 1] for stroke in strokes]
        closed = [choose_seams and len(p) > 2 and bool(p[0] == p[-1]) for p in points]
        return cls(points, closed, [0] * len(points))

    def through(self, stroke: int, backwards: bool) -> NDArray[np.complex128]:
        """Begin and end of every way through a stroke: shape (W, 2)."""
        points = self.strokes[stroke]
        if self.closed[stroke]:
            return np.column_stack([points[:-1], points[:-1]])
        ends = (points[-1], points[0]) if backwards else (points[0], points[-1])
        return np.array([ends])

    def ends(self, start: complex | None, park: complex | None) -> NDArray[np.complex128]:
        """Both ends of each stroke at its seam; last the way home if there is one."""
        pairs = []
        for points, closed, seam in zip(self.strokes, self.closed, self.seams, strict=True):
            pairs += [points[seam]] * 2 if closed else [points[0], points[-1]]
        home = [] if park is None or start is None else [park, start]
        return np.array([*pairs, *home])


def order(
    strokes: Sequence[Polyline],
    start: Point | None,
    park: Point | None,
    *,
    seed: int = 0,
    budget_s: float | None = None,
    choose_seams: bool = True,
    exact_work: int = MAX_WORK,
) -> list[Visit]:
    """Order strokes for a short pen-up way from `start` through all to `park`.

    A dozen strokes are ordered by exact search; more by local search with a number of trials
    that depends only on the number of strokes: the result is the same on every machine.

    Args:
        strokes: Lines in mm; one whose last point is its first is closed.
        start: Where the pen is; None, and None for `park`, for the shortest way of all.
        park: Where it goes in the end.
        seed: Seed of random choices.
        budget_s: Processor seconds after which the search ends early; None for no limit.
        choose_seams: Whether closed strokes may begin at any of their points.
        exact_work: Sums that an exact search may take; it doubles with every stroke, and more.

    Returns:
        Every stroke once, in drawing order.
    """
    if not strokes:
        return []
    ways = _Ways.of(strokes, choose_seams)
    counts = [
        len(p) - 1 if c else 1 if len(p) == 1 else 2
        for p, c in zip(ways.strokes, ways.closed, strict=True)
    ]
    if work(counts) <= exact_work:
        return _exact(ways, _place(start), _place(park))
    deadline = None if budget_s is None else time.process_time() + budget_s
    return _search(ways, (_place(start), _place(park)), seed, _stopper(deadline))


def _place(point: Point | None) -> complex | None:
    return None if point is None else complex(*point)


def _stopper(deadline: float | None) -> Callable[[], bool]:
    return lambda: deadline is not None and time.process_time() > deadline


def _exact(ways: _Ways, start: complex | None, park: complex | None) -> list[Visit]:
    """The best of all orders."""
    visits, parts = [], []
    for stroke, points in enumerate(ways.strokes):
        forth = ways.through(stroke, backwards=False)
        parts.append(forth)
        visits += [Visit(stroke, seam=seam) for seam in range(len(forth))]
        if not ways.closed[stroke] and len(points) > 1:
            parts.append(forth[:, ::-1])
            visits.append(Visit(stroke, backwards=True))
    both = np.concatenate(parts)
    owners = np.array([visit.stroke for visit in visits])
    return [visits[way] for way in shortest(both[:, 0], both[:, 1], owners, start, park)]


def _search(ways: _Ways, places: _Places, seed: int, stop: Callable[[], bool]) -> list[Visit]:
    """A good order: greedy, then search with kicks, in turns with the choice of seams."""
    count = len(ways.strokes)
    generator = random.Random(seed)
    each = _TRIALS_PER_STROKE + min(_MORE_TRIALS, count // 50)
    trials = min(each * count, _MOST_TRIALS // count)
    heat = _HEAT if count <= _HEATED_STROKES else 0.0
    rounds = _ROUNDS if any(ways.closed) else 1
    if rounds > 1:  # Choosing beginnings takes its share of the time.
        trials = trials * 2 // 3
    found: list[tuple[float, list[Visit]]] = []
    ring: list[int] | None = None
    for _ in range(rounds):
        points = ways.ends(*places)
        near = nearest(points, np.arange(len(points)) ^ 1)
        tour = Tour(ring or greedy(points, near), points.tolist())
        search = Search(tour, near.tolist(), generator)
        search.improve(range(len(points)))
        search.kick(trials // rounds, _WINDOW, heat, stop)
        visits = _visits(ways, tour.nodes, points, places)
        ring = _ring(visits, len(points))
        found.append((_travel(ways, visits, places), visits))
    return min(found, key=lambda entry: entry[0])[1]


def _visits(
    ways: _Ways, ring: Sequence[int], points: NDArray[np.complex128], places: _Places
) -> list[Visit]:
    """Read a ring from the start on, and choose the best seams for that order."""
    count = len(ways.strokes)
    if len(ring) > 2 * count:
        home = ring.index(2 * count + 1)
        nodes = [*ring[home:], *ring[:home]]
        nodes = nodes[1:-1] if nodes[-1] == 2 * count else nodes[:1:-1]
    else:  # No way home: open the ring at its longest travel.
        gaps = np.abs(points[ring] - points[[*ring[-1:], *ring[:-1]]])[::2]
        first = 2 * int(np.argmax(gaps))
        nodes = [*ring[first:], *ring[:first]]
    visited = [(node >> 1, bool(node & 1)) for node in nodes[::2]]
    chosen = best_seams([ways.through(*visit) for visit in visited], *places)
    stops = [
        Stop(
            stroke, backwards and not ways.closed[stroke], ways.through(stroke, backwards), row
        )
        for (stroke, backwards), row in zip(visited, chosen, strict=True)
    ]
    if count * sum(ways.closed) <= _MOST_REINSERTED:
        stops = reinsert(stops, *places)
    for stop in stops:
        ways.seams[stop.stroke] = stop.row
    return [Visit(stop.stroke, stop.backwards, stop.row) for stop in stops]


def _ring(visits: Sequence[Visit], size: int) -> list[int]:
    """The ring of nodes in which strokes are visited like this."""
    ring = list(range(2 * len(visits), size))
    for visit in visits:
        first = 2 * visit.stroke + visit.backwards
        ring += [first, first ^ 1]
    return ring


def _travel(ways: _Ways, visits: Sequence[Visit], places: _Places) -> float:
    """Length of the way through the strokes as they are visited, mm."""
    here, park = places
    total = 0.0
    for visit in visits:
        begin, end = ways.through(visit.stroke, visit.backwards)[visit.seam]
        total += 0.0 if here is None else abs(here - begin)
        here = end
    return total if here is None or park is None else total + abs(park - here)
