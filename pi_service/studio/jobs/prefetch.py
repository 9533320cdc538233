"""Makes the next job ready to be drawn: a cell, a composition, and its drawing kept."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime

from pi_service.studio.calendar.calendar import Calendar
from pi_service.studio.jobs.admission import Seeds
from pi_service.studio.jobs.book import JobBook
from pi_service.studio.jobs.job import Job, JobState
from pi_service.studio.jobs.planner import Composer, Composition, Order, order_of
from pi_service.studio.jobs.preflight import NO_PAPER
from pi_service.studio.jobs.store import KeptDrawing, Store
from pi_service.studio.paper.sheet import Sheet

logger = logging.getLogger(__name__)

KEPT = 3
"""Compositions kept in memory: the next job's, the one after it, one that was passed by."""


class ComposingError(ValueError):
    """A drawing could not be composed; the message says why."""


class Composing:
    """Compositions by order: ready ones, and the one that is being made.

    All methods are for one thread, the worker's.

    Args:
        on_ready: Called, on the composing thread, when there is something new to `look_up`.
    """

    def __init__(self, on_ready: Callable[[], None]) -> None:
        self._on_ready = on_ready
        self._threads = ThreadPoolExecutor(max_workers=1, thread_name_prefix="composing")
        self._made: OrderedDict[Order, Future[Composition]] = OrderedDict()

    @property
    def busy(self) -> bool:
        """Whether something is being composed."""
        return any(not future.done() for future in self._made.values())

    def begin(self, order: Order, compose: Callable[[], Composition]) -> None:
        """Compose an order, unless that was done or begun already."""
        if order in self._made:
            return
        future = self._threads.submit(compose)
        self._made[order] = future
        future.add_done_callback(lambda _: self._on_ready())
        while len(self._made) > KEPT:
            self._made.popitem(last=False)

    def look_up(self, order: Order) -> Composition | None:
        """The composition for an order; None while it is not ready or was not begun.

        Raises:
            ComposingError: If it could not be composed.
        """
        future = self._made.get(order)
        if future is None or not future.done():
            return None
        error = future.exception()
        if error is None:
            return future.result()
        if not isinstance(error, ValueError):
            logger.error("composing %s failed", order, exc_info=error)
        raise ComposingError(f"This drawing could not be composed: {error}") from error

    def forget(self, order: Order) -> None:
        """Compose that order anew when it is asked for again."""
        self._made.pop(order, None)

    def close(self) -> None:
        """End the thread, after the drawing that it is composing."""
        self._threads.shutdown(wait=True, cancel_futures=True)


logger = logging.getLogger(__name__)

_MONTHS = (
    *("Jan", "Feb", "Mar", "Apr", "May", "June"),
    *("July", "Aug", "Sept", "Oct", "Nov", "Dec"),
)
GIVE_UP_AHEAD = 3
"""After so many failures in a row nothing is composed ahead until a job could be composed."""


