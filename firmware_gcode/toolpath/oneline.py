"""A drawing as one continuous line, after the one-line art that people hang.

Strokes are joined where they come nearest to each other, at any point along them, by the
shortest set of bridges (`bridges`); that is the least ink that straight joints can add. The
pen then walks along all of it without being lifted (`euler`): where the walk has to come back,
it goes along a line that is already there, which adds way for the pen but nothing to be seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from firmware_gcode.drawing.geometry import (
    Drawing,
    Polyline,
    arc_lengths,
    ink_mm,
    length,
    points_at,
)
from firmware_gcode.toolpath.euler import Bridge, Edge, shortest_bridges, trail
from firmware_gcode.toolpath.merge import merge

_HANDLE = 1.0 / 3.0
"""Length of a joint's tangents, as a share of its gap: the rounder, the more ink it takes."""
_STEP_MM = 0.5
_SAME_MM = 1e-9
_TURNING_BACK = -0.9
"""Cosine of the angle beyond which a joint ends in a point where the pen turns round."""


@dataclass(frozen=True)
class OneLine:
    """A drawing in one line.

    Attributes:
        drawing: A single stroke, which passes through all points of what was asked for.
        added_mm: Ink that was not asked for: the joints, each counted once.
        again_mm: Way of the pen along lines, or joints, that it has drawn already.
    """

    drawing: Drawing
    added_mm: float
    again_mm: float


def one_line(drawing: Drawing, pen_width: float) -> OneLine:
    """Join all strokes into a single line with the least added ink; ends a pen apart touch."""
    lines = [item.points for item in merge(drawing.strokes, pen_width)]
    bridges = shortest_bridges(lines)
    edges, pieces, nodes = _cut(lines, bridges)
    walk = trail(edges, nodes)
    _bend(pieces, walk, len(pieces) - len(bridges))
    way = [pieces[number][::-1] if back else pieces[number] for number, back in walk]
    line = np.concatenate(way or [lines[0]])
    moving = np.ones(len(line), dtype=np.bool_)
    moving[1:] = np.hypot(*np.diff(line, axis=0).T) > _SAME_MM
    line = line[moving]
    added = ink_mm(pieces[len(pieces) - len(bridges) :])
    again = length(line) - added - ink_mm(lines)
    return OneLine(Drawing((line,)), added, max(again, 0.0))


def _cut(
    lines: Sequence[Polyline], bridges: Sequence[Bridge]
) -> tuple[list[Edge], list[Polyline], int]:
    """The pieces of all lines between bridges, then the bridges, as a graph; its nodes."""
    places: list[set[float]] = [set() for _ in lines]
    for bridge in bridges:
        places[bridge.line].add(bridge.place)
        places[bridge.other].add(bridge.other_place)
    edges: list[Edge] = []
    pieces: list[Polyline] = []
    at: dict[tuple[int, float], int] = {}
    nodes = 0
    for index, line in enumerate(lines):
        end = length(line)
        closed = len(line) > 2 and bool((line[0] == line[-1]).all())
        stops = sorted({0.0, end, *places[index]})
        own = list(range(nodes, nodes + len(stops)))
        if closed and end > 0.0:
            own[-1] = nodes
        nodes = max(own) + 1
        at |= {(index, place): node for place, node in zip(stops, own, strict=True)}
        for (low, one), (high, other) in pairwise(zip(stops, own, strict=True)):
            edges.append(Edge((one, other), high - low, index if closed else -1))
            pieces.append(_piece(line, low, high))
    for bridge in bridges:
        begin = _at(lines[bridge.line], bridge.place)
        pieces.append(np.concatenate([begin, _at(lines[bridge.other], bridge.other_place)]))
        ends = (at[bridge.line, bridge.place], at[bridge.other, bridge.other_place])
        edges.append(Edge(ends, length(pieces[-1])))
    return edges, pieces, nodes


def _piece(line: Polyline, low: float, high: float) -> Polyline:
    """The part of a line between two distances along it, mm."""
    along = arc_lengths(line)
    inner = line[(along > low) & (along < high)]
    return np.concatenate([_at(line, low), inner, _at(line, high)])


def _at(line: Polyline, place: float) -> Polyline:
    """The point at a distance along a line: shape (1, 2)."""
    return points_at(line, arc_lengths(line), [place])


def _bend(pieces: list[Polyline], walk: Sequence[tuple[int, bool]], first: int) -> None:
    """Let bridges leave and meet lines in the direction in which the pen first goes."""
    bent: set[int] = set()
    for place, (number, back) in enumerate(walk):
        if number < first or number in bent:
            continue
        bent.add(number)
        start, end = pieces[number][:: -1 if back else 1]
        before = _walked(pieces, walk[place - 1]) if place else None
        after = _walked(pieces, walk[place + 1]) if place + 1 < len(walk) else None
        curve = _joint(before, start, end, after)
        pieces[number] = curve[::-1] if back else curve


def _walked(pieces: Sequence[Polyline], step: tuple[int, bool]) -> Polyline:
    """A piece as it is walked."""
    number, back = step
    return pieces[number][::-1] if back else pieces[number]


def _joint(
    before: Polyline | None, start: Polyline, end: Polyline, after: Polyline | None
) -> Polyline:
    """A cubic Bezier curve from the end of one piece to the begin of another: shape (N, 2)."""
    gap = float(np.hypot(*(end - start)))
    straight = (end - start) / max(gap, _SAME_MM)
    leave = straight if before is None else -_direction(before[::-1], -straight)
    meet = straight if after is None else _direction(after, straight)
    if float((meet * straight).sum()) < _TURNING_BACK:  # It comes back on the same way.
        meet = straight
    first, second = start + leave * gap * _HANDLE, end - meet * gap * _HANDLE
    t = np.linspace(0.0, 1.0, int(gap / _STEP_MM) + 2)[:, None]
    curve: Polyline = (
        (1 - t) ** 3 * start
        + 3 * (1 - t) ** 2 * t * first
        + 3 * (1 - t) * t**2 * second
        + t**3 * end
    )
    return curve


def _direction(points: Polyline, otherwise: Polyline) -> Polyline:
    """The unit direction in which a piece begins; that given if it has none."""
    steps = points[1:] - points[0]
    lengths = np.hypot(steps[:, 0], steps[:, 1])
    far = np.flatnonzero(lengths > _SAME_MM)
    if len(far) == 0:
        return otherwise
    onward: Polyline = steps[far[0]] / lengths[far[0]]
    return onward
