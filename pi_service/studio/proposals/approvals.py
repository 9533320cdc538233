"""Ask me first: a drawing of a visitor's hand waits until the staff say yes, or is refused.

One rule in one place: the page, the command line, MQTT and the button all call `approve` and
`refuse`. What waits is in the database before its visitor hears so. What is refused, by a
person or because its time is over, is gone from the database, from its write-ahead log and
from memory; how many there were is all that is kept. Copies and backups never hold what waits.
"""

from __future__ import annotations

import hashlib
import json
import random
import sqlite3
import zlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from functools import partial
from typing import Any

from firmware_gcode.facts import Fact, fact, sentence
from pi_service.studio.core.database import StoreError
from pi_service.studio.core.errors import StudioError
from pi_service.studio.core.events import EventStream
from pi_service.studio.jobs.book import JobBook
from pi_service.studio.jobs.job import ACTIVE, Job, Request
from pi_service.studio.jobs.jobs import CANVAS, Jobs
from pi_service.studio.jobs.menu import Menu
from pi_service.studio.jobs.picked import Picked, look_up
from pi_service.studio.jobs.store import Store
from pi_service.studio.proposals.approval_rules import ApprovalRules, Effort, effort

_NAME = "approvals"
_COLUMNS = "id, ticket, asked_at, class_name, strokes, ink_mm, seconds, pen_change"
_KEY = "approval {ticket}"
"""The request key of an approved job: by it the job of a ticket is found."""
REMEMBERED = 500
"""Tickets of refused drawings that are remembered until the service ends."""
SHARE = 2
"""One part of so many of the places is the most that one address has."""


class Answer(StrEnum):
    """How it stands with what a visitor asked for."""

    WAITS = "waits"
    APPROVED = "approved"
    REFUSED = "refused"


TOLD = {
    Answer.WAITS: fact("approval-waits"),
    Answer.APPROVED: fact("approval-given"),
    Answer.REFUSED: fact("approval-refused"),
}
LATE = fact("approval-late")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a visitor is told.

    Attributes:
        ticket: Nobody else knows it; with it the visitor's page asks again.
        job: What became of it once it is approved.
    """

    ticket: str
    state: Answer
    told: Fact
    job: Job | None = None

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON: ``ticket``, ``state``, ``sentence``, ``fact``, ``job``."""
        return {
            "ticket": self.ticket,
            "state": str(self.state),
            "sentence": sentence(self.told),
            "fact": self.told.as_dict(),
            "job": None if self.job is None else self.job.as_dict(),
        }


@dataclass(frozen=True, slots=True)
class Waiting(Effort):
    """A drawing that waits for the staff; `until` is when it is refused by itself."""

    id: int
    ticket: str
    asked_at: float
    until: float
    class_name: str
    pen_change: bool

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON, for the staff: without the ticket, which is the visitor's."""
        return {name: value for name, value in asdict(self).items() if name != "ticket"}


