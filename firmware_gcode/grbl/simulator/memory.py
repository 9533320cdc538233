"""What the controller keeps over a power cut: 1 KiB of EEPROM, laid out as GRBL 1.1h does.

Writing a byte stops the processor's interrupts for up to 3.4 ms, and bytes that arrive on the
serial line meanwhile are lost; that is why the time of every write is counted.
"""

from __future__ import annotations

import contextlib
import json
import struct
from pathlib import Path
from typing import Final

from firmware_gcode.facts import CodedError
from firmware_gcode.gcode.actions import Point
from firmware_gcode.gcode.interpreter import ORIGIN
from firmware_gcode.grbl.dialects.speech import Extra, Speech
from firmware_gcode.grbl.simulator.settings import Settings

SIZE: Final = 1024
STARTUP_LINES: Final = 2
BUILD_INFO: Final = -1
"""The slot of the user's part of `$I`, beside those of the start-up lines."""

_VERSION: Final = 10
_SETTINGS_AT: Final = 1
_EXTRAS_AT, _EXTRAS_BYTES = 128, 380
"""Where GRBL keeps nothing, another dialect keeps its own settings."""
_POINTS_AT, _POINTS = 512, 8
_LINES_AT, _LINE_BYTES = 768, 80
"""Texts, each with its closing zero."""
_BUILD_INFO_AT: Final = 942
_POINT: Final = struct.Struct("<3f")
_ERASE_AND_WRITE_S, _ONE_STEP_S = 3.4e-3, 1.8e-3


class EepromError(CodedError):
    """The file that holds the EEPROM cannot be used."""


class Memory:
    """Settings, places and texts, and the bytes with checksums behind them.

    Attributes:
        settings: Those in force.
        extras: Settings that GRBL 1.1h has not, by number.
    """

    def __init__(self, speech: Speech, path: Path | None = None) -> None:
        """Read the file if it exists; without one the EEPROM is blank (all ones).

        Raises:
            EepromError: The file is not an EEPROM image or cannot be read.
        """
        self._speech = speech
        self._path = path
        self._bytes = bytearray(b"\xff" * SIZE)
        self._writes: list[float] = []
        self.settings = Settings()
        self.extras: dict[int, Extra] = dict(speech.extras)
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

    def load(self) -> bool:
        """Read the settings; whether they are valid."""
        self.extras = dict(self._speech.extras)
        stored = self._read(_SETTINGS_AT, Settings.packed_size())
        if self._bytes[0] != _VERSION or stored is None:
            return False
        self.settings.take(Settings.unpack(stored))
        extras = self._read(_EXTRAS_AT, _EXTRAS_BYTES) or b""
        with contextlib.suppress(ValueError, AttributeError):  # None, or damaged.
            own = json.loads(extras.split(b"\0", 1)[0])
            self.extras |= {int(number): value for number, value in own.items()}
        return True

    def prepare(self, settings: Settings | None) -> None:
        """Do what a first power-on does with a blank EEPROM, and store the settings given."""
        if not self.load():
            self.restore("*")
        elif settings is None:
            return
        if settings is not None:
            self.settings.take(settings)
            self.write_settings()
        self.points()
        for slot in (*range(STARTUP_LINES), BUILD_INFO):
            self.text(slot)
        self.take_writes()

    def restore(self, what: str) -> None:
        """Put factory values back: ``$`` settings, ``#`` positions, ``*`` everything."""
        if what in "$*":
            self.settings.take(Settings())
            self.extras = dict(self._speech.extras)
            self.write_settings()
        if what in "#*":
            for index in range(_POINTS):
                self.write_point(index, ORIGIN)
        if what == "*":
            for slot in (*range(STARTUP_LINES), BUILD_INFO):
                self._put(_text_at(slot), 0)
                self._put(_text_at(slot) + 1, 0)

    def write_settings(self) -> None:
        """Store all settings."""
        self._put(0, _VERSION)
        self._write(_SETTINGS_AT, self.settings.pack())
        if self.extras or self._bytes[_EXTRAS_AT] != 0xFF:
            text = json.dumps({str(number): value for number, value in self.extras.items()})
            self._write(_EXTRAS_AT, text.encode()[:_EXTRAS_BYTES].ljust(_EXTRAS_BYTES, b"\0"))

    def points(self) -> list[Point]:
        """The stored positions: G54 to G59, G28, G30; those that are damaged become zero."""
        found = []
        for index in range(_POINTS):
            data = self._read(_POINTS_AT + index * (_POINT.size + 1), _POINT.size)
            if data is None:
                self.write_point(index, ORIGIN)
            x, y, z = _POINT.unpack(data) if data else ORIGIN
            found.append((x, y, z))
        return found

    def write_point(self, index: int, point: Point) -> None:
        """Store a position."""
        self._write(_POINTS_AT + index * (_POINT.size + 1), _POINT.pack(*point))

    def text(self, slot: int) -> str | None:
        """A start-up line, by its index, or `BUILD_INFO`; None, and emptied, if damaged."""
        data = self._read(_text_at(slot), _LINE_BYTES)
        if data is None:
            self.write_text(slot, "")
            return None
        return data.split(b"\0", 1)[0].decode("latin-1")

    def write_text(self, slot: int, text: str) -> None:
        """Store a text. As in GRBL, a line of index 2 runs into the build info."""
        address = _text_at(slot)
        if address + _LINE_BYTES < SIZE:
            # GRBL copies its whole line buffer; behind the closing zero stands anything.
            old = self._bytes[address : address + _LINE_BYTES]
            data = text.encode("latin-1")[: _LINE_BYTES - 1] + b"\0"
            self._write(address, data + old[len(data) :])

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
                fresh.write_bytes(self._bytes)
                fresh.replace(self._path)

    def _put(self, address: int, value: int) -> None:
        old = self._bytes[address]
        if old != value:
            self._bytes[address] = value
            one_step = value == 0xFF or old & value == value
            self._writes.append(_ONE_STEP_S if one_step else _ERASE_AND_WRITE_S)

    def _write(self, address: int, data: bytes) -> None:
        for place, value in enumerate((*data, _checksum(data)), address):
            self._put(place, value)

    def _read(self, address: int, size: int) -> bytes | None:
        data = bytes(self._bytes[address : address + size])
        return data if self._bytes[address + size] == _checksum(data) else None


def _text_at(slot: int) -> int:
    return _BUILD_INFO_AT if slot == BUILD_INFO else _LINES_AT + slot * (_LINE_BYTES + 1)


def _checksum(data: bytes) -> int:
    """GRBL's checksum (which, through a slip in it, sees little more than the last byte)."""
    checksum = 0
    for value in data:
        checksum = ((1 if checksum else 0) + value) & 0xFF
    return checksum
