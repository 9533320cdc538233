"""A walk along every edge of a connected drawing, with the least of it walked twice.

The postman's problem: edges are doubled until at most two nodes have an odd number of them,
then Euler's trail is found as Hierholzer (1873) does. Here the edges form a tree of lines and
closed loops, for which the least doubling is found directly.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firmware_gcode.drawing.geometry import Polyline, arc_lengths, length


@dataclass(frozen=True)
class Edge:
    """A piece of line, mm, between nodes, or one twice; `loop` is -1 outside closed lines."""

    ends: tuple[int, int]
    length: float
    loop: int = -1


@dataclass
class _Tree:
    """All nodes from the root outwards; each one's parent and the edge to it (-1: none)."""

    order: list[int]
    parent: list[int]
    edge: list[int]


def trail(edges: Sequence[Edge], nodes: int) -> list[tuple[int, bool]]:
    """The shortest walk along all edges that begins and ends anywhere.

    The edges join all nodes; all cycles are those of closed lines. Returns edges by number,
    and whether they are walked from their second end to their first.
    """
    doubled = _doubled(edges, nodes)
    incident: list[list[int]] = [[] for _ in range(nodes)]
    for number, edge in enumerate(edges):
        for end in edge.ends:
            incident[end] += [number] * (1 + doubled[number])
    odd = [node for node in range(nodes) if len(incident[node]) % 2]
    left = [1 + twice for twice in doubled]
    walk: list[tuple[int, int, int]] = []  # Node, and the edge and node from which it came.
    stack = [(odd[0] if odd else 0, -1, -1)]
    while stack:
        node = stack[-1][0]
        while incident[node] and not left[incident[node][-1]]:
            incident[node].pop()
        if not incident[node]:
            walk.append(stack.pop())
            continue
        number = incident[node].pop()
        left[number] -= 1
        one, other = edges[number].ends
        stack.append((other if node == one else one, number, node))
    walk.reverse()
    return [(number, edges[number].ends[0] != before) for _, number, before in walk[1:]]


def _doubled(edges: Sequence[Edge], nodes: int) -> list[bool]:
    """Which edges are walked twice."""
    tree = _tree(edges, nodes)
    degree = [0] * nodes
    for edge in edges:
        for end in edge.ends:
            degree[end] += 1
    doubled = [False] * len(edges)
    for node in reversed(tree.order[1:]):
        if degree[node] % 2:
            doubled[tree.edge[node]] = True
            degree[tree.parent[node]] += 1
    for number in _longest(edges, tree, doubled):
        doubled[number] = not doubled[number]
    loops: dict[int, list[int]] = {}
    for number, edge in enumerate(edges):
        if edge.loop >= 0:
            loops.setdefault(edge.loop, []).append(number)
    for loop in loops.values():  # Both halves of a loop serve; take the shorter one.
        twice = sum(edges[number].length for number in loop if doubled[number])
        if 2 * twice > sum(edges[number].length for number in loop):
            for number in loop:
                doubled[number] = not doubled[number]
    return doubled


def _tree(edges: Sequence[Edge], nodes: int) -> _Tree:
    """A spanning tree without the longest piece of each loop."""
    longest: dict[int, int] = {}
    for number, edge in enumerate(edges):
        if edge.loop >= 0 and (
            edge.loop not in longest or edges[longest[edge.loop]].length < edge.length
        ):
            longest[edge.loop] = number
    left_out = set(longest.values())
    beside: list[list[int]] = [[] for _ in range(nodes)]
    for number, edge in enumerate(edges):
        if number not in left_out:
            for end in edge.ends:
                beside[end].append(number)
    tree = _Tree([0], [-1] * nodes, [-1] * nodes)
    for node in tree.order:
        for number in beside[node]:
            one, other = edges[number].ends
            further = other if node == one else one
            if number != tree.edge[node]:
                tree.parent[further], tree.edge[further] = node, number
                tree.order.append(further)
    return tree


def _longest(edges: Sequence[Edge], tree: _Tree, doubled: Sequence[bool]) -> list[int]:
    """The path that saves most if it need not be closed: from the walk's begin to its end.

    Along it doubled edges become single ones, and the others double.
    """
    best = [0.0] * len(tree.parent)
    down = [-1] * len(tree.parent)  # The child to which the best path goes on.
    most, arms = 0.0, (-1, -1)
    for node in reversed(tree.order[1:]):
        parent, number = tree.parent[node], tree.edge[node]
        gain = best[node] + edges[number].length * (1 if doubled[number] else -1)
        if gain + best[parent] > most:
            most, arms = gain + best[parent], (node, down[parent])
        if gain > best[parent]:
            best[parent], down[parent] = gain, node
    path = []
    for arm in arms:
        node = arm
        while node >= 0:
            path.append(tree.edge[node])
            node = down[node]
    return path


_SPACING_MM = 0.5
_MOST_SAMPLES = 6_000
"""Places that are looked at in all, besides two for each line."""
_CHUNK = 256


@dataclass(frozen=True)
class Bridge:
    """A straight join between two lines, by number, and how far along each it ends, mm."""

    line: int
    place: float
    other: int
    other_place: float


def shortest_bridges(lines: Sequence[Polyline]) -> list[Bridge]:
    """Join lines where they are nearest to each other, with the least length in all.

    Prim's algorithm (1957) on places every half millimetre (further apart in large drawings):
    no other straight joins between places of the lines come to less. One bridge fewer than
    lines.
    """
    owners, places, points = _samples(lines)
    outside = owners != 0
    gaps = np.full(len(points), np.inf)
    origins = np.zeros(len(points), dtype=np.int64)
    newest = 0
    found: list[Bridge] = []
    while outside.any():
        rest = np.flatnonzero(outside)
        own = np.flatnonzero(owners == newest)
        for low in range(0, len(own), _CHUNK):
            rows = own[low : low + _CHUNK]
            table = np.abs(points[rows, None] - points[None, rest])
            nearest = np.argmin(table, axis=0)
            least = table[nearest, np.arange(len(rest))]
            better = least < gaps[rest]
            gaps[rest[better]] = least[better]
            origins[rest[better]] = rows[nearest[better]]
        there = int(rest[np.argmin(gaps[rest])])
        here = int(origins[there])
        newest = int(owners[there])
        ends = (int(owners[here]), float(places[here]), newest, float(places[there]))
        found.append(Bridge(*ends))
        outside[owners == newest] = False
    return found


def _samples(
    lines: Sequence[Polyline],
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.complex128]]:
    """Places on all lines: whose, how far along in mm, and where (x + iy)."""
    spacing = max(_SPACING_MM, sum(length(line) for line in lines) / _MOST_SAMPLES)
    owners, places, points = [], [], []
    for index, line in enumerate(lines):
        along = arc_lengths(line)
        end = float(along[-1])
        own = np.linspace(0.0, end, math.ceil(end / spacing) + 1)
        owners.append(np.full(len(own), index))
        places.append(own)
        points.append(
            np.interp(own, along, line[:, 0]) + 1j * np.interp(own, along, line[:, 1])
        )
    return np.concatenate(owners), np.concatenate(places), np.concatenate(points)
