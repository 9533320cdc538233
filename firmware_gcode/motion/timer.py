"""How the controller makes steps of motion, in slices timed in cycles, and its own time.

These are the corrections to the smooth profile. A slice ends with its last whole step, and
inside it the steps come evenly; what a step had begun is made up for in the next slice. The
16 MHz timer counts whole cycles from zero, so that each tick is a little longer than asked:
without that `dev-rapids-loose` comes out 0.09 % short, and half of the recordings by more than
0.05 %. It has 16 bits, so that below some 30 steps a second the motors are faster than asked.
Steps that are further apart than 2,000, 4,000 and 8,000 cycles are divided into 2, 4 and 8
ticks.

Its 16 MHz processor reads, plans and cuts a line in a few milliseconds. That shows where lines
are short: the plan is no longer full, and the machine slows down. Those figures were fitted to
the times that the real firmware took for short lines (`dev-circle-segments-fast` comes out 1.2
to 2.3 % short without any one of them) and for programs with many stops (the `servo` cats, 0.1
to 0.2 %).
"""

from __future__ import annotations

from typing import Final

from firmware_gcode.motion.profile import Value

CAPACITY: Final = 15
"""Blocks that are planned ahead, the one that is being executed included."""

SLOTS: Final = 5
"""Slices that may wait for the motors, the one being executed included."""

# Seconds of the processor:
LINE_S: Final = 0.2e-3  # to take up a line
CHARACTER_S: Final = 0.03e-3  # to read a character
MOVE_S: Final = 0.6e-3  # to work out a motion
REPLAN_S: Final = 0.17e-3  # to plan one earlier block anew
ARC_STEP_S: Final = 0.2e-3  # to work out where the next line of an arc ends
CUT_S: Final = 0.3e-3  # to cut a slice of motion
DWELL_STEP_S: Final = 0.05  # the unit in which GRBL waits: a dwell is rounded up to whole ones
DWELL_CHECK_S: Final = 0.1e-3  # to look for real-time commands after each of them

_CLOCK_HZ: Final = 16_000_000.0
_SLOWEST_TICK: Final = 0xFFFF


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