class Approvals:
    """Drawings of visitors' hands that wait for the staff; for any thread.

    Args:
        feed: The speed of drawing, mm a minute.
        clock: Seconds since 1970.
        on: Whether the staff are asked first as long as nobody decided otherwise.
    """

    def __init__(
        self,
        *,
        store: Store,
        book: JobBook,
        jobs: Jobs,
        menu: Menu,
        events: EventStream,
        feed: Callable[[], float],
        clock: Callable[[], float],
        rng: random.Random,
        on: bool,
    ) -> None:
        self._store = store
        self._database = store.database
        self._book = book
        self._jobs = jobs
        self._menu = menu
        self._events = events
        self._feed = feed
        self._clock = clock
        self._rng = rng
        self._usual = ApprovalRules(on=on)
        self._refused: OrderedDict[str, Fact] = OrderedDict()
        self._askers: dict[str, str] = {}
        self._count = 0
        self._unclean = False
        self.forget: Callable[[Picked], None] = lambda _: None
        """Called with what was refused, for whoever remembers it."""

    def start(self) -> None:
        """Take up what waits. Raises StoreError."""
        with self._database.read() as connection:
            self._count = _count(connection)
        self.hold_back()
        self.tend()

    # The staff's decision

    @property
    def rules(self) -> ApprovalRules:
        """What holds now. Raises StoreError."""
        with self._database.read() as connection:
            row = connection.execute(
                "SELECT value FROM settings WHERE name = ?", (_NAME,)
            ).fetchone()
        return self._usual if row is None else ApprovalRules.of(json.loads(row[0]))

    def decide(self, **changes: Any) -> ApprovalRules:
        """Change attributes of the rules; drawings that wait go on waiting.

        Where it is switched on, visitors' drawings of the queue that no pen has begun wait for
        the staff as well.

        Raises:
            StudioError: The model lacks a kind, or the rules cannot be kept.
        """
        rules = replace(self.rules, **changes)
        for name in {*rules.allowed, *rules.barred}:
            self._menu.check(name, staff=True)
        with self._database.write() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)",
                (_NAME, rules.as_json()),
            )
        self.hold_back()
        self._tell()
        return rules

    # Visitors

    def ask(
        self, picked: Picked, *, pen_change: bool, request_key: str | None, address: str
    ) -> Job | Asked:
        """Have a drawing wait for the staff; it is on the disk before this returns.

        Args:
            request_key: Asking again with the same one gives the answer of the first.
            address: From where the visitor asks: nobody keeps all others away.

        Raises:
            StudioError: It may not be asked for, or too many wait.
        """
        if request_key and (job := self._store.job_by_key(request_key)) is not None:
            return job
        ticket = self._ticket(request_key)
        before = self._known(ticket)
        if before is not None:
            return before
        rules, taken = self.rules, effort(picked, self._feed())
        rules.check_class(picked.class_name)
        rules.check_effort(taken)
        with self._database.write() as connection:
            waiting = _tickets(connection)
            if len(waiting) >= rules.most:
                raise StudioError("approval-full")
            of_theirs = sum(self._askers.get(each) == address for each in waiting)
            if address and of_theirs >= max(1, rules.most // SHARE):
                raise StudioError("approval-yours-first")
            _insert(connection, ticket, self._clock(), picked, taken, pen_change=pen_change)
            self._askers = {t: a for t, a in self._askers.items() if t in waiting}
            self._askers[ticket] = address
        self._tell()
        return Asked(ticket, Answer.WAITS, TOLD[Answer.WAITS])

    def asked(self, ticket: str) -> Asked:
        """How it stands with what a visitor asked for; what nobody knows was refused."""
        self.tend()
        return self._known(ticket) or Asked(ticket, Answer.REFUSED, LATE)

    # The staff

    @property
    def count(self) -> int:
        """How many wait; asks no database."""
        return self._count

    def waiting(self) -> list[Waiting]:
        """What waits, the oldest first. Raises StoreError."""
        self.tend()
        return self._waiting()

    def counts(self) -> dict[str, int]:
        """How many were ``approved`` and ``refused`` since the beginning."""
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT name, last FROM counters WHERE name IN ('approved', 'refused')"
            )
            return {str(name): int(last) for name, last in rows}

    def drawing(self, number: int) -> Picked:
        """What waits under a number. Raises StudioError if nothing does."""
        with self._database.read() as connection:
            row = connection.execute(
                "SELECT content FROM approvals WHERE id = ?", (number,)
            ).fetchone()
        if row is None:
            raise StudioError("approval-gone", number=number)
        return Picked.of(json.loads(zlib.decompress(row[0])))

    def approve(self, number: int | None = None) -> Job:
        """Have a drawing drawn: it is a job in the same instant as it waits no more.

        What the queue allows a source alone, and how often, does not count: the staff decide.

        Args:
            number: Of what waits; None for the oldest.

        Raises:
            StudioError: It does not wait (any more), or the queue is full: then it waits on.
        """
        waiting = self._wanted(number)
        picked = self.drawing(waiting.id)
        request = Request(
            CANVAS,
            class_name=picked.class_name,
            seed=picked.seed,
            request_key=_KEY.format(ticket=waiting.ticket),
            proposal=picked.id,
            pen_change=waiting.pen_change,
        )
        job = self._jobs.request(request, picked, within=partial(_approved, waiting.id))
        self._tell()
        return job

    def refuse(self, number: int | None = None) -> None:
        """Let go of a drawing (None: of the oldest); nothing of it stays but the count.

        Raises:
            StudioError: It does not wait (any more).
        """
        if not self._let_go([self._wanted(number)], TOLD[Answer.REFUSED]):
            raise StudioError("approval-gone", number=number or 0)

    def tend(self) -> None:
        """Refuse what has waited too long, and see to it that what was refused is gone."""
        if self._count:
            now = self._clock()
            late = [each for each in self._waiting() if now >= each.until]
            if late:
                self._let_go(late, LATE)
        if self._unclean:
            self._scrub()

    def own(self, request_key: str | None) -> str:
        """The request key of a drawing that the staff themselves ask for: it is approved."""
        return _KEY.format(ticket=self._ticket(request_key))

    # How it is done

    def _wanted(self, number: int | None) -> Waiting:
        found = self.waiting()
        if number is None:
            if not found:
                raise StudioError("approval-none")
            return found[0]
        for each in found:
            if each.id == number:
                return each
        raise StudioError("approval-gone", number=number)

    def _waiting(self) -> list[Waiting]:
        wait_s = self.rules.minutes * 60.0
        with self._database.read() as connection:
            rows = connection.execute(
                f"SELECT {_COLUMNS} FROM approvals ORDER BY id"  # noqa: S608 (our own columns)
            ).fetchall()
        return [
            Waiting(
                **{**dict(row), "pen_change": bool(row["pen_change"])},
                until=row["asked_at"] + wait_s,
            )
            for row in rows
        ]

    def _known(self, ticket: str) -> Asked | None:
        job = self._store.job_by_key(_KEY.format(ticket=ticket))
        if job is not None:
            return Asked(ticket, Answer.APPROVED, TOLD[Answer.APPROVED], job)
        with self._database.read() as connection:
            if ticket in _tickets(connection):
                return Asked(ticket, Answer.WAITS, TOLD[Answer.WAITS])
        why = self._refused.get(ticket)
        return None if why is None else Asked(ticket, Answer.REFUSED, why)

    def _ticket(self, request_key: str | None) -> str:
        if request_key:
            return hashlib.sha256(request_key.encode()).hexdigest()[:32]
        return f"{self._rng.getrandbits(128):032x}"

    def _let_go(self, refused: list[Waiting], why: Fact) -> int:
        """Delete rows; says how many were there."""
        drawings = []
        for each in refused:
            try:
                drawings.append(self.drawing(each.id))
            except StudioError:
                continue  # somebody was quicker
        with self._database.write() as connection:
            gone = [each for each in refused if _delete(connection, each.id)]
            _add_to(connection, "refused", len(gone))
            for each in gone:
                self._refused[each.ticket] = why
            while len(self._refused) > REMEMBERED:
                self._refused.popitem(last=False)
            self._unclean = self._unclean or bool(gone)
        for picked in drawings:
            self.forget(picked)
        self._scrub()
        self._tell()
        return len(gone)

    def _scrub(self) -> None:
        """Empty the write-ahead log of what was deleted; a reader may delay that."""
        try:
            self._unclean = not self._database.scrub()
        except StoreError:
            self._unclean = True

    def hold_back(self) -> None:
        """Where the staff are asked first, no drawing that they have not seen is in the queue.

        What is told twice does no harm: after a power cut it goes on from where it was.
        """
        if not self.rules.on:
            return
        for job in self._store.queue():
            if job.source != CANVAS or job.started_at is not None or job.proposal is None:
                continue
            if (job.request_key or "").startswith(_KEY.format(ticket="")):
                continue
            picked = look_up(self._database, job.proposal)
            if picked is not None:
                ticket = self._ticket(job.request_key or f"job {job.id}")
                taken = effort(picked, self._feed())
                with self._database.write() as connection:
                    _insert(
                        connection,
                        ticket,
                        self._clock(),
                        picked,
                        taken,
                        pen_change=job.pen_change,
                    )
            if self._book.cancel(job.id, self._clock()).state not in ACTIVE:
                self._book.delete(job.id)

    def _tell(self) -> None:
        with self._database.read() as connection:
            self._count = _count(connection)
        self._events.publish("approvals", {"approvals": self._count})


