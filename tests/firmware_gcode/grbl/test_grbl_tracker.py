"""A reported place is matched forward along the path."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_gcode.grbl.tracker import PathTracker

SQUARE = np.array([[0, 0], [10, 0], [10, 10], [0, 10], [0, 0]], dtype=np.float64)


def test_travel_is_not_ink() -> None:
    tracker = PathTracker([(-5.0, 0.0)], SQUARE)
    assert tracker.ink_total == 40.0
    tracker.advance(-2.0, 0.0)
    assert (tracker.way, tracker.inked) == (3.0, 0.0)
    tracker.advance(4.0, 0.0)
    assert tracker.inked == 4.0


def test_a_closed_stroke_is_at_its_end_only_after_all_of_it() -> None:
    tracker = PathTracker([], SQUARE)
    tracker.advance(0.0, 0.0)
    assert not tracker.at_end(0.0, 0.0)
    for place in ((9.0, 0.0), (10.0, 7.0), (2.0, 10.0), (0.0, 0.0)):
        tracker.advance(*place)
    assert tracker.inked == pytest.approx(40.0)
    assert tracker.at_end(0.0, 0.0)


def test_a_crossing_is_matched_to_the_part_that_comes_first() -> None:
    cross = np.array([[0, 0], [10, 0], [10, 5], [5, 5], [5, -5]], dtype=np.float64)
    tracker = PathTracker([], cross)
    tracker.advance(5.0, 0.0)
    assert tracker.inked == pytest.approx(5.0)
    tracker.advance(10.0, 3.0)
    tracker.advance(5.0, 0.0)
    assert tracker.inked == pytest.approx(25.0)


def test_a_place_off_the_path_moves_nothing_and_says_how_far() -> None:
    tracker = PathTracker([], SQUARE)
    tracker.advance(5.0, 0.0)
    assert tracker.advance(5.0, 4.0) == pytest.approx(4.0)
    assert tracker.way == pytest.approx(5.0)


def test_ink_that_begins_where_the_travel_passed_is_not_matched_too_early() -> None:
    back = np.array([[0, 0], [5, 0.05], [5, 9]], dtype=np.float64)
    tracker = PathTracker([(10.0, 0.0)], back)
    for x in (8.0, 4.0, 1.0):
        tracker.advance(x, 0.0)
        assert tracker.inked == 0.0
    tracker.advance(0.0, 0.0)
    tracker.advance(2.0, 0.02)
    assert tracker.inked == pytest.approx(2.0, abs=0.01)


def test_dots_and_empty_paths() -> None:
    dot = PathTracker([(0.0, 0.0)], np.array([[3.0, 4.0]]))
    assert dot.ink_total == 0.0
    assert not dot.at_end(3.0, 4.0)
    dot.advance(3.0, 4.0)
    assert dot.inked == 0.0
    alone = PathTracker([], np.array([[3.0, 4.0]]))
    assert alone.advance(0.0, 0.0) == pytest.approx(5.0)
    assert PathTracker([], None).advance(1.0, 1.0) == 0.0


points = st.tuples(st.floats(0, 100), st.floats(0, 100))


@given(st.lists(points, min_size=2, max_size=12), st.lists(st.floats(0, 1), max_size=12))
def test_progress_never_goes_back_nor_ahead_of_the_pen(
    corners: list[tuple[float, float]], shares: list[float]
) -> None:
    path = np.array(corners, dtype=np.float64)
    steps = np.hypot(*np.diff(path, axis=0).T)
    ends = np.concatenate([[0.0], np.cumsum(steps)])
    tracker, before = PathTracker([], path), 0.0
    for share in sorted(shares):
        way = share * float(ends[-1])
        x, y = np.interp(way, ends, path[:, 0]), np.interp(way, ends, path[:, 1])
        tracker.advance(float(x), float(y))
        assert before - 1e-6 <= tracker.way <= way + 0.2
        before = tracker.way


def test_what_is_left_of_a_stroke() -> None:
    tracker = PathTracker([(-5.0, 0.0)], SQUARE)
    for place in ((9.0, 0.0), (10.0, 7.0)):
        tracker.advance(*place)
    assert tracker.rest(10.0, 7.0) == [(10.0, 10.0), (0.0, 10.0), (0.0, 0.0)]


def test_a_lifted_pen_over_the_beginning_of_its_stroke_has_not_begun_it() -> None:
    """A hold just before the end of travel, where the ink turns back along it."""
    back = np.array([(23.8, 41.27), (31.69, 44.86)])
    tracker = PathTracker([(65.22, 56.77), (23.8, 41.27)], back)
    tracker.advance(23.9, 41.3125, lifted=True)
    assert tracker.inked == 0.0
    tracker.advance(24.1, 41.4125)
    assert tracker.inked > 0.2
