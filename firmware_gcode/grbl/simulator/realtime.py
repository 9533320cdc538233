"""The check point of GRBL's program, where it does what interrupts and real-time bytes ask.

After `protocol.c` of gnea/grbl. Every loop in which the program waits comes through here.
"""

from __future__ import annotations

from typing import Final

from firmware_gcode.gcode.modal import SpindleMode
from firmware_gcode.grbl.simulator.firmware import FOREVER, MOTION_STATES, Firmware, Work
from firmware_gcode.grbl.simulator.reports import status_report
from firmware_gcode.grbl.simulator.state import Alarm, Flag, SpindleStop, State, Suspend

_HOLDS: Final = Flag.MOTION_CANCEL | Flag.FEED_HOLD | Flag.SAFETY_DOOR | Flag.SLEEP
_ALARM_PAUSE_S: Final = 0.5
_DOOR_SPINDLE_S: Final = 4.0
_DOOR_COOLANT_S: Final = 1.0
_RANGES: Final = {"feed": (10, 200), "spindle": (10, 200)}


def realtime(grbl: Firmware) -> Work[None]:
    """Do what is asked for; returns only when the program may go on."""
    yield from system(grbl)
    if grbl.suspend:
        yield from _suspended(grbl)


def system(grbl: Firmware) -> Work[None]:
    """Do what is asked for, without waiting for a hold to end."""
    if grbl.alarm:
        yield from _raise_alarm(grbl)
    flags = grbl.flags
    if flags:
        if flags & Flag.RESET:
            grbl.abort = True
            return
        if flags & Flag.STATUS_REPORT:
            grbl.say(status_report(grbl))
            yield from grbl.pay()
            grbl.flags &= ~Flag.STATUS_REPORT
        if flags & _HOLDS:
            _begin_hold(grbl, flags)
            grbl.flags &= ~_HOLDS
        if flags & Flag.CYCLE_START:
            _cycle_start(grbl, flags)
            grbl.flags &= ~Flag.CYCLE_START
        if flags & Flag.CYCLE_STOP:
            yield from _cycle_stop(grbl)
            grbl.flags &= ~Flag.CYCLE_STOP
    if grbl.override_requests:
        _apply_overrides(grbl)
    if grbl.spindle_stop_request:
        _request_spindle_stop(grbl)
    if grbl.coolant_request:
        _toggle_coolant(grbl)
    if grbl.state in MOTION_STATES:
        grbl.feed_motors()


def _raise_alarm(grbl: Firmware) -> Work[None]:
    alarm = grbl.alarm
    grbl.state = State.ALARM
    grbl.say(grbl.speech.alarm(alarm))
    yield from grbl.busy(_ALARM_PAUSE_S)
    if alarm in (Alarm.HARD_LIMIT, Alarm.SOFT_LIMIT):
        grbl.message("Reset to continue")
        grbl.flags &= ~Flag.RESET
        while not grbl.flags & Flag.RESET:
            yield FOREVER
    grbl.alarm = 0


# Hold, resume, end of motion.


def _begin_hold(grbl: Firmware, flags: Flag) -> None:
    if grbl.state not in (State.ALARM, State.CHECK):
        _hold_motion(grbl, flags)
    if flags & Flag.SLEEP:
        if grbl.state is State.ALARM:
            grbl.suspend |= Suspend.RETRACT_COMPLETE | Suspend.HOLD_COMPLETE
        grbl.state = State.SLEEP


def _hold_motion(grbl: Firmware, flags: Flag) -> None:
    cancelling = grbl.suspend & (Suspend.MOTION_CANCEL | Suspend.JOG_CANCEL)
    if grbl.state in (State.CYCLE, State.JOG) and not cancelling:
        grbl.trajectory.hold()
        if grbl.state is State.JOG and not flags & Flag.SLEEP:
            grbl.suspend |= Suspend.JOG_CANCEL
    if grbl.state is State.IDLE:
        grbl.suspend = Suspend.HOLD_COMPLETE
    if flags & Flag.MOTION_CANCEL and grbl.state is not State.JOG:
        grbl.suspend |= Suspend.MOTION_CANCEL
    unstoppable = grbl.state in (State.DOOR, State.JOG, State.SLEEP)
    if flags & Flag.FEED_HOLD and not unstoppable:
        grbl.state = State.HOLD
    if flags & Flag.SAFETY_DOOR:
        _open_door(grbl)


