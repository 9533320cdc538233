"""A folder of backups: a new one a day, each read back before it counts, the oldest let go."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from pi_service.studio.backup import DATABASE, BackupError, back_up, verify

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
    """Write a backup into a folder, read it back, and let go of the oldest ones.

    Where the disk has no room for another one, old ones go before it is written, but never
    the newest. What could not be read back is not kept.

    Args:
        data: The service's folder.
        folder: For the backups; made if it is not there, readable by its owner alone.
        kept: How many stay, 1 or more.
        now: The time that names it.
        free: Gives the bytes that are free where a path is.

    Returns:
        The new backup.

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
    """Remove copies that were set aside more than so many days ago.

    Args:
        data: The service's folder.
        days: How old a copy may become.
        clock: Seconds since 1970.

    Returns:
        What is gone.

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
            f"There is no room for a backup in {folder}: {needed / 1e6:.0f} MB are needed, "
            f"{free(folder) / 1e6:.0f} MB are free. Move old backups to another machine."
        )
