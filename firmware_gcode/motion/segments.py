"""GRBL 1.1's step segments: a planned block cut into pieces of constant speed.

After `st_prep_buffer` in `stepper.c` of gnea/grbl. A segment lasts about 10 ms, ends on a
whole step, and is timed in cycles of the 16 MHz processor; up to five wait for the step
interrupt. This is where a plan becomes time, for the simulated machine and for the time of a
program.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from firmware_gcode.motion.planner import Block, Planner

SLOTS: Final = 5
"""Segments that may wait for execution, the one being executed included."""

_SEGMENT_S: Final = 0.01
_CLOCK_HZ: Final = 16_000_000.0
_MIN_STEPS: Final = 1.25
_SLOWEST_TICK: Final = 0xFFFF
_ACCELERATE, _CRUISE, _DECELERATE, _SLOW_DOWN = range(4)


@dataclass(slots=True, eq=False)
class Segment:
    """Some steps of a block at constant speed.

    Attributes:
        first: Step events of the block that were done before.
        count: Step events in this segment.
        speed: Speed at its end, mm/s.
        ends_block: It is the last one of its block.
        pwm: Value for the spindle output while it is executed; for the caller's use.
    """

    block: Block
    first: int
    count: int
    seconds: float
    speed: float
    ends_block: bool = False
    pwm: int = 0


class SegmentMaker:
    """Takes blocks from the planner and cuts them into segments.

    Attributes:
        planner: Where the blocks come from; finished ones are discarded there.
        speed: Speed at the end of the last segment made, mm/s.
        holding: A feed hold is on: decelerate to standstill, whatever was planned.
        system: A block from outside the plan that is being executed instead.
        halted: The end of a hold or of a system motion is reached; makes nothing more.
    """

    def __init__(self, planner: Planner) -> None:
        self.planner = planner
        planner.on_replan = self.replan
        self.reset()

    def reset(self) -> None:
        """Forget everything, as after a reset of the controller."""
        self.speed = 0.0
        self.holding = False
        self.halted = False
        self.system: Block | None = None
        self._block: Block | None = None
        self._again = False
        self._forced = False
        self._exit = 0.0
        self._remainder = 0.0
        self._steps_left = 0.0

    def replan(self) -> None:
        """The plan may change: write the present speed into the block and load it anew."""
        if self._block is not None:
            self._again = True
            self._block.entry_sqr = self.speed * self.speed
            self._block = None

    def start_system(self, block: Block) -> None:
        """Execute a block from outside the plan next, and halt at its end."""
        self.reset()
        self.system = block

    def hold(self) -> None:
        """Begin to decelerate to standstill."""
        self.replan()
        self.holding = True
        self.halted = False

    def release(self) -> None:
        """Go on normally after a hold or a system motion."""
        self.holding = False
        self.halted = False
        self.system = None

    def next(self) -> Segment | None:
        """Make the next segment, or None if there is nothing (more) to execute."""
        if self.halted:
            return None
        block = self._block
        if block is None:
            block = self._load()
            if block is None:
                return None
        seconds, left_mm = self._advance(block)
        return self._cut(block, seconds, left_mm)

    def _load(self) -> Block | None:
        blocks = self.planner.blocks
        block = self.system or (blocks[0] if blocks else None)
        if block is None:
            return None
        self._block = block
        if self._again:
            self._again = False
        else:
            self._steps_left = float(block.events)
            self._per_mm = block.events / block.millimeters
            self._min_mm = _MIN_STEPS / self._per_mm
            self._remainder = 0.0
            if self.holding or self._forced:
                self.speed = self._exit
                block.entry_sqr = self._exit * self._exit
                self._forced = False
            else:
                self.speed = math.sqrt(block.entry_sqr)
        self._shape(block)
        return block

    def _shape(self, block: Block) -> None:
        """Work out the velocity profile of what is left of a block."""
        length, entry_sqr = block.millimeters, block.entry_sqr
        half = 0.5 / block.acceleration
        self._stop_mm = 0.0
        if self.holding:
            self._ramp = _DECELERATE
            rest = length - half * entry_sqr
            if rest < 0.0:
                left_sqr = entry_sqr - 2.0 * block.acceleration * length
                self._exit = math.sqrt(max(left_sqr, 0.0))
            else:
                self._stop_mm = rest
                self._exit = 0.0
            return
        exit_sqr = 0.0 if self.system else self.planner.exit_sqr()
        self._exit = math.sqrt(exit_sqr)
        nominal = self.planner.nominal_speed(block)
        nominal_sqr = nominal * nominal
        self._ramp = _ACCELERATE
        self._until_mm = length
        self._after_mm = 0.0
        if entry_sqr > nominal_sqr:
            self._shape_slow_down(block, nominal, exit_sqr)
            return
        meet = 0.5 * (length + half * (entry_sqr - exit_sqr))
        if meet <= 0.0:  # Acceleration only.
            self._until_mm = 0.0
            self._top = self._exit
        elif meet >= length:  # Deceleration only.
            self._ramp = _DECELERATE
        else:
            self._after_mm = half * (nominal_sqr - exit_sqr)
            if self._after_mm < meet:  # Trapezoid.
                self._top = nominal
                if entry_sqr == nominal_sqr:
                    self._ramp = _CRUISE
                else:
                    self._until_mm -= half * (nominal_sqr - entry_sqr)
            else:  # Triangle.
                self._until_mm = self._after_mm = meet
                self._top = math.sqrt(2.0 * block.acceleration * meet + exit_sqr)

    def _shape_slow_down(self, block: Block, nominal: float, exit_sqr: float) -> None:
        """The block was entered above its speed, which an override has lowered."""
        half = 0.5 / block.acceleration
        self._until_mm = block.millimeters - half * (block.entry_sqr - nominal * nominal)
        if self._until_mm <= 0.0:
            self._ramp = _DECELERATE
            left_sqr = block.entry_sqr - 2.0 * block.acceleration * block.millimeters
            self._exit = math.sqrt(max(left_sqr, 0.0))
            self._forced = True
        else:
            self._after_mm = half * (nominal * nominal - exit_sqr)
            self._top = nominal
            self._ramp = _SLOW_DOWN

    def _advance(self, block: Block) -> tuple[float, float]:
        """Follow the profile for one segment: its time in s, and the mm left after it."""
        limit = time = _SEGMENT_S
        total = 0.0
        left = block.millimeters
        least = max(left - self._min_mm, 0.0)
        while True:
            left, time = self._follow(block, left, time)
            total += time
            if total < limit:
                time = limit - total
            elif left > least:  # Too slow for a whole step: make the segment longer.
                limit += _SEGMENT_S
                time = limit - total
            else:
                break
            if left <= self._stop_mm:
                break
        return total, left

    def _follow(self, block: Block, left: float, time: float) -> tuple[float, float]:
        """Move along the present ramp for at most the given time; returns mm left and time."""
        ramp = self._ramp
        if ramp == _CRUISE:
            after = left - self._top * time
            if after < self._after_mm:
                time = (left - self._after_mm) / self._top
                after = self._after_mm
                self._ramp = _DECELERATE
            return after, time
        change = block.acceleration * time
        if ramp == _ACCELERATE:
            after = left - time * (self.speed + 0.5 * change)
            if after < self._until_mm:
                after = self._until_mm
                time = 2.0 * (block.millimeters - after) / (self.speed + self._top)
                self._ramp = _DECELERATE if after == self._after_mm else _CRUISE
                self.speed = self._top
            else:
                self.speed += change
            return after, time
        if ramp == _SLOW_DOWN:
            if self.speed - self._top <= change:
                after = self._until_mm
                time = 2.0 * (block.millimeters - after) / (self.speed + self._top)
                self._ramp = _CRUISE
                self.speed = self._top
                return after, time
            after = left - time * (self.speed - 0.5 * change)
            self.speed -= change
            return after, time
        return self._follow_down(left, time, change)

    def _follow_down(self, left: float, time: float, change: float) -> tuple[float, float]:
        if self.speed > change:
            after = left - time * (self.speed - 0.5 * change)
            if after > self._stop_mm:
                self.speed -= change
                return after, time
        mean = self.speed + self._exit
        time = 2.0 * (left - self._stop_mm) / mean if mean > 0.0 else 0.0
        self.speed = self._exit
        return self._stop_mm, time

    def _cut(self, block: Block, seconds: float, left_mm: float) -> Segment | None:
        """Round a piece of the profile to whole steps and processor cycles."""
        exact = self._per_mm * left_mm
        steps_left = float(math.ceil(exact))
        before = math.ceil(self._steps_left)
        count = int(before - steps_left)
        if count == 0 and self.holding:
            self.halted = True
            return None
        seconds += self._remainder
        per_step = seconds / (before - exact) if before > exact else 0.0
        segment = Segment(
            block, block.events - before, count, _timed(count, per_step), self.speed
        )
        block.millimeters = left_mm
        self._steps_left = steps_left
        self._remainder = (steps_left - exact) * per_step
        if left_mm == self._stop_mm:
            if left_mm > 0.0:
                self.halted = True
            else:
                self._finish(segment)
        return segment

    def _finish(self, segment: Segment) -> None:
        segment.ends_block = True
        if self.system is not None:
            self.halted = True
        else:
            self._block = None
            self.planner.discard()


def pulse_phase(per_step: float) -> float:
    """Where within a step of so many seconds its pulse comes, as a share of the step's time.

    The pulse follows the tick in which Bresenham's counter passes the half.
    """
    ticks = 1 << _smoothing(math.ceil(_CLOCK_HZ * per_step))
    return min(ticks // 2 + 1, ticks) / ticks


def _smoothing(cycles: int) -> int:
    """How often a step of that many cycles is halved into ticks."""
    if cycles < 4000:
        return 0 if cycles < 2000 else 1
    return 2 if cycles < 8000 else 3


def _timed(count: int, per_step: float) -> float:
    """How long some steps take, given the time of each, in the timer's resolution.

    Slow steps are divided into 2, 4 or 8 ticks (GRBL's AMASS), and no tick is longer than the
    16-bit timer: below about 30 steps/s GRBL moves faster than asked. The timer counts from
    zero, so each tick lasts one cycle more than the number in its register.
    """
    cycles = math.ceil(_CLOCK_HZ * per_step)
    level = _smoothing(cycles)
    tick = min(cycles >> level, _SLOWEST_TICK)
    return (count << level) * (tick + 1) / _CLOCK_HZ
