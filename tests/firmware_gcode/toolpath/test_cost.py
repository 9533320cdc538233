"""What travel costs: its length, or the time that the machine takes."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_gcode.program.profile import Profile
from firmware_gcode.toolpath.ordering.cost import Cost, Millimetres, Seconds
from firmware_gcode.toolpath.ordering.order import order
from firmware_gcode.toolpath.ordering.ways import Strokes

COORDINATE = st.floats(-200.0, 200.0).map(lambda value: round(value, 3))
MOVE = st.builds(complex, COORDINATE, COORDINATE)
UNEVEN = Seconds(120.0, (100.0, 60.0), (900.0, 300.0))


def price(cost: Cost, move: complex) -> float:
    """The cost of a single move."""
    return float(cost.of(np.array([move]))[0])


@settings(derandomize=True, deadline=None)
@given(MOVE, MOVE)
def test_a_detour_never_saves_time(one: complex, other: complex) -> None:
    assert price(UNEVEN, one + other) <= price(UNEVEN, one) + price(UNEVEN, other) + 1e-9
    assert price(UNEVEN, -one) == price(UNEVEN, one)


def test_travel_from_rest_to_rest() -> None:
    assert price(Seconds(50.0, (500, 500), (500, 500)), 100.0) == pytest.approx(2.1)
    fast = Seconds(100.0, (500, 500), (500, 500))
    assert price(fast, -2.0) == pytest.approx(2 * math.sqrt(2 / 500))
    assert price(fast, 0.0) == 0.0


@pytest.mark.parametrize("distance", [0.0, 0.5, 9.0, 11.2, 150.0])
def test_along_an_axis_it_is_the_time_of_the_motion_model(distance: float) -> None:
    profile = Profile.load("z-pen")
    cost = Seconds.of_machine(profile.motion, profile.travel_feed, rapid=False)
    speed, acceleration = profile.travel_feed / 60.0, profile.motion.acceleration[0]
    if distance < speed**2 / acceleration:  # too short to reach the feed
        asked = 2.0 * math.sqrt(distance / acceleration)
    else:
        asked = distance / speed + speed / acceleration
    assert price(cost, complex(distance, 0.0)) == pytest.approx(asked)
    slanted = price(cost, complex(distance, distance / 2))
    assert slanted >= price(cost, complex(distance, 0.0))


def test_ordering_for_seconds_takes_less_time() -> None:
    generator = np.random.default_rng(12)
    saved = []
    for count in (8, 40):
        lines = [generator.uniform(0.0, 100.0, (2, 2)) for _ in range(count)]
        strokes = Strokes.of(lines, choose_seams=True)
        times = [
            strokes.travel(order(lines, (0, 0), (0, 0), cost=cost), (0j, 0j), UNEVEN)
            for cost in (UNEVEN, Millimetres())
        ]
        saved.append(1.0 - times[0] / times[1])
    assert min(saved) >= 0.0
    assert max(saved) > 0.01
