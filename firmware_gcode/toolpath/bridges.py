"""The shortest set of bridges that joins lines into one piece: a minimum spanning tree."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firmware_gcode.drawing.geometry import Polyline, arc_lengths, length

_SPACING_MM = 0.5
_MOST_SAMPLES = 6_000
"""Places that are looked at in all, besides two for each line."""
_CHUNK = 256


@dataclass(frozen=True)
class Bridge:
    """A straight join between two lines.

    Attributes:
        line: Number of the one line.
        place: How far along it the bridge begins, mm.
        other: Number of the other line.
        other_place: How far along that it ends, mm.
    """

    line: int
    place: float
    other: int
    other_place: float


def point_at(line: Polyline, place: float) -> Polyline:
    """The point at a distance along a line: shape (2,)."""
    along = arc_lengths(line)
    return np.array([np.interp(place, along, line[:, axis]) for axis in (0, 1)])


def shortest_bridges(lines: Sequence[Polyline]) -> list[Bridge]:
    """Join lines where they are nearest to each other, with the least length in all.

    Prim's algorithm (1957) on places every half millimetre (further apart in large drawings):
    no other straight joins between places of the lines come to less.

    Args:
        lines: In mm.

    Returns:
        One bridge fewer than there are lines.
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
