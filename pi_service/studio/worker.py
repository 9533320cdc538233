"""The worker: one thread that has one job drawn at a time, and the only one that decides.

Everything that happens comes to it as a message: what the machine says, that a drawing is
composed, that somebody asked for something. After each message it looks at the queue and does
the next thing that can be done. What it knows of the drawing on the paper it knows in memory
first; the store follows, and is tried again while the disk fails.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from firmware_gcode.grbl.events import (
    LinkEvent,
    LinkState,
    Notice,
    StateChanged,
)
from firmware_gcode.grbl.link import LinkError
from pi_service.studio import machine as words
from pi_service.studio.calendar import Calendar
from pi_service.studio.composer import Composer, Composition
from pi_service.studio.database import StoreError
from pi_service.studio.events import EventStream
from pi_service.studio.job import Job, JobError, JobState
from pi_service.studio.jobs import JobBook
from pi_service.studio.on_paper import OnPaper
from pi_service.studio.parts import Machine
from pi_service.studio.preparing import Preparing
from pi_service.studio.problems import Problems
from pi_service.studio.seeds import Seeds
from pi_service.studio.store import Store

logger = logging.getLogger(__name__)

LOOK_AGAIN_S = 1.0
"""How often the worker looks again at what it could not do, if nothing tells it to."""
MAX_REFUSALS = 5
"""So often in a row may a machine that is ready refuse a program before the job fails."""
HOME_WITHIN_S = 60.0
"""A machine that is met later than this after the start may have hands in it: no homing."""
CLOSE_S = 5.0
"""How long the pen may take to stop when the service ends."""


@dataclass(frozen=True, slots=True)
class _Look:
    """Something changed: look at the queue."""


@dataclass(frozen=True, slots=True)
class _Stop:
    """A person wants this job stopped, if it is on the paper."""

    job_id: int


@dataclass(frozen=True, slots=True)
class _Close:
    """The service ends."""


_Message: TypeAlias = LinkEvent | _Look | _Stop | _Close


class Worker:
    """Draws the queue.

    Args:
        store: Where jobs are.
        book: Changes jobs.
        link: The machine.
        composer: Composes drawings, or a sentence that says why nobody can.
        events: The stream of events.
        problems: The board of problems.
        seeds: The seeds to come; the next one is composed ahead while nothing else is to do.
        default_class: What is composed ahead.
        calendar: Knows whether there is time to draw.
        clock: Seconds since 1970.
    """

    def __init__(
        self,
        *,
        store: Store,
        book: JobBook,
        link: Machine,
        composer: Composer | str,
        events: EventStream,
        problems: Problems,
        seeds: Seeds,
        default_class: str,
        calendar: Calendar,
        clock: Callable[[], float],
    ) -> None:
        self._store = store
        self._book = book
        self._link = link
        self._events = events
        self._problems = problems
        self._calendar = calendar
        self._home_by: float | None = None
        self._machine_reason = ""
        self._clock = clock
        self._inbox: queue.SimpleQueue[_Message] = queue.SimpleQueue()
        self._preparing = Preparing(
            store=store,
            book=book,
            composer=composer,
            seeds=seeds,
            default_class=default_class,
            on_ready=self.look,
            clock=clock,
        )
        self._on_paper: OnPaper | None = None
        self._close_by: float | None = None
        # Now, not at the start: the link may be started before the worker.
        self._unsubscribe = link.subscribe(self._inbox.put)
        self._refusals = 0
        self._thread = threading.Thread(target=self._run, name="studio-worker", daemon=True)
        self.last_turn = time.monotonic()
        """When the thread last looked at its messages, in monotonic seconds."""

    def start(self, *, home: bool) -> None:
        """Begin, with whatever the machine has said since this was made.

        Args:
            home: Home once, if the machine is met soon and does not know its position then.
        """
        self._home_by = time.monotonic() + HOME_WITHIN_S if home else None
        if self._inbox.empty():
            self._inbox.put(StateChanged(self._link.state, ""))
        self._thread.start()

    def look(self) -> None:
        """Have the worker look at the queue; returns at once, from any thread."""
        self._inbox.put(_Look())

    def stop(self, job_id: int) -> None:
        """Stop the machine if it draws this job, or is just about to; returns at once."""
        self._inbox.put(_Stop(job_id))

    def close(self) -> None:
        """Stop the pen and end the thread; returns when both are done."""
        if self._thread.is_alive():
            self._inbox.put(_Close())
            self._thread.join(CLOSE_S + 10 * LOOK_AGAIN_S)
        self._unsubscribe()
        self._unsubscribe = lambda: None
        self._preparing.close()

    def on_paper(self) -> OnPaper | None:
        """What is on the paper now; read it, do not change it."""
        return self._on_paper

    def machine_view(self) -> dict[str, Any]:
        """The machine as in `Studio.snapshot`."""
        return words.view(self._link, self._machine_reason)

    # The loop

    def _run(self) -> None:
        while True:
            self.last_turn = time.monotonic()
            try:
                wait = LOOK_AGAIN_S if self._close_by is None else LOOK_AGAIN_S / 10
                message: _Message = self._inbox.get(timeout=wait)
            except queue.Empty:
                message = _Look()
            try:
                self._handle(message)
                self._step()
                self._problems.report("store", None)
            except StoreError as error:
                self._problems.report("store", str(error))
            except Exception:
                logger.exception("the worker goes on after an unexpected error")
            if self._close_by is not None and self._on_paper is None:
                return
            if self._close_by is not None and time.monotonic() > self._close_by:
                self._leave()
                return

    def _leave(self) -> None:
        """Store what is known of a drawing whose end the machine did not tell in time."""
        paper = self._on_paper
        if paper is None:
            return
        if not paper.ended:
            paper.break_off()
        try:
            self._settle(paper)
        except StoreError:
            logger.exception("the end of job %d is not stored", paper.job.id)

    def _handle(self, message: _Message) -> None:
        if isinstance(message, StateChanged):
            self._machine_changed(message)
        elif isinstance(message, Notice):
            self._events.publish("notice", {"text": message.text})
        elif isinstance(message, _Close):
            self._begin_to_close()
        elif isinstance(message, _Stop):
            self._stop_drawing(message.job_id)
        elif self._on_paper is not None and not isinstance(message, _Look):
            progress = self._on_paper.hear(message, closing=self._close_by is not None)
            if progress is not None:
                self._events.publish("progress", progress)

    def _stop_drawing(self, job_id: int) -> None:
        paper = self._on_paper
        if paper is not None and paper.job.id == job_id and not paper.ended:
            try:
                self._link.stop()
            except LinkError as error:
                logger.warning("job %d was not stopped: %s", job_id, error)

    def _begin_to_close(self) -> None:
        self._close_by = time.monotonic() + CLOSE_S
        if self._on_paper is not None and not self._on_paper.ended:
            try:
                self._link.stop()
            except LinkError:
                self._on_paper.break_off()

    # What the machine says

    def _machine_changed(self, message: StateChanged) -> None:
        state, self._machine_reason = message.state, message.reason
        self._events.publish("machine", self.machine_view())
        self._problems.report("machine", words.problem(self._link, message.reason))
        if state in words.UNREFERENCED or state is LinkState.READY:
            self._first_met(state)
        if self._on_paper is not None:
            self._on_paper.machine_is(state)

    def _first_met(self, state: LinkState) -> None:
        """Home the machine, if it was found in time and needs it; only ever once."""
        home_by, self._home_by = self._home_by, None
        if home_by is None or state is LinkState.READY or time.monotonic() > home_by:
            return
        try:
            self._link.home()
        except LinkError as error:
            logger.warning("the machine was not homed at the start: %s", error)

    # What is to be done next

    def _step(self) -> None:
        if self._on_paper is not None:
            self._settle(self._on_paper)
        if self._close_by is not None:
            return
        head = next(iter(self._store.queue(limit=1)), None)
        if head is None:
            self._preparing.prepare_ahead()
            return
        try:
            ready = self._preparing.prepare(head)
            if ready is not None and self._on_paper is None:
                self._draw(*ready)
        except JobError as error:  # somebody was quicker: it was cancelled just now
            logger.info("%s", error)
            self.look()

    def _settle(self, paper: OnPaper) -> None:
        """Store what has become of the job on the paper."""
        try:
            if paper.state is not paper.job.state:
                changes: dict[str, Any] = {"strokes_drawn": paper.strokes_drawn}
                if paper.ended:
                    changes["reason"] = paper.reason
                if paper.ended and paper.state is not JobState.WAITING:
                    changes["ended_at"] = self._clock()
                paper.job = self._book.move(paper.job.id, paper.state, **changes)
            else:
                paper.job = self._book.note(paper.job, strokes_drawn=paper.strokes_drawn)
        except JobError:  # nobody else may change it; whoever did must not stop the worker
            logger.exception("job %d is not what it should be", paper.job.id)
            paper.job = self._store.job(paper.job.id)
        if paper.ended:
            self._on_paper = None

    def _draw(self, job: Job, composition: Composition) -> None:
        """Start the pen on a composed job, unless something must be waited for."""
        wait_for = self._hold(composition.program.seconds)
        if wait_for is not None:
            self._book.note(job, reason=wait_for)
            return
        begun = self._book.begin(job, self._clock(), composition.program.text)
        self._on_paper = OnPaper(begun, composition, JobState.DRAWING, begun.strokes_drawn)
        self._preparing.forget(composition)
        try:
            self._link.draw(composition.program)
        except LinkError as error:
            self._refused(self._on_paper, str(error))
            return
        self._refusals = 0
        self._events.publish(
            "drawing",
            {
                "job": job.id,
                "strokes": composition.points,
                "first_stroke": begun.strokes_drawn,
                "seconds": round(composition.program.seconds, 2),
            },
        )

    def _refused(self, paper: OnPaper, reason: str) -> None:
        """The machine did not take the program: the job waits; if that goes on, it fails."""
        paper.state, paper.reason = JobState.WAITING, reason
        self._settle(paper)
        self._refusals += 1
        if self._refusals >= MAX_REFUSALS:
            self._refusals = 0
            self._book.move(
                paper.job.id, JobState.FAILED, reason=reason, ended_at=self._clock()
            )

    def _hold(self, seconds: float) -> str | None:
        """Why nothing may be drawn now, in a sentence; None if it may."""
        if self._store.interrupted():
            return (
                "Waits: a drawing was interrupted. Have it finished, or let it go, and the "
                "rest will follow."
            )
        if self._link.state is not LinkState.READY:
            return f"Waits for the plotter. {words.sentence(self._link, self._machine_reason)}"
        return self._calendar.hold(seconds)
