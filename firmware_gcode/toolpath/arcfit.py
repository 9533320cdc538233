"""Few lines and arcs for many points.

From each point the longest line or arc is taken that passes all points on its way within the
tolerance and sets out and arrives nearly in the direction of the curve. Directions may differ
by a few degrees at the joints: GRBL passes those without braking, and no eye sees them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from firmware_gcode.drawing.geometry import Polyline
from firmware_gcode.toolpath.segments import Arc, Line, Point, Segment

MAX_SWEEP = math.radians(120.0)
"""Longest arc: beyond, the radius alone would say badly where the centre is."""
MAX_RADIUS = 1_000.0
"""mm; a larger circle is a line."""
_STRAIGHT_MM = 0.08
"""A line is taken instead of an arc that rises less than this over it: a fifth of a pen."""
_KINK = math.radians(10.0)
"""How far a segment may set out or arrive beside the curve's direction. With GRBL's junction
deviation of 0.01 mm and 1,000 mm/s^2 a joint of this angle is passed at 51 mm/s."""
_ROUND_MM = 0.05
"""How far an arc may be bent to give it a round radius."""
_ENDS = 0.1
"""Near its ends, where an arc of height 1 is below this, a point does not tell its height."""
_FEW = 4
"""Points along a curve between which a segment may fail to fit only for where its ends are."""

Complex: TypeAlias = NDArray[np.complex128]


@dataclass(frozen=True, slots=True)
class _Curve:
    """A curve to be cut into lines and arcs, and how far (mm) they may leave what was drawn.

    Each of its points has one that was drawn, and one where a segment may end.
    """

    points: Complex
    drawn: Complex
    nodes: Complex
    tolerance: float


def fit_arcs(
    points: Polyline,
    tolerance: float,
    drawn: Polyline | None = None,
    nodes: Polyline | None = None,
) -> tuple[Segment, ...]:
    """Lines and arcs through points (mm, neighbours differ) in order; none for a dot.

    What was `drawn` (by default the points themselves) is at most `tolerance` mm from them.
    Segments end at `nodes` near the points, if there are any, the way setting out from the
    first.
    """
    z = points[:, 0] + 1j * points[:, 1]
    o = z if drawn is None else drawn[:, 0] + 1j * drawn[:, 1]
    ends = z if nodes is None else nodes[:, 0] + 1j * nodes[:, 1]
    curve = _Curve(z, o, ends, tolerance)
    segments: list[Segment] = []
    here, last = 0, len(z) - 1
    while here < last:
        here, segment = _longest(curve, here)
        segments.append(segment)
    return tuple(segments)


def _longest(curve: _Curve, here: int) -> tuple[int, Segment]:
    """The longest segment from one point on: twice as far while it fits, then by halves."""
    last = len(curve.points) - 1
    good = here + 1
    best: Segment = Line(_point(curve.nodes[good]))
    step = 2
    while good < last:
        there = min(here + step, last)
        found = _fit(curve, here, there)
        if found is not None:
            good, best = there, found
        elif step >= _FEW or there == last:
            break
        step *= 2
    bad = min(here + step, last + 1)
    while bad - good > 1:
        there = (good + bad) // 2
        found = _fit(curve, here, there)
        if found is None:
            bad = there
        else:
            good, best = there, found
    return good, best


def _fit(curve: _Curve, here: int, there: int) -> Segment | None:
    """One segment from one point of a curve to another, or None if none fits."""
    tolerance = curve.tolerance
    inside, drawn = curve.points[here : there + 1], curve.drawn[here : there + 1]
    start, end = complex(curve.nodes[here]), complex(curve.nodes[there])
    chord = end - start
    length = abs(chord)
    if length < 1e-6:
        return None
    # Seen from the chord: along it and to its left; the middles between what was drawn, too.
    turn = chord.conjugate() / length
    frame = (inside - start) * turn
    middles = (drawn[1:] + drawn[:-1]) / 2
    aims = (np.concatenate([drawn[1:-1], middles]) - start) * turn
    bulge = _nearest_bulge(frame[1:-1], length)
    low, high = _bulges(frame, aims, length, tolerance)
    if low > high:
        return None
    if low <= 0.0 <= high and abs(bulge) <= _STRAIGHT_MM:
        strays = np.abs(aims.imag).max() > tolerance
        strays |= aims.real.min() < -tolerance or aims.real.max() > length + tolerance
        return None if strays else Line(_point(end))
    arc = _arc(min(max(bulge, low), high), low, high, length)
    if arc is None or not _passes(aims, length, arc, tolerance):
        return None
    return Arc(_point(end), arc[0], clockwise=arc[1] > 0.0)


def _nearest_bulge(frame: Complex, length: float) -> float:
    """Height over the chord of the arc that is nearest to the points, mm, left is positive.

    An arc over a chord of length L with height h is, near enough, h * 4 t (1 - t) beside it;
    the height is fitted by least squares on that.
    """
    shape = _shape(frame, length)
    return float((shape * frame.imag).sum() / max(float((shape * shape).sum()), 1e-12))


def _shape(frame: Complex, length: float) -> NDArray[np.float64]:
    share = frame.real / length
    return np.asarray(4.0 * share * (1.0 - share))


def _bulges(
    frame: Complex, aims: Complex, length: float, tolerance: float
) -> tuple[float, float]:
    """The lowest and highest arc that pass what was drawn and join the curve smoothly, mm."""
    shape = _shape(aims, length)
    near = shape > _ENDS
    off, shape = aims.imag[near], shape[near]
    low = float(((off - tolerance) / shape).max(initial=-length / 2))
    high = float(((off + tolerance) / shape).min(initial=length / 2))
    first, final = np.angle(frame[1] - frame[0]), np.angle(frame[-1] - frame[-2])
    # The first step of the points already turns by its share of the arc.
    kink = _KINK + abs(float(first - final)) / 2.0 / (len(frame) - 1)
    least = max(first - kink, -final - kink, -MAX_SWEEP / 2)
    most = min(first + kink, -final + kink, MAX_SWEEP / 2)
    return max(low, _height(least, length)), min(high, _height(most, length))


def _height(half_turn: float, length: float) -> float:
    """How high an arc rises that sets out at this angle from its chord, mm."""
    return length / 2.0 * math.tan(half_turn / 2.0)


def _arc(bulge: float, low: float, high: float, length: float) -> tuple[float, float] | None:
    """Radius and height of an arc of nearly this height, mm; the radius as round as can be.

    None if it is no sensible arc.
    """
    if abs(bulge) < 1e-6:
        return None
    square = length * length / 4.0
    exact = (square + bulge * bulge) / (2.0 * abs(bulge))
    for places in (-1, 0, 1, 2):
        radius = round(exact, places)
        if radius < length / 2.0:
            continue
        height = math.copysign(radius - math.sqrt(radius * radius - square), bulge)
        if low <= height <= high and abs(height - bulge) <= _ROUND_MM:
            return (radius, height) if radius <= MAX_RADIUS else None
    return (exact, bulge) if exact <= MAX_RADIUS else None


def _passes(aims: Complex, length: float, arc: tuple[float, float], tolerance: float) -> bool:
    """Whether the arc passes all points within the tolerance, on its side of the centre."""
    radius, bulge = arc
    centre = complex(length / 2, bulge - math.copysign(radius, bulge))
    off = np.abs(np.abs(aims - centre) - radius)
    if off.max() > tolerance:
        return False
    beside = aims.real.min() < -tolerance - 0.05 * length
    beside = beside or aims.real.max() > 1.05 * length + tolerance
    return not (beside or (math.copysign(1.0, bulge) * (aims.imag - centre.imag) < 0.0).any())


def _point(value: complex) -> Point:
    return float(value.real), float(value.imag)
