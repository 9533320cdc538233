"""From the characters of a line to the words of G-code, exactly as GRBL 1.1h reads them."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import Final

from firmware_gcode.gcode.errors import ErrorCode, GcodeError

MAX_LINE: Final = 79
"""Longest line in characters, counted after blanks and comments are taken out."""

_MAX_DIGITS: Final = 8
_FLOAT32: Final = struct.Struct("f")
_LARGEST: Final = 3.4028234663852886e38
_NUMBER: Final = re.compile(r"([+-]?)([0-9]*)(?:\.([0-9]*))?")


def float32(value: float) -> float:
    """Round to the nearest single-precision number, the only kind that GRBL computes with.

    Numbers beyond its range become the largest one.
    """
    try:
        rounded: float = _FLOAT32.unpack(_FLOAT32.pack(value))[0]
    except OverflowError:
        return _LARGEST if value > 0 else -_LARGEST
    return rounded


_HUNDREDTH: Final = float32(0.01)
_TENTH: Final = float32(0.1)


def strip_line(raw: str) -> str:
    """Take out what GRBL's receiver takes out: blanks, control characters, ``/`` and comments.

    Returns the line in capitals, as the parser sees it.

    Raises:
        GcodeError: The line is longer than 79 characters (``error:11``).
    """
    kept: list[str] = []
    in_parentheses = False
    for character in raw:
        if in_parentheses:
            in_parentheses = character != ")"
        elif character == ";":
            break
        elif character == "(":
            in_parentheses = True
        elif character > " " and character != "/":
            if len(kept) == MAX_LINE:
                raise GcodeError(ErrorCode.LINE_TOO_LONG)
            kept.append(character)
    return upper_ascii("".join(kept))


def upper_ascii(text: str) -> str:
    """Capitalise a-z only, as GRBL does (``str.upper`` would change other letters too)."""
    return "".join(c.upper() if c.isascii() else c for c in text)


def read_number(text: str, start: int) -> tuple[float, int]:
    """Read a decimal number of single precision; returns it and the place after it.

    A sign, digits and one point; no exponent. Only the first eight digits count.

    Raises:
        GcodeError: There is no digit (``error:2``).
    """
    found = _NUMBER.match(text, start)
    sign, whole, decimals = found.groups("") if found else ("", "", "")
    kept = (whole + decimals)[:_MAX_DIGITS]
    if found is None or not kept:
        raise GcodeError(ErrorCode.BAD_NUMBER)
    value = _scaled(int(kept), len(whole) - len(kept))
    return (-value if sign == "-" else value), found.end()


def _scaled(whole: int, exponent: int) -> float:
    """Multiply by a power of ten in the single-precision steps that GRBL takes."""
    value = float32(float(whole))
    while exponent <= -2:
        value = float32(value * _HUNDREDTH)
        exponent += 2
    if exponent < 0:
        return float32(value * _TENTH)
    while exponent > 0:
        value = float32(value * 10.0)
        exponent -= 1
    return value


def words_of(line: str, start: int = 0) -> Iterator[tuple[str, float]]:
    """Split a stripped line into letters and their values.

    Raises:
        GcodeError: A word does not begin with a capital (``error:1``) or has no number
            (``error:2``), raised when that word is reached, as GRBL does.
    """
    place = start
    end = len(line)
    while place < end:
        letter = line[place]
        if not "A" <= letter <= "Z":
            raise GcodeError(ErrorCode.EXPECTED_LETTER)
        value, place = read_number(line, place + 1)
        yield letter, value


def number(value: float, places: int = 3) -> str:
    """A number as G-code writes it: rounded to `places`, no exponent, no trailing zeros."""
    text = f"{value:.{places}f}"
    if places:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
