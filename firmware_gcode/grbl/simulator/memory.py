"""The `$`-settings and all else that is kept over a power cut, and how long writing takes.

Writing a byte of the EEPROM stops the processor's interrupts for up to 3.4 ms, and bytes that
arrive on the serial line meanwhile are lost; a byte that does not change costs nothing.
"""

from __future__ import annotations

import contextlib
import json
import struct
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from firmware_gcode.facts import CodedError
from firmware_gcode.gcode.actions import ORIGIN, PLACES, Point
from firmware_gcode.gcode.errors import ErrorCode, require
from firmware_gcode.gcode.words import float32
from firmware_gcode.grbl.dialects.speech import Extra, Speech
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

        GcodeError: GRBL would refuse one; ValueError: a name is not ``$`` and a number.
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
        """Set one value as ``$number=value`` does; GcodeError if GRBL would refuse it."""
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


STARTUP_LINES: Final = ("N0", "N1")
BUILD_INFO: Final = "I"
"""The user's part of `$I`, kept as the start-up lines are."""

_TEXTS: Final = (*STARTUP_LINES, BUILD_INFO)
_LINE_BYTES: Final = 80
_ERASE_AND_WRITE_S, _ONE_STEP_S = 3.4e-3, 1.8e-3


class EepromError(CodedError):
    """The file that holds the EEPROM cannot be used."""


class Memory:
    """Settings, places and texts, and the EEPROM behind them."""

    def __init__(self, speech: Speech, path: Path | None = None) -> None:
        """Read the file if it exists (EepromError if it is none); else the EEPROM is blank."""
        self._speech = speech
        self._path = path
        self._kept: dict[str, Any] = {}
        self._writes: list[float] = []
        self.settings = Settings(FACTORY)  # Those in force,
        self.extras: dict[int, Extra] = dict(speech.extras)  # and those GRBL 1.1h has not.
        if path is not None and path.exists():
            try:
                self._kept = dict(json.loads(path.read_text())["eeprom"])
            except OSError as error:
                raise EepromError("file-unreadable", path=str(path), why=str(error)) from error
            except (ValueError, TypeError, KeyError) as error:
                raise EepromError("eeprom-odd", path=str(path)) from error

    def erase(self) -> None:
        """Make it blank, as on a new board."""
        self._kept.clear()
        self._save()

    def load(self) -> bool:
        """Read the settings; whether they are there."""
        delivered = self._speech.extras.items()
        self.extras = {n: self._kept.get(f"own {n}") or value for n, value in delivered}
        if any(f"${number}" not in self._kept for number in FACTORY):
            return False
        self.settings |= {number: self._kept[f"${number}"] for number in FACTORY}
        return True

    def prepare(self, settings: Settings | None) -> None:
        """Do what a first power-on does with a blank EEPROM, and store the settings given."""
        if not self.load():
            self.restore("*")
        if settings is not None:
            self.settings |= settings
            self.write_settings()
        self.points()
        for name in _TEXTS:
            self.text(name)
        self.take_writes()

    def restore(self, what: str) -> None:
        """Put factory values back: ``$`` settings, ``#`` positions, ``*`` everything."""
        if what in "$*":
            self.settings |= FACTORY
            self.extras = dict(self._speech.extras)
            self.write_settings()
        if what in "#*":
            for index in range(len(PLACES)):
                self.write_point(index, ORIGIN)
        for name in _TEXTS if what == "*" else ():
            if name in self._kept:  # On a new board they are missing all the same.
                self.write_text(name, "")

    def write_settings(self) -> None:
        """Store all settings."""
        for number, value in self.settings.items():
            self._write(f"${number}", value)
        for number, own in self.extras.items():
            self._write(f"own {number}", own)

    def points(self) -> list[Point]:
        """The stored positions, by `PLACES`; those that are missing become zero."""
        kept = []
        for index in range(len(PLACES)):
            if f"point {index}" not in self._kept:
                self.write_point(index, ORIGIN)
            kept.append(self._kept[f"point {index}"])
        return [(x, y, z) for x, y, z in kept]

    def write_point(self, index: int, point: Point) -> None:
        """Store a position."""
        self._write(f"point {index}", point)

    def text(self, name: str) -> str | None:
        """A start-up line, or `BUILD_INFO`; None, and empty then, if missing."""
        found: str | None = self._kept.get(name)
        if found is None:
            self.write_text(name, "")
        return found

    def write_text(self, name: str, text: str) -> None:
        """Store a text."""
        self._write(name, text[: _LINE_BYTES - 1])

    def take_writes(self) -> list[float]:
        """How long each byte kept interrupts off that was written since the last call, s."""
        writes, self._writes = self._writes, []
        if writes:
            self._save()
        return writes

    def _save(self) -> None:
        if self._path is not None:
            fresh = self._path.with_name(self._path.name + ".new")
            with contextlib.suppress(OSError):  # Then it is kept as long as there is power.
                fresh.write_text(json.dumps({"eeprom": self._kept}))
                fresh.replace(self._path)

    def _write(self, name: str, value: Point | Extra) -> None:
        old, new = self._kept.get(name), _bytes(value)
        self._kept[name] = value
        was = b"\xff" * _LINE_BYTES if old is None else _bytes(old).ljust(len(new), b"\0")
        for before, after in zip(was, new, strict=False):
            if before != after:
                one_step = after == 0xFF or before & after == after
                self._writes.append(_ONE_STEP_S if one_step else _ERASE_AND_WRITE_S)


def _bytes(value: Point | Extra) -> bytes:
    """A value as the EEPROM holds it."""
    if isinstance(value, str):
        return value.encode("latin-1", "replace") + b"\0"
    if isinstance(value, tuple | list):
        return struct.pack("<3f", *value)
    return bytes([value]) if isinstance(value, int) else struct.pack("<f", value)
