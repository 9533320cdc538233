"""The jobs' book: whatever changes a job is kept on disk first and then told to everybody."""

from __future__ import annotations

import hashlib
import sqlite3
import threading
from collections.abc import Callable
from typing import Any

from firmware_gcode.drawing.paper import Paper
from firmware_gcode.facts import fact
from pi_service.studio.core.events import EventStream
from pi_service.studio.core.notices import Notices
from pi_service.studio.jobs.job import (
    ACTIVE,
    ENDED,
    QUEUED,
    SPOKEN,
    Job,
    JobError,
    JobState,
    Request,
    cannot_become,
)
from pi_service.studio.jobs.picked import Picked, keep, let_go
from pi_service.studio.jobs.store import KeptDrawing, Store
from pi_service.studio.paper.supplies import Sheet


def program_hash(text: str) -> str:
    """How the link's journal names a program."""
    return hashlib.sha256(text.encode()).hexdigest()


class JobBook:
    """Changes jobs and publishes each change, in the same order."""

    def __init__(self, store: Store, events: EventStream, notices: Notices) -> None:
        self._store = store
        self._events = events
        self._notices = notices
        self._lock = threading.RLock()

    def add(
        self,
        request: Request,
        requested_at: float,
        priority: int = 0,
        picked: Picked | None = None,
        *,
        within: Callable[[sqlite3.Connection], None] | None = None,
    ) -> Job:
        """Keep a new job, and what it draws if that was picked; see `Store.add`.

        Args:
            within: Called in the transaction that keeps it.
        """
        with self._lock:
            with self._store.transaction() as connection:
                if within is not None:
                    within(connection)
                if picked is not None:
                    keep(connection, picked)
                job = self._store.add(request, requested_at, priority)
            return self._tell(job)

    def move(self, job_id: int, following: JobState, **changes: Any) -> Job:
        """Change a job's state; see `Store.move`."""
        with self._lock:
            job = self._tell(self._store.move(job_id, following, **changes))
            if following is JobState.FAILED:
                self._tell_sheet()
                self._notices.say(
                    fact("job-failed", job=job.id, class_name=job.class_name, why=job.reason)
                )
            return job

    def hasten(self, asked_before: float, priority: int) -> None:
        """Let those who have waited too long come first; see `Store.hasten`."""
        with self._lock:
            for job in self._store.hasten(asked_before, priority):
                self._tell(job)

    def mark(self, job_id: int, *, favourite: bool) -> Job:
        """Mark a job as a favourite, or not. Raises JobError if there is no such job."""
        with self._lock:
            return self._tell(self._store.note(job_id, favourite=favourite))

    def delete(self, job_id: int) -> None:
        """Let go of a job's picture and show it no more; its number is never given again.

        Raises:
            JobError: If there is no such job, or it has not ended.
        """
        with self._lock:
            with self._store.transaction() as connection:
                job = self._store.job(job_id)
                if job.state not in ENDED:
                    raise JobError("job-not-ended", job=job_id, state=SPOKEN[job.state])
                self._store.note(job_id, deleted=True, favourite=False)
                self._store.forget_drawing(job_id)
                let_go(connection)
            self._events.publish("deleted", {"job": job_id})

    def composed(self, job: Job, drawing: KeptDrawing, **changes: Any) -> Job:
        """Keep what a job draws; the job waits for its turn from now on.

        Raises:
            JobError: If it was composed for a sheet that is not on the bed any more, or
                somebody has cancelled it meanwhile.
        """
        with self._lock:
            with self._store.transaction():
                state = self._store.job(job.id).state
                if state not in QUEUED:
                    raise cannot_become(job.id, state, JobState.WAITING)
                self._on_the_bed(job.id, changes.get("sheet"))
                self._store.keep_drawing(job.id, drawing)
                if state is JobState.WAITING:
                    kept = self._store.note(job.id, **changes)
                else:
                    kept = self._store.move(job.id, JobState.WAITING, **changes)
            self._tell_sheet()
            return self._tell(kept)

    def cancel(self, job_id: int, now: float) -> Job:
        """Cancel a job, unless it is on the paper: then it is returned as it is.

        Raises:
            JobError: If there is no such job or it has ended.
        """
        with self._lock:
            with self._store.transaction():  # the worker cannot begin it meanwhile
                job = self._store.job(job_id)
                if job.state in ACTIVE:
                    return job
                cancelled = self._store.move(
                    job_id, JobState.CANCELLED, ended_at=now, reason=None
                )
            self._tell_sheet()
            return self._tell(cancelled)

    def take_up(self, job: Job, first: int, priority: int, now: float) -> Job:
        """Have a job that broke off or ended drawn on, or again, from a stroke.

        Args:
            first: The stroke, from 0; past the last one, nothing of it is missing.

        Raises:
            JobError: If it has become something else meanwhile.
        """
        changes: dict[str, Any] = {"reason": None, "strokes_drawn": first}
        if first == job.strokes_total:
            return self.move(job.id, JobState.DONE, ended_at=now, **changes)
        if first < (before := max(job.strokes_drawn, job.strokes_before)):
            changes["strokes_before"] = before
        return self.move(job.id, JobState.WAITING, priority=priority, **changes)

    def clear_reasons(self, but: int) -> None:
        """Take back why jobs of the queue waited; see `Store.clear_reasons`."""
        with self._lock:
            for job in self._store.clear_reasons(but):
                self._tell(job)

    def begin(self, job: Job, now: float, program: str) -> Job:
        """Note that the pen is about to start on a job, and give it its edition number.

        Raises:
            JobError: If somebody has put in a new sheet, or cancelled it, just now.
        """
        with self._lock:
            with self._store.transaction():
                self._on_the_bed(job.id, self._store.job(job.id).sheet)
                edition = job.edition or self._store.next_edition()
                kept = self._store.move(
                    job.id,
                    JobState.DRAWING,
                    edition=edition,
                    started_at=job.started_at or now,
                    ended_at=None,
                    reason=None,
                    program_hash=program_hash(program),
                )
            return self._tell(kept)

    def new_sheet(
        self, opened_at: float, paper: Paper, grid: tuple[int, int], *, caption: bool = False
    ) -> Sheet:
        """Keep a new sheet: composed jobs lose their cell, interrupted ones are let go.

        Raises:
            JobError: If a drawing is on the paper.
        """
        with self._lock:
            with self._store.transaction():
                if self._store.active() is not None:
                    raise JobError("paper-taken")
                sheet = self._store.open_sheet(
                    opened_at=opened_at,
                    size=(paper.width, paper.height),
                    margin=paper.margin,
                    grid=grid,
                    caption=caption,
                )
                placed = [job for job in self._store.queue() if job.cell is not None]
                placed += self._store.interrupted()
                changed = [self._off_the_sheet(job, opened_at) for job in placed]
            for job in changed:
                self._tell(job)
            self._events.publish("sheet", sheet.as_dict())
            return sheet

    def make_room(self, but: int, now: float) -> bool:
        """Have jobs of the queue that the pen has not begun give their cells back, but one.

        Returns:
            Whether any had one.
        """
        with self._lock:
            with self._store.transaction():
                placed = [
                    job
                    for job in self._store.queue()
                    if job.cell is not None and job.started_at is None and job.id != but
                ]
                changed = [self._off_the_sheet(job, now) for job in placed]
            for job in changed:
                self._tell(job)
            return bool(changed)

    def _on_the_bed(self, job_id: int, sheet_id: int | None) -> None:
        sheet = self._store.sheet()
        if sheet is None or sheet.id != sheet_id:
            raise JobError("job-sheet-gone", job=job_id)

    def _off_the_sheet(self, job: Job, now: float) -> Job:
        if job.started_at is None:
            return self._store.move(job.id, JobState.REQUESTED, sheet=None, cell=None)
        reason = fact("sheet-taken-away")
        return self._store.move(job.id, JobState.CANCELLED, reason=reason, ended_at=now)

    def note(self, job: Job, **changes: Any) -> Job:
        """Change attributes of a job that keeps its state, if they are not so already."""
        with self._lock:
            if all(getattr(job, name) == value for name, value in changes.items()):
                return job
            return self._tell(self._store.note(job.id, **changes))

    def _tell_sheet(self) -> None:
        sheet = self._store.sheet()
        if sheet is not None:
            self._events.publish("sheet", sheet.as_dict())

    def _tell(self, job: Job) -> Job:
        self._events.publish("job", job.as_dict())
        return job
