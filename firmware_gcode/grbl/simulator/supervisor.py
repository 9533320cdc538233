"""The check point: real-time bytes, buttons, alarms and ends of motion take effect here.

Interrupts only note what has happened. Every loop in which the program waits comes by here,
and the table of `phases` says what becomes of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from firmware_gcode.gcode.interpreter import Interpreter
from firmware_gcode.gcode.modal import SpindleMode
from firmware_gcode.grbl.simulator.drive import Drive
from firmware_gcode.grbl.simulator.inputs import LIMITS, Inputs
from firmware_gcode.grbl.simulator.overrides import Overrides
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
from firmware_gcode.grbl.simulator.processor import FOREVER, Processor, Restart, Work
from firmware_gcode.grbl.simulator.reports import Console
from firmware_gcode.grbl.simulator.settings import Settings
from firmware_gcode.grbl.simulator.tool import Tool

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


@dataclass(eq=False, slots=True)
class Supervisor:
    """The phase in which the controller is, and what waits to be noticed.

    Attributes:
        report: Makes a status report.
        alarm: The alarm that is to be told; 0 for none.
        resetting: A reset has come.
        reporting: A report was asked for.
    """

    processor: Processor
    console: Console
    settings: Settings
    parser: Interpreter
    drive: Drive
    tool: Tool
    inputs: Inputs
    overrides: Overrides
    report: Callable[[], str] = str
    phase: Phase = Phase.IDLE
    alarm: int = 0
    resetting: bool = False
    reporting: bool = False
    events: set[Event] = field(default_factory=set)

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
            self.overrides.hear(byte)

    def reset(self) -> None:
        """Stop everything at once and have the program start anew."""
        if self.resetting:
            return
        self.resetting = True
        self.tool.write(0)
        self.tool.flood = False
        if self.phase in MOVING or self.drive.stoppable:
            if self.phase is not Phase.HOMING:
                self.alarm = Alarm.ABORT_CYCLE
            elif not self.alarm:
                self.alarm = Alarm.HOMING_FAIL_RESET
            self.drive.motors.stop(self.processor.now)
            self.processor.freeze(self.pause_s)

    def motors_ended(self) -> None:
        """The motors found nothing more to do."""
        self.drive.motors.moving = False
        self.tool.motion_ended()
        self.processor.freeze(self.pause_s)
        self.events.add(Event.STOPPED)

    def set_pin(self, name: str, active: bool) -> None:
        """Change an input."""
        inputs = self.inputs
        if inputs.pins[name] == active:
            return
        self.drive.motors.advance(self.processor.now)
        inputs.pins[name] = active
        if name in LIMITS:
            if inputs.watched and self.phase is not Phase.ALARM and not self.alarm:
                self.reset()
                self.alarm = Alarm.HARD_LIMIT
        elif name == "probe":
            if inputs.probing and inputs.probe_closed:
                inputs.probing = False
                inputs.contact = self.drive.motors.position
                self.events.add(Event.CANCEL)
        else:  # Whichever button changes, all of them are read.
            if inputs.pins["reset"]:
                self.reset()
            buttons = {"start": Event.START, "hold": Event.HOLD}
            self.events |= {event for name, event in buttons.items() if inputs.pins[name]}

    @property
    def pause_s(self) -> float:
        """How long the controller pauses when the motors stop."""
        released = bool(self.alarm) or self.phase is Phase.SLEEP
        return 0.0 if self.phase is Phase.HOMING else self.drive.pause_s(released=released)

    # The program.

    @property
    def asked(self) -> bool:
        """Whether something is waiting to be done at the next check point."""
        due = any((self.phase, event) not in POSTPONED for event in self.events)
        return due or bool(
            self.resetting or self.reporting or self.alarm or self.overrides.asked
        )

    def start_planned(self) -> None:
        """Have planned motion begin at the next check point."""
        if self.drive.planned:
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
            self.console.say(self.report())
            yield from self.processor.pay()
            self.reporting = False
        if self.events & HOLDS:
            self.events.discard(Event.START)
        for event in sorted(self.events):
            if (self.phase, event) not in POSTPONED and event in self.events:
                self.events.discard(event)
                yield from self._happened(event)
        if self.overrides.asked:
            self._override()
        if self.phase in CUTTING:
            self.drive.cut()

    def _happened(self, event: Event) -> Work[None]:
        if change := TRANSITIONS.get((self.phase, event)):
            self.phase, effects = change
            for effect in effects:
                if (work := self._effects()[effect]()) is not None:
                    yield from work

    def _sound(self, alarm: int) -> Work[None]:
        self.phase = Phase.ALARM
        self.console.say(self.console.speech.alarm(alarm))
        yield from self.processor.busy(_ALARM_PAUSE_S)
        if alarm in FATAL:
            self.console.message("Reset to continue")
            self.resetting = False
            while not self.resetting:
                yield FOREVER
        self.alarm = 0

    # Effects.

    def _effects(self) -> dict[Effect, Callable[[], Work[None] | None]]:
        say, drive, tool = self.console.message, self.drive, self.tool
        return {
            Effect.BRAKE: drive.trajectory.hold,
            Effect.SETTLE: drive.trajectory.settle,
            Effect.RESUME: self._resume,
            Effect.DROP: self.drop_motion,
            Effect.TELL_DOOR: lambda: say("Check Door"),
            Effect.TELL_SLEEP: lambda: say("Sleeping"),
            Effect.SWITCH_OFF: tool.switch_off,
            Effect.RESTORE: self._restore,
            Effect.SPINDLE_OFF: self._stop_spindle,
            Effect.SPINDLE_ON: self._turn_spindle,
            Effect.TELL_SPINDLE: lambda: say("Restoring spindle"),
            Effect.TOGGLE_COOLANT: self._toggle_coolant,
        }

    def _resume(self) -> None:
        self.drive.trajectory.release()
        if self.drive.planned:
            self.drive.go()
        else:
            self.phase = Phase.IDLE

    def drop_motion(self) -> Work[None]:
        """Forget all planned motion; plan and parser go on from where the motors stand."""
        self.drive.drop()
        yield from self.processor.busy(self.pause_s)
        self.parser.position = self.drive.place

    def _toggle_coolant(self) -> None:
        flood = not self.parser.modal.flood
        self.parser.modal = self.parser.modal._replace(flood=flood)
        self.tool.cool(flood)

    def _stop_spindle(self) -> None:
        if self._spindle_on:
            self.tool.turn(SpindleMode.OFF, 0.0)
        else:
            self.phase = Phase.HELD

    @property
    def _spindle_on(self) -> bool:
        return self.parser.modal.spindle is not SpindleMode.OFF

    def _turn_spindle(self) -> None:
        """Turn the spindle as the next motion needs it; a laser's rides on that motion."""
        if self.settings.on(32):
            self.tool.renew = True
            return
        blocks = self.drive.trajectory.blocks
        speed = blocks[0].move.spindle_speed if blocks else self.parser.spindle_speed
        self.tool.turn(self.parser.modal.spindle, speed)

    def _restore(self) -> Work[None]:
        """Switch spindle and coolant on again after the door was closed, then go on."""
        if self._spindle_on:
            self._turn_spindle()
            yield from self._delay(0.0 if self.settings.on(32) else _DOOR_SPINDLE_S)
        if self.parser.modal.flood and self.phase is Phase.RESTORING:
            self.tool.cool(True)
            yield from self._delay(_DOOR_COOLANT_S)
        if self.phase is Phase.RESTORING:
            self.events.add(Event.RESTORED)

    def _delay(self, seconds: float) -> Work[None]:
        for _ in range(round(seconds / _DELAY_STEP_S)):
            yield from self.look()
            if self.phase is not Phase.RESTORING:
                return
            yield from self.processor.busy(_DELAY_STEP_S)

    def _override(self) -> None:
        overrides = self.overrides
        motion, spindle = overrides.apply()
        if motion:
            self.drive.trajectory.override(overrides.feed / 100.0, overrides.rapid / 100.0)
        if spindle and self.phase in {Phase.IDLE, Phase.HELD}:
            self.tool.turn(self.parser.modal.spindle, self.parser.spindle_speed)
        elif spindle:
            self.tool.renew = True
