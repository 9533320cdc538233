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
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from firmware_gcode.facts import Fact
from firmware_gcode.grbl.events import (
    LinkEvent,
    LinkState,
    Notice,
    Progress,
    StateChanged,
)
from firmware_gcode.grbl.link import LinkError
from firmware_gcode.program.program import Program
from pi_service.studio.core.database import StoreError
from pi_service.studio.core.events import EventStream
from pi_service.studio.core.notices import Notices, Problems
from pi_service.studio.core.settings import Patience
from pi_service.studio.jobs.active_job import ActiveJob
from pi_service.studio.jobs.book import JobBook
from pi_service.studio.jobs.display import Board
from pi_service.studio.jobs.job import Job, JobError, JobState
from pi_service.studio.jobs.planner import Composition
from pi_service.studio.jobs.prefetch import Prefetch
from pi_service.studio.jobs.preflight import Preflight
from pi_service.studio.jobs.store import Store
from pi_service.studio.machine import status
from pi_service.studio.machine.control import MachineControl
from pi_service.studio.machine.standstill import SOMEBODY, stopped_by
from pi_service.studio.paper.supplies import Supplies

logger = logging.getLogger(__name__)

MAX_REFUSALS = 5
"""So often in a row may a machine that is ready refuse a program before the job fails."""
UNKNOWN = stopped_by(SOMEBODY)
"""Why a drawing ends before it is known who stops it."""
LATE_PRIORITY = 0
"""The priority of those who have waited too long: the attendant's."""


@dataclass(frozen=True, slots=True)
class _Look:
    """Something changed: look at the queue."""


@dataclass(frozen=True, slots=True)
class _LetGo:
    """A person wants this job stopped for good, if it is on the paper."""

    job_id: int


@dataclass(frozen=True, slots=True)
class _Why:
    """It is known by now who has stopped the drawing."""

    told: Fact


@dataclass(frozen=True, slots=True)
class _Close:
    """The service ends."""


_Message: TypeAlias = LinkEvent | _Look | _LetGo | _Why | _Close


