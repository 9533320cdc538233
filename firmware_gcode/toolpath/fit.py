"""Strokes as lines and arcs: the arcs that they are made of, and few for the rest."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from firmware_gcode.drawing.geometry import Polyline
from firmware_gcode.toolpath.arcfit import Curves, Pieces, fit_arcs
from firmware_gcode.toolpath.circles import Spans, bends, on_circles, spans
from firmware_gcode.toolpath.ragged import Booleans, Complex, Floats, Lines, Places, spread
from firmware_gcode.toolpath.segments import Path, Paths
from firmware_gcode.toolpath.smooth import wires

CORNER = math.radians(75.0)
"""A turn sharper than this is a corner that the hand meant."""
GRID_MM = 0.1
"""Where the tolerance is large enough, lines and arcs of smoothed lines meet at multiples of
this, mm: a quarter of the grid that people drew on, and coordinates with one decimal."""
_GRIDS = 2.0
"""How often the grid must go into the tolerance."""
_TUBE, _ARCS, _EXACT = 0.8, 0.95, 0.8
"""Shares of the tolerance: how far smoothing, and how far the arcs in the end, may stray from
samples near each other; how far arcs may from points that are far apart."""
_PIECE = math.radians(95.0)
"""The longest piece of an arc of the drawing."""


class _Runs(NamedTuple):
    """Parts of lines between their corners.

    Attributes:
        begin: Index of the first point of each.
        steps: How many it has.
        ring: Whether it is a closed line without corners.
        radius: Of the arc that it is, negative where it turns clockwise; 0 if it is none.
    """

    begin: Places
    steps: Places
    ring: Booleans
    radius: Floats

    def only(self, which: Booleans) -> _Runs:
        """Some of them."""
        return _Runs(
            self.begin[which], self.steps[which], self.ring[which], self.radius[which]
        )


def fit(strokes: Sequence[Polyline], tolerance: ArrayLike, *, smoothing: bool) -> list[Path]:
    """Fit strokes, mm; one whose last point is its first is closed.

    Points that lie on an arc to the last digit become that arc.

    Args:
        strokes: Shape (N, 2) each.
        tolerance: How far the result may be from the line through the points, and back, mm:
            of each or of all; 0 keeps lines as they are.
        smoothing: Whether points that are no corners may be left for a smoother line, as a
            hand would draw it.
    """
    lines = Lines.of(strokes)
    tolerances = np.broadcast_to(np.asarray(tolerance, dtype=np.float64), len(strokes))
    lines, stops, ring, arcs = _divided(lines, tolerances, smoothing=smoothing)
    runs = _runs(lines, stops, ring, arcs)
    grid = _grid(lines, tolerances, runs, smoothing=smoothing)
    starts = _placed(lines.z[lines.first], grid)
    owner = lines.owner[runs.begin]
    begins = np.flatnonzero(np.diff(owner, prepend=-1))
    starts[owner[begins]] = _placed(lines.z[runs.begin[begins]], grid[owner[begins]])
    round_ = (runs.radius != 0.0) & (runs.steps > 1)
    single = ~round_ & (runs.steps == 1)
    curved = ~round_ & ~single
    parts = [_straight(lines, runs.only(single), grid), _circular(lines, runs.only(round_))]
    numbers = [np.flatnonzero(single), np.flatnonzero(round_)]
    if curved.any():
        rest = runs.only(curved)
        own = tolerances[owner[curved]]
        curves = _wired(lines, rest, own, grid) if smoothing else _as_drawn(lines, rest, own)
        parts.append(fit_arcs(curves))
        numbers.append(np.flatnonzero(curved))
        heads = np.cumsum(curves.counts) - curves.counts
        starts[owner[curved][rest.ring]] = curves.nodes[heads][rest.ring]
    pieces = Pieces.together(
        [
            part._replace(curve=own[part.curve])
            for part, own in zip(parts, numbers, strict=True)
        ]
    )
    return _ways(starts, pieces, owner)


def _ways(starts: Complex, pieces: Pieces, owner: Places) -> list[Path]:
    """The pieces of each stroke as its path."""
    counts = np.bincount(owner[pieces.curve], minlength=len(starts))
    begins = np.cumsum(counts) - counts
    z, radius = np.insert(pieces.end, begins, starts), np.insert(pieces.radius, begins, 0.0)
    return Paths(z, radius, counts + 1).each()


def _divided(
    lines: Lines, tolerances: Floats, *, smoothing: bool
) -> tuple[Lines, Booleans, Booleans, Spans]:
    """Find where lines are divided.

    Returns:
        The lines, closed ones perhaps begun elsewhere; at which points they are divided; which
        of them are rings without a corner; the arcs that their points lie on.
    """
    come, go = _steps(lines)
    bend, rise = bends(come, go)
    kept = (tolerances <= 0.0)[lines.owner]
    joined = on_circles(bend, rise, lines.around(np.arange(len(lines.z)), 1)) & ~kept
    if joined.any():
        lines, turned = _begun(lines, joined)
        come, go = come[turned], go[turned]
        bend, rise, joined = bend[turned], rise[turned], joined[turned]
    arcs = spans(lines, bend, joined)
    across = np.abs(come + go)
    cross = np.abs(come.real * go.imag - come.imag * go.real)
    dot = come.real * go.real + come.imag * go.imag
    stops = dot < math.cos(CORNER) * np.abs(come) * np.abs(go)
    if not smoothing:
        # No arc passes both the point and the middles of its steps.
        own = tolerances[lines.owner]
        stops |= (cross > own * across) & (rise > 2.0 * own)
    row, step = spread(arcs.steps - 1)
    stops[lines.around(arcs.first[row], step + 1)] = False
    whole = arcs.steps == lines.size[lines.owner[arcs.first]]
    whole &= lines.closed[lines.owner[arcs.first]]
    for ends in (arcs.first, lines.around(arcs.first, arcs.steps)):
        stops[ends[~whole]] = True
    opened = ~lines.closed
    stops[lines.first[opened]] = True
    stops[(lines.first + lines.size - 1)[opened]] = True
    stops[kept] = True
    ring = np.logical_or.reduceat(stops, lines.first) < 1
    stops[lines.first[ring]] = True
    return lines, stops, ring, arcs


def _steps(lines: Lines) -> tuple[Complex, Complex]:
    """The step to each point and that from it; 0 beyond the ends of open lines."""
    every = np.arange(len(lines.z))
    go = lines.z[lines.around(every, 1)] - lines.z
    go[(lines.first + lines.size - 1)[~lines.closed]] = 0.0
    return go[lines.around(every, -1)], go


def _begun(lines: Lines, joined: Booleans) -> tuple[Lines, Places]:
    """Closed lines begun at a point that is on no arc with the next, where there is one."""
    every = np.arange(len(joined))
    free = np.minimum.reduceat(np.where(joined, len(joined), every), lines.first)
    shift = np.where(lines.closed & (free < len(joined)), free - lines.first, 0)
    turned = lines.around(every, shift[lines.owner])
    return lines._replace(z=lines.z[turned]), turned


def _runs(lines: Lines, stops: Booleans, ring: Booleans, arcs: Spans) -> _Runs:
    """The parts between stops, in order."""
    begin = np.flatnonzero(stops)
    owner = lines.owner[begin]
    final = np.append(owner[1:] != owner[:-1], [True])
    until = np.append(begin[1:], [0])
    head = begin[np.flatnonzero(np.append([True], final[:-1]))]
    until[final] = head + lines.size[owner[final]]
    onward = ~final | lines.closed[owner]
    begin, count = begin[onward], (until - begin)[onward]
    radius = np.zeros(len(lines.z))
    row, step = spread(arcs.steps)
    radius[lines.around(arcs.first[row], step)] = arcs.radius[row]
    last = radius[lines.around(begin, count - 1)]
    own = np.where(radius[begin] == last, last, 0.0)
    return _Runs(begin, count, ring[lines.owner[begin]], own)


def _grid(lines: Lines, tolerances: Floats, runs: _Runs, *, smoothing: bool) -> Floats:
    """The grid on which each line's segments meet, mm; 0 for none."""
    coarse = (tolerances >= _GRIDS * GRID_MM) & (lines.size > 1)
    coarse[lines.owner[runs.begin[runs.radius != 0.0]]] = False
    return np.where(coarse & smoothing, GRID_MM, 0.0)


