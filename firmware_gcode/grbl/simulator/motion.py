"""Motion, as lines of G-code ask for it, and the cycles that look for a switch."""

from __future__ import annotations

import math
from typing import Final

from firmware_gcode.gcode import actions
from firmware_gcode.gcode.actions import Action, Move, Point, Probe
from firmware_gcode.gcode.modal import SpindleMode
from firmware_gcode.gcode.words import float32
from firmware_gcode.grbl.simulator.firmware import FOREVER, Firmware, Work
from firmware_gcode.grbl.simulator.realtime import drop_motion, realtime
from firmware_gcode.grbl.simulator.reports import probe_report
from firmware_gcode.grbl.simulator.state import Alarm, Flag, State
from firmware_gcode.motion import effort
from firmware_gcode.motion.arcs import arc_feed, arc_points

_SEARCH: Final = 1.5
_LOCATE: Final = 5.0
_LOCATES: Final = 1
_CYCLES: Final = ((2,), (0, 1))
"""Z first, then X and Y together."""


def perform(grbl: Firmware, asked: list[Action]) -> Work[None]:
    """Do the actions of a line one after the other, until a reset ends them."""
    for action in asked:
        yield from _perform(grbl, action)
        if grbl.abort:
            return


def _perform(grbl: Firmware, action: Action) -> Work[None]:
    match action:
        case Move():
            yield from line(grbl, action)
        case actions.Arc():
            yield from _arc(grbl, action)
        case Probe():
            yield from probe(grbl, action)
        case actions.Dwell():
            yield from _dwell(grbl, action.seconds)
        case actions.Spindle():
            yield from _spindle(grbl, action)
        case actions.Coolant():
            if grbl.state is not State.CHECK:
                yield from synchronise(grbl)
                grbl.set_coolant(action.flood)
        case actions.StoreCoordinates():
            yield from synchronise(grbl)
            grbl.eeprom.write_point(action.index, action.values)
            yield from grbl.store()
        case actions.OffsetsChanged():
            yield from synchronise(grbl)
            grbl.wco_counter = 0
        case actions.Pause():
            yield from _pause(grbl)
        case actions.ProgramEnd():
            yield from _end_program(grbl)


def auto_start(grbl: Firmware) -> None:
    """Have planned motion begin at the next check point."""
    if grbl.trajectory.blocks:
        grbl.flags |= Flag.CYCLE_START


def synchronise(grbl: Firmware) -> Work[None]:
    """Wait until all planned motion is executed."""
    auto_start(grbl)
    while True:
        yield from realtime(grbl)
        if grbl.abort or not (grbl.trajectory.blocks or grbl.state is State.CYCLE):
            return
        if not grbl.asked:
            yield FOREVER


def line(grbl: Firmware, move: Move) -> Work[None]:
    """Plan a straight motion, when there is room for it (``mc_line``)."""
    if grbl.settings.on(20) and grbl.state is not State.JOG:
        yield from _check_soft_limits(grbl, move.target)
        if grbl.abort:
            return
    if grbl.state is State.CHECK:
        return
    while True:
        yield from realtime(grbl)
        if grbl.abort:
            return
        if not grbl.trajectory.full:
            break
        if grbl.state is State.IDLE:
            auto_start(grbl)
        elif not grbl.asked:
            yield FOREVER
    spindle_on = grbl.interpreter.modal.spindle is not SpindleMode.OFF
    planned = move if spindle_on else move._replace(spindle_speed=0.0)
    block = grbl.trajectory.plan(planned)
    grbl.compute(effort.MOVE_S + effort.REPLAN_S * grbl.trajectory.replanned)
    laser_on = grbl.interpreter.modal.spindle is SpindleMode.CW
    if block is None and grbl.settings.on(32) and laser_on:
        yield from _spindle(grbl, actions.Spindle(SpindleMode.CW, move.spindle_speed))


