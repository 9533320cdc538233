"""Arcs that the points of a drawing lie on: circles, round corners, the arcs of a file.

A reader of files divides an arc into chords whose ends lie on it to the last digit. Three
neighbouring points give the circle through them (Menger's curvature); where neighbours agree
to rounding, the arc is known exactly, and no fitting can be better.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from firmware_gcode.toolpath.ragged import Booleans, Complex, Floats, Lines, Places, spread

CHORD_MM = 0.021
"""How far an arc rises over its chords at most: what readers leave (0.02 mm), and rounding.
A polygon whose sides are farther off its circle is meant to have corners."""
_AGREE = 1e-6
"""Relative difference of the curvatures at neighbouring points of one arc."""
_NOISE_MM = 1e-6
"""Rounding of places to six decimals, seen in how far a chord's arc rises."""
_OFF_MM, _OFF = 1e-5, 1e-4
"""How far a point may be off the circle, and as a share of how far the whole arc rises: no
other curve is so near to a circle for so long."""
_STRAIGHT_MM = 1e-6
"""An arc that rises less over its chords is a line."""


def bends(come: Complex, go: Complex) -> tuple[Floats, Floats]:
    """The bend of the way at points, by the steps to and from each.

    Returns:
        Curvatures (1/mm, left is positive), 0 where one of the steps is none; and how far an
        arc so bent rises over the longer step, mm.
    """
    product = np.abs(come) * np.abs(go) * np.abs(come + go)
    cross = come.real * go.imag - come.imag * go.real
    bend = np.divide(2.0 * cross, product, out=np.zeros(len(come)), where=product > 0.0)
    return bend, np.maximum(np.abs(come), np.abs(go)) ** 2 * np.abs(bend) / 8.0


def on_circles(bend: Floats, rise: Floats, after: Places) -> Booleans:
    """At which points the circle is the same as at the point after it."""
    is_round = (rise < CHORD_MM) & (rise > _STRAIGHT_MM)
    allowed = np.abs(bend) * (_AGREE + _NOISE_MM / np.maximum(rise, _STRAIGHT_MM))
    same = np.abs(bend - bend[after]) <= allowed
    return np.asarray(is_round & is_round[after] & same)


class Spans(NamedTuple):
    """Points in a row that lie on an arc.

    Attributes:
        first: Index of the first of them.
        steps: How many points follow it; one more than there are where the last is the first.
        radius: mm, negative where it turns clockwise.
    """

    first: Places
    steps: Places
    radius: Floats


def spans(lines: Lines, bend: Floats, joined: Booleans) -> Spans:
    """The arcs of lines.

    Args:
        lines: Each begins where it is not joined, or is joined everywhere.
        bend: The curvature at each point.
        joined: Where the circle is the same as at the point after it.
    """
    heads = lines.first[lines.owner] == np.arange(len(joined))
    begins = joined & (heads | ~np.roll(joined, 1))
    ends = joined & (np.roll(heads, -1) | ~np.roll(joined, -1))
    begin, last = np.flatnonzero(begins), np.flatnonzero(ends)
    whole = last - begin + 1 == lines.size[lines.owner[begin]]
    first = np.where(whole, begin, begin - 1)
    count = last - begin + np.where(whole, 1, 3)
    if len(first) == 0:
        return Spans(first, count, np.zeros(0))
    row, step = spread(count + 1)
    places = lines.around(first[row], step)
    starts = np.cumsum(count + 1) - (count + 1)
    a, b, c = (lines.z[places[starts + count * third // 3]] for third in (0, 1, 2))
    b, c = b - a, c - a
    area = 2.0 * (b.real * c.imag - b.imag * c.real)
    middle = a + 1j * (np.abs(c) ** 2 * b - np.abs(b) ** 2 * c) / area
    radius = np.abs(middle - a)
    off = np.abs(np.abs(lines.z[places] - middle[row]) - radius[row])
    far = np.maximum.reduceat(np.abs(lines.z[places] - a[row]), starts)
    allowed = np.minimum(_OFF_MM, _OFF * far * far / (8.0 * radius))
    good = np.maximum.reduceat(off, starts) <= allowed
    return Spans(first[good], count[good], np.copysign(radius, bend[begin])[good])
