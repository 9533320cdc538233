"""All that the service keeps, in one file; and back again.

A backup is a gzipped tar archive: a sound copy of the database, taken while the service runs
or not, the record of drawn strokes, the profile as it was changed on the page, and a note of
where it comes from. What the machine's owner wrote (options, profile) is no state of the
service and stays where it is.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from firmware_gcode.facts import Fact, fact
from pi_service.studio.core.copies import forget_waiting
from pi_service.studio.core.database import (
    MIGRATIONS,
    Database,
    lacks,
    newest_form,
    schema_in_memory,
)
from pi_service.studio.history import archive as archives
from pi_service.studio.history.archive import (
    BESIDE,
    DATABASE,
    SPARE_BYTES,
    BackupError,
    Note,
)

COPY = "catplotter.backup.db"
"""The copy that the service itself keeps beside its database, of a day ago at most."""
MAGIC = b"SQLite format 3\0"
ASIDE_NAME = "before-restore-"
"""How the folder begins that keeps what was there before a backup was put back."""


class ServiceRunsError(BackupError):
    """The service has its folder open."""


def back_up(data: Path, target: Path, *, now: datetime | None = None) -> int:
    """Write a backup of the service's folder, whole or not at all; gives its size in bytes.

    Args:
        target: The archive; one of that name is replaced only by a whole one.

    Raises:
        BackupError: There is nothing to back up, or it cannot be read or written.
    """
    database = data / DATABASE
    if not database.exists():
        raise BackupError("data-backup-nothing", path=str(database))
    _refuse_links(data)
    part = target.with_name(f".{target.name}.part")
    try:
        with tempfile.TemporaryDirectory(dir=target.parent) as folder:
            copy = Path(folder) / DATABASE
            _copy(database, copy)
            beside = {n: (data / n).read_bytes() for n in BESIDE if (data / n).exists()}
            made = now or datetime.now(UTC)
            archives.write(part, copy, beside, Note(_form(copy), made, cats_in(copy)))
        part.chmod(0o600)
        part.replace(target)
    except (OSError, sqlite3.Error) as error:
        part.unlink(missing_ok=True)
        raise BackupError(
            "data-backup-not-made", data=str(data), target=str(target), why=str(error)
        ) from error
    return target.stat().st_size


def verify(archive: Path) -> None:
    """Read a backup as `restore` would, and put it nowhere.

    Raises:
        BackupError: It is damaged, no backup, or too new.
    """
    with tempfile.TemporaryDirectory(dir=archive.parent, prefix=".verify-") as folder:
        archives.read(archive, Path(folder))
        _check(archive, Path(folder) / DATABASE)


def restore(archive: Path, data: Path) -> Path | None:
    """Put a backup in the place of what the service keeps; the service must be stopped.

    A service that could not open its database does not hold it, and takes up its work with
    the restored one by itself.

    Args:
        archive: The backup, or the copy of the database that the service keeps beside it.
        data: The service's folder; made if it is not there.

    Returns:
        Where what was there before is now; None if there was nothing.

    Raises:
        BackupError: The archive is damaged, no backup, or too new, or the service runs. What
            was there is untouched.
    """
    with _fresh(data) as fresh:
        unpack(archive, fresh)
        return _exchange(data, fresh)


def unpack(archive: Path, into: Path) -> None:
    """Write what is in a backup into a folder, and hold it to being one.

    Raises:
        BackupError: As `restore`.
    """
    if _is_database(archive):
        _copy_database(archive, into / DATABASE)
        for name in BESIDE:
            if archive.parent.name.startswith(ASIDE_NAME) and (archive.parent / name).exists():
                shutil.copyfile(archive.parent / name, into / name)
    else:
        archives.read(archive, into)
    _check(archive, into / DATABASE)


@contextmanager
def unpacked(archive: Path, data: Path) -> Iterator[Path]:
    """What is in a backup, in a folder for a while. Raises BackupError, as `restore`."""
    with tempfile.TemporaryDirectory(dir=data, prefix=".look-") as folder:
        unpack(archive, Path(folder))
        yield Path(folder)


def put_in_place(fresh: Path, data: Path) -> Path | None:
    """What `unpack` gave in the place of the service's files, which nobody has open.

    Args:
        fresh: The folder with it; it is gone afterwards.

    Returns:
        Where what was there before is now.

    Raises:
        BackupError: The service runs, or a file is a link.
    """
    try:
        _refuse_links(data)
        with _alone(data):
            return _exchange(data, fresh)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def begin_anew(data: Path) -> Path | None:
    """Put an empty database in the place of what the service keeps; else as `restore`."""
    with _fresh(data) as fresh:
        Database(fresh / DATABASE, copies=False).close()
        return _exchange(data, fresh)


@contextmanager
def _fresh(data: Path) -> Iterator[Path]:
    """A folder for what is to take the place of the service's files, which nobody has open."""
    data.mkdir(parents=True, exist_ok=True)
    _refuse_links(data)
    with _alone(data), tempfile.TemporaryDirectory(dir=data, prefix=".restore-") as folder:
        yield Path(folder)


