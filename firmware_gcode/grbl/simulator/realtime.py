"""The check point of GRBL's program, where it does what interrupts and real-time bytes ask.

After `protocol.c` of gnea/grbl. Every loop in which the program waits comes through here.
"""

from __future__ import annotations

from typing import Final

from firmware_gcode.gcode.modal import SpindleMode
from firmware_gcode.grbl.simulator.core import FOREVER, MOTION_STATES, Core, Work
from firmware_gcode.grbl.simulator.reports import status_report
from firmware_gcode.grbl.simulator.state import Alarm, Flag, SpindleStop, State, Suspend

_HOLDS: Final = Flag.MOTION_CANCEL | Flag.FEED_HOLD | Flag.SAFETY_DOOR | Flag.SLEEP
_ALARM_PAUSE_S: Final = 0.5
_DOOR_SPINDLE_S: Final = 4.0
_DOOR_COOLANT_S: Final = 1.0
_RANGES: Final = {"feed": (10, 200), "spindle": (10, 200)}


class Realtime(Core):
    """The state machine of hold, resume, door, sleep, alarm and overrides."""

    def realtime(self) -> Work[None]:
        """Do what is asked for; returns only when the program may go on."""
        yield from self.system()
        if self.suspend:
            yield from self._suspended()

    def system(self) -> Work[None]:
        """Do what is asked for, without waiting for a hold to end."""
        if self.alarm:
            yield from self._raise_alarm()
        flags = self.flags
        if flags:
            if flags & Flag.RESET:
                self.abort = True
                return
            if flags & Flag.STATUS_REPORT:
                self.say(status_report(self))
                yield from self.pay()
                self.flags &= ~Flag.STATUS_REPORT
            if flags & _HOLDS:
                self._begin_hold(flags)
                self.flags &= ~_HOLDS
            if flags & Flag.CYCLE_START:
                self._cycle_start(flags)
                self.flags &= ~Flag.CYCLE_START
            if flags & Flag.CYCLE_STOP:
                yield from self._cycle_stop()
                self.flags &= ~Flag.CYCLE_STOP
        if self.override_requests:
            self._apply_overrides()
        if self.spindle_stop_request:
            self._request_spindle_stop()
        if self.coolant_request:
            self._toggle_coolant()
        if self.state in MOTION_STATES:
            self.fill_segments()

    def _raise_alarm(self) -> Work[None]:
        alarm = self.alarm
        self.state = State.ALARM
        self.say(f"ALARM:{alarm}")
        yield from self.busy(_ALARM_PAUSE_S)
        if alarm in (Alarm.HARD_LIMIT, Alarm.SOFT_LIMIT):
            self.message("Reset to continue")
            self.flags &= ~Flag.RESET
            while not self.flags & Flag.RESET:
                yield FOREVER
        self.alarm = 0

    # Hold, resume, end of motion.

    def _begin_hold(self, flags: Flag) -> None:
        if self.state not in (State.ALARM, State.CHECK):
            self._hold_motion(flags)
        if flags & Flag.SLEEP:
            if self.state is State.ALARM:
                self.suspend |= Suspend.RETRACT_COMPLETE | Suspend.HOLD_COMPLETE
            self.state = State.SLEEP

    def _hold_motion(self, flags: Flag) -> None:
        cancelling = self.suspend & (Suspend.MOTION_CANCEL | Suspend.JOG_CANCEL)
        if self.state in (State.CYCLE, State.JOG) and not cancelling:
            self.maker.hold()
            if self.state is State.JOG and not flags & Flag.SLEEP:
                self.suspend |= Suspend.JOG_CANCEL
        if self.state is State.IDLE:
            self.suspend = Suspend.HOLD_COMPLETE
        if flags & Flag.MOTION_CANCEL and self.state is not State.JOG:
            self.suspend |= Suspend.MOTION_CANCEL
        unstoppable = self.state in (State.DOOR, State.JOG, State.SLEEP)
        if flags & Flag.FEED_HOLD and not unstoppable:
            self.state = State.HOLD
        if flags & Flag.SAFETY_DOOR:
            self._open_door()

    def _open_door(self) -> None:
        self.message("Check Door")
        if not self.suspend & Suspend.JOG_CANCEL:
            if self.state is State.DOOR and self.suspend & Suspend.INITIATE_RESTORE:
                self.suspend &= ~(
                    Suspend.RETRACT_COMPLETE
                    | Suspend.INITIATE_RESTORE
                    | Suspend.RESTORE_COMPLETE
                )
                self.suspend |= Suspend.RESTART_RETRACT
            if self.state is not State.SLEEP:
                self.state = State.DOOR
        self.suspend |= Suspend.DOOR_AJAR

    def _cycle_start(self, flags: Flag) -> None:
        if flags & (Flag.FEED_HOLD | Flag.MOTION_CANCEL | Flag.SAFETY_DOOR):
            return
        if self.state is State.DOOR and not self.suspend & Suspend.DOOR_AJAR:
            if self.suspend & Suspend.RESTORE_COMPLETE:
                self.state = State.IDLE
            elif self.suspend & Suspend.RETRACT_COMPLETE:
                self.suspend |= Suspend.INITIATE_RESTORE
        held = self.state is State.HOLD and self.suspend & Suspend.HOLD_COMPLETE
        if self.state is not State.IDLE and not held:
            return
        if self.state is State.HOLD and self.spindle_stop is not SpindleStop.OFF:
            self.spindle_stop = SpindleStop.RESTORE_CYCLE
            return
        self.maker.release()
        cancelled = self.suspend & Suspend.MOTION_CANCEL
        self.suspend = Suspend.NONE
        if self.planner.blocks and not cancelled:
            self.state = State.CYCLE
            self.fill_segments()
            self.motors.start(self.now)
        else:
            self.state = State.IDLE

    def _cycle_stop(self) -> Work[None]:
        stays = self.state in (State.HOLD, State.DOOR, State.SLEEP)
        if stays and not self.soft_limit and not self.suspend & Suspend.JOG_CANCEL:
            self.planner.replan()
            if self.maker.holding:
                self.suspend |= Suspend.HOLD_COMPLETE
            self.maker.holding = False
            self.maker.system = None
            return
        if self.suspend & Suspend.JOG_CANCEL:
            yield from self.drop_motion()
            self.interpreter.position = self.to_mm(self.motors.position)
        if self.suspend & Suspend.DOOR_AJAR:
            self.suspend &= ~Suspend.JOG_CANCEL
            self.suspend |= Suspend.HOLD_COMPLETE
            self.state = State.DOOR
        else:
            self.suspend = Suspend.NONE
            self.state = State.IDLE

    def drop_motion(self) -> Work[None]:
        """Forget all planned motion; the plan goes on from where the motors stand."""
        self.planner.reset()
        yield from self.reset_stepper()
        self.planner.position = self.motors.position

    # Overrides.

    def _apply_overrides(self) -> None:
        requests, self.override_requests = self.override_requests, {}
        values = dict(self.overrides)
        for name, change in sorted(requests, key=_override_order):
            if name == "rapid":
                values["rapid"] = change or 100
            else:
                values[name] = 100 if change is None else values[name] + change
        for name, (low, high) in _RANGES.items():
            values[name] = min(max(values[name], low), high)
        old, self.overrides = self.overrides, values
        if values == old:
            return
        self.override_counter = 0
        if (values["feed"], values["rapid"]) != (old["feed"], old["rapid"]):
            self.planner.set_overrides(values["feed"] / 100.0, values["rapid"] / 100.0)
        if values["spindle"] != old["spindle"]:
            if self.state is State.IDLE:
                parser = self.interpreter
                self.set_spindle(parser.modal.spindle, parser.spindle_speed)
            else:
                self.update_pwm = True

    def _request_spindle_stop(self) -> None:
        self.spindle_stop_request = False
        if self.state is State.HOLD:
            if self.spindle_stop is SpindleStop.OFF:
                self.spindle_stop = SpindleStop.INITIATE
            elif self.spindle_stop is SpindleStop.STOPPED:
                self.spindle_stop = SpindleStop.RESTORE

    def _toggle_coolant(self) -> None:
        self.coolant_request = False
        if self.state in (State.IDLE, State.CYCLE, State.HOLD, State.JOG):
            flood = not self.interpreter.modal.flood
            self.set_coolant(flood)
            self.interpreter.modal.flood = flood

    # Suspended.

    def _suspended(self) -> Work[None]:
        """Wait for the end of a hold, an open door or sleep."""
        blocks = self.planner.blocks
        parser = self.interpreter
        speed = blocks[0].spindle_speed if blocks else parser.spindle_speed
        mode = parser.modal.spindle
        while self.suspend:
            if self.abort:
                return
            before = (self.state, self.suspend, self.spindle_stop)
            if self.suspend & Suspend.HOLD_COMPLETE:
                if self.state in (State.DOOR, State.SLEEP):
                    asleep = yield from self._park(mode, speed)
                    if asleep:
                        return
                else:
                    self._hold_spindle(mode, speed)
            yield from self.system()
            now = (self.state, self.suspend, self.spindle_stop)
            if self.suspend and now == before and not self.asked:
                yield FOREVER

    @property
    def asked(self) -> bool:
        """Whether something is waiting to be done at the next check point."""
        requests = self.override_requests or self.spindle_stop_request or self.coolant_request
        return bool(self.flags or self.alarm or self.abort or requests)

    def _park(self, mode: SpindleMode, speed: float) -> Work[bool]:
        """Door and sleep; returns whether the machine slept until a reset."""
        if not self.suspend & Suspend.RETRACT_COMPLETE:
            self.spindle_stop = SpindleStop.OFF
            self.set_spindle(SpindleMode.OFF, 0.0)
            self.set_coolant(False)
            self.suspend &= ~Suspend.RESTART_RETRACT
            self.suspend |= Suspend.RETRACT_COMPLETE
        if self.state is State.SLEEP:
            yield from self._sleep()
            return True
        self.suspend &= ~Suspend.DOOR_AJAR
        if self.suspend & Suspend.INITIATE_RESTORE:
            yield from self._restore(mode, speed)
        return False

    def _sleep(self) -> Work[None]:
        self.message("Sleeping")
        self.set_spindle(SpindleMode.OFF, 0.0)
        self.set_coolant(False)
        self.motors.halt()
        while not self.abort:
            yield from self.system()
            if not self.abort and not self.asked:
                yield FOREVER

    def _restore(self, mode: SpindleMode, speed: float) -> Work[None]:
        """Switch spindle and coolant on again after the door was closed, then go on."""
        if self.interpreter.modal.spindle is not SpindleMode.OFF:
            if self.settings.on(32):
                self.update_pwm = True
            elif not self.suspend & Suspend.RESTART_RETRACT:
                self.set_spindle(mode, speed)
                yield from self._delay_suspended(_DOOR_SPINDLE_S)
        if self.interpreter.modal.flood and not self.suspend & Suspend.RESTART_RETRACT:
            self.set_coolant(True)
            yield from self._delay_suspended(_DOOR_COOLANT_S)
        if not self.suspend & Suspend.RESTART_RETRACT:
            self.suspend |= Suspend.RESTORE_COMPLETE
            self.flags |= Flag.CYCLE_START

    def _delay_suspended(self, seconds: float) -> Work[None]:
        for _ in range(round(seconds / 0.05)):
            if self.abort:
                return
            yield from self.system()
            if self.suspend & Suspend.RESTART_RETRACT:
                return
            yield from self.busy(0.05)

    def _hold_spindle(self, mode: SpindleMode, speed: float) -> None:
        """Stop and restore the spindle in a hold (0x9E)."""
        stop = self.spindle_stop
        running = self.interpreter.modal.spindle is not SpindleMode.OFF
        if stop is SpindleStop.INITIATE:
            if running:
                self.set_spindle(SpindleMode.OFF, 0.0)
            self.spindle_stop = SpindleStop.STOPPED if running else SpindleStop.OFF
        elif stop in (SpindleStop.RESTORE, SpindleStop.RESTORE_CYCLE):
            if running:
                self.message("Restoring spindle")
                if self.settings.on(32):
                    self.update_pwm = True
                else:
                    self.set_spindle(mode, speed)
            if stop is SpindleStop.RESTORE_CYCLE:
                self.flags |= Flag.CYCLE_START  # Unlike a door, this waits for nothing.
            self.spindle_stop = SpindleStop.OFF
        elif stop is SpindleStop.OFF and self.update_pwm:
            self.set_spindle(mode, speed)
            self.update_pwm = False


def _override_order(request: tuple[str, int | None]) -> tuple[str, int]:
    """GRBL's order when several requests came at once: reset, then ±10, then ±1."""
    name, change = request
    order = {None: 0, 10: 1, -10: 2, 1: 3, -1: 4, 100: 1, 50: 2, 25: 3}
    return name, order[change]