def _check_soft_limits(grbl: Firmware, target: Point) -> Work[None]:
    travels = zip(target, grbl.settings.axes(130), strict=True)
    if not any(value > 0 or value < -travel for value, travel in travels):
        return
    grbl.soft_limit = True
    if grbl.state is State.CYCLE:
        grbl.flags |= Flag.FEED_HOLD
        yield from until_idle(grbl)
        if grbl.abort:
            return
    grbl.request_reset()
    grbl.alarm = Alarm.SOFT_LIMIT
    yield from realtime(grbl)


def until_idle(grbl: Firmware) -> Work[None]:
    """Wait until motion has ended and the state is Idle, or a reset comes."""
    while True:
        yield from realtime(grbl)
        if grbl.abort or grbl.state is State.IDLE:
            return
        if not grbl.asked:
            yield FOREVER


def _arc(grbl: Firmware, arc: actions.Arc) -> Work[None]:
    tolerance = grbl.settings[12]
    feed, inverse = arc_feed(arc, tolerance)
    piece = Move(arc.target, feed, inverse_time=inverse, spindle_speed=arc.spindle_speed)
    for point in arc_points(arc, tolerance):
        yield from grbl.pay(effort.ARC_STEP_S)
        yield from line(grbl, piece._replace(target=point))
        if grbl.abort:
            return


def _dwell(grbl: Firmware, seconds: float) -> Work[None]:
    if grbl.state is State.CHECK:
        return
    yield from synchronise(grbl)
    for _ in range(math.ceil(float32(20.0 * seconds)) & 0xFFFF):
        if grbl.abort:
            return
        yield from realtime(grbl)
        yield from grbl.busy(effort.DWELL_STEP_S + effort.DWELL_CHECK_S)


def _spindle(grbl: Firmware, action: actions.Spindle) -> Work[None]:
    if grbl.state is State.CHECK:
        return
    yield from synchronise(grbl)
    grbl.set_spindle(action.mode, action.speed)


def _pause(grbl: Firmware) -> Work[None]:
    yield from synchronise(grbl)
    if grbl.state is not State.CHECK:
        grbl.flags |= Flag.FEED_HOLD
        yield from realtime(grbl)


def _end_program(grbl: Firmware) -> Work[None]:
    yield from synchronise(grbl)
    grbl.overrides = {"feed": 100, "rapid": 100, "spindle": 100}
    grbl.trajectory.feed_factor = grbl.trajectory.rapid_factor = 1.0
    if grbl.state is not State.CHECK:
        grbl.wco_counter = 0
        grbl.set_spindle(SpindleMode.OFF, 0.0)
        grbl.set_coolant(False)
    grbl.message("Pgm End")


# Homing and probing.


def home(grbl: Firmware) -> Work[None]:
    """Run the homing cycle ``$H``; the state is Home already."""
    grbl.limits_watched = False
    for axes in _CYCLES:
        yield from _home_axes(grbl, axes)
    yield from realtime(grbl)
    if grbl.abort:
        return
    grbl.interpreter.position = grbl.to_mm(grbl.motors.position)
    grbl.trajectory.position = grbl.motors.position
    grbl.motors.locked = (False, False, False)
    grbl.limits_watched = grbl.settings.on(21)


def _home_axes(grbl: Firmware, axes: tuple[int, ...]) -> Work[None]:
    if grbl.abort:
        return
    settings = grbl.settings
    travel = max(_SEARCH * settings[130 + axis] for axis in axes)
    rate = settings[25]
    approach = True
    for _ in range(2 * _LOCATES + 2):
        done = yield from _home_leg(grbl, axes, travel, rate, approach)
        if not done:
            return
        yield from grbl.reset_stepper()
        yield from grbl.busy(settings[26] / 1000.0)
        approach = not approach
        travel = settings[27] * (_LOCATE if approach else 1.0)
        rate = settings[24] if approach else settings[25]
    _set_homed(grbl, axes)
    grbl.trajectory.release()


