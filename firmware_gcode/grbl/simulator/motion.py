"""How the program gives motion to the planner, and waits for it."""

from __future__ import annotations

import math
from abc import abstractmethod

from firmware_gcode.gcode.actions import (
    Action,
    Arc,
    Coolant,
    Dwell,
    Move,
    OffsetsChanged,
    Pause,
    Point,
    Probe,
    ProgramEnd,
    Spindle,
    StoreCoordinates,
)
from firmware_gcode.gcode.modal import SpindleMode
from firmware_gcode.gcode.words import float32
from firmware_gcode.grbl.simulator.core import FOREVER, Work
from firmware_gcode.grbl.simulator.realtime import Realtime
from firmware_gcode.grbl.simulator.state import Alarm, Flag, State
from firmware_gcode.motion import effort
from firmware_gcode.motion.arcs import arc_feed, arc_points


class MotionControl(Realtime):
    """Executes what the interpreter made of a line."""

    def perform(self, actions: list[Action]) -> Work[None]:
        """Do the actions of a line one after the other, until a reset ends them."""
        for action in actions:
            yield from self._perform(action)
            if self.abort:
                return

    def _perform(self, action: Action) -> Work[None]:
        match action:
            case Move():
                yield from self.line(action.target, action)
            case Arc():
                yield from self._arc(action)
            case Probe():
                yield from self.probe(action)
            case Dwell():
                yield from self._dwell(action.seconds)
            case Spindle():
                yield from self._spindle(action)
            case Coolant():
                if self.state is not State.CHECK:
                    yield from self.synchronise()
                    self.set_coolant(action.flood)
            case StoreCoordinates():
                yield from self.synchronise()
                self.eeprom.write_point(action.index, action.values)
                yield from self.store()
            case OffsetsChanged():
                yield from self.synchronise()
                self.wco_counter = 0
            case Pause():
                yield from self._pause()
            case ProgramEnd():
                yield from self._end_program()

    @abstractmethod
    def probe(self, action: Probe) -> Work[None]:
        """Move until the probe changes; the cycles know how."""

    def auto_start(self) -> None:
        """Have planned motion begin at the next check point."""
        if self.planner.blocks:
            self.flags |= Flag.CYCLE_START

    def synchronise(self) -> Work[None]:
        """Wait until all planned motion is executed."""
        self.auto_start()
        while True:
            yield from self.realtime()
            if self.abort or not (self.planner.blocks or self.state is State.CYCLE):
                return
            if not self.asked:
                yield FOREVER

    def line(self, target: Point, move: Move) -> Work[None]:
        """Plan a straight motion, when there is room for it (``mc_line``)."""
        if self.settings.on(20) and self.state is not State.JOG:
            yield from self._check_soft_limits(target)
            if self.abort:
                return
        if self.state is State.CHECK:
            return
        while True:
            yield from self.realtime()
            if self.abort:
                return
            if not self.planner.full:
                break
            if self.idle:
                self.auto_start()
            elif not self.asked:
                yield FOREVER
        spindle_on = self.interpreter.modal.spindle is not SpindleMode.OFF
        block = self.planner.add(
            target,
            move.feed,
            rapid=move.rapid,
            inverse_time=move.inverse_time,
            fixed_feed=move.jog,
            spindle_speed=move.spindle_speed if spindle_on else 0.0,
        )
        self.compute(effort.MOVE_S + effort.REPLAN_S * self.planner.effort)
        laser_on = self.interpreter.modal.spindle is SpindleMode.CW
        if block is None and self.settings.on(32) and laser_on:
            yield from self._spindle(Spindle(SpindleMode.CW, move.spindle_speed))

    def travel_exceeded(self, target: Point) -> bool:
        """Whether a target lies outside the machine's travel (``$130`` to ``$132``)."""
        travels = self.settings.axes(130)
        return any(
            value > 0 or value < -travel for value, travel in zip(target, travels, strict=True)
        )

    def _check_soft_limits(self, target: Point) -> Work[None]:
        if not self.travel_exceeded(target):
            return
        self.soft_limit = True
        if self.state is State.CYCLE:
            self.flags |= Flag.FEED_HOLD
            yield from self.until_idle()
            if self.abort:
                return
        self.request_reset()
        self.alarm = Alarm.SOFT_LIMIT
        yield from self.realtime()

    def until_idle(self) -> Work[None]:
        """Wait until motion has ended and the state is Idle, or a reset comes."""
        while True:
            yield from self.realtime()
            if self.abort or self.idle:
                return
            if not self.asked:
                yield FOREVER

    def _arc(self, arc: Arc) -> Work[None]:
        tolerance = self.settings[12]
        feed, inverse = arc_feed(arc, tolerance)
        piece = Move(arc.target, feed, inverse_time=inverse, spindle_speed=arc.spindle_speed)
        for point in arc_points(arc, tolerance):
            yield from self.pay(effort.ARC_STEP_S)
            yield from self.line(point, piece)
            if self.abort:
                return

    def _dwell(self, seconds: float) -> Work[None]:
        if self.state is State.CHECK:
            return
        yield from self.synchronise()
        for _ in range(math.ceil(float32(20.0 * seconds)) & 0xFFFF):
            if self.abort:
                return
            yield from self.realtime()
            yield from self.busy(effort.DWELL_STEP_S + effort.DWELL_CHECK_S)

    def _spindle(self, action: Spindle) -> Work[None]:
        if self.state is State.CHECK:
            return
        yield from self.synchronise()
        self.set_spindle(action.mode, action.speed)

    def _pause(self) -> Work[None]:
        yield from self.synchronise()
        if self.state is not State.CHECK:
            self.flags |= Flag.FEED_HOLD
            yield from self.realtime()

    def _end_program(self) -> Work[None]:
        yield from self.synchronise()
        self.overrides = {"feed": 100, "rapid": 100, "spindle": 100}
        self.planner.feed_override = self.planner.rapid_override = 1.0
        if self.state is not State.CHECK:
            self.wco_counter = 0
            self.set_spindle(SpindleMode.OFF, 0.0)
            self.set_coolant(False)
        self.message("Pgm End")
