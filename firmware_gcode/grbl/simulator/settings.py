"""The `$`-settings: their values, their limits, how they are printed and stored."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from typing import Final

from firmware_gcode.gcode.errors import ErrorCode, GcodeError
from firmware_gcode.gcode.words import float32
from firmware_gcode.grbl.dialects.speech import Extra
from firmware_gcode.motion.settings import MotionSettings

FACTORY: Final[Mapping[int, float]] = {
    0: 10, 1: 25, 2: 0, 3: 0, 4: 0, 5: 0, 6: 0, 10: 1, 11: 0.010, 12: 0.002, 13: 0,
    20: 0, 21: 0, 22: 0, 23: 0, 24: 25.0, 25: 500.0, 26: 250, 27: 1.0,
    30: 1000.0, 31: 0.0, 32: 0,
    100: 250.0, 101: 250.0, 102: 250.0, 110: 500.0, 111: 500.0, 112: 500.0,
    120: 36000.0, 121: 36000.0, 122: 36000.0, 130: 200.0, 131: 200.0, 132: 200.0,
}  # fmt: skip
"""GRBL's `DEFAULTS_GENERIC`, as it holds them: accelerations in mm/min²."""

_LEAST: Final = 1e-3
_ACCELERATIONS: Final = frozenset({120, 121, 122})
_BYTES: Final = frozenset({0, 1, 2, 3, 10, 23})
_FLAG_BITS: Final = {13: 0, 32: 1, 4: 2, 21: 3, 22: 4, 20: 5, 5: 6, 6: 7}
_WHOLE_PRINTED: Final = frozenset({30, 31})
_LAYOUT: Final = struct.Struct("<12f5B4f2B2fHf")
_ORDER: Final = (
    100, 101, 102, 110, 111, 112, 120, 121, 122, 130, 131, 132,
    0, 2, 3, 1, 10, 11, 12, 30, 31, -1, 23, 24, 25, 26, 27,
)  # fmt: skip


def print_float(value: float, decimals: int) -> str:
    """Print a number with a fixed count of decimals and GRBL's single-precision rounding."""
    scaled = float32(abs(value))
    for factor in (100.0,) * (decimals // 2) + (10.0,) * (decimals % 2):
        scaled = float32(scaled * factor)
    digits = f"{int(float32(scaled + 0.5)):0{decimals + 1}}"
    point = len(digits) - decimals
    tail = f".{digits[point:]}" if decimals else ""
    return f"{'-' if value < 0 else ''}{digits[:point]}{tail}"


def print_extra(value: Extra) -> str:
    """Print a setting that only another dialect has."""
    if isinstance(value, str):
        return value
    return str(int(value)) if float(value).is_integer() else print_float(value, 3)


class Settings:
    """All settings by number, with GRBL's rules for changing them."""

    def __init__(self, values: Mapping[int, float] = FACTORY) -> None:
        self._values = dict(values)

    @classmethod
    def from_grbl(cls, values: Mapping[str, float]) -> Settings:
        """Factory settings with some changed, given as ``{"$100": 80, …}``.

        Raises:
            GcodeError: GRBL would refuse one of them.
            ValueError: A name is not ``$`` and a number.
        """
        settings = cls()
        numbers = {int(name.removeprefix("$")): float(value) for name, value in values.items()}
        for number in sorted(numbers, key=lambda number: (number == 20, number)):
            settings.change(number, numbers[number])
        return settings

    def take(self, other: Settings) -> None:
        """Become the same as others."""
        self._values = dict(other._values)

    def __getitem__(self, number: int) -> float:
        value = self._values[number]
        return float32(value / 3600.0) if number in _ACCELERATIONS else value

    def on(self, number: int) -> bool:
        """Whether an on/off setting is on."""
        return bool(self._values[number])

    def axes(self, first: int) -> tuple[float, float, float]:
        """The values for X, Y and Z, such as ``$100`` to ``$102``."""
        return (self[first], self[first + 1], self[first + 2])

    def motion(self) -> MotionSettings:
        """The settings that the planner needs."""
        # GRBL takes zero for an answer and then stands still, or nearly so.
        least = {n: 1.0 if n < 110 else _LEAST for n in range(100, 123)}
        return MotionSettings.from_grbl(
            {f"${n}": max(self[n], least.get(n, 0.0)) for n in self._values}
        )

    def change(self, number: int, value: float) -> None:
        """Set one value as ``$number=value`` does.

        Raises:
            GcodeError: 3 no such setting, 4 negative, 6 pulse too short, 10 soft limits
                without homing.
        """
        if value < 0.0:
            raise GcodeError(ErrorCode.NEGATIVE_VALUE)
        if number not in FACTORY:
            raise GcodeError(ErrorCode.INVALID_STATEMENT)
        whole = int(value) & 0xFF
        if number == 0 and whole < 3:
            raise GcodeError(ErrorCode.STEP_PULSE_TOO_SHORT)
        if number == 20 and whole and not self._values[22]:
            raise GcodeError(ErrorCode.SOFT_LIMIT_NEEDS_HOMING)
        if number == 22 and not whole:
            self._values[20] = 0
        if number in _FLAG_BITS:
            self._values[number] = int(bool(whole))
        elif number in _BYTES or number == 26:
            self._values[number] = whole
        elif number in _ACCELERATIONS:
            self._values[number] = float32(float32(value * 60.0) * 60.0)
        else:
            self._values[number] = float32(value)

    def printed(self) -> Iterator[tuple[int, str]]:
        """Every setting's number and value, as ``$$`` shows it."""
        for number in FACTORY:
            value = self[number]
            if number in _FLAG_BITS or number in _BYTES or number == 26:
                text = str(int(value))
            elif number in _WHOLE_PRINTED:
                text = print_float(value, 0)
            else:
                text = print_float(value, 3)
            yield number, text

    @staticmethod
    def packed_size() -> int:
        """Bytes of the settings in the EEPROM."""
        return _LAYOUT.size

    def pack(self) -> bytes:
        """The settings as GRBL stores them (accelerations in mm/min², travels negative)."""
        stored = {**self._values, -1: sum(int(self.on(n)) << b for n, b in _FLAG_BITS.items())}
        for number in (130, 131, 132):
            stored[number] *= -1.0
        return _LAYOUT.pack(
            *(int(stored[n]) if n in _BYTES or n in (-1, 26) else stored[n] for n in _ORDER)
        )

    @classmethod
    def unpack(cls, data: bytes) -> Settings:
        """Read back what `pack` wrote."""
        stored: dict[int, float] = dict(zip(_ORDER, _LAYOUT.unpack(data), strict=True))
        flags = int(stored.pop(-1))
        for number, bit in _FLAG_BITS.items():
            stored[number] = flags >> bit & 1
        for number in (130, 131, 132):
            stored[number] *= -1.0
        return cls({number: stored[number] for number in FACTORY})
