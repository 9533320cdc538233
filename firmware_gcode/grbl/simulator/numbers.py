"""Numbers as GRBL prints them, with its single-precision rounding."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from firmware_gcode.gcode.words import float32

INCH_PER_MM: Final = float32(0.0393701)


def print_float(value: float, decimals: int) -> str:
    """Print a number with a fixed count of decimals, as ``printFloat`` does."""
    sign = "-" if value < 0 else ""
    scaled = float32(abs(value))
    for _ in range(decimals // 2):
        scaled = float32(scaled * 100.0)
    if decimals % 2:
        scaled = float32(scaled * 10.0)
    digits = str(int(float32(scaled + 0.5))).rjust(decimals + 1, "0")
    if not decimals:
        return f"{sign}{digits}"
    return f"{sign}{digits[:-decimals]}.{digits[-decimals:]}"


def print_length(value: float, *, inches: bool) -> str:
    """Print a coordinate: 3 decimals of a millimetre, or 4 of an inch (``$13=1``)."""
    if inches:
        return print_float(float32(value * INCH_PER_MM), 4)
    return print_float(value, 3)


def print_rate(value: float, *, inches: bool) -> str:
    """Print a feed: whole mm/min, or inches a minute with one decimal."""
    if inches:
        return print_float(float32(value * INCH_PER_MM), 1)
    return print_float(value, 0)


def print_point(values: Sequence[float], *, inches: bool) -> str:
    """Print coordinates with commas between."""
    return ",".join(print_length(value, inches=inches) for value in values)
