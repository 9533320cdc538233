"""Where pictures are made: one at a time, as others have to draw, and once."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable

from pi_service.studio.core.errors import StudioError

KEPT_BYTES = 4 * 1024 * 1024
"""Of pictures that are kept: a film has some fifty kilobytes, a picture twenty."""
PATIENCE_S = 4.0
"""For how long somebody waits while others' pictures are made."""


class PicturesBusyError(StudioError):
    """Too many pictures are wanted at once; the message says so."""


class Darkroom:
    """Makes pictures and keeps the newest."""

    def __init__(self, most: int = KEPT_BYTES) -> None:
        self._most = most
        self._making = threading.Lock()
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, bytes] = OrderedDict()

    def picture(self, name: str, make: Callable[[], bytes]) -> bytes:
        """The picture of a name, which says all that it depends on.

        Raises:
            PicturesBusyError: If too many are being made.
        """
        if (kept := self._look(name)) is not None:
            return kept
        if not self._making.acquire(timeout=PATIENCE_S):
            raise PicturesBusyError("pictures-busy")
        try:
            if (kept := self._look(name)) is None:
                kept = make()
                self._keep(name, kept)
            return kept
        finally:
            self._making.release()

    def _look(self, name: str) -> bytes | None:
        with self._lock:
            if name in self._kept:
                self._kept.move_to_end(name)
            return self._kept.get(name)

    def _keep(self, name: str, made: bytes) -> None:
        with self._lock:
            self._kept[name] = made
            while sum(map(len, self._kept.values())) > self._most:
                self._kept.popitem(last=False)
