"""Strokes whose ends touch become one stroke; strokes that are drawn twice are drawn once."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from firmware_gcode.drawing.geometry import Polyline
from firmware_gcode.toolpath.duplicates import covered_by
from firmware_gcode.toolpath.rings import Chain, take_in_rings

End: TypeAlias = tuple[int, int]
"""A stroke's number, and 0 for its first point or 1 for its last."""

_TWICE = 0.25
"""The share of the tolerance within which a stroke lies on another one."""


@dataclass(frozen=True)
class Merged:
    """Strokes joined into one.

    Attributes:
        points: The joined line, mm; the last point is the first if it is closed.
        source: Numbers of the strokes that it inks.
    """

    points: Polyline
    source: tuple[int, ...]


def merge(strokes: Sequence[Polyline], tolerance: float) -> list[Merged]:
    """Join strokes at ends that touch, in any combination, nearest ends first.

    Args:
        strokes: Lines in mm.
        tolerance: Largest gap to bridge, mm, above 0 (the pen's width).

    Returns:
        The joined strokes, in the order of their first member. A line whose own ends touch is
        closed; a closed line that touches another at a stroke's end is drawn as a part of it.
    """
    twice = covered_by(strokes, _TWICE * tolerance)
    drawn = [index for index in range(len(strokes)) if index not in twice]
    ends: dict[End, tuple[float, float]] = {}
    for index in drawn:
        points = strokes[index]
        for side in (0, 1) if len(points) > 1 else ():
            ends[index, side] = (float(points[-side, 0]), float(points[-side, 1]))
    partner = _pair(ends, tolerance)
    chains = take_in_rings(_chains(strokes, drawn, partner), tolerance)
    hidden = defaultdict(list)
    for index, other in twice.items():
        hidden[other].append(index)
    result = [
        Merged(c.points, tuple(s for own in c.source for s in (own, *hidden[own])))
        for c in chains
    ]
    return sorted(result, key=lambda item: min(item.source))


def _chains(
    strokes: Sequence[Polyline], drawn: Sequence[int], partner: dict[End, End]
) -> list[Chain]:
    """Follow the joined ends: first lines with a free end, then what is left, the rings."""
    done: set[int] = set()
    chains = []
    for only_free in (True, False):
        for index in drawn:
            if index in done:
                continue
            free = [side for side in (0, 1) if (index, side) not in partner]
            if free or not only_free:
                chains.append(_follow(strokes, partner, done, (index, (*free, 0)[0])))
    return chains


def _follow(
    strokes: Sequence[Polyline], partner: dict[End, End], done: set[int], entrance: End
) -> Chain:
    """Walk along a chain that is entered at one end of a stroke."""
    parts: list[Polyline] = []
    source: list[int] = []
    joints = [0]
    index, side = entrance
    onward: End | None = entrance
    while onward is not None and onward[0] not in done:
        index, side = onward
        done.add(index)
        points = strokes[index] if side == 0 else strokes[index][::-1]
        if parts and np.array_equal(parts[-1][-1], points[0]):
            points = points[1:]
        parts.append(points)
        source.append(index)
        joints.append(joints[-1] + len(points) - (1 if len(parts) == 1 else 0))
        onward = partner.get((index, 1 - side))
    joined = np.concatenate(parts)
    if onward == entrance and not np.array_equal(joined[0], joined[-1]):
        joined = np.concatenate([joined, joined[:1]])
    return Chain(joined, source, joints)


def _pair(ends: dict[End, tuple[float, float]], tolerance: float) -> dict[End, End]:
    """Which end is joined to which: nearest pairs first, those that close a ring last."""
    chain: dict[End, End] = {(index, side): (index, 1 - side) for index, side in ends}
    partner: dict[End, End] = {}
    pairs = sorted(_near_pairs(ends, tolerance))
    for closing in (False, True):
        for _, one, other in pairs:
            if one in partner or other in partner or (chain[one] == other) != closing:
                continue
            if one[0] == other[0] and _short(ends[one], ends[other], tolerance):
                continue
            partner[one], partner[other] = other, one
            far, near = chain[one], chain[other]
            chain[far], chain[near] = near, far
    return partner


def _short(one: tuple[float, float], other: tuple[float, float], tolerance: float) -> bool:
    """Kept simple: a stroke of its own closes only if its ends meet well within the pen."""
    return math.dist(one, other) > tolerance / 2


def _near_pairs(
    ends: dict[End, tuple[float, float]], tolerance: float
) -> Iterable[tuple[float, End, End]]:
    """All pairs of ends at most the tolerance apart, with their distance."""
    cells: dict[tuple[int, int], list[End]] = defaultdict(list)
    for end, (x, y) in ends.items():
        cells[math.floor(x / tolerance), math.floor(y / tolerance)].append(end)
    for end, (x, y) in ends.items():
        column, row = math.floor(x / tolerance), math.floor(y / tolerance)
        for dx in (-1, 0, 1):
            for dy in (-1, 0, 1):
                for other in cells.get((column + dx, row + dy), ()):
                    gap = math.dist((x, y), ends[other])
                    if other > end and gap <= tolerance:
                        yield gap, end, other
