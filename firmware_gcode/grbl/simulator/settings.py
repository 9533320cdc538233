"""The `$`-settings: their values, their limits, how they are printed and stored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from firmware_gcode.gcode.errors import ErrorCode, require
from firmware_gcode.gcode.words import float32
from firmware_gcode.grbl.dialects.speech import Extra
from firmware_gcode.motion.settings import FACTORY, MotionSettings

_LEAST: Final = 1e-3
_FLAGS: Final = frozenset({4, 5, 6, 13, 20, 21, 22, 32})
_WHOLE_PRINTED: Final = frozenset({30, 31})


def print_float(value: float, decimals: int) -> str:
    """Print a number with a fixed count of decimals and GRBL's single-precision rounding."""
    scaled = float32(abs(value))
    for factor in (100.0,) * (decimals // 2) + (10.0,) * (decimals % 2):
        scaled = float32(scaled * factor)
    whole, rest = divmod(int(float32(scaled + 0.5)), 10**decimals)
    tail = f".{rest:0{decimals}}" if decimals else ""
    return f"{'-' if value < 0 else ''}{whole}{tail}"


def print_extra(value: Extra) -> str:
    """Print a setting that only another dialect has."""
    if isinstance(value, str):
        return value
    return str(int(value)) if float(value).is_integer() else print_float(value, 3)


class Settings(dict[int, float]):
    """All settings by number, with GRBL's rules for changing them."""

    @classmethod
    def from_grbl(cls, values: Mapping[str, float]) -> Settings:
        """Factory settings with some changed, given as ``{"$100": 80, …}``.

        Raises:
            GcodeError: GRBL would refuse one of them.
            ValueError: A name is not ``$`` and a number.
        """
        settings = cls(FACTORY)
        numbers = {int(name.removeprefix("$")): float(value) for name, value in values.items()}
        for number in sorted(numbers, key=lambda number: (number == 20, number)):
            settings.change(number, numbers[number])
        return settings

    def on(self, number: int) -> bool:
        """Whether an on/off setting is on."""
        return bool(self[number])

    def axes(self, first: int) -> tuple[float, float, float]:
        """The values for X, Y and Z, such as ``$100`` to ``$102``."""
        return (self[first], self[first + 1], self[first + 2])

    def motion(self) -> MotionSettings:
        """The settings that the planner needs."""
        # GRBL takes zero for an answer and then stands still, or nearly so.
        least = {n: 1.0 if n < 110 else _LEAST for n in range(100, 123)}
        return MotionSettings.from_grbl(
            {f"${n}": max(value, least.get(n, 0.0)) for n, value in self.items()}
        )

    def change(self, number: int, value: float) -> None:
        """Set one value as ``$number=value`` does.

        Raises:
            GcodeError: 3 no such setting, 4 negative, 6 pulse too short, 10 soft limits
                without homing.
        """
        require(value >= 0.0, ErrorCode.NEGATIVE_VALUE)
        require(number in FACTORY)
        whole = int(value) & 0xFF
        require(number != 0 or whole >= 3, ErrorCode.STEP_PULSE_TOO_SHORT)
        require(number != 20 or not whole or self[22], ErrorCode.SOFT_LIMIT_NEEDS_HOMING)
        if number == 22 and not whole:
            self[20] = 0
        if number in _FLAGS:
            whole = int(bool(whole))
        self[number] = whole if isinstance(FACTORY[number], int) else float32(value)

    def printed(self) -> Iterator[tuple[int, str]]:
        """Every setting's number and value, as ``$$`` shows it."""
        for number, value in self.items():
            if isinstance(value, int):
                yield number, str(value)
            else:
                yield number, print_float(value, 0 if number in _WHOLE_PRINTED else 3)
