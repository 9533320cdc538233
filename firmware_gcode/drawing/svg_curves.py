"""Curves of an SVG path as points, px."""

from __future__ import annotations

import math

import numpy as np
import svgelements
from numpy.typing import NDArray


def row(point: svgelements.Point) -> NDArray[np.float64]:
    """One point as an array of shape (1, 2)."""
    return np.array([[point.x, point.y]], dtype=np.float64)


def curve(segment: svgelements.PathSegment, tolerance: float) -> NDArray[np.float64]:
    """Points on an arc or a Bezier curve after its start: shape (N, 2), px."""
    count = _pieces(segment, tolerance)
    if isinstance(segment, svgelements.Arc):
        return np.concatenate([row(segment.point(n / count)) for n in range(1, count + 1)])
    z = np.array(controls(segment))[:, None]
    t = np.arange(1, count + 1) / count
    while len(z) > 1:  # De Casteljau: between neighbours, until one is left.
        z = z[:-1] * (1.0 - t) + z[1:] * t
    return np.column_stack([z[0].real, z[0].imag])


def controls(segment: svgelements.PathSegment) -> list[complex]:
    """A segment's start, control points and end, as far as it has them, px."""
    names = ("start", "control", "control1", "control2", "end")
    given = [getattr(segment, name, None) for name in names]
    return [complex(point.x, point.y) for point in given if point is not None]


def _pieces(segment: svgelements.PathSegment, tolerance: float) -> int:
    """Into how many lines a curve is divided to stay within the tolerance.

    A curve is from its chord at most an eighth of its largest second derivative.
    """
    if isinstance(segment, svgelements.Arc):
        radius = max(float(segment.rx), float(segment.ry), tolerance)
        step = 2.0 * math.acos(max(0.0, 1.0 - tolerance / radius))
        return max(1, math.ceil(abs(float(segment.sweep)) / max(step, 1e-3)))
    c = controls(segment)
    bends = [abs(c[i] - 2.0 * c[i + 1] + c[i + 2]) for i in range(len(c) - 2)]
    degree = len(c) - 1
    bend = degree * (degree - 1) * max(bends, default=0.0)
    return max(1, min(10_000, math.ceil(math.sqrt(bend / (8.0 * tolerance)))))
