"""What the studio keeps: jobs, their drawings, sheets of paper. All SQL about them is here."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import zlib
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pi_service.studio.core.database import Database
from pi_service.studio.jobs.job import (
    COLUMNS,
    ENDED,
    REQUESTED,
    Job,
    JobError,
    JobState,
    Request,
    check_transition,
)
from pi_service.studio.machine.standstill import unnamed
from pi_service.studio.paper.supplies import Sheet

_SELECT = f"SELECT {', '.join(COLUMNS)} FROM jobs"  # noqa: S608 (names of our own columns)
_QUEUED = "state IN ('requested', 'composing', 'waiting')"
"""Written exactly as in the indices `jobs_queued…`, or SQLite would not use them."""
AT_A_TIME = 50
"""Jobs that are changed in one transaction: nobody waits long for it."""
_ACTIVE = "state IN ('drawing', 'paused')"
ON_PAPER = "max(strokes_drawn, strokes_before) > 0"
"""`Job.on_paper`, in SQL."""


@dataclass(frozen=True, slots=True)
class KeptDrawing:
    """What is kept of a composed job.

    Attributes:
        strokes: Each stroke as the pen inks it: ``[[x, y], …]`` in paper mm, to 1 µm.
        gcode: The program's text; empty if it was let go, to be written again.
        settings: Whatever else went into it (paper, area), ready for JSON.
    """

    strokes: list[list[list[float]]]
    gcode: str
    profile: str
    settings: dict[str, Any]


class Store:
    """Jobs, drawings and sheets in the database.

    All methods may be called from any thread and raise `StoreError` where the disk fails.
    """

    def __init__(self, database: Database) -> None:
        self.database = database

    @classmethod
    def open(cls, path: Path) -> Store:
        """Open the database file at `path`, made new where there is none."""
        return cls(Database(path))

    def close(self) -> None:
        """Close the database."""
        self.database.close()

    def transaction(self) -> AbstractContextManager[sqlite3.Connection]:
        """Several changes that are kept together or not at all; see `Database.write`."""
        return self.database.write()

    # Jobs

    def add(self, request: Request, requested_at: float, priority: int) -> Job:
        """Keep a new job; it is on the disk when this returns."""
        names = ("state", *REQUESTED, "requested_at", "priority")
        values = [getattr(request, name) for name in REQUESTED]
        with self.transaction() as connection:
            row = connection.execute(
                f"INSERT INTO jobs ({', '.join(names)})"  # noqa: S608 (our own columns)
                f" VALUES ({', '.join('?' * len(names))}) RETURNING id",
                (JobState.REQUESTED, *values, requested_at, priority),
            ).fetchone()
            return _existing(connection, row["id"])

    def job(self, job_id: int) -> Job:
        """The job of that number. Raises JobError if there is none."""
        with self.database.read() as connection:
            return _existing(connection, job_id)

    def shown(self, job_id: int) -> Job:
        """The job of that number. Raises JobError if there is none, or it was deleted."""
        job = self.job(job_id)
        if job.deleted:
            raise JobError("job-deleted", job=job_id)
        return job

    def job_by_key(self, request_key: str) -> Job | None:
        """The job that was asked for under that key, or None."""
        with self.database.read() as connection:
            return _first(connection, "WHERE request_key = ?", (request_key,))

    def jobs(self, limit: int, before: int | None = None) -> list[Job]:
        """At most `limit` jobs, newest first, of those with a number smaller than `before`."""
        where = "" if before is None else "AND id < ?"
        values = (limit,) if before is None else (before, limit)
        return self._all(f"WHERE deleted = 0 {where} ORDER BY id DESC LIMIT ?", values)

    def find(self, where: str, values: Mapping[str, object]) -> list[Job]:
        """At most ``:limit`` jobs, newest first, of those for which a condition holds.

        Args:
            where: SQL over the columns of jobs, with named values; never a user's text.
        """
        return self._all(f"WHERE {where} ORDER BY id DESC LIMIT :limit", values)

    def find_after(self, after: int, limit: int) -> list[Job]:
        """The next jobs that were not deleted, the oldest first."""
        return self._all("WHERE id > ? AND deleted = 0 ORDER BY id LIMIT ?", (after, limit))

    def prints(self, original: int | None) -> list[Job]:
        """The prints of a drawing whose numbers are taken: not those that were never begun."""
        return self._all(
            "WHERE again_of = ? AND print_total IS NOT NULL AND state <> 'failed'"
            " AND (state <> 'cancelled' OR edition IS NOT NULL)",
            (original,),
        )

    def queue(self, limit: int = -1) -> list[Job]:
        """The jobs still to be drawn, the next one first (`limit` -1: all of them)."""
        return self._all(f"WHERE {_QUEUED} ORDER BY priority, id LIMIT ?", (limit,))

    def count_queued(self, source: str | None = None) -> int:
        """How many jobs are still to be drawn (of one source, or of all)."""
        which, values = ("", ()) if source is None else (" AND source = ?", (source,))
        with self.database.read() as connection:
            row = connection.execute(
                f"SELECT count(*) FROM jobs WHERE {_QUEUED}{which}",  # noqa: S608 (no input)
                values,
            ).fetchone()
            return int(row[0])

    def under_way(self) -> list[Job]:
        """The jobs that are composing, drawing or paused, oldest first."""
        found = self._all(f"WHERE {_QUEUED} AND state = 'composing'", ())
        return sorted(found + self._all(f"WHERE {_ACTIVE}", ()), key=lambda job: job.id)

    def active(self) -> Job | None:
        """The job that is being drawn or paused, or None."""
        found = self._all(f"WHERE {_ACTIVE} ORDER BY id", ())
        return found[0] if found else None

    def standing(self, limit: int) -> tuple[list[Job], int]:
        """All jobs that are not over, and how many are queued; in `Database.at_once`.

        The active one comes first, then the interrupted ones, then the next `limit` to come.
        """
        parts = (
            f"{_SELECT} WHERE {_ACTIVE}",
            f"{_SELECT} WHERE state = 'interrupted' ORDER BY id",
            f"{_SELECT} WHERE {_QUEUED} ORDER BY priority, id LIMIT ?",
        )
        together = " UNION ALL ".join(f"SELECT * FROM ({part})" for part in parts)  # noqa: S608
        with self.database.read() as connection:
            rows = connection.execute(together, (limit,)).fetchall()
            count = f"SELECT count(*) FROM jobs WHERE {_QUEUED}"  # noqa: S608 (no input)
            return [Job.from_row(row) for row in rows], connection.execute(count).fetchone()[0]

    def interrupted(self) -> list[Job]:
        """The jobs that broke off on paper and wait for a person's decision, oldest first."""
        return self._all("WHERE state = 'interrupted' ORDER BY id", ())

    def move(self, job_id: int, following: JobState, **changes: Any) -> Job:
        """Change a job's state, and what changes with it, in one step.

        One that ends before the pen has begun it gives its cell back.

        Raises:
            JobError: If `TRANSITIONS` does not allow it, or there is no such job.
        """
        with self.transaction() as connection:
            job = _existing(connection, job_id)
            if following in ENDED and job.strokes_before:
                following, changes = _whole_again(job, following, changes)
            check_transition(job_id, job.state, following)
            if following in ENDED and job.started_at is None:
                changes = {**changes, "sheet": None, "cell": None}
            return _update(connection, job_id, {"state": str(following), **changes})

    def clear_reasons(self, but: int) -> list[Job]:
        """Take back why queued jobs waited, all but one's; returns the jobs changed."""
        where = f"WHERE {_QUEUED} AND reason <> '' AND id <> ? ORDER BY id LIMIT {AT_A_TIME}"
        stale = self._all(where, (but,))
        if not stale:
            return []
        with self.transaction() as connection:
            return [_update(connection, job.id, {"reason": None}) for job in stale]

    def note(self, job_id: int, **changes: Any) -> Job:
        """Change attributes of a job that keeps its state."""
        with self.transaction() as connection:
            return _update(connection, job_id, changes)

    def next_edition(self) -> int:
        """A number that no drawing has had; call it inside the `transaction` that uses it."""
        with self.transaction() as connection:
            row = connection.execute(
                "UPDATE counters SET last = last + 1 WHERE name = 'edition' RETURNING last"
            ).fetchone()
            return int(row[0])

    def last_edition(self) -> int:
        """The newest number that a drawing has got; 0 before the first."""
        with self.database.read() as connection:
            row = connection.execute("SELECT last FROM counters WHERE name = 'edition'")
            return int(row.fetchone()[0])

    def hasten(self, asked_before: float, priority: int) -> list[Job]:
        """Give those who asked before an instant that priority; returns the jobs changed."""
        where = f"WHERE {_QUEUED} AND priority > ? AND requested_at < ?"
        late = self._all(f"{where} ORDER BY id LIMIT {AT_A_TIME}", (priority, asked_before))
        if not late:
            return []
        with self.transaction() as connection:
            return [_update(connection, job.id, {"priority": priority}) for job in late]

    # Drawings

    def keep_drawing(self, job_id: int, drawing: KeptDrawing) -> None:
        """Keep what a job draws, in place of what was kept before."""
        with self.transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO drawings (job, strokes, gcode, profile, settings)"
                " VALUES (?, ?, ?, ?, ?)",
                (
                    job_id,
                    zlib.compress(json.dumps(drawing.strokes, separators=(",", ":")).encode()),
                    zlib.compress(drawing.gcode.encode("ascii")),
                    drawing.profile,
                    json.dumps(drawing.settings),
                ),
            )

    def drawing(self, job_id: int) -> KeptDrawing | None:
        """What a job draws, or None while it is not composed."""
        with self.database.read() as connection:
            row = connection.execute(
                "SELECT strokes, gcode, profile, settings FROM drawings WHERE job = ?",
                (job_id,),
            ).fetchone()
        if row is None:
            return None
        return KeptDrawing(
            strokes=json.loads(zlib.decompress(row["strokes"])),
            gcode=zlib.decompress(row["gcode"]).decode("ascii") if row["gcode"] else "",
            profile=row["profile"],
            settings=json.loads(row["settings"]),
        )

    def drawing_digest(self, job_id: int) -> bytes | None:
        """Of what a job draws: another where that is another; None as for `drawing`."""
        with self.database.read() as connection:
            row = connection.execute(
                "SELECT strokes, settings FROM drawings WHERE job = ?", (job_id,)
            ).fetchone()
        if row is None:
            return None
        return hashlib.sha256(row["strokes"] + row["settings"].encode()).digest()

    def forget_drawing(self, job_id: int) -> None:
        """Let go of what a job draws."""
        with self.transaction() as connection:
            connection.execute("DELETE FROM drawings WHERE job = ?", (job_id,))

    # Sheets

    def open_sheet(
        self,
        *,
        opened_at: float,
        size: tuple[float, float],
        margin: float,
        grid: tuple[int, int],
        caption: bool = False,
    ) -> Sheet:
        """Keep a new sheet of `size` (width, height in mm) with `grid` (columns, rows)."""
        with self.transaction() as connection:
            connection.execute(
                "INSERT INTO sheets (opened_at, width, height, margin, columns, rows, caption)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (opened_at, *size, margin, *grid, caption),
            )
            sheet = _sheet(connection)
            assert sheet is not None  # noqa: S101 (for the type checker)
            return sheet

    def sheet(self, sheet_id: int | None = None) -> Sheet | None:
        """A sheet by its number, or the one on the bed: the newest; None if there is none."""
        with self.database.read() as connection:
            return _sheet(connection, sheet_id)

    def newest_begun(self, count: int) -> list[tuple[float, float]]:
        """When the newest `count` drawings were begun, and the seconds that each took."""
        with self.database.read() as connection:
            rows = connection.execute(
                "SELECT started_at, seconds_drawn FROM jobs WHERE started_at IS NOT NULL"
                " ORDER BY started_at DESC LIMIT ?",
                (count,),
            )
            return [(float(begun), float(seconds)) for begun, seconds in rows]

    def _all(self, tail: str, values: Sequence[object] | Mapping[str, object]) -> list[Job]:
        with self.database.read() as connection:
            return [
                Job.from_row(row) for row in connection.execute(f"{_SELECT} {tail}", values)
            ]


