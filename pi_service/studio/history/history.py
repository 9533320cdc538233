"""The history: looked through, marked, let go, counted by the day, taken away as files."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime, timedelta
from importlib.metadata import version
from typing import Any

from firmware_gcode.drawing.png import png
from firmware_gcode.facts import Fact, fact_of
from pi_service.studio.calendar.calendar import Calendar
from pi_service.studio.calendar.clock import CLOCK_IS_SET_AFTER
from pi_service.studio.calendar.hours import Hours, instant
from pi_service.studio.core.errors import StudioError
from pi_service.studio.history import export
from pi_service.studio.history.housekeeping import Logbook
from pi_service.studio.jobs.book import JobBook
from pi_service.studio.jobs.job import ENDED, SPOKEN, Job, JobState
from pi_service.studio.jobs.planner import Placed, Planner
from pi_service.studio.jobs.store import ON_PAPER, KeptDrawing, Store
from pi_service.studio.keepsake.darkroom import Darkroom
from pi_service.studio.keepsake.film import drawing_itself
from pi_service.studio.keepsake.scene import CUT_OFF, Scene, picture, scene
from pi_service.studio.machine.control import MachineControl

VERSION = version("catplotter")
PIXELS_PER_MM, LEAST_PX = 8.0, 2048
"""Of pictures to keep, and their longer side: 200 dpi on paper, and sharp on every screen."""
MOST_DAYS = 92
"""Days that one answer counts."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody looks for; None stands for anything.

    Attributes:
        number: An edition number, a seed or a job number.
        favourite: True: only what somebody marked.
        drawn: True: only what the gallery shows, of which a stroke at least is on the paper.
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
    "drawn": f"(edition IS NOT NULL AND {ON_PAPER}) = :drawn",
    "since": "started_at >= :since",
    "until": "started_at < :until",
}
"""One for each attribute of `Wanted`."""
_COMMON = ("class_name", "source", "state")
"""Attributes with an index each, which may say nearly nothing: nearly all are cats."""
COUNTED = 1000
"""More jobs than this are simply many."""
_FIGURES = (
    "SELECT coalesce(sum(state = 'done'), 0) AS drawn,"  # noqa: S608 (our own columns)
    " coalesce(sum(state = 'done' AND source IN ('button', 'visitor', 'visitor drawing')), 0)"
    " AS visitors,"
    " coalesce(sum(state IN ('cancelled', 'interrupted')), 0) AS broken,"
    " coalesce(sum(ink_drawn_mm), 0) AS ink_mm, coalesce(sum(seconds_drawn), 0) AS seconds,"
    " min(started_at) AS first_at FROM jobs WHERE started_at IS NOT NULL AND +deleted = 0"
    f" AND {ON_PAPER}"
)
"""What is counted, everywhere: drawings that the gallery shows, on the day they were begun.

Visitors' are those of the button, whoever presses it, of their pages and of their hands. Cats
are those that are done; metres and hours are of those that broke off, too. What somebody
deleted is counted no more.
"""


@dataclass(frozen=True, slots=True)
class Day:
    """What became of one day.

    Attributes:
        date: ISO 8601; the day on the gallery's wall.
        drawn: Drawings that were begun on this day and are done.
        visitors: How many of them visitors had asked for.
        broken: Drawings that were begun on this day and broke off.
        ink_m: Metres of line of both.
        hours: Hours that the machine was at both.
        open_hours: Hours in which the gallery was open, by the opening hours that held then.
    """

    date: str
    asked: int
    drawn: int
    visitors: int
    broken: int
    ink_m: float
    hours: float
    open_hours: float


