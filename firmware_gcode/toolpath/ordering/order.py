"""In which order and direction strokes are drawn, and where closed ones begin."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from firmware_gcode.drawing.geometry import Polyline
from firmware_gcode.toolpath.ordering.cost import Cost, Millimetres, prices
from firmware_gcode.toolpath.ordering.neighbours import greedy, nearest
from firmware_gcode.toolpath.ordering.prove import MAX_WORK, MOST_STATES, prove, shortest, work
from firmware_gcode.toolpath.ordering.reinsert import Stop, best_seams, reinsert
from firmware_gcode.toolpath.ordering.ring import Ring, rows
from firmware_gcode.toolpath.ordering.search import Search
from firmware_gcode.toolpath.ordering.ways import Places, Strokes, Visit, Ways
from firmware_gcode.toolpath.segments import Point

_WINDOW, _SMALL_WINDOW = 30, 10
"""Most strokes that a kick moves; the smaller one where a drawing is not priced."""
_TRIALS_PER_STROKE = 11
_MOST_TRIALS = 6_000_000
"""Kicks times strokes: in a large drawing moving long stretches takes time."""
_HEAT = 1.0
"""First temperature of the search, as a share of the mean travel."""
_HEATED_STROKES = 1_000
"""Above this the trials are too few for each place to cool down: only gains are accepted."""
_PRICED_STROKES = 60
"""Below this the search does as well without prices."""
_PROVED_STROKES = 20
"""Up to this many strokes the order found is proved to be the best, or replaced by it."""
_MOST_REINSERTED = 100_000
"""Strokes times closed ones beyond which closed ones are not moved one by one."""
_ROUNDS = 5
"""How often search and seam choice take turns."""


def order(
    strokes: Sequence[Polyline],
    start: Point | None,
    park: Point | None,
    *,
    cost: Cost | None = None,
    seed: int = 0,
    budget_s: float | None = None,
    choose_seams: bool = True,
    exact_work: int = MAX_WORK,
) -> list[Visit]:
    """Order strokes (mm) for a cheap pen-up way from `start` through all to `park` (mm).

    A dozen strokes are ordered by exact search, some more by local search and a proof that
    nothing is cheaper; still more by local search with a number of trials that depends only on
    the number of strokes: the result is the same on every machine, unless `budget_s` (seconds
    of processor time) ends the search early.

    No start and no park place ask for the shortest way of all. Travel costs millimetres if
    `cost` is None. `choose_seams` lets closed strokes begin at any of their points. An exact
    search may take `exact_work` sums; they double with every stroke, and more.
    """
    if not strokes:
        return []
    price = Millimetres() if cost is None else cost
    lines = Strokes.of(strokes, choose_seams)
    places = (_place(start), _place(park))
    if work(lines.counts()) <= exact_work:
        ways, visits = Ways.of(lines, places, price)
        return [visits[way] for way in shortest(ways)]
    deadline = math.inf if budget_s is None else time.process_time() + budget_s

    def stop() -> bool:
        return time.process_time() > deadline

    found = _search(lines, places, price, seed, stop)
    if len(strokes) > _PROVED_STROKES or stop():
        return found
    return proved(lines, places, price, found, MOST_STATES) or found


def proved(
    lines: Strokes, places: Places, cost: Cost, known: Sequence[Visit], most_states: int
) -> list[Visit] | None:
    """The provably cheapest order, or None if that would take too long.

    The better the `known` order of all strokes, the quicker the proof, which follows at most
    `most_states` beginnings of one size.
    """
    ways, visits = Ways.of(lines, places, cost)
    found = prove(ways, lines.travel(known, places, cost), most_states)
    return None if found is None else [visits[way] for way in found]


def _place(point: Point | None) -> complex | None:
    return None if point is None else complex(*point)


def _search(
    lines: Strokes, places: Places, cost: Cost, seed: int, stop: Callable[[], bool]
) -> list[Visit]:
    """A good order: greedy, then search with kicks, in turns with the choice of seams."""
    count = len(lines.lines)
    generator = random.Random(seed)
    trials = min(_TRIALS_PER_STROKE * count, _MOST_TRIALS // count)
    rounds = _ROUNDS if any(lines.closed) else 1
    if rounds > 1:  # Choosing beginnings takes its share of the time.
        trials //= 2
    found: list[tuple[float, list[Visit]]] = []
    worth: NDArray[np.float64] | None = None
    ring: list[int] | None = None
    for _ in range(rounds):
        points = lines.ends(places)
        near = nearest(points, np.arange(len(points)) ^ 1)
        nodes = greedy(points, near) if ring is None else ring
        travel = float(cost.of(points[nodes] - points[[*nodes[-1:], *nodes[:-1]]])[::2].sum())
        if worth is None:
            priced = count >= _PRICED_STROKES
            worth = prices(points, near, cost, travel) if priced else np.zeros(len(points))
        search = Search(Ring(nodes[::2], rows(points, worth, cost)), near.tolist(), generator)
        search.improve(range(len(points)))
        heat = _HEAT * travel / len(nodes) * 2 if count <= _HEATED_STROKES else 0.0
        window = _WINDOW if count >= _PRICED_STROKES else _SMALL_WINDOW
        search.kick(trials // rounds, window, heat, stop)
        visits = _visits(lines, search.ring.entries, places, cost)
        ring = _ring(visits, len(points))
        found.append((lines.travel(visits, places, cost), visits))
    return min(found, key=lambda entry: entry[0])[1]


def _visits(lines: Strokes, entries: Sequence[int], places: Places, cost: Cost) -> list[Visit]:
    """Read a ring from the start on, and choose the best seams for that order."""
    count = len(lines.lines)
    visited = [(node >> 1, bool(node & 1)) for node in _opened(lines, entries, places, cost)]
    chosen = best_seams([lines.through(*visit) for visit in visited], places, cost)
    stops = [
        Stop(
            stroke,
            backwards and not lines.closed[stroke],
            lines.through(stroke, backwards),
            row,
        )
        for (stroke, backwards), row in zip(visited, chosen, strict=True)
    ]
    if count * sum(lines.closed) <= _MOST_REINSERTED:
        stops = reinsert(stops, places, cost)
    for stop in stops:
        lines.seams[stop.stroke] = stop.row
    return [Visit(stop.stroke, stop.backwards, stop.row) for stop in stops]


def _opened(lines: Strokes, entries: Sequence[int], places: Places, cost: Cost) -> list[int]:
    """The nodes at which strokes are entered, from the start of the way to its end."""
    count = len(lines.lines)
    if len(entries) > count:
        home = next(place for place, node in enumerate(entries) if node >> 1 == count)
        nodes = [*entries[home + 1 :], *entries[:home]]
        if entries[home] & 1:  # Entered at the start: the ring runs the other way round.
            nodes = [node ^ 1 for node in reversed(nodes)]
        return nodes
    # No way home: open the ring at its dearest travel.
    points = lines.ends(places)
    meeting = np.array(entries)
    leaving = np.array([*entries[-1:], *entries[:-1]]) ^ 1
    first = int(np.argmax(cost.of(points[meeting] - points[leaving])))
    return [*entries[first:], *entries[:first]]


def _ring(visits: Sequence[Visit], size: int) -> list[int]:
    """The ring of nodes in which strokes are visited like this."""
    ring = list(range(2 * len(visits), size))
    for visit in visits:
        first = 2 * visit.stroke + visit.backwards
        ring += [first, first ^ 1]
    return ring
