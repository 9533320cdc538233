"""A look into a backup before it is put back: what is in it, and what would be lost."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from pi_service.studio.history import archive as archives
from pi_service.studio.history.archive import DATABASE, PROFILE, BackupError
from pi_service.studio.history.backup import unpacked

LISTED = 6
"""Cats that are named of those that would be lost."""
_COUNTS = {
    "cats": "SELECT count(*) FROM jobs WHERE state = 'done'",
    "jobs": "SELECT count(*) FROM jobs",
    "sheets": "SELECT count(*) FROM sheets",
    "rules": "SELECT count(*) FROM schedules",
    "form": "SELECT user_version FROM pragma_user_version",
    "first_at": "SELECT min(ended_at) FROM jobs WHERE state = 'done'",
    "last_at": "SELECT max(ended_at) FROM jobs WHERE state = 'done'",
}
_KEPT = {
    "settings": "SELECT name, value FROM settings ORDER BY name",
    "rules": "SELECT rule, class_name, enabled FROM schedules ORDER BY id",
}
_LOST = (
    "SELECT id, edition, class_name, ended_at FROM jobs AS now WHERE state = 'done' AND"
    " NOT EXISTS (SELECT 1 FROM old.jobs AS kept WHERE kept.id = now.id"
    " AND kept.seed = now.seed AND kept.state = 'done') ORDER BY id DESC"
)


def look_inside(archive: Path, data: Path) -> dict[str, Any]:
    """What is in a backup, and what of the gallery as it is now is not in it.

    Args:
        archive: A backup, or a folder of what was set aside.
        data: The service's folder; the service may run.

    Returns:
        The fields of the web's `BackupContentsSchema`.

    Raises:
        BackupError: It is damaged, no backup, or too new.
    """
    with unpacked(archive, data) as folder:
        try:
            with closing(_read(folder / DATABASE)) as kept:
                found = {name: _one(kept, text) for name, text in _COUNTS.items()}
                before = {name: kept.execute(text).fetchall() for name, text in _KEPT.items()}
            return {
                **found,
                "profile": (folder / PROFILE).exists(),
                "lost": _lost(data / DATABASE, folder / DATABASE, before),
            }
        except sqlite3.Error as error:
            raise BackupError(
                "data-backup-unreadable", archive=str(archive), why=str(error)
            ) from error


def _lost(now: Path, kept: Path, before: dict[str, list[Any]]) -> dict[str, Any] | None:
    """What is not in the backup; None where the gallery of now cannot be read."""
    try:
        with closing(_read(now)) as connection:
            connection.execute("ATTACH ? AS old", (f"{kept.absolute().as_uri()}?mode=ro",))
            cats = connection.execute(_LOST).fetchall()
            changed = {
                name: connection.execute(text).fetchall() != before[name]
                for name, text in _KEPT.items()
            }
    except sqlite3.Error:
        return None
    names = ("id", "edition", "class_name", "ended_at")
    return {
        "cats": len(cats),
        "latest": [dict(zip(names, row, strict=True)) for row in cats[:LISTED]],
        "settings": changed["settings"],
        "rules": changed["rules"],
    }


def _read(database: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)
    connection.execute("PRAGMA trusted_schema = OFF")
    return connection


def _one(connection: sqlite3.Connection, text: str) -> Any:
    return connection.execute(text).fetchone()[0]


def note_of(archive: Path) -> archives.Note | None:
    """What a backup says of itself, from its first bytes; None if it says nothing."""
    try:
        return archives.first_note(archive)
    except BackupError:
        return None
