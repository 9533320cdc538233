"""The link to a GRBL machine: requests go in, events come out, one thread owns the port."""

from __future__ import annotations

import logging
import os
import select
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from firmware_gcode.facts import Fact, fact
from firmware_gcode.grbl.connection import Procedure
from firmware_gcode.grbl.events import LinkError, LinkEvent, LinkState
from firmware_gcode.grbl.journal import Journal, JournalError, cut_off, raised_by
from firmware_gcode.grbl.port import Port, PortError, open_port
from firmware_gcode.grbl.session import Session
from firmware_gcode.grbl.session_state import Details, SessionState
from firmware_gcode.program.profile import Profile
from firmware_gcode.program.program import Program

__all__ = ["Link", "LinkError", "LinkEvent", "LinkState"]

LOOK_SECONDS = 0.5
"""Between looks for a port that is not there."""
LONGEST_WAIT = 0.5
"""The thread wakes at least this often, to look at the clock."""
CLOSE_SECONDS = 12.0
"""How long `close` waits for the machine to stand and the pen to be up."""

_log = logging.getLogger(__name__)


class Link:
    """A GRBL machine behind a serial port.

    The link finds the port, connects, and connects again when the plotter was unplugged; it
    draws programs, and tells what is really on the paper. It never moves, resumes or sends
    again on its own guess: after the position was lost it stays `UNREFERENCED` or `LOCKED`
    until somebody calls `home()` or `set_zero()`; whoever owns the link decides about that,
    also at the start.

    Requests return at once, from any thread; their outcome comes as events. A request that is
    not possible in the present state raises `LinkError`, which says why.

    Args:
        find_port: Gives the path of the plotter's port, or None while there is none. Called
            again whenever the link looks for the machine; it may raise `PortError` to say why.
        open_port: Opens a port by path and baud rate.
        clock: Monotonic seconds.
        journal: File in which drawn strokes are recorded; None keeps no journal.
    """

    def __init__(
        self,
        find_port: Callable[[], str | None],
        profile: Profile,
        *,
        open_port: Callable[[str, int], Port] = open_port,
        clock: Callable[[], float] = time.monotonic,
        journal: Path | None = None,
    ) -> None:
        self._find_port = find_port
        self._profile = profile
        self._open_port = open_port
        self._clock = clock
        self._journal = Journal(journal) if journal else None
        self._session = Session(
            profile, pen_may_be_down=cut_off(journal), raised=raised_by(journal)
        )
        self._lock = threading.RLock()
        self._listeners: list[Callable[[LinkEvent], None]] = []
        self._closing = False
        self._wake_read, self._wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._thread = threading.Thread(target=self._work, name="plotter-link", daemon=True)
        self._port: Port | None = None
        self.last_turn = clock()
        """When the thread last looked at the machine, by the clock: whether it lives."""

    @property
    def state(self) -> LinkState:
        """The state now."""
        with self._lock:
            return self._session.state

    @property
    def fault(self) -> Fact | None:
        """What went wrong last and what to do; None when nothing is wrong."""
        with self._lock:
            return self._session.fault

    @property
    def position(self) -> tuple[float, float] | None:
        """Where the pen is, work coordinates in mm; None while that is not known."""
        with self._lock:
            return self._session.position

    @property
    def moving(self) -> bool:
        """Whether a program, a move or a conversation is going on."""
        with self._lock:
            return self._session.moving

    @property
    def feed_percent(self) -> int:
        """How fast it draws, percent of the planned feed, as it was asked for last."""
        with self._lock:
            return self._session.feed_percent

    @property
    def details(self) -> Details:
        """The machine for whoever looks after it: positions, firmware, settings as read."""
        with self._lock:
            return self._session.details

    def subscribe(self, listener: Callable[[LinkEvent], None]) -> Callable[[], None]:
        """Call `listener` with every event from now on, on the link's thread.

        Returns:
            A function that ends the subscription.
        """
        with self._lock:
            self._listeners = [*self._listeners, listener]

        def leave() -> None:
            with self._lock:
                self._listeners = [other for other in self._listeners if other is not listener]

        return leave

    def start(self) -> None:
        """Start looking for the machine, in a thread of its own."""
        self._thread.start()

    def close(self) -> None:
        """Stop what is being drawn, lift the pen, and let go of the port.

        Blocks until that is done, for some seconds; a machine that does not answer is left.
        """
        with self._lock:
            if self._closing:
                return
            self._closing = True
        self._wake()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join()
        os.close(self._wake_read)
        os.close(self._wake_write)

    def draw(self, program: Program) -> None:
        """Draw a checked program, from `READY` only; one `ProgramEnded` follows."""
        self._request(lambda session: session.draw(program))

    def onward(self, *, follows: bool) -> None:
        """Say whether another drawing follows the one that is being drawn.

        Then the pen is not parked after the last stroke: it stays there, lifted. Whoever said
        so calls `draw` or `park` next. Too late it changes nothing.
        """
        self._request(lambda session: session.onward(follows=follows))

    def park(self) -> None:
        """Take the lifted pen to where it waits, from `READY` only."""
        self._request(Session.park)

    def pause(self, *, at_once: bool = False) -> None:
        """Pause at the end of the stroke, or at once; either way with the pen up."""
        self._request(lambda session: session.pause(at_once=at_once))

    def resume(self) -> None:
        """Go on with a paused program."""
        self._request(Session.resume)

    def stop(self, *, park: bool = True) -> None:
        """Stop the machine where it is, lift the pen, and park it if that is wanted.

        The program ends as "stopped". Where nothing moves, nothing happens.
        """
        self._request(lambda session: session.stop(park=park))

    def home(self) -> None:
        """Run the homing cycle; the position is known afterwards."""
        self._request(Session.home)

    def unlock(self) -> None:
        """Unlock GRBL after an alarm; where the pen is stays unknown."""
        self._request(Session.unlock)

    def set_zero(self) -> None:
        """Declare that the pen is at the paper's lower left corner, and lift it.

        A pen on a Z axis must touch the paper: its height is taken for the paper's.
        """
        self._request(Session.set_zero)

    def pen_up(self) -> None:
        """Lift the pen."""
        self._request(Session.pen_up)

    def pen_down(self) -> None:
        """Lower the pen; by a whole lift while the paper's height is not known."""
        self._request(Session.pen_down)

    def jog(self, dx: float, dy: float, dz: float = 0.0) -> None:
        """Move the pen by (dx, dy, dz) mm, within the travel."""
        self._request(lambda session: session.jog(dx, dy, dz))

    def go(self, x: float, y: float) -> None:
        """Take the lifted pen to a place within the travel, mm; from `READY` only."""
        self._request(lambda session: session.go(x, y))

    def hold(self, x: float, y: float, percent: float) -> int:
        """Move the lifted pen towards (x, y) for as long as it is held; from `READY` only.

        It stops at the end of the travel at the latest, and soon after nobody has said by
        `grip` that it is held. 100 percent is so fast that it still brakes at once.

        Returns:
            The number of the hold, for `grip`.
        """
        numbers: list[int] = []
        self._request(lambda session: numbers.append(session.hold(x, y, percent)))
        return numbers[0]

    def grip(self, number: int, *, hold: bool) -> bool:
        """Say that a move is still held, or let go of it; gives whether it goes on."""
        held: list[bool] = []
        self._request(lambda session: held.append(session.grip(number, hold=hold)))
        return held[0]

    @property
    def stops(self) -> int:
        """How often it was told to stop."""
        with self._lock:
            return self._session.stops

    @contextmanager
    def unless_stopped(self, stops: int) -> Iterator[None]:
        """No Stop comes between the look and what is asked for within; that must not wait.

        Raises:
            LinkError: It was told to stop since it said `stops`.
        """
        with self._lock:
            if stops != self._session.stops:
                raise LinkError("stopped-meanwhile")
            yield

    def converse(
        self, conversation: Callable[[SessionState], Procedure[None]]
    ) -> Procedure[None]:
        """Run a conversation with the machine in its turn, while nothing is drawn.

        It is for set-up: reading and writing settings, trying heights. It runs on the link's
        thread and is closed where it stands if the port goes away or something goes wrong;
        one whose turn has not come by then never begins.

        Returns:
            The conversation, for `converses`.
        """
        begun: list[Procedure[None]] = []
        self._request(lambda session: begun.append(session.converse(conversation)))
        return begun[0]

    def converses(self, procedure: Procedure[None]) -> bool:
        """Whether a conversation goes on, or waits for its turn."""
        with self._lock:
            return self._session.converses(procedure)

    def use(self, profile: Profile) -> None:
        """Take the machine for another profile from now on; nothing is sent."""
        self._request(lambda session: session.use(profile))

    def override_feed(self, percent: int) -> None:
        """Draw this drawing faster or slower than planned: 10 to 200 percent."""
        self._request(lambda session: session.override_feed(percent))

    def _request(self, request: Callable[[Session], None]) -> None:
        with self._lock:
            if self._closing:
                raise LinkError("plotter-shutting-down")
            request(self._session)
        self._wake()

    def _wake(self) -> None:
        with suppress(BlockingIOError):
            os.write(self._wake_write, b"!")

    # From here on everything happens on the link's own thread.

    def _work(self) -> None:
        until: float | None = None
        while True:
            if self._closing and until is None:
                until = self._clock() + CLOSE_SECONDS
                with self._lock:
                    self._session.shut()
            if until is not None and self._may_leave(until):
                break
            if self._port is None and until is None:
                self._look_for_port()
            self._turn()
            self._sleep()
        self._let_go(fact("plotter-shut-down"))
        self._deliver()
        if self._journal:
            self._journal.close()

    def _may_leave(self, until: float) -> bool:
        with self._lock:
            return self._port is None or not self._session.busy or self._clock() > until

    def _look_for_port(self) -> None:
        try:
            path = self._find_port()
            if path is None:
                self._session_absent(fact("no-plotter-found"))
                return
            self._port = self._open_port(path, self._profile.baud)
        except PortError as error:
            self._session_absent(error.fact)
            return
        with self._lock:
            self._session.opened(path, self._clock())

    def _session_absent(self, reason: Fact) -> None:
        with self._lock:
            self._session.absent(reason)

    def _turn(self) -> None:
        """Read, thinks, records, writes, tells: once."""
        self.last_turn = self._clock()
        try:
            data = self._port.read() if self._port else b""
            with self._lock:
                now = self._clock()
                if data:
                    self._session.received(data, now)
                self._session.tick(now)
            self._deliver()
            with self._lock:
                out, reopen = self._session.take_output(), self._session.take_reopen()
            if out and self._port:
                self._port.write(out)
        except PortError as error:
            self._let_go(error.fact)
            self._deliver()
            return
        if reopen and self._port:
            self._port.restart()
            self._let_go(fact("port-reopened"))
            self._deliver()

    def _let_go(self, reason: Fact) -> None:
        if self._port is None:
            return
        self._port.close()
        self._port = None
        with self._lock:
            self._session.lost(reason)

    def _deliver(self) -> None:
        """Write events down, then tell them; what a listener asks for is told next."""
        while True:
            with self._lock:
                events, listeners = self._session.take_events(), self._listeners
            if not events:
                return
            for event in events:
                self._record(event)
                for listener in listeners:
                    self._tell(listener, event)

    def _record(self, event: LinkEvent) -> None:
        if self._journal is None:
            return
        try:
            self._journal.record(event)
        except JournalError as error:
            with self._lock:
                self._session.fail(error.fact)

    def _tell(self, listener: Callable[[LinkEvent], None], event: LinkEvent) -> None:
        """A listener that fails must not take the machine with it."""
        try:
            listener(event)
        except Exception:
            _log.exception("A listener failed on %r.", event)

    def _sleep(self) -> None:
        """Until a byte, a request or the session's deadline comes."""
        with self._lock:
            deadline = self._session.deadline
        wait = min(max(0.0, deadline - self._clock()), LONGEST_WAIT)
        if self._port is None:
            wait = LOOK_SECONDS
        try:
            ports = [self._port.fileno()] if self._port else []
        except PortError:
            return  # The next read says so.
        select.select([self._wake_read, *ports], [], [], wait)
        with suppress(BlockingIOError):
            os.read(self._wake_read, 4096)
