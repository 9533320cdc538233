"""Where lines cross edges, and how often edges run around places, by a grid of square cells.

The cells are as large as the edges are on average, so that there are about three for each edge
to pass; only what shares a cell is compared.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from firmware_gcode.drawing.svg_parts.document import SvgError
from firmware_gcode.drawing.svg_parts.values import Points

_PAIRS = 1 << 18
"""Pairs that are looked at together: bounds the memory."""
_FEW_PAIRS = 1 << 14
"""Pairs that are sooner looked at than sorted."""
_MOST_CELLS = 1 << 14
"""Cells in a row, or rows."""
_MOST_WORK = 1_000_000_000
"""Pairs that are looked at in one go: about a minute."""
_SLACK = 1e-6
"""How far beside a line, in cells, a cell still counts as passed: much more than rounding."""
_LEVEL = 1e-3
"""A line that rises less, in cells, is taken for level."""
_SHIFT = 0.381966
"""How far, in cells, the grid begins before what it holds: few corners lie on its borders."""

Numbers: TypeAlias = NDArray[np.intp]


@dataclass(frozen=True)
class _Grid:
    """Square cells, numbered row by row; those at the border go on without end.

    Attributes:
        left: Where the first column begins.
        bottom: Where the first row begins.
        side: Of a cell.
        columns: Cells in a row.
        rows: Number of rows.
    """

    left: float
    bottom: float
    side: float
    columns: int
    rows: int

    @classmethod
    def over(cls, low: complex, high: complex, ways: Points) -> _Grid:
        """A grid over a box, its cells as large as lines of such ways are on average."""
        box = high - low
        sizes = np.minimum(np.abs(ways.real), box.real) + np.minimum(
            np.abs(ways.imag), box.imag
        )
        side = float(sizes.mean()) / 2 if len(sizes) else 0.0
        side = max(side, box.real / (_MOST_CELLS - 2), box.imag / (_MOST_CELLS - 2)) or 1.0
        columns, rows = (int(extent / side) + 2 for extent in (box.real, box.imag))
        corner = low - _SHIFT * side * (1 + 1j)
        return cls(corner.real, corner.imag, side, columns, rows)

    def column(self, x: NDArray[np.float64]) -> Numbers:
        """The columns in which places are."""
        found = np.clip((x - self.left) / self.side, 0, self.columns - 1)
        return found.astype(np.intp)

    def border(self, column: Numbers) -> NDArray[np.float64]:
        """Where columns end on the right."""
        return np.asarray(self.left + (column + 1) * self.side, dtype=np.float64)

    def row(self, y: NDArray[np.float64]) -> Numbers:
        """The rows in which places are."""
        return np.clip((y - self.bottom) / self.side, 0, self.rows - 1).astype(np.intp)

    def passed(self, a: Points, b: Points) -> tuple[Numbers, Numbers]:
        """The cells that lines from a to b pass, sorted, and which line passes each."""
        falls = a.imag > b.imag
        low, high = np.where(falls, b, a), np.where(falls, a, b)
        first, last = self.row(low.imag), self.row(high.imag)
        line, row = _spread(first, last + 1)
        rise = high.imag - low.imag
        level = rise < _LEVEL * self.side
        slope = (high.real - low.real) / np.where(level, np.inf, rise)
        enters, leaves = low.real[line], high.real[line]
        for x, inner, border in (
            (enters, (row > first[line]) & ~level[line], row),
            (leaves, (row < last[line]) & ~level[line], row + 1),
        ):
            at = line[inner]
            y = self.bottom + border[inner] * self.side
            x[inner] = low.real[at] + (y - low.imag[at]) * slope[at]
        slack = _SLACK * self.side
        begins = self.column(np.minimum(enters, leaves) - slack)
        ends = self.column(np.maximum(enters, leaves) + slack)
        part, column = _spread(begins, ends + 1)
        cells = row[part] * self.columns + column
        order = np.argsort(cells, kind="stable")
        return cells[order], line[part[order]]


def _spread(begins: Numbers, ends: Numbers) -> tuple[Numbers, Numbers]:
    """All numbers of some ranges, and which range each is of."""
    sizes = ends - begins
    which = np.repeat(np.arange(len(sizes)), sizes)
    first = begins - (np.cumsum(sizes) - sizes)
    return which, np.arange(len(which)) + first[which]


def _shared(cells: Numbers, others: Numbers) -> Iterator[tuple[Numbers, Numbers]]:
    """Which of some cells are which of others, that are sorted: pairs, in batches."""
    begins, ends = (np.searchsorted(others, cells, side) for side in ("left", "right"))
    pairs = np.append(0, np.cumsum(ends - begins))
    if pairs[-1] > _MOST_WORK:
        raise SvgError("svg-too-involved")
    at = 0
    while at < len(cells):
        to = max(at + 1, int(np.searchsorted(pairs, pairs[at] + _PAIRS, "right")) - 1)
        which, other = _spread(begins[at:to], ends[at:to])
        yield at + which, other
        at = to


def boxes(a: Points, b: Points) -> NDArray[np.float64]:
    """The boxes around lines from a to b: left, bottom, right, top, each of shape (N,)."""
    x, y = (a.real, b.real), (a.imag, b.imag)
    return np.array([np.minimum(*x), np.minimum(*y), np.maximum(*x), np.maximum(*y)])


def crossings(
    a: Points, b: Points, c: Points, d: Points
) -> tuple[Numbers, NDArray[np.float64]]:
    """Where lines a to b cross edges c to d: numbers of lines, and shares of their length."""
    lines, edges = boxes(a, b), boxes(c, d)
    if not lines.size or not edges.size:
        return np.empty(0, dtype=np.intp), np.empty(0)
    if lines.shape[1] * edges.shape[1] <= _FEW_PAIRS:
        near = _overlap(lines[:, :, None], edges[:, None, :])
        return _met((a, b), (c, d), *np.nonzero(near))[::2]
    low = np.maximum(lines[:2].min(axis=1), edges[:2].min(axis=1))
    high = np.minimum(lines[2:].max(axis=1), edges[2:].max(axis=1))
    within = np.append(low, high)[:, None]
    line, edge = (np.flatnonzero(_overlap(every, within)) for every in (lines, edges))
    grid = _Grid.over(
        complex(*low), complex(*high), np.append(b[line] - a[line], d[edge] - c[edge])
    )
    cells, passing = grid.passed(a[line], b[line])
    others, passed = grid.passed(c[edge], d[edge])
    found = [
        _met((a, b), (c, d), line[passing[entries]], edge[passed[other]])
        for entries, other in _shared(cells, others)
    ]
    numbers, crossed, shares = (
        np.concatenate([batch[k] for batch in found] or [np.empty(0)]) for k in range(3)
    )
    _, once = np.unique(numbers * len(c) + crossed, return_index=True)
    return numbers[once].astype(np.intp), shares[once]


def _overlap(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which boxes meet which others."""
    left, bottom, right, top = one
    near: NDArray[np.bool_] = (left <= other[2]) & (right >= other[0])
    near &= (bottom <= other[3]) & (top >= other[1])
    return near


