"""Strokes whose ends touch become one stroke; strokes that are drawn twice are drawn once."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from firmware_gcode.drawing.geometry import Polyline, farthest, ink_mm
from firmware_gcode.toolpath.cells import Cells, in_parts, sampled
from firmware_gcode.toolpath.ragged import Complex, alike, boxes, distinct
from firmware_gcode.toolpath.rings import Chain, take_in_rings

_SPACING_MM = 0.5
"""Distance of places on the lines at which they are looked for."""
_MOST_SAMPLES = 4_000_000
_SAMPLED_AT_ONCE = 4_096
"""Points of lines between which places are found at once."""
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
    lows, highs = boxes(strokes)
    spacing = max(_SPACING_MM, ink_mm(strokes) / _MOST_SAMPLES)
    owners, samples = _samples(strokes, spacing)
    reach = spacing / 2.0 + tolerance
    cells = Cells(samples, reach)
    ends = [np.array([stroke[side] for stroke in strokes]) for side in (0, -1)]
    ends.append(_sharpest(strokes))
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
            found.append(distinct(index[inside] * count + other[inside]))
        pairs.append(np.concatenate(found))
        some = distinct(pairs[-1] // count)
    index, other = np.divmod(reduce(_common, pairs), count)
    order = np.argsort(((highs - lows) ** 2).sum(axis=1)[index], kind="stable")
    return list(zip(index[order].tolist(), other[order].tolist(), strict=True))


def _common(ones: NDArray[np.int64], others: NDArray[np.int64]) -> NDArray[np.int64]:
    """What is in both, in rising order; in each every number is once."""
    rising = np.sort(np.concatenate([ones, others]))
    found: NDArray[np.int64] = rising[1:][rising[1:] == rising[:-1]]
    return found


def _samples(strokes: Sequence[Polyline], spacing: float) -> tuple[NDArray[np.int32], Complex]:
    """Places on lines, and whose each is."""
    sizes = np.fromiter(map(len, strokes), np.int64, len(strokes))
    owners, samples = [], []
    for part in in_parts(sizes, _SAMPLED_AT_ONCE):
        row, _, places = sampled(strokes[part], spacing)
        owners.append((row + part.start).astype(np.int32))
        samples.append(places)
    return np.concatenate(owners), np.concatenate(samples)


def _resolved(found: dict[int, int]) -> dict[int, int]:
    """Every stroke with the one that is really drawn."""
    result = {}
    for index, drawn in found.items():
        last = drawn
        while last in found:
            last = found[last]
        result[index] = last
    return result


def _sharpest(strokes: Sequence[Polyline]) -> NDArray[np.float64]:
    """The point at which each line turns most, or its first one: shape (N, 2)."""
    sizes = np.fromiter(map(len, strokes), np.int64, len(strokes))
    found = []
    for part in in_parts(sizes, _SAMPLED_AT_ONCE):
        points, size = np.concatenate(strokes[part]), sizes[part]
        first = np.cumsum(size) - size
        steps = np.diff(points, axis=0)
        long = np.maximum(np.hypot(steps[:, 0], steps[:, 1]), 1e-12)
        straight = np.full(len(points), np.inf)
        straight[1:-1] = (steps[1:] * steps[:-1]).sum(axis=1) / (long[1:] * long[:-1])
        straight[first] = straight[first + size - 1] = np.inf
        row = np.repeat(np.arange(len(size)), size)
        sharpest = np.flatnonzero(straight == np.minimum.reduceat(straight, first)[row])
        found.append(points[sharpest[alike(row[sharpest])[0]]])
    return np.concatenate(found)


def _lies_on(stroke: Polyline, other: Polyline, tolerance: float) -> bool:
    """Whether the stroke's points and the middles between them are all on the other."""
    if farthest(stroke[:1], other) > tolerance:
        return False
    middles = (stroke[1:] + stroke[:-1]) / 2
    return farthest(np.concatenate([stroke, middles]), other) <= tolerance


End: TypeAlias = int
"""Twice a stroke's number, and one more for its last point."""

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
    real = [index for index in drawn if len(strokes[index]) > 1]
    places = np.zeros(2 * len(strokes), np.complex128)
    for index in real:
        places[2 * index : 2 * index + 2] = strokes[index][[0, -1]] @ (1.0, 1.0j)
    partner = _pair(
        places, [end for index in real for end in (2 * index, 2 * index + 1)], tolerance
    )
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
            ends = (2 * index, 2 * index + 1)
            free = [end for end in ends if end not in partner]
            if free or not only_free:
                chains.append(_follow(strokes, partner, done, (*free, *ends)[0]))
    return chains


def _follow(
    strokes: Sequence[Polyline], partner: dict[End, End], done: set[int], entrance: End
) -> Chain:
    """Walk along a chain that is entered at one end of a stroke."""
    parts: list[Polyline] = []
    source: list[int] = []
    joints = [0]
    onward: End | None = entrance
    while onward is not None and onward >> 1 not in done:
        end, index = onward, onward >> 1
        done.add(index)
        points = strokes[index][::-1] if end & 1 else strokes[index]
        if parts and np.array_equal(parts[-1][-1], points[0]):
            points = points[1:]
        parts.append(points)
        source.append(index)
        joints.append(joints[-1] + len(points) - (1 if len(parts) == 1 else 0))
        onward = partner.get(end ^ 1)
    joined = parts[0] if len(parts) == 1 else np.concatenate(parts)
    if onward == entrance and not np.array_equal(joined[0], joined[-1]):
        joined = np.concatenate([joined, joined[:1]])
    return Chain(joined, source, joints)


def _pair(places: Complex, ends: Sequence[End], tolerance: float) -> dict[End, End]:
    """Which end is joined to which: nearest pairs first, those that close a ring last.

    `places` are those of all ends, x + iy in mm, of which these may be joined.
    """
    chain = [
        end ^ 1 for end in range(len(places))
    ]  # The other end of the chain that ends here.
    partner: dict[End, End] = {}
    ones, others = _near_pairs(places, np.array(ends, np.int64), tolerance)
    for closing in (False, True):
        for one, other in zip(ones, others, strict=True):
            if one in partner or other in partner or (chain[one] == other) != closing:
                continue
            if one ^ 1 == other and _short(places[one], places[other], tolerance):
                continue
            partner[one], partner[other] = other, one
            far, near = chain[one], chain[other]
            chain[far], chain[near] = near, far
    return partner


def _short(one: complex, other: complex, tolerance: float) -> bool:
    """Kept simple: a stroke of its own closes only if its ends meet well within the pen."""
    return math.dist((one.real, one.imag), (other.real, other.imag)) > tolerance / 2


def _near_pairs(
    everywhere: Complex, ends: NDArray[np.int64], tolerance: float
) -> tuple[list[End], list[End]]:
    """Ends at most the tolerance apart, and the other end of each pair: nearest first.

    Where thousands of ends are at one place only the nearer ones count.
    """
    places = everywhere[ends]
    reach = tolerance
    cells = Cells(places, reach)
    while cells.pairs(places) > _MOST_PAIRS and reach > tolerance * 1e-6:
        reach /= 2.0
        cells = Cells(places, reach)
    found = [np.empty((0, 2), np.int64)]
    for one, other in cells.near(places, reach):
        later = other > one
        found.append(np.stack([one[later], other[later]], axis=1))
    one, other = np.concatenate(found).T
    order = np.lexsort((other, one, abs(places[one] - places[other])))
    return ends[one[order]].tolist(), ends[other[order]].tolist()
