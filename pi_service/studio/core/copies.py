"""Copies of the database: whole and sound, but for what only waits for a word."""

from __future__ import annotations

import logging
import sqlite3
from contextlib import closing
from pathlib import Path

logger = logging.getLogger(__name__)

BACKUP_EVERY_S = 86400.0
"""A start makes a new backup if the last one is older than this."""


def back_up(connection: sqlite3.Connection, path: Path) -> None:
    """Keep a copy of a sound database beside it, once a day; if it fails, no matter."""
    backup = path.with_name(f"{path.stem}.backup{path.suffix}")
    fresh = backup.with_name(backup.name + ".new")
    try:
        if backup.exists() and path.stat().st_mtime - backup.stat().st_mtime < BACKUP_EVERY_S:
            return
        fresh.unlink(missing_ok=True)
        copy_into(connection, fresh)
        fresh.replace(backup)
    except (OSError, sqlite3.Error) as error:
        logger.warning("the database was not backed up to %s: %s", backup, error)


def copy_into(connection: sqlite3.Connection, copy: Path) -> None:
    """Write a copy of a database into a new file. Raises sqlite3.Error."""
    connection.execute("VACUUM INTO ?", (str(copy),))
    with closing(sqlite3.connect(copy, isolation_level=None)) as copied:
        forget_waiting(copied)


def forget_waiting(copy: sqlite3.Connection) -> None:
    """Take out of a copy the drawings that wait for a yes: they may be refused tomorrow."""
    if copy.execute("SELECT 1 FROM sqlite_schema WHERE name = 'approvals'").fetchone():
        copy.execute("PRAGMA secure_delete = ON")
        copy.execute("DELETE FROM approvals")
