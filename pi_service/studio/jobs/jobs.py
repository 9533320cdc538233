"""The jobs: admitted, listed, cancelled, drawn on."""

from __future__ import annotations

import math
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from firmware_gcode.facts import Fact, fact
from firmware_gcode.grbl.events import LinkState
from pi_service.studio.core.errors import StudioError
from pi_service.studio.core.parts import Artist
from pi_service.studio.core.settings import SourceRule, StudioSettings
from pi_service.studio.jobs.book import JobBook
from pi_service.studio.jobs.job import ACTIVE, ENDED, SPOKEN, Job, JobState, Request
from pi_service.studio.jobs.menu import Menu
from pi_service.studio.jobs.picked import Picked
from pi_service.studio.jobs.prefetch import Seeds
from pi_service.studio.jobs.store import Store
from pi_service.studio.jobs.worker import Worker
from pi_service.studio.machine import status
from pi_service.studio.machine.control import PEN_MOVES, SETTLES_S, Act, MachineControl
from pi_service.studio.machine.standstill import STAFF

FIRST = -1
"""Priority of a drawing that is to be finished: before everything else."""
MAX_SEED = 2**63 - 1
"""The largest whole number that SQLite keeps."""
LARGEST_MM = 2000.0
"""No paper is larger."""
CANVAS = "visitor drawing"
"""Who asks for what a visitor and the machine drew together."""
OwnDrawing: TypeAlias = Callable[[Request], tuple[Request, Picked] | None]
SOURCES = {
    "button": fact("source-button"),
    "page": fact("source-page"),
    "schedule": fact("source-schedule"),
    "visitor": fact("source-visitor"),
    CANVAS: fact("source-canvas"),
    "cli": fact("source-cli"),
    "fleet": fact("source-fleet"),
    "trigger": fact("source-trigger"),
}
"""The sources as people are told of them, within a sentence."""
UNATTENDED = frozenset({"button", "schedule", "trigger"})
"""Sources that do not say what is to be drawn: `Jobs.own_drawing` may."""
VISITOR = "visitor"
"""Who asks if it is nobody of the staff: may have what the staff offer."""


