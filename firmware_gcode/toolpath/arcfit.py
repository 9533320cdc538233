"""Few lines and arcs for many points.

From each point the longest line or arc is taken that passes all points on its way within the
tolerance and sets out and arrives nearly in the direction of the curve. Directions may differ
by a few degrees at the joints: GRBL passes those without braking, and no eye sees them.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from firmware_gcode.drawing.geometry import Polyline
from firmware_gcode.toolpath.segments import Arc, Line, Point, Segment

MAX_SWEEP = math.radians(120.0)
"""Longest arc: beyond, the radius alone would say badly where the centre is."""
MAX_RADIUS = 1_000.0
"""mm; a larger circle is a line."""
_STRAIGHT_MM = 0.03
"""A line is taken instead of an arc if the points are this near to it."""
_KINK = math.radians(9.0)
"""With GRBL's junction deviation of 0.01 mm and 1,000 mm/s^2 this is passed at 55 mm/s."""


def fit_arcs(
    points: Polyline, tolerance: float, drawn: Polyline | None = None
) -> tuple[Segment, ...]:
    """Lines and arcs from the first point through all others, in order.

    Args:
        points: At least one point, mm; neighbours differ.
        tolerance: Largest distance of what was drawn from the result, mm.
        drawn: For each point the one that was drawn, from which the distance counts; the
            points themselves if None.

    Returns:
        The segments; their ends are points of the input. Empty for a dot.
    """
    z = points[:, 0] + 1j * points[:, 1]
    o = z if drawn is None else drawn[:, 0] + 1j * drawn[:, 1]
    segments: list[Segment] = []
    here, last = 0, len(z) - 1
    while here < last:
        here, segment = _longest(z, o, here, tolerance)
        segments.append(segment)
    return tuple(segments)


def _longest(
    z: NDArray[np.complex128], o: NDArray[np.complex128], here: int, tolerance: float
) -> tuple[int, Segment]:
    """The longest segment from one point on: twice as far while it fits, then by halves."""
    last = len(z) - 1
    good = here + 1
    best: Segment = Line(_point(z[good]))
    step = 2
    while good < last:
        there = min(here + step, last)
        found = _fit(z[here : there + 1], o[here : there + 1], tolerance)
        if found is None:
            break
        good, best, step = there, found, step * 2
    bad = min(here + step, last + 1)
    while bad - good > 1:
        there = (good + bad) // 2
        found = _fit(z[here : there + 1], o[here : there + 1], tolerance)
        if found is None:
            bad = there
        else:
            good, best = there, found
    return good, best


def _fit(
    inside: NDArray[np.complex128], drawn: NDArray[np.complex128], tolerance: float
) -> Segment | None:
    """One segment from the first point to the last, or None if none fits."""
    end = _point(inside[-1])
    chord = inside[-1] - inside[0]
    length = float(abs(chord))
    if length < 1e-6:
        return None
    # Seen from the chord: along it and to its left; the middles between what was drawn, too.
    turn = chord.conjugate() / length
    frame = (inside[1:-1] - inside[0]) * turn
    middles = (drawn[1:] + drawn[:-1]) / 2
    aims = (np.concatenate([drawn[1:-1], middles]) - inside[0]) * turn
    if np.abs(frame.imag).max() <= _STRAIGHT_MM and np.abs(aims.imag).max() <= tolerance:
        strays = aims.real.min() < -tolerance or aims.real.max() > length + tolerance
        return None if strays else Line(end)
    arc = _arc(frame, length)
    if arc is None or not _passes(aims, length, arc, tolerance):
        return None
    radius, bulge = arc
    return Arc(end, radius, clockwise=bulge > 0.0) if _meets(inside, chord, bulge) else None


def _arc(frame: NDArray[np.complex128], length: float) -> tuple[float, float] | None:
    """Radius and height over the chord of the arc that is nearest to the points.

    An arc over a chord of length L with height h is, near enough, h * 4 t (1 - t) beside it;
    the height is fitted by least squares on that. None if no sensible arc comes of it.
    """
    share = frame.real / length
    shape = 4.0 * share * (1.0 - share)
    bulge = float((shape * frame.imag).sum() / max((shape * shape).sum(), 1e-12))
    if abs(bulge) < 1e-6:
        return None
    radius = (length * length / 4.0 + bulge * bulge) / (2.0 * abs(bulge))
    if radius > MAX_RADIUS or length > 2.0 * radius * math.sin(MAX_SWEEP / 2):
        return None
    return None if abs(bulge) > radius else (float(radius), bulge)  # At most half a circle.


def _passes(
    aims: NDArray[np.complex128], length: float, arc: tuple[float, float], tolerance: float
) -> bool:
    """Whether the arc passes all points within the tolerance, on its side of the centre."""
    radius, bulge = arc
    centre = complex(length / 2, bulge - math.copysign(radius, bulge))
    off = np.abs(np.abs(aims - centre) - radius)
    if off.max() > tolerance:
        return False
    beside = aims.real.min() < -tolerance - 0.05 * length
    beside = beside or aims.real.max() > 1.05 * length + tolerance
    return not (beside or (math.copysign(1.0, bulge) * (aims.imag - centre.imag) < 0.0).any())


def _meets(inside: NDArray[np.complex128], chord: complex, bulge: float) -> bool:
    """Whether the arc leaves and arrives nearly in the direction of the points."""
    half = 2.0 * math.atan2(2.0 * bulge, abs(chord))  # Half the sweep, positive left of it.
    out, into = inside[1] - inside[0], inside[-1] - inside[-2]
    heading = math.atan2(chord.imag, chord.real)
    first = _angle(math.atan2(out.imag, out.real) - heading - half)
    final = _angle(math.atan2(into.imag, into.real) - heading + half)
    # The first step of the points already turns by its share of the arc.
    allowed = _KINK + abs(half) / (len(inside) - 1)
    return abs(first) <= allowed and abs(final) <= allowed


def _angle(value: float) -> float:
    return (value + math.pi) % math.tau - math.pi


def _point(value: complex) -> Point:
    return float(value.real), float(value.imag)
