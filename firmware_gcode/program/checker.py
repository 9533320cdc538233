"""The last look at a program's text before anything moves.

The text is interpreted as GRBL would, arcs included, and refused unless every point lies on
the paper and within the machine's reach, every line is one that GRBL takes, and nothing is
faster than the profile allows. Only the few commands that a drawing needs are let through.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

from firmware_gcode.drawing.paper import Paper
from firmware_gcode.gcode.actions import Arc, Dwell, Move, Spindle
from firmware_gcode.gcode.errors import GcodeError
from firmware_gcode.gcode.interpreter import Interpreter
from firmware_gcode.gcode.words import strip_line, words_of
from firmware_gcode.program.pen import ServoPen, ZPen
from firmware_gcode.program.profile import Profile

_SETUP = frozenset({"G17", "G21", "G54", "G90", "G94"})
_ALLOWED = _SETUP | {"G0", "G1", "G2", "G3", "G4", "M3"}
_MAX_CHARACTERS = 79
_REAL_TIME = frozenset("?!~")
_ROUNDING_MM = 2e-4
"""GRBL computes in single precision: at 1,000 mm its numbers are 0.00006 mm apart."""
_MAX_DWELL_S = 10.0
_FULL_CIRCLE = 5e-7
"""Radians below which GRBL takes an arc for a full circle (`ARC_ANGULAR_TRAVEL_EPSILON`)."""
_UNKNOWN = (-7777.0, -7777.0, 7777.0)
"""Where the pen is taken to be at first: nowhere, so that a word left out is found out."""


class ProgramError(ValueError):
    """A program that must not be sent.

    Attributes:
        line: Number of the line at fault, counted from 1; 0 if it is the program as a whole.
    """

    def __init__(self, line: int, fault: str) -> None:
        self.line = line
        where = f"line {line} of the program" if line else "the program"
        super().__init__(f"{where} {fault}")


def check_program(text: str, profile: Profile, paper: Paper) -> None:
    """Refuse a program that is not safe to send.

    Args:
        text: The program, lines ended by a newline.
        profile: The machine that would draw it.
        paper: The paper under the pen, its lower left corner at the work origin.

    Raises:
        ProgramError: The first line at fault, and what is wrong with it: GRBL would refuse it,
            it leaves the paper or the machine's reach (the pen may leave the paper only to go
            to the park place), moves sideways on the paper at a rapid, exceeds a feed or a
            height of the profile, or is a command that a drawing does not need. Or a program
            that does not set its modes or lift the pen before it moves, or does not end with
            the pen up.
    """
    _Checker(profile, paper).check(text)


def _somewhere() -> Interpreter:
    interpreter = Interpreter()
    interpreter.position = _UNKNOWN
    return interpreter


@dataclass
class _Checker:
    """Follows the machine's state through the program."""

    profile: Profile
    paper: Paper
    interpreter: Interpreter = field(default_factory=_somewhere)
    number: int = 0
    height: float | None = None
    setup: set[str] = field(default_factory=set)

    def check(self, text: str) -> None:
        lines = text.split("\n")
        if lines[-1]:
            self.number = len(lines)
            self._refuse("does not end with a newline")
        for self.number, line in enumerate(lines[:-1], start=1):
            self._line(line)
        self.number = 0
        if not lines[:-1]:
            self._refuse("is empty")
        if not self._pen_is_up():
            self._refuse("does not end with the pen up")

    def _refuse(self, fault: str) -> None:
        raise ProgramError(self.number, fault)

    def _line(self, line: str) -> None:
        if len(line) > _MAX_CHARACTERS:
            self._refuse(f"has {len(line)} characters; GRBL takes {_MAX_CHARACTERS}")
        if any(not " " <= c <= "~" or c in _REAL_TIME for c in line):
            self._refuse("has a character that GRBL would act on or throw away")
        before = self.interpreter.position
        try:
            commands = self._commands(line)
            actions = self.interpreter.execute(line)
        except GcodeError as error:
            raise ProgramError(
                self.number, f"({line}) would be refused by GRBL: {error}"
            ) from None
        self.setup |= commands
        for action in actions:
            if isinstance(action, Move | Arc):
                self._motion(before, action)
            elif isinstance(action, Spindle):
                self._servo(action)
            elif isinstance(action, Dwell):
                if not 0.0 <= action.seconds <= _MAX_DWELL_S:
                    self._refuse(f"waits {action.seconds:g} s, more than {_MAX_DWELL_S:g} s")
            else:
                self._refuse(f"({line}) does something that no drawing needs")

    def _commands(self, line: str) -> set[str]:
        """The commands of a line, all of them allowed ones."""
        commands = set()
        for letter, value in words_of(strip_line(line)):
            if letter in "GM":
                command = f"{letter}{value:g}"
                if command not in _ALLOWED:
                    self._refuse(f"uses {command}, which no drawing needs")
                commands.add(command)
        return commands

    # The pen.

    def _pen_is_up(self) -> bool:
        pen = self.profile.pen
        if self.height is None:
            return False
        if isinstance(pen, ZPen):
            return self.height >= pen.up - _ROUNDING_MM
        return abs(self.height - pen.up) < 0.01

    def _servo(self, action: Spindle) -> None:
        pen = self.profile.pen
        if not isinstance(pen, ServoPen):
            self._refuse("switches the spindle, but the pen is moved by the Z axis")
            return
        low, high = sorted((pen.up, pen.down))
        if not low - 0.5 <= action.speed <= high + 0.5:
            self._refuse(f"sets the servo to {action.speed:g}, outside of {low:g} to {high:g}")
        self.height = action.speed

    def _lift(self, z: float) -> None:
        pen = self.profile.pen
        if not isinstance(pen, ZPen):
            self._refuse("moves the Z axis, but the pen is moved by a servo")
            return
        if not pen.down - _ROUNDING_MM <= z <= pen.up + _ROUNDING_MM:
            self._refuse(
                f"moves the pen to z = {z:g}, outside of {pen.down:g} to {pen.up:g} mm"
            )
        self.height = z

    # Motion.

    def _motion(self, before: tuple[float, float, float], action: Move | Arc) -> None:
        missing = _SETUP - self.setup
        if missing:
            self._refuse(f"moves before the program has set {' '.join(sorted(missing))}")
        x, y, z = action.target
        sideways = (x, y) != before[:2] or isinstance(action, Arc)
        if z != before[2]:
            if sideways:
                self._refuse("moves the pen sideways and up or down at once")
            self._lift(z)
            if isinstance(action, Move) and not action.rapid:
                self._feed(action.feed, self._lifting_feed())
        elif sideways:
            self._sideways(before, action)

    def _sideways(self, before: tuple[float, float, float], action: Move | Arc) -> None:
        if self.height is None:
            self._refuse("moves sideways before the program has lifted the pen")
        up = self._pen_is_up()
        rapid = isinstance(action, Move) and action.rapid
        if rapid and not up:
            self._refuse("moves at a rapid with the pen down")
        for x, y in _extremes(before, action):
            self._place(x, y, up=up)
        if not rapid:
            profile = self.profile
            self._feed(action.feed, profile.travel_feed if up else profile.draw_feed)

    def _place(self, x: float, y: float, *, up: bool) -> None:
        if not self.profile.reach.contains([(x, y)], _ROUNDING_MM):
            self._refuse(f"goes to ({x:.3f}, {y:.3f}), out of the machine's reach")
        parked = up and math.dist((x, y), self.profile.park) < 0.01
        if not parked and not self.paper.sheet.contains([(x, y)], _ROUNDING_MM):
            self._refuse(f"goes to ({x:.3f}, {y:.3f}), which is not on the paper")

    def _lifting_feed(self) -> float:
        pen = self.profile.pen
        return (
            max(pen.up_feed, pen.down_feed, pen.landing_feed) if isinstance(pen, ZPen) else 0.0
        )

    def _feed(self, feed: float, allowed: float) -> None:
        if feed > allowed + 0.5:
            self._refuse(f"moves at F{feed:g}; the profile allows {allowed:g} mm/min here")


def _extremes(
    before: tuple[float, float, float], action: Move | Arc
) -> Iterator[tuple[float, float]]:
    """The end of a motion, and the outermost points of an arc."""
    yield action.target[0], action.target[1]
    if isinstance(action, Move):
        return
    cx, cy = before[0] + action.offset[0], before[1] + action.offset[1]
    first = math.atan2(-action.offset[1], -action.offset[0])
    last = math.atan2(action.target[1] - cy, action.target[0] - cx)
    if action.clockwise:
        first, last = last, first
    turn = (last - first) % math.tau
    if turn <= _FULL_CIRCLE:
        turn = math.tau
    for quarter in range(4):
        angle = quarter * math.pi / 2
        if (angle - first) % math.tau <= turn:
            yield cx + action.radius * math.cos(angle), cy + action.radius * math.sin(angle)
