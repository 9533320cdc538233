"""One continuous line through everything."""

from __future__ import annotations

import time
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_gcode.drawing.geometry import Drawing, distances, farthest
from firmware_gcode.toolpath.oneline import one_line

DRAWING = Drawing(
    (
        np.array([[0.0, 0.0], [20.0, 0.0]]),
        np.array([[60.0, 20.0], [40.0, 5.0]]),
        np.array([[80.0, 40.0]]),
        np.array([[70.0, 50.0], [90.0, 50.0], [90.0, 70.0], [70.0, 50.0]]),
    )
)


COORDINATE = st.integers(0, 40).map(float)
STROKES = st.lists(
    st.tuples(
        st.lists(st.tuples(COORDINATE, COORDINATE), min_size=1, max_size=5), st.booleans()
    ),
    min_size=1,
    max_size=10,
)


def test_everything_is_on_one_line_with_little_more_ink() -> None:
    joined = one_line(DRAWING, 0.4)
    (line,) = joined.drawing.strokes
    for stroke in DRAWING.strokes:
        assert farthest(stroke, line) < 1e-6
    gaps = 20.6 + 26.7 + 10.0  # From line to line, to the dot, and up to the triangle.
    assert gaps - 0.5 < joined.added_mm < 1.3 * gaps
    asked = DRAWING.ink_mm + joined.added_mm + joined.again_mm
    assert joined.drawing.ink_mm == pytest.approx(asked)


@settings(max_examples=30, derandomize=True, deadline=None)
@given(STROKES)
def test_whatever_the_strokes_one_line_inks_them_and_only_joints_beside(
    shapes: list[tuple[list[tuple[float, float]], bool]],
) -> None:
    strokes = [np.array([*points, points[0]] if ring else points) for points, ring in shapes]
    joined = one_line(Drawing(tuple(strokes)), 0.4)
    (line,) = joined.drawing.strokes
    for stroke in strokes:
        assert farthest(stroke, line) < 0.2  # What is drawn twice may lie a little beside.
    dense = np.concatenate([np.linspace(a, b, 9) for a, b in pairwise(line)] or [line])
    beside = np.min([distances(dense, stroke) for stroke in strokes], axis=0) > 0.4
    steps = np.hypot(*np.diff(dense, axis=0).T)
    away = float(steps[beside[1:] & beside[:-1]].sum())
    assert away <= 2 * joined.added_mm + 1e-6
    assert np.array_equal(one_line(Drawing(tuple(strokes)), 0.4).drawing.strokes[0], line)


def test_joints_leave_and_meet_smoothly() -> None:
    (line,) = one_line(Drawing(DRAWING.strokes[:2]), 0.4).drawing.strokes
    steps = np.diff(line, axis=0)
    headings = np.unwrap(np.arctan2(steps[:, 1], steps[:, 0]))
    assert np.abs(np.diff(headings)).max() < np.radians(25.0)


def test_an_eye_hangs_on_the_nearest_line_and_not_on_its_end() -> None:
    outline = np.array([[0.0, 0.0], [100.0, 0.0]])
    eye = np.array([[48.0, 10.0], [52.0, 10.0], [50.0, 14.0], [48.0, 10.0]])
    joined = one_line(Drawing((outline, eye)), 0.4)
    assert 10.0 <= joined.added_mm < 13.0
    assert joined.again_mm == pytest.approx(joined.added_mm, abs=2.0)  # There and back.


def test_a_single_stroke_stays_as_it_is() -> None:
    alone = Drawing(DRAWING.strokes[:1])
    assert np.array_equal(one_line(alone, 0.4).drawing.strokes[0], alone.strokes[0])
    dot = Drawing((np.array([[3.0, 4.0]]),))
    assert one_line(dot, 0.4).drawing.strokes[0].tolist() == [[3.0, 4.0]]


def test_a_large_drawing_is_joined_in_bounded_time() -> None:
    generator = np.random.default_rng(1)
    walks = np.cumsum(generator.normal(0.0, 1.0, (120, 250, 2)), axis=1)
    strokes = walks + generator.uniform(0.0, 300.0, (120, 1, 2))
    before = time.process_time()
    joined = one_line(Drawing(tuple(strokes)), 0.4)
    assert time.process_time() - before < 30.0
    assert len(joined.drawing.strokes) == 1