class Worker:
    """Draws the queue; who has waited for `late_after_s` comes before all who ask later."""

    def __init__(
        self,
        *,
        store: Store,
        book: JobBook,
        machine: MachineControl,
        prefetch: Prefetch,
        events: EventStream,
        problems: Problems,
        notices: Notices,
        preflight: Preflight,
        board: Board,
        supplies: Supplies,
        clock: Callable[[], float],
        timer: Callable[[], float],
        patience: Patience,
        late_after_s: float | None,
    ) -> None:
        self._store = store
        self._book = book
        self._machine, self._link, self._lease = machine, machine.link, machine.lease
        self._events = events
        self._problems = problems
        self._notices = notices
        self._preflight, self._board = preflight, board
        self._supplies = supplies
        self._timer = timer
        self._patience = patience
        self._late_after_s = late_after_s
        self._tend_at = float("-inf")
        self._store_failed = False
        self._home_by: float | None = None
        self._clock = clock
        self._inbox: queue.SimpleQueue[_Message] = queue.SimpleQueue()
        self._prefetch = prefetch
        self._active: ActiveJob | None = None
        self._close_by: float | None = None
        # Now, not at the start: the link may be started before the worker.
        self._unsubscribe = machine.link.subscribe(self._inbox.put)
        machine.on_stop, machine.on_go_on = self._stopping, self.look
        machine.on_change = self._tell_machine
        self._refusals = 0
        self._head = -1
        self._onward = False  # what the machine was told last,
        self._stays = False  # and whether it may have left the pen unparked for that.
        self._thread = threading.Thread(target=self._run, name="studio-worker", daemon=True)
        self.last_turn = timer()
        """When the thread last looked at its messages, in monotonic seconds."""

    def start(self, *, home: bool) -> None:
        """Begin, with whatever the machine has said since this was made.

        Args:
            home: Home once, if the machine is met soon and does not know its position then.
        """
        self._home_by = self._timer() + self._patience.home_within if home else None
        if self._inbox.empty():
            self._inbox.put(StateChanged(self._link.state))
        self._thread.start()

    def look(self) -> None:
        """Have the worker look at the queue; returns at once, from any thread."""
        self._inbox.put(_Look())

    def home_when_met(self) -> None:
        """Home the machine once as soon as it is there, if that is soon: a person said so."""
        self._home_by = self._timer() + self._patience.home_within

    def close(self) -> None:
        """Stop the pen and end the thread; returns when both are done."""
        if self._thread.is_alive():
            self._inbox.put(_Close())
            self._thread.join(self._patience.close + 10.0)
        self._unsubscribe()
        self._prefetch.close()

    @property
    def active(self) -> ActiveJob | None:
        """The job on the paper now; read it, do not change it."""
        return self._active

    def let_go(self, job_id: int) -> None:
        """Stop the job of that number for good, if it is on the paper; from any thread.

        Raises:
            StudioError: There is no machine to stop.
        """
        if (active := self._active) is not None and active.job.id == job_id:
            active.let_go = True
            self._machine.halt()
        self._inbox.put(_LetGo(job_id))  # its program may be just about to be sent

    def _stopping(self, why: Fact) -> None:
        """Remember why the drawing on the paper is being stopped; on the stopper's thread."""
        if (active := self._active) is not None:
            active.stopped = why
        if why != UNKNOWN:
            self._inbox.put(_Why(why))  # it may be stored already as somebody's Stop

    # The loop

    def _run(self) -> None:
        while True:
            self.last_turn = self._timer()
            try:
                wait = self._patience.look_again * (1.0 if self._close_by is None else 0.1)
                message: _Message = self._inbox.get(timeout=wait)
            except queue.Empty:
                message = _Look()
            try:
                self._handle(message)
                self._step()
                if not isinstance(message, Progress):
                    self._board.look()
                if self._store_failed:
                    self._store_failed = False
                    self._problems.report("store", None)
            except StoreError as error:
                self._store_failed = True
                self._problems.report("store", error.fact)
            except Exception:
                logger.exception("the worker goes on after an unexpected error")
            if self._close_by is not None and self._active is None:
                return
            if self._close_by is not None and self._timer() > self._close_by:
                self._leave()
                return

    def _leave(self) -> None:
        """Store what is known of a drawing whose end the machine did not tell in time."""
        active = self._active
        if active is None:
            return
        if not active.ended:
            active.break_off()
        try:
            self._settle(active)
        except StoreError:
            logger.exception("the end of job %d is not stored", active.job.id)

    def _handle(self, message: _Message) -> None:
        if isinstance(message, StateChanged):
            self._machine_changed(message)
        elif isinstance(message, Notice):
            self._notices.say(message.fact)
        elif isinstance(message, _Close):
            self._begin_to_close()
        elif isinstance(message, _LetGo):
            self._let_go(message.job_id)
        elif isinstance(message, _Why):
            self._stopped_by(message.told)
        elif self._active is not None and not isinstance(message, _Look):
            progress = self._active.hear(message, closing=self._close_by is not None)
            if progress is not None:
                self._events.publish("progress", progress)

    def _let_go(self, job_id: int) -> None:
        active = self._active
        if active is None or active.job.id != job_id:
            return
        active.give_up()
        if not active.ended:
            self._stop_link(active)

    def _send(self, program: Program) -> Fact | None:
        """Send a program, unless a person stops just now: gives why it was not sent.

        Raises:
            LinkError: The machine does not take it.
        """
        with self._machine.standstill.gate:
            if (stopped := self._machine.standstill.stopped) is None:
                self._link.draw(program)
                return None
        return stopped.told

    def _stopped_by(self, why: Fact) -> None:
        """Say of what somebody has stopped who it was."""
        if self._active is not None and self._active.reason == UNKNOWN:
            self._active.reason = why
        for job in self._store.interrupted():
            if job.reason == UNKNOWN:
                self._book.note(job, reason=why)

    def _stop_link(self, active: ActiveJob) -> None:
        try:
            self._link.stop()
        except LinkError as error:
            logger.warning("job %d was not stopped: %s", active.job.id, error)

    def _begin_to_close(self) -> None:
        self._close_by = self._timer() + self._patience.close
        if self._active is not None and not self._active.ended:
            try:
                self._link.stop()
            except LinkError:
                self._active.break_off()

    # What the machine says

    def _machine_changed(self, message: StateChanged) -> None:
        state = message.state
        self._tell_machine()
        self._problems.report("machine", status.problem(self._link, message.reason))
        if state in status.UNREFERENCED or state is LinkState.READY:
            self._first_met(state)
        if self._active is not None:
            self._active.machine_is(state)

    def _tell_machine(self) -> None:
        self._events.publish("machine", self._machine.view())

    def _first_met(self, state: LinkState) -> None:
        """Home the machine, if it was found in time and needs it; only ever once."""
        home_by, self._home_by = self._home_by, None
        if home_by is None or state is LinkState.READY or self._timer() > home_by:
            return
        try:
            with self._machine.standstill.gate:
                if self._machine.standstill.stopped is None:
                    self._link.home()
        except LinkError as error:
            logger.warning("the machine was not homed at the start: %s", error)

    # What is to be done next

    def _step(self) -> None:
        if self._active is not None:
            self._lease.drawing = not self._active.ended  # whatever the disk says
            self._settle(self._active)
        if self._close_by is not None or self._store.database.fault is not None:
            return
        self._tend()
        head = next(iter(self._store.queue(limit=1)), None)
        if head is None:
            self._go_onward(None)
            self._prefetch.prepare_ahead()
            return
        if head.id != self._head:
            self._book.clear_reasons(head.id)
            self._head = head.id
        try:
            ready = self._prefetch.prepare(head, hurry=self._active is None)
            if ready is not None and self._active is None and not self._link.moving:
                self._draw(*ready)
                ready = None if self._active else ready  # what follows is looked up next
            self._go_onward(ready)
        except JobError as error:  # somebody was quicker: it was cancelled just now
            logger.info("%s", error)
            self.look()

    def _go_onward(self, ready: tuple[Job, Composition] | None) -> None:
        """From one drawing to the next without parking; a pen that stayed for none is parked.

        Args:
            ready: What is to be drawn next, if it is composed.
        """
        active, standstill = self._active, self._machine.standstill
        work = None if ready is None else (ready[1].program.seconds, ready[1].program.ink_mm)
        try:
            if active is not None and not active.ended:
                parks = bool(active.composition.passes)  # a person changes the pen after it
                follows = work is not None and not parks and self._preflight.follows(*work)
                self._tell_onward(follows=follows)
            elif self._stays and self._link.state is LinkState.READY and not self._link.moving:
                if work is not None and self._preflight.hold(*work) is None:
                    self.look()  # the machine was not ready just now
                    return
                self._onward = self._stays = False
                with standstill.gate:
                    if standstill.stopped is None and not self._lease.held:
                        self._link.park()
        except LinkError as error:  # it stays where it is, lifted
            logger.info("the pen is not parked: %s", error)

    def _tell_onward(self, *, follows: bool) -> None:
        if follows is not self._onward:
            self._link.onward(follows=follows)
            self._onward, self._stays = follows, self._stays or follows

    def _tend(self) -> None:
        """Look after what changes without anybody saying so."""
        if self._timer() < self._tend_at:
            return
        self._tend_at = self._timer() + self._patience.tend
        self._supplies.look()
        if self._late_after_s is not None:
            self._book.hasten(self._clock() - self._late_after_s, LATE_PRIORITY)

    def _settle(self, active: ActiveJob) -> None:
        """Store what has become of the job on the paper."""
        changes: dict[str, Any] = {"strokes_drawn": active.strokes_drawn}
        if active.strokes_drawn != active.job.strokes_drawn:
            changes["ink_drawn_mm"] = active.ink_drawn_mm
        try:
            if active.state is not active.job.state:
                if active.ended:
                    changes |= self._end_of(active)
                active.job = self._book.move(active.job.id, active.state, **changes)
            else:
                active.job = self._book.note(active.job, **changes)
        except JobError:  # nobody else may change it; whoever did must not stop the worker
            logger.exception("job %d is not what it should be", active.job.id)
            active.job = self._store.job(active.job.id)
        if active.ended:
            self._active, self._lease.drawing = None, False
            self._supplies.look()

    def _end_of(self, active: ActiveJob) -> dict[str, Any]:
        seconds = active.job.seconds_drawn + self._timer() - active.begun_at
        changes = {"reason": active.reason, "seconds_drawn": round(seconds, 1)}
        if active.state is not JobState.WAITING:
            changes["ended_at"] = self._clock()
        return changes

    def _draw(self, job: Job, composition: Composition) -> None:
        """Start the pen on a composed job, unless something must be waited for."""
        program = composition.program
        wait_for = self._preflight.hold(program.seconds, program.ink_mm)
        if wait_for is not None:
            self._book.note(job, reason=wait_for)
            return
        if [head.id for head in self._store.queue(limit=1)] != [job.id]:
            self.look()  # somebody was put before it just now
            return
        program = self._preflight.pens(job, program, composition.passes)
        with self._lease.lock:
            if self._lease.held or self._machine.standstill.stopped is not None:
                return  # a person took or stopped the machine just now
            begun = self._book.begin(job, self._clock(), program.text)
            self._lease.drawing = True
        self._active = ActiveJob(begun, composition, JobState.DRAWING, begun.strokes_drawn)
        self._active.begun_at = self._timer()
        self._prefetch.forget(composition)
        try:
            stopped = self._send(program)
        except LinkError as error:
            self._refused(self._active, error.fact)
            return
        if stopped is not None:
            self._wait_again(self._active, stopped)
            return
        self._refusals, self._onward, self._stays = 0, False, False
        self._events.publish(
            "drawing",
            {
                "job": job.id,
                "strokes": composition.kept.strokes,
                "first_stroke": begun.strokes_drawn,
                "seconds": round(program.seconds, 2),
            },
        )
        self._book.clear_reasons(job.id)

    def _refused(self, active: ActiveJob, reason: Fact) -> None:
        """The machine did not take the program: the job waits; if that goes on, it fails."""
        self._wait_again(active, reason)
        self._refusals += 1
        if self._refusals >= MAX_REFUSALS:
            self._refusals = 0
            self._book.move(
                active.job.id, JobState.FAILED, reason=reason, ended_at=self._clock()
            )

    def _wait_again(self, active: ActiveJob, reason: Fact) -> None:
        """Put a job back that was about to be drawn."""
        active.state, active.reason = JobState.WAITING, reason
        self._settle(active)
