"""Carries out what a line of G-code asks for, and the homing cycle ``$H``."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from firmware_gcode.gcode import actions
from firmware_gcode.gcode.actions import Action, Move, Signal, SpindleMode
from firmware_gcode.gcode.errors import ErrorCode, require
from firmware_gcode.gcode.words import float32
from firmware_gcode.grbl.simulator.board import Board
from firmware_gcode.grbl.simulator.phases import Alarm, Event, Phase
from firmware_gcode.grbl.simulator.processor import FOREVER, Work
from firmware_gcode.grbl.simulator.supervisor import Supervisor
from firmware_gcode.motion import timer
from firmware_gcode.motion.arcs import arc_lines

_ORDER: Final = ((2,), (0, 1))
"""Of homing: Z first, then X and Y together (GRBL's default `HOMING_CYCLE_0` and `_1`)."""
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
class Executor:
    """Moves, waits, switches, stores and homes."""

    board: Board
    supervisor: Supervisor

    def execute(self, line: str) -> Work[None]:
        """Do what a line asks for; GcodeError, also for an axis that the build has not."""
        missing = "XYZ"[self.board.speech.axes :]
        require(not set(missing) & set(line), ErrorCode.UNSUPPORTED_COMMAND)
        for action in self.board.parser.execute(line):
            if isinstance(action, Move):
                yield from self._move(action)
            elif isinstance(action, actions.Arc):
                for chord in arc_lines(action, self.board.settings[12]):
                    yield from self.board.processor.pay(timer.ARC_STEP_S)
                    yield from self._move(chord)
            elif (
                self.supervisor.phase is not Phase.CHECK
                or isinstance(action, actions.StoreCoordinates)
                or action in {Signal.OFFSETS_CHANGED, Signal.PROGRAM_END}
            ):
                yield from self._wait_and_do(action)

    def _wait_and_do(self, action: Action) -> Work[None]:
        """What is done when all motion has ended."""
        board, supervisor = self.board, self.supervisor
        try:
            yield from self.synchronise()
        finally:  # It is said even if a reset comes meanwhile.
            if action is Signal.PROGRAM_END:
                board.processor.message("Pgm End")
        match action:
            case actions.StoreCoordinates():
                board.memory.write_point(action.number, action.values)
                yield from board.store()
            case Signal.OFFSETS_CHANGED:
                supervisor.reporter.offset_due = 0
            case actions.Probe():
                yield from self._probe(action)
            case actions.Dwell():
                for _ in range(math.ceil(float32(20.0 * action.seconds)) & 0xFFFF):
                    yield from supervisor.attend()
                    yield from board.processor.busy(timer.DWELL_STEP_S + timer.DWELL_CHECK_S)
            case actions.Spindle():
                board.tool.turn(action.mode, action.speed)
            case actions.Coolant():
                board.tool.cool(action.flood)
            case Signal.PAUSE:
                supervisor.events.add(Event.HOLD)
                yield from supervisor.attend()
            case Signal.PROGRAM_END:
                board.reset_overrides()
                if supervisor.phase is not Phase.CHECK:
                    supervisor.reporter.offset_due = 0
                    board.tool.switch_off()

    def synchronise(self) -> Work[None]:
        """Wait until all planned motion is executed, or slowing down for a hold."""
        supervisor, trajectory = self.supervisor, self.board.drive.trajectory
        supervisor.start_planned()
        yield from supervisor.attend(
            lambda: bool(trajectory.blocks) or supervisor.phase is Phase.RUN
        )

    # Motion.

    def _move(self, move: Move) -> Work[None]:
        """Plan a straight motion, when there is room for it."""
        supervisor, board = self.supervisor, self.board
        spindle = board.parser.modal.spindle
        if supervisor.phase is not Phase.JOG and board.parser.is_outside(move.target):
            yield from self._refuse_limit()
        if supervisor.phase is Phase.CHECK:
            return
        yield from supervisor.attend(self._has_no_room)
        dark = spindle is SpindleMode.OFF
        block = board.drive.plan(move._replace(spindle_speed=0.0) if dark else move)
        if block is None and board.settings.on(32) and spindle is SpindleMode.CW:
            yield from self.synchronise()
            board.tool.turn(SpindleMode.CW, move.spindle_speed)

    def _has_no_room(self) -> bool:
        """Whether the plan is full; motion begins then."""
        full = self.board.drive.trajectory.full
        if full and self.supervisor.phase is Phase.IDLE:
            self.supervisor.start_planned()
        return full

    def _refuse_limit(self) -> Work[None]:
        supervisor = self.supervisor
        if supervisor.phase is Phase.RUN:
            supervisor.events.add(Event.LIMIT)
            yield from supervisor.attend(lambda: supervisor.phase is not Phase.IDLE)
        supervisor.reset(Alarm.SOFT_LIMIT)
        yield from supervisor.attend()

    def _probe(self, probe: actions.Probe) -> Work[None]:
        """Move until the probe closes (or opens), for G38.2 to G38.5."""
        supervisor, parser, inputs = self.supervisor, self.board.parser, self.board.inputs
        inputs.met, inputs.away = False, probe.away
        if inputs.probe_closed:
            supervisor.alarm = Alarm.PROBE_FAIL_INITIAL
            yield from supervisor.attend()
            inputs.away = False
            parser.position = probe.start
            return
        way = Move(probe.target, probe.feed, inverse_time=probe.inverse_time, jog=True)
        yield from self._move(way)
        inputs.probing = True
        supervisor.events.add(Event.START)
        yield from supervisor.attend(lambda: supervisor.phase is not Phase.IDLE)
        inputs.met = not inputs.probing
        if not inputs.met and probe.no_error:
            inputs.contact = tuple(self.board.drive.position)
        elif not inputs.met:
            supervisor.alarm = Alarm.PROBE_FAIL_CONTACT
        inputs.probing = inputs.away = False
        missed = parser.position
        try:
            yield from supervisor.attend()
            yield from supervisor.drop_motion()
        finally:
            self.board.processor.say(supervisor.reporter.probing())
        if not inputs.met:
            parser.position = missed

    # Homing.

    def home(self) -> Work[int]:
        """Home all axes; returns the alarm that it ended with, 0 for none."""
        settings, drive = self.board.settings, self.board.drive
        for axes in _ORDER:
            for approach, rate, times, reach in _LEGS:
                limits = [settings[reach + axis * (reach == _TRAVEL)] for axis in axes]
                way = -times * max(limits) if approach else times * max(limits)
                self._set_off(axes, way, settings[rate])
                if alarm := (yield from self._until_met(axes, approach=approach)):
                    return alarm
                drive.drop()
                yield from self.board.processor.busy(settings[26] / 1000.0)
            self._set_place(axes)
        self.board.parser.position = drive.place
        drive.drop()
        drive.free = {0, 1, 2}
        return 0

    def _set_off(self, axes: tuple[int, ...], way: float, rate: float) -> None:
        """Begin to move away from the switches by `way` mm, towards them if negative."""
        drive = self.board.drive
        target = list(drive.place)
        for axis in axes:
            drive.position[axis] = 0
            target[axis] = way if int(self.board.settings[23]) >> axis & 1 else -way
        drive.free = set(axes)
        move = Move((target[0], target[1], target[2]), rate * math.sqrt(len(axes)), jog=True)
        drive.drop()
        drive.plan(move)
        drive.go()

    def _until_met(self, axes: tuple[int, ...], *, approach: bool) -> Work[int]:
        """Stop each axis where its switch is met; without `approach` until the way is done.

        Returns the alarm if motion has ended otherwise than it should; 0 if all is well.
        """
        supervisor, drive, inputs = self.supervisor, self.board.drive, self.board.inputs
        while True:
            if approach:
                drive.advance()
                drive.free -= {axis for axis, met in enumerate(inputs.limits) if met}
            drive.cut()
            if supervisor.resetting or supervisor.events & {Event.DOOR, Event.STOPPED}:
                break
            if not drive.free:
                return 0
            yield FOREVER
        stopped = Event.STOPPED in supervisor.events
        supervisor.events.discard(Event.STOPPED)
        if approach and stopped:
            return Alarm.HOMING_FAIL_APPROACH
        if not approach and any(inputs.limits[axis] for axis in axes):
            return Alarm.HOMING_FAIL_PULLOFF
        if Event.DOOR in supervisor.events:
            return Alarm.HOMING_FAIL_DOOR
        return Alarm.HOMING_FAIL_RESET if supervisor.resetting else 0

    def _set_place(self, axes: tuple[int, ...]) -> None:
        """Machine zero lies where the switches are, less the pull-off."""
        settings = self.board.settings
        for axis in axes:
            place = -settings[_PULL_OFF]
            if int(settings[23]) >> axis & 1:
                place = settings[_PULL_OFF] - settings[_TRAVEL + axis]
            self.board.drive.position[axis] = round(place * settings[100 + axis])
