"""Everything that a page shows at once."""

from __future__ import annotations

from typing import Any

from firmware_gcode.drawing.paper import Paper
from pi_service.studio.calendar.calendar import Calendar
from pi_service.studio.jobs.active_job import ActiveJob
from pi_service.studio.jobs.job import QUEUED, JobState
from pi_service.studio.jobs.store import Store
from pi_service.studio.paper.supplies import Sheet

LOOKED_AT = 20
"""Drawings from which the pace is taken."""
ENOUGH = 3
"""From fewer nothing can be told."""


def full_at(store: Store, calendar: Calendar, sheet: Sheet) -> float | None:
    """When the last free cell will be taken, seconds since 1970.

    If the queue fills the sheet, by the time that drawings take; else at the pace at which
    they were asked for lately. Only the hours in which the gallery is open count.

    Returns:
        The instant; None if it is not to be told, or later than in two months, or if a drawing
        that takes a whole sheet comes before.
    """
    now = calendar.now().timestamp()
    if sheet.free == 0:
        return now
    queue = store.queue(sheet.free)
    if any(job.whole_sheet for job in queue):
        return None
    begun = [(at, seconds) for at, seconds in store.newest_begun(LOOKED_AT) if at <= now]
    if len(begun) < ENOUGH:
        return None
    each = sum(seconds for _, seconds in begun) / len(begun)
    hours, zone = calendar.hours, calendar.zone
    pace = hours.open_seconds(begun[-1][0], now, zone) / len(begun)
    wait = sheet.free * (each if len(queue) == sheet.free else max(each, pace))
    return hours.after_open_seconds(now, wait, zone)


QUEUE_SHOWN = 50
"""Jobs of the queue in a snapshot."""


def jobs_view(store: Store, active: ActiveJob | None) -> dict[str, Any]:
    """The jobs as in `Studio.snapshot`.

    Args:
        active: The job on the paper as the worker knows it: its lines, and where the pen is.
    """
    standing, queued = store.standing(QUEUE_SHOWN)
    found: dict[str, Any] = {"job": None, "progress": None, "queue": [], "interrupted": []}
    for job in standing:
        if job.state in QUEUED:
            found["queue"].append(job.as_dict())
        elif job.state is JobState.INTERRUPTED:
            found["interrupted"].append(job.as_dict())
        else:  # the worker may be a moment ahead of what is stored, or behind it
            known = active if active is not None and active.job.id == job.id else None
            strokes = [] if known is None else known.composition.kept.strokes
            found["job"] = {**job.as_dict(), "strokes": strokes}
            found["progress"] = None if known is None else known.progress
    return {**found, "queue_length": queued}


def paper_view(store: Store, calendar: Calendar, paper: Paper) -> dict[str, Any]:
    """Paper and sheet as in `Studio.snapshot`."""
    sheet = store.sheet()
    full = None if sheet is None else full_at(store, calendar, sheet)
    return {
        "sheet": None if sheet is None else sheet.as_dict(),
        "sheet_full_at": full,
        "paper": {"width": paper.width, "height": paper.height, "margin": paper.margin},
    }
