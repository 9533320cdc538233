"""Carries out what a line of G-code asks for, one action after the other."""

from __future__ import annotations

import math
from dataclasses import dataclass

from firmware_gcode.gcode import actions
from firmware_gcode.gcode.actions import Action, Move, Point
from firmware_gcode.gcode.errors import ErrorCode, GcodeError
from firmware_gcode.gcode.modal import SpindleMode
from firmware_gcode.gcode.words import float32
from firmware_gcode.grbl.simulator.parts import Parts
from firmware_gcode.grbl.simulator.phases import Alarm, Event, Phase
from firmware_gcode.grbl.simulator.processor import FOREVER, Restart, Work
from firmware_gcode.grbl.simulator.supervisor import Supervisor
from firmware_gcode.motion import effort
from firmware_gcode.motion.arcs import arc_feed, arc_points


@dataclass(eq=False, slots=True)
class Executor:
    """Moves, waits, switches and stores; in check mode it does nothing of it."""

    parts: Parts
    supervisor: Supervisor

    def understood(self, line: str) -> list[Action]:
        """What a stripped line asks for; words for an axis that the build has not are unknown.

        Raises:
            GcodeError: It is refused.
        """
        if set("XYZ"[self.parts.speech.axes :]) & set(line):
            raise GcodeError(ErrorCode.UNSUPPORTED_COMMAND)
        return self.parts.parser.execute_stripped(line)

    def perform(self, asked: list[Action]) -> Work[None]:
        """Do the actions of a line in their order."""
        for action in asked:
            if isinstance(action, Move):
                yield from self.move(action)
            elif isinstance(action, actions.Arc):
                yield from self._arc(action)
            else:
                yield from self._wait_and_do(action)

    def _wait_and_do(self, action: Action) -> Work[None]:
        """What is done when all motion has ended."""
        parts, checking = self.parts, self.supervisor.phase is Phase.CHECK
        lasts = (actions.StoreCoordinates, actions.OffsetsChanged, actions.ProgramEnd)
        if checking and not isinstance(action, lasts):
            return
        if isinstance(action, actions.ProgramEnd):
            yield from self._end_program(checking=checking)
            return
        yield from self.synchronise()
        match action:
            case actions.StoreCoordinates():
                parts.memory.write_point(action.index, action.values)
                yield from parts.store()
            case actions.OffsetsChanged():
                parts.due.offset = 0
            case actions.Probe():
                yield from self._probe(action)
            case actions.Dwell():
                for _ in range(math.ceil(float32(20.0 * action.seconds)) & 0xFFFF):
                    yield from self.supervisor.attend()
                    step = effort.DWELL_STEP_S + effort.DWELL_CHECK_S
                    yield from parts.processor.busy(step)
            case actions.Spindle():
                parts.tool.turn(action.mode, action.speed)
            case actions.Coolant():
                parts.tool.cool(action.flood)
            case actions.Pause():
                self.supervisor.events.add(Event.HOLD)
                yield from self.supervisor.attend()

    def synchronise(self) -> Work[None]:
        """Wait until all planned motion is executed, or slowing down for a hold."""
        supervisor, drive = self.supervisor, self.parts.drive
        supervisor.start_planned()
        yield from supervisor.wait_while(
            lambda: drive.planned or supervisor.phase is Phase.RUN
        )

    def move(self, move: Move) -> Work[None]:
        """Plan a straight motion, when there is room for it."""
        supervisor, parts, modal = self.supervisor, self.parts, self.parts.parser.modal
        if supervisor.phase is not Phase.JOG and self._outside(move.target):
            yield from self._refuse_limit()
        if supervisor.phase is Phase.CHECK:
            return
        yield from supervisor.attend()
        while parts.drive.trajectory.full:
            if supervisor.phase is Phase.IDLE:
                supervisor.start_planned()
            elif not supervisor.asked:
                yield FOREVER
            yield from supervisor.attend()
        dark = modal.spindle is SpindleMode.OFF
        block = parts.drive.plan(move._replace(spindle_speed=0.0) if dark else move)
        if block is None and parts.settings.on(32) and modal.spindle is SpindleMode.CW:
            yield from self.synchronise()
            parts.tool.turn(SpindleMode.CW, move.spindle_speed)

    def _outside(self, target: Point) -> bool:
        """Whether a soft limit (`$20`) lies before a target."""
        travels = zip(target, self.parts.settings.axes(130), strict=True)
        return self.parts.settings.on(20) and any(
            value > 0 or value < -travel for value, travel in travels
        )

    def _refuse_limit(self) -> Work[None]:
        supervisor = self.supervisor
        if supervisor.phase is Phase.RUN:
            supervisor.events.add(Event.LIMIT)
            yield from supervisor.wait_while(lambda: supervisor.phase is not Phase.IDLE)
        supervisor.reset(Alarm.SOFT_LIMIT)
        yield from supervisor.attend()

    def _arc(self, arc: actions.Arc) -> Work[None]:
        tolerance = self.parts.settings[12]
        feed, inverse = arc_feed(arc, tolerance)
        piece = Move(arc.target, feed, inverse_time=inverse, spindle_speed=arc.spindle_speed)
        for point in arc_points(arc, tolerance):
            yield from self.parts.processor.pay(effort.ARC_STEP_S)
            yield from self.move(piece._replace(target=point))

    def _end_program(self, *, checking: bool) -> Work[None]:
        try:
            yield from self.synchronise()
        finally:  # It is said even if a reset comes meanwhile.
            self.parts.processor.message("Pgm End")
        self.parts.overrides.reset()
        self.parts.drive.trajectory.override(1.0, 1.0)
        if not checking:
            self.parts.due.offset = 0
            self.parts.tool.switch_off()

    def _probe(self, probe: actions.Probe) -> Work[None]:
        """Move until the probe closes (or opens), for G38.2 to G38.5."""
        supervisor, parser, inputs = self.supervisor, self.parts.parser, self.parts.inputs
        inputs.met, inputs.away = False, probe.away
        if inputs.probe_closed:
            supervisor.alarm = Alarm.PROBE_FAIL_INITIAL
            yield from supervisor.attend()
            inputs.away = False
            parser.position = probe.start
            return
        way = Move(probe.target, probe.feed, inverse_time=probe.inverse_time, jog=True)
        yield from self.move(way)
        inputs.probing = True
        supervisor.events.add(Event.START)
        yield from supervisor.wait_while(lambda: supervisor.phase is not Phase.IDLE)
        inputs.met = not inputs.probing
        if not inputs.met and probe.no_error:
            inputs.contact = self.parts.drive.position
        elif not inputs.met:
            supervisor.alarm = Alarm.PROBE_FAIL_CONTACT
        inputs.probing = inputs.away = False
        try:
            yield from supervisor.attend()
        except Restart:
            self.parts.processor.say(supervisor.reporter.probing())
            raise
        missed = parser.position
        yield from supervisor.drop_motion()
        self.parts.processor.say(supervisor.reporter.probing())
        if not inputs.met:
            parser.position = missed
