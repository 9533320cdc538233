"""A machine's stored state as a JSON file, and the way back."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from firmware_gcode.facts import Fact, fact
from firmware_gcode.gcode.actions import Coolant, OffsetsChanged
from firmware_gcode.gcode.errors import GcodeError
from firmware_gcode.gcode.interpreter import Interpreter
from firmware_gcode.setup import words
from firmware_gcode.setup.compare import plan_writes
from firmware_gcode.setup.files import SetupError, free_name, write_whole
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
        "firmware": found.firmware,
        "settings": dict(
            sorted(found.settings.items(), key=lambda item: words.order(item[0]))
        ),
        "offsets_mm": {name: list(values) for name, values in found.offsets.items()},
        "startup": {f"$N{number}": text for number, text in found.startup.items()},
    }
    write_whole(path, json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def new_backup_path(folder: Path, now: datetime) -> Path:
    """A name in a folder that no backup has yet."""
    return free_name(folder, f"machine-{now:%Y%m%d-%H%M%S}", ".json")


def load_backup(path: Path) -> Backup:
    """Read a backup file, every value checked.

    Raises:
        SetupError: It cannot be read, or is not a backup of this format.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        told = error.strerror or str(error)
        raise SetupError("file-unreadable", path=str(path), why=told) from error
    except (ValueError, RecursionError) as error:
        raise SetupError("backup-not-json", path=str(path)) from error
    try:
        return _backup(content)
    except KeyError as error:
        why = fact("backup-lacks", name=str(error.args[0]))
    except SetupError as error:
        why = error.fact
    raise SetupError("backup-damaged", path=str(path), why=why)


def _backup(content: object) -> Backup:
    found = _table(content, "JSON")
    if found["format"] != FORMAT:
        raise SetupError("backup-format", found=str(found["format"]))
    if found["format_version"] != FORMAT_VERSION:
        version = str(found["format_version"])
        raise SetupError("backup-format-version", found=version, known=FORMAT_VERSION)
    firmware = _table(found["firmware"], "firmware")
    settings = _table(found["settings"], "settings")
    if not settings:
        raise SetupError("backup-no-settings")
    for key in settings:
        if not re.fullmatch(r"\$\d{1,3}", key):
            raise SetupError("backup-setting", name=key)
    startup = _table(found["startup"], "startup")
    for name in startup:
        if not re.fullmatch(r"\$N\d", name):
            raise SetupError("backup-startup", name=name)
    machine = Readout(
        settings={key: _number(value, key) for key, value in settings.items()},
        offsets={
            name: _triple(value, name)
            for name, value in _table(found["offsets_mm"], "offsets_mm").items()
            if name in STORED
        },
        startup={int(name[2:]): _text(text, name) for name, text in startup.items()},
        version=_text(firmware["version"], "version"),
        label=_text(firmware["label"], "label"),
        options=_text(firmware["options"], "options"),
        buffer=int(_number(firmware["buffer"], "buffer")),
    )
    return Backup(machine, _text(found["made_at"], "made_at"), str(found.get("note", "")))


def _table(value: object, name: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise SetupError("backup-table", name=name)
    return value


def _number(value: object, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise SetupError("backup-number", name=name, value=repr(value))
    if not abs(value) <= LARGEST:
        raise SetupError("backup-value", name=name, value=repr(value))
    return float(value)


def _triple(value: object, name: str) -> tuple[float, ...]:
    if not (isinstance(value, list) and len(value) == 3):
        raise SetupError("backup-triple", name=name, value=repr(value))
    return tuple(_number(each, name) for each in value)


def _text(value: object, name: str) -> str:
    if not isinstance(value, str):
        raise SetupError("backup-text", name=name, value=repr(value))
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