def _open_door(grbl: Firmware) -> None:
    grbl.message("Check Door")
    if not grbl.suspend & Suspend.JOG_CANCEL:
        if grbl.state is State.DOOR and grbl.suspend & Suspend.INITIATE_RESTORE:
            grbl.suspend &= ~(
                Suspend.RETRACT_COMPLETE | Suspend.INITIATE_RESTORE | Suspend.RESTORE_COMPLETE
            )
            grbl.suspend |= Suspend.RESTART_RETRACT
        if grbl.state is not State.SLEEP:
            grbl.state = State.DOOR
    grbl.suspend |= Suspend.DOOR_AJAR


def _cycle_start(grbl: Firmware, flags: Flag) -> None:
    if flags & (Flag.FEED_HOLD | Flag.MOTION_CANCEL | Flag.SAFETY_DOOR):
        return
    if grbl.state is State.DOOR and not grbl.suspend & Suspend.DOOR_AJAR:
        if grbl.suspend & Suspend.RESTORE_COMPLETE:
            grbl.state = State.IDLE
        elif grbl.suspend & Suspend.RETRACT_COMPLETE:
            grbl.suspend |= Suspend.INITIATE_RESTORE
    held = grbl.state is State.HOLD and grbl.suspend & Suspend.HOLD_COMPLETE
    if grbl.state is not State.IDLE and not held:
        return
    if grbl.state is State.HOLD and grbl.spindle_stop is not SpindleStop.OFF:
        grbl.spindle_stop = SpindleStop.RESTORE_CYCLE
        return
    grbl.trajectory.release()
    cancelled = grbl.suspend & Suspend.MOTION_CANCEL
    grbl.suspend = Suspend.NONE
    if grbl.trajectory.blocks and not cancelled:
        grbl.state = State.CYCLE
        grbl.feed_motors()
        grbl.motors.start(grbl.now)
    else:
        grbl.state = State.IDLE


def _cycle_stop(grbl: Firmware) -> Work[None]:
    stays = grbl.state in (State.HOLD, State.DOOR, State.SLEEP)
    if stays and not grbl.soft_limit and not grbl.suspend & Suspend.JOG_CANCEL:
        if grbl.trajectory.braking:
            grbl.suspend |= Suspend.HOLD_COMPLETE
        grbl.trajectory.settle()
        return
    if grbl.suspend & Suspend.JOG_CANCEL:
        yield from drop_motion(grbl)
        grbl.interpreter.position = grbl.to_mm(grbl.motors.position)
    if grbl.suspend & Suspend.DOOR_AJAR:
        grbl.suspend &= ~Suspend.JOG_CANCEL
        grbl.suspend |= Suspend.HOLD_COMPLETE
        grbl.state = State.DOOR
    else:
        grbl.suspend = Suspend.NONE
        grbl.state = State.IDLE


def drop_motion(grbl: Firmware) -> Work[None]:
    """Forget all planned motion; the plan goes on from where the motors stand."""
    yield from grbl.reset_stepper()
    grbl.trajectory.drop(grbl.motors.position)


# Overrides.


def _apply_overrides(grbl: Firmware) -> None:
    requests, grbl.override_requests = grbl.override_requests, {}
    values = dict(grbl.overrides)
    for name, change in sorted(requests, key=_override_order):
        if name == "rapid":
            values["rapid"] = change or 100
        else:
            values[name] = 100 if change is None else values[name] + change
    for name, (low, high) in _RANGES.items():
        values[name] = min(max(values[name], low), high)
    old, grbl.overrides = grbl.overrides, values
    if values == old:
        return
    grbl.override_counter = 0
    if (values["feed"], values["rapid"]) != (old["feed"], old["rapid"]):
        grbl.trajectory.override(values["feed"] / 100.0, values["rapid"] / 100.0)
    if values["spindle"] != old["spindle"]:
        if grbl.state is State.IDLE:
            parser = grbl.interpreter
            grbl.set_spindle(parser.modal.spindle, parser.spindle_speed)
        else:
            grbl.update_pwm = True


def _request_spindle_stop(grbl: Firmware) -> None:
    grbl.spindle_stop_request = False
    if grbl.state is State.HOLD:
        if grbl.spindle_stop is SpindleStop.OFF:
            grbl.spindle_stop = SpindleStop.INITIATE
        elif grbl.spindle_stop is SpindleStop.STOPPED:
            grbl.spindle_stop = SpindleStop.RESTORE


def _toggle_coolant(grbl: Firmware) -> None:
    grbl.coolant_request = False
    if grbl.state in (State.IDLE, State.CYCLE, State.HOLD, State.JOG):
        flood = not grbl.interpreter.modal.flood
        grbl.set_coolant(flood)
        grbl.interpreter.modal = grbl.interpreter.modal._replace(flood=flood)


# Suspended.


