"""A G-code interpreter with GRBL 1.1h's grammar, modal rules and error codes.

One interpreter serves the checker, the motion model and the simulated machine. It follows the
order of GRBL's `gc_execute_line`: the whole line is checked first, and a line with an error
changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from firmware_gcode.gcode import actions
from firmware_gcode.gcode.actions import Action, Move, Point
from firmware_gcode.gcode.arcs import MM_PER_INCH, resolve_arc
from firmware_gcode.gcode.block import AxisCommand, Block, Flow, NonModal, parse_block
from firmware_gcode.gcode.errors import ErrorCode, GcodeError
from firmware_gcode.gcode.modal import (
    COORDINATE_SYSTEMS,
    G28_INDEX,
    G30_INDEX,
    PLANES,
    Modal,
    Motion,
    SpindleMode,
)
from firmware_gcode.gcode.words import float32, strip_line

ORIGIN: Final[Point] = (0.0, 0.0, 0.0)
_MAX_LINE_NUMBER: Final = 10_000_000
_JOG_GROUPS: Final = frozenset({"G0", "G3", "G6"})
_AxisValue: TypeAlias = Callable[[int, float], float]


class Interpreter:
    """What GRBL's parser remembers between lines, and what each line makes of it.

    Attributes:
        modal: Modes in force.
        position: Where the last commanded motion ends, machine mm.
        feed: F in force, mm/min (0: none).
        spindle_speed: S in force.
        tool: The T of the last line (GRBL forgets it with the next line).
        offset: The G92 offset, mm.
        tool_offset: The G43.1 offset of Z, mm.
        coordinates: The coordinate system in force (G54 … G59), machine mm.
        stored: Positions of G54 … G59, G28 and G30 in the EEPROM, machine mm.
        laser_mode: Setting ``$32``: S and M3 behave for a laser.
        checking: Check mode ``$C``: M2 leaves the coordinate system loaded as it is.
        jog_limits: Travel of X, Y, Z in mm that jogs must not leave (machine space from
            minus the travel to 0), or None if soft limits are off.
    """

    def __init__(self, stored: Sequence[Point] | None = None) -> None:
        self.stored: list[Point] = list(stored or [ORIGIN] * (COORDINATE_SYSTEMS + 2))
        self.laser_mode = False
        self.jog_limits: Point | None = None
        self.position: Point = ORIGIN
        self.reset()

    def reset(self) -> None:
        """Go back to the state after a soft reset; stored positions and position remain."""
        self.checking = False
        self.modal = Modal()
        self.feed = 0.0
        self.spindle_speed = 0.0
        self.tool = 0
        self.offset: Point = ORIGIN
        self.tool_offset = 0.0
        self.coordinates: Point = self.stored[0]

    @property
    def work_offset(self) -> Point:
        """Machine position minus work position, mm (GRBL's ``WCO``)."""
        x, y, z = self.coordinates
        dx, dy, dz = self.offset
        return (float32(x + dx), float32(y + dy), float32(float32(z + dz) + self.tool_offset))

    @property
    def work_position(self) -> Point:
        """Where the last commanded motion ends, work mm."""
        (x, y, z), (dx, dy, dz) = self.position, self.work_offset
        return (x - dx, y - dy, z - dz)

    def execute(self, line: str) -> list[Action]:
        """Interpret a line, or a jog that begins with ``$J=``, and take over its modes.

        Comments, blanks and lower case are allowed. Returns what the machine must do, in
        order.

        Raises:
            GcodeError: GRBL would refuse the line; nothing has changed.
        """
        return self.execute_stripped(strip_line(line))

    def execute_stripped(self, line: str) -> list[Action]:
        """Interpret a line that `strip_line` has already cleaned; see `execute`."""
        jog = line.startswith("$J=")
        block = parse_block(line[3:] if jog else line, self.modal, jog=jog)
        if block.axis_command is AxisCommand.NONE and block.has_axes:
            block.axis_command = AxisCommand.MOTION
        if block.values.get("N", 0.0) >= _MAX_LINE_NUMBER + 1:
            raise GcodeError(ErrorCode.INVALID_LINE_NUMBER)
        return _Line(self, block).run()


def _as_given(_index: int, given: float) -> float:
    return given


class _Line:
    """One line on its way through the interpreter: checked first, executed then."""

    def __init__(self, owner: Interpreter, block: Block) -> None:
        self.owner = owner
        self.block = block
        self.modal = block.modal
        self.feed = 0.0
        self.speed = block.values.get("S", owner.spindle_speed)
        self.coordinates = owner.coordinates
        self.target: Point = ORIGIN
        self.stored: tuple[int, Point] | None = None
        self.arc: tuple[tuple[float, float], float] | None = None
        self.actions: list[Action] = []

    def run(self) -> list[Action]:
        """Check the line in GRBL's order, then execute it."""
        block = self.block
        self._check_feed()
        if block.non_modal is NonModal.DWELL:
            if "P" not in block.values:
                raise GcodeError(ErrorCode.MISSING_VALUE)
            block.unused.discard("P")
        if block.modal.inches:
            self._convert_axes()
        if block.tool_offset_on and self._axes_named() != "Z":
            raise GcodeError(ErrorCode.G43_WRONG_AXIS)
        if "G12" in block.groups and self.modal.coordinates != self.owner.modal.coordinates:
            self.coordinates = self.owner.stored[self.modal.coordinates]
        self._check_non_modal()
        self._check_motion()
        self._check_unused()
        return self._execute_jog() if block.jog else self._execute()

    def _axes_named(self) -> str:
        return "".join(letter for letter in "XYZ" if letter in self.block.values)

    def _check_feed(self) -> None:
        block, values = self.block, self.block.values
        given = values.get("F")
        scale = MM_PER_INCH if self.modal.inches else 1.0
        if block.jog:
            if given is None:
                raise GcodeError(ErrorCode.UNDEFINED_FEED)
            self.feed = float32(given * scale)
        elif self.modal.inverse_time:
            needs_feed = block.axis_command is AxisCommand.MOTION and (
                self.modal.motion not in (Motion.NONE, Motion.RAPID)
            )
            if needs_feed and given is None:
                raise GcodeError(ErrorCode.UNDEFINED_FEED)
            self.feed = given or 0.0
        elif self.owner.modal.inverse_time:
            self.feed = given or 0.0  # Just back from G93: GRBL takes F as mm.
        else:
            self.feed = self.owner.feed if given is None else float32(given * scale)

    def _convert_axes(self) -> None:
        for letter in self._axes_named():
            self.block.values[letter] = float32(self.block.values[letter] * MM_PER_INCH)

    # GRBL's step 3.19: commands without a mode, and where the line's target lies.

    def _check_non_modal(self) -> None:
        block = self.block
        if block.non_modal is NonModal.SET_COORDINATES:
            self._check_set_coordinates()
            return
        if block.non_modal is NonModal.SET_OFFSET:
            if not block.has_axes:
                raise GcodeError(ErrorCode.NO_AXIS_WORDS)
            self.target = self._axes(self._offset_of_axis, self.owner.offset)
            return
        if block.axis_command is not AxisCommand.TOOL_OFFSET and block.has_axes:
            self.target = self._axes(self._target_of_axis, self.owner.position)
        if block.non_modal in (NonModal.GO_G28, NonModal.GO_G30):
            self._check_go_stored()
        elif block.non_modal is NonModal.MACHINE_COORDINATES and (
            self.modal.motion not in (Motion.RAPID, Motion.LINE)
        ):
            raise GcodeError(ErrorCode.G53_NEEDS_G0_OR_G1)

    def _axes(self, value_of: _AxisValue, unnamed: Point) -> Point:
        """One value for each axis: computed where the line names it, else the given one."""
        values = [unnamed[0], unnamed[1], unnamed[2]]
        for index in range(3):
            given = self.block.axis(index)
            if given is not None:
                values[index] = float32(value_of(index, given))
        return (values[0], values[1], values[2])

    def _target_of_axis(self, index: int, given: float) -> float:
        if self.block.non_modal is NonModal.MACHINE_COORDINATES:
            return given
        if self.modal.incremental:
            return given + self.owner.position[index]
        value = given + float32(self.coordinates[index] + self.owner.offset[index])
        return float32(value) + self.owner.tool_offset if index == 2 else value

    def _offset_of_axis(self, index: int, given: float) -> float:
        value = self.owner.position[index] - self.coordinates[index] - given
        return value - self.owner.tool_offset if index == 2 else value

    def _work_zero_of_axis(self, index: int, given: float) -> float:
        value = self.owner.position[index] - self.owner.offset[index] - given
        return value - self.owner.tool_offset if index == 2 else value

    def _check_set_coordinates(self) -> None:
        block = self.block
        if not block.has_axes:
            raise GcodeError(ErrorCode.NO_AXIS_WORDS)
        if "P" not in block.values and "L" not in block.values:
            raise GcodeError(ErrorCode.MISSING_VALUE)
        system = int(block.values.get("P", 0.0)) & 0xFF
        if system > COORDINATE_SYSTEMS:
            raise GcodeError(ErrorCode.UNSUPPORTED_COORDINATES)
        form = int(block.values.get("L", 0.0)) & 0xFF
        if form not in (2, 20) or (form == 2 and "R" in block.values):
            raise GcodeError(ErrorCode.UNSUPPORTED_COMMAND)
        block.unused -= {"L", "P"}
        index = system - 1 if system else self.modal.coordinates
        value_of = self._work_zero_of_axis if form == 20 else _as_given
        self.stored = (index, self._axes(value_of, self.owner.stored[index]))

    def _check_go_stored(self) -> None:
        block = self.block
        index = G28_INDEX if block.non_modal is NonModal.GO_G28 else G30_INDEX
        goal = self.owner.stored[index]
        if block.has_axes:
            named, here = self._axes_named(), self.owner.position
            x, y, z = (goal[i] if "XYZ"[i] in named else here[i] for i in range(3))
            goal = (x, y, z)
        else:
            block.axis_command = AxisCommand.NONE
        self.stored = (index, goal)

    # GRBL's step 3.20: motion.

    def _check_motion(self) -> None:
        block, motion = self.block, self.modal.motion
        if motion is Motion.NONE:
            if block.has_axes:
                raise GcodeError(ErrorCode.UNEXPECTED_AXIS_WORDS)
        elif block.axis_command is AxisCommand.MOTION:
            if motion is not Motion.RAPID and self.feed == 0.0:
                raise GcodeError(ErrorCode.UNDEFINED_FEED)
            if motion in (Motion.RAPID, Motion.LINE):
                if not block.has_axes:
                    block.axis_command = AxisCommand.NONE
            elif motion.is_arc:
                self.arc = resolve_arc(block, self.owner.position, self.target)
            elif not block.has_axes:
                raise GcodeError(ErrorCode.NO_AXIS_WORDS)
            elif self.target == self.owner.position:
                raise GcodeError(ErrorCode.INVALID_TARGET)

    def _check_unused(self) -> None:
        block = self.block
        used = {"N", "F"} if block.jog else {"N", "F", "S", "T"}
        if block.axis_command is not AxisCommand.NONE:
            used |= {"X", "Y", "Z"}
        if block.unused - used:
            raise GcodeError(ErrorCode.UNUSED_WORDS)

    # GRBL's step 4: execution.

    def _execute_jog(self) -> list[Action]:
        block, owner = self.block, self.owner
        if block.groups - _JOG_GROUPS or block.non_modal not in (
            NonModal.NOTHING,
            NonModal.MACHINE_COORDINATES,
        ):
            raise GcodeError(ErrorCode.INVALID_JOG)
        target = self.target if block.has_axes else owner.position
        if owner.jog_limits is not None:
            for value, travel in zip(target, owner.jog_limits, strict=True):
                if value > 0 or value < -travel:
                    raise GcodeError(ErrorCode.TRAVEL_EXCEEDED)
        owner.position = target
        return [Move(target, self.feed, spindle_speed=owner.spindle_speed, jog=True)]

    def _execute(self) -> list[Action]:
        owner, block = self.owner, self.block
        motion_speed = self._execute_spindle()
        owner.feed = self.feed
        owner.tool = int(block.values.get("T", 0.0))
        if self.modal.flood != owner.modal.flood:
            self.actions.append(actions.Coolant(self.modal.flood))
        if block.non_modal is NonModal.DWELL:
            self.actions.append(actions.Dwell(block.values["P"]))
        if block.axis_command is AxisCommand.TOOL_OFFSET:
            self._execute_tool_offset()
        if self.modal.coordinates != owner.modal.coordinates:
            owner.coordinates = self.coordinates
            self.actions.append(actions.OffsetsChanged())
        owner.modal = self.modal
        self._execute_non_modal()
        if block.axis_command is AxisCommand.MOTION:
            self._execute_motion(motion_speed)
        if block.flow is Flow.PAUSED:
            self.actions.append(actions.Pause())
        elif block.flow is Flow.ENDED:
            self._execute_end()
        return self.actions

    def _execute_spindle(self) -> float:
        """Change S and M3/M4/M5; returns the S that motion of this line carries."""
        owner, old, new = self.owner, self.owner.modal, self.modal
        dark = owner.laser_mode and not new.motion.is_cutting
        with_motion = forced = False
        if owner.laser_mode:
            moves = self.block.has_axes and self.block.axis_command is AxisCommand.MOTION
            with_motion = moves
            if not moves and old.spindle is SpindleMode.CW:
                forced = old.motion.is_cutting == dark
        if owner.spindle_speed != self.speed or forced:
            if old.spindle is not SpindleMode.OFF and not with_motion:
                self.actions.append(actions.Spindle(old.spindle, 0.0 if dark else self.speed))
            owner.spindle_speed = self.speed
        motion_speed = 0.0 if dark else owner.spindle_speed
        if old.spindle is not new.spindle:
            self.actions.append(actions.Spindle(new.spindle, motion_speed))
        return motion_speed

    def _execute_tool_offset(self) -> None:
        offset = self.block.values.get("Z", 0.0) if self.block.tool_offset_on else 0.0
        if offset != self.owner.tool_offset:
            self.owner.tool_offset = offset
            self.actions.append(actions.OffsetsChanged())

    def _execute_non_modal(self) -> None:
        owner, command = self.owner, self.block.non_modal
        if command is NonModal.SET_COORDINATES and self.stored:
            index, values = self.stored
            self._store(index, values)
            if index == self.modal.coordinates:
                owner.coordinates = values
                self.actions.append(actions.OffsetsChanged())
        elif command in (NonModal.GO_G28, NonModal.GO_G30) and self.stored:
            if self.block.axis_command is not AxisCommand.NONE:
                self.actions.append(self._move(self.target, rapid=True))
            self.actions.append(self._move(self.stored[1], rapid=True))
            owner.position = self.stored[1]
        elif command is NonModal.SET_G28:
            self._store(G28_INDEX, owner.position)
        elif command is NonModal.SET_G30:
            self._store(G30_INDEX, owner.position)
        elif command in (NonModal.SET_OFFSET, NonModal.CLEAR_OFFSET):
            owner.offset = self.target if command is NonModal.SET_OFFSET else ORIGIN
            self.actions.append(actions.OffsetsChanged())

    def _store(self, index: int, values: Point) -> None:
        self.owner.stored[index] = values
        self.actions.append(actions.StoreCoordinates(index, values))

    def _move(self, target: Point, *, rapid: bool, speed: float = 0.0) -> Move:
        return Move(target, self.feed, rapid, self.modal.inverse_time, speed)

    def _execute_motion(self, speed: float) -> None:
        owner, motion, target = self.owner, self.modal.motion, self.target
        inverse = self.modal.inverse_time
        if motion.is_arc and self.arc is not None:
            way = (owner.position, target, *self.arc, PLANES[self.modal.plane])
            clockwise = motion is Motion.ARC_CW
            self.actions.append(actions.Arc(*way, clockwise, self.feed, inverse, speed))
        elif motion in (Motion.RAPID, Motion.LINE):
            self.actions.append(self._move(target, rapid=motion is Motion.RAPID, speed=speed))
        elif motion is not Motion.NONE:
            away = motion in (Motion.PROBE_AWAY, Motion.PROBE_AWAY_NO_ERROR)
            no_error = motion in (Motion.PROBE_TOWARD_NO_ERROR, Motion.PROBE_AWAY_NO_ERROR)
            self.actions.append(
                actions.Probe(owner.position, target, self.feed, away, no_error, inverse)
            )
        owner.position = target

    def _execute_end(self) -> None:
        """M2 and M30 put back some of the modes: G1 G17 G54 G90 G94 M5 M9."""
        owner = self.owner
        owner.modal = Modal(motion=Motion.LINE, inches=self.modal.inches)
        if not owner.checking:
            owner.coordinates = owner.stored[0]
            self.actions.append(actions.OffsetsChanged())
        self.actions.append(actions.ProgramEnd())