def _refuse_links(data: Path) -> None:
    """What is a link leads to somebody else's file: it is neither read nor replaced."""
    for name in (DATABASE, *BESIDE):
        if (data / name).is_symlink():
            raise BackupError("data-backup-link", path=str(data / name))


def _is_database(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def _copy_database(source: Path, target: Path) -> None:
    try:
        _copy_through(source, target, "ro")
    except sqlite3.Error as error:
        raise BackupError(
            "data-backup-damaged", archive=str(source), why=str(error)
        ) from error


def cats_in(database: Path) -> int | None:
    """How many drawings are done in a database that nobody has open; None if it is another."""
    try:
        with closing(_only_read(database)) as connection:
            done = connection.execute("SELECT count(*) FROM jobs WHERE state = 'done'")
            return int(done.fetchone()[0])
    except sqlite3.Error:
        return None


def _only_read(database: Path) -> sqlite3.Connection:
    """A connection that writes no file, not even beside it."""
    uri = f"{database.absolute().as_uri()}?mode=ro&immutable=1"
    connection = sqlite3.connect(uri, uri=True)
    connection.execute("PRAGMA trusted_schema = OFF")
    return connection


def _check(archive: Path, database: Path) -> None:
    """Refuse a database that is damaged, or whose tables are not those of a known version."""
    name = str(archive)
    try:
        with closing(_only_read(database)) as connection:
            form = int(connection.execute("PRAGMA user_version").fetchone()[0])
            if form > newest_form():
                raise BackupError(
                    "data-backup-newer", archive=name, form=form, known=newest_form()
                )
            said = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
            if said != "ok":
                raise BackupError("data-backup-damaged", archive=name, why=str(said))
            with closing(schema_in_memory(MIGRATIONS, form)) as known:
                odd = sorted(_schema(connection) ^ _schema(known))
    except sqlite3.Error as error:
        raise BackupError("data-backup-damaged", archive=name, why=str(error)) from error
    if odd or not form:
        what = odd[0][1] if odd else DATABASE
        raise BackupError("data-backup-schema", archive=name, form=form, what=what[:80])


def _schema(connection: sqlite3.Connection) -> set[tuple[str, str, str]]:
    """What a database is made of: kind, name, and columns or (where it is no table) text."""
    found = connection.execute(
        "SELECT type, name, coalesce(sql, '') FROM sqlite_schema"
        " WHERE name NOT LIKE 'sqlite!_%' ESCAPE '!'"
    ).fetchall()
    return {
        (kind, name, _columns(connection, name) if kind == "table" else "".join(sql.split()))
        for kind, name, sql in found
    }


def _columns(connection: sqlite3.Connection, table: str) -> str:
    """A table's columns: their text would tell how they came, not what they are."""
    rows = connection.execute(
        'SELECT name, type, "notnull", dflt_value, pk, hidden FROM pragma_table_xinfo(?)'
        " ORDER BY name",
        (table,),
    )
    return repr([tuple(row) for row in rows])


def _exchange(data: Path, fresh: Path) -> Path | None:
    """The new files in the place of the old ones, which are kept beside them."""
    owner = data.stat()
    names = (DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm", COPY, *BESIDE)
    old = [name for name in names if (data / name).exists()]
    aside = None
    if old:
        aside = _new_aside(data, datetime.now(UTC))
        os.chown(aside, owner.st_uid, owner.st_gid)
        for name in old:
            (data / name).replace(aside / name)
    for name in (*BESIDE, DATABASE):  # the database last: with it the service starts anew
        if (fresh / name).exists():
            (fresh / name).chmod(0o600)
            os.chown(fresh / name, owner.st_uid, owner.st_gid)
            (fresh / name).replace(data / name)
    return aside


def _new_aside(data: Path, now: datetime) -> Path:
    """A folder of this second, or of the first one after it that has none."""
    while True:
        aside = data / f"{ASIDE_NAME}{now:%Y%m%d-%H%M%S}"
        try:
            aside.mkdir(mode=0o700)
        except FileExistsError:
            now += timedelta(seconds=1)
        else:
            return aside


@dataclass(frozen=True, slots=True)
class Found:
    """A backup that was read whole; `cats` is None where nobody counted them."""

    path: Path
    made: datetime
    cats: int | None


def newest_good(data: Path, folder: Path | None = None) -> Found | None:
    """The newest backup that can be put back, found without writing anything.

    Args:
        folder: Where the daily ones are; None: where the timer puts them.
    """
    packed = backups(folder or data / "backups")
    tries = [*packed, *(path for path in [data / COPY] if path.exists())]
    for path in sorted(tries, key=lambda path: path.stat().st_mtime, reverse=True):
        try:
            if _is_database(path):
                _check(path, path)
                made = datetime.fromtimestamp(path.stat().st_mtime, UTC)
                return Found(path, made, cats_in(path))
            note = archives.read(path)
            return Found(path, note.made, note.cats)
        except (BackupError, OSError):
            continue
    return None


def way_back(data: Path) -> Fact:
    """What to do about a lost database: which backup there is, or how to begin anew."""
    found = newest_good(data)
    if found is None:
        return fact("restore-none")
    made = found.made.astimezone().strftime("%Y-%m-%d %H:%M")
    if found.cats is None:
        return fact("restore-uncounted", path=str(found.path), made=made)
    return fact("restore-this", path=str(found.path), made=made, cats=found.cats)


@contextmanager
def _alone(data: Path) -> Iterator[None]:
    """While no service uses the folder."""
    lock = data / f"{DATABASE}.lock"
    with lock.open("a") as guard:
        owner = data.stat()
        if os.geteuid() == 0:
            os.chown(lock, owner.st_uid, owner.st_gid)
        try:
            fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise ServiceRunsError("service-runs", data=str(data)) from error
        yield


def _copy(database: Path, copy: Path) -> None:
    """A sound copy of a database that others may be writing to."""
    try:  # a reader would leave its helper files behind, and the service could not write them
        with _alone(database.parent):
            return _copy_through(database, copy, "rw")
    except ServiceRunsError:
        return _copy_through(database, copy, "ro")


def _copy_through(database: Path, copy: Path, mode: str) -> None:
    uri = f"{database.absolute().as_uri()}?mode={mode}"
    with (
        closing(sqlite3.connect(uri, uri=True)) as source,
        closing(sqlite3.connect(copy, isolation_level=None)) as target,
    ):
        source.backup(target)
        forget_waiting(target)


def _form(database: Path) -> int:
    with closing(sqlite3.connect(database)) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])


