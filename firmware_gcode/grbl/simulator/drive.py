"""Motion: what is planned, handed over in slices to the motors that execute it."""

from __future__ import annotations

from firmware_gcode.gcode.actions import Move, Point
from firmware_gcode.grbl.simulator.motors import Motors
from firmware_gcode.grbl.simulator.processor import Processor
from firmware_gcode.grbl.simulator.settings import Settings
from firmware_gcode.grbl.simulator.tool import Tool
from firmware_gcode.motion import effort
from firmware_gcode.motion.settings import KEEP_ENABLED
from firmware_gcode.motion.trajectory import Block, Steps, Trajectory


class Drive:
    """The planner and the motors behind it."""

    def __init__(self, processor: Processor, settings: Settings, tool: Tool) -> None:
        self._processor = processor
        self._settings = settings
        self._tool = tool
        self.motors = Motors()
        self.motors.on_slice = tool.ride
        self.trajectory = Trajectory(settings.motion())

    def configure(self) -> None:
        """Take over changed settings for the motion to come."""
        self.trajectory.settings = self._settings.motion()

    @property
    def planned(self) -> bool:
        """Whether there is motion that is not yet handed over."""
        return bool(self.trajectory.blocks)

    @property
    def stoppable(self) -> bool:
        """Whether a stop at once would lose steps, phases aside."""
        return self.trajectory.braking or self.trajectory.alone is not None

    @property
    def place(self) -> Point:
        """Where the motors stand, machine mm."""
        return self.to_mm(self.motors.position)

    def to_mm(self, steps: Steps) -> Point:
        """Convert steps to machine millimetres."""
        x, y, z = self.trajectory.settings.steps_per_mm
        return (steps[0] / x, steps[1] / y, steps[2] / z)

    def plan(self, move: Move) -> Block | None:
        """Add a straight motion, for which there is room; None if shorter than a step."""
        block = self.trajectory.plan(move)
        self._processor.compute(effort.MOVE_S + effort.REPLAN_S * self.trajectory.replanned)
        return block

    def cut(self) -> None:
        """Hand slices to the motors as long as there is room."""
        while self.motors.room:
            piece = self.trajectory.next_slice()
            if piece is None:
                return
            self._processor.compute(effort.SLICE_S)
            self._tool.prepare(piece)
            self.motors.push(piece, self._processor.now)

    def go(self) -> None:
        """Execute what is planned, or the block outside the plan."""
        self.cut()
        self.motors.start(self._processor.now)

    def halt(self) -> None:
        """Stand still at once, and forget what was handed over."""
        self.motors.stop(self._processor.now)
        self.motors.clear()
        self.trajectory.halt()

    def drop(self) -> None:
        """Forget all motion; the plan goes on from where the motors stand."""
        self.halt()
        self.trajectory.drop(self.motors.position)

    def pause_s(self, *, released: bool) -> float:
        """How long the controller pauses after a stop before it lets the motors go (`$1`).

        Those that are kept enabled are let go all the same when `released`.
        """
        lock = int(self._settings[1])
        return 0.0 if lock == KEEP_ENABLED and not released else lock / 1000.0
