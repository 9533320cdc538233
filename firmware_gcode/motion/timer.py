"""How the controller makes steps of motion: slices of constant speed, timed in cycles.

These are the corrections to the smooth profile. A slice ends with its last whole step, and
inside it the steps come evenly; what a step had begun is made up for in the next slice. The
16 MHz timer counts whole cycles from zero, so that each tick is a little longer than asked:
without that `dev-rapids-loose` comes out 0.09 % short, and half of the recordings by more than
0.05 %. It has 16 bits, so that below some 30 steps a second the motors are faster than asked.
Steps that are further apart than 2,000, 4,000 and 8,000 cycles are divided into 2, 4 and 8
ticks.
"""

from __future__ import annotations

from typing import Final

from firmware_gcode.motion.profile import Value

SLOTS: Final = 5
"""Slices that may wait for the motors, the one being executed included."""

_CLOCK_HZ: Final = 16_000_000.0
_SLOWEST_TICK: Final = 0xFFFF
_WHOLE: Final = 1e-6
"""How near to a whole step is a whole step."""


def whole_steps(place: float, before: int, seconds: float) -> tuple[int, float, float]:
    """Divide a slice into whole steps.

    It begins at the step `before` and ends at `place`, counted in steps, after `seconds`.
    Returns the step that it ends with, the time of each, and what is left of the time for the
    step that it begins.
    """
    end = int(place + _WHOLE)
    per_step = seconds / (place - before) if place > before else 0.0
    return end, per_step, max(place - end, 0.0) * per_step


def step_seconds(asked: Value) -> Value:
    """How long a step takes that should take `asked` seconds."""
    cycles = -(-_CLOCK_HZ * asked // 1.0)
    ticks = _ticks(cycles)
    tick = cycles // ticks
    tick = tick - (tick > _SLOWEST_TICK) * (tick - _SLOWEST_TICK)
    lasts: Value = ticks * (tick + 1.0) / _CLOCK_HZ
    return lasts


def mean_step_seconds(asked: Value) -> Value:
    """How long steps take on average whose times vary around `asked` seconds, as in a ramp.

    Rounding up costs half a cycle, each tick one, and dividing gives back half of the others.
    """
    return asked + (1.0 + 0.5 * _ticks(_CLOCK_HZ * asked)) / _CLOCK_HZ


def pulse_phase(per_step: float) -> float:
    """Where within a step of so many seconds its pulse comes, as a share of the step's time.

    The pulse follows the tick that takes the axis past the half of the step.
    """
    ticks = _ticks(_CLOCK_HZ * per_step)
    return min(ticks // 2 + 1, ticks) / ticks


def _ticks(cycles: Value) -> Value:
    """Into how many ticks steps of so many cycles are divided."""
    ticks: Value = (
        (1.0 + (cycles >= 2000)) * (1.0 + (cycles >= 4000)) * (1.0 + (cycles >= 8000))
    )
    return ticks
