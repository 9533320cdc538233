"""A stroke as a hand would draw it: smooth between its corners, in few lines and arcs."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from firmware_gcode.drawing.geometry import Drawing, Polyline, farthest
from firmware_gcode.toolpath.arcfit import fit_arcs
from firmware_gcode.toolpath.segments import Point, Segment, flatten, lines
from firmware_gcode.toolpath.smooth import corners, smooth

LARGEST_MM = 0.27
"""How far smoothing and arcs together may leave the drawing, on one of 90 mm or more."""
_SHARE = 0.003
"""The same on smaller ones, as a share of the longer side."""
_SMALLEST_MM = 0.05
_TUBE, _ARCS = 0.5, 0.95
"""Shares of the tolerance: how far smoothing, and how far the arcs in the end, may stray."""
_NARROWER = (1.0, 0.8, 0.5, 0.25)
"""Shares of the tolerance that are tried in turn."""
_SAME_MM = 1e-3


def default_tolerance(drawing: Drawing) -> float:
    """How far the pen may leave the lines, mm: 0.3 % of the size, at most 0.27 mm."""
    box = drawing.bounds
    return min(LARGEST_MM, max(_SMALLEST_MM, _SHARE * max(box.width, box.height)))


def fit(points: Polyline, tolerance: float) -> tuple[Point, tuple[Segment, ...]]:
    """Fit a stroke.

    Args:
        points: Shape (N, 2), mm. If the last is the first, the stroke is closed.
        tolerance: Largest distance of the result from the line through the points and back,
            mm; 0 keeps the line as it is.

    Returns:
        Where the pen sets out, and the segments; none for a dot.
    """
    points = _without_repeats(points)
    start = float(points[0, 0]), float(points[0, 1])
    if len(points) < 3 or tolerance <= 0.0:
        return start, lines(points)
    closed = bool((points[0] == points[-1]).all())
    turns = corners(points, closed=closed)
    if closed and not turns:
        return _fit_ring(points, tolerance)
    if closed:
        first = turns[0]
        points = np.concatenate([points[first:-1], points[: first + 1]])
        turns = [*(turn - first for turn in turns), len(points) - 1]
        start = float(points[0, 0]), float(points[0, 1])
    segments: list[Segment] = []
    for first, last in pairwise(turns):
        segments += _fit_run(points[first : last + 1], tolerance)
    return start, tuple(segments)


def _fit_run(points: Polyline, tolerance: float) -> tuple[Segment, ...]:
    """Fit a run without corners; if the result strays, in a narrower tube."""
    start = float(points[0, 0]), float(points[0, 1])
    for share in _NARROWER:
        smoothed, drawn = smooth(points, _TUBE * share * tolerance)
        segments = fit_arcs(smoothed, _ARCS * share * tolerance, drawn)
        if smoothed is points or _strays(points, flatten(start, segments)) <= tolerance:
            return segments
    return lines(points)


def _fit_ring(points: Polyline, tolerance: float) -> tuple[Point, tuple[Segment, ...]]:
    """Fit a closed line without corners."""
    for share in _NARROWER:
        ring, drawn = smooth(points, _TUBE * share * tolerance, closed=True)
        start = float(ring[0, 0]), float(ring[0, 1])
        segments = fit_arcs(ring, _ARCS * share * tolerance, drawn)
        if ring is points or _strays(points, flatten(start, segments)) <= tolerance:
            return start, segments
    return (float(points[0, 0]), float(points[0, 1])), lines(points)


def _strays(points: Polyline, fitted: Polyline) -> float:
    """The largest distance between two lines, seen from the points of either, mm."""
    return max(farthest(points, fitted), farthest(fitted, points))


def _without_repeats(points: Polyline) -> Polyline:
    """Leave out points that are where the one before is; ends stay."""
    steps = np.abs(np.diff(points, axis=0)).max(axis=1)
    keep = np.concatenate([[True], steps > _SAME_MM])
    kept: Polyline = points[keep]
    if len(kept) > 1:
        if not keep[-1]:
            kept = np.concatenate([kept[:-1], points[-1:]])
        return kept
    return kept
