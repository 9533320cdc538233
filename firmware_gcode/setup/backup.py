"""A machine's stored state as a JSON file, and the way back."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from firmware_gcode.facts import Fact, fact
from firmware_gcode.gcode.actions import Coolant, Signal
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
LAST_OF_GRBL = 132
"""The last of GRBL's settings; which a dialect has beyond may depend on the others."""
UNAVAILABLE = "N/A"
"""What grblHAL shows for a setting that its board has no use for."""


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
        "texts": dict(found.texts),
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
    texts = _table(found.get("texts", {}), "texts")
    for key in texts:
        if not re.fullmatch(r"\$\d{1,3}", key):
            raise SetupError("backup-setting", name=key)
    startup = _table(found["startup"], "startup")
    for name in startup:
        if not re.fullmatch(r"\$N\d", name):
            raise SetupError("backup-startup", name=name)
    machine = Readout(
        settings={key: _number(value, key) for key, value in settings.items()},
        offsets={
            name: _place(value, name)
            for name, value in _table(found["offsets_mm"], "offsets_mm").items()
            if name in STORED
        },
        startup={int(name[2:]): _text(text, name) for name, text in startup.items()},
        version=_text(firmware["version"], "version"),
        label=_text(firmware["label"], "label"),
        options=_text(firmware["options"], "options"),
        buffer=int(_number(firmware["buffer"], "buffer")),
        texts={key: _text(text, key) for key, text in texts.items()},
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


def _place(value: object, name: str) -> tuple[float, ...]:
    if not (isinstance(value, list) and len(value) in {2, 3}):
        raise SetupError("backup-triple", name=name, value=repr(value))
    return tuple(_number(each, name) for each in value)


def _text(value: object, name: str) -> str:
    if not isinstance(value, str):
        raise SetupError("backup-text", name=name, value=repr(value))
    return value


MECHANICS = ("$3", "$23", *(f"$1{kind}{axis}" for kind in (0, 3) for axis in range(3)))
"""Settings that hold as long as nobody rebuilds the machine: a board is known by them."""


def stranger(backup: Backup, machine: Readout) -> Fact | None:
    """Why a backup may be another machine's; None if it fits.

    A label is its owner's to change: a board that had none, or whose mechanics are the same,
    is the same board (see `relabelled`).
    """
    was, now = backup.machine, machine
    if was.version != now.version or was.options != now.options:
        return fact(
            "backup-other-version",
            was=f"{was.version} ({was.options})",
            now=f"{now.version} ({now.options})",
        )
    differing = sorted(_names(was) ^ _names(now), key=words.order)
    odd = [key for key in differing if words.order(key)[0] <= LAST_OF_GRBL]
    if odd:
        return fact("backup-other-settings", odd=", ".join(odd))
    if not _same_label(was, now) and was.label and (other := _rebuilt(was, now)):
        return fact("backup-other-label", was=was.label, now=now.label, odd=", ".join(other))
    return None


def relabelled(backup: Backup, machine: Readout) -> Fact | None:
    """What to say of a board that is taken for the backup's although its label is another."""
    was, now = backup.machine, machine
    if _same_label(was, now):
        return None
    return fact("backup-relabelled", was=was.label, now=now.label)


def _names(found: Readout) -> set[str]:
    return {*found.settings, *found.texts}


def _same_label(was: Readout, now: Readout) -> bool:
    """GRBL keeps a label in capitals, some builds as it was typed."""
    return was.label.casefold() == now.label.casefold()


def _rebuilt(was: Readout, now: Readout) -> list[str]:
    return [
        key
        for key in MECHANICS
        if key in was.settings and not words.same(key, was.settings[key], now.settings[key])
    ]


def plan_restore(backup: Backup, machine: Readout) -> tuple[list[Step], list[Fact]]:
    """The steps that bring a machine back, and what cannot be brought back.

    Raises:
        SetupError: The settings of the backup contradict each other.
    """
    was, dialect = backup.machine, machine.dialect
    filed = {
        key: value
        for key, value in was.settings.items()
        if key in dialect.elsewhere and not equal(key, value, machine.settings.get(key))
    }
    named = {
        key: value
        for key, value in was.settings.items()
        if key in machine.settings and key not in dialect.elsewhere
    }
    steps = plan_writes(named, machine.settings, wide=dialect.wide)
    steps += _text_steps(was, machine)
    left = [
        fact("no-setting-here", key=key)
        for key in (*was.settings, *was.texts)
        if key not in _names(machine) and key not in filed
    ]
    if filed:
        left.append(dialect.in_file(filed))
    for number, name in enumerate(WORK_SYSTEMS, 1):
        place, now = was.offsets.get(name), machine.offsets.get(name)
        if place is not None and not equal(name, place, now):
            steps.append(Step(name, now, place, _offset_line(number, place), "$#"))
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


def _text_steps(was: Readout, machine: Readout) -> list[Step]:
    """Texts that differ; one that is shown as stars is a password, and no text at all."""
    return [
        Step(key, machine.texts[key], text, f"{key}={text}")
        for key, text in was.texts.items()
        if machine.texts.get(key, text) != text
        and text != UNAVAILABLE
        and not re.fullmatch(r"\*+", text)
    ]


def _offset_line(number: int, values: tuple[float, ...]) -> str:
    axes = zip("XYZ", values, strict=False)
    place = "".join(f"{axis}{words.text(round(value, 3))}" for axis, value in axes)
    return f"G21G10L2P{number}{place}"


def _unsafe(text: str) -> Fact | None:
    """GRBL executes a start-up line while it stores it: why it may not, or None."""
    try:
        actions = Interpreter().execute(text)
    except GcodeError as error:
        return fact("startup-refused", why=error.fact)
    still = (isinstance(each, Coolant) or each is Signal.OFFSETS_CHANGED for each in actions)
    return None if all(still) else fact("startup-moves")
