"""Arcs are cut into lines as GRBL cuts them."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_gcode.gcode.actions import Arc, Point
from firmware_gcode.motion.arcs import arc_extremes, arc_lines


def circle(radius: float, *, clockwise: bool = True) -> Arc:
    """A full turn that begins at the origin."""
    zero = (0.0, 0.0, 0.0)
    return Arc(zero, zero, (radius, 0.0), (0, 1, 2), clockwise, 1000.0)


def points_of(arc: Arc, tolerance: float) -> list[Point]:
    """Where the lines end that stand for an arc."""
    return [line.target for line in arc_lines(arc, tolerance)]


@pytest.mark.parametrize("clockwise", [True, False])
def test_a_full_turn_ends_where_it_began_and_stays_on_the_circle(clockwise: bool) -> None:
    arc = circle(5.0, clockwise=clockwise)
    points = points_of(arc, 0.002)
    assert points[-1] == arc.target
    assert all(math.hypot(x - 5, y) == pytest.approx(5) for x, y, _ in points)
    second_quarter = points[len(points) // 4]
    assert (second_quarter[1] > 0) == clockwise


@given(st.floats(0.1, 200), st.sampled_from([0.002, 0.01, 0.05]))
def test_chords_leave_the_circle_by_the_tolerance_at_most(
    radius: float, tolerance: float
) -> None:
    points = [(0.0, 0.0, 0.0), *points_of(circle(radius), tolerance)]
    longest = max(math.dist(a, b) for a, b in pairwise(points))
    sagitta = radius - math.sqrt(max(radius**2 - longest**2 / 4, 0.0))
    # GRBL rounds the number of chords down, so that short arcs bulge a little more.
    assert sagitta <= tolerance * (1 + 3 / len(points)) ** 2


def test_a_helix_rises_evenly() -> None:
    arc = Arc((0, 0, 0), (10, 0, 3), (5, 0), (0, 1, 2), True, 1000.0)
    heights = [z for _, _, z in points_of(arc, 0.01)]
    steps = [b - a for a, b in zip([0.0, *heights], heights, strict=False)]
    assert steps == pytest.approx([3 / len(heights)] * len(heights))


def test_an_arc_in_inverse_time_runs_at_its_f_times_its_lines() -> None:
    arc = Arc((0, 0, 0), (10, 0, 0), (5, 0), (0, 1, 2), True, 20.0, inverse_time=True)
    feeds = [(line.feed, line.inverse_time) for line in arc_lines(arc, 0.002)]
    assert feeds == [(20.0 * len(feeds), False)] * len(feeds)
    plain = {(line.feed, line.inverse_time) for line in arc_lines(circle(5.0), 0.002)}
    assert plain == {(1000.0, False)}


def test_an_arc_smaller_than_the_tolerance_is_a_line() -> None:
    assert points_of(circle(0.0005), 0.002) == [(0.0, 0.0, 0.0)]


@pytest.mark.parametrize("clockwise", [True, False])
def test_what_an_arc_passes_lies_on_its_lines(clockwise: bool) -> None:
    arc = Arc((1, 2, 0), (1, 8, 3), (0, 3), (0, 1, 2), clockwise, 1000.0)
    lines = np.array(points_of(arc, 0.001))
    passed = np.array(list(arc_extremes(arc)))
    assert len(passed) == 4  # Its end, the side, and where it begins and ends.
    distances = np.linalg.norm(lines[None] - passed[:, None], axis=2).min(axis=1)
    assert (distances < 0.2).all()
    assert (passed[:, 0].min() < 0) == clockwise