def _placed(z: Complex, grid: Floats) -> Complex:
    """Points moved to the nearest multiples of their grid; 0 leaves them where they are."""
    on = grid > 0.0
    placed = z.copy()
    own = grid[on]
    x, y = (np.round(np.round(part / own) * own, 6) for part in (z[on].real, z[on].imag))
    placed[on] = x + 1j * y
    return placed


def _straight(lines: Lines, runs: _Runs, grid: Floats) -> Pieces:
    """A line for each run of one step."""
    end = lines.around(runs.begin, runs.steps)
    owner = lines.owner[runs.begin]
    ends = _placed(lines.z[end], grid[owner])
    return Pieces(np.arange(len(end)), ends, np.zeros(len(end)))


def _circular(lines: Lines, runs: _Runs) -> Pieces:
    """Pieces of the arcs that runs are, of about the same length."""
    row, step = spread(runs.steps)
    here = lines.around(runs.begin[row], step)
    chords = np.abs(lines.z[lines.around(here, 1)] - lines.z[here])
    angles = 2.0 * np.arcsin(np.minimum(chords / (2.0 * np.abs(runs.radius[row])), 1.0))
    starts = np.cumsum(runs.steps) - runs.steps
    turns = np.add.reduceat(angles, starts) if len(starts) else np.zeros(0)
    parts = np.minimum(np.ceil(turns / _PIECE).astype(np.intp), runs.steps)
    row, step = spread(parts)
    ends = lines.around(runs.begin[row], runs.steps[row] * (step + 1) // parts[row])
    return Pieces(row, lines.z[ends], np.round(runs.radius[row], 6))


def _as_drawn(lines: Lines, runs: _Runs, tolerance: Floats) -> Curves:
    """Runs as the curves that their points are."""
    row, step = spread(runs.steps + 1)
    z = lines.z[lines.around(runs.begin[row], step)]
    return Curves(z, z, z, runs.steps + 1, _EXACT * tolerance)


def _wired(lines: Lines, runs: _Runs, tolerance: Floats, grid: Floats) -> Curves:
    """Runs as smooth curves; a ring is smooth around its seam, too."""
    # The ring with half of itself on either side.
    half = np.where(runs.ring, runs.steps // 2, 0)
    row, step = spread(runs.steps + 2 * half + 1)
    z = lines.z[lines.around(runs.begin[row], step - half[row])]
    smoothed, drawn, given = wires(z, runs.steps + 2 * half + 1, _TUBE * tolerance)
    heads = np.cumsum(runs.steps + 2 * half + 1) - (runs.steps + 2 * half + 1)
    low, high = given[heads + half], given[heads + half + runs.steps]
    counts = high - low + 1
    row, step = spread(counts)
    kept = low[row] + step
    points, drawn = smoothed[kept], drawn[kept]
    first = np.cumsum(counts) - counts
    last = first + counts - 1
    middle = (points[first] + points[last]) / 2  # The two cuts of a ring nearly meet.
    points[first], points[last] = (
        np.where(runs.ring, middle, points[end]) for end in (first, last)
    )
    nodes = _placed(points, grid[lines.owner[runs.begin]][row])
    return Curves(points, drawn, nodes, counts, _ARCS * tolerance)
