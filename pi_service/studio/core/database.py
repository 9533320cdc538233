"""One SQLite file: one connection that writes, some that read, numbered migrations.

The one writer lives as long as the service and stands behind a lock: SQLite before 3.51.3 can
damage a write-ahead log that two connections write and checkpoint at once, and Raspberry Pi OS
ships such versions. Commits are WAL with ``synchronous=FULL``: what was committed survives a
power cut. A new file takes its place whole, so an empty one is always damage, and so is none
where other files show that there was one.
"""

from __future__ import annotations

import errno
import fcntl
import logging
import os
import re
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from firmware_gcode.facts import Fact, fact
from pi_service.studio.core.copies import back_up, copy_into
from pi_service.studio.core.errors import StudioError

logger = logging.getLogger(__name__)

MIGRATIONS = Path(__file__).parent / "migrations"
TRACES = ("access.db", "strokes.journal", "{name}-wal", "{stem}.*.db", "backups/*.tar.gz")
"""Files beside a database by which it is known that there was one."""


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
        self._at_once = threading.local()
        self._closed = False
        self._guard = _hold(path)
        try:
            _make_new(path, migrations, traces=TRACES if copies else ())
            self._writer = _open_writer(path)
            try:
                _migrate(self._writer, path, migrations)
                if copies:
                    back_up(self._writer, path)
            except BaseException:
                self._writer.close()
                raise
        except sqlite3.Error as error:
            os.close(self._guard)
            raise _sentence(error, path) from error
        except StoreError:
            os.close(self._guard)
            raise

    @property
    def fault(self) -> Fact | None:
        """Why nothing can be kept here; None for a database that could be opened."""
        return None

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
        if (held := getattr(self._at_once, "connection", None)) is not None:
            yield held
            return
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

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """All that this thread reads meanwhile is of one instant. Raises StoreError."""
        with self.read() as connection:
            if connection.in_transaction:  # it is of one instant already
                yield
                return
            connection.execute("BEGIN")
            self._at_once.connection = connection
            try:
                yield
            finally:
                self._at_once.connection = None
                with suppress(sqlite3.Error):  # an error may have ended it
                    connection.execute("ROLLBACK")

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
            back_up(connection, self.path)

    def scrub(self) -> bool:
        """Empty the write-ahead log, so that what was deleted is nowhere; deletes overwrite.

        Returns:
            Whether it is done; a reader that is at it keeps the log, without any wait.

        Raises:
            StoreError: If the disk fails.
        """
        with self._lock:
            try:
                self._writer.execute("PRAGMA busy_timeout = 0")
                try:
                    told = self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                    busy = told.fetchone()[0]
                finally:
                    self._writer.execute("PRAGMA busy_timeout = 5000")
            except sqlite3.Error as error:
                raise _sentence(error, self.path) from error
        return not busy

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


DAMAGE = frozenset({"store-damaged", "store-empty", "store-gone"})
"""Codes of a database that only a backup brings back."""


class LostDatabase(Database):
    """Stands in for a database that cannot be opened: empty, in memory, and takes nothing.

    Args:
        path: Of the one that cannot be opened.
        why: What is wrong, and what to do; every attempt to write raises it as a `StoreError`.
    """

    def __init__(
        self, path: Path, why: Sequence[Fact], *, migrations: Path = MIGRATIONS
    ) -> None:
        self.path = path
        self._why = why
        self._fault = fact("database-lost", facts=why)
        self._migrations = migrations
        self._seen = _looks(path)
        self._lock = threading.RLock()
        self._memory = schema_in_memory(migrations)
        self._memory.row_factory = sqlite3.Row

    @property
    def fault(self) -> Fact | None:
        """Why the database cannot be opened, and what to do."""
        return self._fault

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """Raises StoreError."""
        if self.fault is not None:
            raise StoreError(self.fault)
        yield self._memory

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """The empty tables."""
        with self._lock:
            yield self._memory

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Nothing changes here."""
        yield

    def ping(self) -> None:
        """Raises StoreError."""
        raise StoreError(self._fault)

    def mended(self) -> bool:
        """Whether the database can be opened now; a damaged one is tried once it changed."""
        before, self._seen = self._seen, _looks(self.path)
        if self._damaged and self._seen == before:
            return False
        try:
            Database(self.path, migrations=self._migrations).close()
        except StoreError:
            return False
        return True

    @property
    def _damaged(self) -> bool:
        return any(each.code in DAMAGE for each in self._why)

    def scrub(self) -> bool:
        """There is nothing that was deleted."""
        return True

    def back_up(self) -> None:
        """There is nothing to back up."""

    def close(self) -> None:
        """Forget the empty tables."""
        with self._lock:
            self._memory.close()


def _looks(path: Path) -> tuple[int, int, int] | None:
    """By what a file that somebody has put right is told from the one before."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


