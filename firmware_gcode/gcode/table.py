"""The words of GRBL 1.1: which command belongs to which modal group, and what it takes.

Groups and commands are those of RS274/NGC (NIST IR 6556, tables 4 to 7), as far as GRBL's
documentation lists them; the numbers of the errors are those of its `error_codes_en_US.csv`.
Two commands of one group, or two that take the axis words, exclude each other in a line.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Final, NamedTuple

from firmware_gcode.gcode.actions import ORIGIN, Action, Motion, Point, SpindleMode
from firmware_gcode.gcode.errors import ErrorCode, GcodeError, require
from firmware_gcode.gcode.words import decimal, split


class Group(StrEnum):
    """Modal groups, by their names in the standard."""

    NON_MODAL = "G0"
    MOTION = "G1"
    PLANE = "G2"
    DISTANCE = "G3"
    ARC_DISTANCE = "G4"
    FEED_MODE = "G5"
    UNITS = "G6"
    CUTTER_RADIUS = "G7"
    TOOL_LENGTH = "G8"
    COORDINATES = "G12"
    PATH = "G13"
    STOPPING = "M4"
    SPINDLE = "M7"
    COOLANT = "M8"


class Command(NamedTuple):
    """A G or M word."""

    name: str
    group: Group
    mode: tuple[str, object] | None = None  # What it sets: a field of `Modal`, and its value.
    axes: bool = False  # Whether the line's X, Y and Z belong to it.
    takes: str = ""  # Other words that belong to it.
    refused: ErrorCode | None = None  # The error that it is, if it is no command.


_MODES: Final[tuple[tuple[Group, str, dict[str, object]], ...]] = (
    (Group.PLANE, "plane", {"G17": 0, "G18": 1, "G19": 2}),
    (Group.DISTANCE, "incremental", {"G90": False, "G91": True}),
    (Group.FEED_MODE, "inverse_time", {"G93": True, "G94": False}),
    (Group.UNITS, "inches", {"G20": True, "G21": False}),
    (Group.COORDINATES, "coordinates", {f"G{54 + n}": n for n in range(6)}),
    (Group.SPINDLE, "spindle", {f"M{mode}": mode for mode in SpindleMode}),
    (Group.COOLANT, "flood", {"M8": True, "M9": False}),
)
MOTIONS: Final[dict[Motion, Command]] = {
    motion: Command(
        motion.word,
        Group.MOTION,
        ("motion", motion),
        axes=motion is not Motion.NONE,
        takes="IJKR" if motion.is_arc else "",
    )
    for motion in Motion
}
"""The command of each motion mode, which axis words alone repeat."""

COMMANDS: Final[dict[str, Command]] = {
    command.name: command
    for command in (
        *(
            Command(name, group, (field, value))
            for group, field, values in _MODES
            for name, value in values.items()
        ),
        *MOTIONS.values(),
        Command("G4", Group.NON_MODAL, takes="P"),
        Command("G10", Group.NON_MODAL, axes=True, takes="LP"),
        *(Command(name, Group.NON_MODAL, axes=True) for name in ("G28", "G30", "G92")),
        *(Command(n, Group.NON_MODAL) for n in ("G28.1", "G30.1", "G53", "G92.1")),
        *(Command(name, Group.TOOL_LENGTH, axes=True) for name in ("G43.1", "G49")),
        Command("G40", Group.CUTTER_RADIUS),
        Command("G61", Group.PATH),
        Command("G91.1", Group.ARC_DISTANCE),
        *(Command(name, Group.STOPPING) for name in ("M0", "M1", "M2", "M30")),
    )
}

_TENTHS_MATTER: Final = frozenset({28, 30, 38, 43, 61, 90, 91, 92})
"""G numbers that GRBL tells apart by their decimals: others are error 20, not 23."""
_CLAIM_ANYHOW: Final = frozenset({0, 1, 2, 3, 38, 43})
"""G numbers that take the axis words before their decimals are looked at."""

_NOT_NEGATIVE: Final = frozenset("FNPTS")
_VALUE_LETTERS: Final = frozenset("FIJKLNPRSTXYZ")
_MAX_TOOL: Final = 255


@lru_cache(maxsize=1 << 10)
def command_of(letter: str, text: str) -> Command:
    """The command that a letter G or M and the text of its number make.

    GRBL holds the whole part in 8 bits and the hundredths in 16. GcodeError: 2 no number.
    """
    value = decimal(text)
    whole = int(value) & 0xFF
    decimals = 100.0 * (value - whole)
    hundredths = int(math.copysign(math.floor(abs(decimals) + 0.5), decimals)) & 0xFFFF
    name = f"{letter}{whole}"
    if hundredths and name != "G49":
        tenths, more = divmod(hundredths, 10)
        known = None if more else COMMANDS.get(f"{name}.{tenths}")
    else:
        known = COMMANDS.get(name)
    if known is not None:
        return known
    code = ErrorCode.UNSUPPORTED_COMMAND
    if hundredths and (letter == "M" or (name in COMMANDS and whole not in _TENTHS_MATTER)):
        code = ErrorCode.NOT_AN_INTEGER
    claims = letter == "G" and whole in _CLAIM_ANYHOW
    return Command(name, Group.NON_MODAL, axes=claims, refused=code)


@dataclass(slots=True)
class Block:
    """A line as read: at most one command of each group, at most one value of each letter."""

    commands: dict[Group, Command]
    values: dict[str, float]
    owner: Command | None  # Which the axis words belong to, if the line names one.
    target: Point = ORIGIN  # Where they lead to, machine mm; for whoever carries it out.
    done: list[Action] = field(default_factory=list)  # What it asks for so far, likewise.

    @property
    def axes(self) -> list[str]:
        """Those of X, Y and Z that it names."""
        return [axis for axis in "XYZ" if axis in self.values]

    @property
    def taken(self) -> set[str]:
        """The words that belong to the line's commands; of an arc's R and I, J, K only R."""
        owners = [*self.commands.values(), *([self.owner] if self.owner else [])]
        taken = {letter for command in owners for letter in command.takes}
        return taken - {"I", "J", "K"} if "R" in self.values else taken


def read_block(line: str) -> Block:
    """Read a stripped line; GcodeError at the first word that is wrong beside those before."""
    commands: dict[Group, Command] = {}
    values: dict[str, float] = {}
    owner: Command | None = None
    for letter, text in split(line):
        if letter in "GM":
            require(letter, ErrorCode.EXPECTED_LETTER)
            command = command_of(letter, text)
            if command.axes:
                require(owner is None, ErrorCode.AXIS_COMMAND_CONFLICT)
                owner = command
            if command.refused is not None:
                raise GcodeError(command.refused)
            require(command.group not in commands, ErrorCode.MODAL_GROUP_VIOLATION)
            commands[command.group] = command
            continue
        value = decimal(text)
        require(letter in _VALUE_LETTERS, ErrorCode.UNSUPPORTED_COMMAND)
        require(letter != "T" or value <= _MAX_TOOL, ErrorCode.TOOL_NUMBER_TOO_HIGH)
        require(letter not in values, ErrorCode.REPEATED_WORD)
        require(value >= 0.0 or letter not in _NOT_NEGATIVE, ErrorCode.NEGATIVE_VALUE)
        values[letter] = value
    return Block(commands, values, owner)
