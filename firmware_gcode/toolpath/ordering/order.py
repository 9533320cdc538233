"""In which order and direction strokes are drawn, and where closed ones begin."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from firmware_gcode.drawing.geometry import Polyline
from firmware_gcode.toolpath.ordering.cost import Cost, Millimetres, prices
from firmware_gcode.toolpath.ordering.neighbours import greedy, nearest
from firmware_gcode.toolpath.ordering.prove import MAX_WORK, MOST_STATES, prove, shortest, work
from firmware_gcode.toolpath.ordering.reinsert import Stop, best_seams, reinsert
from firmware_gcode.toolpath.ordering.ring import Ring, table
from firmware_gcode.toolpath.ordering.seams import Seams
from firmware_gcode.toolpath.ordering.search import Search
from firmware_gcode.toolpath.ordering.tour import Tour
from firmware_gcode.toolpath.ordering.ways import (
    Places,
    Strokes,
    Visit,
    Ways,
    travelled,
)
from firmware_gcode.toolpath.segments import Point

_WINDOW, _SMALL_WINDOW = 30, 10
"""Most strokes that a kick moves; the smaller one where a drawing is not priced."""
_TRIALS_PER_STROKE = 11
_HEAT = 1.0
"""First temperature of the search, as a share of the mean travel."""
_KICKED_STROKES = 350
"""Above this exchanges are made at many places at once, without kicks."""
_PRICED_STROKES = 60
"""Below this the search does as well without prices."""
_PROVED_STROKES = 20
"""Up to this many strokes the order found is proved to be the best, or replaced by it."""
_MOST_REINSERTED = 100_000
"""Strokes times closed ones beyond which closed ones are not moved one by one."""
_MANY_NEIGHBOURS = 16
"""Of each end in such drawings: in a hatched one the nearest are all of the same patch."""
_LINKS, _LINK_TRIALS = 60, 3
"""In such drawings: so many of the longest travels are searched with kicks, and how many."""
_ROUNDS, _LARGE_ROUNDS = 5, 3
"""How often search and seam choice take turns; in drawings without kicks."""


def order(
    strokes: Sequence[Polyline],
    start: Point | None,
    park: Point | None,
    *,
    cost: Cost | None = None,
    seed: int = 0,
    stop: Callable[[], bool] = lambda: False,
    fast: bool = False,
    choose_seams: bool = True,
    exact_work: int = MAX_WORK,
) -> list[Visit]:
    """Order strokes (mm) for a cheap pen-up way from `start` through all to `park` (mm).

    A dozen strokes are ordered by exact search, some more by local search and a proof that
    nothing is cheaper; hundreds by local search with a number of trials that depends only on
    the number of strokes, thousands by array operations: the result is the same on every
    machine, unless `stop`, asked now and then, ends the search early.

    `fast` takes the nearest ends first and leaves it at that, unless there are few. No start
    and no park place ask for the shortest way of all. Travel costs millimetres if `cost` is
    None. `choose_seams` lets closed strokes begin at any of their points. An exact search may
    take `exact_work` sums; they double with every stroke, and more.
    """
    if not strokes:
        return []
    price = Millimetres() if cost is None else cost
    lines = Strokes.of(strokes, choose_seams)
    places = (_place(start), _place(park))
    if work(lines.counts()) <= exact_work:
        ways, visits = Ways.of(lines, places, price)
        return [visits[way] for way in shortest(ways)]
    if fast or len(strokes) > _KICKED_STROKES:
        return _large(lines, places, price, (lambda: True) if fast else stop)
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
    trials = _TRIALS_PER_STROKE * count
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
        search = Search(Ring(nodes[::2], table(points, worth, cost)), near.tolist(), generator)
        search.improve(range(len(points)))
        heat = _HEAT * travel / len(nodes) * 2
        window = _WINDOW if count >= _PRICED_STROKES else _SMALL_WINDOW
        search.kick(trials // rounds, window, heat, stop)
        visits = _visits(lines, search.ring.entries, places, cost)
        ring = _ring(visits, len(points))
        found.append((lines.travel(visits, places, cost), visits))
    return min(found, key=lambda entry: entry[0])[1]


def _large(
    lines: Strokes, places: Places, cost: Cost, stop: Callable[[], bool]
) -> list[Visit]:
    """A good order of thousands of strokes, in turns with the choice of seams."""
    seams = Seams.of(lines)
    found: list[tuple[float, list[Visit]]] = []
    entries: Sequence[int] = []
    for _ in range(_LARGE_ROUNDS if any(lines.closed) else 1):
        points = lines.ends(places)
        near = nearest(points, np.arange(len(points)) ^ 1, _MANY_NEIGHBOURS)
        entries = entries or greedy(points, near)[::2]
        for price in (Millimetres(), cost):  # The root of short ways makes a hilly landscape.
            tour = Tour(points, entries, near, price)
            tour.improve(stop)
            if not (found or stop()):
                tour.begin(_relinked(points, tour, price, stop))
                tour.improve(stop)
            entries = tour.entries.tolist()
            del tour
        opened = np.array(_opened(lines, entries, places, cost))
        seams.settle(lines, opened, places, cost)
        backwards = (opened & 1 == 1) & ~np.array(lines.closed)[opened >> 1]
        visits = [
            Visit(stroke, back, lines.seams[stroke])
            for stroke, back in zip((opened >> 1).tolist(), backwards.tolist(), strict=True)
        ]
        points = lines.ends(places)
        found.append((travelled(points[opened], points[opened ^ 1], places, cost), visits))
        if stop():
            break
    return min(found, key=lambda entry: entry[0])[1]


def _relinked(
    points: NDArray[np.complex128], tour: Tour, cost: Cost, stop: Callable[[], bool]
) -> list[int]:
    """An order in which the longest travels are others, found by search with kicks.

    What lies between two of them stays together: a hatched patch, say, which the exchanges of
    single strokes do not move. Returns the node at which each stroke is entered.
    """
    chains = tour.chains(_LINKS)
    ends = np.array([node for chain in chains for node in (chain[0], chain[-1] ^ 1)])
    near = nearest(points[ends], np.arange(len(ends)) ^ 1)
    ring = Ring(range(0, len(ends), 2), table(points[ends], np.zeros(len(ends)), cost))
    search = Search(ring, near.tolist(), random.Random(0))
    search.improve(range(len(ends)))
    count = len(chains)
    search.kick(_LINK_TRIALS * count, _WINDOW, _HEAT * ring.travel() / count, stop)
    order = [
        chains[node >> 1][::-1] ^ 1 if node & 1 else chains[node >> 1] for node in ring.entries
    ]
    found: list[int] = np.concatenate(order).tolist()
    return found


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
