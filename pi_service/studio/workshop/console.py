"""The console: one line at a time to GRBL, its answer, and what was said before."""

from __future__ import annotations

import itertools
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from firmware_gcode.grbl.connection import END_OF_MOVE, Procedure, Refused, Wait
from firmware_gcode.grbl.core import Core
from firmware_gcode.grbl.events import LinkState
from firmware_gcode.setup.compare import setting_step
from firmware_gcode.setup.files import SetupError
from firmware_gcode.setup.words import same
from firmware_gcode.setup.writing import Step, WriteReport
from pi_service.studio.core.errors import StudioError
from pi_service.studio.workshop.guard import Kind, Order, out_of_reach, read
from pi_service.studio.workshop.machine_session import MachineSession
from pi_service.studio.workshop.tasks import within

KEPT = 200
"""Lines that are remembered."""
MOVE_SECONDS = 90.0
"""The longest single move, from one corner of a large machine to the other."""


@dataclass
class Entry:
    """A line that a person sent.

    Attributes:
        id: Its number.
        at: Seconds since 1970.
        line: As it was sent.
        answers: What GRBL said to it, line by line.
        state: "sent" until it is answered; then "ok", or "refused" where GRBL or the link
            said no.
        note: What an answer means, or why there is none; a sentence, or "".
    """

    id: int
    at: float
    line: str
    answers: list[str] = field(default_factory=list)
    state: Literal["sent", "ok", "refused"] = "sent"
    note: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The entry ready for JSON."""
        return asdict(self)


class Console:
    """Sends lines and remembers what came of them.

    Args:
        session: The machine, leased to a person.
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

    def send(self, text: str, *, wait_s: float) -> dict[str, Any]:
        """Send a line and wait for its answer, at most so many seconds.

        Returns:
            The entry: ``state`` is "sent" where the answer takes longer.

        Raises:
            StudioError: The line is not sent from here, or nothing is while something else
                goes on.
        """
        order = read(text)
        entry = Entry(next(self._numbers), self._clock(), order.line)
        future = self._session.begin(
            "it answers a line", lambda: self._carry_out(order, entry)
        )
        with self._lock:
            self._entries.append(entry)
        self._wait(future, wait_s)
        return entry.as_dict()

    def _wait(self, future: Future[None], seconds: float) -> None:
        try:
            within(future, seconds)
        except StudioError:
            return  # The entry says it.

    def _carry_out(self, order: Order, entry: Entry) -> None:
        said = _Said()
        try:
            self._do(order, said)
        except (SetupError, StudioError) as error:
            said.no(str(error))
        entry.answers, entry.note = said.lines, said.note
        entry.state = "refused" if said.refused else "ok"
        self._session.changed()

    def _do(self, order: Order, said: _Said) -> None:
        machine = self._session.machine
        match order.kind:
            case Kind.HOME:
                machine.home()
                said.lines.append("ok")
            case Kind.UNLOCK:
                machine.unlock()
                said.lines.append("ok")
            case Kind.SET:
                self._set(order, said)
            case _:
                machine.converse(lambda core: _hold(core, order, said))

    def _set(self, order: Order, said: _Said) -> None:
        has = self._session.link.details.settings
        report = self._write([setting_step(order.key, has.get(order.key), order.value)])
        if not report.complete:
            said.no(report.text().replace("\n", " "))
            return
        told = self._session.own.profile.grbl.get(order.key)
        differs = told is not None and not same(order.key, told, order.value)
        also = f" The profile says {told:g}." if differs else ""
        said.lines.append("ok")
        said.note = report.text().replace("\n", " ") + also


@dataclass
class _Said:
    """What came back to a line."""

    lines: list[str] = field(default_factory=list)
    note: str = ""
    refused: bool = False

    def no(self, why: str) -> None:
        self.note, self.refused = why, True


def _hold(core: Core, order: Order, said: _Said) -> Procedure[None]:
    """Send the line and listen to what comes until its answer."""
    if order.kind is Kind.MOVE and (fault := (yield from _fault(core, order.line))):
        said.no(fault)
        return

    def hear(line: str) -> None:
        if order.kind is Kind.REPORT or not line.startswith("<"):
            said.lines.append(line)

    core.tap = hear
    try:
        if order.kind is Kind.REPORT:
            yield from core.talk.report()
            return
        yield from core.talk.ask(order.line, seconds=MOVE_SECONDS)
        if order.kind is Kind.MOVE:
            yield from _stand(core)
    except Refused as refusal:
        meaning = str(refusal.error.meaning)
        said.no(f"{meaning[:1].upper()}{meaning[1:]}. {refusal.error.advice}".strip())
    finally:
        core.tap = None
        if order.kind in {Kind.MOVE, Kind.MODE}:
            core.pen_may_be_down = True  # Z or the servo may have gone anywhere.


def _fault(core: Core, line: str) -> Procedure[str]:
    """Why a move may not be made: nobody knows its end, or it leaves the machine's travel."""
    if core.state is LinkState.LOCKED:
        return "The machine is locked. Home it with $H, or unlock it with $X."
    if not core.referenced:
        return (
            "Nobody knows where the pen is, so no move is sent. Home the machine, or take the "
            "pen to the paper's corner with the jog pad and set the zero."
        )
    said: list[str] = []
    core.tap = said.append
    try:
        yield from core.talk.ask("$G")
    finally:
        core.tap = None
    modes = next((text[4:].rstrip("]") for text in said if text.startswith("[GC:")), "")
    yield from core.talk.report()
    return out_of_reach(line, modes, core.talk.view, core.profile)


def _stand(core: Core) -> Procedure[None]:
    yield from core.talk.report()
    view = core.talk.view
    yield Wait(lambda: view.standing, MOVE_SECONDS, END_OF_MOVE)
