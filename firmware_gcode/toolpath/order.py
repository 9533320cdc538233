"""In which order and direction strokes are drawn, and where closed ones begin."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firmware_gcode.drawing.geometry import Polyline
from firmware_gcode.toolpath.exact import MAX_WORK, shortest, work
from firmware_gcode.toolpath.neighbours import greedy, nearest
from firmware_gcode.toolpath.seams import best_seams
from firmware_gcode.toolpath.search import Search, Tour
from firmware_gcode.toolpath.segments import Point

_WINDOW = 30
_TRIALS_PER_STROKE = 15
_MAX_TRIALS = 9_000
_HEAT = 1.0
_HEATED_STROKES = 1_000
"""Above this the trials are too few for each place to cool down: only gains are accepted."""
_ROUNDS = 5
"""How often search and seam choice take turns."""


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

    def ends(self, start: complex, park: complex) -> NDArray[np.complex128]:
        """Both ends of each stroke at its seam; last the way home, from park to start."""
        pairs = []
        for points, closed, seam in zip(self.strokes, self.closed, self.seams, strict=True):
            pairs += [points[seam]] * 2 if closed else [points[0], points[-1]]
        return np.array([*pairs, park, start])


def order(
    strokes: Sequence[Polyline],
    start: Point,
    park: Point,
    *,
    seed: int = 0,
    budget_s: float | None = None,
    choose_seams: bool = True,
) -> list[Visit]:
    """Order strokes for a short pen-up way from `start` through all to `park`.

    A dozen strokes are ordered by exact search; more by local search with a number of trials
    that depends only on the number of strokes: the result is the same on every machine.

    Args:
        strokes: Lines in mm; one whose last point is its first is closed.
        start: Where the pen is.
        park: Where it goes in the end.
        seed: Seed of random choices.
        budget_s: Processor seconds after which the search ends early; None for no limit.
        choose_seams: Whether closed strokes may begin at any of their points.

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
    if work(counts) <= MAX_WORK:
        return _exact(ways, complex(*start), complex(*park))
    deadline = None if budget_s is None else time.process_time() + budget_s
    return _search(ways, complex(*start), complex(*park), seed, _stopper(deadline))


def _stopper(deadline: float | None) -> Callable[[], bool]:
    return lambda: deadline is not None and time.process_time() > deadline


def _exact(ways: _Ways, start: complex, park: complex) -> list[Visit]:
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


def _search(
    ways: _Ways, start: complex, park: complex, seed: int, stop: Callable[[], bool]
) -> list[Visit]:
    """A good order: greedy, then search with kicks, in turns with the choice of seams."""
    count = len(ways.strokes)
    generator = random.Random(seed)
    trials = min(_TRIALS_PER_STROKE * count, _MAX_TRIALS)
    heat = _HEAT if count <= _HEATED_STROKES else 0.0
    rounds = _ROUNDS if any(ways.closed) else 1
    best: tuple[float, list[Visit]] | None = None
    ring: list[int] | None = None
    for _ in range(rounds):
        points = ways.ends(start, park)
        near = nearest(points, np.arange(len(points)) ^ 1)
        tour = Tour(ring or greedy(points, near), points.tolist())
        search = Search(tour, near.tolist(), generator)
        search.improve(range(len(points)))
        search.kick(trials // rounds, _WINDOW, heat, stop)
        ring = tour.nodes
        visits = _visits(ways, ring, start, park)
        travel = _travel(ways, visits, start, park)
        if best is None or travel < best[0]:
            best = travel, visits
    assert best is not None  # noqa: S101  # rounds >= 1
    return best[1]


def _visits(ways: _Ways, ring: Sequence[int], start: complex, park: complex) -> list[Visit]:
    """Read a ring from the start on, and choose the best seams for that order."""
    count = len(ways.strokes)
    home = ring.index(2 * count + 1)
    nodes = [*ring[home:], *ring[:home]]
    if nodes[1] == 2 * count:
        nodes = [nodes[0], *nodes[:0:-1]]
    visited = [(node >> 1, bool(node & 1)) for node in nodes[1:-1:2]]
    chosen = best_seams([ways.through(*visit) for visit in visited], start, park)
    for (stroke, _), seam in zip(visited, chosen, strict=True):
        ways.seams[stroke] = seam
    return [
        Visit(stroke, backwards and not ways.closed[stroke], ways.seams[stroke])
        for stroke, backwards in visited
    ]


def _travel(ways: _Ways, visits: Sequence[Visit], start: complex, park: complex) -> float:
    total, here = 0.0, start
    for visit in visits:
        begin, end = ways.through(visit.stroke, visit.backwards)[visit.seam]
        total += abs(here - begin)
        here = end
    return total + abs(park - here)
