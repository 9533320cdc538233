"""The homing cycle ``$H``: it looks for the switches, and sets the machine's zero there."""

from __future__ import annotations

import math
from typing import Final

from firmware_gcode.gcode.actions import Move
from firmware_gcode.grbl.simulator.drive import Drive
from firmware_gcode.grbl.simulator.phases import Alarm, Event
from firmware_gcode.grbl.simulator.processor import FOREVER, Work
from firmware_gcode.grbl.simulator.settings import Settings
from firmware_gcode.grbl.simulator.supervisor import Supervisor

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


def home(supervisor: Supervisor) -> Work[None]:
    """Home all axes, outside of the plan; the phase is Home already.

    Raises:
        Restart: It failed, or was stopped.
    """
    settings, drive, inputs = supervisor.settings, supervisor.drive, supervisor.inputs
    inputs.watched = False
    for axes in _ORDER:
        for approach, rate, times, reach in _LEGS:
            limits = [settings[reach + axis * (reach == _TRAVEL)] for axis in axes]
            way = -times * max(limits) if approach else times * max(limits)
            _set_off(drive, settings, axes, way, settings[rate])
            yield from _until_met(supervisor, axes, approach=approach)
            drive.halt()
            yield from supervisor.processor.busy(settings[26] / 1000.0)
        _set_place(drive, settings, axes)
        drive.trajectory.release()
    yield from supervisor.attend()
    supervisor.parser.position = drive.place
    drive.trajectory.position = drive.motors.position
    _free(drive, {0, 1, 2})
    inputs.watched = settings.on(21)


def _set_off(
    drive: Drive, settings: Settings, axes: tuple[int, ...], way: float, rate: float
) -> None:
    """Begin to move away from the switches by `way` mm, towards them if it is negative."""
    target, position = list(drive.place), list(drive.motors.position)
    for axis in axes:
        position[axis] = 0
        target[axis] = way if int(settings[23]) >> axis & 1 else -way
    drive.motors.position = (position[0], position[1], position[2])
    _free(drive, set(axes))
    move = Move((target[0], target[1], target[2]), rate * math.sqrt(len(axes)), jog=True)
    drive.trajectory.run_alone(drive.motors.position, move)
    drive.go()


def _until_met(supervisor: Supervisor, axes: tuple[int, ...], *, approach: bool) -> Work[None]:
    """Stop each axis where its switch is met; without `approach` until the way is done."""
    free, drive = set(axes), supervisor.drive
    while free:
        if approach:
            free -= {axis for axis, met in enumerate(supervisor.inputs.limits) if met}
            drive.motors.advance(supervisor.processor.now)
            _free(drive, free)
        drive.cut()
        if supervisor.resetting or supervisor.events & {Event.DOOR, Event.STOPPED}:
            alarm = _failure(supervisor, axes, approach=approach)
            if alarm:
                supervisor.reset()
                supervisor.alarm = alarm
                yield from supervisor.attend()
            supervisor.events.discard(Event.STOPPED)
            return
        if free:
            yield FOREVER


def _failure(supervisor: Supervisor, axes: tuple[int, ...], *, approach: bool) -> int:
    """The alarm if motion has ended otherwise than it should; 0 if the way off is done."""
    met = supervisor.inputs.limits
    if approach and Event.STOPPED in supervisor.events:
        return Alarm.HOMING_FAIL_APPROACH
    if not approach and any(met[axis] for axis in axes):
        return Alarm.HOMING_FAIL_PULLOFF
    if Event.DOOR in supervisor.events:
        return Alarm.HOMING_FAIL_DOOR
    return Alarm.HOMING_FAIL_RESET if supervisor.resetting else 0


def _free(drive: Drive, axes: set[int]) -> None:
    """Let these axes step, and no others."""
    drive.motors.locked = (0 not in axes, 1 not in axes, 2 not in axes)


def _set_place(drive: Drive, settings: Settings, axes: tuple[int, ...]) -> None:
    """Machine zero lies where the switches are, less the pull-off."""
    position = list(drive.motors.position)
    for axis in axes:
        place = -settings[_PULL_OFF]
        if int(settings[23]) >> axis & 1:
            place = settings[_PULL_OFF] - settings[_TRAVEL + axis]
        position[axis] = round(place * settings[100 + axis])
    drive.motors.position = (position[0], position[1], position[2])
