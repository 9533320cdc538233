"""The controller's EEPROM: 1 KiB that survives a power cut, laid out as GRBL 1.1h does.

Writing a byte stops the processor's interrupts for up to 3.4 ms, and bytes that arrive on the
serial line meanwhile are lost; that is why the time of every write is counted.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from firmware_gcode.facts import CodedError
from firmware_gcode.gcode.actions import Point
from firmware_gcode.grbl.dialects.speech import Extra
from firmware_gcode.grbl.simulator.settings import Settings

SIZE: Final = 1024
LINE_BYTES: Final = 80
"""Bytes of a stored text line, its closing zero included."""

_VERSION: Final = 10
_SETTINGS_AT: Final = 1
_POINTS_AT: Final = 512
_EXTRAS_AT: Final = 128
_EXTRAS_BYTES: Final = 380
"""Where GRBL keeps nothing, another dialect keeps its own settings."""
_LINES_AT: Final = 768
_BUILD_INFO_AT: Final = 942
POINTS: Final = 8
STARTUP_LINES: Final = 2
BUILD_INFO: Final = -1
"""The slot of the user's part of `$I`, beside those of the start-up lines."""
_POINT: Final = struct.Struct("<3f")
_ERASE_AND_WRITE_S: Final = 3.4e-3
_ONE_STEP_S: Final = 1.8e-3


class EepromError(CodedError):
    """The file that holds the EEPROM cannot be used."""


class Eeprom:
    """Bytes with checksums; every write tells how long it took.

    Attributes:
        writes: Seconds that each written byte has kept the interrupts off since the last call
            of `take_writes`.
        problem: Why the file could not be written the last time, in a sentence.
    """

    def __init__(self, path: Path | None = None) -> None:
        """Read the file if it exists; without one the EEPROM is blank (all ones).

        Raises:
            EepromError: The file is not an EEPROM image or cannot be read.
        """
        self._path = path
        self._bytes = bytearray(b"\xff" * SIZE)
        self.writes: list[float] = []
        self.problem: str | None = None
        if path is not None and path.exists():
            try:
                image = path.read_bytes()
            except OSError as error:
                raise EepromError("file-unreadable", path=str(path), why=str(error)) from error
            if len(image) != SIZE:
                size = len(image)
                raise EepromError("eeprom-size", path=str(path), size=size, wanted=SIZE)
            self._bytes[:] = image

    def erase(self) -> None:
        """Make it blank, as on a new board."""
        self._bytes[:] = b"\xff" * SIZE
        self._save()

    def take_writes(self) -> list[float]:
        """Return the times of the bytes written since the last call, and forget them."""
        writes, self.writes = self.writes, []
        if writes:
            self._save()
        return writes

    def _save(self) -> None:
        if self._path is None:
            return
        fresh = self._path.with_name(self._path.name + ".new")
        try:
            fresh.write_bytes(self._bytes)
            fresh.replace(self._path)
        except OSError as error:
            self.problem = f"The EEPROM file {self._path} cannot be written: {error.strerror}."
        else:
            self.problem = None

    def _put(self, address: int, value: int) -> None:
        old = self._bytes[address]
        if old == value:
            return
        self._bytes[address] = value
        one_step = value == 0xFF or old & value == value
        self.writes.append(_ONE_STEP_S if one_step else _ERASE_AND_WRITE_S)

    def _write(self, address: int, data: bytes) -> None:
        for offset, value in enumerate(data):
            self._put(address + offset, value)
        self._put(address + len(data), _checksum(data))

    def _read(self, address: int, size: int) -> bytes | None:
        data = bytes(self._bytes[address : address + size])
        return data if self._bytes[address + size] == _checksum(data) else None

    def read_settings(self) -> Settings | None:
        """The stored settings, None if they are not valid."""
        if self._bytes[0] != _VERSION:
            return None
        data = self._read(_SETTINGS_AT, Settings.packed_size())
        return None if data is None else Settings.unpack(data)

    def write_settings(self, settings: Settings) -> None:
        """Store all settings."""
        self._put(0, _VERSION)
        self._write(_SETTINGS_AT, settings.pack())

    def read_extras(self) -> dict[int, Extra]:
        """The settings of another dialect that were changed; none if they are not valid."""
        data = self._read(_EXTRAS_AT, _EXTRAS_BYTES)
        return {} if data is None else _unpack(data.split(b"\0", 1)[0])

    def write_extras(self, extras: Mapping[int, Extra]) -> None:
        """Store the settings that only another dialect has."""
        if not extras and self._bytes[_EXTRAS_AT] == 0xFF:
            return
        text = json.dumps({str(number): value for number, value in extras.items()})
        self._write(_EXTRAS_AT, text.encode()[:_EXTRAS_BYTES].ljust(_EXTRAS_BYTES, b"\0"))

    def read_point(self, index: int) -> Point | None:
        """A position (0 to 5 G54 to G59, 6 G28, 7 G30); None, and zeroed, if damaged."""
        data = self._read(_POINTS_AT + index * (_POINT.size + 1), _POINT.size)
        if data is None:
            self.write_point(index, (0.0, 0.0, 0.0))
            return None
        x, y, z = _POINT.unpack(data)
        return (x, y, z)

    def write_point(self, index: int, point: Point) -> None:
        """Store a position."""
        self._write(_POINTS_AT + index * (_POINT.size + 1), _POINT.pack(*point))

    def clear_points(self) -> None:
        """Store zero everywhere (``$RST=#``)."""
        for index in range(POINTS):
            self.write_point(index, (0.0, 0.0, 0.0))

    def read_text(self, slot: int) -> str | None:
        """A start-up line, by its index, or `BUILD_INFO`; None, and emptied, if damaged."""
        data = self._read(_text_at(slot), LINE_BYTES)
        if data is None:
            self.write_text(slot, "")
            return None
        return data.split(b"\0", 1)[0].decode("latin-1")

    def write_text(self, slot: int, text: str) -> None:
        """Store a text. As in GRBL, a line of index 2 runs into the build info."""
        address = _text_at(slot)
        if address + LINE_BYTES < SIZE:
            # GRBL copies its whole line buffer; behind the closing zero stands anything.
            old = self._bytes[address : address + LINE_BYTES]
            data = text.encode("latin-1")[: LINE_BYTES - 1] + b"\0"
            self._write(address, data + old[len(data) :])

    def clear_texts(self) -> None:
        """Empty start-up lines and build info (``$RST=*``)."""
        for slot in (0, 1, BUILD_INFO):
            self._put(_text_at(slot), 0)
            self._put(_text_at(slot) + 1, 0)


def _text_at(slot: int) -> int:
    return _BUILD_INFO_AT if slot == BUILD_INFO else _LINES_AT + slot * (LINE_BYTES + 1)


def _unpack(data: bytes) -> dict[int, Extra]:
    try:
        return {int(number): value for number, value in json.loads(data).items()}
    except (ValueError, AttributeError):
        return {}


def _checksum(data: bytes) -> int:
    """GRBL's checksum (which, through a slip in it, sees little more than the last byte)."""
    checksum = 0
    for value in data:
        checksum = ((1 if checksum else 0) + value) & 0xFF
    return checksum
