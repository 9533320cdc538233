"""The profile against the machine's own settings, and what the machine keeps in backups."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from firmware_gcode.facts import fact
from firmware_gcode.setup import words
from firmware_gcode.setup.backup import (
    Backup,
    load_backup,
    new_backup_path,
    plan_restore,
    relabelled,
    save_backup,
    stranger,
)
from firmware_gcode.setup.compare import notes, plan_apply, unlike, warnings
from firmware_gcode.setup.files import SetupError
from firmware_gcode.setup.readout import Readout
from firmware_gcode.setup.writing import Step, WriteReport
from pi_service.studio.core.errors import StudioError
from pi_service.studio.workshop.machine_session import LOOKS_S, MachineSession, asked
from pi_service.studio.workshop.tasks import said

FOLDER = "machine-backups"
WRITING = "before settings were written"
"""The note of a backup that was made because of that."""
KEPT = 50
"""Backups that are kept; the oldest go."""
_NAME = re.compile(r"machine-\d{8}-\d{6}(-\d+)?\.json")
Data = dict[str, Any]


class Checkup:
    """Compares, writes and restores a machine's settings; every write is backed up first.

    Args:
        data: The service's folder; backups go into one below it.
    """

    def __init__(
        self, session: MachineSession, data: Path, *, now: Callable[[], datetime] | None = None
    ) -> None:
        self._session = session
        self._folder = data / FOLDER
        self._now = now or (lambda: datetime.now(UTC))
        self.written: Data | None = None
        """What came of writing last, as `outcome`."""

    def check(self, *, wait_s: float) -> Data | None:
        """Read the machine and compare; None where that takes longer.

        The fields are those of the web's `CheckupSchema`; stored positions in mm.
        """

        def work() -> Data:
            return self._view(self._session.machine.read())

        return self._session.do(fact("task-settings-read"), work, wait_s, after_s=LOOKS_S)

    def write(self, keys: Sequence[str] | None, *, wait_s: float) -> Data | None:
        """Write what the profile says into the machine: some settings, or (None) all.

        Gives the `outcome`; None where it takes longer.
        """

        def work() -> Data:
            has = self._session.machine.read()
            wanted = dict(self._session.own.profile.grbl)
            if keys is not None:
                wanted = {key: wanted[key] for key in keys if key in wanted}
                if unknown := sorted(set(keys) - set(wanted)):
                    raise SetupError("profile-silent-on", keys=", ".join(unknown))
            return self._put(has, plan_apply(wanted, has))

        return self._session.do(fact("task-settings-written"), work, wait_s)

    def write_steps(self, steps: Sequence[Step]) -> WriteReport:
        """Write any steps, the machine backed up before; only for tasks."""
        self._save(self._session.machine.read(), "before a line from the console")
        return self._session.machine.write(steps)

    def take(self, keys: Sequence[str] | None, *, wait_s: float) -> Data | None:
        """Write what the machine has into the profile: some, or (None) all that differ.

        Gives what `MachineSession.keep` does; None where it takes longer.
        """

        def work() -> Data:
            found = self._session.machine.read()
            has, wanted = found.settings, keys
            if wanted is None:
                differ = unlike(self._session.own.profile.grbl, found)
                wanted = [each.key for each in differ]
            if missing := [key for key in wanted if key not in has]:
                raise SetupError("machine-has-not", keys=", ".join(missing))
            if not wanted:
                return said(fact("profile-has-all"))
            changes = {("grbl", key): has[key] for key in wanted}
            self._session.fits(changes)
            return self._session.keep(changes)

        return self._session.do(fact("task-settings-kept"), work, wait_s)

    def make_backup(self, *, wait_s: float) -> Data | None:
        """Keep everything that the machine has stored in a file; None if it takes longer."""

        def work() -> Data:
            return {"name": self._save(self._session.machine.read(), "by hand").name}

        return self._session.do(fact("task-backup"), work, wait_s, after_s=LOOKS_S)

    def backups(self) -> list[Data]:
        """The backups, the newest first: ``name``, ``at`` (seconds since 1970), ``bytes``."""
        found = [path for path in self._folder.glob("*.json") if _NAME.fullmatch(path.name)]
        return [
            {"name": path.name, "at": (stat := path.stat()).st_mtime, "bytes": stat.st_size}
            for path in sorted(found, key=_made, reverse=True)
        ]

    def written_at(self) -> float | None:
        """When settings were written last, seconds since 1970; None where nobody knows."""
        for kept in self.backups():
            with suppress(SetupError):
                if load_backup(self._folder / kept["name"]).note == WRITING:
                    return float(kept["at"])
        return None

    def backup_file(self, name: str) -> Path:
        """The file of a backup."""
        path = self._folder / name
        if not _NAME.fullmatch(name) or not path.is_file():
            raise StudioError("backup-unknown", name=name[:60])
        return path

    def restore(self, name: str, *, from_another: bool, wait_s: float) -> Data | None:
        """Bring the machine back to what a backup has kept, of another machine if asked.

        Gives the `outcome`; None where it takes longer.
        """
        path = self.backup_file(name)
        with asked():
            kept = load_backup(path)

        def work() -> Data:
            has = self._session.machine.read()
            if (odd := stranger(kept, has)) and not from_another:
                raise SetupError(odd)
            steps, left = plan_restore(kept, has)
            if told := relabelled(kept, has):
                left.append(told)
            put = self._put(has, steps, confirmed=True)
            return {
                **put,
                "left": list(map(str, left)),
                "left_facts": [each.as_dict() for each in left],
            }

        return self._session.do(fact("task-restore"), work, wait_s)

    def _put(self, has: Readout, steps: list[Step], *, confirmed: bool = False) -> Data:
        if not steps:
            return outcome(WriteReport(), "")
        kept = self._save(has, WRITING)
        report = self._session.machine.write(steps, confirmed=confirmed)
        self.written = outcome(report, kept.name)
        return self.written

    def _save(self, has: Readout, note: str) -> Path:
        now = self._now()
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise SetupError(
                "file-unwritable", path=str(self._folder), why=str(error)
            ) from error
        path = new_backup_path(self._folder, now)
        save_backup(Backup(has, now.isoformat(timespec="seconds"), note), path)
        for old in self.backups()[KEPT:]:
            (self._folder / old["name"]).unlink(missing_ok=True)
        return path

    def _view(self, found: Readout) -> Data:
        profile = self._session.own.profile
        differing = {each.key for each in unlike(profile.grbl, found)}
        warned = warnings(profile, found) + notes(profile, found)
        keys = sorted(set(found.settings) | set(profile.grbl), key=words.order)
        return {
            "firmware": found.firmware,
            "settings": [
                {
                    "key": key,
                    "meaning": str(words.meaning(key)),
                    "meaning_fact": words.meaning(key).as_dict(),
                    "unit": words.unit(key),
                    "machine": found.settings.get(key),
                    "profile": profile.grbl.get(key),
                    "differs": key in differing,
                }
                for key in keys
            ],
            "warnings": list(map(str, warned)),
            "warning_facts": [each.as_dict() for each in warned],
            "offsets": {name: list(values) for name, values in found.offsets.items()},
            "startup": {f"$N{n}": text for n, text in found.startup.items()},
        }


def outcome(report: WriteReport, backup: str) -> Data:
    """What became of writing, ready for JSON.

    Returns:
        ``complete``, ``text`` (for people), ``facts`` (the same), ``place_lost``, ``backup``
        (its name, or ""), ``steps`` (``name``, ``before``, ``wanted``, ``fate``, ``note``).
    """
    facts = [each.as_dict() for each in report.told()]
    return {**report.as_dict(), "text": report.text(), "facts": facts, "backup": backup}


def _made(path: Path) -> tuple[str, int, str]:
    """Orders backups by when they were made, those of one second as well."""
    when = path.stem[: len("machine-00000000-000000")]
    return when, len(path.stem), path.stem
