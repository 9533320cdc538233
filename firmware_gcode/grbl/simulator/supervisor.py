"""The check point: real-time bytes, buttons, alarms and ends of motion take effect here.

Interrupts only note what has happened. Every loop in which the program waits comes by here,
and the table `TRANSITIONS` says what becomes of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from firmware_gcode.gcode.actions import SpindleMode
from firmware_gcode.grbl.simulator.board import Board
from firmware_gcode.grbl.simulator.inputs import LIMITS
from firmware_gcode.grbl.simulator.phases import Alarm, Event, Phase
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
_HOLDS: Final = frozenset({Event.CANCEL, Event.HOLD, Event.DOOR})
"""A start that comes together with one of these is void."""
_MOVING: Final = frozenset({Phase.RUN, Phase.HOMING, Phase.JOG})
"""A reset here loses steps: ALARM:3 (`reset-in-motion`), or 6 in homing."""
_FATAL: Final = frozenset({Alarm.HARD_LIMIT, Alarm.SOFT_LIMIT})
"""After these nothing but a reset is listened to."""
POSTPONED: Final = frozenset({(Phase.HOLDING, Event.SPINDLE)})
"""What waits for the next phase."""
_BUTTONS: Final = {"start": Event.START, "hold": Event.HOLD}
_ALARM_PAUSE_S: Final = 0.5
_DOOR_SPINDLE_S: Final = 4.0
_DOOR_COOLANT_S: Final = 1.0
_DELAY_STEP_S: Final = 0.05


class Supervisor:
    """The phase in which the controller is, and what waits to be noticed."""

    def __init__(self, board: Board) -> None:
        self.board = board
        board.receiver.on_realtime = self.hear
        self.reporter = Reporter(board)
        self.phase = Phase.IDLE
        self.events: set[Event] = set()
        self.clear()

    def clear(self) -> None:
        """Forget what waits; the phase remains."""
        self.alarm = 0  # That is to be told; 0: none.
        self.resetting = self.reporting = False  # Whether that was asked for.
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
        elif byte == 0x85 and self.phase is Phase.JOG:
            self.events.add(Event.CANCEL)
        else:
            self.board.overrides.hear(byte)

    def reset(self, alarm: int = 0) -> None:
        """Stop everything at once and have the program start anew, with an alarm to tell."""
        tool, drive = self.board.tool, self.board.drive
        if not self.resetting:
            self.resetting = True
            tool.write(0)
            tool.flood = False
            if self.phase in _MOVING or drive.trajectory.braking:
                if self.phase is not Phase.HOMING:
                    self.alarm = Alarm.ABORT_CYCLE
                elif not self.alarm:
                    self.alarm = Alarm.HOMING_FAIL_RESET
                drive.stop()
                self.board.processor.freeze(self.pause_s)
        self.alarm = alarm or self.alarm

    def motors_ended(self) -> None:
        """The motors found nothing more to do."""
        self.board.drive.moving = False
        self.board.tool.motion_ended()
        self.board.processor.freeze(self.pause_s)
        self.events.add(Event.STOPPED)

    def set_pin(self, name: str, active: bool) -> None:
        """Change an input."""
        inputs, drive = self.board.inputs, self.board.drive
        if inputs.pins[name] == active:
            return
        drive.advance()
        inputs.pins[name] = active
        if name in LIMITS:
            watched = self.board.settings.on(21) and not self.alarm
            if watched and self.phase not in {Phase.ALARM, Phase.HOMING}:
                self.reset(Alarm.HARD_LIMIT)
        elif name == "probe":
            if inputs.probing and inputs.probe_closed:
                inputs.probing = False
                inputs.contact = tuple(drive.position)
                self.events.add(Event.CANCEL)
        else:  # Whichever button changes, all of them are read.
            if inputs.pins["reset"]:
                self.reset()
            self.events |= {event for name, event in _BUTTONS.items() if inputs.pins[name]}

    @property
    def pause_s(self) -> float:
        """How long the controller pauses when motors stop, before it lets them go (`$1`).

        Those that are kept enabled are let go all the same after an alarm, and to sleep.
        """
        lock, released = int(self.board.settings[1]), self.alarm or self.phase is Phase.SLEEP
        kept = lock == KEEP_ENABLED and not released
        return 0.0 if kept or self.phase is Phase.HOMING else lock / 1000.0

    # The program.

    @property
    def asked(self) -> bool:
        """Whether something is waiting to be done at the next check point."""
        due = any((self.phase, event) not in POSTPONED for event in self.events)
        waiting = self.resetting or self.reporting or self.alarm
        return due or bool(waiting or self.board.overrides.asked)

    def start_planned(self) -> None:
        """Have planned motion begin at the next check point."""
        if self.board.drive.trajectory.blocks:
            self.events.add(Event.START)

    def attend(self, waits: Callable[[], bool] = lambda: False) -> Work[None]:
        """Do what is asked for until the program may go on; Restart if a reset has come."""
        yield from self._look()
        while self.phase.waits or waits():
            if not self.asked:
                yield FOREVER
            yield from self._look()

    def _look(self) -> Work[None]:
        """Do what is asked for, without waiting for a hold to end."""
        if self.alarm:
            yield from self._sound(self.alarm)
        if self.resetting:
            raise Restart
        if self.reporting:
            self.board.processor.say(self.reporter.status(self.phase))
            yield from self.board.processor.pay()
            self.reporting = False
        if self.events & _HOLDS:
            self.events.discard(Event.START)
        for event in sorted(self.events):
            if (self.phase, event) not in POSTPONED and event in self.events:
                self.events.discard(event)
                yield from self._happened(event)
        if self.board.overrides.asked:
            self._override()
        if (self.phase, Event.STOPPED) in TRANSITIONS:
            self.board.drive.cut()

    def _happened(self, event: Event) -> Work[None]:
        self.phase, effects = TRANSITIONS.get((self.phase, event), (self.phase, ()))
        for effect in effects:
            if isinstance(effect, str):
                self.board.processor.message(effect)
            elif (work := effect(self)) is not None:
                yield from work

    def _sound(self, alarm: int) -> Work[None]:
        self.phase = Phase.ALARM
        self.board.processor.say(self.board.speech.alarm(alarm))
        yield from self.board.processor.busy(_ALARM_PAUSE_S)
        if alarm in _FATAL:
            self.board.processor.message("Reset to continue")
            self.resetting = False
            while not self.resetting:
                yield FOREVER
        self.alarm = 0

    # What a change of phase does.

    def _brake(self) -> None:
        self.board.drive.trajectory.hold()

    def _settle(self) -> None:
        """The plan goes on from the place where it stands."""
        self.board.drive.trajectory.settle()

    def _switch_off(self) -> None:
        self.board.tool.switch_off()

    def _resume(self) -> None:
        self.board.drive.trajectory.release()
        if self.board.drive.trajectory.blocks:
            self.board.drive.go()
        else:
            self.phase = Phase.IDLE

    def drop_motion(self) -> Work[None]:
        """Forget all planned motion; plan and parser go on from where the motors stand."""
        self.board.drive.drop()
        yield from self.board.processor.busy(self.pause_s)
        self.board.parser.position = self.board.drive.place

    def _toggle_coolant(self) -> None:
        parser = self.board.parser
        parser.modal = parser.modal._replace(flood=not parser.modal.flood)
        self.board.tool.cool(parser.modal.flood)

    def _stop_spindle(self) -> None:
        if self.board.parser.modal.spindle is not SpindleMode.OFF:
            self.board.tool.turn(SpindleMode.OFF, 0.0)
        else:
            self.phase = Phase.HELD

    def _turn_spindle(self) -> None:
        """Turn the spindle as the next motion needs it; a laser's rides on that motion."""
        parser, blocks = self.board.parser, self.board.drive.trajectory.blocks
        if self.board.settings.on(32):
            self.board.tool.renew = True
        else:
            speed = blocks[0].move.spindle_speed if blocks else parser.spindle_speed
            self.board.tool.turn(parser.modal.spindle, speed)

    def _restore(self) -> Work[None]:
        """Switch spindle and coolant on again after the door was closed, then go on."""
        if self.board.parser.modal.spindle is not SpindleMode.OFF:
            self._turn_spindle()
            yield from self._delay(0.0 if self.board.settings.on(32) else _DOOR_SPINDLE_S)
        if self.board.parser.modal.flood and self.phase is Phase.RESTORING:
            self.board.tool.cool(True)
            yield from self._delay(_DOOR_COOLANT_S)
        if self.phase is Phase.RESTORING:
            self.events.add(Event.RESTORED)

    def _delay(self, seconds: float) -> Work[None]:
        for _ in range(round(seconds / _DELAY_STEP_S)):
            yield from self._look()
            if self.phase is not Phase.RESTORING:
                return
            yield from self.board.processor.busy(_DELAY_STEP_S)

    def _override(self) -> None:
        overrides, tool, parser = self.board.overrides, self.board.tool, self.board.parser
        motion, spindle = overrides.apply()
        if motion:
            self.board.drive.trajectory.override(overrides.feed / 100, overrides.rapid / 100)
        if spindle and self.phase in {Phase.IDLE, Phase.HELD}:
            tool.turn(parser.modal.spindle, parser.spindle_speed)
        elif spindle:
            tool.renew = True