class Jobs:
    """All jobs there are; for any thread. What becomes of a request is told by the events.

    Attributes:
        own_drawing: Gives, in place of a request that does not say what is to be drawn, one
            for an own drawing, with that; or None for a cat. Returns at once.
    """

    def __init__(
        self,
        *,
        store: Store,
        book: JobBook,
        artist: Artist | Fact,
        menu: Menu,
        seeds: Seeds,
        settings: StudioSettings,
        machine: MachineControl,
        worker: Worker,
        clock: Callable[[], float],
    ) -> None:
        self._store = store
        self._book = book
        self._artist = artist
        self._menu = menu
        self._seeds = seeds
        self._settings = settings
        self._rules = settings.rules()
        self._machine = machine
        self._worker = worker
        self._clock = clock
        self._closing = False
        self._one_by_one = threading.Lock()
        self._accepted_at: dict[str, float] = {}
        self.own_drawing: OwnDrawing = lambda _: None

    def close(self) -> None:
        """Take no more requests."""
        self._closing = True

    def request(
        self,
        request: Request,
        picked: Picked | None = None,
        *,
        within: Callable[[sqlite3.Connection], None] | None = None,
    ) -> Job:
        """Ask for a drawing. The job is stored on disk before this returns.

        Args:
            picked: What it draws, where a visitor and the machine drew that together.
            within: The staff have approved it: called in the transaction that keeps the job,
                and the rules for its source alone do not count.

        Raises:
            StudioError: The queue is full, the class unknown, the seed negative, there is no
                model, or the job cannot be stored.
        """
        if self._closing:
            raise StudioError("service-ending-requests")
        bare = Request(request.source, request_key=request.request_key)
        anything = picked is None and request.source in UNATTENDED and request == bare
        request = self._checked(request)
        with self._one_by_one:
            job = self._known(request) or self._accept(
                request, picked, within, anything=anything
            )
        self._worker.look()
        return job

    def again(
        self,
        source: str,
        job_id: int,
        *,
        size_mm: float | None = None,
        prints: int | None = None,
        request_key: str | None = None,
    ) -> Job:
        """Ask for a drawing that was there before: the same cat, in a cell of its own.

        Args:
            prints: It is to be the next print of an edition of so many; None for no print.

        Raises:
            StudioError: As in `request`; if there is no such job; if its edition has another
                number of prints, or all of them are there.
        """
        job = self.get(job_id)
        drawn = replace(
            job.drawing(),
            source=source,
            size_mm=size_mm,
            request_key=request_key,
            print_number=None,
            print_total=prints,
        )
        return self.request(replace(drawn, again_of=job.again_of or job.id))

    def get(self, job_id: int) -> Job:
        """The job as it stands. Raises StudioError if there is none of that number."""
        return self._store.shown(job_id)

    def latest(self, limit: int = 50, before: int | None = None) -> list[Job]:
        """The newest jobs, newest first, of those with a number smaller than `before`."""
        return self._store.jobs(limit, before)

    def queue(self, limit: int = 200) -> list[Job]:
        """The next jobs to be drawn, the first one first; without the active one."""
        return self._store.queue(limit)

    def active(self) -> Job | None:
        """The job that is being drawn or paused, or None."""
        return self._store.active()

    def cancel(self, job_id: int) -> Job:
        """Take a job out of the queue, stop it on the paper, or let it go if interrupted.

        The active job is returned as it is; it becomes cancelled when the pen has stopped.

        Raises:
            StudioError: There is no such job, or it has ended.
        """
        active = self._worker.active
        if active is not None and active.job.id == job_id and not active.ended:
            self._worker.let_go(job_id)  # the machine first
            return active.job
        job = self._book.cancel(job_id, self._clock())
        if job.state in ACTIVE:
            self._worker.let_go(job_id)
        else:
            self._worker.look()
        return job

    def on_paper(self, job_id: int) -> bool:
        """Whether that job is being drawn or paused; asks neither disk nor database."""
        active = self._worker.active
        return active is not None and active.job.id == job_id

    def finish(
        self,
        job_id: int,
        *,
        first: int | None = None,
        who: Fact = STAFF,
        seen: float | None = None,
    ) -> Job:
        """Have an interrupted job drawn on in its place, or strokes of one that ended again.

        This is a person's word that things may move: it ends a Stop, gives back the machine
        that somebody had by hand, and homes it where the position is lost and the machine can
        find it by itself.

        Args:
            first: The stroke from which it goes on, counted from 0; None for the first that
                is not drawn. Past the last one: nothing of it is missing.
            who: Who says so.
            seen: The Stop that the asker knows of, as of `Standstill.check`.

        Raises:
            StudioError: The job is on no paper, or on one that is not on the bed, or has no
                such stroke; or it was stopped meanwhile.
        """
        self._machine.standstill.check(seen)
        self._let_settle(job_id)
        job = self._store.shown(job_id)
        first = self._first(job, first)
        job = self._book.take_up(job, first, FIRST, self._clock())
        self._machine.standstill.end(who, seen)
        if not (self._machine.lease.busy or self._machine.lease.calibrating()):
            self._machine.lease.give_back()
        if self._machine.profile.homing and job.state is JobState.WAITING:
            state = self._machine.link.state
            if state in status.UNREFERENCED:
                self._machine.act(Act.HOME, seen=0.0)  # unless stopped meanwhile
            elif state in status.NOT_THERE:
                self._worker.home_when_met()
        self._worker.look()
        return job

    def _let_settle(self, job_id: int) -> None:
        """Wait a moment for a job that is just being stopped: it is stored as interrupted."""
        until = time.monotonic() + SETTLES_S
        while time.monotonic() < until:
            active, state = self._worker.active, self._machine.link.state
            if active is None or active.job.id != job_id:
                return
            if not active.ended and state in PEN_MOVES | {LinkState.PAUSED}:
                return
            time.sleep(0.01)

    def _first(self, job: Job, first: int | None) -> int:
        """The stroke from which a job can be gone on with. Raises StudioError."""
        sheet = self._store.sheet()
        ended = job.state in ENDED and job.started_at is not None
        if job.state is not JobState.INTERRUPTED and not ended:
            raise StudioError("job-not-broken", job=job.id, state=SPOKEN[job.state])
        if sheet is None or job.sheet != sheet.id or self._store.drawing(job.id) is None:
            raise StudioError("job-sheet-not-on-bed", job=job.id)
        if first is None:
            if job.state is JobState.DONE:
                raise StudioError("job-which-stroke", job=job.id)
            return job.strokes_drawn
        most = job.strokes_total - (1 if ended else 0)
        if not 0 <= first <= most:
            raise StudioError("job-no-stroke", job=job.id, strokes=job.strokes_total)
        return first

    # Admission: which requests become jobs

    def _known(self, request: Request) -> Job | None:
        """The job of the same request, asked for again under its key."""
        key = request.request_key
        return self._store.job_by_key(key) if key else None

    def _accept(
        self,
        request: Request,
        picked: Picked | None,
        within: Callable[[sqlite3.Connection], None] | None,
        *,
        anything: bool,
    ) -> Job:
        source, now = request.source, self._clock()
        rule = self._rules.get(source, SourceRule())
        self._admit(source, rule if within is None else SourceRule(), now)
        if anything and (own := self.own_drawing(request)) is not None:
            request, picked = own
        if request.seed is None:
            request = replace(request, seed=self._seeds.take())
        if request.print_total is not None:
            request = replace(request, print_number=self._next_print(request))
        job = self._book.add(request, now, rule.priority, picked, within=within)
        self._accepted_at[source] = now
        return job

    def _next_print(self, request: Request) -> int:
        """The first number of an edition that no print has. Raises StudioError."""
        others = self._store.prints(request.again_of)
        total = request.print_total or 0
        for other in others:
            if other.print_total != total:
                raise StudioError("print-other-total", total=other.print_total)
        taken = {other.print_number for other in others}
        free = next((n for n in range(1, total + 1) if n not in taken), None)
        if free is None:
            raise StudioError("print-all-there", total=total)
        return free

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
            raise StudioError("seed-range", seed=seed)
        if size is not None and not 1.0 <= size <= LARGEST_MM:
            raise StudioError("size-range", size=float(size), most=LARGEST_MM)
        return request

    def _class(self, request: Request) -> str:
        if isinstance(self._artist, Fact):
            raise StudioError(self._artist)
        name = request.class_name
        wanted = self._settings.default_class if name is None else name
        if request.proposal is not None:
            return wanted  # its strokes are kept
        if request.again_of is not None and self._store.drawing(request.again_of):
            return wanted  # it is kept, whatever the model knows
        if wanted not in self._artist.classes:
            raise StudioError(
                "class-unknown", class_name=wanted, count=len(self._artist.classes)
            )
        return wanted

    def _admit(self, source: str, rule: SourceRule, now: float) -> None:
        """Refuse a request where the queue is full or its source asks too often."""
        if self._store.count_queued() >= self._settings.queue_limit:
            raise StudioError("queue-full", limit=self._settings.queue_limit)
        if rule.limit is not None and self._store.count_queued(source) >= rule.limit:
            raise StudioError("queue-full-source", limit=rule.limit, who=_spoken(source))
        since = now - self._accepted_at.get(source, float("-inf"))
        if 0 <= since < rule.cooldown_s:  # a clock that was set back does not count
            wait = math.ceil(rule.cooldown_s - since)
            raise StudioError("asked-just-now", who=_spoken(source), wait=wait)


def _spoken(source: str) -> Fact:
    """A source as people are told of it, within a sentence."""
    return SOURCES.get(source) or fact("text", text=source)
