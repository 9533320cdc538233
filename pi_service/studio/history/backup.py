"""All that the service keeps, in one file; and back again.

A backup is a gzipped tar archive: a sound copy of the database, taken while the service runs
or not, the record of drawn strokes, the profile as it was changed on the page, and a note of
where it comes from. What the machine's owner wrote (options, profile) is no state of the
service and stays where it is.
"""

from __future__ import annotations

import fcntl
import io
import json
import os
import shutil
import sqlite3
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from firmware_gcode.facts import CodedError
from pi_service.studio.core.database import MIGRATIONS

DATABASE = "catplotter.db"
JOURNAL = "strokes.journal"
PROFILE = "profile.toml"
"""The service's own copy of the machine's profile, where it has one."""
BESIDE = (JOURNAL, PROFILE)
NOTE = "backup.json"
LARGEST = 4 << 30
"""Bytes that a database in a backup may have."""


class BackupError(CodedError, OSError):
    """A backup that could not be made or put back; nothing was changed by trying."""


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
    made = (now or datetime.now(UTC)).isoformat(timespec="seconds")
    part = target.with_name(f".{target.name}.part")
    try:
        with tempfile.TemporaryDirectory(dir=target.parent) as folder:
            copy = Path(folder) / DATABASE
            _copy(database, copy)
            with part.open("wb") as file, tarfile.open(fileobj=file, mode="w:gz") as archive:
                _add(archive, NOTE, json.dumps({"catplotter": _form(copy), "made": made}))
                archive.add(copy, DATABASE, filter=_nobodys)
                for name in BESIDE:
                    if (data / name).exists():
                        archive.add(data / name, name, filter=_nobodys)
                archive.close()
                file.flush()
                os.fsync(file.fileno())
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
        _unpack(archive, Path(folder))
        _check(archive, Path(folder) / DATABASE)


def restore(archive: Path, data: Path) -> Path | None:
    """Put a backup in the place of what the service keeps; the service must be stopped.

    Args:
        data: The service's folder; made if it is not there.

    Returns:
        Where what was there before is now; None if there was nothing.

    Raises:
        BackupError: The archive is damaged, no backup, or too new, or the service runs. What
            was there is untouched.
    """
    data.mkdir(parents=True, exist_ok=True)
    with _alone(data), tempfile.TemporaryDirectory(dir=data, prefix=".restore-") as folder:
        fresh = Path(folder)
        _unpack(archive, fresh)
        _check(archive, fresh / DATABASE)
        return _exchange(data, fresh)


def _unpack(archive: Path, folder: Path) -> None:
    """Take the known files out of the archive, and nothing else."""
    try:
        with tarfile.open(archive, "r:gz") as opened:
            for name in (NOTE, DATABASE, *BESIDE):
                try:
                    member = opened.getmember(name)
                except KeyError:
                    continue
                source = opened.extractfile(member)
                if source is None or member.size > LARGEST:
                    raise BackupError("data-backup-bad", archive=str(archive), name=name)
                with source, (folder / name).open("wb") as file:
                    while block := source.read(1 << 20):
                        file.write(block)
                    file.flush()
                    os.fsync(file.fileno())
    except (tarfile.TarError, EOFError, OSError) as error:
        if isinstance(error, BackupError):
            raise
        raise BackupError(
            "data-backup-unreadable", archive=str(archive), why=str(error)
        ) from error
    if not (folder / DATABASE).exists() or not (folder / NOTE).exists():
        raise BackupError("data-backup-holds-none", archive=str(archive), name=DATABASE)


def _check(archive: Path, database: Path) -> None:
    """Refuse a database that is damaged or that this version cannot read."""
    known = max(int(path.name[:4]) for path in MIGRATIONS.glob("[0-9]*.sql"))
    try:
        with closing(sqlite3.connect(database)) as connection:
            said = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
    except sqlite3.Error as error:
        said = str(error)
    if said != "ok":
        raise BackupError("data-backup-damaged", archive=str(archive), why=str(said))
    if _form(database) > known:
        raise BackupError(
            "data-backup-newer", archive=str(archive), form=_form(database), known=known
        )


def _exchange(data: Path, fresh: Path) -> Path | None:
    """The new files in the place of the old ones, which are kept beside them."""
    aside = None
    if (data / DATABASE).exists():
        aside = data / f"before-restore-{datetime.now(UTC):%Y%m%d-%H%M%S}"
        aside.mkdir(mode=0o700)
    for name in (DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm", *BESIDE):
        if aside is not None and (data / name).exists():
            (data / name).replace(aside / name)
    owner = data.stat()
    for name in (*BESIDE, DATABASE):  # the database last: with it the service starts anew
        if (fresh / name).exists():
            (fresh / name).chmod(0o600)
            os.chown(fresh / name, owner.st_uid, owner.st_gid)
            (fresh / name).replace(data / name)
    return aside


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
        closing(sqlite3.connect(copy)) as target,
    ):
        source.backup(target)


def _form(database: Path) -> int:
    with closing(sqlite3.connect(database)) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _add(archive: tarfile.TarFile, name: str, text: str) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(text.encode())
    archive.addfile(entry, io.BytesIO(text.encode()))


def _nobodys(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    """An entry that does not tell who made it."""
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    entry.mode = 0o600
    return entry


KEPT = 7
"""Backups that stay in the folder."""
SPARE_BYTES = 64_000_000
"""Free space that must be left for the service itself."""
ASIDE = ("before-restore-*", "catplotter.before-*.db*", "catplotter.form-*.db*")
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
        raise BackupError(
            "data-backup-no-room",
            folder=str(folder),
            needed=round(needed / 1e6),
            free=round(free(folder) / 1e6),
        )
