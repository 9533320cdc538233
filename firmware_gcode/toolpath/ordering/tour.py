"""Many strokes in a ring, improved at many places at once by array operations.

Every round looks from all ends worth a look for an exchange of two to six travels (Lin and
Kernighan 1973; Helsgaun 2000), takes the best ones whose cuts do not cross each other, and
makes them all. A round costs about the same for ten thousand strokes as for ten, and what it
does follows from the strokes alone: sums and roots of IEEE numbers, in a fixed order.

Nodes are as in `ring`: stroke i has 2i and 2i + 1, and every node one travel.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise, zip_longest
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from firmware_gcode.toolpath.ordering.cost import Cost
from firmware_gcode.toolpath.ragged import alike, distinct

_Nodes: TypeAlias = NDArray[np.int64]

_BREADTH = (16, 4, 3, 2, 1)
"""How many neighbours are tried for the second, third, … travel of an exchange."""
_LEAST = 1e-9
"""Smaller gains are noise."""
_WORTH = 1e-4
"""A pass that gains less than this share of the travel is the last one."""
_CHUNK, _AT_ONCE = 8192, 1024
"""Ends whose exchanges are ranked together where gains are equal; ends that are looked from at
once, for the memory that takes."""


class Tour:
    """A ring of strokes.

    Attributes:
        entries: The node at which each stroke is entered, in order: shape (n,).
    """

    def __init__(
        self,
        points: NDArray[np.complex128],
        entries: Sequence[int],
        near: _Nodes,
        cost: Cost,
    ) -> None:
        """Take the nodes (x + iy, mm), an order, and the nearest of each: shape (2n, k)."""
        self._points, self._cost = points, cost
        breadth = min(_BREADTH[0], near.shape[1])
        self._near = np.empty((len(near), breadth), np.int64)
        self._step = np.empty((len(near), breadth))
        for low in range(0, len(near), _AT_ONCE // 4):
            some = slice(low, low + _AT_ONCE // 4)
            costs = cost.of(points[near[some]] - points[some, None])
            order = np.argsort(costs, axis=1, kind="stable")[:, :breadth]
            self._near[some] = np.take_along_axis(near[some], order, 1)
            self._step[some] = np.take_along_axis(costs, order, 1)
        self._few_steps = np.ascontiguousarray(self._step[:, : _BREADTH[1]])
        self._mate = np.full(len(points), -1)
        self._gap = np.empty(len(points))
        self._new = np.zeros(len(points), np.bool_)
        self._blocked = np.zeros(len(points), np.bool_)
        self.begin(entries)

    def begin(self, entries: Sequence[int]) -> None:
        """Take another order of the same strokes."""
        self.entries: _Nodes = np.array(entries)
        self._place = np.empty_like(self.entries)
        self._place[self.entries >> 1] = np.arange(len(self.entries))
        self._join(np.roll(self.entries, 1) ^ 1, self.entries)

    def improve(self, stop: Callable[[], bool]) -> None:
        """Make exchanges while any is found that is worth it, or until `stop` says so."""
        gained, whole = np.inf, float(self._gap.sum())
        while gained > _WORTH * whole and not stop():
            ends = self._awake()
            before = whole
            while len(ends) and not stop():
                gains, moves = self._look(ends, stop)
                if not len(gains):
                    break
                made = self._apart(gains, moves)
                self._make(made)
                ends = distinct(np.concatenate([moves[:, 0], made[made >= 0]]))
            whole = float(self._gap.sum())
            gained = before - whole

    def _awake(self) -> _Nodes:
        """Ends from which an exchange may have come up since they were looked at.

        A travel near them is another one, or they had one that would have left two rings.
        """
        near = np.zeros_like(self._new)
        for nodes in self._near.T:  # One after the other: all would be as much memory again.
            near[nodes[self._new]] = True
        found = self._blocked | self._new | near
        found[self._mate[near]] = True
        self._new[:] = False
        return np.flatnonzero(found)

    def chains(self, count: int) -> list[_Nodes]:
        """The entries between the `count` dearest travels, one part after the other."""
        dearest = np.argsort(-self._gap[self.entries], kind="stable")[:count]
        cuts = np.sort(dearest)
        return np.split(np.roll(self.entries, -cuts[0]), cuts[1:] - cuts[0])

    def _join(self, ones: _Nodes, others: _Nodes) -> None:
        other = self._mate[ones] != others
        self._new[ones[other]] = self._new[others[other]] = True
        self._mate[ones], self._mate[others] = others, ones
        gap = self._between(ones, others)
        self._gap[ones] = self._gap[others] = gap

    def _between(self, ones: _Nodes, others: _Nodes) -> NDArray[np.float64]:
        return self._cost.of(self._points.take(ones) - self._points.take(others))

    def _look(
        self, ends: _Nodes, stop: Callable[[], bool]
    ) -> tuple[NDArray[np.float64], _Nodes]:
        """Exchanges that gain, from each end perhaps several: gains, and nodes (-1: none).

        Row (a, b, c, d, …): take out the travels a-b, c-d, …, put in b-c, …, last-a.
        """
        gains, moves = [np.empty(0)], [np.empty((0, 2 + 2 * len(_BREADTH)), np.int64)]
        for low in range(0, len(ends), _CHUNK):
            if stop():
                break
            until = min(low + _CHUNK, len(ends))
            parts = [
                self._look_from(ends[at : min(at + _AT_ONCE, until)])
                for at in range(low, until, _AT_ONCE)
            ]
            for same_size in zip_longest(*parts):
                for gain, move in filter(None, same_size):
                    filled = np.full((len(move), moves[0].shape[1]), -1)
                    filled[:, : move.shape[1]] = move
                    gains.append(gain)
                    moves.append(filled)
        return np.concatenate(gains), np.concatenate(moves)

    def _look_from(self, ends: _Nodes) -> list[tuple[NDArray[np.float64], _Nodes]]:
        """What `_look` finds, one travel more at a time."""
        begins = [ends]  # One end of each travel that is taken out; the last one's other end:
        last, left, own = self._mate.take(ends), self._gap.take(ends), np.arange(len(ends))
        best = np.full(len(ends), _LEAST)
        self._blocked[ends] = False
        found = []
        for breadth in _BREADTH:
            steps = self._step if len(begins) == 1 else self._few_steps
            after = left[:, None] - steps.take(last, axis=0)[:, :breadth]
            hopeful = np.flatnonzero(after > best.take(own)[:, None])
            row, width = hopeful // after.shape[1], self._near.shape[1]
            new = self._near.take((last * width).take(row) + hopeful - row * after.shape[1])
            mate = self._mate.take(new)
            apart = np.ones(len(row), np.bool_)
            for nodes in begins:
                known = nodes.take(row)
                apart &= (known != new) & (known != mate)
            other = np.flatnonzero(apart)
            if not len(other):
                break
            new, last, row = new.take(other), mate.take(other), row.take(other)
            left = after.take(hopeful.take(other)) + self._gap.take(new)
            begins, own = [*(nodes.take(row) for nodes in begins), new], own.take(row)
            gain = left - self._between(last, begins[0])
            good = np.flatnonzero(gain > best.take(own))
            moves = self._moves([nodes.take(good) for nodes in begins])
            whole = self._leaves_one_ring(moves)
            self._blocked[ends[own[good[~whole]]]] = True
            good, moves = good[whole], moves[whole]
            np.maximum.at(best, own[good], gain[good])
            most = gain[good] >= best[own[good]]
            found.append((gain[good[most]], moves[most]))
        return found

    def _moves(self, begins: Sequence[_Nodes]) -> _Nodes:
        """Exchanges by rows, of one end of each travel that they take out, by columns."""
        ends = [end for nodes in begins for end in (nodes, self._mate[nodes])]
        return np.stack(ends, axis=1)

    def _cuts(self, nodes: _Nodes) -> _Nodes:
        """Before which place each node's travel is."""
        place = self._place[nodes >> 1]
        behind = self.entries[place] != nodes
        return np.asarray((place + behind) % len(self.entries))

    def _leaves_one_ring(self, moves: _Nodes) -> NDArray[np.bool_]:
        """Whether one ring is left by each exchange, all of the same number of travels.

        The ring is cut into parts; side 2k is the beginning of part k, side 2k + 1 its end.
        """
        count, width = moves.shape
        each = np.arange(count)
        order = np.argsort(self._cuts(moves[:, ::2]), axis=1, kind="stable")
        part = np.argsort(order, axis=1, kind="stable").repeat(2, axis=1)
        begins = self.entries[self._place[moves >> 1]] == moves
        side = np.where(begins, 2 * part, (2 * part - 1) % width)
        ones, others = side[:, 1::2], np.roll(side[:, ::2], -1, axis=1)
        join = np.empty((count, width), np.int64)
        np.put_along_axis(join, ones, others, 1)
        np.put_along_axis(join, others, ones, 1)
        here, whole = np.ones(count, np.int64), np.ones(count, np.bool_)
        for _ in range(width // 2 - 1):
            here = join[each, here]
            whole &= here != 0
            here ^= 1
        return np.asarray(whole & (join[each, here] == 0))

    def _apart(self, gains: NDArray[np.float64], moves: _Nodes) -> _Nodes:
        """The best exchanges of which none has cuts in two parts that another leaves.

        Such exchanges do not know of each other: what one moves or turns round, it moves as a
        whole, with all the cuts of the other in it.
        """
        moves = moves[np.argsort(-gains, kind="stable")]
        moves = moves[np.sort(alike(moves[:, 0])[0])]
        cuts = np.sort(np.where(moves[:, ::2] < 0, -1, self._cuts(moves[:, ::2])), axis=1)
        label = np.zeros(len(self.entries), np.int64)  # Of each travel: in which part; or -1.
        newest, taken = 0, []
        for number, row in enumerate(cuts.tolist()):
            own = [cut for cut in row if cut >= 0]
            part = label[own[0]]
            if part < 0 or any(label[cut] != part for cut in own[1:]):
                continue
            taken.append(number)
            pieces = [[label[a:b]] for a, b in pairwise(own)]
            pieces.append([label[: own[0]], label[own[-1] :]])
            pieces.sort(key=lambda views: sum(map(len, views)))
            for views in pieces[:-1]:
                newest += 1
                for view in views:
                    view[view == part] = newest
            label[own] = -1
        return moves[taken]

    def _make(self, moves: _Nodes) -> None:
        """Make exchanges that `_apart` has chosen."""
        ones, others = moves[:, 1::2], np.roll(moves[:, ::2], -1, axis=1)
        others = np.where(others < 0, moves[:, :1], others)
        real = ones >= 0
        self._reorder(ones[real], others[real])
        self._join(ones[real], others[real])

    def _reorder(self, ones: _Nodes, others: _Nodes) -> None:
        """Put the parts between the cuts in the order in which new travels join them."""
        entries, count = self.entries, len(self.entries)
        cuts = distinct(self._cuts(ones))
        sizes = np.diff(cuts, append=cuts[0] + count)
        longest = int(np.argmax(sizes))  # It stays where it is.
        cuts, sizes = np.roll(cuts, -longest), np.roll(sizes, -longest)
        ends = np.stack([entries[cuts], entries[np.roll(cuts, -1) - 1] ^ 1], axis=1).ravel()
        nodes = ends.tolist()
        side_of = {node: side for side, node in enumerate(nodes)}
        join = dict(zip(ones.tolist(), others.tolist(), strict=True))
        join |= {other: one for one, other in join.items()}
        order, side = [0], side_of[join[nodes[1]]]
        while side:
            order.append(side)
            side = side_of[join[nodes[side ^ 1]]]
        sides = np.array(order)
        size, begin, back = sizes[sides >> 1], cuts[sides >> 1], sides & 1
        goal = cuts[0] + np.cumsum(size) - size
        moved = (back == 1) | ((goal - begin) % count != 0)
        size, begin, back, goal = size[moved], begin[moved], back[moved], goal[moved]
        step = np.arange(int(size.sum())) - np.repeat(np.cumsum(size) - size, size)
        back_at, last = np.repeat(back, size), np.repeat(size, size) - 1
        place = (np.repeat(begin, size) + np.where(back_at, last - step, step)) % count
        new = entries[place] ^ back_at
        there = (np.repeat(goal, size) + step) % count
        entries[there] = new
        self._place[new >> 1] = there