class History:
    """All jobs there ever were: found again, marked, let go, counted, taken away as files."""

    def __init__(
        self,
        *,
        store: Store,
        book: JobBook,
        calendar: Calendar,
        planner: Planner | Fact,
        machine: MachineControl,
        log: Logbook,
    ) -> None:
        self._store = store
        self._book = book
        self._calendar = calendar
        self._planner = planner
        self._machine = machine
        self._darkroom = Darkroom()
        self.log = log

    def search(self, wanted: Wanted, limit: int = 50, before: int | None = None) -> list[Job]:
        """Jobs like what is wanted with a smaller number than `before`, newest first."""
        values = {f.name: getattr(wanted, f.name) for f in fields(wanted)}
        values = {name: value for name, value in values.items() if value is not None}
        conditions = ["deleted = 0"] if before is None else ["deleted = 0", "id < :before"]
        if wanted.drawn:
            conditions.append("edition IS NOT NULL")  # as the index `jobs_shown` says it
        if wanted.favourite:
            conditions.append("favourite = 1")  # likewise
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
        return self._book.mark(self._store.shown(job_id).id, favourite=favourite)

    def delete(self, job_id: int) -> None:
        """Delete a job that has ended: picture and program are gone, its number stays used.

        Raises:
            StudioError: If there is no such job, or it has not ended.
        """
        self._book.delete(job_id)

    def days(self, count: int = 30, last: date | None = None) -> list[Day]:
        """The newest `count` days up to `last` (today if None), the newest first.

        Raises:
            StudioError: If more than `MOST_DAYS` are asked for.
        """
        if not 1 <= count <= MOST_DAYS:
            raise StudioError("days-range", most=MOST_DAYS)
        end, now = last or self._calendar.now().date(), self._calendar.now().timestamp()
        first, past = min(self._first_asked(), now), self._calendar.past_hours()

        def counted(day: date) -> Day:
            held = (hours for until, hours in past if day < until)
            return self._day(day, next(held, self._calendar.hours), first, now)

        return [counted(end - timedelta(days=n)) for n in range(count)]

    def kinds(self, count: int = 30) -> dict[str, int]:
        """What was drawn to its end in the newest `count` days, the most frequent first."""
        today = self._calendar.now().date()
        since = instant(today - timedelta(days=count - 1), 0, self._calendar.zone)
        with self._store.database.read() as connection:
            rows = connection.execute(
                "SELECT class_name, count(*) FROM jobs WHERE started_at >= ?"
                " AND state = 'done' AND +deleted = 0 GROUP BY class_name"
                " ORDER BY count(*) DESC, class_name",
                (since,),
            )
            return {str(name): int(drawn) for name, drawn in rows}

    def days_table(self, count: int = 30) -> Iterator[str]:
        """The newest `count` days as CSV, the oldest first; see `export.days`."""
        return export.days([asdict(day) for day in reversed(self.days(count))])

    def kinds_table(self, count: int = 30) -> Iterator[str]:
        """What was drawn in them as CSV."""
        return export.days(
            [{"kind": kind, "drawn": drawn} for kind, drawn in self.kinds(count).items()]
        )

    def totals(self) -> dict[str, Any]:
        """All days together: `Day` without its date, and ``first_at``, seconds since 1970."""
        with self._store.database.read() as connection:
            row = connection.execute(_FIGURES).fetchone()
            asked = connection.execute("SELECT count(*) FROM jobs").fetchone()[0]
        return {"asked": asked, **_figures(row), "first_at": row["first_at"]}

    def ended(self) -> dict[str, Any]:
        """All jobs there ever were: ``jobs`` by how they ended, ``seconds``, ``ink_m``."""
        with self._store.database.read() as connection:
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

    # Files

    def svg(self, job_id: int) -> str:
        """The job's drawing on its paper as SVG. Raises StudioError if there is none."""
        job, kept = self._kept(job_id)
        return picture(job, kept, self._machine.profile.pen_width)

    def png(self, job_id: int) -> bytes:
        """The job's drawing, cut out with number and date, as PNG.

        Raises:
            StudioError: If there is none, or too many pictures are wanted at once.
        """

        def make() -> bytes:
            shown = self.scene(job_id)
            paper, pen = shown.paper, shown.pen_width
            scale = max(PIXELS_PER_MM, LEAST_PX / max(paper.width, paper.height))
            return png(shown.strokes, paper, pixels_per_mm=scale, pen_width=pen)

        return self._darkroom.picture(f"{self.stamp(job_id)}.png", make)

    def gif(self, job_id: int) -> bytes:
        """The same as a film in which it draws itself. Raises StudioError as `png`."""
        return self._darkroom.picture(
            f"{self.stamp(job_id)}.gif", lambda: drawing_itself(self.scene(job_id))
        )

    def stamp(self, job_id: int) -> str:
        """What all files of a job depend on, in a few letters: the same as long as they are.

        It costs nothing beside making one of them. Raises StudioError if there is no such job.
        """
        job, digest = self._store.shown(job_id), self._store.drawing_digest(job_id)
        cut_off = job.strokes_drawn if job.state in CUT_OFF else None
        what = (job.id, job.class_name, job.seed, job.edition, cut_off, self.begun(job))
        parts = (VERSION, what, self._machine.profile, digest)
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:24]

    def gcode(self, job_id: int) -> str:
        """The job's program. Raises StudioError if there is none yet."""
        job, kept = self._kept(job_id)
        return kept.gcode or self._written_again(job, kept)

    def table(self) -> Iterator[str]:
        """All jobs as CSV, line by line; see `export.table`."""
        return export.table(self._store, self._calendar.zone)

    def everything(self, name: Callable[[Job], str]) -> Iterator[bytes]:
        """Table and pictures as a zip, piece by piece; see `export.archive`."""
        width, zone = self._machine.profile.pen_width, self._calendar.zone
        return export.archive(self._store, zone, pen_width=width, name=name)

    def scene(self, job_id: int) -> Scene:
        """What is on the paper of a job, cut out. Raises StudioError if there is nothing."""
        job, kept = self._kept(job_id)
        return scene(job, kept, self._machine.profile.pen_width, self.begun(job))

    def begun(self, job: Job) -> datetime | None:
        """When the pen began it, on the gallery's wall; None where the clock was wrong."""
        if job.started_at is None or job.started_at < CLOCK_IS_SET_AFTER:
            return None
        return datetime.fromtimestamp(job.started_at, self._calendar.zone)

    def _kept(self, job_id: int) -> tuple[Job, KeptDrawing]:
        job, kept = self._store.shown(job_id), self._store.drawing(job_id)
        if kept is None and job.edition is not None:
            raise StudioError("picture-let-go", job=job_id, seed=job.seed)
        if kept is None:
            raise StudioError("job-no-drawing", job=job_id, state=SPOKEN[job.state])
        return job, kept

    def _written_again(self, job: Job, kept: KeptDrawing) -> str:
        """The program of an old drawing, which is not kept."""
        if isinstance(self._planner, Fact):
            raise StudioError(self._planner)
        placed = Placed.of(job, self._store.sheet(job.sheet))
        try:
            return self._planner.compose_rest(placed, kept, 0).program.text
        except ValueError as error:
            raise StudioError("program-not-again", why=fact_of(error)) from error

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

    def _first_asked(self) -> float:
        """When the first drawing was asked for; never, as long as none was."""
        with self._store.database.read() as connection:
            first = connection.execute("SELECT min(requested_at) FROM jobs").fetchone()[0]
        return float("inf") if first is None else float(first)

    def _day(self, day: date, hours: Hours, first: float, now: float) -> Day:
        zone = self._calendar.zone
        span = instant(day, 0, zone), instant(day, 1440, zone)
        since, until = max(span[0], first), min(span[1], now)
        opened = hours.open_seconds(since, until, zone) if since < until else 0
        with self._store.database.read() as connection:
            row = connection.execute(
                f"{_FIGURES} AND started_at >= ? AND started_at < ?", span
            ).fetchone()
            asked = connection.execute(
                "SELECT count(*) FROM jobs WHERE requested_at >= ? AND requested_at < ?", span
            ).fetchone()[0]
        open_hours = round(opened / 3600, 2)
        return Day(date=day.isoformat(), asked=asked, open_hours=open_hours, **_figures(row))


def _figures(row: Mapping[str, Any]) -> dict[str, Any]:
    """What `_FIGURES` found, as people count it."""
    return {
        "drawn": row["drawn"],
        "visitors": row["visitors"],
        "broken": row["broken"],
        "ink_m": round(row["ink_mm"] / 1000, 2),
        "hours": round(row["seconds"] / 3600, 2),
    }


def day_bounds(day: str, calendar: Calendar) -> tuple[float, float]:
    """When a day of the gallery begins and ends. Raises StudioError if it is no date."""
    try:
        found = datetime.fromisoformat(day).date()
    except ValueError as error:
        raise StudioError("day-no-date", day=day) from error
    return instant(found, 0, calendar.zone), instant(found, 1440, calendar.zone)