def schema_in_memory(migrations: Path, version: int | None = None) -> sqlite3.Connection:
    """Empty tables in memory, in the newest form or in that of a version."""
    memory = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    for number, file in _steps(migrations).items():
        if version is None or number <= version:
            for statement in _statements(file.read_text(encoding="utf-8")):
                memory.execute(statement)
    return memory


def newest_form(migrations: Path = MIGRATIONS) -> int:
    """The newest form of the tables that this version knows."""
    return max(_steps(migrations))


def lacks(path: Path, traces: Sequence[str] = TRACES) -> Fact | None:
    """What is wrong with a database before it is opened: it is empty, or gone; or None.

    Raises:
        OSError: It cannot be looked at.
    """
    try:
        if path.stat().st_size:
            return None
        return fact("store-empty", path=str(path))
    except FileNotFoundError:
        names = (each.format(name=path.name, stem=path.stem) for each in traces)
        left = sorted({file.name for name in names for file in path.parent.glob(name)})
        return fact("store-gone", path=str(path), left=", ".join(left[:3])) if left else None


def inspect(path: Path) -> str | None:
    """What is wrong with a database, which is only read; None if it is sound."""
    try:
        missing = lacks(path)
    except OSError as error:
        return str(StoreError("store-readonly", path=str(path), why=str(error.strerror)))
    if missing is not None:
        return str(missing)
    if not path.exists():
        return None
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
        code = "store-card" if error.errno in {errno.EROFS, errno.EIO} else "store-folder"
        raise StoreError(code, path=str(path.parent), why=error.strerror) from error
    try:
        fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(guard)
        raise StoreError("store-used", path=str(path.parent)) from error
    return guard


def _make_new(path: Path, migrations: Path, traces: Sequence[str]) -> None:
    """Make the file where there never was one: beside its place first, then into it, whole.

    Raises:
        StoreError: It is empty, or gone, or cannot be looked at or made.
    """
    try:
        missing = lacks(path, traces)
        if missing is None and not path.exists():
            _make_beside(path, migrations)
    except OSError as error:
        why = error.strerror or str(error)
        raise StoreError("store-readonly", path=str(path), why=why) from error
    if missing is not None:
        raise StoreError(missing)


def _make_beside(path: Path, migrations: Path) -> None:
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    try:
        connection = sqlite3.connect(fresh, isolation_level=None)
        try:
            connection.execute("PRAGMA synchronous = FULL")
            _migrate(connection, fresh, migrations)
        finally:
            connection.close()
        fresh.replace(path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise


def _open_writer(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    try:
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA secure_delete = ON")  # what was refused is overwritten
        found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        if found != "ok":
            raise sqlite3.DatabaseError(" ".join(found.split()))
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _migrate(connection: sqlite3.Connection, path: Path, migrations: Path) -> None:
    """Bring the tables to the newest form, all steps or none, after a backup."""
    steps = _steps(migrations)
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version > max(steps):
        raise StoreError("store-newer", path=str(path), form=version, known=max(steps))
    pending = [number for number in sorted(steps) if number > version]
    if not pending:
        return
    if version:
        backup = path.with_name(f"{path.stem}.before-{pending[-1]:04d}{path.suffix}")
        backup.unlink(missing_ok=True)
        copy_into(connection, backup)
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


def _steps(migrations: Path) -> dict[int, Path]:
    """The migrations by their number, the first one first."""
    return {int(file.name[:4]): file for file in sorted(migrations.glob("[0-9]*.sql"))}


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