class Preparing:
    """Composes the head of the queue, and ahead of the next press while there is none.

    All methods are for the worker's thread.

    Args:
        store: Where jobs are.
        book: Changes jobs.
        composer: Composes drawings, or a sentence that says why nobody can.
        seeds: The seeds to come.
        default_class: What is composed ahead.
        on_ready: Called, on any thread, when there is something new to look at.
        calendar: Knows the date that is written under a drawing.
        clock: Seconds since 1970.
    """

    def __init__(
        self,
        *,
        store: Store,
        book: JobBook,
        composer: Composer | str,
        seeds: Seeds,
        default_class: str,
        on_ready: Callable[[], None],
        calendar: Calendar,
        clock: Callable[[], float],
    ) -> None:
        self._calendar = calendar
        self._store = store
        self._book = book
        self._composer = composer
        self._seeds = seeds
        self._default_class = default_class
        self._on_ready = on_ready
        self._clock = clock
        self._composing = Composing(on_ready)
        self._failed_ahead = 0

    def close(self) -> None:
        """End the composing thread."""
        self._composing.close()

    def prepare(self, job: Job) -> tuple[Job, Composition] | None:
        """Bring a queued job one step further.

        Returns:
            The job and its composition when it is ready to be drawn; else None.

        Raises:
            JobError: If the job was cancelled meanwhile.
            StoreError: If the step cannot be stored.
        """
        if isinstance(self._composer, str):
            self._book.note(job, reason=self._composer)
            return None
        order = self._order_for(job)
        if order is None:
            self._book.note(job, reason=NO_PAPER)
            return None
        try:
            composition = self._composing.look_up(order)
        except ComposingError as error:
            self._composing.forget(order)
            self._book.move(job.id, JobState.FAILED, reason=str(error), ended_at=self._clock())
            return None
        if composition is not None and composition.profile is not self._composer.profile:
            self._composing.forget(order)  # the machine was set up otherwise meanwhile
            composition = None
        if composition is None:
            self._begin(job, order, self._composer)
            return None
        return self._keep(job, composition, self._composer), composition

    def prepare_ahead(self) -> None:
        """Compose what the next press will want, so that the pen moves at once."""
        if isinstance(self._composer, str) or self._composing.busy:
            return
        if self._failed_ahead >= GIVE_UP_AHEAD:
            return
        order = self._order(self._default_class, self._seeds.peek())
        if order is None:
            return
        try:
            if self._composing.look_up(order) is None:
                self._begin_new(order, self._composer)
        except ComposingError as error:
            logger.warning("seed %d is passed over: %s", order.seed, error)
            self._seeds.take()
            self._failed_ahead += 1
            self._on_ready()

    def forget(self, composition: Composition) -> None:
        """Let go of a composition that is being drawn."""
        self._composing.forget(composition.order)

    def _order_for(self, job: Job) -> Order | None:
        """What to compose for a job and where; None if there is no room on the sheet."""
        order = self._order(job.class_name, job.seed, cell=job.cell, size_mm=job.size_mm)
        if order is not None and job.proposal is not None:
            order = replace(order, proposal=job.proposal, pen_change=job.pen_change)
        if order is None or job.started_at is None:
            return order
        return replace(order, caption=job.caption)  # it has its number, and a part of its ink

    def _order(
        self,
        class_name: str,
        seed: int,
        *,
        cell: int | None = None,
        size_mm: float | None = None,
    ) -> Order | None:
        """What to compose and where, if it were begun next; None if there is no room."""
        sheet: Sheet | None = self._store.sheet()
        if sheet is None:
            return None
        place = sheet.next_cell if cell is None else cell
        if place is None:
            return None
        caption = self._caption() if sheet.caption else ""
        grid = sheet.columns, sheet.rows
        return Order(class_name, seed, sheet.id, place, *grid, caption, size_mm)

    def _caption(self) -> str:
        """What is written under the drawing that is begun next."""
        today = self._calendar.now() if self._calendar.clock_is_set else None
        return caption_text(self._store.last_edition() + 1, today)

    def _begin(self, job: Job, order: Order, composer: Composer) -> None:
        kept = self._store.drawing(job.id) if job.started_at is not None else None
        if kept is not None:
            first = job.strokes_drawn
            self._composing.begin(order, lambda: composer.compose_rest(order, kept, first))
            return
        self._begin_new(order, composer, job.again_of)
        if job.state is JobState.REQUESTED:
            self._book.move(job.id, JobState.COMPOSING, reason="")

    def _begin_new(
        self, order: Order, composer: Composer, again_of: int | None = None
    ) -> None:
        original = None if again_of is None else self._original(again_of)
        self._composing.begin(order, lambda: composer.compose(order, original))

    def _original(self, job_id: int) -> tuple[Order, KeptDrawing] | None:
        """A drawing that is to be repeated, if it is still kept."""
        kept = self._store.drawing(job_id)
        if kept is None:
            return None
        job = self._store.job(job_id)
        return order_of(job, self._store.sheet(job.sheet)), kept

    def _keep(self, job: Job, composition: Composition, composer: Composer) -> Job:
        """Note that a job is composed; it has its cell from now on."""
        composed_before = job.state is JobState.WAITING
        if job.started_at is not None or (
            composed_before
            and (job.model_hash, job.caption)
            == (composition.model_hash, composition.order.caption)
        ):
            return job
        self._failed_ahead = 0
        order, program = composition.order, composition.program
        return self._book.composed(
            job,
            composer.kept(composition),
            reason="",
            strokes_total=len(program.strokes),
            seconds_estimated=round(program.seconds, 2),
            ink_mm=round(program.ink_mm, 1),
            model_hash=composition.model_hash,
            sheet=order.sheet,
            cell=order.cell,
            caption=order.caption,
        )


def caption_text(edition: int, today: datetime | None) -> str:
    """What is written under a drawing: its number, and the date if anybody knows it."""
    if today is None:
        return f"No. {edition}"
    return f"No. {edition}, {today.day} {_MONTHS[today.month - 1]} {today.year}"
