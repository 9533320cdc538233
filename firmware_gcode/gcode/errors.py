"""The errors with which GRBL 1.1h refuses a line, by their numbers.

Numbers and meaning are those of GRBL's documentation (`doc/csv/error_codes_en_US.csv`).
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final

from firmware_gcode.facts import CodedError, Fact, fact


class ErrorCode(IntEnum):
    """The numbers behind ``error:`` of GRBL 1.1h."""

    EXPECTED_LETTER = 1
    BAD_NUMBER = 2
    INVALID_STATEMENT = 3
    NEGATIVE_VALUE = 4
    HOMING_DISABLED = 5
    STEP_PULSE_TOO_SHORT = 6
    EEPROM_READ_FAILED = 7
    NOT_IDLE = 8
    LOCKED = 9
    SOFT_LIMIT_NEEDS_HOMING = 10
    LINE_TOO_LONG = 11
    STEP_RATE_TOO_HIGH = 12
    DOOR_OPEN = 13
    BUILD_INFO_TOO_LONG = 14
    TRAVEL_EXCEEDED = 15
    INVALID_JOG = 16
    LASER_NEEDS_PWM = 17
    UNSUPPORTED_COMMAND = 20
    MODAL_GROUP_VIOLATION = 21
    UNDEFINED_FEED = 22
    NOT_AN_INTEGER = 23
    AXIS_COMMAND_CONFLICT = 24
    REPEATED_WORD = 25
    NO_AXIS_WORDS = 26
    INVALID_LINE_NUMBER = 27
    MISSING_VALUE = 28
    UNSUPPORTED_COORDINATES = 29
    G53_NEEDS_G0_OR_G1 = 30
    UNEXPECTED_AXIS_WORDS = 31
    NO_AXIS_WORDS_IN_PLANE = 32
    INVALID_TARGET = 33
    ARC_RADIUS = 34
    NO_OFFSETS_IN_PLANE = 35
    UNUSED_WORDS = 36
    G43_WRONG_AXIS = 37
    TOOL_NUMBER_TOO_HIGH = 38


ERROR_CODES: Final[dict[int, str]] = {
    code: f"grbl-{code.name.lower().replace('_', '-')}" for code in ErrorCode
}
"""The code of the sentence that says what an error number means."""


def error_meaning(number: int) -> Fact:
    """What ``error:number`` means."""
    return Fact(ERROR_CODES.get(number, "grbl-error-unknown"))


class GcodeError(CodedError):
    """A line that GRBL would refuse, with the number of ``error:20``."""

    def __init__(self, code: int) -> None:
        self.code = int(code)
        super().__init__(
            fact("grbl-error", number=self.code, meaning=error_meaning(self.code))
        )


def require(right: object, code: int = ErrorCode.INVALID_STATEMENT) -> None:
    """Refuse a line where something is not right; GcodeError."""
    if not right:
        raise GcodeError(code)
