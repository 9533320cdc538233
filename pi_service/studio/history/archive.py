"""The history: looked through, marked, let go, counted by the day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime, timedelta
from typing import Any

from pi_service.studio.calendar.calendar import Calendar
from pi_service.studio.calendar.hours import instant
from pi_service.studio.controls import refusals
from pi_service.studio.core.errors import StudioError
from pi_service.studio.jobs.book import JobBook
from pi_service.studio.jobs.job import ENDED, Job, JobState
from pi_service.studio.jobs.store import Store

MOST_DAYS = 92
"""Days that one answer counts."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody looks for; None stands for anything.

    Attributes:
        number: An edition number, a seed or a job number.
        class_name: What is drawn.
        source: Who asked.
        state: Where the job stands.
        favourite: True: only what somebody marked.
        drawn: True: only what the pen has begun.
        since: Begun at this instant or later, seconds since 1970.
        until: Begun before this instant.
    """

    number: int | None = None
    class_name: str | None = None
    source: str | None = None
    state: JobState | None = None
    favourite: bool | None = None
    drawn: bool | None = None
    since: float | None = None
    until: float | None = None


_CONDITIONS: Mapping[str, str] = {
    "number": "(edition = :number OR seed = :number OR id = :number)",
    "class_name": "class_name = :class_name",
    "source": "source = :source",
    "state": "state = :state",
    "favourite": "favourite = :favourite",
    "drawn": "(edition IS NOT NULL) = :drawn",
    "since": "started_at >= :since",
    "until": "started_at < :until",
}
"""One for each attribute of `Wanted`."""
_COMMON = ("class_name", "source", "state")
"""Attributes with an index each, which may say nearly nothing: nearly all are cats."""
COUNTED = 1000
"""More jobs than this are simply many."""


@dataclass(frozen=True, slots=True)
class Day:
    """What became of one day.

    Attributes:
        date: ISO 8601; the day on the gallery's wall.
        asked: Jobs that were asked for.
        drawn: Drawings that were begun on this day and are done.
        broken: Drawings that were begun on this day and are not whole.
        ink_m: Metres of line.
        hours: Hours that the machine was at it.
    """

    date: str
    asked: int
    drawn: int
    broken: int
    ink_m: float
    hours: float

    def as_dict(self) -> dict[str, Any]:
        """The day ready for JSON."""
        return asdict(self)


class Archive:
    """Answers questions about all jobs there ever were, and keeps what people say of them.

    Args:
        store: Where jobs are.
        book: Changes jobs.
        calendar: Knows which day it is.
    """

    def __init__(self, store: Store, book: JobBook, calendar: Calendar) -> None:
        self._store = store
        self._book = book
        self._calendar = calendar

    def search(self, wanted: Wanted, limit: int = 50, before: int | None = None) -> list[Job]:
        """Jobs that are like what is wanted, newest first.

        Args:
            wanted: What to look for.
            limit: At most this many.
            before: Only jobs with a smaller number (the last one of the page before).
        """
        values = {f.name: getattr(wanted, f.name) for f in fields(wanted)}
        values = {name: value for name, value in values.items() if value is not None}
        conditions = ["deleted = 0"] if before is None else ["deleted = 0", "id < :before"]
        if wanted.drawn:
            conditions.append("edition IS NOT NULL")  # as the index `jobs_shown` says it
        if wanted.favourite:
            conditions.append("favourite = 1")  # likewise
        with refusals():
            ways = [name for name in _COMMON if name in values]
            best = self._rarest(ways, values)
            for name in values:  # a plus keeps SQLite from the index of what is common
                plus = "+" if name in ways and name != best else ""
                conditions.append(plus + _CONDITIONS[name])
            return self._store.find(
                " AND ".join(conditions), {**values, "before": before, "limit": limit}
            )

    def mark(self, job_id: int, *, favourite: bool) -> Job:
        """Mark a job as a favourite, or not; the pictures of favourites are never let go.

        Raises:
            StudioError: If there is no such job.
        """
        with refusals():
            if self._store.job(job_id).deleted:
                raise StudioError("job-deleted", job=job_id)
            return self._book.mark(job_id, favourite=favourite)

    def delete(self, job_id: int) -> None:
        """Delete a job that has ended: picture and program are gone, its number stays used.

        Raises:
            StudioError: If there is no such job, or it has not ended.
        """
        with refusals():
            self._book.delete(job_id)

    def days(self, count: int = 30, last: date | None = None) -> list[Day]:
        """The newest `count` days up to `last` (today if None), the newest first.

        Raises:
            StudioError: If more than `MOST_DAYS` are asked for.
        """
        if not 1 <= count <= MOST_DAYS:
            raise StudioError("days-range", most=MOST_DAYS)
        end = last or self._calendar.now().date()
        with refusals():
            return [self._day(end - timedelta(days=n)) for n in range(count)]

    def totals(self) -> dict[str, Any]:
        """All days together: ``asked``, ``drawn``, ``ink_m``, ``hours``, ``first_at``."""
        with refusals(), self._store.database.read() as connection:
            drawn = connection.execute(
                "SELECT count(*), coalesce(sum(ink_drawn_mm), 0), min(started_at),"
                " coalesce(sum(seconds_drawn), 0) FROM jobs"
                " WHERE started_at IS NOT NULL AND state = 'done'"
            ).fetchone()
            asked = connection.execute("SELECT count(*) FROM jobs").fetchone()[0]
        return {
            "asked": asked,
            "drawn": drawn[0],
            "ink_m": round(drawn[1] / 1000, 1),
            "hours": round(drawn[3] / 3600, 2),
            "first_at": drawn[2],
        }

    def ended(self) -> dict[str, Any]:
        """All jobs there ever were: ``jobs`` by how they ended, ``seconds``, ``ink_m``."""
        with refusals(), self._store.database.read() as connection:
            counts = dict(
                connection.execute(
                    "SELECT state, count(*) FROM jobs GROUP BY state"
                ).fetchall()
            )
            seconds, ink_mm = connection.execute(
                "SELECT coalesce(sum(seconds_drawn), 0), coalesce(sum(ink_drawn_mm), 0)"
                " FROM jobs WHERE started_at IS NOT NULL"
            ).fetchone()
        jobs = {str(state): counts.get(str(state), 0) for state in ENDED}
        return {"jobs": jobs, "seconds": seconds, "ink_m": ink_mm / 1000}

    def _rarest(self, ways: list[str], values: Mapping[str, Any]) -> str | None:
        """By which of some attributes the fewest jobs have to be looked at."""
        if {"number", "favourite", "since"} & values.keys():
            return None  # there is a better way
        with self._store.database.read() as connection:

            def count(name: str) -> int:
                row = connection.execute(
                    f"SELECT count(*) FROM (SELECT 1 FROM jobs WHERE {name} = ? LIMIT ?)",  # noqa: S608 (one of `_COMMON`)
                    (values[name], COUNTED),
                ).fetchone()
                return int(row[0])

            return min(ways, key=count) if len(ways) > 1 else next(iter(ways), None)

    def _day(self, day: date) -> Day:
        zone = self._calendar.zone
        span = instant(day, 0, zone), instant(day, 1440, zone)
        with self._store.database.read() as connection:
            drawn = connection.execute(
                "SELECT coalesce(sum(state = 'done'), 0), count(*),"
                " coalesce(sum(ink_drawn_mm), 0), coalesce(sum(seconds_drawn), 0) FROM jobs"
                " WHERE started_at IS NOT NULL AND started_at >= ? AND started_at < ?",
                span,
            ).fetchone()
            asked = connection.execute(
                "SELECT count(*) FROM jobs WHERE requested_at >= ? AND requested_at < ?", span
            ).fetchone()[0]
        return Day(
            date=day.isoformat(),
            asked=asked,
            drawn=drawn[0],
            broken=drawn[1] - drawn[0],
            ink_m=round(drawn[2] / 1000, 2),
            hours=round(drawn[3] / 3600, 2),
        )


def day_bounds(day: str, calendar: Calendar) -> tuple[float, float]:
    """When a day on the gallery's wall begins and ends, seconds since 1970.

    Raises:
        StudioError: If it is not a date.
    """
    try:
        found = datetime.fromisoformat(day).date()
    except ValueError as error:
        raise StudioError("day-no-date", day=day) from error
    return instant(found, 0, calendar.zone), instant(found, 1440, calendar.zone)
