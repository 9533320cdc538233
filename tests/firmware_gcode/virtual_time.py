"""A whole machine in one thread and in made-up time: the session, a simulated GRBL, a journal.

What takes a day takes seconds, and every run with the same calls is the same run. Tests,
benchmarks and fault matrices are made of it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from firmware_gcode.facts import fact
from firmware_gcode.grbl.dialects.dialect import Dialect
from firmware_gcode.grbl.dialects.stock import STOCK
from firmware_gcode.grbl.events import LinkEvent, Progress, StateChanged
from firmware_gcode.grbl.journal import Journal, JournalError, cut_off, raised_by
from firmware_gcode.grbl.session import Session
from firmware_gcode.grbl.simulator.machine import SimulatedMachine
from firmware_gcode.program.profile import Profile

TURN_SECONDS = 0.002
"""How long the link's thread takes from one look at the port to the next."""


class VirtualTimeLink:
    """Plays a machine and its link together.

    Args:
        profile: The machine's profile; its `grbl` settings are the simulated machine's.
        journal: Where drawn strokes are recorded; None keeps no record.
        machine: Makes the simulated machine, given the clock; by default one with the
            profile's settings.
        dialect: What that one speaks.
        turn: Seconds between two looks at the port.

    Attributes:
        now: The made-up time, seconds.
        events: Everything that happened, but `Progress`.
        progress: The last `Progress`.
        plugged: Whether the cable is in.
        held: What waits on a network that stalls, both ways; None while it passes at once.
        mute: Whether the network loses everything, both ways.
    """

    def __init__(
        self,
        profile: Profile,
        *,
        journal: Path | None = None,
        machine: Callable[[Callable[[], float]], SimulatedMachine] | None = None,
        dialect: Dialect = STOCK,
        turn: float = TURN_SECONDS,
    ) -> None:
        self.now = 0.0
        self.profile = profile
        self.events: list[LinkEvent] = []
        self.progress: Progress | None = None
        self.plugged = False
        self.held: tuple[bytearray, bytearray] | None = None
        self.mute = False
        self._turn_seconds = turn
        self._listeners: list[Callable[[LinkEvent], None]] = []
        if machine is None:
            self.machine = SimulatedMachine(
                settings=profile.grbl, clock=self.clock, pen=profile.pen, dialect=dialect
            )
        else:
            self.machine = machine(self.clock)
        self._journal_path = journal
        self._journal = Journal(journal) if journal else None
        self.session = Session(profile)

    def clock(self) -> float:
        """The made-up time, seconds."""
        return self.now

    def subscribe(self, listener: Callable[[LinkEvent], None]) -> None:
        """Call `listener` with every event."""
        self._listeners.append(listener)

    def plug(self) -> None:
        """Put the cable in: the port is there, and is opened."""
        self.plugged = True
        self.session.opened("the rehearsal", self.now)

    def unplug(self) -> None:
        """Pull the cable; what the machine had received it still does."""
        self.plugged = False
        self.session.lost(fact("port-unplugged", port="the rehearsal"))
        self._tell()

    def restart(self) -> None:
        """Kill the link as `kill -9` does, and begin another with its journal."""
        self.plugged = False
        self.session = Session(
            self.profile,
            pen_may_be_down=cut_off(self._journal_path),
            raised=raised_by(self._journal_path),
        )
        self._journal = Journal(self._journal_path) if self._journal_path else None

    def turn(self) -> None:
        """One look at the port, then a moment passes."""
        self._look()
        self.now += self._turn_seconds

    def _look(self) -> None:
        """What the link's thread does each time it wakes."""
        session = self.session
        said = self._heard(self.machine.read())
        if self.plugged:
            if said:
                session.received(said, self.now)
            session.tick(self.now)
            self._tell()
            self._say(session.take_output())
            if session.take_reopen():
                session.lost(fact("port-reopened"))
                session.opened("the rehearsal", self.now)

    def _heard(self, said: bytes) -> bytes:
        if self.held is not None:
            self.held[1].extend(said)
        return b"" if self.mute or self.held is not None else said

    def _say(self, out: bytes) -> None:
        if self.held is not None:
            self.held[0].extend(out)
        elif out and not self.mute:
            self.machine.write(out)

    def hold(self) -> None:
        """From now on the network keeps everything back."""
        self.held = bytearray(), bytearray()

    def release(self) -> None:
        """What the network kept back arrives, in order."""
        if self.held is None:
            return
        (sent, said), self.held = self.held, None
        self.machine.write(bytes(sent))
        if self.plugged and said:
            self.session.received(bytes(said), self.now)

    def _next_look(self, limit: float) -> float:
        """When the link would wake: at its deadline, or soon after a byte has come."""
        soon = self.now + self._turn_seconds
        if self.plugged:
            limit = min(limit, self.session.deadline)
        if limit <= soon:
            return soon
        self._let_it_say(limit)
        return max(min(self.now + self._turn_seconds / 2, limit), soon)

    def _let_it_say(self, limit: float) -> None:
        """Let time pass until the machine has something to say, up to a moment."""
        while self.now < limit:
            due = self.machine.next_event()
            self.now = limit if due is None else min(max(due, self.now), limit)
            self.machine.advance()
            processor = self.machine.board.processor
            if processor.next_said() <= processor.now:
                return

    def run(self, seconds: float, until: Callable[[], bool] | None = None) -> bool:
        """Let time pass, up to the moment when `until` holds.

        Time jumps to where the link or the machine has something to say; `until` is asked
        then.

        Returns:
            Whether `until` came to hold.
        """
        end = self.now + seconds
        while self.now < end:
            if until is not None and until():
                return True
            self._look()
            if until is not None and until():
                return True
            self.now = self._next_look(end)
        return until is not None and until()

    def states(self) -> list[str]:
        """The states that were entered, in order."""
        return [event.state.value for event in self.events if isinstance(event, StateChanged)]

    def _tell(self) -> None:
        for event in self.session.take_events():
            if isinstance(event, Progress):
                self.progress = event
            else:
                self.events.append(event)
            self._record(event)
            for listener in self._listeners:
                listener(event)

    def _record(self, event: LinkEvent) -> None:
        if self._journal is None:
            return
        try:
            self._journal.record(event)
        except JournalError as error:
            self.session.fail(error.fact)
