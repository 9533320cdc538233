"""Films, made one at a time and kept for a while: others have to draw."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable

from pi_service.studio.core.errors import StudioError
from pi_service.studio.jobs.job import Job

KEPT = 24
"""Films that are kept, some ten kilobytes each: of drawings that people look at just now."""
PATIENCE_S = 4.0
"""For how long somebody waits while others' films are made."""


class FilmsBusyError(StudioError):
    """Too many films are wanted at once; the message says so."""


class Films:
    """Makes films and keeps the newest."""

    def __init__(self) -> None:
        self._making = threading.Lock()
        self._kept: OrderedDict[tuple[int, str, int], bytes] = OrderedDict()

    def film(self, job: Job, make: Callable[[], bytes]) -> bytes:
        """The film of a job as it stands. Raises FilmsBusyError if too many are being made."""
        name = job.id, str(job.state), job.strokes_drawn
        if not self._making.acquire(timeout=PATIENCE_S):
            raise FilmsBusyError("films-busy")
        try:
            if name not in self._kept:
                self._kept[name] = make()
            self._kept.move_to_end(name)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
            return self._kept[name]
        finally:
            self._making.release()
