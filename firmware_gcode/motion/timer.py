"""How the controller makes steps of motion: slices of constant speed, timed in cycles.

These are the corrections to the smooth profile. A slice lasts 10 ms, or as many times that as
a step and a quarter needs, and ends with its block; inside it the steps come evenly. The
16 MHz timer counts whole cycles from zero, so that every tick lasts a little longer than asked
(`dev-zigzag-slow` and `dev-rapids-slow` are longer by 0.05 % than their profiles), and it has
16 bits, so that below some 30 steps a second the motors are faster than asked. Steps that are
further apart than 2,000, 4,000 and 8,000 cycles are divided into 2, 4 and 8 ticks.
"""

from __future__ import annotations

import math
from typing import Final

SLICE_S: Final = 0.01
SLOTS: Final = 5
"""Slices that may wait for the motors, the one being executed included."""
MIN_STEPS: Final = 1.25
"""A slice makes at least so many steps, unless its block ends."""

CLOCK_HZ: Final = 16_000_000.0
_DIVIDED_FROM: Final = (2000, 4000, 8000)
_SLOWEST_TICK: Final = 0xFFFF


def ticks_of(cycles: int) -> int:
    """Into how many ticks a step of that many cycles is divided."""
    return 1 << sum(cycles >= least for least in _DIVIDED_FROM)


def step_seconds(asked: float) -> float:
    """How long a step takes that should take `asked` seconds."""
    cycles = math.ceil(CLOCK_HZ * asked)
    ticks = ticks_of(cycles)
    return ticks * (min(cycles // ticks, _SLOWEST_TICK) + 1) / CLOCK_HZ


def pulse_phase(per_step: float) -> float:
    """Where within a step of so many seconds its pulse comes, as a share of the step's time.

    The pulse follows the tick that takes the axis past the half of the step.
    """
    ticks = ticks_of(math.ceil(CLOCK_HZ * per_step))
    return min(ticks // 2 + 1, ticks) / ticks
