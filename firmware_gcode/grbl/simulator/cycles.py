"""Homing and probing."""

from __future__ import annotations

import math
from typing import Final

from firmware_gcode.gcode.actions import Move, Point, Probe
from firmware_gcode.grbl.simulator.core import FOREVER, Work
from firmware_gcode.grbl.simulator.motion import MotionControl
from firmware_gcode.grbl.simulator.reports import probe_report
from firmware_gcode.grbl.simulator.state import Alarm, Flag, State

_SEARCH: Final = 1.5
_LOCATE: Final = 5.0
_LOCATES: Final = 1
_CYCLES: Final = ((2,), (0, 1))
"""Z first, then X and Y together."""


class Cycles(MotionControl):
    """Motion that looks for a switch."""

    def home(self) -> Work[None]:
        """Run the homing cycle ``$H``; the state is Home already."""
        self.limits_watched = False
        for axes in _CYCLES:
            yield from self._home_axes(axes)
        yield from self.realtime()
        if self.abort:
            return
        self.interpreter.position = self.to_mm(self.motors.position)
        self.planner.position = self.motors.position
        self.motors.locked = (False, False, False)
        self.limits_watched = self.settings.on(21)

    def _home_axes(self, axes: tuple[int, ...]) -> Work[None]:
        if self.abort:
            return
        settings = self.settings
        travel = max(_SEARCH * settings[130 + axis] for axis in axes)
        rate = settings[25]
        approach = True
        for _ in range(2 * _LOCATES + 2):
            done = yield from self._home_leg(axes, travel, rate, approach)
            if not done:
                return
            yield from self.reset_stepper()
            yield from self.busy(settings[26] / 1000.0)
            approach = not approach
            travel = settings[27] * (_LOCATE if approach else 1.0)
            rate = settings[24] if approach else settings[25]
        self._set_homed(axes)
        self.maker.release()

    def _home_leg(
        self, axes: tuple[int, ...], travel: float, rate: float, approach: bool
    ) -> Work[bool]:
        """Move until all switches are met, or away from them; False if that failed."""
        target = list(self.to_mm(self.motors.position))
        position = list(self.motors.position)
        mask = int(self.settings[23])
        for axis in axes:
            position[axis] = 0
            backwards = bool(mask >> axis & 1) == approach
            target[axis] = -travel if backwards else travel
        self.motors.position = (position[0], position[1], position[2])
        self._lock(set(axes))
        goal: Point = (target[0], target[1], target[2])
        feed = rate * math.sqrt(len(axes))
        block = self.planner.system_block(self.motors.position, goal, feed)
        if block is not None:
            self.maker.start_system(block)
            self.fill_segments()
        self.motors.start(self.now)
        return (yield from self._home_wait(axes, approach))

    def _lock(self, free: set[int]) -> None:
        self.motors.locked = (0 not in free, 1 not in free, 2 not in free)

    def _home_wait(self, axes: tuple[int, ...], approach: bool) -> Work[bool]:
        free = set(axes)
        while True:
            if approach:
                free -= {axis for axis, met in enumerate(self.limits()) if met}
                self.motors.advance(self.now)
                self._lock(free)
            self.fill_segments()
            if self.flags & (Flag.SAFETY_DOOR | Flag.RESET | Flag.CYCLE_STOP):
                failed = yield from self._home_interrupted(axes, approach)
                return not failed
            if not free:
                return True
            yield FOREVER

    def _home_interrupted(self, axes: tuple[int, ...], approach: bool) -> Work[bool]:
        """The motion ended or was stopped; whether that means that homing failed."""
        if self.flags & Flag.RESET:
            self.alarm = Alarm.HOMING_FAIL_RESET
        if self.flags & Flag.SAFETY_DOOR:
            self.alarm = Alarm.HOMING_FAIL_DOOR
        if not approach and any(self.limits()[axis] for axis in axes):
            self.alarm = Alarm.HOMING_FAIL_PULLOFF
        if approach and self.flags & Flag.CYCLE_STOP:
            self.alarm = Alarm.HOMING_FAIL_APPROACH
        if self.alarm:
            self.request_reset()
            yield from self.realtime()
            return True
        self.flags &= ~Flag.CYCLE_STOP
        return False

    def _set_homed(self, axes: tuple[int, ...]) -> None:
        """Machine zero lies where the switches are, less the pull-off."""
        settings, mask = self.settings, int(self.settings[23])
        position = list(self.motors.position)
        for axis in axes:
            place = -settings[27]
            if mask >> axis & 1:
                place = settings[27] - settings[130 + axis]
            position[axis] = round(place * settings[100 + axis])
        self.motors.position = (position[0], position[1], position[2])

    def probe(self, action: Probe) -> Work[None]:
        """Move until the probe closes (or opens), for G38.2 to G38.5."""
        if self.state is State.CHECK:
            return
        yield from self.synchronise()
        if self.abort:
            return
        self.probe_succeeded = False
        self.probe_inverted = action.away
        if self.probe_closed():
            self.alarm = Alarm.PROBE_FAIL_INITIAL
            yield from self.realtime()
            self.probe_inverted = False
            self.interpreter.position = action.start
            return
        move = Move(action.target, action.feed, inverse_time=action.inverse_time, jog=True)
        yield from self.line(action.target, move)
        self.probe_active = True
        self.flags |= Flag.CYCLE_START
        yield from self.until_idle()
        if not self.abort:
            yield from self._end_probe(action)

    def _end_probe(self, action: Probe) -> Work[None]:
        if not self.probe_active:
            self.probe_succeeded = True
        elif action.no_error:
            self.probe_position = self.motors.position
        else:
            self.alarm = Alarm.PROBE_FAIL_CONTACT
        self.probe_active = False
        self.probe_inverted = False
        yield from self.realtime()
        yield from self.drop_motion()
        self.say(probe_report(self))
        if self.probe_succeeded:
            self.interpreter.position = self.to_mm(self.motors.position)

    def probe_touched(self) -> None:
        """The step interrupt saw the probe close: note the place and end the motion."""
        if self.probe_active and self.probe_closed():
            self.probe_active = False
            self.probe_position = self.motors.position
            self.flags |= Flag.MOTION_CANCEL
