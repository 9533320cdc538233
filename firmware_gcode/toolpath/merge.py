"""Strokes whose ends touch become one stroke; strokes that are drawn twice are drawn once."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import TypeAlias

import numpy as np

from firmware_gcode.drawing.geometry import Polyline, farthest, length
from firmware_gcode.toolpath.cells import Cells, sampled
from firmware_gcode.toolpath.rings import Chain, take_in_rings

_SPACING_MM = 0.5
"""Distance of places on the lines at which they are looked for."""
_MOST_SAMPLES = 4_000_000
_MOST_PAIRS = 100_000_000
_MOST_WORK = 20_000_000
"""Pairs of points that are compared at most, so that a dense drawing does not take minutes."""


def covered_by(strokes: Sequence[Polyline], tolerance: float) -> dict[int, int]:
    """Strokes (mm) that lie wholly within `tolerance` mm of another one, and that other one.

    Of two equal ones the first is drawn. Chains are resolved: no value is a key.
    """
    found: dict[int, int] = {}
    left = _MOST_WORK
    for index, other in _nearby(strokes, tolerance):
        if index in found or other in found:
            continue
        left -= len(strokes[index]) * len(strokes[other]) + 100
        if left < 0:
            break
        if _lies_on(strokes[index], strokes[other], tolerance) and (
            other < index or not _lies_on(strokes[other], strokes[index], tolerance)
        ):
            found[index] = other
    return _resolved(found)


def _nearby(strokes: Sequence[Polyline], tolerance: float) -> list[tuple[int, int]]:
    """Strokes and others that might cover them: both ends and the sharpest turn are near them.

    The smallest strokes come first.
    """
    count = len(strokes)
    lows = np.array([stroke.min(axis=0) for stroke in strokes])
    highs = np.array([stroke.max(axis=0) for stroke in strokes])
    ink = sum(length(stroke) for stroke in strokes)
    spacing = max(_SPACING_MM, ink / _MOST_SAMPLES)
    owners, _, samples = sampled(strokes, spacing)
    reach = spacing / 2.0 + tolerance
    cells = Cells(samples, reach)
    ends = [np.array([stroke[side] for stroke in strokes]) for side in (0, -1)]
    ends.append(np.array([_sharpest(stroke) for stroke in strokes]))
    tips = [places[:, 0] + 1j * places[:, 1] for places in reversed(ends)]
    if cells.pairs(tips[0]) > _MOST_PAIRS:
        return []
    pairs, some = [], np.arange(count)
    for places in tips:
        found = [np.empty(0, np.int64)]
        for place, sample in cells.near(places[some], reach):
            index, other = some[place], owners[sample]
            inside = (lows[other] <= lows[index] + tolerance).all(axis=1) & (index != other)
            inside &= (highs[other] >= highs[index] - tolerance).all(axis=1)
            found.append(np.unique(index[inside] * count + other[inside]))
        pairs.append(np.concatenate(found))
        some = np.unique(pairs[-1] // count)
    index, other = np.divmod(reduce(np.intersect1d, pairs), count)
    order = np.argsort(((highs - lows) ** 2).sum(axis=1)[index], kind="stable")
    return list(zip(index[order].tolist(), other[order].tolist(), strict=True))


def _resolved(found: dict[int, int]) -> dict[int, int]:
    """Every stroke with the one that is really drawn."""
    result = {}
    for index, drawn in found.items():
        last = drawn
        while last in found:
            last = found[last]
        result[index] = last
    return result


def _sharpest(stroke: Polyline) -> Polyline:
    """The point at which a line turns most, or its first one: shape (2,)."""
    if len(stroke) < 3:
        first: Polyline = stroke[0]
        return first
    steps = np.diff(stroke, axis=0)
    lengths = np.maximum(np.hypot(steps[:, 0], steps[:, 1]), 1e-12)
    straight = (steps[1:] * steps[:-1]).sum(axis=1) / (lengths[1:] * lengths[:-1])
    point: Polyline = stroke[1 + int(np.argmin(straight))]
    return point


def _lies_on(stroke: Polyline, other: Polyline, tolerance: float) -> bool:
    """Whether the stroke's points and the middles between them are all on the other."""
    if farthest(stroke[:1], other) > tolerance:
        return False
    middles = (stroke[1:] + stroke[:-1]) / 2
    return farthest(np.concatenate([stroke, middles]), other) <= tolerance


End: TypeAlias = tuple[int, int]
"""A stroke's number, and 0 for its first point or 1 for its last."""

_TWICE = 0.25
"""The share of the tolerance within which a stroke lies on another one."""


@dataclass(frozen=True)
class Merged:
    """A joined line, mm (closed: its last point is its first), and the strokes in it."""

    points: Polyline
    source: tuple[int, ...]


def merge(strokes: Sequence[Polyline], tolerance: float) -> list[Merged]:
    """Join strokes at ends at most `tolerance` mm apart (above 0), nearest ends first.

    A line whose own ends touch is closed; a closed line that touches another at a stroke's end
    is drawn as a part of it. The joined strokes are in the order of their first member.
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
    pairs = _near_pairs(ends, tolerance)
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
) -> list[tuple[float, End, End]]:
    """Pairs of ends at most the tolerance apart, with their distance, nearest first.

    Where thousands of ends are at one place only the nearer ones count.
    """
    names = list(ends)
    places = np.array([complex(*place) for place in ends.values()])
    reach = tolerance
    cells = Cells(places, reach)
    while cells.pairs(places) > _MOST_PAIRS and reach > tolerance * 1e-6:
        reach /= 2.0
        cells = Cells(places, reach)
    found = []
    for one, other in cells.near(places, reach):
        later = other > one
        gaps = abs(places[one[later]] - places[other[later]]).tolist()
        pairs = zip(one[later].tolist(), other[later].tolist(), strict=True)
        found += [(gap, names[i], names[j]) for gap, (i, j) in zip(gaps, pairs, strict=True)]
    return sorted(found)