def _first(connection: sqlite3.Connection, tail: str, values: Sequence[object]) -> Job | None:
    row = connection.execute(f"{_SELECT} {tail}", values).fetchone()
    return None if row is None else Job.from_row(row)


def _existing(connection: sqlite3.Connection, job_id: int) -> Job:
    job = _first(connection, "WHERE id = ?", (job_id,))
    if job is None:
        raise JobError("job-unknown", job=job_id)
    return job


def _update(connection: sqlite3.Connection, job_id: int, changes: Mapping[str, Any]) -> Job:
    unknown = changes.keys() - set(COLUMNS)
    if unknown:
        raise JobError("job-has-no", names=", ".join(sorted(unknown)))
    if "ink_drawn_mm" in changes:  # the pen's share, kept together with the job's
        connection.execute(
            "UPDATE pens SET used_mm = used_mm + ? - (SELECT ink_drawn_mm FROM jobs"
            " WHERE id = ?) WHERE id = (SELECT max(id) FROM pens)",
            (changes["ink_drawn_mm"], job_id),
        )
    if "reason" in changes:
        reason = changes["reason"]
        kept = "" if reason is None else unnamed(reason).as_json()
        changes = {**changes, "reason": kept}
    assignments = ", ".join(f"{name} = ?" for name in changes)
    connection.execute(
        f"UPDATE jobs SET {assignments} WHERE id = ?",  # noqa: S608 (checked names)
        (*changes.values(), job_id),
    )
    return _existing(connection, job_id)


def _whole_again(
    job: Job, following: JobState, changes: Mapping[str, Any]
) -> tuple[JobState, dict[str, Any]]:
    """The end of a job of which strokes were drawn again: what was there before stays."""
    drawn = max(changes.get("strokes_drawn", job.strokes_drawn), job.strokes_before)
    changes = {**changes, "strokes_drawn": drawn, "strokes_before": 0}
    if drawn < job.strokes_total:
        return following, changes
    return JobState.DONE, {**changes, "reason": None}


def _sheet(connection: sqlite3.Connection, sheet_id: int | None = None) -> Sheet | None:
    row = connection.execute(
        "SELECT * FROM sheets WHERE id = coalesce(?, (SELECT max(id) FROM sheets))",
        (sheet_id,),
    ).fetchone()
    if row is None:
        return None
    cells = connection.execute(
        "SELECT cell, whole_sheet FROM jobs WHERE sheet = ? AND cell IS NOT NULL", (row["id"],)
    ).fetchall()
    whole = any(whole for _, whole in cells)
    taken = frozenset(
        range(row["columns"] * row["rows"]) if whole else (cell for cell, _ in cells)
    )
    return Sheet(**{**dict(row), "caption": bool(row["caption"])}, taken=taken)
