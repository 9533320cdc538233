"""Areas that lines are cut to, or hidden by: unions of closed rings.

Lines are cut wherever they cross an edge; each piece is then in or out by its middle. That
needs no polygon arithmetic and keeps every fill rule exact. Edges and pieces meet in
horizontal strips, so that the work stays near the number of those that are at the same height.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from firmware_gcode.drawing.svg_parts.document import SvgError
from firmware_gcode.drawing.svg_parts.values import Points

_NOTHING = np.empty(0, dtype=np.complex128)
_PAIRS = 1 << 20
"""Pairs of edges and lines that are looked at together: bounds the memory."""
_FEW_PAIRS = 1 << 14
"""Pairs that are sooner looked at than sorted."""
_MOST_STRIPS = 1 << 14
_EDGE = 1e-6
"""A line that is nearer to an edge, mm, lies on it."""
_MOST_WORK = 1_000_000_000
"""Pairs of edges and lines that are looked at in one go: about a minute."""


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

    def holds(self, places: Points) -> NDArray[np.bool_]:
        """Which places lie in it."""
        turns = _windings(places, self.begins, self.ends)
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
        a, b = (np.concatenate([edge[k] for edge in edges] or [_NOTHING]) for k in (0, 1))
        return np.array(
            [
                np.minimum(a.real, b.real),
                np.minimum(a.imag, b.imag),
                np.maximum(a.real, b.real),
                np.maximum(a.imag, b.imag),
            ]
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
    return not len(_crossings(begins, ends, begins, ends)[0])


def _parts(
    lines: Sequence[Points],
    region: Region,
    kept_of: Callable[[Region, Points, Points], NDArray[np.bool_]],
) -> list[tuple[int, Points]]:
    """The parts of lines that are kept, and which line each is of.

    Lines are cut wherever they cross an edge; of each piece its middle and its way decide.
    """
    edges = list(region.edges())
    begins = np.concatenate([begin for begin, _ in edges] or [_NOTHING])
    ends = np.concatenate([end for _, end in edges] or [_NOTHING])
    points = np.concatenate(lines)
    starts = np.cumsum([0, *map(len, lines)])
    joined = np.ones(len(points) - 1, dtype=np.bool_)
    joined[starts[1:-1] - 1] = False
    first = np.flatnonzero(joined)
    segment, share = _crossings(points[first], points[first + 1], begins, ends)
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
    kept[between] = kept_of(region, (places[between] + places[between + 1]) / 2, ways)
    sources = np.searchsorted(starts, index, side="right") - 1
    return [
        (int(sources[a]), _without_repeats(places[a : b + 1])) for a, b in _stretches(kept)
    ]


def _holds_not(region: Region, places: Points, _ways: Points) -> NDArray[np.bool_]:
    return ~region.holds(places)


def _holds_one_side(region: Region, places: Points, ways: Points) -> NDArray[np.bool_]:
    """Whether a region ends at lines that pass places in such ways; of equal ones one."""
    aside = _aside(ways)
    ends: NDArray[np.bool_] = region.holds(places + aside) != region.holds(places - aside)
    _, first = np.unique(np.round(places / _EDGE), return_index=True)
    new = np.zeros(len(places), dtype=np.bool_)
    new[first] = True
    new &= ends & (ways != 0)
    return new


def _aside(ways: Points) -> Points:
    """A short step to the side of a way."""
    size = np.abs(ways)
    return 1j * ways / np.where(size > 0.0, size, 1.0) * _EDGE


def _holds_a_side(region: Region, places: Points, ways: Points) -> NDArray[np.bool_]:
    """Whether the region lies on one side, at least, of lines that pass places in such ways.

    Of a line along its very edge half is in it, and shows.
    """
    aside = _aside(ways)
    inside = region.holds(places + aside)
    rest = np.flatnonzero(~inside)
    inside[rest] = region.holds(places[rest] - aside[rest])
    return inside


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


def _check_work(pairs: int) -> None:
    if pairs > _MOST_WORK:
        raise SvgError("svg-too-involved")


def _strips(
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    bottom: float,
    height: float,
    count: int,
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The things in each of `count` strips, and where each strip's things begin."""
    scale = count / height if height > 0.0 else 0.0
    a = np.clip((low - bottom) * scale, 0, count - 1).astype(np.intp)
    b = np.clip((high - bottom) * scale, 0, count - 1).astype(np.intp)
    spans = b - a + 1
    thing = np.repeat(np.arange(len(low)), spans)
    first = np.cumsum(spans) - spans
    strip = a[thing] + np.arange(len(thing)) - first[thing]
    order = np.argsort(strip, kind="stable")
    return thing[order], np.searchsorted(strip[order], np.arange(count + 1))


def _count(height: float, heights: NDArray[np.float64], most: int) -> int:
    """Into how many strips a height is divided, so that most things are in one or two."""
    mean = float(heights.mean()) if len(heights) else 0.0
    wanted = height / mean if mean > 0.0 else _MOST_STRIPS
    return int(max(1.0, min(_MOST_STRIPS, most, wanted)))


