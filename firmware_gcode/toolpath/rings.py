"""Closed lines that touch another line are drawn on the way: one stroke instead of two.

That is the step by which an Euler trail is found (Hierholzer 1873): walk along a line, and
where a closed one touches it, go once around before walking on.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from firmware_gcode.drawing.geometry import Polyline, arc_lengths, points_at

_LARGEST_GROUP = 200
"""Chains that become one at most; rings within rings are walked recursively."""
_MOST_SAMPLES = 20_000


@dataclass
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
    ends = _ends_by_cell(chains, tolerance)
    all_keys = np.array([_key(*cell) for cell in ends])
    of_rings = [any(chains[entry[0]].closed for entry in entries) for entries in ends.values()]
    ring_keys = np.sort(all_keys[np.array(of_rings)])
    all_keys = np.sort(all_keys)
    nearest: dict[tuple[int, int], tuple[float, float, float]] = {}
    for index, chain in enumerate(chains):
        places, samples = _sample(chain.points, tolerance / 2)
        cells = np.floor(samples / tolerance).astype(np.int64)
        keys = all_keys if chain.closed else ring_keys
        near = np.flatnonzero(_are_in(_key(cells[:, 0], cells[:, 1]), keys))
        for sample, cell in zip(near.tolist(), map(tuple, cells[near].tolist()), strict=True):
            here = complex(*samples[sample])
            for other, place, there in ends.get(cell, ()):
                gap = abs(there - here)
                best = nearest.get((index, other), (tolerance, 0.0, 0.0))
                if gap < best[0] and other != index and (chain.closed or chains[other].closed):
                    nearest[index, other] = (gap, float(places[sample]), place)
    found = sorted(
        (gap, i, j, place, other) for (i, j), (gap, place, other) in nearest.items()
    )
    return [(i, place, j, other) for _, i, j, place, other in found]


def _ends_by_cell(
    chains: Sequence[Chain], tolerance: float
) -> dict[tuple[int, ...], list[tuple[int, float, complex]]]:
    """The ends of strokes in each cell and those beside it: chain, place along it, point."""
    ends: dict[tuple[int, ...], list[tuple[int, float, complex]]] = defaultdict(list)
    for index, chain in enumerate(chains):
        along = arc_lengths(chain.points)
        for joint in chain.joints:
            x, y = (float(value) for value in chain.points[joint])
            column, row = math.floor(x / tolerance), math.floor(y / tolerance)
            entry = (index, float(along[joint]), complex(x, y))
            for dx in (-1, 0, 1):
                for dy in (-1, 0, 1):
                    ends[column + dx, row + dy].append(entry)
    return ends


def _key(x: NDArray[np.int64] | int, y: NDArray[np.int64] | int) -> NDArray[np.int64]:
    return np.asarray(x, dtype=np.int64) * 4_000_037 + np.asarray(y, dtype=np.int64)


def _are_in(wanted: NDArray[np.int64], keys: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which of some keys are among sorted ones."""
    if len(keys) == 0:
        return np.zeros(len(wanted), dtype=np.bool_)
    return np.asarray(keys[np.searchsorted(keys, wanted) % len(keys)] == wanted)


def _sample(points: Polyline, step: float) -> tuple[NDArray[np.float64], Polyline]:
    """Places at equal distances along a line, and where they are."""
    along = arc_lengths(points)
    places = np.linspace(0.0, along[-1], min(int(along[-1] / step) + 2, _MOST_SAMPLES))
    return places, points_at(points, along, places)


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
