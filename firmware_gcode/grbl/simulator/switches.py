"""Limit switches: they close where the carriage meets them, in the middle of a slice."""

from __future__ import annotations

import math
from typing import Final

from firmware_gcode.gcode.actions import Point
from firmware_gcode.grbl.simulator.firmware import Firmware
from firmware_gcode.grbl.simulator.motors import block_steps
from firmware_gcode.motion.trajectory import Slice

_PINS: Final = ("limx", "limy", "limz")


class Switches:
    """One switch on each axis, at a place that no reset can move.

    An input that is set by hand belongs to that hand from then on.
    """

    def __init__(self, firmware: Firmware, distances: Point) -> None:
        """Fix the switches, in mm from the motors' zero in the direction of homing (`$23`)."""
        self.firmware = firmware
        self._distances = distances
        self._wired = [True, True, True]

    def release(self, pin: str) -> None:
        """Leave an input to whoever sets it by hand."""
        if pin in _PINS:
            self._wired[_PINS.index(pin)] = False

    def _sign_and_place(self, axis: int) -> tuple[int, int]:
        """The direction of homing, and the steps at which the switch closes in it."""
        settings = self.firmware.settings
        sign = -1 if int(settings[23]) >> axis & 1 else 1
        return sign, math.ceil(self._distances[axis] * settings[100 + axis])

    def update(self) -> bool:
        """Set the inputs by where the motors are; whether one changed."""
        changed = False
        for axis, pin in enumerate(_PINS):
            if not self._wired[axis]:
                continue
            sign, place = self._sign_and_place(axis)
            closed = sign * self.firmware.motors.shaft[axis] >= place
            if closed != self.firmware.pins[pin]:
                self.firmware.set_pin(pin, closed)
                changed = True
        return changed

    def next_event(self) -> float | None:
        """When the present slice will make the next switch open or close."""
        head = self.firmware.motors.head()
        if head is None:
            return None
        start, end, piece = head
        locked = self.firmware.motors.locked
        crossings = [
            events
            for axis in range(3)
            if self._wired[axis] and piece.block.steps[axis] and not locked[axis]
            if (events := self._crossing(axis, piece)) is not None
        ]
        if not crossings:
            return None
        share = (min(crossings) - piece.first) / piece.count
        return start + (end - start) * share

    def _crossing(self, axis: int, piece: Slice) -> int | None:
        """The step event of the present slice at which an axis passes its switch."""
        sign, place = self._sign_and_place(axis)
        done = self.firmware.motors.events_done
        origin = self.firmware.motors.shaft[axis] - block_steps(piece.block, done)[axis]

        def closed(events: int) -> bool:
            return sign * (origin + block_steps(piece.block, events)[axis]) >= place

        low, high = done, piece.first + piece.count
        before = closed(low)
        if closed(high) == before:
            return None
        while high - low > 1:
            middle = (low + high) // 2
            if closed(middle) == before:
                low = middle
            else:
                high = middle
        return high
