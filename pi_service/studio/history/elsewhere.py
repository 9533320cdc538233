"""Backups in a second place: a stick, or a folder of another computer that is mounted here.

Such a place may be missing, full, read-only, or hang for minutes. One thread does all work
there, and whoever asks waits for a while only; a copy counts once it was read back, and the
oldest go first. Nothing is ever written to a folder that is on the same disk as the gallery: a
stick that is not plugged in leaves an empty folder behind, which would fill the card.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from firmware_gcode.facts import Fact, fact
from pi_service.studio.history.archive import BLOCK, BackupError
from pi_service.studio.history.backup import backups

KEPT = 30
"""Backups that stay there; where there is no room fewer, but never less than one."""
SPARE_BYTES = 4_000_000
PATIENCE_S = 3.0
"""So long a look at the place may take."""
COPY_S = 600.0
"""So long a copy may take."""
PART = ".part"
Given = TypeVar("Given")


class Elsewhere:
    """The second place.

    Args:
        folder: Where backups go.
        data: The service's folder, on whose disk the place must not be.
        kept: How many stay.
        patience_s: How long a look may take.
    """

    def __init__(
        self, folder: Path, data: Path, *, kept: int = KEPT, patience_s: float = PATIENCE_S
    ) -> None:
        self.folder = folder
        self._data, self._kept, self._patience_s = data, kept, patience_s
        self._busy = threading.Lock()

    def view(self) -> dict[str, Any]:
        """How it is: ``folder``, ``free`` (bytes), ``fact`` (None: well), ``files``."""
        try:
            free, files = self._within(self._patience_s, self._look)
        except BackupError as error:
            return {"folder": str(self.folder), "free": None, "fact": error.fact, "files": []}
        return {"folder": str(self.folder), "free": free, "fact": None, "files": files}

    def copy(self, archive: Path, *, within_s: float = COPY_S) -> Path:
        """Copy a backup there, whole or not at all, and read it back.

        Raises:
            BackupError: The place is missing, full, read-only or slow; it says which.
        """
        return self._within(within_s, lambda: self._copy(archive))

    def fetch(self, name: str, into: Path) -> None:
        """Copy one of its backups here. Raises BackupError."""
        self._within(COPY_S, lambda: shutil.copyfile(self.folder / name, into))

    def _within(self, seconds: float, work: Callable[[], Given]) -> Given:
        """Do something in a thread of its own, one at a time, and wait for a while only."""
        if not self._busy.acquire(blocking=False):
            raise BackupError("backup-place-slow", folder=str(self.folder))
        done: list[Given] = []
        failed: list[BackupError] = []

        def run() -> None:
            try:
                done.append(work())
            except BackupError as error:
                failed.append(error)
            except OSError as error:
                failed.append(BackupError(why_not(self.folder, error)))
            finally:
                self._busy.release()

        thread = threading.Thread(target=run, name="elsewhere", daemon=True)
        thread.start()
        thread.join(seconds)
        if failed:
            raise failed[0]
        if not done:
            raise BackupError("backup-place-slow", folder=str(self.folder))
        return done[0]

    def _look(self) -> tuple[int, list[Path]]:
        self._check()
        return shutil.disk_usage(self.folder).free, backups(self.folder)

    def _check(self) -> None:
        if not self.folder.is_dir():
            raise BackupError("backup-place-missing", folder=str(self.folder))
        if self.folder.stat().st_dev == self._data.stat().st_dev:
            raise BackupError("backup-place-not-mounted", folder=str(self.folder))
        if os.statvfs(self.folder).f_flag & os.ST_RDONLY:
            raise BackupError("backup-place-read-only", folder=str(self.folder))

    def _copy(self, archive: Path) -> Path:
        self._check()
        for left in self.folder.glob(f".catplotter-*{PART}"):
            left.unlink()  # of a copy that was broken off
        target = self.folder / archive.name
        self._make_room(archive.stat().st_size)
        part = self.folder / f".{archive.name}{PART}"
        try:
            written = _write(archive, part)
            if _digest(part) != written:
                raise BackupError("backup-place-bad", folder=str(self.folder))
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
        for old in backups(self.folder)[: -self._kept]:
            old.unlink()
        return target

    def _make_room(self, size: int) -> None:
        for old in backups(self.folder)[:-1]:
            if shutil.disk_usage(self.folder).free >= size + SPARE_BYTES:
                return
            old.unlink()
        free = shutil.disk_usage(self.folder).free
        if free < size + SPARE_BYTES:
            raise BackupError(
                "data-backup-no-room",
                folder=str(self.folder),
                needed=round((size + SPARE_BYTES) / 1e6),
                free=round(free / 1e6),
            )


def why_not(folder: Path, error: OSError) -> Fact:
    """Why nothing can be written to or read from a place, and what to do."""
    where = str(folder)
    match error.errno:
        case errno.EROFS | errno.EACCES | errno.EPERM:
            return fact("backup-place-read-only", folder=where)
        case errno.ENOENT | errno.ENODEV | errno.ENXIO:
            return fact("backup-place-missing", folder=where)
        case _:
            return fact("backup-place-fails", folder=where, why=error.strerror or str(error))


def _write(source: Path, part: Path) -> str:
    """Copy a file to the disk itself; gives its SHA-256."""
    digest = hashlib.sha256()
    with source.open("rb") as read, part.open("wb") as write:
        while block := read.read(BLOCK):
            digest.update(block)
            write.write(block)
        write.flush()
        os.fsync(write.fileno())
        os.posix_fadvise(write.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    return digest.hexdigest()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
