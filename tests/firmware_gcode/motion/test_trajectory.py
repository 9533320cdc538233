"""Blocks look ahead, brake for corners, keep to their limits, and make every step."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_gcode.gcode.actions import Move
from firmware_gcode.motion.settings import MotionSettings
from firmware_gcode.motion.timer import CAPACITY
from firmware_gcode.motion.trajectory import Block, Slice, Trajectory

FAST = MotionSettings((80, 80, 80), (6000, 6000, 3000), (500, 500, 200))


def plan(trajectory: Trajectory, x: float, y: float, feed: float, **more: Any) -> Block:
    """Plan a motion in the plane that is longer than a step."""
    block = trajectory.plan(Move((x, y, 0.0), feed, **more))
    assert block is not None
    return block


def execute(trajectory: Trajectory) -> list[Slice]:
    """All slices of what is planned."""
    return list(iter(trajectory.next_slice, None))


def seconds(trajectory: Trajectory) -> float:
    """How long it takes to execute what is planned."""
    return sum(piece.seconds for piece in execute(trajectory))


def test_a_straight_line_in_pieces_takes_no_longer_than_in_one() -> None:
    whole, pieces = Trajectory(FAST), Trajectory(FAST)
    plan(whole, 50, 0, 3000)
    for step in range(1, 11):
        plan(pieces, 5 * step, 0, 3000)
    assert seconds(whole) == pytest.approx(50 / 50 + 50 / 500, rel=2e-3)
    assert seconds(pieces) == pytest.approx(50 / 50 + 50 / 500, rel=2e-3)


def test_a_reversal_stops_and_a_right_angle_slows_down() -> None:
    back, corner = Trajectory(FAST), Trajectory(FAST)
    for trajectory in (back, corner):
        plan(trajectory, 10, 0, 3000)
    assert plan(back, 0, 0, 3000).limit_sqr == pytest.approx(0.0, abs=1e-9)
    # The corner's circle: v² = a·d·sin/(1-sin), with the diagonal's acceleration limit.
    half = math.sqrt(0.5)
    limit = 500 * math.sqrt(2) * 0.01 * half / (1 - half)
    assert plan(corner, 10, 10, 3000).limit_sqr == pytest.approx(limit)


def test_a_larger_junction_deviation_corners_faster() -> None:
    loose = MotionSettings((80, 80, 80), (6000, 6000, 3000), (500, 500, 200), 0.05)
    times = []
    for settings in (FAST, loose):
        trajectory = Trajectory(settings)
        for x, y in ((10, 0), (10, 10), (0, 10), (0, 0)):
            plan(trajectory, x, y, 3000)
        times.append(seconds(trajectory))
    assert times[1] < times[0]


def test_each_axis_keeps_its_own_limit() -> None:
    uneven = MotionSettings((80, 100, 400), (8000, 3000, 500), (800, 200, 50))
    block = Trajectory(uneven).plan(Move((10, 10, 1), 99999))
    assert block is not None
    length = math.sqrt(10**2 + 10**2 + 1)
    assert block.speed == pytest.approx(50 * length / 10)
    assert block.acceleration == pytest.approx(200 * length / 10)


def test_a_motion_below_half_a_step_is_none() -> None:
    trajectory = Trajectory(FAST)
    assert trajectory.plan(Move((0.006, 0, 0), 100)) is None
    assert trajectory.plan(Move((0.007, 0, 0), 100)) is not None
    assert trajectory.position == (1, 0, 0)


def test_it_holds_fifteen_blocks() -> None:
    trajectory = Trajectory(FAST)
    for step in range(CAPACITY):
        assert not trajectory.full
        plan(trajectory, step + 1, 0, 1000)
    assert trajectory.full
    while not (trajectory.next_slice() or pytest.fail("nothing left")).ends_block:
        assert trajectory.full
    assert not trajectory.full


def test_inverse_time_gives_the_duration() -> None:
    trajectory = Trajectory(FAST)
    plan(trajectory, 30, 0, 2, inverse_time=True)
    assert seconds(trajectory) == pytest.approx(30, rel=5e-3)


def test_overrides_change_feeds_and_rapids_apart() -> None:
    trajectory = Trajectory(FAST)
    feed = plan(trajectory, 50, 0, 1000)
    rapid = plan(trajectory, 50, 50, 0, rapid=True)
    jog = plan(trajectory, 0, 50, 1000, jog=True)
    trajectory.override(0.5, 0.25)
    assert feed.speed == pytest.approx(1000 / 60 / 2)
    assert rapid.speed == pytest.approx(100 / 4)
    assert jog.speed == pytest.approx(1000 / 60)


def test_an_override_in_motion_is_a_ramp_to_the_other_speed() -> None:
    trajectory = Trajectory(FAST)
    plan(trajectory, 100, 0, 3000)
    for _ in range(30):
        trajectory.next_slice()
    assert trajectory.speed == pytest.approx(50)
    trajectory.override(0.5, 1.0)
    slowing = [piece.speed for piece in (trajectory.next_slice() for _ in range(6)) if piece]
    assert slowing == pytest.approx([45, 40, 35, 30, 25, 25])


def test_a_hold_brakes_over_corners_and_goes_on_from_there() -> None:
    trajectory = Trajectory(FAST)
    for step in range(1, 11):
        plan(trajectory, step, 0, 3000)
    before = [piece for _ in range(12) if (piece := trajectory.next_slice())]
    speed = trajectory.speed
    trajectory.hold()
    braking = execute(trajectory)
    assert trajectory.speed == 0.0
    assert sum(p.seconds for p in braking) == pytest.approx(speed / 500, abs=0.012)
    trajectory.settle()
    assert trajectory.next_slice() is None
    trajectory.release()
    after = execute(trajectory)
    assert sum(piece.count for piece in before + braking + after) == 800


def test_very_slow_motion_is_as_fast_as_the_timer_allows() -> None:
    trajectory = Trajectory(FAST)
    plan(trajectory, 1, 0, 6)  # 8 steps/s asked; the slowest tick gives 30.5.
    assert seconds(trajectory) == pytest.approx(80 * 8 * 65536 / 16e6, rel=0.02)


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
    trajectory = Trajectory(FAST)
    for x, y, z, feed in moves:
        trajectory.plan(Move((x, y, z), feed))
    blocks = list(trajectory.blocks)
    slices = execute(trajectory)
    for block in blocks:
        own = [piece for piece in slices if piece.block is block]
        assert sum(piece.count for piece in own) == block.events
        assert [piece.ends_block for piece in own] == [False] * (len(own) - 1) + [True]
        assert max(piece.speed for piece in own) <= block.speed * (1 + 1e-9)
    steps = [sum(block.steps[axis] for block in blocks) for axis in range(3)]
    assert tuple(steps) == trajectory.position
    assert all(piece.seconds > 0 for piece in slices)
