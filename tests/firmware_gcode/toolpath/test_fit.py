"""Strokes as lines and arcs: near the drawing, smooth between corners, few."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_gcode.drawing.geometry import Polyline, farthest
from firmware_gcode.toolpath.fit import CORNER, GRID_MM
from firmware_gcode.toolpath.fit import fit as fit_all
from firmware_gcode.toolpath.segments import Path, as_points

DOODLE_GRID = 100.0 / 256.0
"""mm between the points that a person's line can stand on, drawn 100 mm large."""
STEPS = st.lists(
    st.tuples(st.integers(-25, 25), st.integers(-25, 25)), min_size=1, max_size=25
)


def fit(points: Polyline, tolerance: float, *, smoothing: bool = True) -> Path:
    """One stroke."""
    return fit_all([points], tolerance, smoothing=smoothing)[0]


def doodle(steps: list[tuple[int, int]]) -> Polyline:
    """A person's line: points on the doodle's grid."""
    return np.cumsum([(128, 128), *steps], axis=0) * DOODLE_GRID


@settings(max_examples=150, derandomize=True, deadline=None)
@given(STEPS, st.sampled_from([0.0, 0.05, 0.15, 0.285]), st.booleans())
def test_the_result_stays_within_the_tolerance_both_ways(
    steps: list[tuple[int, int]], tolerance: float, smoothing: bool
) -> None:
    points = doodle(steps)
    drawn = fit(points, tolerance, smoothing=smoothing).points
    allowed = max(tolerance, 1e-3) + 0.005  # arcs are flattened to 0.005 mm
    assert farthest(points, drawn) <= allowed
    assert farthest(drawn, points) <= allowed


@settings(max_examples=100, derandomize=True, deadline=None)
@given(STEPS)
def test_ends_and_corners_stay_where_they_are(steps: list[tuple[int, int]]) -> None:
    points = doodle(steps)
    ends = as_points(fit(points, 0.285).z)
    kept = [points[0], points[-1]]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        if turn(corner - before, after - corner) > CORNER + 1e-6:
            kept.append(corner)
    for place in kept:
        assert np.hypot(*(ends - place).T).min() <= GRID_MM * math.sqrt(0.5) + 1e-6


def turn(first: Polyline, second: Polyline) -> float:
    """The angle between two directions, radians; 0 where there is none."""
    if not (first.any() and second.any()):
        return 0.0
    turned = math.atan2(second[1], second[0]) - math.atan2(first[1], first[0])
    return abs((turned + math.pi) % math.tau - math.pi)


def kinks(path: Path) -> list[float]:
    """The angles at the joints, radians."""
    chords = np.diff(path.z)
    share = np.abs(chords) / 2.0 / np.maximum(np.abs(path.radius[1:]), 1e-9)
    half = np.copysign(np.arcsin(np.minimum(1.0, share)), -path.radius[1:])
    half[path.radius[1:] == 0.0] = 0.0
    leave, meet = np.angle(chords) + half, np.angle(chords) - half
    turns = np.abs((leave[1:] - meet[:-1] + math.pi) % math.tau - math.pi)
    found: list[float] = turns.tolist()
    return found


def test_a_bent_line_becomes_a_smooth_one() -> None:
    """A head of straight pieces with bends of 30 degrees, in two sizes."""
    angles = np.radians(np.arange(0.0, 241.0, 30.0))
    for radius in (40.0, 10.0):
        head = radius * np.column_stack([np.cos(angles), np.sin(angles)]) + 60.0
        assert max(kinks(fit(head, 0.285))) < math.radians(24.0)
    wave = np.column_stack([np.arange(9.0) * 4.0, np.tile([0.0, 0.7, 1.0], 3)])
    assert len(fit(wave, 0.285).z) - 1 <= len(wave)


@pytest.mark.parametrize("sides", [3, 4])
def test_polygons_keep_their_corners(sides: int) -> None:
    angles = np.linspace(0.0, math.tau, sides + 1)
    polygon = 30.0 * np.column_stack([np.cos(angles), np.sin(angles)]) + 50.0
    polygon[-1] = polygon[0]
    path = fit(polygon, 0.285)
    assert len(path.z) == sides + 1
    assert not path.radius.any()


def test_a_fine_circle_becomes_few_arcs() -> None:
    angles = np.linspace(0.0, math.tau, 361)
    circle = 20.0 * np.column_stack([np.cos(angles), np.sin(angles)]) + 50.0
    circle[-1] = circle[0]
    path = fit(circle, 0.1)
    assert len(path.z) <= 9
    assert path.z[-1] == path.z[0]
    assert path.radius[1:].all()


def test_no_tolerance_keeps_every_point() -> None:
    points = np.array([[1.234, 5.678], [2.345, 6.789], [3.0, 6.0]])
    assert as_points(fit(points, 0.0).z).tolist() == points.tolist()


def test_a_dot_stays_where_it_is() -> None:
    assert fit(np.array([[1.234, 5.678]]), 0.285).z.tolist() == [1.234 + 5.678j]
