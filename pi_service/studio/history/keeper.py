"""Backups as the staff have them on the page: listed, taken away, looked into, put back.

To put one back, everything is unpacked and checked while the service goes on; then the service
lets go of its database, the files change places, and it begins anew. What was there before is
kept beside it, and can be put back likewise.
"""

from __future__ import annotations

import re
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from firmware_gcode.facts import fact_of
from pi_service.studio.core.errors import StudioError
from pi_service.studio.history import backup as archives
from pi_service.studio.history.archive import DATABASE
from pi_service.studio.history.elsewhere import Elsewhere
from pi_service.studio.history.inside import look_inside, note_of
from pi_service.studio.machine.control import MachineControl

HERE, ELSEWHERE, ASIDE = "here", "elsewhere", "aside"
PLACES = (HERE, ELSEWHERE, ASIDE)
"""Beside the gallery; on the stick or the other computer; what a restore has put aside."""
UNPACKED = (".look-*", ".restore-*", ".fetched-*")
STALE_S = 86400.0
HANDS_OFF_S = 30.0
"""So long nothing is begun, from when a backup is to be put back until it is."""
_NAMES = {
    HERE: re.compile(r"catplotter-\d{8}-\d{6}\.tar\.gz"),
    ELSEWHERE: re.compile(r"catplotter-\d{8}-\d{6}\.tar\.gz"),
    ASIDE: re.compile(rf"{archives.ASIDE_NAME}\d{{8}}-\d{{6}}"),
}


class Keeper:
    """The backups of a gallery.

    Args:
        data: The service's folder.
        machine: Tells whether a drawing is on the paper.
        elsewhere: The second place; None for none.

    Attributes:
        anew: What is to be done once the service has let go of its database; None for nothing.
    """

    def __init__(
        self, data: Path, machine: MachineControl, elsewhere: Elsewhere | None = None
    ) -> None:
        self.anew: Callable[[], object] | None = None
        self._data, self._machine, self._elsewhere = data, machine, elsewhere
        self._busy = threading.Lock()
        self._sweep()

    def _sweep(self) -> None:
        """Remove what a power cut left half unpacked."""
        for pattern in UNPACKED:
            for left in self._data.glob(pattern):
                with suppress(OSError):
                    if time.time() - left.stat().st_mtime > STALE_S:
                        shutil.rmtree(left, ignore_errors=True)

    def view(self) -> dict[str, Any]:
        """All backups, the newest first, and how the second place is."""
        there = None if self._elsewhere is None else self._elsewhere.view()
        found = [_listed(HERE, path) for path in archives.backups(self._data / "backups")]
        found += [_listed(ASIDE, path) for path in self._data.glob(f"{archives.ASIDE_NAME}*")]
        if there is not None:
            found += [_listed(ELSEWHERE, path) for path in there.pop("files")]
            told = there["fact"]
            there["fact"] = None if told is None else told.as_dict()
        found.sort(key=lambda each: each["made"] or 0.0, reverse=True)
        return {"backups": found, "elsewhere": there}

    def make(self) -> dict[str, Any]:
        """Make a backup now, here and in the second place; the first's entry.

        Raises:
            StudioError: It cannot be made here, or not be copied; it is here then.
        """
        with self._alone():
            made = archives.rotate(self._data, self._data / "backups")
            if self._elsewhere is not None:
                self._elsewhere.copy(made)
        return _listed(HERE, made)

    def file(self, place: str, name: str) -> Path:
        """A backup as a file, to take away. Raises StudioError if there is none."""
        path = self._path(place, name)
        if place == ASIDE or not path.is_file():
            raise StudioError("backup-unknown", name=name[:60])
        return path

    def inside(self, place: str, name: str) -> dict[str, Any]:
        """What is in a backup, and what would be lost. Raises StudioError."""
        with self._alone(), self._fetched(place, name) as archive:
            return look_inside(archive, self._data)

    def restore(self, place: str, name: str) -> None:
        """Have a backup put back: the service begins anew with it, in a moment.

        Raises:
            StudioError: A drawing is on the paper, or the backup is none.
        """
        self._refuse_while_drawing()
        with self._alone():
            fresh = Path(tempfile.mkdtemp(prefix=".restore-", dir=self._data))
            try:
                with self._fetched(place, name) as archive:
                    archives.unpack(archive, fresh)
                self._refuse_while_drawing(hold_s=HANDS_OFF_S)
            except BaseException:
                shutil.rmtree(fresh, ignore_errors=True)
                raise
            self.anew = partial(archives.put_in_place, fresh, self._data)

    def _refuse_while_drawing(self, hold_s: float = 0.0) -> None:
        """Refuse, or keep the queue from beginning for so many seconds."""
        if self._machine.drawing or not self._machine.lease.extend(hold_s):
            raise StudioError("backup-while-drawing")

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One thing at a time; what cannot be done is told as the studio tells it."""
        if not self._busy.acquire(blocking=False):
            raise StudioError("backup-busy")
        try:
            yield
        except OSError as error:
            raise StudioError(fact_of(error)) from error
        finally:
            self._busy.release()

    @contextmanager
    def _fetched(self, place: str, name: str) -> Iterator[Path]:
        """A backup where it can be read without waiting for another computer."""
        path = self._path(place, name)
        if place != ELSEWHERE or self._elsewhere is None:
            yield path / DATABASE if place == ASIDE else path
            return
        with tempfile.TemporaryDirectory(prefix=".fetched-", dir=self._data) as folder:
            copy = Path(folder) / name
            self._elsewhere.fetch(name, copy)
            yield copy

    def _path(self, place: str, name: str) -> Path:
        known = _NAMES.get(place)
        folder = {HERE: self._data / "backups", ASIDE: self._data}.get(place)
        if self._elsewhere is not None and place == ELSEWHERE:
            folder = self._elsewhere.folder
        if known is None or folder is None or known.fullmatch(name) is None:
            raise StudioError("backup-unknown", name=name[:60])
        path = folder / name
        if place != ELSEWHERE and not path.exists():
            raise StudioError("backup-unknown", name=name[:60])
        return path


def _listed(place: str, path: Path) -> dict[str, Any]:
    """A backup as the page lists it."""
    try:
        made: float | None = path.stat().st_mtime
        size: int | None = path.stat().st_size
    except OSError:
        made = size = None
    cats = None
    if place == ASIDE:
        made = _stamp(path.name) or made
        cats = archives.cats_in(path / DATABASE)
        size = sum(each.stat().st_size for each in path.iterdir()) if path.is_dir() else None
    elif place == HERE and (note := note_of(path)) is not None:
        made, cats = note.made.timestamp(), note.cats
    else:
        made = _stamp(path.name) or made
    return {"place": place, "name": path.name, "made": made, "cats": cats, "bytes": size}


def _stamp(name: str) -> float | None:
    """The instant in a name such as ``before-restore-20261130-120000``."""
    found = re.search(r"(\d{8}-\d{6})", name)
    if found is None:
        return None
    try:
        return datetime.strptime(found[1], "%Y%m%d-%H%M%S").replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None
