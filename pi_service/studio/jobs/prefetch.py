"""Makes the next job ready to be drawn: a cell, a composition, and its drawing kept."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime

from firmware_gcode.facts import CodedError, Fact, fact_of
from pi_service.studio.calendar.calendar import Calendar
from pi_service.studio.jobs.book import JobBook
from pi_service.studio.jobs.job import Job, JobState, Request
from pi_service.studio.jobs.planner import Composition, Placed, Planner
from pi_service.studio.jobs.preflight import lack_of_paper, no_model
from pi_service.studio.jobs.store import KeptDrawing, Store

logger = logging.getLogger(__name__)

SEEDS = 10**12
"""Seeds are below this: short enough to be typed, so many that none comes twice."""


class Seeds:
    """Deals seeds, and lets the next one be drawn ahead of the press."""

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


AHEAD = 96
"""Of so many sketches the best is taken where there is time to choose: while the pen draws, or
nobody asks for anything."""
PRESS_S = 0.5
"""Of the second between the press and the pen, what may be spent on choosing."""
FEWEST = 8
"""Sketches to choose from at the press on a slow machine, or one whose speed is unknown."""
KEPT = 3
"""Compositions kept in memory: the next job's, the one after it, one that was passed by."""


class PlanningError(CodedError, ValueError):
    """A drawing could not be composed."""


class Pace:
    """How many sketches there is time for at the press, by what the last drawings took."""

    def __init__(self) -> None:
        self._sketch_s: float | None = None

    def note(self, sketches: int, seconds: float) -> None:
        """Composing a drawing took so long; the latest count most."""
        took = seconds / sketches
        if sketches < AHEAD and self._sketch_s is not None:
            return  # writing the program is too large a part of it
        before = took if self._sketch_s is None else self._sketch_s
        self._sketch_s = (before + took) / 2

    @property
    def at_press(self) -> int:
        """So many, in steps of `FEWEST`."""
        if self._sketch_s is None:
            return FEWEST
        affordable = int(PRESS_S / self._sketch_s)
        return min(max(affordable - affordable % FEWEST, FEWEST), AHEAD)


class PlanCache:
    """Compositions by request and cell: ready ones, and the one that is being made.

    All methods are for one thread, the worker's.

    Args:
        on_ready: Called, on the composing thread, when there is something new to `look_up`.
    """

    def __init__(self, on_ready: Callable[[], None]) -> None:
        self._on_ready = on_ready
        self._threads = ThreadPoolExecutor(max_workers=1, thread_name_prefix="planner")
        self._made: OrderedDict[Placed, Future[Composition]] = OrderedDict()
        self._better: dict[Placed, Future[Composition]] = {}

    @property
    def busy(self) -> bool:
        """Whether something is being composed."""
        futures = (*self._made.values(), *self._better.values())
        return any(not future.done() for future in futures)

    def begin(self, placed: Placed, compose: Callable[[], Composition]) -> None:
        """Compose an placed, unless that was done or begun already."""
        if placed in self._made:
            return
        future = self._threads.submit(compose)
        self._made[placed] = future
        future.add_done_callback(lambda _: self._on_ready())
        while len(self._made) > KEPT:
            self.forget(next(iter(self._made)))

    def improve(self, placed: Placed, compose: Callable[[], Composition]) -> None:
        """Compose anew what is there already, with more care, unless that was begun.

        Until it is ready, and if nothing comes of it, what was there stays.
        """
        if placed in self._made and placed not in self._better:
            self._better[placed] = self._threads.submit(compose)

    def settle(self, placed: Placed) -> None:
        """What `look_up` gives now is being used, and stays."""
        better = self._better.pop(placed, None)
        if better is not None and _came(better):
            self._made[placed] = better

    def look_up(self, placed: Placed) -> Composition | None:
        """The composition; None while there is none. Raises PlanningError if it failed."""
        better = self._better.get(placed)
        if better is not None and _came(better):
            return better.result()
        future = self._made.get(placed)
        if future is None or not future.done():
            return None
        error = future.exception()
        if error is None:
            return future.result()
        if not isinstance(error, ValueError):
            logger.error("composing %s failed", placed, exc_info=error)
        raise PlanningError("drawing-not-composed", why=fact_of(error)) from error

    def forget(self, placed: Placed) -> None:
        """Compose that anew when it is asked for again."""
        self._made.pop(placed, None)
        self._better.pop(placed, None)

    def close(self) -> None:
        """End the thread, after the drawing that it is composing."""
        self._threads.shutdown(wait=True, cancel_futures=True)


