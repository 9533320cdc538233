"""The smoothest line within a tolerance of the points that somebody drew.

Between corners, which stay as they are, the line is pulled straight like a springy wire in a
narrow tube: it minimises the sum of squared distances from the points, weighted, plus the
squared bending (second differences), and the weight grows where the wire would leave the tube
(Whittaker 1923; Eilers 2003, "A perfect smoother"). The matrix has five diagonals, so the work
grows only with the number of points.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from firmware_gcode.drawing.geometry import Polyline, arc_lengths, points_at

CORNER = math.radians(75.0)
"""A turn sharper than this is a corner that the hand meant."""
_STIFFNESS = 400.0
_ROUNDS = 8
_FIXED = 1e6
_MOST_SAMPLES = 4_000
"""More samples than this are not smoothed: such a line is fine enough as it is."""


def corners(points: Polyline, *, closed: bool) -> list[int]:
    """Indices of the points at which a line turns sharply, its ends included.

    No two neighbours may be equal. The end of a closed line counts only if it is sharp.
    """
    steps = np.diff(points, axis=0)
    headings = np.arctan2(steps[:, 1], steps[:, 0])
    turns = np.abs((np.diff(headings) + np.pi) % (2 * np.pi) - np.pi)
    inner = (np.flatnonzero(turns > CORNER) + 1).tolist()
    if not closed:
        return [0, *inner, len(points) - 1]
    seam = abs((headings[0] - headings[-1] + np.pi) % (2 * np.pi) - np.pi)
    return [0, *inner] if seam > CORNER else inner


def smooth(
    points: Polyline, tolerance: float, *, closed: bool = False
) -> tuple[Polyline, Polyline]:
    """Smooth a line without corners (mm, no two points equal); its ends stay as they are.

    A closed line is smooth at its seam too. Returns points less than a millimetre apart, at
    most `tolerance` mm from the line, and for each the point of the line from which it was
    moved.
    """
    if len(points) < 3 or tolerance <= 0.0:
        return points, points
    if closed:
        return _smooth_ring(points, tolerance)
    samples = _resample(points, tolerance)
    if len(samples) > _MOST_SAMPLES:
        return points, points
    return _relax(samples, tolerance), samples


def _smooth_ring(points: Polyline, tolerance: float) -> tuple[Polyline, Polyline]:
    """Smooth around the seam as well: the ring with half of itself on either side."""
    half = len(points) // 2
    longer = np.concatenate([points[half:-1], points, points[1 : half + 1]])
    first = arc_lengths(longer)[len(points) - 1 - half]
    around = arc_lengths(points)[-1]
    samples = _resample(longer, tolerance)
    if len(samples) > _MOST_SAMPLES:
        return points, points
    smoothed = _relax(samples, tolerance)
    # Cut at equal places of the wire; the two cuts nearly meet, and are made to.
    along = arc_lengths(samples)
    places = np.linspace(first, first + around, max(8, round(around / _spacing(tolerance))))
    ring, before = (points_at(line, along, places) for line in (smoothed, samples))
    ring[0] = ring[-1] = (ring[0] + ring[-1]) / 2
    return ring, before


def _spacing(tolerance: float) -> float:
    return max(0.3, 2.5 * tolerance)


def _resample(points: Polyline, tolerance: float) -> Polyline:
    """Points at equal distances along a line, its ends included."""
    along = arc_lengths(points)
    count = max(8, math.ceil(along[-1] / _spacing(tolerance))) + 1
    return points_at(points, along, np.linspace(0.0, along[-1], count))


def _relax(samples: Polyline, tolerance: float) -> Polyline:
    """Bend as little as the tube allows; what is outside in the end is pulled back in."""
    wanted = samples[:, 0] + 1j * samples[:, 1]
    weights = np.full(len(wanted), 0.02)
    weights[0] = weights[-1] = _FIXED
    corner_of_tube = 0.9 * tolerance
    found = wanted
    for _ in range(_ROUNDS):
        found = _solve(weights, wanted)
        off = np.abs(found - wanted)
        if off.max() <= tolerance:
            break
        weights = weights * np.maximum(1.0, (off / corner_of_tube) ** 2)
    gap = found - wanted
    off = np.abs(gap)
    found = wanted + gap * np.minimum(1.0, tolerance / np.maximum(off, 1e-12))
    found[0], found[-1] = wanted[0], wanted[-1]
    return np.column_stack([found.real, found.imag])


def _solve(
    weights: NDArray[np.float64], wanted: NDArray[np.complex128]
) -> NDArray[np.complex128]:
    """Minimise sum w |x - wanted|^2 + stiffness * sum |second difference of x|^2.

    The normal equations have five diagonals; they are solved by an LDL^T decomposition.
    """
    size = len(wanted)
    stiff = _STIFFNESS
    ends = {0: 1.0, 1: 5.0, size - 2: 5.0, size - 1: 1.0}
    beside = {0: -2.0, size - 2: -2.0}
    weight, aim = weights.tolist(), (weights * wanted).tolist()
    d = [0.0] * size
    low1, low2 = [0.0] * (size + 1), [0.0] * (size + 2)
    x = [0j] * (size + 2)
    for i in range(size):
        diagonal = weight[i] + stiff * ends.get(i, 6.0)
        a, b = low1[i], low2[i]
        d1 = d[i - 1] if i else 0.0
        d2 = d[i - 2] if i > 1 else 0.0
        d[i] = diagonal - a * a * d1 - b * b * d2
        x[i] = aim[i] - a * (x[i - 1] if i else 0.0) - b * (x[i - 2] if i > 1 else 0.0)
        if i + 1 < size:
            off = stiff * beside.get(i, -4.0)
            low1[i + 1] = (off - low2[i + 1] * d1 * a) / d[i]
        if i + 2 < size:
            low2[i + 2] = stiff / d[i]
    for i in range(size - 1, -1, -1):
        x[i] = x[i] / d[i]
        if i + 1 < size:
            x[i] -= low1[i + 1] * x[i + 1]
        if i + 2 < size:
            x[i] -= low2[i + 2] * x[i + 2]
    return np.array(x[:size])
