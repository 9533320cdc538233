"""The last look at a program's text before anything moves.

The text is interpreted as GRBL would, arcs included, and refused unless every point lies on
the paper and within the machine's reach, every line is one that GRBL takes, and nothing is
faster than the profile allows. X and Y move only while the pen draws or is clear of the paper.
Only the few commands that a drawing needs are let through.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field

from firmware_gcode.drawing.geometry import Rectangle
from firmware_gcode.drawing.paper import Paper
from firmware_gcode.facts import CodedError, Fact, fact
from firmware_gcode.gcode.actions import Arc, Dwell, Move, Spindle
from firmware_gcode.gcode.errors import GcodeError
from firmware_gcode.gcode.interpreter import Interpreter
from firmware_gcode.gcode.modal import SpindleMode
from firmware_gcode.gcode.words import strip_line, words_of
from firmware_gcode.motion.arcs import arc_extremes
from firmware_gcode.program.profile import Profile

_SETUP = frozenset({"G17", "G21", "G54", "G90", "G94"})
_ALLOWED = _SETUP | {"G0", "G1", "G2", "G3", "G4", "M3"}
_MAX_CHARACTERS = 79
_NOT_TEXT = re.compile(r"[^ -~]|[?!~]")
"""What is no text, or a real-time command."""
_ROUNDING_MM = 2e-4
"""GRBL computes in single precision: at 1,000 mm its numbers are 0.00006 mm apart."""
_MAX_DWELL_S = 10.0
_SHARE_OF_WAY = 0.99
"""Of a way of some hundredths of a millimetre the axes' shares are rounded so far."""
_PARKED_MM = 0.01
_PLACE_ROUNDING_MM = 0.006
_UNKNOWN = (-7777.0, -7777.0, 7777.0)
"""Where the pen is taken to be at first: nowhere, so that a word left out is found out."""


class ProgramError(CodedError, ValueError):
    """A program that must not be sent: the line at fault, from 1 (0: all), and the fault.

    The fault is the end of a sentence.
    """

    def __init__(self, line: int, fault: Fact) -> None:
        self.line = line
        told = fact("program-line-fault", line=line, fault=fault)
        super().__init__(told if line else fact("program-fault", fault=fault))


def refusal(number: int, raw: str, error: GcodeError) -> ProgramError:
    """What a person is told of a line that GRBL would refuse."""
    told = fact("program-line-refused-by-grbl", text=raw.strip(), why=error.fact)
    return ProgramError(number, told)


def check_program(text: str, profile: Profile, paper: Paper) -> None:
    """Refuse a program that is not safe to send, with the paper's corner at the work origin.

    Raises:
        ProgramError: The first line at fault, and what is wrong with it: GRBL would refuse it,
            it leaves the paper or the machine's reach (the pen may leave the paper only on a
            way to or from the park place), moves sideways while the pen neither draws nor is
            clear of the paper, moves sideways on the paper at a rapid, exceeds a feed or a
            height of the profile, or is a command that a drawing does not need. Or a program
            that does not set its modes or lift the pen before it moves, or does not end with
            the pen up.
    """
    _Checker(profile, paper).check(text)


