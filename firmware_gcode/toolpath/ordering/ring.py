"""A closed way through strokes: which is entered where, and what follows what.

Stroke i has the nodes 2i and 2i + 1, its two ends; the other end of a node is `node ^ 1`. A
travel edge joins two nodes of different strokes; every node has exactly one.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from firmware_gcode.toolpath.ordering.cost import Cost

Segments: TypeAlias = tuple[list[int], list[int]]
"""How an exchange reorders a ring."""


_FIELDS = 8
"""Places of the ends of an exchange, of four travels at most, beside a cut in one number."""


@cache
def _joined(cuts: tuple[int, ...]) -> list[int] | None:
    """The sides of parts in their new order, or None if they do not become one ring.

    Before each part lies a travel of the exchange: the place of its end that enters there,
    the first one of its two ends or, one higher, the second one.
    """
    sides = [0] * (2 * len(cuts))
    for part, end in enumerate(cuts):
        sides[end], sides[end ^ 1] = 2 * part, (2 * part - 1) % len(sides)
    join = [0] * len(sides)
    for index in range(1, len(sides), 2):
        one, other = sides[index], sides[index + 1 - len(sides)]
        join[one], join[other] = other, one
    order, side = [0], join[1]
    while side:
        order.append(side)
        side = join[side ^ 1]
    return order if len(order) == len(cuts) else None


def table(
    points: NDArray[np.complex128], prices: NDArray[np.float64], cost: Cost
) -> list[list[float]]:
    """Costs of travel between all nodes (x + iy, mm), less both prices: `[one][other]`."""
    return [  # One row after the other: all at once would take several times the table.
        (cost.of(point - points) - price - prices).tolist()
        for point, price in zip(points, prices, strict=True)
    ]


class Ring:
    """Strokes in a ring, in an order that can be changed and changed back.

    Attributes:
        entries: The node at which each stroke is entered, in order.
        place: At which place each stroke stands.
        mate: To which node each node travels.
        gap: What that travel costs.
        rows: The cost of travel from each node to each other.
    """

    def __init__(self, entries: Sequence[int], rows: Sequence[Sequence[float]]) -> None:
        self.rows = rows
        self.entries = list(entries)
        self.place = [0] * len(entries)
        self.mate = [0] * len(rows)
        self.gap = [0.0] * len(rows)
        self._orders: list[tuple[int, list[int]]] = []
        self._edges: list[tuple[int, ...]] = []
        self.set(entries)

    def set(self, entries: Sequence[int]) -> None:
        """Take over another order of the same strokes."""
        self.entries[:] = entries
        before = self.entries[-1]
        for place, node in enumerate(self.entries):
            self.place[node >> 1] = place
            self._join(before ^ 1, node)
            before = node
        self.mark()

    def travel(self) -> float:
        """What all travel costs, less the prices."""
        return sum(self.gap) / 2.0

    def mark(self) -> None:
        """Forget what was done: from here on it can be undone."""
        self._orders.clear()
        self._edges.clear()

    def undo(self) -> None:
        """Take back everything since the mark."""
        orders, self._orders = self._orders, []
        while orders:
            self._write(*orders.pop())
        while self._edges:
            ends = self._edges.pop()
            for index in range(0, len(ends), 2):
                self._join(ends[index], ends[index + 1])
        self.mark()

    def exchange(self, ends: tuple[int, ...], known: Segments | None = None) -> bool:
        """Take out the edges 0-1, 2-3, … of some ends, put in 1-2, 3-4, …, last-0.

        `known` is what `segments` said of them. Whether that leaves one ring; if not, nothing
        is done.
        """
        found = known or self.segments(ends)
        if found is None:
            return False
        self._reorder(*found)
        self._replace(ends)
        return True

    def segments(self, ends: tuple[int, ...]) -> Segments | None:
        """Where an exchange cuts the ring, and the sides of the parts in their new order.

        Side 2k is the beginning of part k, side 2k + 1 its end. None if not one ring is left.
        """
        entries, place, count = self.entries, self.place, len(self.entries)
        cuts = []
        for index in range(0, len(ends), 2):
            node = ends[index]
            here = place[node >> 1]
            if entries[here] == node:
                cuts.append(here * _FIELDS + index)
            else:
                cuts.append((here + 1) % count * _FIELDS + index + 1)
        cuts.sort()
        order = _joined(tuple([cut % _FIELDS for cut in cuts]))
        return None if order is None else ([cut // _FIELDS for cut in cuts], order)

    def turn(self, first: int, one: int, two: int, length: int) -> tuple[int, ...]:
        """Exchange the first `one`, the next and the last of `length` strokes after `first`.

        None is reversed. That is a double bridge, which no sequence of small gains takes back.
        Returns the ends of the four edges, as `exchange` takes them.
        """
        entries, count = self.entries, len(self.entries)
        part = entries[first : first + length]
        part += entries[: length - len(part)]
        a, e, c, g = entries[first - 1] ^ 1, part[one - 1] ^ 1, part[two - 1] ^ 1, part[-1] ^ 1
        b, f, d = part[0], part[one], part[two]
        h = entries[(first + length) % count]
        self._write(first, part[two:] + part[one:two] + part[:one])
        ends = (a, b, c, d, e, f, g, h)
        self._edges.append(ends)
        for one_end, other in ((a, d), (g, f), (c, b), (e, h)):
            self._join(one_end, other)
        return ends

    def _join(self, one: int, other: int) -> None:
        self.mate[one], self.mate[other] = other, one
        self.gap[one] = self.gap[other] = self.rows[one][other]

    def _replace(self, ends: tuple[int, ...]) -> None:
        self._edges.append(ends)
        for index in range(1, len(ends), 2):
            self._join(ends[index], ends[index + 1 - len(ends)])

    def _reorder(self, cuts: list[int], order: list[int]) -> None:
        """Put the parts between cuts into another order; the longest one stays in place."""
        entries, count = self.entries, len(self.entries)
        after = [*cuts[1:], cuts[0]]
        lengths = [(b - a) % count for a, b in zip(cuts, after, strict=True)]
        longest = lengths.index(max(lengths))
        if 2 * longest + 1 in order:  # The ring the other way round is the same ring.
            order = [side ^ 1 for side in reversed(order)]
        turn = order.index(2 * longest) + 1
        moved: list[int] = []
        for side in order[turn:] + order[: turn - 1]:
            low, high = cuts[side >> 1], after[side >> 1]
            part = entries[low:high] if low < high else entries[low:] + entries[:high]
            if side & 1:
                part.reverse()
                part = [node ^ 1 for node in part]
            moved += part
        self._write(after[longest], moved)

    def _write(self, first: int, part: list[int]) -> None:
        """Put strokes at the places from `first` on, around the end if need be."""
        entries, place = self.entries, self.place
        beyond = first + len(part) - len(entries)
        if beyond <= 0:
            self._orders.append((first, entries[first : first + len(part)]))
            entries[first : first + len(part)] = part
            for here, node in enumerate(part, first):
                place[node >> 1] = here
            return
        self._orders.append((first, entries[first:] + entries[:beyond]))
        entries[first:], entries[:beyond] = part[:-beyond], part[-beyond:]
        for here, node in enumerate(part[:-beyond], first):
            place[node >> 1] = here
        for here, node in enumerate(part[-beyond:]):
            place[node >> 1] = here
