"""Many lines of different lengths in one array."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from firmware_gcode.drawing.geometry import Polyline

Complex: TypeAlias = NDArray[np.complex128]
"""Points x + iy, mm."""
Floats: TypeAlias = NDArray[np.float64]
Places: TypeAlias = NDArray[np.intp]
Integers: TypeAlias = NDArray[np.int64]
Booleans: TypeAlias = NDArray[np.bool_]

_SAME_MM = 1e-3


def lengths(z: Complex) -> Floats:
    """How long ways are, by roots alone: `hypot` rounds differently on each processor."""
    found: Floats = np.sqrt(z.real**2 + z.imag**2)
    return found


def distinct(values: Integers) -> Integers:
    """Values in rising order, each once: `np.unique` would load all of `numpy.ma` first."""
    rising = np.sort(values)
    found: Integers = rising[np.diff(rising, prepend=rising[:1] - 1) != 0]
    return found


def alike(values: NDArray[Any]) -> tuple[Places, Places]:
    """Where each distinct value, in rising order, is first; which of them every one is."""
    order = np.argsort(values, kind="stable")
    rising = values[order]
    new = np.ones(len(values), np.bool_)
    new[1:] = rising[1:] != rising[:-1]
    which = np.empty(len(values), np.intp)
    which[order] = np.cumsum(new) - 1
    return order[new], which


def spread(counts: Places) -> tuple[Places, Places]:
    """For parts of so many elements, one after the other: each one's part and place in it."""
    row = np.repeat(np.arange(len(counts)), counts)
    return row, np.arange(len(row)) - (np.cumsum(counts) - counts)[row]


def boxes(strokes: Sequence[Polyline]) -> tuple[Floats, Floats]:
    """Lower left and upper right of each stroke: shape (N, 2)."""
    sizes = np.array([len(stroke) for stroke in strokes], dtype=np.intp)
    first, points = np.cumsum(sizes) - sizes, np.concatenate(strokes)
    return np.minimum.reduceat(points, first), np.maximum.reduceat(points, first)


class Lines(NamedTuple):
    """The points of all lines; neighbours differ, and a closed line has its seam once.

    Attributes:
        z: Points, mm.
        owner: The line of each.
        first: Index of each line's first point.
        size: How many points it has.
        closed: Whether its last point is joined to its first.
    """

    z: Complex
    owner: Places
    first: Places
    size: Places
    closed: Booleans

    @classmethod
    def of(cls, strokes: Sequence[Polyline]) -> Lines:
        """Strokes (shape (N, 2) each, mm); points that are where the one before is go."""
        z = np.ascontiguousarray(np.concatenate(strokes)).view(np.complex128).ravel()
        owner, place = spread(np.array([len(stroke) for stroke in strokes], dtype=np.intp))
        step = np.diff(z, prepend=z[:1])
        keep = (place == 0) | (np.maximum(np.abs(step.real), np.abs(step.imag)) > _SAME_MM)
        last = np.append(place[1:] == 0, [True])
        final = z[last]
        z, owner = z[keep], owner[keep]
        size = np.bincount(owner, minlength=len(strokes))
        first = np.cumsum(size) - size
        z[(first + size - 1)[size > 1]] = final[size > 1]
        closed = (size > 2) & (z[first] == z[first + size - 1])
        twice = (first + size - 1)[closed]
        size = size - closed
        first = np.cumsum(size) - size
        return cls(np.delete(z, twice), np.delete(owner, twice), first, size, closed)

    def around(self, begin: Places, step: Places | int) -> Places:
        """Indices of the points so many steps after others of the same lines."""
        line = self.owner[begin]
        return self.first[line] + (begin - self.first[line] + step) % self.size[line]
