"""Admission: which requests become jobs. What cannot be drawn or is too much is refused."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from dataclasses import replace

from pi_service.studio.core.errors import StudioError
from pi_service.studio.core.parts import Artist
from pi_service.studio.core.settings import StudioSettings
from pi_service.studio.jobs.book import JobBook
from pi_service.studio.jobs.job import Job, Request
from pi_service.studio.jobs.menu import Menu
from pi_service.studio.jobs.picked import Picked
from pi_service.studio.jobs.prefetch import Seeds
from pi_service.studio.jobs.store import Store

MAX_SEED = 2**63 - 1
"""The largest whole number that SQLite keeps."""
LARGEST_MM = 2000.0
"""No paper is larger."""
WORDS = {"visitor drawing": "canvas"}
"""What people call a source, where its name is not what they would say."""
VISITOR = "visitor"
"""Who asks if it is nobody of the staff: may have what the staff offer."""


class Admission:
    """Decides which requests become jobs.

    Args:
        store: Where jobs are.
        book: Adds jobs.
        artist: Draws the sketches; or a sentence that says why there is none.
        menu: What visitors may choose.
        seeds: Seeds for those who name none.
        settings: What the owner decides.
        clock: Seconds since 1970.
    """

    def __init__(
        self,
        *,
        store: Store,
        book: JobBook,
        artist: Artist | str,
        menu: Menu,
        seeds: Seeds,
        settings: StudioSettings,
        clock: Callable[[], float],
    ) -> None:
        self._store = store
        self._book = book
        self._artist = artist
        self._menu = menu
        self._seeds = seeds
        self._settings = settings
        self._clock = clock
        self._one_by_one = threading.Lock()
        self._accepted_at: dict[str, float] = {}

    def accept(self, request: Request, picked: Picked | None = None) -> Job:
        """Store a request as a job.

        Args:
            request: The request.
            picked: What a visitor and the machine drew together, if that is to be drawn.

        Raises:
            StudioError: It is refused, or cannot be stored.
        """
        request = self._checked(request)
        with self._one_by_one:
            key, source = request.request_key, request.source
            known = self._store.job_by_key(key) if key else None
            if known is not None:
                return known
            now = self._clock()
            self._admit(source, now)
            if request.seed is None:
                request = replace(request, seed=self._seeds.take())
            priority = self._settings.source(source).priority
            job = self._book.add(request, now, priority, picked)
            self._accepted_at[source] = now
            return job

    def _checked(self, request: Request) -> Request:
        """The request with the class that it stands for, if it can be drawn at all."""
        if request.source == VISITOR and request.class_name is not None:
            self._menu.check(request.class_name, staff=False)
        request = replace(
            request,
            class_name=self._class(request),
            request_key=request.request_key or None,
        )
        seed, size = request.seed, request.size_mm
        if seed is not None and not 0 <= seed <= MAX_SEED:
            raise StudioError(f"The seed {seed} cannot be: it must be 0 or more, below 2^63.")
        if size is not None and not 1.0 <= size <= LARGEST_MM:
            raise StudioError(
                f"A size of {size:g} mm cannot be; say 1 to {LARGEST_MM:.0f} mm."
            )
        return request

    def _class(self, request: Request) -> str:
        if isinstance(self._artist, str):
            raise StudioError(self._artist)
        name = request.class_name
        wanted = self._settings.default_class if name is None else name
        if request.proposal is not None:
            return wanted  # its strokes are kept
        if request.again_of is not None and self._store.drawing(request.again_of):
            return wanted  # it is kept, whatever the model knows
        if wanted not in self._artist.classes:
            raise StudioError(
                f"Nobody here can draw {wanted!r}; choose one of the "
                f"{len(self._artist.classes)} classes that the model knows."
            )
        return wanted

    def _admit(self, source: str, now: float) -> None:
        """Refuse a request where the queue is full or its source asks too often."""
        rule, word = self._settings.source(source), WORDS.get(source, source)
        if self._store.count_queued() >= self._settings.queue_limit:
            raise StudioError(
                f"The queue is full: {self._settings.queue_limit} drawings are waiting. Try "
                "again when some of them are done."
            )
        if rule.limit is not None and self._store.count_queued(source) >= rule.limit:
            raise StudioError(
                f"{rule.limit} drawings that the {word} asked for are waiting already. Try "
                "again when some of them are done."
            )
        since = now - self._accepted_at.get(source, float("-inf"))
        if 0 <= since < rule.cooldown_s:  # a clock that was set back does not count
            raise StudioError(
                f"Somebody has just asked by the {word}. Try again in "
                f"{math.ceil(rule.cooldown_s - since)} s."
            )
