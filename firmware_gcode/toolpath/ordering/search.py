"""Local search over the order of strokes: exchanges of up to four travels, then kicks.

A move takes out a travel at one end, puts a cheaper one in from where it led, takes out the
one travel that is there, and so on; since every end has exactly one travel there is no choice
in what is taken out, which makes the search much smaller than that of a general travelling
salesman. Up to four travels are exchanged at once, with neighbour lists and a queue of ends
worth a look (Bentley 1992; Johnson and McGeoch 1997, "The traveling salesman problem: a case
study in local optimization"; Helsgaun 2000). That is improved by iterated local search whose
kicks are double bridges within a small window: a failed one is undone, so that a trial costs
about the same however many strokes there are.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence

from firmware_gcode.toolpath.ordering.ring import Ring, Segments

_EPSILON = 1e-9
"""Gains below this share of the mean travel are noise."""
_SMALLEST_KICK = 5
"""Strokes below which a kick has nothing to move."""
_SECOND, _THIRD, _FOURTH = 5, 4, 3
"""How many neighbours are tried for the second, third and fourth travel of a move."""
_COOLEST = 0.05


class Search:
    """Improves a ring in place by exchanges, then kicks; `near`: each node's neighbours."""

    def __init__(
        self, ring: Ring, near: Sequence[Sequence[int]], generator: random.Random
    ) -> None:
        self.ring = ring
        self._second, self._third, self._fourth = [], [], []
        for row, nodes in zip(ring.rows, near, strict=True):
            costs = sorted((row[node], node) for node in nodes)
            steps = [(node, cost) for cost, node in costs]
            self._second.append(steps[:_SECOND])
            self._third.append(steps[:_THIRD])
            self._fourth.append(steps[:_FOURTH])
        self._random = generator.random
        self._queue: list[int] = []
        self._queued = bytearray(len(ring.rows))

    def improve(self, nodes: Sequence[int]) -> float:
        """Make moves at these nodes, and wherever that leads, while that gains; the gain."""
        self._look_at(nodes)
        queue, queued = self._queue, self._queued
        total = 0.0
        while queue:
            node = queue.pop()
            queued[node] = 0
            total += self._improve(node)  # After a move it looks at its own nodes again.
        return total

    def kick(self, trials: int, window: int, heat: float, stop: Callable[[], bool]) -> None:
        """Iterated local search: a double bridge, then `improve`; undone if not accepted.

        A dearer ring is accepted with the probability of simulated annealing (Martin, Otto and
        Felten 1991, "Large-step Markov chains"), and the cheapest one is kept in the end. A
        kick moves at most `window` strokes; `heat`, the first temperature, falls to a
        twentieth; `stop`, asked every 64 kicks, ends the search early.
        """
        ring = self.ring
        if len(ring.entries) < _SMALLEST_KICK:
            return
        travel = lowest = ring.travel()
        best = list(ring.entries)
        for trial in range(trials):
            if not trial & 63 and stop():
                break
            ring.mark()
            gain = self._trial(window)
            warmth = heat * _COOLEST ** (trial / trials)
            if gain < 0.0 and gain < warmth * math.log(self._random() + 1e-300):
                ring.undo()
                continue
            travel -= gain
            if travel < lowest - _EPSILON:
                lowest, best = travel, list(ring.entries)
        ring.set(best)

    def _trial(self, window: int) -> float:
        """One kick and what follows from it; the gain, negative if the ring became dearer."""
        ring, chance = self.ring, self._random
        # One stroke stays out of it, so that never all travels are the kick's own.
        length = min(window, len(ring.entries) - 1)
        first = int(chance() * len(ring.entries))
        one, two = 1 + int(chance() * (length - 1)), 1 + int(chance() * (length - 2))
        one, two = (one, two + 1) if two >= one else (two, one)
        ends = ring.turn(first, one, two, length)
        rows, gap = ring.rows, ring.gap
        a, b, c, d, e, f, g, h = ends
        worse = gap[a] + gap[g] + gap[c] + gap[e]
        worse -= rows[a][b] + rows[c][d] + rows[e][f] + rows[g][h]
        return self.improve(ends) - worse

    def _look_at(self, nodes: Sequence[int]) -> None:
        for node in nodes:
            if not self._queued[node]:
                self._queued[node] = 1
                self._queue.append(node)

    def _improve(self, t1: int) -> float:  # noqa: PLR0912, PLR0915  # calls cost time
        """Make the best exchange that takes out the travel at t1; its gain, or 0."""
        ring = self.ring
        mate, gap, entries, place = ring.mate, ring.gap, ring.entries, ring.place
        third, fourth = self._third, self._fourth
        count = len(entries)
        t2, row = mate[t1], ring.rows[t1]
        whole = gap[t1] - _EPSILON
        i2 = place[t2 >> 1]
        after = entries[i2] == t2
        best = 0.0
        move: tuple[int, ...] | None = None
        found: Segments | None = None
        for t3, step in self._second[t2]:
            g1 = whole - step
            if g1 <= 0.0:
                break
            if t3 == t1:
                continue
            t4 = mate[t3]
            g2 = g1 + gap[t3]
            i3 = place[t3 >> 1]
            plain = (entries[i3] == t3) == after  # Whether t4-t1 closes the ring again.
            if plain and g2 - row[t4] > best:
                best, move = g2 - row[t4], (t1, t2, t3, t4)
            i4 = place[t4 >> 1] if plain else i3
            reach = (i4 - i2 if after else i2 - i4) % count
            for t5, step5 in third[t4]:
                g3 = g2 - step5
                if g3 <= best:
                    break
                if t5 in (t1, t2, t3):
                    continue
                t6 = mate[t5]
                g4 = g3 + gap[t5]
                if g4 - row[t6] > best:
                    i5 = place[t5 >> 1]
                    inside = ((i5 - i2 if after else i2 - i5) % count) <= reach
                    if (inside != ((entries[i5] == t5) == after)) if plain else inside:
                        best, move = g4 - row[t6], (t1, t2, t3, t4, t5, t6)
                for t7, step7 in fourth[t6]:
                    g5 = g4 - step7
                    if g5 <= best:
                        break
                    t8 = mate[t7]
                    if g5 + gap[t7] - row[t8] > best and t7 not in (t1, t2, t3, t4, t5):
                        ends = (t1, t2, t3, t4, t5, t6, t7, t8)
                        parts = ring.segments(ends)
                        if parts is not None:
                            best, move, found = g5 + gap[t7] - row[t8], ends, parts
        if move is None or not ring.exchange(move, found if len(move) == 8 else None):
            return 0.0
        self._look_at(move[::-1])
        return best + _EPSILON
