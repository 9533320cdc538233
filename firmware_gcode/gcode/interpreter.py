"""A G-code interpreter for GRBL 1.1's subset, with its modes and error codes.

One interpreter serves the checker, the motion model and the simulated machine. A line is read
against the table of words, then its commands are carried out in the order of RS274/NGC (NIST
IR 6556, table 8): feed, spindle, coolant, dwell, tool length, coordinate system, commands
without a mode, motion, stopping. A line in which one of them fails changes nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from firmware_gcode.gcode import actions
from firmware_gcode.gcode.actions import ORIGIN, PLACES, Action, Modal, Motion, Move, Point
from firmware_gcode.gcode.errors import ErrorCode, GcodeError, require
from firmware_gcode.gcode.table import COMMANDS, MOTIONS, Block, Command, Group, read_block
from firmware_gcode.gcode.words import float32, strip_line

MM_PER_INCH: Final = 25.4
_OFF_CIRCLE_MM: Final = (0.005, 0.5)
"""An arc's end may miss the circle by the first, or by a thousandth of the radius up to the
second (GRBL's documentation of error 33)."""
_MAX_LINE_NUMBER: Final = 10_000_000
_SYSTEMS: Final = PLACES.index("G28")
_STRAIGHT: Final = frozenset({Motion.RAPID, Motion.LINE})
_FREE: Final = frozenset("XYZFNST")
"""Words that may stand in any line."""
_FREE_IN_JOGS: Final = frozenset("XYZFN")
_JOG_GROUPS: Final = frozenset({Group.NON_MODAL, Group.DISTANCE, Group.UNITS})
_G53: Final = COMMANDS["G53"]


class Interpreter:
    """What GRBL's parser remembers between lines, and what each line makes of it."""

    def __init__(self) -> None:
        self.stored: list[Point] = [ORIGIN] * len(PLACES)  # As in the EEPROM.
        self.laser_mode = False  # `$32`: S and M3 behave for a laser.
        # Travel that jogs must not leave (machine space from minus the travel to 0), or None.
        self.jog_limits: Point | None = None
        self.position: Point = ORIGIN  # Where the last commanded motion ends, machine mm.
        self.reset()

    def reset(self) -> None:
        """Go back to the state after a soft reset; stored positions and position remain."""
        self.checking = False  # `$C`: M2 leaves the coordinate system loaded as it is.
        self.modal = Modal()
        self.feed = 0.0  # mm/min; 0: none.
        self.spindle_speed = 0.0
        self.tool = 0  # That of the last line: GRBL forgets it with the next one.
        self.offset: Point = ORIGIN  # That of G92, mm,
        self.tool_offset = 0.0  # and of Z that of G43.1.
        self.coordinates: Point = self.stored[0]  # The system in force (G54 … G59).

    @property
    def work_offset(self) -> Point:
        """Machine position minus work position, mm (GRBL's ``WCO``)."""
        x, y, z = self.coordinates
        dx, dy, dz = self.offset
        return (float32(x + dx), float32(y + dy), float32(float32(z + dz) + self.tool_offset))

    def execute(self, line: str) -> list[Action]:
        """Interpret a line, or a jog that begins with ``$J=``, and take over its modes.

        Comments, blanks and lower case are allowed. Returns what the machine must do, in
        order. GcodeError: GRBL would refuse the line; nothing has changed.
        """
        line = strip_line(line)
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
        require(other is _G53 and block.commands.keys() <= _JOG_GROUPS, ErrorCode.INVALID_JOG)
        require(not self.is_outside(end), ErrorCode.TRAVEL_EXCEEDED)
        self.position = end
        return [Move(end, feed, spindle_speed=self.spindle_speed, jog=True)]

    def is_outside(self, place: Point) -> bool:
        """Whether a place in machine space is beyond `jog_limits`."""
        return self.jog_limits is not None and any(
            value > 0 or value < -travel
            for value, travel in zip(place, self.jog_limits, strict=True)
        )

    def _carry_out(self, block: Block, *, jog: bool = False) -> list[Action]:
        values, commands, old = block.values, block.commands, self.modal
        require(values.get("N", 0.0) < _MAX_LINE_NUMBER + 1, ErrorCode.INVALID_LINE_NUMBER)
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
            named = {command.name for command in commands.values()}
            for name, act in _BEFORE_MOTION.items():
                if name in named:
                    act(self, block, name)
            if modal.coordinates != old.coordinates:
                block.done.append(actions.Signal.OFFSETS_CHANGED)
        require(not axes or modal.motion is not Motion.NONE, ErrorCode.UNEXPECTED_AXIS_WORDS)
        if motion is not Motion.NONE:
            self._move(motion, block, speed)
        unused = values.keys() - (_FREE_IN_JOGS if jog else _FREE)
        require(not unused or unused <= block.taken, ErrorCode.UNUSED_WORDS)
        if stopping := commands.get(Group.STOPPING):
            self._stop(stopping.name, block.done)
        return block.done

    def _set_feed(self, given: float | None, old: Modal, motion: Motion, *, jog: bool) -> None:
        inverse = self.modal.inverse_time
        needed = jog or (inverse and motion not in {Motion.NONE, Motion.RAPID})
        require(given is not None or not needed, ErrorCode.UNDEFINED_FEED)
        if inverse or old.inverse_time:
            self.feed = given or 0.0  # Just back from G93 too: GRBL takes F as mm.
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
        if self.laser_mode and not moves and old.spindle is actions.SpindleMode.CW:
            turned = turned or old.motion.is_cutting == dark
        self.spindle_speed = speed
        shown = 0.0 if dark else speed
        if turned and not rides and old.spindle is not actions.SpindleMode.OFF:
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
        require("P" in block.values, ErrorCode.MISSING_VALUE)
        block.done.append(actions.Dwell(block.values["P"]))

    def _set_tool_length(self, block: Block, name: str) -> None:
        require(name == "G49" or block.axes == ["Z"], ErrorCode.G43_WRONG_AXIS)
        length = block.values["Z"] if name == "G43.1" else 0.0
        if length != self.tool_offset:
            self.tool_offset = length
            block.done.append(actions.Signal.OFFSETS_CHANGED)

    def _set_system(self, block: Block, _name: str) -> None:
        """G10: L2 gives the origin of a coordinate system, L20 what the place is to read."""
        values = block.values
        require(block.axes, ErrorCode.NO_AXIS_WORDS)
        require("P" in values or "L" in values, ErrorCode.MISSING_VALUE)
        system, form = (int(values.get(letter, 0.0)) & 0xFF for letter in "PL")
        require(system <= _SYSTEMS, ErrorCode.UNSUPPORTED_COORDINATES)
        require(form == 20 or (form == 2 and "R" not in values), ErrorCode.UNSUPPORTED_COMMAND)
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
            block.done.append(actions.Signal.OFFSETS_CHANGED)

    def _set_offset(self, block: Block, name: str) -> None:
        if name == "G92":
            require(block.axes, ErrorCode.NO_AXIS_WORDS)
            self.offset = self._zero(block.values, self.coordinates, self.offset)
        else:
            self.offset = ORIGIN
        block.done.append(actions.Signal.OFFSETS_CHANGED)

    def _keep(self, block: Block, name: str) -> None:
        self._store(PLACES.index(name[:3]), self.position, block)

    def _store(self, index: int, point: Point, block: Block) -> None:
        self.stored = [*self.stored[:index], point, *self.stored[index + 1 :]]
        block.done.append(actions.StoreCoordinates(index, point))

    def _go(self, block: Block, name: str) -> None:
        """To a stored place; with axis words by way of them, on these axes."""
        goal = self.stored[PLACES.index(name)]
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
        require(self.modal.motion in _STRAIGHT, ErrorCode.G53_NEEDS_G0_OR_G1)

    # Motion and its end.

    def _straight(self, target: Point, *, rapid: bool = True, speed: float = 0.0) -> Move:
        return Move(target, self.feed, rapid, self.modal.inverse_time, speed)

    def _move(self, motion: Motion, block: Block, speed: float) -> None:
        rapid, start, target = motion is Motion.RAPID, self.position, block.target
        require(rapid or self.feed != 0.0, ErrorCode.UNDEFINED_FEED)
        require(motion in _STRAIGHT or block.axes, ErrorCode.NO_AXIS_WORDS)
        if motion in _STRAIGHT:
            if block.axes:
                block.done.append(self._straight(target, rapid=rapid, speed=speed))
        elif motion.is_arc:
            block.done.append(self._arc(block.values, target, speed))
        else:
            require(target != start, ErrorCode.INVALID_TARGET)
            away = motion in {Motion.PROBE_AWAY, Motion.PROBE_AWAY_NO_ERROR}
            quiet = motion in {Motion.PROBE_TOWARD_NO_ERROR, Motion.PROBE_AWAY_NO_ERROR}
            inverse = self.modal.inverse_time
            block.done.append(actions.Probe(start, target, self.feed, away, quiet, inverse))
        self.position = target

    def _arc(self, values: dict[str, float], target: Point, speed: float) -> actions.Arc:
        """The arc that a line's words make: by its radius, or by the way to its centre."""
        modal, start = self.modal, self.position
        axes = actions.PLANES[modal.plane]
        first, second, _ = axes
        named = values.keys() & {"XYZ"[first], "XYZ"[second]}
        require(named, ErrorCode.NO_AXIS_WORDS_IN_PLANE)
        chord = tuple(float32(target[axis] - start[axis]) for axis in (first, second))
        clockwise = modal.motion is Motion.ARC_CW
        unit = MM_PER_INCH if modal.inches else 1.0
        lengths = {each: float32(values[each] * unit) for each in "IJKR" if each in values}
        if "R" in lengths:
            require(start != target, ErrorCode.INVALID_TARGET)
            centre, exists = centre_by_radius(chord, lengths["R"], clockwise)
            require(exists, ErrorCode.ARC_RADIUS)
            x, y = centre.tolist()
        else:
            letters = "IJK"[first], "IJK"[second]
            require(not lengths.keys().isdisjoint(letters), ErrorCode.NO_OFFSETS_IN_PLANE)
            x, y = (lengths.get(letter, 0.0) for letter in letters)
            radius = math.hypot(x, y)
            always, most = _OFF_CIRCLE_MM
            off = abs(math.hypot(chord[0] - x, chord[1] - y) - radius)
            require(off <= max(always, min(most, 0.001 * radius)), ErrorCode.INVALID_TARGET)
        inverse = modal.inverse_time
        return actions.Arc(start, target, (x, y), axes, clockwise, self.feed, inverse, speed)

    def _stop(self, name: str, done: list[Action]) -> None:
        if name == "M0":
            done.append(actions.Signal.PAUSE)
        elif name != "M1":  # M2 and M30 put back some of the modes: G1 G17 G54 G90 G94 M5 M9.
            self.modal = Modal(motion=Motion.LINE, inches=self.modal.inches)
            if not self.checking:
                self.coordinates = self.stored[0]
                done.append(actions.Signal.OFFSETS_CHANGED)
            done.append(actions.Signal.PROGRAM_END)


_BEFORE_MOTION: Final[dict[str, Callable[[Interpreter, Block, str], None]]] = {
    "G4": Interpreter._dwell,
    **dict.fromkeys(("G43.1", "G49"), Interpreter._set_tool_length),
    "G10": Interpreter._set_system,
    **dict.fromkeys(("G28", "G30"), Interpreter._go),
    **dict.fromkeys(("G28.1", "G30.1"), Interpreter._keep),
    "G53": Interpreter._in_machine_space,
    **dict.fromkeys(("G92", "G92.1"), Interpreter._set_offset),
}
"""What the commands do that come before motion, in the standard's order of execution."""


def centre_by_radius(
    chord: Sequence[float] | NDArray[Any], radius: Any, clockwise: Any
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """From an arc's start to its centre, mm, and where there is one (NIST IR 6556, 3.5.3).

    It is on the chord's perpendicular. Of one arc or of many: `chord` and the result have a
    row for each of the plane's axes. A negative R takes the longer way round.
    """
    x, y = chord
    height_sqr = 4.0 * radius * radius - x * x - y * y
    length = np.hypot(x, y)
    # A chord of no length (a helix of whole turns by R) has no perpendicular.
    across = np.sqrt(np.maximum(height_sqr, 0.0)) / np.where(length > 0.0, length, np.inf)
    side = np.where(clockwise == (radius > 0.0), across, -across)
    centre = 0.5 * np.array([x + y * side, y - x * side])
    return centre, np.asarray(height_sqr).astype(np.float32) >= 0.0


def _changed(modal: Modal, commands: dict[Group, Command]) -> Modal:
    """The modes that a line leaves in force."""
    changes: dict[str, Any] = {
        command.mode[0]: command.mode[1]
        for command in commands.values()
        if command.mode is not None and getattr(modal, command.mode[0]) != command.mode[1]
    }
    return modal._replace(**changes) if changes else modal
