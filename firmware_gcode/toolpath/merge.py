"""Strokes whose ends touch become one stroke."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from firmware_gcode.drawing.geometry import Polyline


@dataclass(frozen=True)
class Merged:
    """Strokes joined into one.

    Attributes:
        points: The joined line, mm.
        source: Numbers of the strokes that it consists of, in its order.
    """

    points: Polyline
    source: tuple[int, ...]


def merge(strokes: Sequence[Polyline], tolerance: float) -> list[Merged]:
    """Join strokes at ends that are at most `tolerance` mm apart, nearest ends first.

    Args:
        strokes: Lines in mm; dots and closed lines stay as they are.
        tolerance: Largest gap to bridge, mm, above 0.

    Returns:
        The joined strokes, in the order of their first member.
    """
    ends = [(s[0], s[-1]) for s in strokes]
    partner = _pair_ends(ends, tolerance)
    done = [False] * len(strokes)
    result = []
    # Chains with a free end first, from that end; what is left then are closed chains.
    for only_free in (True, False):
        for index in range(len(strokes)):
            if done[index]:
                continue
            free = [side for side in (0, 1) if (index, side) not in partner]
            if only_free and not free:
                continue
            side = free[0] if free else 0
            result.append(_follow(strokes, partner, done, index, side))
    return sorted(result, key=lambda item: min(item.source))


def _follow(
    strokes: Sequence[Polyline],
    partner: dict[tuple[int, int], tuple[int, int]],
    done: list[bool],
    index: int,
    side: int,
) -> Merged:
    """Walk along a chain that is entered at one side of a stroke."""
    parts, source = [], []
    while not done[index]:
        done[index] = True
        parts.append(strokes[index] if side == 0 else strokes[index][::-1])
        source.append(index)
        onward = partner.get((index, 1 - side))
        if onward is None:
            break
        index, side = onward
    joined = [parts[0]]
    for part in parts[1:]:
        same = np.array_equal(joined[-1][-1], part[0])
        joined.append(part[1:] if same else part)
    return Merged(np.concatenate(joined), tuple(source))


def _pair_ends(
    ends: Sequence[tuple[Polyline, Polyline]], tolerance: float
) -> dict[tuple[int, int], tuple[int, int]]:
    """Which end of which stroke is joined to which: a matching, nearest pairs first."""
    cells: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
    places: dict[tuple[int, int], tuple[float, float]] = {}
    for index, (first, last) in enumerate(ends):
        if math.dist(first, last) <= tolerance:
            continue
        for side, point in enumerate((first, last)):
            place = float(point[0]), float(point[1])
            places[(index, side)] = place
            cells[_cell(place, tolerance)].append((index, side))
    pairs = []
    for key, place in places.items():
        column, row = _cell(place, tolerance)
        for dx in (-1, 0, 1):
            for dy in (-1, 0, 1):
                for other in cells.get((column + dx, row + dy), ()):
                    gap = math.dist(place, places[other])
                    if other > key and other[0] != key[0] and gap <= tolerance:
                        pairs.append((gap, key, other))
    partner: dict[tuple[int, int], tuple[int, int]] = {}
    for _, one, other in sorted(pairs):
        if one not in partner and other not in partner:
            partner[one], partner[other] = other, one
    return partner


def _cell(place: tuple[float, float], size: float) -> tuple[int, int]:
    return math.floor(place[0] / size), math.floor(place[1] / size)
