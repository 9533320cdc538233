"""Pictures of the camera on disk: the oldest go first, and never the disk's last room.

Two kinds: a photograph of each finished drawing, and frames of a sheet for its film. Frames go
before photographs. What they show, the drawings themselves, is in the database and is not
touched.
"""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path

from pi_service.studio.camera.errors import CameraError
from pi_service.studio.paper.supplies import DISK_LOW

_PHOTO = re.compile(r"cat-(\d+)\.jpg")
_FRAME = re.compile(r"frame-(\d+)-(\d+)\.jpg")
PART = ".part"
"""How the name of a picture ends that is not written whole; it is let go at the next start."""


class Album:
    """The folder of the pictures. All methods may be called on any thread.

    Args:
        most_bytes: What they take together at most.
        free_bytes: How much room the disk has; None for the one with the folder.
    """

    def __init__(
        self,
        folder: Path,
        most_bytes: float,
        free_bytes: Callable[[], int] | None = None,
    ) -> None:
        self._folder = folder
        self._most = most_bytes
        self._free = free_bytes or (lambda: shutil.disk_usage(folder).free)
        self._lock = threading.Lock()
        self._photos: dict[int, int] = {}
        self._frames: dict[tuple[int, int], int] = {}
        self._used = 0

    @property
    def used(self) -> int:
        """Bytes of all pictures."""
        return self._used

    @property
    def counts(self) -> tuple[int, int]:
        """How many photographs and frames there are."""
        return len(self._photos), len(self._frames)

    def start(self, deleted: Collection[int] = ()) -> None:
        """See what is there, and let go of what is not whole or of a deleted job.

        Raises:
            OSError: The folder cannot be made or read.
        """
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        photos: dict[int, int] = {}
        frames: dict[tuple[int, int], int] = {}
        for path in self._folder.iterdir():
            size = path.stat().st_size
            photo, frame = _PHOTO.fullmatch(path.name), _FRAME.fullmatch(path.name)
            gone = photo is not None and int(photo[1]) in deleted
            if path.name.endswith(PART) or gone or (size == 0 and (photo or frame)):
                path.unlink(missing_ok=True)
            elif photo is not None:
                photos[int(photo[1])] = size
            elif frame is not None:
                frames[int(frame[1]), int(frame[2])] = size
        with self._lock:
            self._photos = dict(sorted(photos.items()))
            self._frames = dict(sorted(frames.items()))
            self._used = sum(photos.values()) + sum(frames.values())
            self._make_room(0)

    def keep_photo(self, job: int, data: bytes) -> None:
        """Keep the photograph of a job. Raises CameraError where there is no room."""
        with self._lock:
            self._drop_photo(job)
            self._write(self._photo_path(job), data)
            self._photos[job] = len(data)

    def keep_frame(self, sheet: int, at: float, data: bytes) -> None:
        """Keep a frame of a sheet, taken at `at` seconds since 1970. Raises CameraError."""
        key = (max(0, round(at * 1000)), sheet)
        with self._lock:
            self._drop_frame(key)
            self._write(self._frame_path(key), data)
            self._frames[key] = len(data)

    def photo(self, job: int) -> bytes | None:
        """The photograph of a job, if it is kept."""
        if job not in self._photos:
            return None
        with suppress(OSError):
            return self._photo_path(job).read_bytes()
        return None

    def has_photo(self, job: int) -> bool:
        """Whether a job's photograph is kept."""
        return job in self._photos

    def frames(self, sheet: int) -> list[Path]:
        """The frames of a sheet, the oldest first."""
        with self._lock:
            return [self._frame_path(key) for key in sorted(self._frames) if key[1] == sheet]

    def forget(self, job: int) -> None:
        """Let go of a job's photograph."""
        with self._lock:
            self._drop_photo(job)

    def clear(self) -> None:
        """Let go of all pictures."""
        with self._lock:
            while self._drop_oldest():
                pass

    def _write(self, path: Path, data: bytes) -> None:
        try:
            self._make_room(len(data))
            part = path.with_suffix(PART)
            try:
                part.write_bytes(data)
                part.replace(path)
            except OSError:
                part.unlink(missing_ok=True)
                raise
        except OSError as error:
            why = error.strerror or type(error).__name__
            raise CameraError("camera-not-kept", why=why) from error
        self._used += len(data)

    def _make_room(self, count: int) -> None:
        """Let the oldest go until `count` bytes fit. Raises CameraError if they never will."""
        while self._used + count > self._most or self._free() < DISK_LOW + count:
            if not self._drop_oldest():
                if count == 0:
                    return
                raise CameraError("camera-no-room", mb=round(DISK_LOW / 1e6))

    def _drop_oldest(self) -> bool:
        if self._frames:
            self._drop_frame(next(iter(self._frames)))
        elif self._photos:
            self._drop_photo(next(iter(self._photos)))
        else:
            return False
        return True

    def _drop_photo(self, job: int) -> None:
        if (size := self._photos.pop(job, None)) is not None:
            self._unlink(self._photo_path(job), size)

    def _drop_frame(self, key: tuple[int, int]) -> None:
        if (size := self._frames.pop(key, None)) is not None:
            self._unlink(self._frame_path(key), size)

    def _unlink(self, path: Path, size: int) -> None:
        with suppress(OSError):
            path.unlink(missing_ok=True)
        self._used -= size

    def _photo_path(self, job: int) -> Path:
        return self._folder / f"cat-{job}.jpg"

    def _frame_path(self, key: tuple[int, int]) -> Path:
        return self._folder / f"frame-{key[0]}-{key[1]}.jpg"