def _came(better: Future[Composition]) -> bool:
    """Whether something came of composing with more care."""
    return better.done() and not better.cancelled() and better.exception() is None


_MONTHS = (
    *("Jan", "Feb", "Mar", "Apr", "May", "June"),
    *("July", "Aug", "Sept", "Oct", "Nov", "Dec"),
)
GIVE_UP_AHEAD = 3
"""After so many failures in a row nothing is composed ahead until a job could be composed."""


class Prefetch:
    """Composes the head of the queue, and ahead of the next press while there is none.

    All methods are for the worker's thread.

    Args:
        on_ready: Called, on any thread, when there is something new to look at.
    """

    def __init__(
        self,
        *,
        store: Store,
        book: JobBook,
        planner: Planner | Fact,
        seeds: Seeds,
        default_class: str,
        on_ready: Callable[[], None],
        calendar: Calendar,
        clock: Callable[[], float],
        stopwatch: Callable[[], float] = time.monotonic,
    ) -> None:
        self._calendar = calendar
        self._store = store
        self._book = book
        self._planner = planner
        self._seeds = seeds
        self._default_class = default_class
        self._on_ready = on_ready
        self._clock = clock
        self._stopwatch = stopwatch
        self._pace = Pace()
        self._plans = PlanCache(on_ready)
        self._failed_ahead = 0

    def close(self) -> None:
        """End the composing thread."""
        self._plans.close()

    def prepare(self, job: Job, *, hurry: bool = True) -> tuple[Job, Composition] | None:
        """Bring a queued job one step further.

        Args:
            job: The head of the queue.
            hurry: Whether the pen waits for it; else it is chosen among more sketches.

        Returns:
            The job and its composition when it is ready to be drawn; else None.

        Raises:
            JobError: If the job was cancelled meanwhile.
            StoreError: If the step cannot be stored.
        """
        if isinstance(self._planner, Fact):
            self._book.note(job, reason=no_model(self._planner))
            return None
        placed = self._place_job(job)
        if placed is None and self._book.make_room(job.id, self._clock()):
            placed = self._place_job(job)
        if placed is None:
            self._book.note(job, reason=lack_of_paper(self._store.sheet(), job))
            return None
        try:
            composition = self._plans.look_up(placed)
        except PlanningError as error:
            self._plans.forget(placed)
            self._book.move(job.id, JobState.FAILED, reason=error.fact, ended_at=self._clock())
            return None
        if composition is not None and composition.profile is not self._planner.profile:
            self._plans.forget(placed)  # the machine was set up otherwise meanwhile
            composition = None
        if composition is None:
            many = self._pace.at_press if hurry else AHEAD
            self._begin(job, replace(placed, candidates=many), self._planner)
            return None
        self._plans.settle(placed)
        return self._keep(job, composition), composition

    def prepare_ahead(self) -> None:
        """Compose what the next press will want, so that the pen moves at once.

        First as quickly as at the press, then chosen among more sketches.
        """
        if isinstance(self._planner, Fact) or self._plans.busy:
            return
        if self._failed_ahead >= GIVE_UP_AHEAD:
            return
        placed = self._place(
            Request("", class_name=self._default_class, seed=self._seeds.peek())
        )
        if placed is None:
            return
        try:
            if self._plans.look_up(placed) is None:
                quick = replace(placed, candidates=self._pace.at_press)
                self._begin_new(quick, self._planner)
            else:
                self._improve(placed, self._planner)
        except PlanningError as error:
            logger.warning("seed %d is passed over: %s", placed.seed, error)
            self._seeds.take()
            self._failed_ahead += 1
            self._on_ready()

    def forget(self, composition: Composition) -> None:
        """Let go of a composition that is being drawn."""
        self._plans.forget(composition.placed)

    def _place_job(self, job: Job) -> Placed | None:
        """Where a job is to be drawn; None if there is no room on the sheet."""
        placed = self._place(job.drawing(), job.cell)
        if placed is None or job.started_at is None:
            return placed
        return replace(placed, caption=job.caption)  # it has its number, and part of its ink

    def _place(self, request: Request, cell: int | None = None) -> Placed | None:
        """Where a request is drawn if it is begun next; None if there is no room."""
        sheet = self._store.sheet()
        if sheet is None:
            return None
        whole = request.whole_sheet
        cell = sheet.next_cell(whole=whole) if cell is None else cell
        if cell is None:
            return None
        caption = self._caption() if sheet.caption else ""
        if request.print_total is not None:
            signed = f"{request.print_number}/{request.print_total}"
            caption = f"{signed}, {caption}" if caption else signed
        return Placed(request, sheet.id, cell, sheet.grid(whole=whole), caption)

    def _caption(self) -> str:
        """What is written under the drawing that is begun next."""
        return caption_text(self._store.last_edition() + 1, self._calendar.dated())

    def _begin(self, job: Job, placed: Placed, planner: Planner) -> None:
        kept = self._store.drawing(job.id) if job.started_at is not None else None
        if kept is not None:
            first = job.strokes_drawn
            self._plans.begin(placed, lambda: planner.compose_rest(placed, kept, first))
            return
        self._begin_new(placed, planner, job.again_of)
        if job.state is JobState.REQUESTED:
            self._book.move(job.id, JobState.COMPOSING, reason=None)

    def _begin_new(
        self, placed: Placed, planner: Planner, again_of: int | None = None
    ) -> None:
        original = None if again_of is None else self._original(again_of)
        self._plans.begin(placed, lambda: self._compose(placed, planner, original))

    def _improve(self, placed: Placed, planner: Planner) -> None:
        more = replace(placed, candidates=AHEAD)
        self._plans.improve(placed, lambda: self._compose(more, planner))

    def _compose(
        self,
        placed: Placed,
        planner: Planner,
        original: tuple[Placed, KeptDrawing] | None = None,
    ) -> Composition:
        """Compose on the composing thread, and note how long the model took."""
        began = self._stopwatch()
        composed = planner.compose(placed, original)
        if placed.candidates and original is None and placed.request.proposal is None:
            self._pace.note(placed.candidates, self._stopwatch() - began)
        return composed

    def _original(self, job_id: int) -> tuple[Placed, KeptDrawing] | None:
        """A drawing that is to be repeated, if it is still kept."""
        kept = self._store.drawing(job_id)
        if kept is None:
            return None
        job = self._store.job(job_id)
        return Placed.of(job, self._store.sheet(job.sheet)), kept

    def _keep(self, job: Job, composition: Composition) -> Job:
        """Note that a job is composed; it has its cell from now on."""
        composed_before = job.state is JobState.WAITING
        if job.started_at is not None or (
            composed_before
            and (job.model_hash, job.caption)
            == (composition.model_hash, composition.placed.caption)
        ):
            return job
        self._failed_ahead = 0
        placed, program = composition.placed, composition.program
        return self._book.composed(
            job,
            composition.kept,
            reason=None,
            strokes_total=len(program.strokes),
            seconds_estimated=round(program.seconds, 2),
            ink_mm=round(program.ink_mm, 1),
            model_hash=composition.model_hash,
            sheet=placed.sheet,
            cell=placed.cell,
            caption=placed.caption,
        )


def caption_text(edition: int, today: datetime | None) -> str:
    """What is written under a drawing: its number, and the date if anybody knows it."""
    if today is None:
        return f"No. {edition}"
    return f"No. {edition}, {today.day} {_MONTHS[today.month - 1]} {today.year}"
