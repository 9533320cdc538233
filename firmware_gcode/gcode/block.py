"""One line, taken apart into commands and values and checked word by word.

GRBL refuses a line at its first bad word, so the order of the checks here is GRBL's.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from enum import Enum, IntEnum
from typing import Final

from firmware_gcode.gcode.errors import ErrorCode, GcodeError
from firmware_gcode.gcode.modal import Modal, Motion, SpindleMode
from firmware_gcode.gcode.words import words_of

_MAX_TOOL: Final = 255
_NOT_NEGATIVE: Final = frozenset("FNPTS")
_VALUE_LETTERS: Final = frozenset("FIJKLNPRSTXYZ")


class AxisCommand(Enum):
    """Which command of the line uses its axis words."""

    NONE = 0
    NON_MODAL = 1
    MOTION = 2
    TOOL_OFFSET = 3


class NonModal(IntEnum):
    """Commands of group 0, by G number (plus 10 for the .1 forms)."""

    NOTHING = 0
    DWELL = 4
    SET_COORDINATES = 10
    GO_G28 = 28
    GO_G30 = 30
    SET_G28 = 38
    SET_G30 = 40
    MACHINE_COORDINATES = 53
    SET_OFFSET = 92
    CLEAR_OFFSET = 102


class Flow(Enum):
    """Group M4: what becomes of the program."""

    RUNNING = 0
    PAUSED = 1
    ENDED = 2


@dataclass(slots=True)
class Block:
    """A line as parsed: the modes it would leave behind and the values it gives."""

    modal: Modal
    jog: bool = False
    non_modal: NonModal = NonModal.NOTHING
    axis_command: AxisCommand = AxisCommand.NONE
    flow: Flow = Flow.RUNNING
    tool_offset_on: bool = False
    groups: set[str] = field(default_factory=set)
    values: dict[str, float] = field(default_factory=dict)
    unused: set[str] = field(default_factory=set)

    @property
    def has_axes(self) -> bool:
        """Whether the line names X, Y or Z."""
        values = self.values
        return "X" in values or "Y" in values or "Z" in values

    def axis(self, index: int) -> float | None:
        """The value of axis 0 (X), 1 (Y) or 2 (Z), None if the line does not name it."""
        return self.values.get("XYZ"[index])


def parse_block(line: str, modal: Modal, *, jog: bool = False) -> Block:
    """Take a stripped line apart (GRBL's step 2), without its ``$J=``; `modal` is not changed.

    Raises:
        GcodeError: The first word that GRBL would refuse.
    """
    block = Block(replace(modal), jog)
    if jog:
        block.modal.motion = Motion.LINE
        block.modal.inverse_time = False
    for letter, value in words_of(line):
        if letter == "G":
            _take_g(block, value)
        elif letter == "M":
            _take_m(block, value)
        else:
            _take_value(block, letter, value)
    return block


def _split(value: float) -> tuple[int, int]:
    """Whole part (8 bits) and hundredths (16 bits) as GRBL's integers hold them."""
    whole = int(value) & 0xFF
    hundredths = 100.0 * (value - whole)
    rounded = math.floor(abs(hundredths) + 0.5)
    return whole, (rounded if hundredths >= 0 else -rounded) & 0xFFFF


def _enter_group(block: Block, group: str) -> None:
    if group in block.groups:
        raise GcodeError(ErrorCode.MODAL_GROUP_VIOLATION)
    block.groups.add(group)


def _claim_axes(block: Block, command: AxisCommand) -> None:
    if block.axis_command is not AxisCommand.NONE:
        raise GcodeError(ErrorCode.AXIS_COMMAND_CONFLICT)
    block.axis_command = command


_SIMPLE_G: Final[dict[int, tuple[str, str, object]]] = {
    17: ("G2", "plane", 0),
    18: ("G2", "plane", 1),
    19: ("G2", "plane", 2),
    93: ("G5", "inverse_time", True),
    94: ("G5", "inverse_time", False),
    20: ("G6", "inches", True),
    21: ("G6", "inches", False),
    **{54 + n: ("G12", "coordinates", n) for n in range(6)},
}


def _take_g(block: Block, value: float) -> None:
    whole, hundredths = _split(value)
    if whole in _SIMPLE_G:
        group, name, mode = _SIMPLE_G[whole]
        setattr(block.modal, name, mode)
    elif whole in (0, 1, 2, 3, 38, 80):
        group = "G1"
        hundredths = _take_motion(block, whole, hundredths)
    elif whole in (4, 10, 28, 30, 53, 92):
        group = "G0"
        hundredths = _take_non_modal(block, whole, hundredths)
    else:
        group, hundredths = _take_other_g(block, whole, hundredths)
    if hundredths:
        raise GcodeError(ErrorCode.NOT_AN_INTEGER)
    _enter_group(block, group)


def _take_motion(block: Block, whole: int, hundredths: int) -> int:
    if whole != Motion.NONE:
        _claim_axes(block, AxisCommand.MOTION)
    if whole != 38:
        block.modal.motion = Motion(whole)
        return hundredths
    if hundredths not in (20, 30, 40, 50):
        raise GcodeError(ErrorCode.UNSUPPORTED_COMMAND)
    block.modal.motion = Motion(138 + hundredths // 10)
    return 0


def _take_non_modal(block: Block, whole: int, hundredths: int) -> int:
    if whole in (10, 28, 30, 92) and hundredths == 0:
        _claim_axes(block, AxisCommand.NON_MODAL)
    if whole not in (28, 30, 92):
        block.non_modal = NonModal(whole)
        return hundredths
    if hundredths not in (0, 10):
        raise GcodeError(ErrorCode.UNSUPPORTED_COMMAND)
    block.non_modal = NonModal(whole + hundredths)
    return 0


def _take_other_g(block: Block, whole: int, hundredths: int) -> tuple[str, int]:
    if whole in (90, 91):
        if hundredths == 0:
            block.modal.incremental = whole == 91
            return "G3", 0
        if whole == 91 and hundredths == 10:
            return "G4", 0
    elif whole == 40:
        return "G7", hundredths
    elif whole in (43, 49):
        _claim_axes(block, AxisCommand.TOOL_OFFSET)
        if whole == 49 or hundredths == 10:
            block.tool_offset_on = whole == 43
            return "G8", 0
    elif whole == 61 and hundredths == 0:
        return "G13", 0
    raise GcodeError(ErrorCode.UNSUPPORTED_COMMAND)


def _take_m(block: Block, value: float) -> None:
    whole, hundredths = _split(value)
    if hundredths:
        raise GcodeError(ErrorCode.NOT_AN_INTEGER)
    if whole in (0, 1, 2, 30):
        group = "M4"
        if whole != 1:
            block.flow = Flow.ENDED if whole else Flow.PAUSED
    elif whole in (3, 4, 5):
        group = "M7"
        block.modal.spindle = SpindleMode(whole)
    elif whole in (8, 9):
        group = "M8"
        block.modal.flood = whole == 8
    else:
        raise GcodeError(ErrorCode.UNSUPPORTED_COMMAND)
    _enter_group(block, group)


def _take_value(block: Block, letter: str, value: float) -> None:
    if letter not in _VALUE_LETTERS:
        raise GcodeError(ErrorCode.UNSUPPORTED_COMMAND)
    if letter == "T" and value > _MAX_TOOL:
        raise GcodeError(ErrorCode.TOOL_NUMBER_TOO_HIGH)
    if letter in block.values:
        raise GcodeError(ErrorCode.REPEATED_WORD)
    if value < 0.0 and letter in _NOT_NEGATIVE:
        raise GcodeError(ErrorCode.NEGATIVE_VALUE)
    block.values[letter] = value
    block.unused.add(letter)
