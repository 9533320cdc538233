"""The console: one line at a time to GRBL, its answer, and what was said before."""

from __future__ import annotations

import itertools
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal

from firmware_gcode.facts import Fact, fact
from firmware_gcode.setup.compare import setting_step
from firmware_gcode.setup.files import SetupError
from firmware_gcode.setup.typed_line import Kind, Said, TypedLine, read
from firmware_gcode.setup.words import same
from firmware_gcode.setup.writing import Step, WriteReport
from pi_service.studio.core.errors import StudioError
from pi_service.studio.workshop.machine_session import MachineSession, asked
from pi_service.studio.workshop.tasks import within

KEPT = 200
"""Lines that are remembered."""


@dataclass
class Entry:
    """A line that a person sent.

    Attributes:
        answers: What GRBL said to it, line by line.
        state: "sent" until it is answered; then "ok", or "refused" where GRBL or the link
            said no.
        note: What an answer means, or why there is none; None for nothing to say.
    """

    id: int
    at: float
    line: str
    answers: list[str] = field(default_factory=list)
    state: Literal["sent", "ok", "refused"] = "sent"
    note: Fact | None = None

    def as_dict(self) -> dict[str, Any]:
        """The entry ready for JSON."""
        note = None if self.note is None else self.note.as_dict()
        return {**vars(self), "note": str(self.note or ""), "note_fact": note}


class Console:
    """Sends lines and remembers what came of them.

    Args:
        clock: Seconds since 1970.
        write: Writes settings into the machine, each read back.
    """

    def __init__(
        self,
        session: MachineSession,
        *,
        clock: Callable[[], float],
        write: Callable[[list[Step]], WriteReport],
    ) -> None:
        self._session = session
        self._clock = clock
        self._write = write
        self._numbers = itertools.count(1)
        self._entries: deque[Entry] = deque(maxlen=KEPT)
        self._lock = threading.Lock()

    def entries(self, after: int = 0) -> list[dict[str, Any]]:
        """What was sent after a number, the oldest first."""
        with self._lock:
            return [entry.as_dict() for entry in self._entries if entry.id > after]

    @property
    def last_id(self) -> int:
        """The number of the last line; 0 before the first."""
        with self._lock:
            return self._entries[-1].id if self._entries else 0

    def send(self, text: str, *, wait_s: float, stops: int | None = None) -> dict[str, Any]:
        """Send a line and wait for its answer, at most so many seconds. Gives the entry.

        `stops` as in `MachineSession.begin`.
        """
        with asked():
            typed = read(text)
        entry = Entry(next(self._numbers), self._clock(), typed.line)
        future = self._session.begin(
            fact("task-line"),
            lambda: self._carry_out(typed, entry),
            after_s=0.0,
            stops=stops,
        )
        with self._lock:
            self._entries.append(entry)
        with suppress(StudioError):  # The entry says it.
            within(future, wait_s)
        return entry.as_dict()

    def _carry_out(self, typed: TypedLine, entry: Entry) -> None:
        try:
            said = (
                self._set(typed)
                if typed.kind is Kind.SET
                else self._session.machine.send(typed)
            )
        except (SetupError, StudioError) as error:
            said = Said(note=error.fact, refused=True)
        entry.answers, entry.note = said.lines, said.note
        entry.state = "refused" if said.refused else "ok"
        if not said.refused:
            self._session.lease.extend()
        self._session.changed()

    def _set(self, typed: TypedLine) -> Said:
        has = self._session.link.details.settings
        report = self._write([setting_step(typed.key, has.get(typed.key), typed.value)])
        note = fact("report", lines=report.told())
        if not report.complete:
            return Said(note=note, refused=True)
        told = self._session.own.profile.grbl.get(typed.key)
        if told is not None and not same(typed.key, told, typed.value):
            note = fact("setting-told-otherwise", said=note, told=told)
        return Said(["ok"], note)
