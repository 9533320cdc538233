"""The one rule of what may be sent: no line takes the pen out of the machine's travel.

Every line to the port passes here, whoever wrote it: a program, a jog, the console, a
calibration. The parser's state (modes, offsets, the end of the last motion) is followed line
by line with the interpreter that also checks programs, so a relative move, an arc, an inch and
a G53 are judged by where they lead.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Final

from firmware_gcode.facts import CodedError, Fact, fact
from firmware_gcode.gcode.actions import Arc, Move, Point, Probe
from firmware_gcode.gcode.errors import GcodeError
from firmware_gcode.gcode.interpreter import Interpreter
from firmware_gcode.grbl.commands import writes_eeprom
from firmware_gcode.grbl.machine_state import MachineState
from firmware_gcode.grbl.protocol import padded
from firmware_gcode.motion.arcs import arc_extremes
from firmware_gcode.program.profile import Profile

SLACK_MM: Final = 0.05
"""Positions are reported in whole steps."""
STEPS_PER_MM: Final = frozenset({"$100", "$101", "$102"})
TRAVELS: Final = frozenset({"$130", "$131", "$132"})
DIRECTIONS: Final = "$3"
"""The mask of axes that run the other way."""

_SETTING: Final = re.compile(r"(\$\d{1,3})=([+-]?\d*\.?\d+)")
_MOVES: Final = re.compile(r"[XYZ]")


REFUSALS: Final = frozenset(
    {
        "grbl-refused",
        "line-would-be-refused",
        "move-without-position",
        "jog-longer-than-travel",
        "out-of-travel",
        "out-of-travel-zeroed",
        "out-of-heights",
    }
)
"""The codes with which a move by hand is refused once its turn comes."""


class LineRefusedError(CodedError):
    """A line was not carried out: GRBL refused it, or it was not sent."""


class TravelError(LineRefusedError):
    """A line that would leave the machine's travel, or make the machine lie about it."""