Effect: TypeAlias = str | Callable[[Supervisor], Work[None] | None]
"""A message, or what is done."""
P, E, S = Phase, Event, Supervisor

TRANSITIONS: Final[Mapping[tuple[Phase, Event], tuple[Phase, tuple[Effect, ...]]]] = {
    (P.IDLE, E.HOLD): (P.HELD, ()),
    (P.IDLE, E.DOOR): (P.PARKED, ("Check Door", S._switch_off)),
    (P.IDLE, E.SLEEP): (P.SLEEP, (S._switch_off, "Sleeping")),
    (P.ALARM, E.SLEEP): (P.SLEEP, (S._switch_off, "Sleeping")),
    (P.IDLE, E.START): (P.RUN, (S._resume,)),
    (P.RUN, E.CANCEL): (P.ENDING, (S._brake,)),
    (P.RUN, E.LIMIT): (P.LIMITING, (S._brake,)),
    (P.RUN, E.HOLD): (P.HOLDING, (S._brake,)),
    (P.RUN, E.DOOR): (P.PARKING, ("Check Door", S._brake)),
    (P.HOLDING, E.STOPPED): (P.HELD, (S._settle,)),
    (P.HOLDING, E.CANCEL): (P.ENDING, ()),
    (P.HELD, E.CANCEL): (P.MET, ()),
    (P.MET, E.START): (P.IDLE, ()),
    (P.HOLDING, E.DOOR): (P.PARKING, ("Check Door",)),
    (P.HELD, E.START): (P.RUN, (S._resume,)),
    (P.HELD, E.DOOR): (P.PARKED, ("Check Door", S._switch_off)),
    (P.HELD, E.SPINDLE): (P.DARK, (S._stop_spindle,)),
    (P.DARK, E.SPINDLE): (P.HELD, ("Restoring spindle", S._turn_spindle)),
    (P.DARK, E.START): (P.RUN, ("Restoring spindle", S._turn_spindle, S._resume)),
    (P.DARK, E.DOOR): (P.PARKED, ("Check Door", S._switch_off)),
    (P.JOG, E.CANCEL): (P.CANCELLING, (S._brake,)),
    (P.JOG, E.HOLD): (P.CANCELLING, (S._brake,)),
    (P.JOG, E.DOOR): (P.CANCELLING_AJAR, ("Check Door", S._brake)),
    (P.CANCELLING, E.DOOR): (P.CANCELLING_AJAR, ("Check Door",)),
    (P.CANCELLING, E.STOPPED): (P.IDLE, (S.drop_motion,)),
    (P.CANCELLING_AJAR, E.STOPPED): (P.PARKED, (S.drop_motion, S._switch_off)),
    (P.PARKING, E.STOPPED): (P.PARKED, (S._settle, S._switch_off)),
    (P.PARKED, E.START): (P.RESTORING, (S._restore,)),
    (P.RESTORING, E.DOOR): (P.PARKED, ("Check Door", S._switch_off)),
    (P.RESTORING, E.RESTORED): (P.RUN, (S._resume,)),
    **{(p, E.STOPPED): (P.IDLE, ()) for p in (P.RUN, P.ENDING, P.LIMITING, P.JOG)},
    **{(p, E.DOOR): (p, ("Check Door",)) for p in (P.MET, P.PARKING, P.PARKED, P.SLEEP)},
    **{
        (p, E.COOLANT): (p, (S._toggle_coolant,))
        for p in (P.IDLE, P.RUN, P.HOLDING, P.LIMITING, P.HELD, P.DARK, P.JOG)
    },
}
"""What an event makes of a phase, and what is done then. What is not named changes nothing,
and is forgotten. Where motors may come to their end, planned motion is handed over to them."""
