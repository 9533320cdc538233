"""Outlines: lines, cubic Béziers and elliptic arcs, kept as such until their size is known."""

from __future__ import annotations

import cmath
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from firmware_gcode.drawing.svg_parts.values import Matrix, Points, stretch

_MOST_PIECES = 20_000
"""Lines that one curve may become."""
_SHARE = 0.02
"""How far chords may leave a curve, in its radius or length: a small circle is none in few."""


@dataclass(frozen=True, slots=True)
class Arc:
    """Part of an ellipse: angles in radians on the circle that it is stretched from."""

    centre: complex
    rx: float
    ry: float
    turn: float
    begin: float
    sweep: float

    def at(self, angle: NDArray[np.float64]) -> Points:
        """Points on it."""
        z = self.rx * np.cos(angle) + 1j * self.ry * np.sin(angle)
        placed: Points = self.centre + z * cmath.exp(1j * self.turn)
        return placed

    def heading(self, share: float) -> complex:
        """Its direction at its begin (0) or end (1)."""
        angle = self.begin + share * self.sweep
        slope = complex(-self.rx * math.sin(angle), self.ry * math.cos(angle))
        return slope * cmath.exp(1j * self.turn) * math.copysign(1.0, self.sweep)


Bend: TypeAlias = tuple[complex, complex] | Arc
"""How a segment is bent: the two control points of a cubic Bézier, or an arc."""


@dataclass(slots=True)
class Run:
    """One continuous part of an outline.

    Attributes:
        points: Where its segments begin and end, as x + iy.
        bends: The segments that are not straight, by the index of their first point.
        closed: Whether its end is joined to its begin.
    """

    points: list[complex]
    bends: dict[int, Bend] = field(default_factory=dict)
    closed: bool = False

    def corners(self) -> Points:
        """Points whose box holds it all."""
        extra: list[complex] = []
        for index, bend in self.bends.items():
            if isinstance(bend, Arc):
                r = max(bend.rx, bend.ry)
                extra += (bend.centre + complex(r, r), bend.centre - complex(r, r))
            else:
                extra += (*bend, self.points[index])
        return np.array(self.points + extra)

    def pieces(self, tolerance: float) -> NDArray[np.intp]:
        """Into how many lines each segment is divided to stay within the tolerance."""
        counts = np.ones(len(self.points) - 1, dtype=np.intp)
        cubic = [(at, bend) for at, bend in self.bends.items() if not isinstance(bend, Arc)]
        if cubic:
            counts[[at for at, _ in cubic]] = _cubic_pieces(self._controls(cubic), tolerance)
        for at, bend in self.bends.items():
            if isinstance(bend, Arc):
                counts[at] = _arc_pieces(bend, tolerance)
        return counts

    def _controls(
        self, cubic: Sequence[tuple[int, tuple[complex, complex]]]
    ) -> NDArray[np.complex128]:
        """The control points of some of its Béziers: shape (N, 4)."""
        rows = [(self.points[at], *bend, self.points[at + 1]) for at, bend in cubic]
        return np.array(rows, dtype=np.complex128)

    def flat(self, tolerance: float) -> Points:
        """Its points, curves divided so that no chord is farther than `tolerance` off.

        Points on arcs lie exactly on them, evenly spaced.
        """
        ends = np.array(self.points)
        if not self.bends:
            return ends
        counts = self.pieces(tolerance)
        after = np.concatenate([[0], np.cumsum(counts)])
        out = np.empty(int(after[-1]) + 1, dtype=np.complex128)
        out[after] = ends
        cubic = [(at, bend) for at, bend in self.bends.items() if not isinstance(bend, Arc)]
        if cubic:
            where = np.array([at for at, _ in cubic])
            inner = counts[where] - 1
            rows = np.repeat(np.arange(len(where)), inner)
            step = np.arange(len(rows)) - (np.cumsum(inner) - inner)[rows] + 1
            control = self._controls(cubic)[rows].T
            out[after[where][rows] + step] = _cubic(control, step / counts[where][rows])
        for at, bend in self.bends.items():
            if isinstance(bend, Arc):
                n = int(counts[at])
                angles = bend.begin + bend.sweep * np.arange(1, n) / n
                out[after[at] + 1 : after[at + 1]] = bend.at(angles)
        return out

    def headings(self) -> list[tuple[complex, complex]]:
        """At each point the direction in which the run comes and goes; 0 where it does not."""
        going = [self._heading(index, 0.0) for index in range(len(self.points) - 1)]
        coming = [self._heading(index, 1.0) for index in range(len(self.points) - 1)]
        for at in [at for at, way in enumerate(going) if not way]:  # a segment of no length
            before = coming[at - 1] if at else 0j
            going[at] = coming[at] = before or next((way for way in going[at:] if way), 0j)
        if self.closed and going:
            return list(zip([coming[-1], *coming], [*going, going[0]], strict=True))
        return list(zip([0j, *coming], [*going, 0j], strict=True))

    def _heading(self, index: int, share: float) -> complex:
        """The direction of a segment at its begin (0) or end (1)."""
        begin, end, bend = self.points[index], self.points[index + 1], self.bends.get(index)
        if isinstance(bend, Arc):
            return bend.heading(share)
        way = [begin, *(bend or ()), end]
        if share:
            way = way[::-1]
        step = next((p - way[0] for p in way[1:] if p != way[0]), 0j)
        return -step if share else step


