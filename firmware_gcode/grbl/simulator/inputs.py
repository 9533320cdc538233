"""The inputs: limit switches, probe and buttons, and where on the axes the switches are."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterator
from typing import Final

from firmware_gcode.gcode.actions import Point
from firmware_gcode.grbl.simulator.drive import Drive, block_steps
from firmware_gcode.grbl.simulator.memory import Settings
from firmware_gcode.motion.trajectory import Slice

LIMITS: Final = ("limx", "limy", "limz")
PINS: Final = (*LIMITS, "reset", "hold", "start", "probe")


class Inputs:
    """What is pressed, and what the controller makes of it."""

    def __init__(self, settings: Settings, pins: dict[str, bool]) -> None:
        self._settings = settings
        self.pins = pins  # Whether each of `PINS` is active.
        self.reset()

    def reset(self) -> None:
        """As after a reset of the controller; what is pressed stays so."""
        self.probing = False  # Contact of the probe ends the motion.
        self.away = False  # It is looked for by its opening (G38.4, G38.5).
        self.met = False  # Whether the last probing met something,
        self.contact: tuple[int, ...] = (0, 0, 0)  # and where, or where it ended without.

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

    def __init__(self, distances: Point | None) -> None:
        """Fix the switches, in mm from the motors' zero in the direction of homing (`$23`)."""
        self._distances = distances or (0.0, 0.0, 0.0)
        self._wired = {pin: axis for axis, pin in enumerate(LIMITS) if distances}

    def attach(self, drive: Drive, settings: Settings) -> None:
        """Build them on the axes of these motors."""
        self._drive, self._settings = drive, settings

    def release(self, pin: str) -> None:
        """Leave an input to whoever sets it by hand."""
        self._wired.pop(pin, None)

    def _closed(self, axis: int, shaft: int) -> bool:
        """Whether a switch is closed where the motor has turned so many steps."""
        place = math.ceil(self._distances[axis] * self._settings[100 + axis])
        return (-shaft if int(self._settings[23]) >> axis & 1 else shaft) >= place

    def states(self) -> Iterator[tuple[str, bool]]:
        """Each input that is wired, and whether its switch is closed."""
        for pin, axis in self._wired.items():
            yield pin, self._closed(axis, self._drive.shaft[axis])

    def next_event(self) -> float:
        """When the present slice will make the next switch open or close; infinity: never."""
        drive = self._drive
        if not (self._wired and drive.moving and drive.slices):
            return math.inf
        start, end, piece = drive.slices[0]
        turning = [axis for axis in self._wired.values() if axis in drive.free]
        first = min((self._crossing(axis, piece) for axis in turning), default=math.inf)
        if first > piece.first + piece.count:
            return math.inf
        return start + (end - start) * (first - piece.first) / piece.count

    def _crossing(self, axis: int, piece: Slice) -> float:
        """The first step event at which an axis has passed its switch; the slice may end."""
        block, done = piece.block, self._drive.events_done
        origin = self._drive.shaft[axis] - block_steps(block, done)[axis]
        before = self._closed(axis, self._drive.shaft[axis])

        def passed(events: int) -> bool:
            return self._closed(axis, origin + block_steps(block, events)[axis]) != before

        last = piece.first + piece.count
        if not passed(last):
            return math.inf
        return bisect_left(range(last + 1), True, done, key=passed)