def _insert(
    connection: sqlite3.Connection,
    ticket: str,
    now: float,
    picked: Picked,
    taken: Effort,
    *,
    pen_change: bool,
) -> None:
    connection.execute(
        "INSERT OR IGNORE INTO approvals (ticket, asked_at, class_name, strokes, ink_mm,"
        " seconds, pen_change, content) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            ticket,
            now,
            picked.class_name,
            taken.strokes,
            taken.ink_mm,
            taken.seconds,
            pen_change,
            zlib.compress(picked.text.encode()),
        ),
    )


def _approved(number: int, connection: sqlite3.Connection) -> None:
    """Take a row out, in the transaction that makes its job."""
    if not _delete(connection, number):
        raise StudioError("approval-gone", number=number)
    _add_to(connection, "approved", 1)


def _delete(connection: sqlite3.Connection, number: int) -> bool:
    return connection.execute("DELETE FROM approvals WHERE id = ?", (number,)).rowcount == 1


def _add_to(connection: sqlite3.Connection, name: str, count: int) -> None:
    connection.execute("UPDATE counters SET last = last + ? WHERE name = ?", (count, name))


def _tickets(connection: sqlite3.Connection) -> set[str]:
    return {ticket for (ticket,) in connection.execute("SELECT ticket FROM approvals")}


def _count(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT count(*) FROM approvals").fetchone()[0])
