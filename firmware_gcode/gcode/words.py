"""From the characters of a line to words of G-code, and numbers in GRBL's precision.

A line is a sequence of words, each a letter and a number (RS274/NGC, NIST IR 6556, 3.3). GRBL
computes in single precision, reads no expressions, and counts a line's first 79 characters.
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from firmware_gcode.gcode.errors import ErrorCode, require

MAX_LINE: Final = 79
"""Longest line in characters, counted after blanks and comments are taken out."""
MAX_DIGITS: Final = 8
_FLOAT32: Final = struct.Struct("f")
_LARGEST: Final = 3.4028234663852886e38
_COMMENT: Final = re.compile(r"\([^)]*\)?|;.*", re.DOTALL)
_CAPITALS: Final = {
    **dict.fromkeys((*range(ord(" ") + 1), ord("/"))),
    **{ord(c): c.upper() for c in "abcdefghijklmnopqrstuvwxyz"},
}
_SIGN_AND_DIGITS: Final = r"[+-]?[0-9]*(?:\.[0-9]*)?"
_NUMBER: Final = re.compile(rf"\A{_SIGN_AND_DIGITS}")
_WORD: Final = re.compile(rf"([A-Z])({_SIGN_AND_DIGITS})|.", re.DOTALL)


def float32(value: float) -> float:
    """Round to the nearest single-precision number, the only kind that GRBL computes with.

    Numbers beyond its range become the largest one.
    """
    try:
        return float(_FLOAT32.unpack(_FLOAT32.pack(value))[0])
    except OverflowError:
        return math.copysign(_LARGEST, value)


_SCALES: Final = tuple(
    (float32(0.01),) * (places // 2) + (float32(0.1),) * (places % 2)
    for places in range(MAX_DIGITS + 1)
)


def strip_line(raw: str) -> str:
    """Take out blanks, control characters, ``/`` and comments, and make a-z capitals.

    GcodeError: 11 the line is longer than 79 characters.
    """
    line = _COMMENT.sub("", raw).translate(_CAPITALS)
    require(len(line) <= MAX_LINE, ErrorCode.LINE_TOO_LONG)
    return line


@lru_cache(maxsize=1 << 14)
def decimal(text: str) -> float:
    """The value of a sign, digits and one point, in single precision.

    Only the first `MAX_DIGITS` count. Decimals are scaled down by hundredths and a tenth, each
    product rounded: seen in the last digit of positions that the firmware reports. GcodeError:
    2 there is no digit.
    """
    whole, _, decimals = text.lstrip("+-").partition(".")
    digits = (whole + decimals)[:MAX_DIGITS]
    require(digits, ErrorCode.BAD_NUMBER)
    value = float32(float(digits))
    for factor in _SCALES[max(len(digits) - len(whole), 0)]:
        value = float32(value * factor)
    for _ in range(len(digits), len(whole)):
        value = float32(value * 10.0)
    return -value if text[0] == "-" else value


def leading_number(text: str) -> tuple[float, str]:
    """The number with which a text begins, and what stands behind it; GcodeError 2: none."""
    rest = _NUMBER.sub("", text)
    return decimal(text[: len(text) - len(rest)]), rest


def split(line: str) -> list[tuple[str, str]]:
    """The letters of a stripped line, empty for what begins no word, and their numbers."""
    return _WORD.findall(line)


def words_of(line: str) -> Iterator[tuple[str, float]]:
    """The letters of a stripped line and their values.

    GcodeError when a word is reached that has no letter (1) or no number (2).
    """
    for letter, text in split(line):
        require(letter, ErrorCode.EXPECTED_LETTER)
        yield letter, decimal(text)


def number(value: float, places: int = 3) -> str:
    """A number as G-code writes it: rounded to `places`, no exponent, no trailing zeros."""
    text = f"{value:.{places}f}"
    if places:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
