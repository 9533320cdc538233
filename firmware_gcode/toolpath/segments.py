"""Lines and arcs, the two motions that GRBL knows, and the points that they pass."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

import numpy as np

from firmware_gcode.drawing.geometry import Polyline
from firmware_gcode.toolpath.ragged import Complex, Floats, Places, lengths, spread

Point: TypeAlias = tuple[float, float]
"""(x, y) in mm."""

FLATTEN_MM = 0.005
"""Default distance between an arc and the lines that stand for it."""


class Path(NamedTuple):
    """Lines and arcs, each from where the one before it ends.

    Attributes:
        z: Where the first begins and where each ends, x + iy in mm; one place alone is a dot.
        radius: Of the arc of at most half a turn that ends there, mm, negative where it turns
            clockwise (from above, `G2`), and at least half its chord; 0 for a line.
    """

    z: Complex
    radius: Floats

    def turned(self) -> Path:
        """The same path from its other end."""
        return Path(self.z[::-1], np.append(0.0, -self.radius[:0:-1]) + 0.0)

    def begun(self, at: int) -> Path:
        """A closed path from another of its places."""
        if not at:
            return self
        z = np.concatenate([self.z[at:], self.z[1 : at + 1]])
        radius = np.concatenate([[0.0], self.radius[at + 1 :], self.radius[1 : at + 1]])
        return Path(z, radius)

    @property
    def points(self) -> Polyline:
        """The points that it passes, arcs flattened: shape (N, 2), mm."""
        return flatten(self)


def straight(points: Polyline) -> Path:
    """Lines through all points."""
    return Path(as_complex(points), np.zeros(len(points)))


def as_complex(points: Polyline) -> Complex:
    """Points of shape (N, 2) as x + iy."""
    return np.ascontiguousarray(points, dtype=np.float64).view(np.complex128).ravel()


def as_points(z: Complex) -> Polyline:
    """The same back."""
    return np.ascontiguousarray(z).view(np.float64).reshape(-1, 2)


class Paths(NamedTuple):
    """Many paths, one after the other.

    Attributes:
        z: As in `Path`.
        radius: Likewise.
        sizes: How many places each has.
    """

    z: Complex
    radius: Floats
    sizes: Places

    @classmethod
    def of(cls, paths: Sequence[Path]) -> Paths:
        """Put paths together."""
        sizes = np.fromiter((len(path.z) for path in paths), np.intp, len(paths))
        z, radius = (np.concatenate(column) for column in zip(*paths, strict=True))
        return cls(z, radius, sizes)

    def each(self) -> list[Path]:
        """One by one."""
        until = np.cumsum(self.sizes).tolist()
        return [
            Path(self.z[a:b], self.radius[a:b])
            for a, b in zip([0, *until], until, strict=False)
        ]

    def part(self, low: int, high: int) -> Paths:
        """Some in a row."""
        until = np.append(0, np.cumsum(self.sizes))
        here = slice(until[low], until[min(high, len(self.sizes))])
        return Paths(self.z[here], self.radius[here], self.sizes[low:high])

    def flattened(self, tolerance: float = FLATTEN_MM) -> Paths:
        """Only lines, those that stand for an arc at most `tolerance` mm from it.

        An arc's radius is taken as half its chord if it is smaller.
        """
        bent = np.flatnonzero(self.radius)
        radius, side = np.abs(self.radius[bent]), np.copysign(1.0, self.radius[bent])
        begin, way = self.z[bent - 1], self.z[bent] - self.z[bent - 1]
        half = np.abs(way) / 2
        real = half > 0.0
        # Of the two centres, that of the turn of at most pi (RS274/NGC 3.5.3.1).
        height = np.sqrt(np.maximum(0.0, radius * radius - half * half))
        middle = way / 2 * (1.0 + 1j * side * height / np.where(real, half, 1.0))
        turn = 2.0 * np.arcsin(np.where(real, np.minimum(1.0, half / radius), 0.0))
        step = 2.0 * np.arccos(np.maximum(0.0, 1.0 - tolerance / radius))
        counts = np.ones(len(self.z), dtype=np.intp)
        counts[bent] = np.maximum(1, np.ceil(turn / np.maximum(step, 1e-3)))
        row, place = spread(counts[bent])
        angle = (side * turn / counts[bent])[row] * (place + 1)
        after = np.cumsum(counts)
        z = np.empty(int(counts.sum()), dtype=np.complex128)
        turned = middle[row] * (np.cos(angle) + 1j * np.sin(angle))
        z[(after - counts)[bent][row] + place] = (begin + middle)[row] - turned
        z[after - 1] = self.z
        sizes = np.add.reduceat(counts, np.cumsum(self.sizes) - self.sizes)
        return Paths(z, np.zeros(len(z)), sizes)

    @property
    def chords_mm(self) -> float:
        """Length of all, arcs by their chords, mm."""
        steps = lengths(np.diff(self.z))
        return float(steps.sum() - steps[np.cumsum(self.sizes)[:-1] - 1].sum())

    def hops(self, start: Point, park: Point) -> Complex:
        """The ways between, from `start` through all, in their order, to `park`, mm."""
        last = np.cumsum(self.sizes) - 1
        goals = np.append(self.z[last - self.sizes + 1], complex(*park))
        return np.asarray(goals - np.append(complex(*start), self.z[last]))


def flatten(path: Path, tolerance: float = FLATTEN_MM) -> Polyline:
    """The points of a path: its start, every line's end, and enough points on every arc."""
    return as_points(Paths.of([path]).flattened(tolerance).z)
