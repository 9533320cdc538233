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
    ErrorCode.EXPECTED_LETTER: "grbl-expected-letter",
    ErrorCode.BAD_NUMBER: "grbl-bad-number",
    ErrorCode.INVALID_STATEMENT: "grbl-invalid-statement",
    ErrorCode.NEGATIVE_VALUE: "grbl-negative-value",
    ErrorCode.HOMING_DISABLED: "grbl-homing-disabled",
    ErrorCode.STEP_PULSE_TOO_SHORT: "grbl-step-pulse-too-short",
    ErrorCode.EEPROM_READ_FAILED: "grbl-eeprom-read-failed",
    ErrorCode.NOT_IDLE: "grbl-not-idle",
    ErrorCode.LOCKED: "grbl-locked",
    ErrorCode.SOFT_LIMIT_NEEDS_HOMING: "grbl-soft-limit-needs-homing",
    ErrorCode.LINE_TOO_LONG: "grbl-line-too-long",
    ErrorCode.STEP_RATE_TOO_HIGH: "grbl-step-rate-too-high",
    ErrorCode.DOOR_OPEN: "grbl-door-open",
    ErrorCode.BUILD_INFO_TOO_LONG: "grbl-build-info-too-long",
    ErrorCode.TRAVEL_EXCEEDED: "grbl-travel-exceeded",
    ErrorCode.INVALID_JOG: "grbl-invalid-jog",
    ErrorCode.LASER_NEEDS_PWM: "grbl-laser-needs-pwm",
    ErrorCode.UNSUPPORTED_COMMAND: "grbl-unsupported-command",
    ErrorCode.MODAL_GROUP_VIOLATION: "grbl-modal-group-violation",
    ErrorCode.UNDEFINED_FEED: "grbl-undefined-feed",
    ErrorCode.NOT_AN_INTEGER: "grbl-not-an-integer",
    ErrorCode.AXIS_COMMAND_CONFLICT: "grbl-axis-command-conflict",
    ErrorCode.REPEATED_WORD: "grbl-repeated-word",
    ErrorCode.NO_AXIS_WORDS: "grbl-no-axis-words",
    ErrorCode.INVALID_LINE_NUMBER: "grbl-invalid-line-number",
    ErrorCode.MISSING_VALUE: "grbl-missing-value",
    ErrorCode.UNSUPPORTED_COORDINATES: "grbl-unsupported-coordinates",
    ErrorCode.G53_NEEDS_G0_OR_G1: "grbl-g53-needs-g0-or-g1",
    ErrorCode.UNEXPECTED_AXIS_WORDS: "grbl-unexpected-axis-words",
    ErrorCode.NO_AXIS_WORDS_IN_PLANE: "grbl-no-axis-words-in-plane",
    ErrorCode.INVALID_TARGET: "grbl-invalid-target",
    ErrorCode.ARC_RADIUS: "grbl-arc-radius",
    ErrorCode.NO_OFFSETS_IN_PLANE: "grbl-no-offsets-in-plane",
    ErrorCode.UNUSED_WORDS: "grbl-unused-words",
    ErrorCode.G43_WRONG_AXIS: "grbl-g43-wrong-axis",
    ErrorCode.TOOL_NUMBER_TOO_HIGH: "grbl-tool-number-too-high",
}
"""The code of the sentence that says what an error number means."""


def error_meaning(number: int) -> Fact:
    """What ``error:number`` means."""
    return Fact(ERROR_CODES.get(number, "grbl-error-unknown"))


class GcodeError(CodedError):
    """A line that GRBL would refuse.

    Attributes:
        code: GRBL's error number, as in ``error:20``.
    """

    def __init__(self, code: int) -> None:
        self.code = int(code)
        super().__init__(
            fact("grbl-error", number=self.code, meaning=error_meaning(self.code))
        )