def _pairs(
    lows: tuple[NDArray[np.float64], NDArray[np.float64]],
    highs: tuple[NDArray[np.float64], NDArray[np.float64]],
) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Pairs of things (of two kinds) that share a strip, in batches; a pair may come twice."""
    if not len(lows[0]) or not len(lows[1]):
        return
    bottom = max(float(lows[0].min()), float(lows[1].min()))
    top = min(float(highs[0].max()), float(highs[1].max()))
    if top < bottom:
        return
    use = [np.flatnonzero((highs[k] >= bottom) & (lows[k] <= top)) for k in (0, 1)]
    heights = np.concatenate([(highs[k] - lows[k])[use[k]] for k in (0, 1)])
    few = len(use[0]) * len(use[1]) <= _FEW_PAIRS
    count = 1 if few else _count(top - bottom, heights, _MOST_STRIPS)
    sorted_ = [
        _strips(lows[k][use[k]], highs[k][use[k]], bottom, top - bottom, count) for k in (0, 1)
    ]
    sizes = [np.diff(begins) for _, begins in sorted_]
    _check_work(int((sizes[0] * sizes[1]).sum()))
    for strip in range(count):
        one, two = (
            use[k][things[begins[strip] : begins[strip + 1]]]
            for k, (things, begins) in enumerate(sorted_)
        )
        if not len(one) or not len(two):
            continue
        rows = max(1, _PAIRS // len(two))
        for at in range(0, len(one), rows):
            chosen = one[at : at + rows]
            yield np.repeat(chosen, len(two)), np.tile(two, len(chosen))


def _crossings(
    a: Points, b: Points, c: Points, d: Points
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Where lines a to b cross edges c to d: numbers of lines, and shares of their length."""
    found: list[NDArray[np.intp]] = [np.empty(0, dtype=np.intp)]
    shares: list[NDArray[np.float64]] = [np.empty(0)]
    lows = (np.minimum(a.imag, b.imag), np.minimum(c.imag, d.imag))
    highs = (np.maximum(a.imag, b.imag), np.maximum(c.imag, d.imag))
    left = (np.minimum(a.real, b.real), np.minimum(c.real, d.real))
    right = (np.maximum(a.real, b.real), np.maximum(c.real, d.real))
    for pair in _pairs(lows, highs):
        one, two = pair
        near = (left[0][one] <= right[1][two]) & (right[0][one] >= left[1][two])
        near &= (lows[0][one] <= highs[1][two]) & (highs[0][one] >= lows[1][two])
        one, two = one[near], two[near]
        way, edge, gap = b[one] - a[one], d[two] - c[two], c[two] - a[one]
        area = way.real * edge.imag - way.imag * edge.real
        with np.errstate(divide="ignore", invalid="ignore"):
            t = (gap.real * edge.imag - gap.imag * edge.real) / area
            u = (gap.real * way.imag - gap.imag * way.real) / area
        real = (t > 0.0) & (t < 1.0) & (u >= 0.0) & (u <= 1.0)
        found.append(one[real])
        shares.append(t[real])
    return np.concatenate(found), np.concatenate(shares)


def _windings(places: Points, c: Points, d: Points) -> NDArray[np.intp]:
    """How often edges c to d run around each place."""
    turns = np.zeros(len(places), dtype=np.intp)
    low, high = np.minimum(c.imag, d.imag), np.maximum(c.imag, d.imag)
    y = places.imag
    if not len(c) or not len(places):
        return turns
    if len(c) * len(places) <= _FEW_PAIRS:
        return _turns(places, c, d)
    bottom, top = float(low.min()), float(high.max())
    count = _count(top - bottom, high - low, len(c) // 8)
    edges, begins = _strips(low, high, bottom, top - bottom, count)
    scale = count / (top - bottom) if top > bottom else 0.0
    inner = np.flatnonzero((y >= bottom) & (y <= top))
    home = np.clip((y[inner] - bottom) * scale, 0, count - 1).astype(np.intp)
    order = np.argsort(home, kind="stable")
    inner, home = inner[order], home[order]
    bounds = np.searchsorted(home, np.arange(count + 1))
    _check_work(int((np.diff(bounds) * np.diff(begins)).sum()))
    for strip in range(count):
        mine = inner[bounds[strip] : bounds[strip + 1]]
        here = edges[begins[strip] : begins[strip + 1]]
        if not len(mine) or not len(here):
            continue
        rows = max(1, _PAIRS // len(here))
        for at in range(0, len(mine), rows):
            chosen = mine[at : at + rows]
            turns[chosen] = _turns(places[chosen], c[here], d[here])
    return turns


def _turns(places: Points, c: Points, d: Points) -> NDArray[np.intp]:
    """As `_windings`, every edge looked at for every place."""
    y, x = places.imag[:, None], places.real[:, None]
    up = (c.imag <= y) & (d.imag > y)
    down = (c.imag > y) & (d.imag <= y)
    side = (d.real - c.real) * (y - c.imag) - (x - c.real) * (d.imag - c.imag)
    turns: NDArray[np.intp] = (up & (side > 0)).sum(1) - (down & (side < 0)).sum(1)
    return turns
