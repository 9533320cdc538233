"""Lines and arcs as geometry."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from firmware_gcode.toolpath.segments import Arc, Line, flatten, reverse

COORDINATE = st.floats(-100.0, 100.0).map(lambda value: round(value, 2))
POINT = st.tuples(COORDINATE, COORDINATE)


@st.composite
def arcs(draw: st.DrawFn) -> tuple[tuple[float, float], Arc]:
    """A start and an arc of at most half a turn."""
    start, end = draw(POINT), draw(POINT)
    chord = math.dist(start, end)
    if chord < 0.1:
        end = (start[0] + 1.0, start[1])
        chord = 1.0
    radius = chord / 2 * draw(st.floats(1.0, 50.0))
    return start, Arc(end, radius, draw(st.booleans()))


def centre(start: tuple[float, float], arc: Arc) -> NDArray[np.float64]:
    """To the left of the chord, or to the right of a clockwise one."""
    way = np.subtract(arc.end, start)
    chord = math.hypot(*way)
    height = math.sqrt(max(0.0, arc.radius**2 - chord**2 / 4))
    left = np.array([-way[1], way[0]]) / chord * (-height if arc.clockwise else height)
    return np.asarray(np.array(start) + way / 2 + left)


@settings(derandomize=True, deadline=None)
@given(arcs(), st.floats(0.002, 0.5))
def test_flattened_arcs_stay_within_tolerance(
    case: tuple[tuple[float, float], Arc], tolerance: float
) -> None:
    start, arc = case
    points = flatten(start, [arc], tolerance)
    middle = centre(start, arc)
    assert tuple(points[0]) == start
    assert tuple(points[-1]) == arc.end
    on_circle = np.hypot(*(points - middle).T)
    assert np.allclose(on_circle, arc.radius, rtol=1e-6, atol=1e-6)
    halves = np.hypot(*((points[1:] + points[:-1]) / 2 - middle).T)
    assert (arc.radius - halves).max() <= tolerance * 1.01


@settings(derandomize=True, deadline=None)
@given(arcs())
def test_arcs_backwards_are_the_same_arcs(case: tuple[tuple[float, float], Arc]) -> None:
    start, arc = case
    back_start, back = reverse(start, [arc, Line((1.0, 2.0))])
    assert back_start == (1.0, 2.0)
    there = flatten(start, [arc, Line((1.0, 2.0))])
    assert np.allclose(there[::-1], flatten(back_start, back), atol=1e-6)


def test_quarter_circle_turns_a_quarter() -> None:
    for clockwise, middle in ((False, (0.0, 10.0)), (True, (10.0, 0.0))):
        arc = Arc((10.0, 10.0), 10.0, clockwise=clockwise)
        points = flatten((0.0, 0.0), [Line((0.0, 0.0)), arc])
        assert np.hypot(*(points - middle).T) == pytest.approx(10.0)
        assert points[1:].min() >= 0.0
        assert points.max() <= 10.0
