"""Keeps the SD card small, a backup fresh and the log written; nobody waits for it."""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from firmware_gcode.facts import Fact, fact, sentence
from pi_service.studio.core.database import Database, StoreError
from pi_service.studio.core.events import Event, EventStream
from pi_service.studio.jobs.job import SPOKEN, JobState
from pi_service.studio.jobs.picked import let_go
from pi_service.studio.machine.standstill import unnamed

KEPT = 5000
"""Entries that are kept; older ones go."""
OF_THE_MOMENT = "stops-repeated"
"""Tells the staff a visitor's address: they read it while it matters, it is not kept."""
_ENDS = {JobState.FAILED, JobState.INTERRUPTED, JobState.CANCELLED}


class Logbook:
    """Picks what is worth remembering out of the stream of events, and keeps it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._problems: list[Fact] = []
        self._sheet: int | None = None
        self._pen: int | None = None

    def take(self, events: list[Event]) -> int:
        """Keep what is worth it; says how many entries that made. Raises StoreError."""
        entries = [
            (event.at, event.kind, told) for event in events for told in self._of(event)
        ]
        if entries:
            self.add(entries)
        return len(entries)

    def add(self, entries: list[tuple[float, str, Fact]]) -> None:
        """Keep entries: seconds since 1970, a kind, what is told."""
        rows = [(at, kind, unnamed(told).as_json()) for at, kind, told in entries]
        with self._database.write() as connection:
            connection.executemany("INSERT INTO log (at, kind, fact) VALUES (?, ?, ?)", rows)

    def entries(self, limit: int = 100, before: int | None = None) -> list[dict[str, Any]]:
        """The newest entries, newest first: ``id``, ``at``, ``kind``, ``text``, ``fact``.

        Args:
            before: Only entries with a smaller number.
        """
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT id, at, kind, fact FROM log WHERE id < ? ORDER BY id DESC LIMIT ?",
                (2**62 if before is None else before, limit),
            ).fetchall()
        return [_entry(row) for row in rows]

    def tidy(self) -> None:
        """Let go of what nobody will ask about any more."""
        with self._database.write() as connection:
            connection.execute(
                "DELETE FROM log WHERE id <= (SELECT max(id) FROM log) - ?", (KEPT,)
            )

    def _of(self, event: Event) -> list[Fact]:
        data = event.data
        match event.kind:
            case "notice" | "stopped" if data["fact"]["code"] != OF_THE_MOMENT:
                return [Fact.from_dict(data["fact"])]
            case "problem":
                return self._changes([Fact.from_dict(told) for told in data["problem_facts"]])
            case "sheet" if self._sheet != data["id"]:
                self._sheet = data["id"]
                return [fact("sheet-on-bed", sheet=data["id"])]
            case "pen" if self._pen != data["id"]:
                self._pen = data["id"]
                return [fact("pen-in-holder", pen=data["id"])]
            case "job" if data["state"] in _ENDS and data["edition"] is not None:
                return [_end(data)]
        return []

    def _changes(self, problems: list[Fact]) -> list[Fact]:
        """What is wrong since now, and what is not any more."""
        new = [told for told in problems if told not in self._problems]
        gone = [fact("over", what=told) for told in self._problems if told not in problems]
        self._problems = problems
        return gone + new


def _end(job: Mapping[str, Any]) -> Fact:
    """How a drawing ended."""
    edition, state = job["edition"], SPOKEN[JobState(job["state"])]
    if job["reason_fact"] is None:
        return fact("edition-is", edition=edition, state=state)
    why = Fact.from_dict(job["reason_fact"])
    return fact("edition-is-since", edition=edition, state=state, why=why)


def _entry(row: sqlite3.Row) -> dict[str, Any]:
    told = Fact.from_json(row["fact"])
    return {
        "id": row["id"],
        "at": row["at"],
        "kind": row["kind"],
        "text": sentence(told),
        "fact": told.as_dict(),
    }


logger = logging.getLogger(__name__)

TIDY_EVERY_S = 6 * 3600.0
"""How often what is old is let go."""
FIRINGS_KEPT = 5000
"""Runs of schedules that are remembered; of each schedule the newest is always among them."""
LISTEN_S = 1.0
"""How long the thread listens before it looks at its clock."""
STEP = 200
"""Pictures that are let go at a time: nobody waits long for the writer."""


class Housekeeping:
    """A thread that writes the log and tidies up now and then.

    Args:
        keep_gcode: Programs that are kept of the newest drawings.
        keep_mb: Megabytes of database from which on the oldest pictures are let go.
        tend: Called about once a second.
    """

    def __init__(
        self,
        database: Database,
        events: EventStream,
        *,
        keep_gcode: int,
        keep_mb: float,
        tend: Callable[[], None] = lambda: None,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self.log = Logbook(database)
        self._database = database
        self._events = events
        self._keep_gcode = keep_gcode
        self._keep_bytes = keep_mb * 1e6
        self._tend = tend
        self._timer = timer
        self._seen = events.last_id
        self._thread = threading.Thread(target=self._run, name="housekeeping", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self) -> None:
        """End, once the stream of events is closed."""
        if self._thread.is_alive():
            self._thread.join()
        self._write_log()

    def tidy(self) -> None:
        """Let go of what is old and renew the backup. Raises StoreError if it cannot."""
        self._tidy_programs()
        self._tidy_pictures()
        self._tidy_firings()
        self.log.tidy()
        self._database.back_up()

    def _run(self) -> None:
        tidy_at = self._timer() + LISTEN_S
        while not self._events.closed:
            self._write_log(LISTEN_S)
            try:
                self._tend()
                if self._timer() >= tidy_at:
                    tidy_at = self._timer() + TIDY_EVERY_S
                    self.tidy()
            except StoreError as error:
                logger.warning("nothing was tidied up: %s", error)

    def _write_log(self, wait_s: float = 0.0) -> None:
        news = self._events.read(self._seen, wait_s)
        if not news:
            return
        self._seen = news[-1].id
        try:
            self.log.take(news)
        except StoreError as error:
            logger.warning("the log misses something: %s", error)

    def _tidy_programs(self) -> None:
        """Old programs can be written again from what is kept."""
        while old := self._old_programs():
            marks = ", ".join("?" * len(old))
            with self._database.write() as connection:
                connection.execute(
                    f"UPDATE drawings SET gcode = x'' WHERE job IN ({marks})",  # noqa: S608 (marks)
                    old,
                )

    def _old_programs(self) -> list[int]:
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT d.job FROM drawings AS d JOIN jobs ON jobs.id = d.job"
                " WHERE length(d.gcode) > 0 AND jobs.state IN ('done', 'cancelled')"
                " AND d.job <= (SELECT job FROM drawings ORDER BY job DESC LIMIT 1 OFFSET ?)"
                " LIMIT ?",
                (self._keep_gcode, STEP),
            )
            return [int(job) for (job,) in rows]

    def _tidy_pictures(self) -> None:
        """The oldest pictures go until the rest fits, those of favourites stay."""
        while self._used_bytes() > self._keep_bytes:
            with self._database.write() as connection:
                gone = connection.execute(
                    "DELETE FROM drawings WHERE job IN (SELECT d.job FROM drawings AS d"
                    " JOIN jobs ON jobs.id = d.job WHERE jobs.favourite = 0 AND"
                    " jobs.state IN ('done', 'cancelled', 'failed') ORDER BY d.job LIMIT ?)",
                    (STEP,),
                ).rowcount
                let_go(connection)
            if gone == 0:
                return
            logger.info("%d old pictures were let go to make room", gone)

    def _tidy_firings(self) -> None:
        with self._database.write() as connection:
            connection.execute(
                "DELETE FROM firings WHERE rowid <= (SELECT max(rowid) FROM firings) - ?"
                " AND EXISTS (SELECT 1 FROM firings AS later WHERE"
                " later.schedule_id = firings.schedule_id AND later.due_at > firings.due_at)",
                (FIRINGS_KEPT,),
            )

    def _used_bytes(self) -> int:
        """Bytes of the database file that hold something."""
        with self._database.read() as connection:
            size, count, free = (
                int(connection.execute(f"PRAGMA {name}").fetchone()[0])
                for name in ("page_size", "page_count", "freelist_count")
            )
        return size * (count - free)