Outline: TypeAlias = list[Run]


def _cubic(c: NDArray[np.complex128], t: NDArray[np.float64]) -> Points:
    """Points on cubic Béziers, control points in rows 0 to 3."""
    s = 1.0 - t
    found: Points = s * s * s * c[0] + 3 * s * t * (s * c[1] + t * c[2]) + t * t * t * c[3]
    return found


def _cubic_pieces(c: NDArray[np.complex128], tolerance: float) -> NDArray[np.intp]:
    """A curve is from its chord at most an eighth of its largest second derivative."""
    bend = 6.0 * np.maximum(
        abs(c[:, 0] - 2 * c[:, 1] + c[:, 2]), abs(c[:, 1] - 2 * c[:, 2] + c[:, 3])
    )
    way = np.abs(np.diff(c, axis=1)).sum(axis=1)
    least = np.maximum(np.minimum(tolerance, _SHARE * way), 1e-300)
    pieces = np.ceil(np.sqrt(bend / (8.0 * least)))
    return np.asarray(np.clip(pieces, 1, _MOST_PIECES).astype(np.intp))


def _arc_pieces(arc: Arc, tolerance: float) -> int:
    """A chord of a circle leaves it by r (1 - cos of half its angle)."""
    radius = max(arc.rx, arc.ry, 1e-300)
    step = 2.0 * math.acos(max(0.0, 1.0 - min(tolerance / radius, _SHARE)))
    return max(1, min(_MOST_PIECES, math.ceil(abs(arc.sweep) / max(step, 1e-4))))


def flat_runs(outline: Outline, matrix: Matrix, tolerance: float) -> list[Points]:
    """Every run's points, curves within `tolerance` once the matrix is applied; not moved."""
    scale = stretch(matrix)
    inner = tolerance / scale if scale > 0.0 else math.inf
    return [run.flat(max(inner, 1e-12)) for run in outline]


def ellipse(centre: complex, rx: float, ry: float) -> Run:
    """A whole ellipse, from its rightmost point, in the direction in which SVG strokes it."""
    angles = [0.0, math.pi / 2, math.pi, 1.5 * math.pi]
    places = [centre + rx, centre + 1j * ry, centre - rx, centre - 1j * ry, centre + rx]
    bends: dict[int, Bend] = {
        n: Arc(centre, rx, ry, 0.0, angle, math.pi / 2) for n, angle in enumerate(angles)
    }
    return Run(places, bends, closed=True)


def is_flat(outline: Outline) -> bool:
    """Whether the box around an outline has no width or no height."""
    z = np.concatenate([run.corners() for run in outline])
    return not (np.ptp(z.real) and np.ptp(z.imag))


def polygon(corners: Sequence[complex]) -> Run:
    """A closed run of straight lines."""
    return Run([*corners, corners[0]], closed=True)


def arc_to(
    begin: complex,
    end: complex,
    radii: tuple[float, float],
    turn: float,
    *,
    large: bool,
    sweep: bool,
) -> Arc | None:
    """The arc of an SVG path, by appendix B.2 of SVG 2; None for a straight line.

    Args:
        begin: Where it begins.
        end: Where it ends.
        radii: Of the ellipse; they grow if they cannot reach.
        turn: Angle of the ellipse's axes, degrees.
        large: Whether the longer way round is meant.
        sweep: Whether it goes clockwise on the screen (towards larger angles).
    """
    rx, ry = abs(radii[0]), abs(radii[1])
    if rx == 0.0 or ry == 0.0 or begin == end:
        return None
    phi = math.radians(turn % 360.0)
    half = (begin - end) / 2 * cmath.exp(-1j * phi)
    over = math.hypot(half.real / rx, half.imag / ry)
    if over > 1.0:
        rx, ry = rx * over, ry * over
    unit = complex(half.real / rx, half.imag / ry)
    square = max(0.0, 1.0 / max(abs(unit) ** 2, 1e-300) - 1.0)
    middle = unit * 1j * math.sqrt(square) * (1.0 if large == sweep else -1.0)
    first, last = cmath.phase(unit - middle), cmath.phase(-unit - middle)
    angle = (last - first) % (2 * math.pi)
    if not sweep:
        angle -= 2 * math.pi
    centre = (begin + end) / 2 + complex(middle.real * rx, middle.imag * ry) * cmath.exp(
        1j * phi
    )
    return Arc(centre, rx, ry, phi, first, angle)
