"""The errors with which GRBL 1.1h refuses a line, by their numbers.

Numbers and meaning are those of GRBL's documentation (`doc/csv/error_codes_en_US.csv`).
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final


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


ERROR_WORDS: Final[dict[int, str]] = {
    1: "a word must begin with a letter",
    2: "a number is missing or malformed",
    3: "the $ command was not recognised",
    4: "the value must not be negative",
    5: "homing is not enabled ($22=1)",
    6: "the step pulse must be at least 3 microseconds",
    7: "the EEPROM could not be read; defaults were restored",
    8: "the command needs an idle machine",
    9: "G-code is locked while the machine is in alarm or jogs",
    10: "soft limits need homing ($22=1)",
    11: "the line is longer than 79 characters",
    12: "the step rate would be above 30 kHz",
    13: "the safety door is open",
    14: "the build information or start-up line is too long",
    15: "the jog leaves the machine's travel",
    16: "a jog allows only G20, G21, G53, G90, G91, axes, F and N",
    17: "laser mode needs a PWM output",
    20: "the command is not supported",
    21: "two commands of the same group stand in one line",
    22: "no feed rate is set",
    23: "the command needs a whole number",
    24: "two commands in the line want the axis words",
    25: "a word is repeated in the line",
    26: "axis words are missing",
    27: "the line number is above 10,000,000",
    28: "a value word that the command needs is missing",
    29: "only the coordinate systems G54 to G59 exist",
    30: "G53 works only with G0 and G1",
    31: "axis words stand in a line that uses none",
    32: "the arc has no axis word in its plane",
    33: "the target of the motion is invalid",
    34: "the arc's radius does not reach its end",
    35: "the arc has no centre offset in its plane",
    36: "words are left over that no command in the line uses",
    37: "G43.1 offsets the Z axis only",
    38: "the tool number is above 255",
}
"""What each error number means, in words."""


class GcodeError(ValueError):
    """A line that GRBL would refuse.

    Attributes:
        code: GRBL's error number, as in ``error:20``.
    """

    def __init__(self, code: int) -> None:
        self.code = int(code)
        words = ERROR_WORDS.get(self.code, "an error GRBL 1.1h does not document")
        super().__init__(f"error:{self.code}, {words}")
