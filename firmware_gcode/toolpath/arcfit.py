"""Few lines and arcs for many points.

From each point the longest line or arc is taken that passes all points on its way within the
tolerance and sets out and arrives nearly in the direction of the curve. Directions may differ
by a few degrees at the joints: GRBL passes those without braking, and no eye sees them. All
curves are walked side by side, and from each point several lengths are tried at a time.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from firmware_gcode.toolpath.ragged import Complex, Floats, Places, spread

MAX_SWEEP = math.radians(120.0)
"""Longest arc: beyond, the radius alone would say badly where the centre is."""
MAX_RADIUS = 1_000.0
"""mm; a larger circle is a line."""
_STRAIGHT_MM, _STRAIGHT = 0.08, 0.15
"""A line is taken instead of an arc that rises less than this over it: a fifth of a pen, and a
share of the tolerance."""
_KINK = math.radians(10.0)
"""How far a segment may set out or arrive beside the curve's direction. With GRBL's junction
deviation of 0.01 mm and 1,000 mm/s^2 a joint of this angle is passed at 51 mm/s."""
_ROUND = 0.2
"""How far an arc may be bent to give it a round radius, as a share of the tolerance."""
_ENDS = 0.1
"""Near its ends, where an arc of height 1 is below this, a point does not tell its height."""
_FEW = 4
"""Steps along a curve below which a segment may fail to fit only for where its ends are."""
_POINT_MM = 1e-6
_FIRST = 8
"""Steps along a curve that the first segment is tried for."""
_BETWEEN = 8
"""Lengths that are tried between one that fits and one that does not."""


class Curves(NamedTuple):
    """Curves to be cut into lines and arcs, one after the other.

    Attributes:
        points: Shape (N,), mm.
        drawn: For each the place that was drawn.
        nodes: For each where a segment may end.
        counts: How many points each curve has, three or more.
        tolerance: For each curve how far it may leave what was drawn, mm.
    """

    points: Complex
    drawn: Complex
    nodes: Complex
    counts: Places
    tolerance: Floats


class Pieces(NamedTuple):
    """Lines and arcs.

    Attributes:
        curve: To which curve each belongs; those of a curve are in order.
        end: Where it ends, mm.
        radius: mm; 0 for a line, negative where it turns clockwise.
    """

    curve: Places
    end: Complex
    radius: Floats

    @classmethod
    def together(cls, parts: list[Pieces]) -> Pieces:
        """Pieces in the order of their curves; those of a curve stay in order."""
        joined = [np.concatenate(column) for column in zip(*parts, strict=True)]
        order = np.argsort(joined[0], kind="stable")
        return cls(*(column[order] for column in joined))


class _Work(NamedTuple):
    """The curves, as they are walked along.

    Attributes:
        points: Shape (N,), mm.
        nodes: Where segments may end.
        aims: What was drawn, and the middles between: shape (2 N - 1,).
        tolerance: Of each curve.
    """

    points: Complex
    nodes: Complex
    aims: Complex
    tolerance: Floats


class _Seen(NamedTuple):
    """What was drawn, seen from the chords of some segments: along them, and to their left.

    Attributes:
        places: Those of all segments, mm.
        row: The segment of each.
        starts: Where each segment's begin.
        length: Of each chord, mm.
        tolerance: Of each segment, mm.
    """

    places: Complex
    row: Places
    starts: Places
    length: Floats
    tolerance: Floats


def fit_arcs(curves: Curves) -> Pieces:
    """Lines and arcs through all curves, from each first point to its last."""
    aims = np.empty(2 * len(curves.drawn) - 1, dtype=np.complex128)
    aims[::2] = curves.drawn
    aims[1::2] = (curves.drawn[1:] + curves.drawn[:-1]) / 2
    work = _Work(curves.points, curves.nodes, aims, curves.tolerance)
    here = np.cumsum(curves.counts) - curves.counts
    last = here + curves.counts - 1
    curve, reach = np.arange(len(here)), np.full(len(here), _FIRST)
    done: list[Pieces] = []
    while len(curve):
        there, radius = _longest(work, curve, here, last[curve], reach)
        done.append(Pieces(curve, curves.nodes[there], radius))
        reach = np.maximum(2 * (there - here), 4)
        left = there < last[curve]
        curve, here, reach = curve[left], there[left], reach[left]
    return Pieces.together(done)


def _longest(
    work: _Work, curve: Places, here: Places, last: Places, reach: Places
) -> tuple[Places, Floats]:
    """The end and radius of the longest segment from one point of each curve on.

    Lengths of 2, 4, 8, ... steps are tried as far as `reach`, and further while they fit; then
    those between the last that fits and the first that does not.
    """
    good, bad, radius = here + 1, last + 1, np.zeros(len(here))
    step = np.full(len(here), 2)
    active = np.flatnonzero(good < last)
    while len(active):
        own, end = here[active], last[active]
        counts = np.ceil(np.log2(np.maximum(reach[active] / step[active], 1.0)))
        row, place = spread(counts.astype(np.intp) + 1)
        starts = np.flatnonzero(place == 0)
        tried = np.minimum(own[row] + step[active][row] * 2**place, end[row])
        found = _fitted(work, curve[active][row], own[row], tried)
        fits = ~np.isnan(found)
        # A length of 2 may fail only for where its ends are.
        fails = ~fits & ((tried - own[row] >= _FEW) | (tried == end[row]))
        until = np.minimum.reduceat(np.where(fails, place, len(place)), starts)
        best = np.maximum.reduceat(np.where(fits & (place < until[row]), place, -1), starts)
        hit, failed = best >= 0, until < len(place)
        at = (starts + best)[hit]
        good[active[hit]], radius[active[hit]] = tried[at], found[at]
        bad[active[failed]] = tried[(starts + until)[failed]]
        step[active] *= 2 ** (counts.astype(np.intp) + 1)
        reach = np.maximum(reach, 2 * step)
        active = active[~failed & (good[active] < end)]
    between = np.flatnonzero(bad - good > 1)
    while len(between):
        low = good[between]
        gap = bad[between] - low
        parts = np.minimum(gap, _BETWEEN)
        row, place = spread(parts - 1)
        starts = np.flatnonzero(place == 0)
        tried = low[row] + gap[row] * (place + 1) // parts[row]
        found = _fitted(work, curve[between][row], here[between][row], tried)
        best = np.maximum.reduceat(np.where(np.isnan(found), -1, place), starts)
        hit = best >= 0
        at = (starts + best)[hit]
        good[between[hit]], radius[between[hit]] = tried[at], found[at]
        bad[between] = low + gap * (best + 2) // parts
        between = between[bad[between] - good[between] > 1]
    return good, radius


def _fitted(work: _Work, curve: Places, here: Places, there: Places) -> Floats:
    """The radii of segments from one point to another, two or more steps on; NaN if none fits.

    They are 0 for a line, negative where it turns clockwise.
    """
    start, tolerance = work.nodes[here], work.tolerance[curve]
    chord = work.nodes[there] - start
    length = np.abs(chord)
    real = length > _POINT_MM
    length = np.where(real, length, 1.0)
    turn = chord.conj() / length
    row, place = spread(2 * (there - here) - 1)
    aims = (work.aims[2 * here[row] + 1 + place] - start[row]) * turn[row]
    seen = _Seen(aims, row, np.flatnonzero(place == 0), length, tolerance)
    low, high = _passing(seen)
    least, most = _joining(work, here, there, turn)
    low = np.maximum(low, length / 2.0 * np.tan(least / 2.0))
    high = np.minimum(high, length / 2.0 * np.tan(most / 2.0))
    row, place = spread(there - here - 1)
    inner = (work.points[here[row] + 1 + place] - start[row]) * turn[row]
    bulge = _nearest(inner, row, np.flatnonzero(place == 0), length)
    real &= low <= high
    left, right = (f.reduceat(aims.real, seen.starts) for f in (np.minimum, np.maximum))
    off = np.maximum.reduceat(np.abs(aims.imag), seen.starts)
    straight = np.minimum(_STRAIGHT_MM, _STRAIGHT * tolerance)
    flat = (low <= 0.0) & (high >= 0.0) & (np.abs(bulge) <= straight)
    line = real & flat & (off <= tolerance)
    line &= (left >= -tolerance) & (right <= length + tolerance)
    arc = real & ~flat
    arc &= (left >= -tolerance - 0.05 * length) & (right <= 1.05 * length + tolerance)
    radius, height = _arcs(np.clip(bulge, low, high), (low, high), length, tolerance)
    arc &= (radius > 0.0) & (_strays(seen, radius, height) <= tolerance)
    return np.where(line, 0.0, np.where(arc, np.copysign(radius, -height), np.nan))


def _nearest(inner: Complex, row: Places, starts: Places, length: Floats) -> Floats:
    """Heights over the chords of the arcs that are nearest to points, mm, left is positive.

    An arc over a chord of length L with height h is, near enough, h * 4 t (1 - t) beside it;
    the height is fitted by least squares on that.
    """
    shape = _shape(inner, length[row])
    square = np.add.reduceat(shape * shape, starts)
    return np.asarray(np.add.reduceat(shape * inner.imag, starts) / np.maximum(square, 1e-12))


def _shape(frame: Complex, length: Floats) -> Floats:
    """How high an arc of height 1 is over its chord, near enough."""
    share = frame.real / length
    return np.asarray(4.0 * share * (1.0 - share))


def _passing(seen: _Seen) -> tuple[Floats, Floats]:
    """The lowest and highest arc that pass what was drawn, mm."""
    shape = _shape(seen.places, seen.length[seen.row])
    near = shape > _ENDS
    shape = np.where(near, shape, 1.0)
    off, room = seen.places.imag, seen.tolerance[seen.row]
    low = np.where(near, (off - room) / shape, -np.inf)
    high = np.where(near, (off + room) / shape, np.inf)
    return (
        np.maximum(np.maximum.reduceat(low, seen.starts), -seen.length / 2),
        np.minimum(np.minimum.reduceat(high, seen.starts), seen.length / 2),
    )


def _joining(work: _Work, here: Places, there: Places, turn: Complex) -> tuple[Floats, Floats]:
    """The least and greatest angle to the chord at which an arc may begin, radians."""
    z = work.points
    first = np.angle((z[here + 1] - z[here]) * turn)
    final = np.angle((z[there] - z[there - 1]) * turn)
    # The first step of the points already turns by its share of the arc.
    kink = _KINK + np.abs(first - final) / 2.0 / (there - here)
    return (
        np.maximum(np.maximum(first - kink, -final - kink), -MAX_SWEEP / 2),
        np.minimum(np.minimum(first + kink, -final + kink), MAX_SWEEP / 2),
    )


def _arcs(
    bulge: Floats, limits: tuple[Floats, Floats], length: Floats, tolerance: Floats
) -> tuple[Floats, Floats]:
    """Radius and height of arcs of nearly this height, mm; the radius as round as can be.

    The radius is 0 if it is no sensible arc.
    """
    square = length * length / 4.0
    size = np.maximum(np.abs(bulge), _POINT_MM)
    exact = (square + size * size) / (2.0 * size)
    radius, height = np.where((size > _POINT_MM) & (exact <= MAX_RADIUS), exact, 0.0), bulge
    free = radius > 0.0
    for scale in (0.1, 1.0, 10.0, 100.0):
        short = np.round(exact * scale) / scale
        rise = short - np.sqrt(np.maximum(short * short - square, 0.0))
        rise = np.copysign(rise, bulge)
        good = free & (short >= length / 2.0) & (short <= MAX_RADIUS)
        good &= (limits[0] <= rise) & (rise <= limits[1])
        good &= np.abs(rise - bulge) <= _ROUND * tolerance
        radius, height = np.where(good, short, radius), np.where(good, rise, height)
        free &= ~good
    return radius, height


def _strays(seen: _Seen, radius: Floats, height: Floats) -> Floats:
    """How far what was drawn is from arcs, mm; infinite beyond the centre."""
    side = np.copysign(1.0, height)
    centre = seen.length / 2 + 1j * (height - side * radius)
    off = np.abs(np.abs(seen.places - centre[seen.row]) - radius[seen.row])
    off[side[seen.row] * (seen.places.imag - centre.imag[seen.row]) < 0.0] = np.inf
    return np.asarray(np.maximum.reduceat(off, seen.starts))
