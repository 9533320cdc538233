"""The velocity over one straight motion: a trapezoid, in closed form.

Along a line of length L at acceleration a, v² changes by 2·a per millimetre. So a motion with
a given v² at either end has one shape: a ramp to the speed asked for, or to the one where the
two ramps meet, and a ramp down. Its time is an expression, and so is the place at any instant.
Lengths are millimetres, speeds mm/s, accelerations mm/s².
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

Value = TypeVar("Value", float, NDArray[np.float64])
"""A number, or an array with one for each of many motions."""

SLICE_S: Final = 0.01
"""The controller follows a profile in slices of so many seconds, each at one speed."""

_MIN_STEPS: Final = 1.25
_NO_STEP: Final = 1e-6
"""A way of so many steps is none: no slice is left for it."""


def ramps(acceleration: Value, entry: Value, top: Value, leave: Value) -> tuple[Value, Value]:
    """Seconds and millimetres of the two ramps, given the speeds at the corners."""
    seconds = (abs(top - entry) + top - leave) / acceleration
    squares = abs(top * top - entry * entry) + top * top - leave * leave
    return seconds, 0.5 * squares / acceleration


@dataclass(slots=True)
class Profile:
    """What is left of a motion, from its present speed on."""

    length: float
    acceleration: float
    entry: float  # Speeds at the beginning,
    top: float  # between the ramps
    leave: float  # and at the end.
    seconds: float

    @classmethod
    def between(cls, length: float, acceleration: float, *speeds_sqr: float) -> Profile:
        """The quickest way, with v² at its beginning, at its speed and at its end.

        Where the exit cannot be met, as near as it gets; a motion that is entered above its
        speed (an override has lowered it) brakes first.
        """
        entry_sqr, cruise_sqr, exit_sqr = speeds_sqr
        work = 2.0 * acceleration * length
        leave_sqr = exit_sqr
        if abs(exit_sqr - entry_sqr) > work:
            leave_sqr = entry_sqr + math.copysign(work, exit_sqr - entry_sqr)
        top_sqr = 0.5 * (entry_sqr + leave_sqr + work)  # Where the ramps meet.
        if cruise_sqr < top_sqr:
            top_sqr = cruise_sqr if cruise_sqr > leave_sqr else leave_sqr
        entry, top, leave = math.sqrt(entry_sqr), math.sqrt(top_sqr), math.sqrt(leave_sqr)
        seconds, on_ramps = ramps(acceleration, entry, top, leave)
        if top:
            seconds += (length - on_ramps) / top
        return cls(length, acceleration, entry, top, leave, seconds)

    @classmethod
    def braking(cls, length: float, acceleration: float, entry_sqr: float) -> Profile:
        """To standstill as soon as possible, or as far as the line goes."""
        way = min(entry_sqr / (2.0 * acceleration), length)
        return cls.between(way, acceleration, entry_sqr, entry_sqr, 0.0)

    def at(self, time: float) -> tuple[float, float]:
        """Way done, mm, and speed, some seconds after the beginning."""
        if time >= self.seconds:
            return self.length, self.leave
        rise = self.top - self.entry
        begin = abs(rise) / self.acceleration
        if time < begin:
            speed = self.entry + rise * time / begin
            return 0.5 * (self.entry + speed) * time, speed
        left = self.seconds - time
        fall = (self.top - self.leave) / self.acceleration
        if left < fall:
            speed = self.leave + self.acceleration * left
            return self.length - 0.5 * (self.leave + speed) * left, speed
        return 0.5 * (self.entry + self.top) * begin + self.top * (time - begin), self.top

    def slice_after(self, time: float, per_mm: float) -> tuple[float, float, float]:
        """The end of the slice that begins at `time`: when, way in mm, and speed.

        With `per_mm` steps a millimetre it makes at least a step and a quarter, or as long as
        it takes to the end.
        """
        least = self.at(time)[0] + _MIN_STEPS / per_mm
        while True:
            time += SLICE_S
            way, speed = self.at(time)
            if (self.length - way) * per_mm < _NO_STEP:
                return self.seconds, self.length, self.leave
            if way >= least:
                return time, way, speed
