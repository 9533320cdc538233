"""A stroke as a hand would draw it: smooth between its corners, in few lines and arcs."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from firmware_gcode.drawing.geometry import Drawing, Polyline, farthest
from firmware_gcode.toolpath.arcfit import fit_arcs
from firmware_gcode.toolpath.segments import Point, Segment, flatten, lines
from firmware_gcode.toolpath.smooth import corners, smooth

LARGEST_MM = 0.285
"""How far smoothing and arcs together may leave the drawing, on one of 95 mm or more."""
_SHARE = 0.003
"""The same on smaller ones, as a share of the longer side."""
_SMALLEST_MM = 0.05
_TUBE, _ARCS = 0.5, 0.95
"""Shares of the tolerance: how far smoothing, and how far the arcs in the end, may stray."""
_NARROWER = (1.0, 0.8, 0.5, 0.25)
"""Shares of the tolerance that are tried in turn."""
GRID_MM = 0.1
"""Where the tolerance is large enough, lines and arcs meet at multiples of this, mm: a quarter
of the grid that people drew on, and coordinates with one decimal."""
_GRIDS = 2.0
"""How often the grid must go into the tolerance."""
_SAME_MM = 1e-3


def default_tolerance(drawing: Drawing) -> float:
    """How far the pen may leave the lines, mm: 0.3 % of the size, at most 0.285 mm."""
    box = drawing.bounds
    return min(LARGEST_MM, max(_SMALLEST_MM, _SHARE * max(box.width, box.height)))


def fit(points: Polyline, tolerance: float) -> tuple[Point, tuple[Segment, ...]]:
    """Fit a stroke: where the pen sets out, and the segments; none for a dot.

    A stroke whose last point is its first is closed. The result is at most `tolerance` mm from
    the line through the points (mm, shape (N, 2)) and back; 0 keeps the line as it is.
    """
    points = _without_repeats(points)
    grid = GRID_MM if tolerance >= _GRIDS * GRID_MM else 0.0
    if len(points) < 3 or tolerance <= 0.0:
        return _straight(points, grid)
    closed = bool((points[0] == points[-1]).all())
    turns = corners(points, closed=closed)
    if closed and not turns:
        return _fit_ring(points, tolerance, grid)
    if closed:
        first = turns[0]
        points = np.concatenate([points[first:-1], points[: first + 1]])
        turns = [*(turn - first for turn in turns), len(points) - 1]
    segments: list[Segment] = []
    for first, last in pairwise(turns):
        segments += _fit_run(points[first : last + 1], tolerance, grid)
    return _place(points[0], grid), tuple(segments)


def _fit_run(points: Polyline, tolerance: float, grid: float) -> tuple[Segment, ...]:
    """Fit a run without corners; if the result strays, in a narrower tube."""
    if len(points) == 2:
        return _straight(points, grid)[1]
    start = _place(points[0], grid)
    for share in _NARROWER:
        smoothed, drawn = smooth(points, _TUBE * share * tolerance)
        nodes = _nodes(smoothed, grid, inner=smoothed is not points)
        segments = fit_arcs(smoothed, _ARCS * share * tolerance, drawn, nodes)
        if smoothed is points or _strays(points, flatten(start, segments)) <= tolerance:
            return segments
    return _straight(points, grid)[1]


def _fit_ring(
    points: Polyline, tolerance: float, grid: float
) -> tuple[Point, tuple[Segment, ...]]:
    """Fit a closed line without corners."""
    for share in _NARROWER:
        ring, drawn = smooth(points, _TUBE * share * tolerance, closed=True)
        start = _place(ring[0], grid)
        nodes = _nodes(ring, grid, inner=ring is not points)
        segments = fit_arcs(ring, _ARCS * share * tolerance, drawn, nodes)
        if ring is points or _strays(points, flatten(start, segments)) <= tolerance:
            return start, segments
    return _straight(points, grid)


def _straight(points: Polyline, grid: float) -> tuple[Point, tuple[Segment, ...]]:
    """The points themselves, joined by lines; a dot stays exactly where it is."""
    placed = _on_grid(points, grid) if len(points) > 1 else points
    return _place(placed[0], 0.0), lines(placed)


def _nodes(points: Polyline, grid: float, *, inner: bool) -> Polyline:
    """Where segments may end: points on the grid, or only the first and the last there."""
    if inner:
        return _on_grid(points, grid)
    nodes = points.copy()
    nodes[[0, -1]] = _on_grid(points[[0, -1]], grid)
    return nodes


def _place(point: Polyline, grid: float) -> Point:
    x, y = _on_grid(point, grid).tolist()
    return x, y


def _on_grid(points: Polyline, grid: float) -> Polyline:
    """Points moved to the nearest multiples of `grid` mm; 0 leaves them where they are."""
    return points if grid <= 0.0 else np.round(np.round(points / grid) * grid, 6)


def _strays(points: Polyline, fitted: Polyline) -> float:
    """The largest distance between two lines, seen from the points of either, mm."""
    return max(farthest(points, fitted), farthest(fitted, points))


def _without_repeats(points: Polyline) -> Polyline:
    """Leave out points that are where the one before is; ends stay."""
    steps = np.abs(np.diff(points, axis=0)).max(axis=1)
    keep = np.concatenate([[True], steps > _SAME_MM])
    kept: Polyline = points[keep]
    if len(kept) > 1:
        kept[-1] = points[-1]
    return kept
