"""A motion's trapezoid: its time and its place at any instant are those of its corners."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_gcode.motion.profile import Profile

speed_sqr = st.floats(0.0, 1e4)


def test_a_long_way_is_a_trapezoid_and_a_short_one_a_triangle() -> None:
    long = Profile.between(100.0, 500.0, 0.0, 50.0**2, 0.0)
    assert long.seconds == pytest.approx(100 / 50 + 50 / 500)
    short = Profile.between(2.0, 500.0, 0.0, 100.0**2, 0.0)
    assert short.seconds == pytest.approx(2 * (2 / 500) ** 0.5)
    assert short.top == pytest.approx((2 * 500 * 1.0) ** 0.5)


def test_what_is_entered_too_fast_slows_down_first() -> None:
    profile = Profile.between(10.0, 500.0, 60.0**2, 30.0**2, 0.0)
    assert [profile.at(t)[1] for t in (0.0, 0.03, 0.06, 0.1)] == pytest.approx(
        [60, 45, 30, 30]
    )
    assert profile.leave == 0.0
    unstoppable = Profile.between(1.0, 500.0, 60.0**2, 30.0**2, 0.0)
    assert unstoppable.leave**2 == pytest.approx(60**2 - 2 * 500)


def test_braking_ends_where_the_speed_or_the_line_does() -> None:
    assert Profile.braking(10.0, 500.0, 50.0**2).length == pytest.approx(2.5)
    assert Profile.braking(1.0, 500.0, 50.0**2).leave == pytest.approx(1500**0.5)


@given(
    st.floats(0.01, 300.0), st.floats(10.0, 3000.0), speed_sqr, st.floats(0.1, 1e4), speed_sqr
)
def test_the_place_is_the_integral_of_the_speed(
    length: float, acceleration: float, entry: float, cruise: float, leave: float
) -> None:
    profile = Profile.between(length, acceleration, entry, cruise, leave)
    first = abs(profile.top - profile.entry) / acceleration
    second = profile.seconds - abs(profile.top - profile.leave) / acceleration
    corners = sorted((0.0, first, max(second, first), profile.seconds))
    found = 0.0
    for begin, end in pairwise(corners):
        middle = 0.5 * (begin + end)
        (place, v), (_, mean), (there, w) = (profile.at(t) for t in (begin, middle, end))
        assert there - place == pytest.approx(mean * (end - begin), abs=1e-6)
        assert abs(w - v) <= acceleration * (end - begin) + 1e-6
        found += there - place
    assert found == pytest.approx(length)
    assert profile.at(0.0)[1] == pytest.approx(profile.entry)


def test_no_slice_is_left_for_less_than_a_step() -> None:
    profile = Profile.between(5.00005, 500.0, 0.0, 50.0**2, 0.0)
    assert profile.slice_after(0.19, 80.0) == (profile.seconds, profile.length, 0.0)
