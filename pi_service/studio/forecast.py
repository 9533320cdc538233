"""When the sheet will be full, as far as one can tell from the last drawings."""

from __future__ import annotations

from pi_service.studio.calendar import Calendar
from pi_service.studio.sheet import Sheet
from pi_service.studio.store import Store

LOOKED_AT = 20
"""Drawings from which the pace is taken."""
ENOUGH = 3
"""From fewer nothing can be told."""


def full_at(store: Store, calendar: Calendar, sheet: Sheet, queued: int) -> float | None:
    """When the last free cell will be taken, seconds since 1970.

    If the queue fills the sheet, by the time that drawings take; else at the pace at which
    they were asked for lately. Only the hours in which the gallery is open count.

    Args:
        store: Knows the last drawings.
        calendar: Knows the time and the hours.
        sheet: The sheet on the bed.
        queued: How many jobs wait.

    Returns:
        The instant; None if it is not to be told, or later than in two months.
    """
    now = calendar.now().timestamp()
    if sheet.free == 0:
        return now
    begun = [(at, seconds) for at, seconds in store.newest_begun(LOOKED_AT) if at <= now]
    if len(begun) < ENOUGH:
        return None
    each = sum(seconds for _, seconds in begun) / len(begun)
    hours, zone = calendar.hours, calendar.zone
    pace = hours.open_seconds(begun[-1][0], now, zone) / len(begun)
    wait = sheet.free * (each if queued >= sheet.free else max(each, pace))
    return hours.after_open_seconds(now, wait, zone)
