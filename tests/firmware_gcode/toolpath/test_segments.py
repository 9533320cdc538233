"""Lines and arcs as geometry."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_gcode.toolpath.segments import Arc, Line, centre, flatten, reverse, sweep

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


@settings(derandomize=True, deadline=None)
@given(arcs(), st.floats(0.002, 0.5))
def test_flattened_arcs_stay_within_tolerance(
    case: tuple[tuple[float, float], Arc], tolerance: float
) -> None:
    start, arc = case
    points = flatten(start, [arc], tolerance)
    middle = np.array(centre(start, arc))
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
    arc = Arc((10.0, 10.0), 10.0, clockwise=False)
    assert sweep((0.0, 0.0), arc) == pytest.approx(math.pi / 2)
    assert centre((0.0, 0.0), arc) == pytest.approx((0.0, 10.0))
    assert centre((0.0, 0.0), Arc((10.0, 10.0), 10.0, clockwise=True)) == pytest.approx(
        (10.0, 0.0)
    )
