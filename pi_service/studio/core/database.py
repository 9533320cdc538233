"""One SQLite file: one connection that writes, some that read, numbered migrations.

The one writer lives as long as the service and stands behind a lock: SQLite before 3.51.3 can
damage a write-ahead log that two connections write and checkpoint at once, and Raspberry Pi OS
ships such versions. Commits are WAL with ``synchronous=FULL``: what was committed survives a
power cut.
"""

from __future__ import annotations

import fcntl
import logging
import os
import re
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pi_service.studio.core.errors import StudioError

logger = logging.getLogger(__name__)

MIGRATIONS = Path(__file__).parent / "migrations"
BACKUP_EVERY_S = 86400.0
"""A start makes a new backup if the last one is older than this."""


class StoreError(StudioError, OSError):
    """The data cannot be read or kept; the message says where, why and what to do."""


class Database:
    """The service's database file.

    Args:
        migrations: The folder of the numbered ``NNNN_what.sql`` files.
        copies: Whether a day's copy is kept beside it; not of secrets.

    Raises:
        StoreError: If the folder cannot be written, the file is damaged or made by a newer
            version, or another service holds it.
    """

    def __init__(
        self, path: Path, *, migrations: Path = MIGRATIONS, copies: bool = True
    ) -> None:
        self.path = path
        self._lock = threading.RLock()
        self._readers: list[sqlite3.Connection] = []
        self._readers_lock = threading.Lock()  # its own: readers never wait for the writer
        self._closed = False
        self._guard = _hold(path)
        try:
            self._writer = _open_writer(path)
            try:
                _migrate(self._writer, path, migrations)
                if copies:
                    _back_up(self._writer, path)
            except BaseException:
                self._writer.close()
                raise
        except sqlite3.Error as error:
            os.close(self._guard)
            raise _sentence(error, path) from error
        except StoreError:
            os.close(self._guard)
            raise

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """A transaction, held by this thread alone; kept on disk when the block ends.

        Raises:
            StoreError: If it could not be kept; then nothing of it is.
        """
        with self._lock:
            nested = self._writer.in_transaction if not self._closed else False
            try:
                if not nested:
                    self._writer.execute("BEGIN IMMEDIATE")
                yield self._writer
                if not nested:
                    self._writer.execute("COMMIT")
            except sqlite3.IntegrityError:
                self._roll_back(nested)
                raise
            except sqlite3.Error as error:
                self._roll_back(nested)
                raise _sentence(error, self.path) from error
            except BaseException:
                self._roll_back(nested)
                raise

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """A connection that can only read, sees every commit, and waits for no writer.

        Raises:
            StoreError: If the file cannot be read.
        """
        try:
            connection = self._reader()
            try:
                yield connection
            except sqlite3.Error:  # it may remember pages that were damaged: never again
                connection.close()
                raise
            except BaseException:
                self._give_back(connection)
                raise
            self._give_back(connection)
        except sqlite3.Error as error:
            raise _sentence(error, self.path) from error

    def ping(self) -> None:
        """Read once. Raises StoreError if that cannot be done."""
        with self.read() as connection:
            connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()

    def back_up(self) -> None:
        """Bring the copy beside the file up to date if it is older than a day.

        Nobody waits for it meanwhile; if it fails, no matter.

        Raises:
            StoreError: If the file cannot be read.
        """
        with self.read() as connection:
            _back_up(connection, self.path)

    def close(self) -> None:
        """Close the file; harmless when it is closed already."""
        with self._lock:
            if self._closed:
                return
            with self._readers_lock:
                self._closed = True
                for reader in self._readers:
                    reader.close()
                self._readers.clear()
            self._writer.close()
            os.close(self._guard)

    def _roll_back(self, nested: bool) -> None:
        if nested or self._closed:
            return
        with suppress(sqlite3.Error):
            if self._writer.in_transaction:
                self._writer.execute("ROLLBACK")
            self._writer.execute("PRAGMA shrink_memory")  # damaged pages are read anew

    def _reader(self) -> sqlite3.Connection:
        with self._readers_lock:
            if self._closed:
                raise StoreError("store-closed", path=str(self.path))
            if self._readers:
                return self._readers.pop()
        connection = sqlite3.connect(
            f"{self.path.absolute().as_uri()}?mode=ro",
            uri=True,
            isolation_level=None,
            check_same_thread=False,
        )
        connection.row_factory = sqlite3.Row
        return connection

    def _give_back(self, connection: sqlite3.Connection) -> None:
        with self._readers_lock:
            if self._closed:
                connection.close()
            else:
                self._readers.append(connection)