def _suspended(grbl: Firmware) -> Work[None]:
    """Wait for the end of a hold, an open door or sleep."""
    blocks = grbl.trajectory.blocks
    parser = grbl.interpreter
    speed = blocks[0].move.spindle_speed if blocks else parser.spindle_speed
    mode = parser.modal.spindle
    while grbl.suspend:
        if grbl.abort:
            return
        before = (grbl.state, grbl.suspend, grbl.spindle_stop)
        if grbl.suspend & Suspend.HOLD_COMPLETE:
            if grbl.state in (State.DOOR, State.SLEEP):
                asleep = yield from _park(grbl, mode, speed)
                if asleep:
                    return
            else:
                _hold_spindle(grbl, mode, speed)
        yield from system(grbl)
        now = (grbl.state, grbl.suspend, grbl.spindle_stop)
        if grbl.suspend and now == before and not grbl.asked:
            yield FOREVER


def _park(grbl: Firmware, mode: SpindleMode, speed: float) -> Work[bool]:
    """Door and sleep; returns whether the machine slept until a reset."""
    if not grbl.suspend & Suspend.RETRACT_COMPLETE:
        grbl.spindle_stop = SpindleStop.OFF
        grbl.set_spindle(SpindleMode.OFF, 0.0)
        grbl.set_coolant(False)
        grbl.suspend &= ~Suspend.RESTART_RETRACT
        grbl.suspend |= Suspend.RETRACT_COMPLETE
    if grbl.state is State.SLEEP:
        yield from _sleep(grbl)
        return True
    grbl.suspend &= ~Suspend.DOOR_AJAR
    if grbl.suspend & Suspend.INITIATE_RESTORE:
        yield from _restore(grbl, mode, speed)
    return False


def _sleep(grbl: Firmware) -> Work[None]:
    grbl.message("Sleeping")
    grbl.set_spindle(SpindleMode.OFF, 0.0)
    grbl.set_coolant(False)
    grbl.motors.moving = False
    while not grbl.abort:
        yield from system(grbl)
        if not grbl.abort and not grbl.asked:
            yield FOREVER


def _restore(grbl: Firmware, mode: SpindleMode, speed: float) -> Work[None]:
    """Switch spindle and coolant on again after the door was closed, then go on."""
    if grbl.interpreter.modal.spindle is not SpindleMode.OFF:
        if grbl.settings.on(32):
            grbl.update_pwm = True
        elif not grbl.suspend & Suspend.RESTART_RETRACT:
            grbl.set_spindle(mode, speed)
            yield from _delay_suspended(grbl, _DOOR_SPINDLE_S)
    if grbl.interpreter.modal.flood and not grbl.suspend & Suspend.RESTART_RETRACT:
        grbl.set_coolant(True)
        yield from _delay_suspended(grbl, _DOOR_COOLANT_S)
    if not grbl.suspend & Suspend.RESTART_RETRACT:
        grbl.suspend |= Suspend.RESTORE_COMPLETE
        grbl.flags |= Flag.CYCLE_START


def _delay_suspended(grbl: Firmware, seconds: float) -> Work[None]:
    for _ in range(round(seconds / 0.05)):
        if grbl.abort:
            return
        yield from system(grbl)
        if grbl.suspend & Suspend.RESTART_RETRACT:
            return
        yield from grbl.busy(0.05)


def _hold_spindle(grbl: Firmware, mode: SpindleMode, speed: float) -> None:
    """Stop and restore the spindle in a hold (0x9E)."""
    stop = grbl.spindle_stop
    running = grbl.interpreter.modal.spindle is not SpindleMode.OFF
    if stop is SpindleStop.INITIATE:
        if running:
            grbl.set_spindle(SpindleMode.OFF, 0.0)
        grbl.spindle_stop = SpindleStop.STOPPED if running else SpindleStop.OFF
    elif stop in (SpindleStop.RESTORE, SpindleStop.RESTORE_CYCLE):
        if running:
            grbl.message("Restoring spindle")
            if grbl.settings.on(32):
                grbl.update_pwm = True
            else:
                grbl.set_spindle(mode, speed)
        if stop is SpindleStop.RESTORE_CYCLE:
            grbl.flags |= Flag.CYCLE_START  # Unlike a door, this waits for nothing.
        grbl.spindle_stop = SpindleStop.OFF
    elif stop is SpindleStop.OFF and grbl.update_pwm:
        grbl.set_spindle(mode, speed)
        grbl.update_pwm = False


def _override_order(request: tuple[str, int | None]) -> tuple[str, int]:
    """GRBL's order when several requests came at once: reset, then ±10, then ±1."""
    name, change = request
    order = {None: 0, 10: 1, -10: 2, 1: 3, -1: 4, 100: 1, 50: 2, 25: 3}
    return name, order[change]
