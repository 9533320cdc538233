"""The jobs: asked for, listed, cancelled, drawn on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from pi_service.studio.core.errors import StudioError
from pi_service.studio.jobs.admission import Admission
from pi_service.studio.jobs.book import JobBook
from pi_service.studio.jobs.job import ACTIVE, Job, JobState, Request
from pi_service.studio.jobs.picked import Picked
from pi_service.studio.jobs.store import Store
from pi_service.studio.jobs.worker import Worker
from pi_service.studio.machine import status
from pi_service.studio.machine.control import Act, MachineControl

FIRST = -1
"""Priority of a drawing that is to be finished: before everything else."""


class Jobs:
    """All jobs there are; for any thread. What becomes of a request is told by the events.

    Args:
        store: Where jobs are.
        book: Changes jobs.
        admission: Decides which requests become jobs.
        machine: Draws them.
        worker: Has them drawn.
        clock: Seconds since 1970.
    """

    def __init__(
        self,
        *,
        store: Store,
        book: JobBook,
        admission: Admission,
        machine: MachineControl,
        worker: Worker,
        clock: Callable[[], float],
    ) -> None:
        self._store = store
        self._book = book
        self._admission = admission
        self._machine = machine
        self._worker = worker
        self._clock = clock
        self._closing = False

    def close(self) -> None:
        """Take no more requests."""
        self._closing = True

    def request(self, request: Request, picked: Picked | None = None) -> Job:
        """Ask for a drawing. The job is stored on disk before this returns.

        Args:
            request: What is wanted.
            picked: What a visitor and the machine drew together, if that is to be drawn.

        Raises:
            StudioError: The queue is full, the class unknown, the seed negative, there is no
                model, or the job cannot be stored.
        """
        if self._closing:
            raise StudioError("The service is ending and takes no more requests.")
        job = self._admission.accept(request, picked)
        self._worker.look()
        return job

    def again(
        self,
        source: str,
        job_id: int,
        *,
        size_mm: float | None = None,
        request_key: str | None = None,
    ) -> Job:
        """Ask for a drawing that was there before: the same cat, in a cell of its own.

        Args:
            source: Who asks.
            job_id: The job to repeat.
            size_mm: As in `Request`, on whatever paper is there now.
            request_key: As in `Request`.

        Raises:
            StudioError: As in `request`, or if there is no such job.
        """
        job = self.get(job_id)
        drawn = replace(job.drawing(), source=source, size_mm=size_mm, request_key=request_key)
        return self.request(replace(drawn, again_of=job.again_of or job.id))

    def get(self, job_id: int) -> Job:
        """The job as it stands. Raises StudioError if there is none of that number."""
        return self._store.shown(job_id)

    def latest(self, limit: int = 50, before: int | None = None) -> list[Job]:
        """The newest jobs, newest first.

        Args:
            limit: At most this many.
            before: Only jobs with a smaller number (the last one of the page before).
        """
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
        job = self._book.cancel(job_id, self._clock())
        if job.state in ACTIVE:
            self._machine.stop()
        else:
            self._worker.look()
        return job

    def finish(self, job_id: int) -> Job:
        """Have an interrupted job drawn on, in its place, from the first stroke not drawn.

        This is a person's word that things may move: it homes the machine where the position
        is lost and the machine can find it by itself.

        Raises:
            StudioError: The job is not interrupted.
        """
        job = self._store.job(job_id)
        sheet = self._store.sheet()
        if job.state is not JobState.INTERRUPTED:
            raise StudioError(f"Job {job_id} is {job.state}; there is nothing to finish.")
        if sheet is None or job.sheet != sheet.id:
            raise StudioError(f"The sheet of job {job_id} is not on the bed any more.")
        if self._machine.profile.homing:
            state = self._machine.link.state
            if state in status.UNREFERENCED:
                self._machine.act(Act.HOME)
            elif state in status.NOT_THERE:
                self._worker.home_when_met()
        job = self._book.move(job_id, JobState.WAITING, priority=FIRST, reason="")
        self._worker.look()
        return job
