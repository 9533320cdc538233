"""The check point: real-time bytes, buttons, alarms and ends of motion take effect here.

Interrupts only note what has happened. Every loop in which the program waits comes by here,
and the table of `phases` says what becomes of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from firmware_gcode.gcode.modal import SpindleMode
from firmware_gcode.grbl.simulator.inputs import LIMITS
from firmware_gcode.grbl.simulator.parts import Parts
from firmware_gcode.grbl.simulator.phases import (
    CUTTING,
    FATAL,
    HOLDS,
    MOVING,
    POSTPONED,
    TRANSITIONS,
    Alarm,
    Effect,
    Event,
    Phase,
)
from firmware_gcode.grbl.simulator.processor import FOREVER, Restart, Work
from firmware_gcode.grbl.simulator.reports import Reporter
from firmware_gcode.motion.settings import KEEP_ENABLED

_BYTES: Final = {
    ord("~"): Event.START,
    ord("!"): Event.HOLD,
    0x84: Event.DOOR,
    0x9E: Event.SPINDLE,
    0xA0: Event.COOLANT,
}
_ALARM_PAUSE_S: Final = 0.5
_DOOR_SPINDLE_S: Final = 4.0
_DOOR_COOLANT_S: Final = 1.0
_DELAY_STEP_S: Final = 0.05


class Supervisor:
    """The phase in which the controller is, and what waits to be noticed.

    Attributes:
        alarm: The alarm that is to be told; 0 for none.
        resetting: A reset has come.
        reporting: A report was asked for.
    """

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.reporter = Reporter(parts)
        self.phase = Phase.IDLE
        self.events: set[Event] = set()
        self.clear()

    def clear(self) -> None:
        """Forget what waits; the phase remains."""
        self.alarm = 0
        self.resetting = self.reporting = False
        self.events.clear()

    # Interrupts.

    def hear(self, byte: int) -> None:
        """Note a real-time byte."""
        if byte in _BYTES:
            self.events.add(_BYTES[byte])
        elif byte == ord("?"):
            self.reporting = True
        elif byte == 0x18:
            self.reset()
        elif byte == 0x85:
            if self.phase is Phase.JOG:
                self.events.add(Event.CANCEL)
        else:
            self.parts.overrides.hear(byte)

    def reset(self, alarm: int = 0) -> None:
        """Stop everything at once and have the program start anew, with an alarm to tell."""
        tool, drive = self.parts.tool, self.parts.drive
        if not self.resetting:
            self.resetting = True
            tool.write(0)
            tool.flood = False
            if self.phase in MOVING or drive.trajectory.braking:
                if self.phase is not Phase.HOMING:
                    self.alarm = Alarm.ABORT_CYCLE
                elif not self.alarm:
                    self.alarm = Alarm.HOMING_FAIL_RESET
                drive.stop()
                self.parts.processor.freeze(self.pause_s)
        self.alarm = alarm or self.alarm

    def motors_ended(self) -> None:
        """The motors found nothing more to do."""
        self.parts.drive.moving = False
        self.parts.tool.motion_ended()
        self.parts.processor.freeze(self.pause_s)
        self.events.add(Event.STOPPED)

    def set_pin(self, name: str, active: bool) -> None:
        """Change an input."""
        inputs, drive = self.parts.inputs, self.parts.drive
        if inputs.pins[name] == active:
            return
        drive.advance()
        inputs.pins[name] = active
        if name in LIMITS:
            if inputs.watched and self.phase is not Phase.ALARM and not self.alarm:
                self.reset(Alarm.HARD_LIMIT)
        elif name == "probe":
            if inputs.probing and inputs.probe_closed:
                inputs.probing = False
                inputs.contact = drive.position
                self.events.add(Event.CANCEL)
        else:  # Whichever button changes, all of them are read.
            if inputs.pins["reset"]:
                self.reset()
            buttons = {"start": Event.START, "hold": Event.HOLD}
            self.events |= {event for name, event in buttons.items() if inputs.pins[name]}

    @property
    def pause_s(self) -> float:
        """How long the controller pauses when motors stop, before it lets them go (`$1`).

        Those that are kept enabled are let go all the same after an alarm, and to sleep.
        """
        lock, released = int(self.parts.settings[1]), self.alarm or self.phase is Phase.SLEEP
        kept = lock == KEEP_ENABLED and not released
        return 0.0 if kept or self.phase is Phase.HOMING else lock / 1000.0

    # The program.

    @property
    def asked(self) -> bool:
        """Whether something is waiting to be done at the next check point."""
        due = any((self.phase, event) not in POSTPONED for event in self.events)
        waiting = self.resetting or self.reporting or self.alarm
        return due or bool(waiting or self.parts.overrides.asked)

    def start_planned(self) -> None:
        """Have planned motion begin at the next check point."""
        if self.parts.drive.planned:
            self.events.add(Event.START)

    def attend(self) -> Work[None]:
        """Do what is asked for; returns when the program may go on.

        Raises:
            Restart: A reset has come.
        """
        yield from self.look()
        while self.phase.waits:
            if not self.asked:
                yield FOREVER
            yield from self.look()

    def wait_while(self, condition: Callable[[], bool]) -> Work[None]:
        """Attend until a condition holds no more; it is asked after each check point."""
        yield from self.attend()
        while condition():
            if not self.asked:
                yield FOREVER
            yield from self.attend()

    def look(self) -> Work[None]:
        """Do what is asked for, without waiting for a hold to end."""
        if self.alarm:
            yield from self._sound(self.alarm)
        if self.resetting:
            raise Restart
        if self.reporting:
            self.parts.processor.say(self.reporter.status(self.phase))
            yield from self.parts.processor.pay()
            self.reporting = False
        if self.events & HOLDS:
            self.events.discard(Event.START)
        for event in sorted(self.events):
            if (self.phase, event) not in POSTPONED and event in self.events:
                self.events.discard(event)
                yield from self._happened(event)
        if self.parts.overrides.asked:
            self._override()
        if self.phase in CUTTING:
            self.parts.drive.cut()

    def _happened(self, event: Event) -> Work[None]:
        self.phase, effects = TRANSITIONS.get((self.phase, event), (self.phase, ()))
        for effect in effects:
            if (work := self._effects()[effect]()) is not None:
                yield from work

    def _sound(self, alarm: int) -> Work[None]:
        self.phase = Phase.ALARM
        self.parts.processor.say(self.parts.speech.alarm(alarm))
        yield from self.parts.processor.busy(_ALARM_PAUSE_S)
        if alarm in FATAL:
            self.parts.processor.message("Reset to continue")
            self.resetting = False
            while not self.resetting:
                yield FOREVER
        self.alarm = 0

    # Effects.

    def _effects(self) -> dict[Effect, Callable[[], Work[None] | None]]:
        say, trajectory = self.parts.processor.message, self.parts.drive.trajectory
        return {
            Effect.BRAKE: trajectory.hold,
            Effect.SETTLE: trajectory.settle,
            Effect.RESUME: self._resume,
            Effect.DROP: self.drop_motion,
            Effect.TELL_DOOR: lambda: say("Check Door"),
            Effect.TELL_SLEEP: lambda: say("Sleeping"),
            Effect.SWITCH_OFF: self.parts.tool.switch_off,
            Effect.RESTORE: self._restore,
            Effect.SPINDLE_OFF: self._stop_spindle,
            Effect.SPINDLE_ON: self._turn_spindle,
            Effect.TELL_SPINDLE: lambda: say("Restoring spindle"),
            Effect.TOGGLE_COOLANT: self._toggle_coolant,
        }

    def _resume(self) -> None:
        self.parts.drive.trajectory.release()
        if self.parts.drive.planned:
            self.parts.drive.go()
        else:
            self.phase = Phase.IDLE

    def drop_motion(self) -> Work[None]:
        """Forget all planned motion; plan and parser go on from where the motors stand."""
        self.parts.drive.drop()
        yield from self.parts.processor.busy(self.pause_s)
        self.parts.parser.position = self.parts.drive.place

    def _toggle_coolant(self) -> None:
        parser = self.parts.parser
        parser.modal = parser.modal._replace(flood=not parser.modal.flood)
        self.parts.tool.cool(parser.modal.flood)

    @property
    def _spindle_on(self) -> bool:
        return self.parts.parser.modal.spindle is not SpindleMode.OFF

    def _stop_spindle(self) -> None:
        if self._spindle_on:
            self.parts.tool.turn(SpindleMode.OFF, 0.0)
        else:
            self.phase = Phase.HELD

    def _turn_spindle(self) -> None:
        """Turn the spindle as the next motion needs it; a laser's rides on that motion."""
        parser, blocks = self.parts.parser, self.parts.drive.trajectory.blocks
        if self.parts.settings.on(32):
            self.parts.tool.renew = True
        else:
            speed = blocks[0].move.spindle_speed if blocks else parser.spindle_speed
            self.parts.tool.turn(parser.modal.spindle, speed)

    def _restore(self) -> Work[None]:
        """Switch spindle and coolant on again after the door was closed, then go on."""
        if self._spindle_on:
            self._turn_spindle()
            yield from self._delay(0.0 if self.parts.settings.on(32) else _DOOR_SPINDLE_S)
        if self.parts.parser.modal.flood and self.phase is Phase.RESTORING:
            self.parts.tool.cool(True)
            yield from self._delay(_DOOR_COOLANT_S)
        if self.phase is Phase.RESTORING:
            self.events.add(Event.RESTORED)

    def _delay(self, seconds: float) -> Work[None]:
        for _ in range(round(seconds / _DELAY_STEP_S)):
            yield from self.look()
            if self.phase is not Phase.RESTORING:
                return
            yield from self.parts.processor.busy(_DELAY_STEP_S)

    def _override(self) -> None:
        overrides, tool, parser = self.parts.overrides, self.parts.tool, self.parts.parser
        motion, spindle = overrides.apply()
        if motion:
            factors = overrides.feed / 100.0, overrides.rapid / 100.0
            self.parts.drive.trajectory.override(*factors)
        if spindle and self.phase in {Phase.IDLE, Phase.HELD}:
            tool.turn(parser.modal.spindle, parser.spindle_speed)
        elif spindle:
            tool.renew = True
