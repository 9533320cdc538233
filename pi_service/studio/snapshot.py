"""Everything that a page shows at once."""

from __future__ import annotations

from typing import Any

from firmware_gcode.drawing.paper import Paper
from pi_service.studio.calendar import Calendar
from pi_service.studio.forecast import full_at
from pi_service.studio.store import Store

QUEUE_SHOWN = 50
"""Jobs of the queue in a snapshot."""


def queue_view(store: Store) -> dict[str, Any]:
    """The queue as in `Studio.snapshot`."""
    return {
        "queue": [job.as_dict() for job in store.queue(limit=QUEUE_SHOWN)],
        "queue_length": store.count_queued(),
        "interrupted": [job.as_dict() for job in store.interrupted()],
    }


def paper_view(store: Store, calendar: Calendar, paper: Paper, queued: int) -> dict[str, Any]:
    """Paper and sheet as in `Studio.snapshot`."""
    sheet = store.sheet()
    full = None if sheet is None else full_at(store, calendar, sheet, queued)
    return {
        "sheet": None if sheet is None else sheet.as_dict(),
        "sheet_full_at": full,
        "paper": {"width": paper.width, "height": paper.height, "margin": paper.margin},
    }