KEPT = 7
"""Backups that stay in the folder."""
ASIDE = (f"{ASIDE_NAME}*", "catplotter.before-*.db*", "catplotter.form-*.db*")
"""What restoring, updating and rolling back keep of the data, below the service's folder."""
ASIDE_DAYS = 90
DAY_S = 86400.0


def rotate(
    data: Path,
    folder: Path,
    *,
    kept: int = KEPT,
    now: datetime | None = None,
    free: Callable[[Path], int] = lambda path: shutil.disk_usage(path).free,
) -> Path:
    """Write a new backup into a folder, read it back, and let go of the oldest ones.

    Where the disk has no room for another one, old ones go before it is written, but never
    the newest. What could not be read back is not kept.

    Args:
        folder: For the backups; made if it is not there, readable by its owner alone.
        kept: How many stay, 1 or more.

    Raises:
        BackupError: There is nothing to back up, no room, or it cannot be written or read.
    """
    if (data / DATABASE).exists() and (missing := lacks(data / DATABASE)) is not None:
        raise BackupError(missing)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = now or datetime.now(UTC)
    _make_room(data / DATABASE, folder, free)
    target = folder / f"catplotter-{made:%Y%m%d-%H%M%S}.tar.gz"
    back_up(data, target, now=made)
    try:
        verify(target)
    except BackupError:
        target.unlink(missing_ok=True)
        raise
    for old in backups(folder)[:-kept]:
        old.unlink()
    return target


def backups(folder: Path) -> list[Path]:
    """The backups in a folder, the oldest first."""
    return sorted(folder.glob("catplotter-*.tar.gz"))


def let_go(
    data: Path, *, days: float = ASIDE_DAYS, clock: Callable[[], float] = time.time
) -> list[Path]:
    """Remove copies that were set aside more than so many days ago; gives what is gone.

    Args:
        days: How old a copy may become.

    Raises:
        OSError: A copy cannot be removed.
    """
    until = clock() - days * DAY_S
    found = (path for pattern in ASIDE for path in data.glob(pattern))
    old = sorted(path for path in found if path.stat().st_mtime < until)
    for path in old:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
    return old


def _make_room(database: Path, folder: Path, free: Callable[[Path], int]) -> None:
    """At worst there are three copies for a moment: one plain, one packed, one unpacked."""
    size = database.stat().st_size if database.exists() else 0
    needed = 3 * size + SPARE_BYTES
    for old in backups(folder)[:-1]:
        if free(folder) >= needed:
            return
        old.unlink()
    if free(folder) < needed:
        raise archives.no_room(folder, needed, free(folder))
