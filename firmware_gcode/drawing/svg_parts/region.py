"""Areas that lines are cut to, or hidden by: unions of closed rings.

Lines are cut wherever they cross an edge; each piece is then in or out by one of its places.
That needs no polygon arithmetic and keeps every fill rule exact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from firmware_gcode.drawing.svg_parts.grid import Turns, boxes, crossings
from firmware_gcode.drawing.svg_parts.values import Points

_NOTHING = np.empty(0, dtype=np.complex128)
_EDGE = 1e-6
"""A line that is nearer to an edge, mm, lies on it."""
_JUDGED = (5**0.5 - 1) / 2
"""How far along a piece it is judged: its middle is where edges of even shapes touch."""


@dataclass(frozen=True, eq=False)
class Rings:
    """A filled shape: closed rings by a fill rule, and what it is itself cut to.

    Attributes:
        begins: First ends of its edges, as x + iy.
        ends: Their other ends.
        even_odd: The fill rule; otherwise non-zero.
        within: Areas that it is clipped to.
        adds: Whether it is added to a region, or taken off it.
    """

    begins: Points
    ends: Points
    even_odd: bool
    within: tuple[Region, ...] = ()
    adds: bool = True

    @classmethod
    def of(
        cls,
        runs: Sequence[Points],
        *,
        even_odd: bool,
        within: tuple[Region, ...] = (),
        adds: bool = True,
    ) -> Rings:
        """The area in runs of points, each closed by its chord."""
        begins = [run for run in runs if len(run) > 1]
        if not begins:
            return cls(_NOTHING, _NOTHING, even_odd, within, adds)
        ends = [np.roll(run, -1) for run in begins]
        first, second = np.concatenate(begins), np.concatenate(ends)
        real = first != second
        return cls(first[real], second[real], even_odd, within, adds)

    def edges(self) -> Iterator[tuple[Points, Points]]:
        """Everything at which being inside may change."""
        yield self.begins, self.ends
        for region in self.within:
            yield from region.edges()

    @cached_property
    def _turns(self) -> Turns:
        return Turns(self.begins, self.ends)

    def holds(self, places: Points) -> NDArray[np.bool_]:
        """Which places lie in it."""
        turns = self._turns.around(places)
        inside: NDArray[np.bool_] = turns % 2 == 1 if self.even_odd else turns != 0
        for region in self.within:
            if not inside.any():
                break
            inside[inside] = region.holds(places[inside])
        return inside


@dataclass(frozen=True, eq=False)
class Region:
    """Filled shapes, each added to those before it or taken off them."""

    shapes: tuple[Rings, ...]

    def edges(self) -> Iterator[tuple[Points, Points]]:
        """Everything at which being inside may change."""
        for shape in self.shapes:
            yield from shape.edges()

    def holds(self, places: Points) -> NDArray[np.bool_]:
        """Which places lie in it."""
        inside = np.zeros(len(places), dtype=np.bool_)
        for shape in self.shapes:
            other = np.flatnonzero(inside != shape.adds)
            if len(other):
                inside[other[shape.holds(places[other])]] = shape.adds
        return inside

    @cached_property
    def _boxes(self) -> NDArray[np.float64]:
        """The boxes around its edges: left, top, right, bottom, each of shape (N,)."""
        edges = list(self.edges())
        return boxes(
            *(np.concatenate([edge[k] for edge in edges] or [_NOTHING]) for k in (0, 1))
        )

    def may_cut(self, box: NDArray[np.float64]) -> bool:
        """Whether an edge comes near a box: left, top, right, bottom."""
        left, top, right, bottom = self._boxes
        near = (left <= box[2]) & (right >= box[0]) & (top <= box[3]) & (bottom >= box[1])
        return bool(near.any())


def cut(
    lines: Sequence[Points], region: Region, *, keep_inside: bool = True
) -> tuple[list[Points], list[int]]:
    """The parts of lines that lie in a region, or outside it, and which line each is of.

    A dot is a line of one point.
    """
    if not lines:
        return [], []
    kept = _holds_a_side if keep_inside else _holds_not
    found = _parts(lines, region, kept)
    dots = [index for index, line in enumerate(lines) if len(line) == 1]
    if dots:
        held = region.holds(np.concatenate([lines[dot] for dot in dots])) == keep_inside
        found += [
            (dot, lines[dot]) for dot, is_held in zip(dots, held, strict=True) if is_held
        ]
        found.sort(key=lambda each: each[0])
    return [line for _, line in found], [index for index, _ in found]


def rim(rings: Rings) -> list[Points]:
    """The lines that an area is seen to end at: along its rings, and where it is cut."""
    lines: list[Points] = []
    for begins, ends in rings.edges():
        turns = np.flatnonzero(ends[:-1] != begins[1:]) + 1
        for first, last in pairwise([0, *turns.tolist(), len(begins)]):
            if first < last:
                lines.append(np.append(begins[first:last], ends[last - 1]))
    return [line for _, line in _parts(lines, Region((rings,)), _holds_one_side)]


def is_simple(runs: Sequence[Points]) -> bool:
    """Whether closed runs are one ring that does not cross itself."""
    if len(runs) != 1:
        return False
    run = runs[0]
    ways = np.diff(run)
    ways = ways[ways != 0]
    turns = np.angle(np.roll(ways, -1) / ways)
    if not len(turns) or np.abs(turns).max() > np.pi - _EDGE:
        return False  # there and back
    if abs(np.abs(turns).sum() - 2 * np.pi) < _EDGE:
        return True  # it always turns to the same side, once around
    begins, ends = run[:-1], run[1:]
    return not len(crossings(begins, ends, begins, ends)[0])


def _parts(
    lines: Sequence[Points],
    region: Region,
    kept_of: Callable[[Region, Points, Points], NDArray[np.bool_]],
) -> list[tuple[int, Points]]:
    """The parts of lines that are kept, and which line each is of.

    Lines are cut wherever they cross an edge; of each piece its begin and its way decide.
    """
    edges = list(region.edges())
    begins = np.concatenate([begin for begin, _ in edges] or [_NOTHING])
    ends = np.concatenate([end for _, end in edges] or [_NOTHING])
    points = np.concatenate(lines)
    starts = np.cumsum([0, *map(len, lines)])
    joined = np.ones(len(points) - 1, dtype=np.bool_)
    joined[starts[1:-1] - 1] = False
    first = np.flatnonzero(joined)
    segment, share = crossings(points[first], points[first + 1], begins, ends)
    segment = first[segment]
    # All points and crossings in order along the lines; each interval is in or out as a whole.
    index = np.concatenate([np.arange(len(points)), segment])
    part = np.concatenate([np.zeros(len(points)), share])
    order = np.lexsort((part, index))
    index, part = index[order], part[order]
    step = np.append(points[1:] - points[:-1], 0j)
    places = np.where(part > 0.0, points[index] + part * step[index], points[index])
    linked = joined[np.minimum(index[:-1], len(joined) - 1)] if len(joined) else joined
    linked = linked & (index[:-1] < len(points) - 1)
    kept = np.zeros(len(linked), dtype=np.bool_)
    between = np.flatnonzero(linked)
    ways = places[between + 1] - places[between]
    kept[between] = kept_of(region, places[between], ways)
    sources = np.searchsorted(starts, index, side="right") - 1
    return [
        (int(sources[a]), _without_repeats(places[a : b + 1])) for a, b in _stretches(kept)
    ]


def _holds_not(region: Region, begins: Points, ways: Points) -> NDArray[np.bool_]:
    return ~region.holds(begins + _JUDGED * ways)


def _holds_one_side(region: Region, begins: Points, ways: Points) -> NDArray[np.bool_]:
    """Whether a region ends at pieces that go such ways; of equal ones one."""
    left, right = _sides(begins, ways)
    sides = region.holds(np.concatenate([left, right]))
    ends: NDArray[np.bool_] = sides[: len(begins)] != sides[len(begins) :]
    _, first = np.unique(np.round((begins + ways / 2) / _EDGE), return_index=True)
    new = np.zeros(len(begins), dtype=np.bool_)
    new[first] = True
    new &= ends & (ways != 0)
    return new


def _holds_a_side(region: Region, begins: Points, ways: Points) -> NDArray[np.bool_]:
    """Whether the region lies on one side, at least, of pieces that go such ways.

    Of a line along its very edge half is in it, and shows.
    """
    left, right = _sides(begins, ways)
    inside = region.holds(left)
    rest = np.flatnonzero(~inside)
    inside[rest] = region.holds(right[rest])
    return inside


def _sides(begins: Points, ways: Points) -> tuple[Points, Points]:
    """The places close beside pieces at which these are judged."""
    size = np.abs(ways)
    aside = 1j * ways / np.where(size > 0.0, size, 1.0) * _EDGE
    judged = begins + _JUDGED * ways
    return judged + aside, judged - aside


def _stretches(kept: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First and last+1 of each unbroken stretch of intervals."""
    change = np.diff(np.concatenate([[0], kept.astype(np.int8), [0]]))
    return list(
        zip(
            np.flatnonzero(change == 1).tolist(),
            np.flatnonzero(change == -1).tolist(),
            strict=True,
        )
    )


def _without_repeats(line: Points) -> Points:
    if len(line) < 3:
        return line
    new = np.append(True, line[1:] != line[:-1])
    return line if new.all() else line[new]
