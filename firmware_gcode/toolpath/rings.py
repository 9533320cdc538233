"""Closed lines that touch another line are drawn on the way: one stroke instead of two.

That is the step by which an Euler trail is found (Hierholzer 1873): walk along a line, and
where a closed one touches it, go once around before walking on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from firmware_gcode.drawing.geometry import Polyline, arc_lengths, ink_mm, points_at
from firmware_gcode.toolpath.cells import Cells, in_parts, sampled

_LARGEST_GROUP = 200
"""Chains that become one at most; rings within rings are walked recursively."""
_MOST_SAMPLES = 2_000_000
_AT_ONCE = 2_048
"""Points of chains that are looked at together."""


@dataclass(slots=True)
class Chain:
    """A line (mm) of joined strokes, closed if its last point is its first.

    `joints` are indices of the points at which its strokes begin and end.
    """

    points: Polyline
    source: list[int]
    joints: list[int]
    guests: list[tuple[float, Chain, float]] = field(default_factory=list)

    @property
    def closed(self) -> bool:
        """Whether it ends where it begins."""
        return len(self.points) > 2 and bool((self.points[0] == self.points[-1]).all())


def take_in_rings(chains: Sequence[Chain], tolerance: float) -> list[Chain]:
    """Let closed chains become part of those that they touch; returns the chains that remain.

    Two chains touch where an end of one of their strokes is at most `tolerance` mm from any
    point of the other.
    """
    if not any(chain.closed for chain in chains):
        return list(chains)
    group = list(range(len(chains)))
    hosted = [False] * len(chains)
    size = [1] * len(chains)
    for index, place, other, other_place in _touches(chains, tolerance):
        one, two = _root(group, index), _root(group, other)
        if one == two or size[one] + size[two] > _LARGEST_GROUP:
            continue
        if chains[other].closed and not hosted[other]:
            chains[index].guests.append((place, chains[other], other_place))
            hosted[other] = True
        elif chains[index].closed and not hosted[index]:
            chains[other].guests.append((other_place, chains[index], place))
            hosted[index] = True
        else:
            continue
        group[two] = one
        size[one] += size[two]
    return [_expand(c) for c, guest in zip(chains, hosted, strict=True) if not guest]


def _root(group: list[int], index: int) -> int:
    while group[index] != index:
        group[index] = group[group[index]]
        index = group[index]
    return index


def _touches(chains: Sequence[Chain], tolerance: float) -> list[tuple[int, float, int, float]]:
    """Places at which a stroke's end is near another chain: chain, place, chain, place.

    Places are distances along the chain. At least one of the two chains is closed.
    """
    closed = np.array([chain.closed for chain in chains])
    joints = [_joints(chain) for chain in chains]
    owners = np.repeat(np.arange(len(chains)), [len(joint) for joint, _ in joints])
    places = np.concatenate([place for place, _ in joints])
    ends = np.concatenate([point for _, point in joints])
    cells = Cells(ends, tolerance)
    ring_cells = Cells(ends[closed[owners]], tolerance)
    of_rings = np.flatnonzero(closed[owners])
    found: list[NDArray[np.float64]] = [np.empty((0, 5))]
    sizes = np.array([len(chain.points) for chain in chains])
    for part in in_parts(sizes, _AT_ONCE):
        lines = [chain.points for chain in chains[part]]
        spacing = max(tolerance / 2, ink_mm(lines) / _MOST_SAMPLES)
        row, along, samples = sampled(lines, spacing)
        row = row + part.start
        is_ring = closed[row]
        for some, grid, number in (
            (np.flatnonzero(is_ring), cells, np.arange(len(ends))),
            (np.flatnonzero(~is_ring), ring_cells, of_rings),
        ):
            if not len(number):
                continue
            for sample, end in grid.near(samples[some], tolerance):
                own, other = some[sample], number[end]
                apart = row[own] != owners[other]
                own, other = own[apart], other[apart]
                gap = abs(samples[own] - ends[other])
                rows = (gap, row[own], owners[other], along[own], places[other])
                found.append(_nearest(np.stack(rows, axis=1)))
    best = _nearest(np.concatenate(found))
    best = best[np.lexsort((best[:, 4], best[:, 3], best[:, 2], best[:, 1], best[:, 0]))]
    return [(int(i), place, int(j), there) for _, i, j, place, there in best.tolist()]


def _nearest(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of rows of gap, chain, other chain, place, place the first one of each two chains."""
    rows = rows[np.lexsort((rows[:, 4], rows[:, 3], rows[:, 0], rows[:, 2], rows[:, 1]))]
    new = np.ones(len(rows), np.bool_)
    new[1:] = (rows[1:, 1:3] != rows[:-1, 1:3]).any(axis=1)
    return rows[new]


def _joints(chain: Chain) -> tuple[NDArray[np.float64], NDArray[np.complex128]]:
    """How far along a chain the ends of its strokes are, mm, and where: x + iy."""
    points = chain.points[chain.joints]
    return arc_lengths(chain.points)[chain.joints], points[:, 0] + 1j * points[:, 1]


def _expand(chain: Chain) -> Chain:
    """The chain with all its guests walked around where they touch it."""
    if not chain.guests:
        return chain
    along = arc_lengths(chain.points)
    parts: list[Polyline] = []
    source = list(chain.source)
    before = -1.0
    for place, guest, seam in sorted(chain.guests, key=lambda entry: entry[0]):
        whole = _expand(_turned(guest, seam))
        here = points_at(chain.points, along, [place])
        parts += [chain.points[(along > before) & (along <= place)], here, whole.points, here]
        source += whole.source
        before = place
    parts.append(chain.points[along > before])
    return Chain(np.concatenate(parts), source, [0])


def _turned(ring: Chain, seam: float) -> Chain:
    """A ring that begins and ends at another place of its own."""
    along = arc_lengths(ring.points)
    here = points_at(ring.points, along, [seam])
    rest = [ring.points[along > seam], ring.points[1:][along[1:] <= seam]]
    guests = [
        ((place - seam) % along[-1], guest, own_seam) for place, guest, own_seam in ring.guests
    ]
    return Chain(np.concatenate([here, *rest, here]), ring.source, [0], guests)