def inspect(path: Path) -> str | None:
    """What is wrong with a database, which is only read; None if it is sound."""
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        try:
            found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        finally:
            connection.close()
    except sqlite3.Error as error:
        return str(_sentence(error, path))
    return None if found == "ok" else str(_sentence(sqlite3.DatabaseError(found), path))


def _hold(path: Path) -> int:
    """Make the folder and take its lock, so that no second service writes to the same file."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        guard = os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StoreError("store-folder", path=str(path.parent), why=error.strerror) from error
    try:
        fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(guard)
        raise StoreError("store-used", path=str(path.parent)) from error
    return guard


def _open_writer(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    try:
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        if found != "ok":
            raise sqlite3.DatabaseError(found)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _migrate(connection: sqlite3.Connection, path: Path, migrations: Path) -> None:
    """Bring the tables to the newest form, all steps or none, after a backup."""
    steps = {int(file.name[:4]): file for file in sorted(migrations.glob("[0-9]*.sql"))}
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version > max(steps):
        raise StoreError("store-newer", path=str(path), form=version, known=max(steps))
    pending = [number for number in sorted(steps) if number > version]
    if not pending:
        return
    if version:
        backup = path.with_name(f"{path.stem}.before-{pending[-1]:04d}{path.suffix}")
        backup.unlink(missing_ok=True)
        connection.execute("VACUUM INTO ?", (str(backup),))
    connection.execute("BEGIN IMMEDIATE")
    try:
        for number in pending:
            for statement in _statements(steps[number].read_text(encoding="utf-8")):
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {pending[-1]}")
        connection.execute("COMMIT")
    except sqlite3.Error:
        connection.execute("ROLLBACK")
        raise


def _back_up(connection: sqlite3.Connection, path: Path) -> None:
    """Keep a copy of a sound database beside it, once a day; if it fails, no matter."""
    backup = path.with_name(f"{path.stem}.backup{path.suffix}")
    fresh = backup.with_name(backup.name + ".new")
    try:
        if backup.exists() and path.stat().st_mtime - backup.stat().st_mtime < BACKUP_EVERY_S:
            return
        fresh.unlink(missing_ok=True)
        connection.execute("VACUUM INTO ?", (str(fresh),))
        fresh.replace(backup)
    except (OSError, sqlite3.Error) as error:
        logger.warning("the database was not backed up to %s: %s", backup, error)


def _statements(script: str) -> Iterator[str]:
    """The statements of a script (`executescript` would commit before it starts)."""
    statement = ""
    *pieces, _ = re.sub(r"--[^\n]*", "", script).split(";")
    for piece in pieces:
        statement += f"{piece};"
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _sentence(error: sqlite3.Error, path: Path) -> StoreError:
    """What went wrong with the database, for people."""
    where, why = str(path), str(error)
    match getattr(error, "sqlite_errorcode", None):
        case sqlite3.SQLITE_FULL:
            return StoreError("store-full", path=where)
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN:
            return StoreError("store-readonly", path=where, why=why)
    if isinstance(error, sqlite3.OperationalError | sqlite3.ProgrammingError):
        return StoreError("store-unusable", path=where, why=why)
    return StoreError("store-damaged", path=where, why=why)
