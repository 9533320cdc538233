"""One continuous line through everything."""

from __future__ import annotations

import numpy as np

from firmware_gcode.drawing.geometry import Drawing, farthest
from firmware_gcode.toolpath.oneline import one_line

DRAWING = Drawing(
    (
        np.array([[0.0, 0.0], [20.0, 0.0]]),
        np.array([[60.0, 20.0], [40.0, 5.0]]),
        np.array([[80.0, 40.0]]),
        np.array([[70.0, 50.0], [90.0, 50.0], [90.0, 70.0], [70.0, 50.0]]),
    )
)


def test_everything_is_on_one_line_with_little_more_ink() -> None:
    joined = one_line(DRAWING, 0.4)
    (line,) = joined.strokes
    for stroke in DRAWING.strokes:
        assert farthest(stroke, line) < 1e-6
    gaps = 20.6 + 28.3 + 14.2
    assert joined.ink_mm - DRAWING.ink_mm < 1.3 * gaps


def test_joints_leave_and_meet_smoothly() -> None:
    (line,) = one_line(Drawing(DRAWING.strokes[:2]), 0.4).strokes
    steps = np.diff(line, axis=0)
    headings = np.unwrap(np.arctan2(steps[:, 1], steps[:, 0]))
    assert np.abs(np.diff(headings)).max() < np.radians(25.0)


def test_a_single_stroke_stays_as_it_is() -> None:
    alone = Drawing(DRAWING.strokes[:1])
    assert np.array_equal(one_line(alone, 0.4).strokes[0], alone.strokes[0])