@dataclass
class _Checker:
    """Follows the machine's state through the program.

    Attributes:
        height: Where the pen is: a height, or an S value; None while nobody knows.
        waited: Seconds of pauses since it was sent there.
    """

    profile: Profile
    paper: Paper
    interpreter: Interpreter = field(default_factory=Interpreter)
    number: int = 0
    height: float | None = None
    waited: float = 0.0
    setup: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.pen = self.profile.pen
        self.reach, self.sheet = self.profile.reach, self.paper.sheet

    def check(self, text: str) -> None:
        self.interpreter.position = _UNKNOWN
        lines = text.split("\n")
        if lines[-1]:
            self.number = len(lines)
            self._refuse(fact("program-no-newline"))
        for self.number, line in enumerate(lines[:-1], start=1):
            self._line(line)
        self.number = 0
        if not lines[:-1]:
            self._refuse(fact("program-empty"))
        if not self._pen_is_up():
            self._refuse(fact("program-ends-pen-down"))

    def _refuse(self, fault: Fact) -> None:
        raise ProgramError(self.number, fault)

    def _line(self, line: str) -> None:
        if len(line) > _MAX_CHARACTERS:
            self._refuse(fact("program-line-long", characters=len(line), most=_MAX_CHARACTERS))
        if _NOT_TEXT.search(line):
            self._refuse(fact("program-character"))
        before = self.interpreter.position
        try:
            text = strip_line(line)
            commands = self._commands(text)
            actions = self.interpreter.execute_stripped(text)
        except GcodeError as error:
            refused = fact("program-grbl-refuses", text=line, why=error.fact)
            raise ProgramError(self.number, refused) from None
        self.setup.update(commands)
        for action in actions:
            if isinstance(action, Move | Arc):
                self._motion(before, action)
            elif isinstance(action, Spindle):
                speed = 0.0 if action.mode is SpindleMode.OFF else action.speed
                self._bring(speed, self.pen.spindle_fault(speed))
            elif isinstance(action, Dwell):
                if not 0.0 <= action.seconds <= _MAX_DWELL_S:
                    self._refuse(
                        fact("program-waits", seconds=action.seconds, most=_MAX_DWELL_S)
                    )
                self.waited += action.seconds
            else:
                self._refuse(fact("program-needless", text=line))

    def _commands(self, line: str) -> set[str]:
        """The commands of a stripped line, all of them allowed ones."""
        commands: set[str] = set()
        if "G" not in line and "M" not in line:
            return commands
        for letter, value in words_of(line):
            if letter in "GM":
                command = f"{letter}{value:g}"
                if command not in _ALLOWED and command not in self.pen.commands:
                    self._refuse(fact("program-command", command=command))
                commands.add(command)
        return commands

    # The pen.

    def _pen_is_up(self) -> bool:
        return self.height is not None and self.pen.is_up(self.height)

    def _pen_is_clear(self) -> bool:
        return self.height is not None and self.pen.is_clear(self.height, self.waited)

    def _bring(self, value: float, fault: Fact | None) -> None:
        if fault:
            self._refuse(fault)
        if value != self.height:
            self.height, self.waited = value, 0.0

    # Motion.

    def _motion(self, before: tuple[float, float, float], action: Move | Arc) -> None:
        missing = _SETUP - self.setup
        if missing:
            self._refuse(fact("program-modes-unset", modes=" ".join(sorted(missing))))
        x, y, z = action.target
        sideways = (x, y) != before[:2] or isinstance(action, Arc)
        clear = self._pen_is_clear()
        if z != before[2]:
            self._bring(z, self.pen.height_fault(z))
            if sideways and (isinstance(action, Arc) or not (clear and self._pen_is_clear())):
                self._refuse(fact("program-slants"))
        if sideways:
            self._sideways(action, clear=clear)
        self._speed(before, action, clear=clear)

    def _sideways(self, action: Move | Arc, *, clear: bool) -> None:
        height = self.height
        if height is None:
            raise ProgramError(self.number, fact("program-moves-first"))
        if not clear and not self.pen.inks(height, height):
            self._refuse(fact("program-not-clear"))
        if isinstance(action, Move) and action.rapid and not clear:
            self._refuse(fact("program-rapid-down"))
        points = arc_extremes(action) if isinstance(action, Arc) else (action.target,)
        for x, y, _ in points:
            self._place(x, y, clear=clear)

    def _place(self, x: float, y: float, *, clear: bool) -> None:
        if not self.reach.holds(x, y, _ROUNDING_MM):
            self._refuse(fact("program-out-of-reach", x=round(x, 3), y=round(y, 3)))
        if self.sheet.holds(x, y, _ROUNDING_MM):
            return
        if not clear or not _on_way(self.profile.park, (x, y), self.sheet):
            self._refuse(fact("program-off-paper", x=round(x, 3), y=round(y, 3)))

    def _speed(
        self, before: tuple[float, float, float], action: Move | Arc, *, clear: bool
    ) -> None:
        """Refuse a feed that moves the pen, or its Z axis, faster than the profile allows."""
        profile = self.profile
        if isinstance(action, Arc):
            self._feed(action.feed, profile.travel_feed if clear else profile.draw_feed)
            return
        if action.rapid:
            return
        dx, dy, dz = (b - a for a, b in zip(before, action.target, strict=True))
        side, way = math.hypot(dx, dy), math.hypot(dx, dy, dz)
        slack = _SHARE_OF_WAY if side > 0.0 and dz else 1.0
        if side > 0.0:
            allowed = profile.travel_feed if clear else profile.draw_feed
            self._feed(slack * action.feed * side / way, allowed)
        if dz:
            self._feed(slack * action.feed * abs(dz) / way, profile.pen.fastest_feed)

    def _feed(self, feed: float, allowed: float) -> None:
        if feed > allowed + 0.5:
            self._refuse(fact("program-too-fast", feed=round(feed, 1), allowed=allowed))


def _on_way(park: tuple[float, float], place: tuple[float, float], sheet: Rectangle) -> bool:
    """Whether a place is on a straight way from the park place to a sheet.

    It is if the way on from there, as far as one likes, comes to the sheet. The places of a
    program are rounded.
    """
    if math.dist(park, place) < _PARKED_MM:
        return True
    first, last = 1.0, math.inf
    spans = ((sheet.x0, sheet.x1), (sheet.y0, sheet.y1))
    for home, here, span in zip(park, place, spans, strict=True):
        low, high = span[0] - _PLACE_ROUNDING_MM, span[1] + _PLACE_ROUNDING_MM
        way = here - home
        if way == 0.0:
            if not low <= here <= high:
                return False
            continue
        ends = sorted(((low - home) / way, (high - home) / way))
        first, last = max(first, ends[0]), min(last, ends[1])
    return first <= last
