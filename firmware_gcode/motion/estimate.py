"""How long a program takes, as the firmware executes it."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from firmware_gcode.gcode.actions import Action, Arc, Dwell, Move, Point, Probe
from firmware_gcode.gcode.errors import GcodeError
from firmware_gcode.gcode.interpreter import Interpreter
from firmware_gcode.gcode.words import float32
from firmware_gcode.motion import effort
from firmware_gcode.motion.arcs import arc_feed, arc_points
from firmware_gcode.motion.planner import Planner
from firmware_gcode.motion.segments import SLOTS, Segment, SegmentMaker, pulse_phase
from firmware_gcode.motion.settings import KEEP_ENABLED, MotionSettings


def dwell_seconds(seconds: float) -> float:
    """How long GRBL really waits for ``G4 P…``: whole steps of 50 ms, rounded up."""
    steps = math.ceil(float32(20.0 * seconds))
    return steps * (effort.DWELL_STEP_S + effort.DWELL_CHECK_S)


@dataclass(frozen=True, slots=True)
class ProgramTime:
    """How long a program takes.

    Attributes:
        seconds: From the first step of a motor to the last one; dwells between motions count,
            a dwell before the first or after the last motion does not.
        total_seconds: From sending the first line until everything is done, all dwells.
        per_line: What each line adds to the total, seconds; they sum up to `total_seconds`.
        errors: Lines that GRBL would refuse, and drop: their index and the error.
    """

    seconds: float
    total_seconds: float
    per_line: tuple[float, ...]
    errors: tuple[tuple[int, GcodeError], ...] = ()


def time_program(
    lines: Sequence[str], settings: MotionSettings, *, start: Point = (0.0, 0.0, 0.0)
) -> ProgramTime:
    """Work out how long GRBL needs for a program that is streamed without gaps.

    The lines go through the same interpreter, planner and segments as in the simulated
    machine, from `start` in machine mm; blank lines and `$` commands take no time. Lines that
    GRBL would refuse are listed in the times and move nothing.
    """
    run = _Run(settings, start)
    errors: list[tuple[int, GcodeError]] = []
    for index, line in enumerate(lines):
        try:
            run.execute(index, line)
        except GcodeError as error:
            errors.append((index, error))
    run.finish()
    per_line = []
    before = 0.0
    for done in run.done_at(len(lines)):
        per_line.append(done - before)
        before = done
    return ProgramTime(run.motion_seconds, before, tuple(per_line), tuple(errors))


class _Run:
    """A program on its way through the controller, with two clocks.

    One is the processor's, which reads and plans lines; one the motors', which execute the
    segments that wait in the queue.
    """

    def __init__(self, settings: MotionSettings, start: Point) -> None:
        self._settings = settings
        self._interpreter = Interpreter()
        self._interpreter.position = start
        self._planner = Planner(settings)
        self._planner.position = self._planner.to_steps(start)
        self._maker = SegmentMaker(self._planner)
        self._queue: deque[float] = deque()
        self._running = False
        self._now = 0.0
        self._done: dict[int, float] = {}
        self._last = 0.0
        self._first_pulse: float | None = None
        self._last_pulse = 0.0

    def execute(self, index: int, line: str) -> None:
        """Read one line, and wait where the firmware would."""
        self._now += effort.LINE_S + effort.CHARACTER_S * (len(line) + 1)
        self._fill()
        if line[:1] == "$":
            return
        for action in self._interpreter.execute(line):
            self._act(index, action)

    def _act(self, index: int, action: Action) -> None:
        match action:
            case Move():
                self._move(index, action.target, action)
            case Arc():
                self._arc(index, action)
            case Probe():
                self._synchronise(index)
                self._move(index, action.target, Move(action.target, action.feed))
                self._synchronise(index)
            case Dwell():
                self._synchronise(index)
                self._now += dwell_seconds(action.seconds)
                self._done[index] = self._now
            case _:  # Spindle, coolant, offsets, pauses and ends wait for the motion.
                self._synchronise(index)

    def _arc(self, index: int, arc: Arc) -> None:
        tolerance = self._settings.arc_tolerance
        feed, inverse = arc_feed(arc, tolerance)
        piece = Move(arc.target, feed, inverse_time=inverse)
        for point in arc_points(arc, tolerance):
            self._now += effort.ARC_STEP_S
            self._move(index, point, piece)

    def _move(self, index: int, target: Point, move: Move) -> None:
        self._fill()
        while self._planner.full:
            self._start()
            self._wait()
        self._planner.add(
            target, move.feed, rapid=move.rapid, inverse_time=move.inverse_time, tag=index
        )
        self._now += effort.MOVE_S + effort.REPLAN_S * self._planner.effort
        self._fill()

    def _start(self) -> None:
        if not self._running and self._planner.blocks:
            self._running = True
            self._fill()

    def _wait(self) -> None:
        """Let the processor wait for the next segment to end."""
        if self._queue:
            self._now = max(self._now, self._queue[0])
        self._fill()

    def _fill(self) -> None:
        """Cut as many segments as there is room for at this moment."""
        if not self._running:
            return
        queue = self._queue
        while True:
            while queue and queue[0] <= self._now:
                queue.popleft()
            if len(queue) == SLOTS:
                return
            segment = self._maker.next()
            if segment is None:
                break
            self._now += effort.SLICE_S
            begin = max(self._last, self._now)
            self._last = begin + segment.seconds
            queue.append(self._last)
            self._done[segment.block.tag] = self._last
            self._count_pulses(segment, begin)
        if not queue:
            self._running = False
            self._now += self._idle_lock()

    def _count_pulses(self, segment: Segment, begin: float) -> None:
        """Note when the first and the last pulse of a motor come."""
        if segment.count:
            per_step = segment.seconds / segment.count
            phase = pulse_phase(per_step)
            if self._first_pulse is None:
                self._first_pulse = begin + phase * per_step
            self._last_pulse = self._last - (1.0 - phase) * per_step

    @property
    def motion_seconds(self) -> float:
        """From the first pulse of a motor to the last one."""
        return 0.0 if self._first_pulse is None else self._last_pulse - self._first_pulse

    def _idle_lock(self) -> float:
        pause = self._settings.idle_lock_ms
        return 0.0 if pause == KEEP_ENABLED else pause / 1000.0

    def _synchronise(self, index: int) -> None:
        """Wait until all motion has ended."""
        self._start()
        while self._running:
            self._wait()
        self._now = max(self._now, self._last)
        self._done[index] = self._now

    def finish(self) -> None:
        """Execute what is still planned."""
        self._start()
        while self._running:
            self._wait()

    def done_at(self, count: int) -> list[float]:
        """When each line was executed, in rising order."""
        times = []
        latest = 0.0
        for index in range(count):
            latest = max(latest, self._done.get(index, 0.0))
            times.append(latest)
        return times
