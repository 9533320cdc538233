"""Planned motion, and the motors that execute it in slices and count their steps."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

from firmware_gcode.gcode.actions import Move, Point
from firmware_gcode.grbl.simulator.memory import Settings
from firmware_gcode.grbl.simulator.processor import FOREVER, Processor
from firmware_gcode.grbl.simulator.tool import Tool
from firmware_gcode.motion import timer
from firmware_gcode.motion.timer import SLOTS
from firmware_gcode.motion.trajectory import Block, Slice, Steps, Trajectory

_ROUNDING: Final = 1e-6
_NONE: Final[Steps] = (0, 0, 0)


class Drive:
    """The planner, and motors with up to five slices, the first of them being executed."""

    def __init__(self, processor: Processor, settings: Settings, tool: Tool) -> None:
        self._processor = processor
        self._tool = tool
        self.trajectory = Trajectory(settings.motion())  # What is not yet handed over.
        self.slices: deque[tuple[float, float, Slice]] = deque()  # When each begins and ends.
        # What GRBL counts, steps, and how far the motors really turned since power-on: its
        # counter is set by homing and resets, the shaft is not.
        self.position, self.shaft = [0, 0, 0], [0, 0, 0]
        self.free = {0, 1, 2}  # Axes that step; homing keeps others (the counter runs on).
        self.moving = False  # The step interrupt is on.
        self.events_done, self._done = 0, _NONE  # Of the present block.
        # Called after steps, with the slice and the time.
        self.on_motion: Callable[[Slice, float], None] = lambda _slice, _at: None
        self._begun: Slice | None = None
        self._end = 0.0

    @property
    def place(self) -> Point:
        """Where the motors stand, machine mm."""
        return self.to_mm(self.position)

    def to_mm(self, steps: Sequence[int]) -> Point:
        """Convert steps to machine millimetres."""
        x, y, z = self.trajectory.settings.steps_per_mm
        return (steps[0] / x, steps[1] / y, steps[2] / z)

    # The program.

    def plan(self, move: Move) -> Block | None:
        """Add a straight motion, for which there is room; None if shorter than a step."""
        block = self.trajectory.plan(move)
        self._processor.compute(timer.MOVE_S + timer.REPLAN_S * self.trajectory.replanned)
        return block

    def cut(self) -> None:
        """Hand slices to the motors as long as there is room."""
        while len(self.slices) < SLOTS:
            piece = self.trajectory.next_slice()
            if piece is None:
                return
            self._processor.compute(timer.CUT_S)
            self._tool.prepare(piece)
            begin = max(self._end, self._processor.now)
            self._end = begin + piece.seconds
            self.slices.append((begin, self._end, piece))

    def go(self) -> None:
        """Execute what is planned, or the block outside the plan."""
        self.cut()
        if not self.moving:
            self.moving = True
            self._end = max(self._end, self._processor.now)

    def stop(self) -> None:
        """Stand still at once, in the middle of a step if need be."""
        self.advance()
        self.moving = False

    def halt(self) -> None:
        """Stand still at once, and forget what was handed over."""
        self.stop()
        self.slices.clear()
        self.events_done, self._done = 0, _NONE
        self.trajectory.halt()

    def drop(self) -> None:
        """Forget all motion; the plan goes on from where the motors stand."""
        self.halt()
        x, y, z = self.position
        self.trajectory.drop((x, y, z))

    # The step interrupt.

    def next_event(self) -> float:
        """When the present slice ends, or motors find nothing more to do; else infinity."""
        if not self.moving:
            return FOREVER
        return self.slices[0][1] if self.slices else self._end

    def advance(self) -> bool:
        """Turn until now; whether the motors came to their end."""
        if not self.moving:
            return False
        now = self._processor.now
        while self.slices:
            begin, end, piece = self.slices[0]
            if end > now:
                if begin < now:
                    share = piece.count * (now - begin) / (end - begin)
                    self._turn(piece, piece.first + int(share + _ROUNDING), now)
                return False
            self._turn(piece, piece.first + piece.count, end)
            self.slices.popleft()
            if piece.ends_block:
                self.events_done, self._done = 0, _NONE
        return self._end <= now

    def _turn(self, piece: Slice, events: int, at: float) -> None:
        """Make the steps of a block up to the given number of step events."""
        if piece is not self._begun:
            self._begun = piece
            if piece.pwm != self._tool.pwm:
                self._tool.write(piece.pwm)
        if events <= self.events_done:
            return
        done, self._done = self._done, block_steps(piece.block, events)
        self.events_done = events
        for axis in range(3):
            steps = self._done[axis] - done[axis]
            self.position[axis] += steps
            if axis in self.free:
                self.shaft[axis] += steps
        self.on_motion(piece, at)


def block_steps(block: Block, events: int) -> Steps:
    """How far each axis has come after some step events of a block, in whole steps."""
    x, y, z = [round(events * steps / block.events) for steps in block.steps]
    return (x, y, z)
