"""A reported place is matched forward along the path."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_gcode.grbl.tracker import PathTracker

SQUARE = np.array([[0, 0], [10, 0], [10, 10], [0, 10], [0, 0]], dtype=np.float64)


AWAY = [(0.0, 0.0), (20.0, -20.0)]


def test_travel_is_not_ink() -> None:
    tracker = PathTracker([(-5.0, 0.0), (0.0, 0.0)], SQUARE, AWAY)
    tracker.advance(-2.0, 0.0)
    assert tracker.inked == 0.0
    tracker.advance(4.0, 0.0)
    assert tracker.inked == 4.0


@pytest.mark.parametrize("lifted", [None, False])
def test_a_closed_stroke_is_past_only_after_all_of_it(lifted: bool | None) -> None:
    tracker = PathTracker([(0.0, 0.0)], SQUARE, AWAY)
    for place in ((0.0, 0.0), (9.0, 0.0), (10.0, 7.0), (2.0, 10.0), (0.0, 0.05)):
        assert not tracker.past_ink
        tracker.advance(*place, lifted=lifted)
    tracker.advance(0.0, 0.0, lifted=lifted)
    assert tracker.past_ink
    assert tracker.inked == pytest.approx(40.0)


def test_a_crossing_is_matched_to_the_part_that_comes_first() -> None:
    cross = np.array([[0, 0], [10, 0], [10, 5], [5, 5], [5, -5]], dtype=np.float64)
    tracker = PathTracker([(0.0, 0.0)], cross, [(5.0, -5.0)])
    tracker.advance(5.0, 0.0)
    assert tracker.inked == pytest.approx(5.0)
    tracker.advance(10.0, 3.0)
    tracker.advance(5.0, 0.0)
    assert tracker.inked == pytest.approx(25.0)


def test_a_place_off_the_path_moves_nothing_and_says_how_far() -> None:
    tracker = PathTracker([(0.0, 0.0)], SQUARE, AWAY)
    tracker.advance(5.0, 0.0)
    assert tracker.advance(5.0, 4.0) == pytest.approx(4.0)
    assert tracker.inked == pytest.approx(5.0)


def test_ink_that_begins_where_the_travel_passed_is_not_matched_too_early() -> None:
    back = np.array([[0, 0], [5, 0.05], [5, 9]], dtype=np.float64)
    tracker = PathTracker([(10.0, 0.0), (0.0, 0.0)], back, [(5.0, 9.0)])
    for x in (8.0, 4.0, 1.0, 0.0):
        tracker.advance(x, 0.0)
        assert tracker.inked == 0.0
    tracker.advance(2.0, 0.02)
    assert tracker.inked == pytest.approx(2.0, abs=0.01)


def test_a_dot_is_drawn_once_the_pen_was_seen_down_or_away() -> None:
    for place, lifted in (((3.0, 4.0), False), ((2.0, 3.0), True), ((2.0, 3.0), None)):
        dot = PathTracker([(0.0, 0.0), (3.0, 4.0)], np.array([[3.0, 4.0]]), [(3, 4), (1, 2)])
        for x, y in ((0.9, 1.2), (3.0, 4.0)):
            dot.advance(x, y, lifted=None if lifted is None else True)
            assert not dot.past_ink
        dot.advance(*place, lifted=lifted)
        assert dot.past_ink


def test_without_a_stroke_there_is_only_travel() -> None:
    alone = PathTracker([(3.0, 4.0)])
    assert alone.advance(0.0, 0.0) == pytest.approx(5.0)
    assert not alone.past_ink


def test_what_is_left_of_a_stroke() -> None:
    tracker = PathTracker([(-5.0, 0.0), (0.0, 0.0)], SQUARE, AWAY)
    for place in ((9.0, 0.0), (10.0, 7.0)):
        tracker.advance(*place)
    assert tracker.rest((10.0, 7.0)) == [(10.0, 10.0), (0.0, 10.0), (0.0, 0.0)]
    rest = tracker.resumed((10.0, 7.0))
    assert rest.inked == pytest.approx(17.0)
    rest.advance(10.0, 9.0, lifted=False)
    assert rest.inked == pytest.approx(19.0)


def test_a_lifted_pen_over_the_beginning_of_its_stroke_has_not_begun_it() -> None:
    """A hold just before the end of travel, where the ink turns back along it."""
    back = np.array([(23.8, 41.27), (31.69, 44.86)])
    tracker = PathTracker([(65.22, 56.77), (23.8, 41.27)], back, [(31.69, 44.86)])
    tracker.advance(23.9, 41.3125, lifted=True)
    assert tracker.inked == 0.0
    tracker.advance(24.1, 41.4125, lifted=False)
    assert tracker.inked > 0.2


places = st.tuples(st.integers(0, 12), st.integers(0, 12))


@settings(max_examples=300)
@given(
    st.tuples(*(st.lists(places, min_size=1, max_size=most) for most in (4, 6, 4))),
    st.lists(st.floats(0, 1), max_size=15),
    st.booleans(),
    st.randoms(use_true_random=False),
)
def test_the_pen_is_where_it_is_seen_or_further(
    corners: tuple[list[tuple[int, int]], ...],
    shares: list[float],
    by_height: bool,
    numbers: Random,
) -> None:
    """Ways that cross themselves and come back on themselves, each place a motor step off."""
    before, inside, after = corners
    legs = [
        np.array(leg, float) for leg in ([*before, inside[0]], inside, [inside[-1], *after])
    ]
    ends = [np.cumsum([0.0, *np.hypot(*np.diff(leg, axis=0).T)]) for leg in legs]
    bounds = np.cumsum([0.0, *(float(end[-1]) for end in ends)])
    tracker = PathTracker(legs[0].tolist(), legs[1], legs[2].tolist())
    seen = 0.0
    for share in sorted(shares):
        way = share * float(bounds[-1])
        leg = min(int(np.searchsorted(bounds, way, side="right")) - 1, 2)
        x, y = (
            float(np.interp(way - bounds[leg], ends[leg], legs[leg][:, axis]))
            + numbers.uniform(-0.01, 0.01)
            for axis in (0, 1)
        )
        apart = tracker.advance(x, y, lifted=leg != 1 if by_height else None)
        assert apart < 0.02
        assert seen <= tracker.inked <= max(0.0, way - bounds[1]) + 0.2
        assert way >= bounds[2] - 0.05 or not tracker.past_ink
        seen = tracker.inked