def _home_leg(
    grbl: Firmware, axes: tuple[int, ...], travel: float, rate: float, approach: bool
) -> Work[bool]:
    """Move until all switches are met, or away from them; False if that failed."""
    target = list(grbl.to_mm(grbl.motors.position))
    position = list(grbl.motors.position)
    mask = int(grbl.settings[23])
    for axis in axes:
        position[axis] = 0
        backwards = bool(mask >> axis & 1) == approach
        target[axis] = -travel if backwards else travel
    grbl.motors.position = (position[0], position[1], position[2])
    _lock(grbl, set(axes))
    goal: Point = (target[0], target[1], target[2])
    move = Move(goal, rate * math.sqrt(len(axes)), jog=True)
    grbl.trajectory.run_alone(grbl.motors.position, move)
    grbl.feed_motors()
    grbl.motors.start(grbl.now)
    return (yield from _home_wait(grbl, axes, approach))


def _lock(grbl: Firmware, free: set[int]) -> None:
    grbl.motors.locked = (0 not in free, 1 not in free, 2 not in free)


def _home_wait(grbl: Firmware, axes: tuple[int, ...], approach: bool) -> Work[bool]:
    free = set(axes)
    while True:
        if approach:
            free -= {axis for axis, met in enumerate(grbl.limits()) if met}
            grbl.motors.advance(grbl.now)
            _lock(grbl, free)
        grbl.feed_motors()
        if grbl.flags & (Flag.SAFETY_DOOR | Flag.RESET | Flag.CYCLE_STOP):
            failed = yield from _home_interrupted(grbl, axes, approach)
            return not failed
        if not free:
            return True
        yield FOREVER


def _home_interrupted(grbl: Firmware, axes: tuple[int, ...], approach: bool) -> Work[bool]:
    """The motion ended or was stopped; whether that means that homing failed."""
    if grbl.flags & Flag.RESET:
        grbl.alarm = Alarm.HOMING_FAIL_RESET
    if grbl.flags & Flag.SAFETY_DOOR:
        grbl.alarm = Alarm.HOMING_FAIL_DOOR
    if not approach and any(grbl.limits()[axis] for axis in axes):
        grbl.alarm = Alarm.HOMING_FAIL_PULLOFF
    if approach and grbl.flags & Flag.CYCLE_STOP:
        grbl.alarm = Alarm.HOMING_FAIL_APPROACH
    if grbl.alarm:
        grbl.request_reset()
        yield from realtime(grbl)
        return True
    grbl.flags &= ~Flag.CYCLE_STOP
    return False


def _set_homed(grbl: Firmware, axes: tuple[int, ...]) -> None:
    """Machine zero lies where the switches are, less the pull-off."""
    settings, mask = grbl.settings, int(grbl.settings[23])
    position = list(grbl.motors.position)
    for axis in axes:
        place = -settings[27]
        if mask >> axis & 1:
            place = settings[27] - settings[130 + axis]
        position[axis] = round(place * settings[100 + axis])
    grbl.motors.position = (position[0], position[1], position[2])


def probe(grbl: Firmware, action: Probe) -> Work[None]:
    """Move until the probe closes (or opens), for G38.2 to G38.5."""
    if grbl.state is State.CHECK:
        return
    yield from synchronise(grbl)
    if grbl.abort:
        return
    grbl.probe_succeeded = False
    grbl.probe_inverted = action.away
    if grbl.probe_closed():
        grbl.alarm = Alarm.PROBE_FAIL_INITIAL
        yield from realtime(grbl)
        grbl.probe_inverted = False
        grbl.interpreter.position = action.start
        return
    move = Move(action.target, action.feed, inverse_time=action.inverse_time, jog=True)
    yield from line(grbl, move)
    grbl.probe_active = True
    grbl.flags |= Flag.CYCLE_START
    yield from until_idle(grbl)
    if not grbl.abort:
        yield from _end_probe(grbl, action)


def _end_probe(grbl: Firmware, action: Probe) -> Work[None]:
    if not grbl.probe_active:
        grbl.probe_succeeded = True
    elif action.no_error:
        grbl.probe_position = grbl.motors.position
    else:
        grbl.alarm = Alarm.PROBE_FAIL_CONTACT
    grbl.probe_active = False
    grbl.probe_inverted = False
    yield from realtime(grbl)
    yield from drop_motion(grbl)
    grbl.say(probe_report(grbl))
    if grbl.probe_succeeded:
        grbl.interpreter.position = grbl.to_mm(grbl.motors.position)
