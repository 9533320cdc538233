"""Local search over the order of strokes: 3-opt moves with flips, undone when a kick fails.

The tour is a ring of nodes. Stroke i has the nodes 2i and 2i + 1, its two ends; they stand
beside each other, at an even and the odd position after it, so that every other edge of the
ring is a stroke and the edges between are travel. Only travel edges are exchanged. Since an
end has exactly one of them, breaking it leaves no choice, which makes the search about four
times smaller than that of a general travelling salesman.

The moves are those of sequential 3-opt with neighbour lists and a queue of nodes worth a look
(Bentley 1992; Johnson and McGeoch 1997, "The traveling salesman problem: a case study in local
optimization"), improved by iterated local search whose kicks are double bridges within a small
window: a failed one is undone, so that a trial costs the same however many strokes there are.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence

_EPSILON = 1e-7
"""mm; smaller gains are noise."""
_SMALLEST_KICK = 5
"""Strokes below which a kick has nothing to move."""
_THIRD_EDGE = 5
"""How many neighbours are tried for the third edge of a move."""


class Tour:
    """A ring of nodes that remembers what it did since the last mark.

    Attributes:
        nodes: The node at each position; its length is even.
        position: Where each node stands.
        points: Where each node is on the paper, x + iy in mm.
    """

    def __init__(self, nodes: Sequence[int], points: Sequence[complex]) -> None:
        self.nodes = list(nodes)
        self.position = [0] * len(self.nodes)
        self.points = list(points)
        self._log: list[tuple[int, int] | tuple[int, int, int, int]] = []
        self.set(nodes)

    def set(self, nodes: Sequence[int]) -> None:
        """Take over another order of the same nodes."""
        self.nodes[:] = nodes
        for place, node in enumerate(self.nodes):
            self.position[node] = place
        self._log.clear()

    def travel(self) -> float:
        """Length of all travel edges, mm."""
        nodes, points = self.nodes, self.points
        return sum(
            abs(points[nodes[k]] - points[nodes[k - 1]]) for k in range(0, len(nodes), 2)
        )

    def mark(self) -> None:
        """Forget what was done: from here on it can be undone."""
        self._log.clear()

    def undo(self) -> None:
        """Take back everything since the mark."""
        while self._log:
            entry = self._log.pop()
            if len(entry) == 2:
                self._reverse(*entry)
            else:
                first, one, two, last = entry
                one, two = first + last - two, first + last - one
                self._turn_round(first, one, two, last)

    def exchange(self, t1: int, t2: int, t4: int) -> None:
        """A 2-opt move: take out the travel edges at t1-t2 and t4, join t4 to t1."""
        position = self.position
        if position[t1] & 1:
            first, last = position[t2], position[t4]
        else:
            first, last = position[t4], position[t2]
        self._log.append((first, last))
        self._reverse(first, last)

    def bridge(self, first: int, one: int, two: int, last: int) -> None:
        """Put [first, one), [one, two), [two, last) in the opposite order, none reversed.

        That is a double bridge: four edges change, and no 3-opt move takes it back at once.
        """
        self._log.append((first, one, two, last))
        self._turn_round(first, one, two, last)

    def _turn_round(self, first: int, one: int, two: int, last: int) -> None:
        nodes, position = self.nodes, self.position
        part = nodes[two:last] + nodes[one:two] + nodes[first:one]
        nodes[first:last] = part
        for place, node in enumerate(part, first):
            position[node] = place

    def _reverse(self, first: int, last: int) -> None:
        """Reverse the positions first … last, around the end if need be, or all the others."""
        nodes, position, size = self.nodes, self.position, len(self.nodes)
        inside = (last - first) % size + 1
        if 2 * inside > size:
            first, last = (last + 1) % size, (first - 1) % size
            inside = size - inside
        if first <= last:
            part = nodes[first : last + 1]
            part.reverse()
            nodes[first : last + 1] = part
            for place, node in enumerate(part, first):
                position[node] = place
            return
        for _ in range(inside // 2):
            one, other = nodes[first], nodes[last]
            nodes[first], nodes[last] = other, one
            position[other], position[one] = first, last
            first = first + 1 if first + 1 < size else 0
            last = last - 1 if last else size - 1


class Search:
    """Improves a tour by 3-opt moves, then by kicks.

    Args:
        tour: Improved in place.
        near: For each node the nodes worth travelling to, nearest first.
        generator: Source of chance for the kicks.
    """

    def __init__(
        self, tour: Tour, near: Sequence[Sequence[int]], generator: random.Random
    ) -> None:
        self.tour = tour
        points = tour.points
        self.near = [
            [(node, abs(points[node] - points[own])) for node in nodes]
            for own, nodes in enumerate(near)
        ]
        self.near5 = [nodes[:_THIRD_EDGE] for nodes in self.near]
        self._random = generator.random
        self._queue: list[int] = []
        self._queued = bytearray(len(tour.nodes))

    def improve(self, nodes: Sequence[int]) -> float:
        """Make moves at these nodes, and wherever that leads, until none shortens the way.

        Returns:
            By how much the way became shorter, mm.
        """
        for node in nodes:
            self._look_at(node)
        queue, queued = self._queue, self._queued
        total = 0.0
        while queue:
            node = queue.pop()
            queued[node] = 0
            gain = self._improve(node)
            while gain > 0.0:
                total += gain
                gain = self._improve(node)
        return total

    def kick(self, trials: int, window: int, heat: float, stop: Callable[[], bool]) -> None:
        """Iterated local search: a double bridge, then `improve`; undone if not accepted.

        A longer way is accepted with the probability of simulated annealing (Martin, Otto and
        Felten 1991, "Large-step Markov chains"), and the shortest tour is kept in the end.

        Args:
            trials: How many kicks.
            window: Most strokes that one kick moves.
            heat: First temperature, as a share of the mean travel; it falls to a twentieth.
            stop: Asked every 64 kicks; True ends the search early.
        """
        tour = self.tour
        if len(tour.nodes) < 2 * _SMALLEST_KICK:
            return
        travel = lowest = tour.travel()
        best = list(tour.nodes)
        mean = heat * travel / (len(best) // 2)
        for trial in range(trials):
            if not trial & 63 and stop():
                break
            tour.mark()
            gain = self._trial(window)
            warmth = mean * 0.05 ** (trial / trials)
            if gain < 0.0 and gain < warmth * math.log(self._random() + 1e-300):
                tour.undo()
                continue
            travel -= gain
            if travel < lowest - _EPSILON:
                lowest, best = travel, list(tour.nodes)
        tour.set(best)

    def _trial(self, window: int) -> float:
        """One kick and what follows from it; the gain in mm, negative if the way is longer."""
        tour, chance = self.tour, self._random
        nodes, points, size = tour.nodes, tour.points, len(tour.nodes)
        strokes = size // 2
        # The last stroke of the ring stays, so that never all edges are the kick's own.
        width = 3 + int(chance() * (min(window, strokes - 1) - 2))
        first = int(chance() * (strokes - width + 1))
        one = 1 + int(chance() * (width - 1))
        two = 1 + int(chance() * (width - 2))
        one, two = (one, two + 1) if two >= one else (two, one)
        cuts = (2 * first, 2 * (first + one), 2 * (first + two), 2 * (first + width))
        ends = [node for cut in cuts for node in (nodes[cut - 1], nodes[cut - size])]
        a, b, c, d, e, f, g, h = (points[node] for node in ends)
        worse = abs(a - f) + abs(g - d) + abs(e - b) + abs(c - h)
        worse -= abs(a - b) + abs(c - d) + abs(e - f) + abs(g - h)
        tour.bridge(*cuts)
        return self.improve(ends) - worse

    def _look_at(self, node: int) -> None:
        if not self._queued[node]:
            self._queued[node] = 1
            self._queue.append(node)

    def _improve(self, t1: int) -> float:  # noqa: PLR0915  # inner loop: calls cost time
        """Make the best 2- or 3-exchange that breaks the travel edge at t1; its gain, or 0."""
        tour = self.tour
        nodes, position, points = tour.nodes, tour.position, tour.points
        size = len(nodes)
        i1 = position[t1]
        odd = i1 & 1
        i2 = i1 + 1 - size if odd else i1 - 1
        t2 = nodes[i2]
        p1 = points[t1]
        whole = abs(p1 - points[t2])
        best, move = _EPSILON, None
        near5 = self.near5
        for t3, step in self.near[t2]:
            g1 = whole - step
            if g1 <= _EPSILON:
                break
            i3 = position[t3]
            odd3 = i3 & 1
            i4 = i3 + 1 - size if odd3 else i3 - 1
            t4 = nodes[i4]
            p4 = points[t4]
            g2 = g1 + abs(points[t3] - p4)
            plain = odd3 != odd  # Whether t4-t1 closes the ring again.
            reach = (i4 if plain else i3) - i2 if odd else i2 - (i4 if plain else i3)
            reach %= size
            if plain:
                gain = g2 - abs(p4 - p1)
                if gain > best:
                    best, move = gain, (t2, t3, t4, -1, -1)
            for t5, step5 in near5[t4]:
                g3 = g2 - step5
                if g3 <= best:
                    break
                i5 = position[t5]
                odd5 = i5 & 1
                inside = ((i5 - i2 if odd else i2 - i5) % size) <= reach
                if (inside == (odd5 != odd)) if plain else not inside:
                    continue
                if t5 in (t3, t2, t1):
                    continue
                t6 = nodes[i5 + 1 - size if odd5 else i5 - 1]
                p6 = points[t6]
                gain = g3 + abs(points[t5] - p6) - abs(p6 - p1)
                if gain > best:
                    best, move = gain, (t2, t3, t4, t5, t6)
        if move is None:
            return 0.0
        self._make(t1, move, odd)
        return best

    def _make(self, t1: int, move: tuple[int, int, int, int, int], odd: int) -> None:
        """Carry out a move as 2-opt moves, and have its nodes looked at again."""
        t2, t3, t4, t5, t6 = move
        tour = self.tour
        exchange, position = tour.exchange, tour.position
        if (position[t3] & 1) != odd:
            exchange(t1, t2, t4)
            if t5 >= 0:
                exchange(t1, t4, t6)
        elif (position[t5] & 1) == odd:
            exchange(t1, t2, t3)
            exchange(t1, t3, t6)
            exchange(t3, t5, t2)
        else:
            exchange(t1, t2, t6)
            exchange(t2, t5, t3)
        for node in (t1, *move):
            if node >= 0:
                self._look_at(node)
