"""What is done first after a start: take up what a crash or an end has left."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from firmware_gcode.drawing.geometry import as_polyline
from firmware_gcode.facts import fact
from firmware_gcode.grbl.journal import Record, read_journal
from pi_service.studio.jobs.active_job import STOPPED, ink_of
from pi_service.studio.jobs.book import JobBook
from pi_service.studio.jobs.job import ACTIVE, Job, JobState
from pi_service.studio.jobs.store import Store

ENDED_UNASKED = fact("service-ended")


def read_back(store: Store, book: JobBook, journal: Path | None, now: float) -> None:
    """Give every job that was under way the state that is true now; nothing of it moves.

    What was being drawn is interrupted, unless the link's journal says that it ended: the
    journal is written before anybody hears of a stroke, so it may be ahead of the database.

    Raises:
        StoreError: If the database cannot be read or written.
    """
    record = read_journal(journal) if journal else None
    for job in store.under_way():
        if job.state in ACTIVE:
            _broke_off(store, book, job, record, now)
        else:
            book.move(job.id, JobState.REQUESTED)


def _broke_off(
    store: Store, book: JobBook, job: Job, record: Record | None, now: float
) -> None:
    drawn, state, reason = job.strokes_drawn, JobState.INTERRUPTED, ENDED_UNASKED
    if record is not None and record.program == job.program_hash:
        drawn = max(drawn, min(record.drawn, job.strokes_total))
        state = JobState.DONE if record.outcome == "done" else state
        reason = STOPPED if record.outcome == "stopped" else reason
    if drawn == job.strokes_total:  # only parking was missing
        state = JobState.DONE
    why = None if state is JobState.DONE else reason
    changes: dict[str, Any] = {"strokes_drawn": drawn, "reason": why}
    kept = store.drawing(job.id)
    if kept is not None and drawn > job.strokes_drawn:
        inked = [as_polyline(points) for points in kept.strokes[job.strokes_drawn : drawn]]
        changes["ink_drawn_mm"] = round(job.ink_drawn_mm + ink_of(inked), 1)
    book.move(job.id, state, ended_at=now, **changes)
