"""The inputs: limit switches, probe and buttons, and where on the axes the switches are."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

from firmware_gcode.gcode.actions import Point
from firmware_gcode.grbl.simulator.motors import Motors, block_steps
from firmware_gcode.grbl.simulator.settings import Settings
from firmware_gcode.motion.trajectory import Slice, Steps

LIMITS: Final = ("limx", "limy", "limz")
PINS: Final = (*LIMITS, "reset", "hold", "start", "probe")


class Inputs:
    """What is pressed, and what the controller makes of it.

    Attributes:
        pins: Whether each of `PINS` is active.
        watched: A limit switch that closes is an alarm (`$21`, outside of homing).
        probing: Contact of the probe ends the motion.
        away: The probe is looked for by its opening (G38.4, G38.5).
        contact: Where the motors were at the last contact, or at the end without one.
        met: Whether the last probing met something.
    """

    def __init__(self, settings: Settings, pins: dict[str, bool]) -> None:
        self._settings = settings
        self.pins = pins
        self.reset()

    def reset(self) -> None:
        """As after a reset of the controller; what is pressed stays so."""
        self.watched = self._settings.on(21)
        self.probing = self.away = self.met = False
        self.contact: Steps = (0, 0, 0)

    @property
    def limits(self) -> tuple[bool, ...]:
        """Which limit switches are met, with `$5` applied."""
        return tuple(self.pins[name] != self._settings.on(5) for name in LIMITS)

    @property
    def probe_closed(self) -> bool:
        """Whether the probe is closed, with `$6` and the direction of probing applied."""
        return (self.pins["probe"] != self._settings.on(6)) != self.away

    @property
    def letters(self) -> str:
        """What is active, as in reports."""
        buttons = (self.pins[name] for name in ("reset", "hold", "start"))
        active = (self.probe_closed, *self.limits, *buttons)
        return "".join(letter for letter, on in zip("PXYZRHS", active, strict=True) if on)


class Switches:
    """One limit switch on each axis, at a place that no reset can move.

    They close where the carriage meets them, in the middle of a slice of motion. An input that
    is set by hand belongs to that hand from then on.
    """

    def __init__(self, distances: Point) -> None:
        """Fix the switches, in mm from the motors' zero in the direction of homing (`$23`)."""
        self._distances = distances
        self._wired = dict.fromkeys(LIMITS, True)

    def attach(self, motors: Motors, settings: Settings) -> None:
        """Build them on the axes of these motors."""
        self._motors, self._settings = motors, settings

    def release(self, pin: str) -> None:
        """Leave an input to whoever sets it by hand."""
        self._wired[pin] = False

    def _sign_and_place(self, axis: int) -> tuple[int, int]:
        """The direction of homing, and the steps at which the switch closes in it."""
        sign = -1 if int(self._settings[23]) >> axis & 1 else 1
        return sign, math.ceil(self._distances[axis] * self._settings[100 + axis])

    def states(self) -> Iterator[tuple[str, bool]]:
        """Each input that is wired, and whether its switch is closed."""
        for axis, pin in enumerate(LIMITS):
            if self._wired[pin]:
                sign, place = self._sign_and_place(axis)
                yield pin, sign * self._motors.shaft[axis] >= place

    def next_event(self) -> float | None:
        """When the present slice will make the next switch open or close."""
        head = self._motors.head()
        if head is None:
            return None
        start, end, piece = head
        crossings = [
            events
            for axis, pin in enumerate(LIMITS)
            if self._wired[pin] and piece.block.steps[axis] and not self._motors.locked[axis]
            if (events := self._crossing(axis, piece)) is not None
        ]
        if not crossings:
            return None
        return start + (end - start) * (min(crossings) - piece.first) / piece.count

    def _crossing(self, axis: int, piece: Slice) -> int | None:
        """The step event of the present slice at which an axis passes its switch."""
        sign, place = self._sign_and_place(axis)
        done = self._motors.events_done
        origin = self._motors.shaft[axis] - block_steps(piece.block, done)[axis]

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