class Travel:
    """Judges every line before it is sent.

    Attributes:
        profile: The machine's profile.
        referenced: Whether it is known where the pen is. While it is not, the pen moves by
            jogs only, none longer than the travel.
        raised: By how much a pen was raised since its height was last known, mm.
        confirmed: Settings that a person has confirmed knowing what follows, as ``$130=400``.
    """

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self.referenced = False
        self.raised = 0.0
        self.confirmed: frozenset[str] = frozenset()
        self._parser = Interpreter()
        self._startup: tuple[str, ...] = ()
        self._doubtful = True

    @property
    def blind_lift(self) -> float:
        """How far a Z pen of unknown height may still be raised, mm: one lift at most.

        However often it begins anew, the pen comes no higher than the axis reaches above a
        pen that was on the paper at first.
        """
        pen = self.profile.pen
        low, top = pen.heights(self.profile, by_hand=False) or (0.0, 0.0)
        return max(0.0, min(pen.lift_mm, top - low - self.raised))

    def restarted(self) -> None:
        """Take note that GRBL was reset: its modes are those of the start."""
        self._parser.reset()
        self._take_words(self._startup)
        self._doubtful = True

    def learned(self, words: tuple[str, ...]) -> None:
        """Take in the answer to ``$G`` after a start: the start-up lines have run by then."""
        self._startup = words
        self._take_words(words)

    def doubt(self) -> None:
        """Take note that a line was not carried out: the position is read from reports."""
        self._doubtful = True

    def check(self, line: str, machine: MachineState, *, idle: bool) -> None:
        """Judge a line that is about to be sent, and follow it if it may be.

        Args:
            line: The line as it goes over the wire.
            machine: What the machine reported.
            idle: Whether every line sent before is answered.

        Raises:
            TravelError: It must not be sent; nothing has changed.
        """
        self.check_setting(line, machine)
        if not line.startswith("$") or line.startswith("$J="):
            self._locate(machine, idle=idle)
            self._parser = self._followed(self._parser, line)
        self._doubtful = self._doubtful or line.startswith("$H") or writes_eeprom(line)

    def check_setting(self, line: str, machine: MachineState) -> None:
        """Judge a line that may write a setting.

        Raises:
            TravelError: It would make the machine lie, and nobody has confirmed it.
        """
        setting = _SETTING.fullmatch(line)
        if setting is None or line in self.confirmed:
            return
        key, value = setting[1], float(setting[2])
        if lie := setting_lie(key, value, self.profile, machine.settings):
            raise TravelError(lie)

    def check_program(self, lines: Iterable[str], machine: MachineState) -> None:
        """Judge a whole program before its first line is sent.

        Raises:
            TravelError: One of its lines would leave the travel.
        """
        self._locate(machine, idle=True)
        parser = self._parser
        for line in lines:
            parser = self._followed(parser, line)

    def check_jog(self, here: Point | None, way: Point) -> None:
        """Judge a relative move by hand of `way` mm.

        `here` is where it begins, work coordinates in mm; None if that is not known.

        Raises:
            TravelError: It leads out of the travel, or is longer than it.
        """
        if self.referenced and here is not None:
            goal = (here[0] + way[0], here[1] + way[1], here[2] + way[2])
            self._check_place(here, goal, by_hand=True)
        else:
            self._check_length(way)

    def room(self, here: Point, toward: tuple[float, float]) -> float:
        """How far the pen can go from a place in a direction, mm; 0 at the travel's end.

        `toward` has the length 1; work coordinates in mm.
        """
        reach = self.profile.reach
        ends = ((reach.x0, reach.x1), (reach.y0, reach.y1))
        ways = [
            ((high if part > 0 else low) - at) / part
            for at, part, (low, high) in zip(here, toward, ends, strict=False)
            if part
        ]
        return max(0.0, min(ways))

    def _locate(self, machine: MachineState, *, idle: bool) -> None:
        """Take the position and the stored offsets from reports where they are in doubt."""
        parser, place = self._parser, machine.position
        if not self._doubtful or place is None:
            return
        unit = machine.unit
        stored = machine.parameters.get("G54", ())
        if len(stored) >= 2:
            x, y, z = (value * unit for value in padded(stored))
            parser.stored[0] = (x, y, z)
            if parser.modal.coordinates == 0:
                parser.coordinates = (x, y, z)
        offset = parser.work_offset
        parser.position = (place[0] + offset[0], place[1] + offset[1], place[2] + offset[2])
        self._doubtful = not (idle and machine.standing)

    def _followed(self, parser: Interpreter, line: str) -> Interpreter:
        """The parser's state after a line; the one given stays as it is."""
        after = copy.copy(parser)
        after.stored = list(parser.stored)
        after.modal = copy.copy(parser.modal)
        try:
            actions = after.execute(line)
        except GcodeError as error:
            if _MOVES.search(line):
                raise TravelError(
                    "line-would-be-refused", line=line, why=error.fact
                ) from error
            return parser
        before = parser.position
        for action in actions:
            if isinstance(action, Move | Arc | Probe):
                self._check_motion(before, action, after)
                before = action.target
        return after

    def _check_motion(
        self, before: Point, action: Move | Arc | Probe, parser: Interpreter
    ) -> None:
        by_hand = isinstance(action, Move) and action.jog
        if not self.referenced:
            if not by_hand:
                raise TravelError("move-without-position")
            x, y, z = (b - a for a, b in zip(before, action.target, strict=True))
            self._check_length((x, y, z))
            return
        points = arc_extremes(action) if isinstance(action, Arc) else (action.target,)
        corner = parser.stored[0]
        start = _minus(before, corner)
        for point in points:
            self._check_place(start, _minus(point, corner), by_hand=by_hand)

    def _check_length(self, way: Point) -> None:
        """Without a known position no single move may be longer than the machine."""
        profile = self.profile
        longest = (profile.width, profile.height, profile.grbl["$132"])
        if any(abs(part) > most + SLACK_MM for part, most in zip(way, longest, strict=True)):
            raise TravelError(
                "jog-longer-than-travel", x=longest[0], y=longest[1], z=longest[2]
            )

    def _check_place(self, before: Point, goal: Point, *, by_hand: bool) -> None:
        """Refuse a goal that is out of the travel and no nearer to it than the pen is now."""
        profile = self.profile
        reach = profile.reach
        x, y, z = (round(value, 1) for value in goal)
        if _beyond(before[0], goal[0], reach.x0, reach.x1) or _beyond(
            before[1], goal[1], reach.y0, reach.y1
        ):
            size = {"x": x, "y": y, "width": profile.width, "height": profile.height}
            if profile.homing:
                raise TravelError("out-of-travel", **size)
            raise TravelError("out-of-travel-zeroed", **size)
        heights = profile.pen.heights(profile, by_hand=by_hand)
        if heights is not None and _beyond(before[2], goal[2], *heights):
            low, top = (round(value, 2) for value in heights)
            raise TravelError("out-of-heights", z=z, low=low, top=top)

    def _take_words(self, words: Iterable[str]) -> None:
        """Take modal words as ``$G`` says them; F last, motion words need no axes there."""
        for word in words:
            with suppress(GcodeError):  # F0, and so G1: none is in force; G2, G3: not alone.
                if word[:1] in "GF":
                    self._parser.execute(word)


def setting_lie(
    key: str, value: float, profile: Profile, has: Mapping[str, float]
) -> Fact | None:
    """What a new value of a setting would make the machine lie about; None if nothing.

    `has` are the machine's settings as they are.
    """
    if key in STEPS_PER_MM:
        return fact("setting-no-steps", key=key, value=value) if value <= 0.0 else None
    told = profile.grbl.get(key, has.get(key, value))
    if value == told:
        return None
    if key == DIRECTIONS:
        return fact("setting-directions", key=key, value=value, told=told)
    if key in TRAVELS:
        return fact("setting-travel", key=key, value=value, told=told)
    return None


def _beyond(before: float, goal: float, low: float, high: float) -> bool:
    """Whether a way leads out of a range; not if it leads no further out than it began."""
    outside = max(low - goal, goal - high)
    return outside > SLACK_MM and outside > max(low - before, before - high) + 1e-6


def _minus(point: Point, corner: Point) -> Point:
    return (point[0] - corner[0], point[1] - corner[1], point[2] - corner[2])
