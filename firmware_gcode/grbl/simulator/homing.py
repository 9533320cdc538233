"""The homing cycle ``$H``: it looks for the switches, and sets the machine's zero there."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from firmware_gcode.gcode.actions import Move
from firmware_gcode.grbl.simulator.parts import Parts
from firmware_gcode.grbl.simulator.phases import Alarm, Event
from firmware_gcode.grbl.simulator.processor import FOREVER, Work

_ORDER: Final = ((2,), (0, 1))
"""Z first, then X and Y together (GRBL's default `HOMING_CYCLE_0` and `_1`)."""
_SEEK, _FEED, _PULL_OFF, _TRAVEL = 25, 24, 27, 130
_LEGS: Final = (
    (True, _SEEK, 1.5, _TRAVEL),
    (False, _SEEK, 1.0, _PULL_OFF),
    (True, _FEED, 5.0, _PULL_OFF),
    (False, _SEEK, 1.0, _PULL_OFF),
)
"""Fast to the switches, off them, slowly on, off: whether it approaches, the setting of its
rate, and how often which setting it goes at most (GRBL's `config.h`)."""


@dataclass(eq=False, slots=True)
class Homing:
    """Moves all axes to their switches.

    Attributes:
        events: What has happened and was not noticed yet; ends of motion are taken out.
        resetting: Tells whether a reset has come.
    """

    parts: Parts
    events: set[Event]
    resetting: Callable[[], bool]

    def home(self) -> Work[int]:
        """Home all axes; returns the alarm that it ended with, 0 for none."""
        settings, drive, inputs = self.parts.settings, self.parts.drive, self.parts.inputs
        inputs.watched = False
        for axes in _ORDER:
            for approach, rate, times, reach in _LEGS:
                limits = [settings[reach + axis * (reach == _TRAVEL)] for axis in axes]
                way = -times * max(limits) if approach else times * max(limits)
                self._set_off(axes, way, settings[rate])
                if alarm := (yield from self._until_met(axes, approach=approach)):
                    return alarm
                drive.drop()
                yield from self.parts.processor.busy(settings[26] / 1000.0)
            self._set_place(axes)
        self.parts.parser.position = drive.place
        drive.drop()
        self._free({0, 1, 2})
        inputs.watched = settings.on(21)
        return 0

    def _set_off(self, axes: tuple[int, ...], way: float, rate: float) -> None:
        """Begin to move away from the switches by `way` mm, towards them if negative."""
        drive = self.parts.drive
        target, position = list(drive.place), list(drive.position)
        for axis in axes:
            position[axis] = 0
            target[axis] = way if int(self.parts.settings[23]) >> axis & 1 else -way
        drive.position = (position[0], position[1], position[2])
        self._free(set(axes))
        move = Move((target[0], target[1], target[2]), rate * math.sqrt(len(axes)), jog=True)
        drive.drop()
        drive.plan(move)
        drive.go()

    def _until_met(self, axes: tuple[int, ...], *, approach: bool) -> Work[int]:
        """Stop each axis where its switch is met; without `approach` until the way is done."""
        free, drive, inputs = set(axes), self.parts.drive, self.parts.inputs
        while free:
            if approach:
                free -= {axis for axis, met in enumerate(inputs.limits) if met}
                drive.advance()
                self._free(free)
            drive.cut()
            if self.resetting() or self.events & {Event.DOOR, Event.STOPPED}:
                alarm = self._failure(axes, approach=approach)
                self.events.discard(Event.STOPPED)
                return alarm
            if free:
                yield FOREVER
        return 0

    def _failure(self, axes: tuple[int, ...], *, approach: bool) -> int:
        """The alarm if motion has ended otherwise than it should; 0 if the way is done."""
        met = self.parts.inputs.limits
        if approach and Event.STOPPED in self.events:
            return Alarm.HOMING_FAIL_APPROACH
        if not approach and any(met[axis] for axis in axes):
            return Alarm.HOMING_FAIL_PULLOFF
        if Event.DOOR in self.events:
            return Alarm.HOMING_FAIL_DOOR
        return Alarm.HOMING_FAIL_RESET if self.resetting() else 0

    def _free(self, axes: set[int]) -> None:
        """Let these axes step, and no others."""
        self.parts.drive.locked = tuple(axis not in axes for axis in range(3))

    def _set_place(self, axes: tuple[int, ...]) -> None:
        """Machine zero lies where the switches are, less the pull-off."""
        settings, position = self.parts.settings, list(self.parts.drive.position)
        for axis in axes:
            place = -settings[_PULL_OFF]
            if int(settings[23]) >> axis & 1:
                place = settings[_PULL_OFF] - settings[_TRAVEL + axis]
            position[axis] = round(place * settings[100 + axis])
        self.parts.drive.position = (position[0], position[1], position[2])
