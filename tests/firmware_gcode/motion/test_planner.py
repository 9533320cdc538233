"""The planner looks ahead, brakes for corners, and keeps each axis within its limits."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_gcode.gcode.actions import Arc
from firmware_gcode.motion.arcs import arc_angle, arc_feed, arc_points, arc_segments
from firmware_gcode.motion.planner import CAPACITY, Planner
from firmware_gcode.motion.segments import Segment, SegmentMaker
from firmware_gcode.motion.settings import MotionSettings

FAST = MotionSettings((80, 80, 80), (6000, 6000, 3000), (500, 500, 200))


def execute(planner: Planner) -> list[Segment]:
    """All segments of what is planned."""
    maker = SegmentMaker(planner)
    segments = []
    while (segment := maker.next()) is not None:
        segments.append(segment)
    return segments


def seconds(planner: Planner) -> float:
    """How long it takes to execute what is planned."""
    return sum(segment.seconds for segment in execute(planner))


def test_a_long_move_is_a_trapezoid() -> None:
    planner = Planner(FAST)
    planner.add((100, 0, 0), 3000)
    assert seconds(planner) == pytest.approx(100 / 50 + 50 / 500, rel=1e-3)


def test_a_short_move_is_a_triangle() -> None:
    planner = Planner(FAST)
    planner.add((2, 0, 0), 6000)
    assert seconds(planner) == pytest.approx(2 * math.sqrt(2 / 500), rel=2e-3)


def test_a_straight_line_in_pieces_takes_no_longer_than_in_one() -> None:
    whole, pieces = Planner(FAST), Planner(FAST)
    whole.add((50, 0, 0), 3000)
    for step in range(1, 11):
        pieces.add((5 * step, 0, 0), 3000)
    assert seconds(pieces) == pytest.approx(seconds(whole), rel=2e-3)


def test_a_reversal_stops_and_a_right_angle_slows_down() -> None:
    back, corner = Planner(FAST), Planner(FAST)
    back.add((10, 0, 0), 3000)
    corner.add((10, 0, 0), 3000)
    reversed_block = back.add((0, 0, 0), 3000)
    turned_block = corner.add((10, 10, 0), 3000)
    assert reversed_block is not None
    assert turned_block is not None
    assert reversed_block.entry_sqr == 0.0
    # The corner's circle: v² = a·d·sin/(1-sin), with the diagonal's acceleration limit.
    half = math.sqrt(0.5)
    assert turned_block.entry_sqr == pytest.approx(
        500 * math.sqrt(2) * 0.01 * half / (1 - half)
    )


def test_a_larger_junction_deviation_corners_faster() -> None:
    loose = MotionSettings((80, 80, 80), (6000, 6000, 3000), (500, 500, 200), 0.05)
    times = []
    for settings in (FAST, loose):
        planner = Planner(settings)
        for corner in ((10, 0, 0), (10, 10, 0), (0, 10, 0), (0, 0, 0)):
            planner.add(corner, 3000)
        times.append(seconds(planner))
    assert times[1] < times[0]


def test_each_axis_keeps_its_own_limit() -> None:
    uneven = MotionSettings((80, 100, 400), (8000, 3000, 500), (800, 200, 50))
    planner = Planner(uneven)
    block = planner.add((10, 10, 1), 99999)
    assert block is not None
    length = math.sqrt(10**2 + 10**2 + 1)
    assert block.rapid_rate == pytest.approx(50 * length / 10)
    assert block.acceleration == pytest.approx(200 * length / 10)
    assert planner.nominal_speed(block) == block.rapid_rate


def test_a_motion_below_half_a_step_is_none() -> None:
    planner = Planner(FAST)
    assert planner.add((0.006, 0, 0), 100) is None
    assert planner.add((0.007, 0, 0), 100) is not None
    assert planner.position == (1, 0, 0)


def test_it_holds_fifteen_blocks() -> None:
    planner = Planner(FAST)
    for step in range(CAPACITY):
        assert not planner.full
        planner.add((step + 1, 0, 0), 1000)
    assert planner.full
    planner.discard()
    assert not planner.full


def test_inverse_time_gives_the_duration() -> None:
    planner = Planner(FAST)
    planner.add((30, 0, 0), 2, inverse_time=True)
    assert seconds(planner) == pytest.approx(30, rel=5e-3)


def test_overrides_change_feeds_and_rapids_apart() -> None:
    planner = Planner(FAST)
    feed = planner.add((50, 0, 0), 1000)
    rapid = planner.add((50, 50, 0), 0, rapid=True)
    jog = planner.add((0, 50, 0), 1000, fixed_feed=True)
    assert feed is not None
    assert rapid is not None
    assert jog is not None
    planner.set_overrides(0.5, 0.25)
    assert planner.nominal_speed(feed) == pytest.approx(1000 / 60 / 2)
    assert planner.nominal_speed(rapid) == pytest.approx(100 / 4)
    assert planner.nominal_speed(jog) == pytest.approx(1000 / 60)


def test_very_slow_motion_is_as_fast_as_the_timer_allows() -> None:
    planner = Planner(FAST)
    planner.add((1, 0, 0), 6)  # 8 steps/s asked; the slowest tick gives 30.5.
    assert seconds(planner) == pytest.approx(80 * 8 * 65536 / 16e6, rel=0.02)


coordinate = st.integers(min_value=-400, max_value=400).map(lambda value: value / 20)


@given(
    st.lists(
        st.tuples(coordinate, coordinate, coordinate, st.floats(10, 9000)),
        min_size=1,
        max_size=CAPACITY,
    )
)
def test_every_step_is_made_once_and_no_limit_is_broken(
    moves: list[tuple[float, float, float, float]],
) -> None:
    planner = Planner(FAST)
    for x, y, z, feed in moves:
        planner.add((x, y, z), feed)
    blocks = list(planner.blocks)
    segments = execute(planner)
    for block in blocks:
        own = [segment for segment in segments if segment.block is block]
        assert sum(segment.count for segment in own) == block.events
        assert [segment.ends_block for segment in own] == [False] * (len(own) - 1) + [True]
        fastest = max(segment.speed for segment in own)
        assert fastest <= planner.nominal_speed(block) * (1 + 1e-9)
    ends = [tuple(a + b for a, b in zip(b.origin, b.steps, strict=True)) for b in blocks]
    assert not ends or ends[-1] == planner.position
    assert all(segment.seconds > 0 for segment in segments)


# Arcs.


def circle(radius: float, *, clockwise: bool = True) -> Arc:
    """A full turn that begins at the origin."""
    zero = (0.0, 0.0, 0.0)
    return Arc(zero, zero, (radius, 0.0), radius, (0, 1, 2), clockwise, 1000.0)


@pytest.mark.parametrize("clockwise", [True, False])
def test_a_full_turn_ends_where_it_began_and_stays_on_the_circle(clockwise: bool) -> None:
    arc = circle(5.0, clockwise=clockwise)
    points = list(arc_points(arc, 0.002))
    assert abs(arc_angle(arc)) == pytest.approx(2 * math.pi)
    assert len(points) == arc_segments(arc, 0.002)
    assert points[-1] == arc.target
    assert all(math.hypot(x - 5, y) == pytest.approx(5) for x, y, _ in points)
    second_quarter = points[len(points) // 4]
    assert (second_quarter[1] > 0) == clockwise


@given(st.floats(0.1, 200), st.sampled_from([0.002, 0.01, 0.05]))
def test_chords_leave_the_circle_by_the_tolerance_at_most(
    radius: float, tolerance: float
) -> None:
    points = [(0.0, 0.0, 0.0), *arc_points(circle(radius), tolerance)]
    longest = max(math.dist(a, b) for a, b in pairwise(points))
    sagitta = radius - math.sqrt(max(radius**2 - longest**2 / 4, 0.0))
    # GRBL rounds the number of chords down, so that short arcs bulge a little more.
    assert sagitta <= tolerance * (1 + 3 / len(points)) ** 2


def test_a_helix_rises_evenly() -> None:
    arc = Arc((0, 0, 0), (10, 0, 3), (5, 0), 5.0, (0, 1, 2), True, 1000.0)
    heights = [z for _, _, z in arc_points(arc, 0.01)]
    steps = [b - a for a, b in zip([0.0, *heights], heights, strict=False)]
    assert steps == pytest.approx([3 / len(heights)] * len(heights))


def test_an_arc_in_inverse_time_runs_at_its_f_times_its_lines() -> None:
    arc = Arc((0, 0, 0), (10, 0, 0), (5, 0), 5.0, (0, 1, 2), True, 20.0, inverse_time=True)
    assert arc_feed(arc, 0.002) == (20.0 * arc_segments(arc, 0.002), False)
    assert arc_feed(circle(5.0), 0.002) == (1000.0, False)


def test_an_arc_smaller_than_the_tolerance_is_a_line() -> None:
    assert list(arc_points(circle(0.0005), 0.002)) == [(0.0, 0.0, 0.0)]