def _met(
    these: tuple[Points, Points],
    those: tuple[Points, Points],
    lines: Numbers,
    edges: Numbers,
) -> tuple[Numbers, Numbers, NDArray[np.float64]]:
    """Those of some pairs of a line and an edge that cross, and where on the line."""
    begin, corner = these[0][lines], those[0][edges]
    way, edge, gap = these[1][lines] - begin, those[1][edges] - corner, corner - begin
    area = way.real * edge.imag - way.imag * edge.real
    with np.errstate(divide="ignore", invalid="ignore"):
        t = (gap.real * edge.imag - gap.imag * edge.real) / area
        u = (gap.real * way.imag - gap.imag * way.real) / area
    met = (t > 0.0) & (t < 1.0) & (u >= 0.0) & (u <= 1.0)
    return lines[met], edges[met], t[met]


class Turns:
    """How often closed rings run around places.

    A place is looked at together with the edges between it and the right border of its cell;
    how often they run around the border, at its height, is known from where they cross it.

    Args:
        c: Where the rings' edges begin.
        d: Where they end.
    """

    def __init__(self, c: Points, d: Points) -> None:
        self._c, self._d = c, d

    @cached_property
    def _grid(self) -> _Grid:
        box = boxes(self._c, self._d)
        low, high = complex(*box[:2].min(axis=1)), complex(*box[2:].max(axis=1))
        return _Grid.over(low, high, self._d - self._c)

    @cached_property
    def _passed(self) -> tuple[Numbers, Numbers]:
        """The cells, sorted, that edges pass, and which edge passes each."""
        return self._grid.passed(self._c, self._d)

    @cached_property
    def _borders(self) -> tuple[Points, Numbers]:
        """Where edges cross right borders of columns, and the turns around all above it.

        Sorted: number of the column + iy. Of each border the turns end at zero.
        """
        c, d = self._c, self._d
        first = self._grid.column(np.minimum(c.real, d.real))
        last = self._grid.column(np.maximum(c.real, d.real))
        edge, column = _spread(np.maximum(first - 1, 0), last + 1)
        x = self._grid.border(column)
        crosses = (c.real[edge] <= x) != (d.real[edge] <= x)
        edge, x, column = edge[crosses], x[crosses], column[crosses]
        c, way = c[edge], (d - c)[edge]
        places = column + 1j * (c.imag + (x - c.real) * (way.imag / way.real))
        order = np.argsort(places)
        turns = np.cumsum(np.where(way.real[order] > 0.0, 1, -1))
        return places[order], np.append(0, turns)

    def around(self, places: Points) -> Numbers:
        """How often the rings run around each place."""
        turns = np.zeros(len(places), dtype=np.intp)
        if len(self._c) * len(places) <= _FEW_PAIRS:
            y = places.imag[:, None]
            pairs = np.nonzero((self._c.imag <= y) != (self._d.imag <= y))
            np.add.at(turns, pairs[0], self._beyond(places.real, places.imag, *pairs))
            return turns
        grid = self._grid
        column, row = grid.column(places.real), grid.row(places.imag)
        home = row * grid.columns + column
        order = np.argsort(home)
        cells, passing = self._passed
        borders, above = self._borders
        turns += above[np.searchsorted(borders, column + 1j * places.imag, "right")]
        end = grid.border(column)
        for entries, other in _shared(home[order], cells):
            which, edge = order[entries], passing[other]
            y = places.imag[which]
            over = (self._c.imag[edge] <= y) != (self._d.imag[edge] <= y)
            which, edge = which[over], edge[over]
            between = self._beyond(places.real, places.imag, which, edge)
            between -= self._beyond(end, places.imag, which, edge)
            np.add.at(turns, which, between)
        return turns

    def _beyond(
        self,
        x: NDArray[np.float64],
        y: NDArray[np.float64],
        which: Numbers,
        edge: Numbers,
    ) -> Numbers:
        """The turns around some places that edges at their height make, to their right."""
        c, d = self._c[edge], self._d[edge]
        way = d - c
        side = way.real * (y[which] - c.imag) - (x[which] - c.real) * way.imag
        return np.where(way.imag > 0.0, side > 0.0, -(side < 0.0).astype(np.intp))
