"""Sketches as lines of a Quick, Draw! simplified file."""

from __future__ import annotations

import json

import numpy as np

from pi_service.sketching.quickdraw import quickdraw_row
from pi_service.sketching.stroke import from_polylines


def test_a_drawing_that_fills_the_canvas_is_written_as_it_is() -> None:
    lines = [np.array([[0, 10], [255, 90]]), np.array([[7, 0]])]
    row = json.loads(quickdraw_row(from_polylines(lines), "cat"))
    assert row == {"word": "cat", "drawing": [[[0, 255], [10, 90]], [[7], [0]]]}


def test_any_other_is_moved_to_the_corner_and_scaled_to_255() -> None:
    lines = [np.array([[-100, 50], [-49, 152]])]
    row = json.loads(quickdraw_row(from_polylines(lines), "a dog"))
    assert row["drawing"] == [[[0, 128], [0, 255]]]


def test_a_single_dot_is_a_drawing() -> None:
    row = json.loads(quickdraw_row(from_polylines([np.array([[9, 9]])]), "dot"))
    assert row["drawing"] == [[[0], [0]]]


def test_one_drawing_is_one_line() -> None:
    assert "\n" not in quickdraw_row(from_polylines([np.array([[9, 9]])]), "the\nword")
