"""What a toolpath inks, and how far the pen travels for it."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_gcode.drawing.geometry import Drawing, distances, farthest, length
from firmware_gcode.program.profile import Profile
from firmware_gcode.program.report import plain_toolpath
from firmware_gcode.toolpath.ordering.cost import Seconds
from firmware_gcode.toolpath.plan import Toolpath, plan_toolpath, travel_mm
from firmware_gcode.toolpath.tolerance import default_tolerance

PROFILE = Profile.load("simulated")
COORDINATE = st.floats(0.0, 100.0).map(lambda value: round(value, 2))
STROKES = st.lists(
    st.lists(st.tuples(COORDINATE, COORDINATE), min_size=1, max_size=8),
    min_size=1,
    max_size=20,
)


COST = Seconds.of_machine(PROFILE.motion, PROFILE.travel_feed, rapid=PROFILE.rapid_travel)


def seconds(toolpath: Toolpath) -> float:
    """How long the pen-up moves take."""
    moves = np.array([move[1] - move[0] for move in toolpath.moves])
    return float(COST.of(moves[:, 0] + 1j * moves[:, 1]).sum())


@settings(max_examples=60, derandomize=True, deadline=None)
@given(STROKES)
def test_every_stroke_is_drawn_once(strokes: list[list[tuple[float, float]]]) -> None:
    drawing = Drawing(tuple(np.array(stroke) for stroke in strokes))
    toolpath = plan_toolpath(drawing, PROFILE)
    sources = sorted(index for stroke in toolpath.strokes for index in stroke.source)
    assert sources == list(range(len(strokes)))
    lines = [stroke.points for stroke in toolpath.strokes]
    assert toolpath.travel_mm == pytest.approx(travel_mm(lines, (0.0, 0.0), (0.0, 0.0)))
    tolerance = default_tolerance(drawing, PROFILE.pen_width).most + 1e-6
    if len(lines) == len(strokes):  # Fewer lifts may cost some way.
        as_asked = seconds(plain_toolpath(drawing, PROFILE))
        shifted = float(COST.of(np.array([tolerance + 0j]))[0]) * 2 * len(lines)
        assert seconds(toolpath) <= as_asked + shifted + 1e-9
    for stroke in drawing.strokes:
        # What lies on another stroke within a quarter of the pen is drawn with that one.
        allowed = max(tolerance, PROFILE.pen_width / 4)
        assert min(farthest(stroke, line) for line in lines) <= allowed
    for drawn in toolpath.strokes:
        asked_for = [drawing.strokes[index] for index in drawn.source]
        off = np.min([distances(drawn.points, source) for source in asked_for], axis=0)
        assert off.max() <= tolerance + PROFILE.pen_width


def test_ends_that_touch_become_one_stroke() -> None:
    drawing = Drawing(
        (
            np.array([[0.0, 0.0], [10.0, 0.0]]),
            np.array([[20.0, 0.0], [10.2, 0.0]]),
            np.array([[20.0, 0.1], [20.0, 30.0]]),
        )
    )
    toolpath = plan_toolpath(drawing, PROFILE)
    assert len(toolpath.strokes) == 1
    assert sorted(toolpath.strokes[0].source) == [0, 1, 2]


def test_start_is_where_the_pen_is() -> None:
    drawing = Drawing((np.array([[0.0, 0.0]]), np.array([[90.0, 90.0]])))
    toolpath = plan_toolpath(drawing, PROFILE, start=(100.0, 100.0))
    assert toolpath.strokes[0].start == (90.0, 90.0)
    assert toolpath.park == PROFILE.park


def test_curves_stay_in_the_area() -> None:
    arch = np.array([[0, 0], [10, 10], [20, 14], [40, 14], [50, 10], [60, 0.0]])
    drawing = Drawing((arch,))
    free = plan_toolpath(drawing, PROFILE, tolerance=0.285)
    assert not drawing.bounds.contains(free.strokes[0].points)
    held = plan_toolpath(drawing, PROFILE, tolerance=0.285, area=drawing.bounds)
    assert drawing.bounds.contains(held.strokes[0].points)


def test_moves_are_what_the_pen_travels() -> None:
    drawing = Drawing((np.array([[10.0, 0.0], [20.0, 0.0]]), np.array([[50.0, 50.0]])))
    toolpath = plan_toolpath(drawing, PROFILE)
    assert sum(length(move) for move in toolpath.moves) == pytest.approx(toolpath.travel_mm)


def test_a_hundred_thousand_points_are_planned_in_bounded_time() -> None:
    turns = np.linspace(0.0, 400.0, 100_000)
    spiral = np.column_stack([turns * np.cos(turns), turns * np.sin(turns)]) / 10.0 + 50.0
    before = time.process_time()
    (stroke,) = plan_toolpath(Drawing((spiral,)), PROFILE).strokes
    assert time.process_time() - before < 10.0
    assert len(stroke.path.z) < 3000
    assert farthest(spiral[::1000], stroke.points) < 0.3
