"""A machine's stored state as a JSON file, and the way back."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from firmware_gcode.facts import Fact, fact
from firmware_gcode.gcode.actions import Coolant, OffsetsChanged
from firmware_gcode.gcode.errors import GcodeError
from firmware_gcode.gcode.interpreter import Interpreter
from firmware_gcode.setup import words
from firmware_gcode.setup.compare import plan_writes
from firmware_gcode.setup.files import SetupError, write_whole
from firmware_gcode.setup.readout import STORED, Readout
from firmware_gcode.setup.writing import Step, equal

FORMAT = "catplotter machine backup"
FORMAT_VERSION = 1
WORK_SYSTEMS = STORED[:6]
"""G54 to G59 can be written; G28 and G30 only by going there, so they are left alone."""
LARGEST = 1e7


@dataclass(frozen=True)
class Backup:
    """What a backup file holds.

    Attributes:
        machine: The machine as it was read.
        made_at: When, ISO 8601.
        note: What the maker says about it, such as the port.
    """

    machine: Readout
    made_at: str
    note: str = ""


def save_backup(backup: Backup, path: Path) -> None:
    """Write the file, whole or not at all.

    Raises:
        SetupError: It cannot be written.
    """
    found = backup.machine
    content = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "made_at": backup.made_at,
        "note": backup.note,
        "firmware": {
            "version": found.version,
            "label": found.label,
            "options": found.options,
            "buffer": found.buffer,
        },
        "settings": dict(
            sorted(found.settings.items(), key=lambda item: words.order(item[0]))
        ),
        "offsets_mm": {name: list(values) for name, values in found.offsets.items()},
        "startup": {f"$N{number}": text for number, text in found.startup.items()},
    }
    write_whole(path, json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def load_backup(path: Path) -> Backup:
    """Read a backup file, every value checked.

    Raises:
        SetupError: It cannot be read, or is not a backup of this format.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        why = error.strerror or str(error)
        raise SetupError("file-unreadable", path=str(path), why=why) from error
    except (ValueError, RecursionError) as error:
        raise SetupError("backup-not-json", path=str(path), why=str(error)) from error
    try:
        return _backup(content)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise SetupError("backup-damaged", path=str(path), why=_what(error)) from error


def _what(error: Exception) -> str:
    return f"{error} is missing" if isinstance(error, KeyError) else str(error)


def _backup(content: Mapping[str, object]) -> Backup:
    if content["format"] != FORMAT:
        raise ValueError(f"its format is {content['format']!r}")
    if content["format_version"] != FORMAT_VERSION:
        raise ValueError(
            f"it has format version {content['format_version']!r}; known is {FORMAT_VERSION}"
        )
    firmware = _mapping(content["firmware"], "firmware")
    settings = {
        _key(key): _number(value, key)
        for key, value in _mapping(content["settings"], "settings").items()
    }
    if not settings:
        raise ValueError("it holds no settings")
    offsets = {
        name: _triple(value, name)
        for name, value in _mapping(content["offsets_mm"], "offsets_mm").items()
        if name in STORED
    }
    startup = {
        _line_number(name): _words(text, name)
        for name, text in _mapping(content["startup"], "startup").items()
    }
    machine = Readout(
        settings=settings,
        offsets=offsets,
        startup=startup,
        version=_words(firmware["version"], "version"),
        label=_words(firmware["label"], "label"),
        options=_words(firmware["options"], "options"),
        buffer=int(_number(firmware["buffer"], "buffer")),
    )
    return Backup(machine, _words(content["made_at"], "made_at"), str(content.get("note", "")))


def _mapping(value: object, name: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise TypeError(f"{name} is not a table")
    return value


def _key(key: str) -> str:
    if not (key.startswith("$") and key[1:].isdecimal() and len(key) <= 4):
        raise ValueError(f"{key!r} is no setting")
    return key


def _line_number(name: str) -> int:
    if not (name.startswith("$N") and name[2:].isdecimal() and len(name) == 3):
        raise ValueError(f"{name!r} is no start-up line")
    return int(name[2:])


def _number(value: object, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{name} is {value!r}, which is not a number")
    if not (math.isfinite(value) and abs(value) <= LARGEST):
        raise ValueError(f"{name} is {value!r}, which no setting can be")
    return float(value)


def _triple(value: object, name: str) -> tuple[float, ...]:
    if not (isinstance(value, list) and len(value) == 3):
        raise TypeError(f"{name} is {value!r}, not three numbers")
    return tuple(_number(each, name) for each in value)


def _words(value: object, name: str) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{name} is {value!r}, which is not a text")
    return value


def stranger(backup: Backup, machine: Readout) -> Fact | None:
    """Why a backup may be another machine's; None if it fits."""
    was, now = backup.machine, machine
    if was.version != now.version or was.options != now.options:
        return fact(
            "backup-other-version",
            was=f"{was.version} ({was.options})",
            now=f"{now.version} ({now.options})",
        )
    if was.label != now.label:
        return fact("backup-other-label", was=was.label, now=now.label)
    odd = sorted(set(was.settings) ^ set(now.settings), key=words.order)
    if odd:
        return fact("backup-other-settings", odd=", ".join(odd))
    return None


def plan_restore(backup: Backup, machine: Readout) -> tuple[list[Step], list[Fact]]:
    """The steps that bring a machine back, and what cannot be brought back.

    Raises:
        SetupError: The settings of the backup contradict each other.
    """
    was = backup.machine
    named = {key: value for key, value in was.settings.items() if key in machine.settings}
    steps = plan_writes(named, machine.settings)
    left = [
        fact("no-setting-here", key=key) for key in was.settings if key not in machine.settings
    ]
    for number, name in enumerate(WORK_SYSTEMS, 1):
        values, now = was.offsets.get(name), machine.offsets.get(name)
        if values is not None and not equal(name, values, now):
            steps.append(Step(name, now, values, _offset_line(number, values), "$#"))
    for number, text in sorted(was.startup.items()):
        if machine.startup.get(number) == text:
            continue
        if fault := _unsafe(text):
            line = f"$N{number}={text}"
            left.append(fact("startup-not-written", line=line, why=fault))
        else:
            before = machine.startup.get(number)
            steps.append(Step(f"$N{number}", before, text, f"$N{number}={text}", "$N"))
    left += [
        fact("stored-by-going", name=name)
        for name in STORED[6:]
        if not equal(name, was.offsets.get(name), machine.offsets.get(name))
    ]
    return steps, left


def _offset_line(number: int, values: tuple[float, ...]) -> str:
    x, y, z = (words.text(round(value, 3)) for value in values)
    return f"G21G10L2P{number}X{x}Y{y}Z{z}"


def _unsafe(text: str) -> Fact | None:
    """GRBL executes a start-up line while it stores it: why it may not, or None."""
    try:
        actions = Interpreter().execute(text)
    except GcodeError as error:
        return fact("startup-refused", why=error.fact)
    if not all(isinstance(action, Coolant | OffsetsChanged) for action in actions):
        return fact("startup-moves")
    return None
