"""A G-code interpreter for GRBL 1.1's subset, with its modes and error codes.

One interpreter serves the checker, the motion model and the simulated machine. A line is read
against the table of words, then its commands are carried out in the order of RS274/NGC (NIST
IR 6556, table 8): feed, spindle, coolant, dwell, tool length, coordinate system, commands
without a mode, motion, stopping. A line in which one of them fails changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from firmware_gcode.gcode import actions
from firmware_gcode.gcode.actions import Action, Move, Point
from firmware_gcode.gcode.arcs import MM_PER_INCH, resolve_arc
from firmware_gcode.gcode.errors import ErrorCode, GcodeError
from firmware_gcode.gcode.modal import (
    COORDINATE_SYSTEMS,
    G28_INDEX,
    G30_INDEX,
    Modal,
    Motion,
    SpindleMode,
)
from firmware_gcode.gcode.table import COMMANDS, MOTIONS, Block, Command, Group, read_block
from firmware_gcode.gcode.words import float32, strip_line

ORIGIN: Final[Point] = (0.0, 0.0, 0.0)
_MAX_LINE_NUMBER: Final = 10_000_000
_STORED: Final = {"G28": G28_INDEX, "G28.1": G28_INDEX, "G30": G30_INDEX, "G30.1": G30_INDEX}
_STRAIGHT: Final = frozenset({Motion.RAPID, Motion.LINE})
_FREE: Final = frozenset("XYZFNST")
"""Words that may stand in any line."""
_FREE_IN_JOGS: Final = frozenset("XYZFN")
_JOG_GROUPS: Final = frozenset({Group.NON_MODAL, Group.DISTANCE, Group.UNITS})
_G53: Final = COMMANDS["G53"]


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
        block = read_block(line[3:] if jog else line)
        before = self.__dict__.copy()
        try:
            return self._jog(block) if jog else self._carry_out(block)
        except GcodeError:
            self.__dict__.update(before)
            raise

    def _jog(self, block: Block) -> list[Action]:
        """A straight motion whose modes hold for this line alone."""
        before = self.__dict__.copy()
        self.modal = self.modal._replace(motion=Motion.LINE, inverse_time=False)
        self._carry_out(block, jog=True)
        end, feed = self.position, self.feed
        self.__dict__.update(before)
        other = block.commands.get(Group.NON_MODAL, _G53)
        if other is not _G53 or not block.commands.keys() <= _JOG_GROUPS:
            raise GcodeError(ErrorCode.INVALID_JOG)
        if self.jog_limits is not None:
            for value, travel in zip(end, self.jog_limits, strict=True):
                if value > 0 or value < -travel:
                    raise GcodeError(ErrorCode.TRAVEL_EXCEEDED)
        self.position = end
        return [Move(end, feed, spindle_speed=self.spindle_speed, jog=True)]

    def _carry_out(self, block: Block, *, jog: bool = False) -> list[Action]:
        values, commands, old = block.values, block.commands, self.modal
        if values.get("N", 0.0) >= _MAX_LINE_NUMBER + 1:
            raise GcodeError(ErrorCode.INVALID_LINE_NUMBER)
        modal = self.modal = _changed(old, commands) if commands else old
        axes = block.axes
        if block.owner is None and axes:
            block.owner = MOTIONS[modal.motion]
        moved = block.owner is not None and block.owner.group is Group.MOTION
        motion = modal.motion if moved else Motion.NONE
        self._set_feed(values.get("F"), old, motion, jog=jog)
        speed = self._set_spindle(values, old, block.done, moves=moved and bool(axes))
        self.tool = int(values.get("T", 0.0))
        if modal.inches:
            values |= {axis: float32(values[axis] * MM_PER_INCH) for axis in axes}
        if modal.coordinates != old.coordinates:
            self.coordinates = self.stored[modal.coordinates]
        block.target = self._target(block)
        if len(commands) > (Group.MOTION in commands):
            for group, acts in _BEFORE_MOTION:
                if group in commands and (act := acts.get(commands[group].name)):
                    act(self, block, commands[group].name)
            if modal.coordinates != old.coordinates:
                block.done.append(actions.OffsetsChanged())
        if axes and modal.motion is Motion.NONE:
            raise GcodeError(ErrorCode.UNEXPECTED_AXIS_WORDS)
        if motion is not Motion.NONE:
            self._move(motion, block, speed)
        unused = values.keys() - (_FREE_IN_JOGS if jog else _FREE)
        if unused and not unused <= block.taken:
            raise GcodeError(ErrorCode.UNUSED_WORDS)
        if stopping := commands.get(Group.STOPPING):
            self._stop(stopping.name, block.done)
        return block.done

    def _set_feed(self, given: float | None, old: Modal, motion: Motion, *, jog: bool) -> None:
        inverse = self.modal.inverse_time
        if given is None and (jog or (inverse and motion not in {Motion.NONE, Motion.RAPID})):
            raise GcodeError(ErrorCode.UNDEFINED_FEED)
        if inverse:
            self.feed = given or 0.0
        elif old.inverse_time:
            self.feed = given or 0.0  # Just back from G93: GRBL takes F as mm.
        elif given is not None:
            self.feed = float32(given * MM_PER_INCH) if self.modal.inches else given

    def _set_spindle(
        self, values: dict[str, float], old: Modal, done: list[Action], *, moves: bool
    ) -> float:
        """Change S, M3 to M5, M8 and M9; the S that motion of this line carries.

        With a laser (``$32``) S rides on motion, and the beam is dark where G0 is in force.
        """
        speed, modal = values.get("S", self.spindle_speed), self.modal
        dark = self.laser_mode and not modal.motion.is_cutting
        rides = self.laser_mode and moves
        turned = speed != self.spindle_speed
        if self.laser_mode and not moves and old.spindle is SpindleMode.CW:
            turned = turned or old.motion.is_cutting == dark
        self.spindle_speed = speed
        shown = 0.0 if dark else speed
        if turned and not rides and old.spindle is not SpindleMode.OFF:
            done.append(actions.Spindle(old.spindle, shown))
        if modal.spindle is not old.spindle:
            done.append(actions.Spindle(modal.spindle, shown))
        if modal.flood != old.flood:
            done.append(actions.Coolant(modal.flood))
        return shown

    def _target(self, block: Block) -> Point:
        """Where the line's axis words lead to, machine mm."""
        values, here = block.values, list(self.position)
        machine = block.commands.get(Group.NON_MODAL) is _G53
        for index, axis in enumerate("XYZ"):
            if axis not in values:
                continue
            given = values[axis]
            if machine:
                here[index] = given
            elif self.modal.incremental:
                here[index] = float32(given + here[index])
            else:
                shift = self.coordinates[index] + self.offset[index]
                given = float32(given + float32(shift)) if shift else given + 0.0
                lifted = self.tool_offset if index == 2 else 0.0
                here[index] = float32(given + lifted) if lifted else given
        return (here[0], here[1], here[2])

    def _zero(self, values: dict[str, float], base: Point, unnamed: Point) -> Point:
        """The offset, on top of a base, with which the present place reads as given."""
        zero = list(unnamed)
        for index, axis in enumerate("XYZ"):
            if axis in values:
                value = self.position[index] - base[index] - values[axis]
                zero[index] = float32(value - self.tool_offset if index == 2 else value)
        return (zero[0], zero[1], zero[2])

    # Commands without a mode, tool length, coordinate systems.

    def _dwell(self, block: Block, _name: str) -> None:
        if "P" not in block.values:
            raise GcodeError(ErrorCode.MISSING_VALUE)
        block.done.append(actions.Dwell(block.values["P"]))

    def _set_tool_length(self, block: Block, name: str) -> None:
        if name == "G43.1" and block.axes != ["Z"]:
            raise GcodeError(ErrorCode.G43_WRONG_AXIS)
        length = block.values["Z"] if name == "G43.1" else 0.0
        if length != self.tool_offset:
            self.tool_offset = length
            block.done.append(actions.OffsetsChanged())

    def _set_system(self, block: Block, _name: str) -> None:
        """G10: L2 gives the origin of a coordinate system, L20 what the place is to read."""
        values = block.with_axes()
        if "P" not in values and "L" not in values:
            raise GcodeError(ErrorCode.MISSING_VALUE)
        system, form = (int(values.get(letter, 0.0)) & 0xFF for letter in "PL")
        if system > COORDINATE_SYSTEMS:
            raise GcodeError(ErrorCode.UNSUPPORTED_COORDINATES)
        if form not in {2, 20} or (form == 2 and "R" in values):
            raise GcodeError(ErrorCode.UNSUPPORTED_COMMAND)
        index = system - 1 if system else self.modal.coordinates
        point = self.stored[index]
        if form == 20:
            point = self._zero(values, self.offset, point)
        else:
            x, y, z = (values.get(a, p) for a, p in zip("XYZ", point, strict=True))
            point = (x, y, z)
        self._store(index, point, block)
        if index == self.modal.coordinates:
            self.coordinates = point
            block.done.append(actions.OffsetsChanged())

    def _set_offset(self, block: Block, name: str) -> None:
        if name == "G92":
            self.offset = self._zero(block.with_axes(), self.coordinates, self.offset)
        else:
            self.offset = ORIGIN
        block.done.append(actions.OffsetsChanged())

    def _keep(self, block: Block, name: str) -> None:
        self._store(_STORED[name], self.position, block)

    def _store(self, index: int, point: Point, block: Block) -> None:
        self.stored = [*self.stored[:index], point, *self.stored[index + 1 :]]
        block.done.append(actions.StoreCoordinates(index, point))

    def _go(self, block: Block, name: str) -> None:
        """To a stored place; with axis words by way of them, on these axes."""
        goal = self.stored[_STORED[name]]
        if block.axes:
            block.done.append(self._straight(block.target))
            x, y, z = (
                there if axis in block.axes else here
                for axis, there, here in zip("XYZ", goal, self.position, strict=True)
            )
            goal = (x, y, z)
        block.done.append(self._straight(goal))
        self.position = goal

    def _in_machine_space(self, _block: Block, _name: str) -> None:
        if self.modal.motion not in _STRAIGHT:
            raise GcodeError(ErrorCode.G53_NEEDS_G0_OR_G1)

    # Motion and its end.

    def _straight(self, target: Point, *, rapid: bool = True, speed: float = 0.0) -> Move:
        return Move(target, self.feed, rapid, self.modal.inverse_time, speed)

    def _move(self, motion: Motion, block: Block, speed: float) -> None:
        rapid, start, target = motion is Motion.RAPID, self.position, block.target
        if self.feed == 0.0 and not rapid:
            raise GcodeError(ErrorCode.UNDEFINED_FEED)
        if motion in _STRAIGHT:
            if block.axes:
                block.done.append(self._straight(target, rapid=rapid, speed=speed))
        elif motion.is_arc:
            values = block.with_axes()
            arc = resolve_arc(values, self.modal, start, target, self.feed, speed)
            block.done.append(arc)
        elif block.with_axes() and target == start:
            raise GcodeError(ErrorCode.INVALID_TARGET)
        else:
            away = motion in {Motion.PROBE_AWAY, Motion.PROBE_AWAY_NO_ERROR}
            quiet = motion in {Motion.PROBE_TOWARD_NO_ERROR, Motion.PROBE_AWAY_NO_ERROR}
            inverse = self.modal.inverse_time
            block.done.append(actions.Probe(start, target, self.feed, away, quiet, inverse))
        self.position = target

    def _stop(self, name: str, done: list[Action]) -> None:
        if name == "M0":
            done.append(actions.Pause())
        elif name != "M1":  # M2 and M30 put back some of the modes: G1 G17 G54 G90 G94 M5 M9.
            self.modal = Modal(motion=Motion.LINE, inches=self.modal.inches)
            if not self.checking:
                self.coordinates = self.stored[0]
                done.append(actions.OffsetsChanged())
            done.append(actions.ProgramEnd())


_BEFORE_MOTION: Final[
    tuple[tuple[Group, dict[str, Callable[[Interpreter, Block, str], None]]], ...]
] = (
    (Group.NON_MODAL, {"G4": Interpreter._dwell}),
    (Group.TOOL_LENGTH, dict.fromkeys(("G43.1", "G49"), Interpreter._set_tool_length)),
    (
        Group.NON_MODAL,
        {
            "G10": Interpreter._set_system,
            **dict.fromkeys(("G28", "G30"), Interpreter._go),
            **dict.fromkeys(("G28.1", "G30.1"), Interpreter._keep),
            "G53": Interpreter._in_machine_space,
            **dict.fromkeys(("G92", "G92.1"), Interpreter._set_offset),
        },
    ),
)
"""What the commands do that come before motion, in the standard's order of execution."""


def _changed(modal: Modal, commands: dict[Group, Command]) -> Modal:
    """The modes that a line leaves in force."""
    changes: dict[str, Any] = {
        command.mode[0]: command.mode[1]
        for command in commands.values()
        if command.mode is not None and getattr(modal, command.mode[0]) != command.mode[1]
    }
    return modal._replace(**changes) if changes else modal
