"""Takes requests in: what cannot be drawn or is too much is refused, the rest is stored."""

from __future__ import annotations

import math
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass

from firmware_gcode.facts import Fact, fact
from pi_service.studio.core.errors import StudioError
from pi_service.studio.core.parts import Artist
from pi_service.studio.core.settings import StudioSettings
from pi_service.studio.jobs.book import JobBook
from pi_service.studio.jobs.job import Job
from pi_service.studio.jobs.picked import Picked
from pi_service.studio.jobs.store import Store

SEEDS = 10**12
"""Seeds are below this: short enough to be typed, so many that none comes twice."""


class Seeds:
    """Deals seeds, and lets the worker look at the next one to draw it ahead of the press.

    Args:
        rng: Where they come from.
    """

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._lock = threading.Lock()
        self._next = rng.randrange(SEEDS)

    def peek(self) -> int:
        """The seed that the next `take` will give."""
        with self._lock:
            return self._next

    def take(self) -> int:
        """A new seed."""
        with self._lock:
            seed, self._next = self._next, self._rng.randrange(SEEDS)
            return seed


MAX_SEED = 2**63 - 1
"""The largest whole number that SQLite keeps."""


LARGEST_MM = 2000.0
"""No paper is larger."""
SOURCES = {
    "button": fact("source-button"),
    "page": fact("source-page"),
    "schedule": fact("source-schedule"),
    "visitor": fact("source-visitor"),
    "visitor drawing": fact("source-canvas"),
    "cli": fact("source-cli"),
    "fleet": fact("source-fleet"),
}
"""The sources as people are told of them, within a sentence."""


def asker(source: str) -> Fact:
    """A source within a sentence."""
    return SOURCES.get(source, fact("text", text=source))


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody asks for.

    Attributes:
        source: Who asks.
        class_name: What to draw; None for the default.
        seed: The seed of the drawing; None for a new one.
        request_key: Asking again with the same one gives the job of the first.
        again_of: The job whose drawing is to be repeated, or None.
        size_mm: The drawing's longer side, mm; None fills the cell.
        picked: What a visitor and the machine drew together, if that is to be drawn.
        proposal: The same by its name, where it is kept already.
        pen_change: Whether the pen is changed between the two hands.
    """

    source: str
    class_name: str | None = None
    seed: int | None = None
    request_key: str | None = None
    again_of: int | None = None
    size_mm: float | None = None
    picked: Picked | None = None
    proposal: str | None = None
    pen_change: bool = False


class Reception:
    """Decides which requests become jobs.

    Args:
        store: Where jobs are.
        book: Adds jobs.
        artist: Draws the sketches; or a sentence that says why there is none.
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
        seeds: Seeds,
        settings: StudioSettings,
        clock: Callable[[], float],
    ) -> None:
        self._store = store
        self._book = book
        self._artist = artist
        self._seeds = seeds
        self._settings = settings
        self._clock = clock
        self._one_by_one = threading.Lock()
        self._accepted_at: dict[str, float] = {}

    def accept(self, request: Request) -> Job:
        """Store a request as a job; see `Studio.request`.

        Raises:
            StudioError: If it is refused.
            StoreError: If it cannot be stored.
        """
        wanted = self._class(request)
        seed, size, key, source = (
            request.seed,
            request.size_mm,
            request.request_key,
            request.source,
        )
        if seed is not None and not 0 <= seed <= MAX_SEED:
            raise StudioError("seed-range", seed=seed)
        if size is not None and not 1.0 <= size <= LARGEST_MM:
            raise StudioError("size-range", size=float(size), most=LARGEST_MM)
        with self._one_by_one:
            known = self._store.job_by_key(key) if key else None
            if known is not None:
                return known
            now = self._clock()
            self._admit(source, now)
            job = self._book.add(
                source=source,
                class_name=wanted,
                seed=self._seeds.take() if seed is None else seed,
                requested_at=now,
                priority=self._settings.source(source).priority,
                request_key=key or None,
                again_of=request.again_of,
                size_mm=size,
                picked=request.picked,
                proposal=request.proposal,
                pen_change=request.pen_change,
            )
            self._accepted_at[source] = now
            return job

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
            raise StudioError("class-unknown", name=wanted, count=len(self._artist.classes))
        return wanted

    def _admit(self, source: str, now: float) -> None:
        """Refuse a request where the queue is full or its source asks too often."""
        rule, who = self._settings.source(source), asker(source)
        if self._store.count_queued() >= self._settings.queue_limit:
            raise StudioError("queue-full", limit=self._settings.queue_limit)
        if rule.limit is not None and self._store.count_queued(source) >= rule.limit:
            raise StudioError("queue-full-source", limit=rule.limit, who=who)
        since = now - self._accepted_at.get(source, float("-inf"))
        if 0 <= since < rule.cooldown_s:  # a clock that was set back does not count
            raise StudioError(
                "asked-just-now", who=who, wait=math.ceil(rule.cooldown_s - since)
            )
