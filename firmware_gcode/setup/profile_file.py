"""Changing values in a person's own profile file: comments, order and layout stay.

The text is edited line by line and believed only if TOML then reads exactly the wanted values
and nothing else has changed. The old file is kept beside it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from copy import deepcopy
from datetime import datetime
from pathlib import Path

from firmware_gcode.program.profile import SHIPPED, Profile
from firmware_gcode.program.profile_fields import ProfileError
from firmware_gcode.setup.files import SetupError, free_name, write_whole

Change = float | str | tuple[float, float]
Changes = Mapping[tuple[str, str], Change]
"""New values by (table, key); the table is "" for the top of the file."""

_HEADER = re.compile(r"\s*\[\s*([A-Za-z0-9_-]+)\s*\]\s*(?:#.*)?")
_VALUE = r"""("(?:[^"\\]|\\.)*"|'[^']*'|\[[^\]]*\]|[^\s#]+)"""


class ProfileFile:
    """A profile that may be changed: its file, and the profile that it says.

    Args:
        path: The file. The profiles that come with the product are refused: copy one first.

    Raises:
        ProfileError: The file cannot be read, or is not a profile.
        SetupError: It is one of the shipped profiles.
    """

    def __init__(self, path: str | Path) -> None:
        named = str(path) in Profile.shipped()
        self.path = SHIPPED / f"{path}.toml" if named else Path(path).expanduser()
        if self.path.resolve().parent == SHIPPED:
            raise SetupError("profile-shipped", name=self.path.stem, path=str(self.path))
        self.profile = Profile.load(self.path)

    def planned(self, changes: Changes) -> Profile:
        """The profile as it would be; nothing is written.

        Raises:
            ProfileError: A value that no profile may have.
            SetupError: The file is laid out in a way that cannot be edited here.
        """
        return self._edited(changes)[1]

    def change(self, changes: Changes, now: datetime) -> Path:
        """Write changes into the file, whole or not at all; gives the file that keeps the old.

        Raises:
            ProfileError: A value that no profile may have; nothing is written.
            SetupError: The file cannot be edited or written; it is as it was.
        """
        text, profile = self._edited(changes)
        stem = f"{self.path.name}.{now:%Y%m%d-%H%M%S}"
        kept = free_name(self.path.parent, stem, ".bak")
        write_whole(kept, self._text())
        write_whole(self.path, text)
        self.profile = profile
        return kept

    def _text(self) -> str:
        try:
            return self.path.read_bytes().decode("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            path, why = str(self.path), str(error)
            raise ProfileError("profile-unreadable", path=path, why=why) from error

    def _edited(self, changes: Changes) -> tuple[str, Profile]:
        text = self._text()
        try:
            wanted = deepcopy(tomllib.loads(text))
            for (table, key), value in changes.items():
                inside = wanted.setdefault(table, {}) if table else wanted
                inside[key] = list(value) if isinstance(value, tuple) else value
                text = _set(text, table, key, _toml(value))
            found = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise self._by_hand(changes) from error
        if found != wanted:
            raise self._by_hand(changes)
        return text, Profile.from_values(found, self.path.name)

    def _by_hand(self, changes: Changes) -> SetupError:
        lines = ", ".join(
            f"{f'{table}.' if table else ''}{key} = {_toml(value)}"
            for (table, key), value in changes.items()
        )
        return SetupError("profile-by-hand", path=str(self.path), lines=lines)


def _toml(value: Change) -> str:
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, tuple):
        return f"[{_toml(value[0])}, {_toml(value[1])}]"
    text = f"{value:.4f}".rstrip("0")
    return f"{text}0" if text.endswith(".") else text


def _set(text: str, table: str, key: str, value: str) -> str:
    """The text with one value set; a new key goes to the end of its table."""
    lines = text.splitlines(keepends=True)
    first, last = _span(lines, table)
    name = rf"(?:{re.escape(key)}|\"{re.escape(key)}\"|'{re.escape(key)}')"
    pattern = re.compile(rf"(\s*{name}\s*=\s*){_VALUE}(.*)", re.DOTALL)
    for index in range(first, last):
        if found := pattern.fullmatch(lines[index]):
            lines[index] = found[1] + _padded(value, found[2], found[3]) + found[3]
            return "".join(lines)
    end = last
    while end > first and _is_blank(lines[end - 1]):
        end -= 1
    shown = key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else f'"{key}"'
    ending = "\r\n" if lines and lines[0].endswith("\r\n") else "\n"
    if end and not lines[end - 1].endswith("\n"):
        lines[end - 1] += ending
    lines.insert(end, f"{shown} = {value}{ending}")
    return "".join(lines)


def _padded(value: str, old: str, rest: str) -> str:
    """Keep a comment behind the value in its column where there is room."""
    return value.ljust(len(old)) if rest.lstrip().startswith("#") else value


def _span(lines: list[str], table: str) -> tuple[int, int]:
    """The lines of a table, header excluded: first, and one after the last."""
    first = 0 if not table else -1
    for index, line in enumerate(lines):
        header = _HEADER.fullmatch(line.rstrip("\r\n"))
        if header is None:
            continue
        if first >= 0:
            return first, index
        if header[1] == table:
            first = index + 1
    if first < 0:
        return len(lines), len(lines)
    return first, len(lines)


def _is_blank(line: str) -> bool:
    return not line.strip() or line.lstrip().startswith("#")
