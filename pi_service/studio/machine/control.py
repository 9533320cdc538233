"""The machine for everybody but the worker: what people may have it do, and its lease."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from enum import StrEnum
from typing import Any

from firmware_gcode.facts import Fact, fact
from firmware_gcode.grbl.events import LinkEvent, LinkState, StateChanged
from firmware_gcode.grbl.link import LinkError
from firmware_gcode.program.profile import Profile
from pi_service.studio.core.errors import StudioError
from pi_service.studio.core.parts import Machine
from pi_service.studio.machine import status
from pi_service.studio.machine.standstill import SOMEBODY, STAFF, Standstill

logger = logging.getLogger(__name__)

LEASE_S = 60.0
"""Seconds after the last act by hand until the queue goes on by itself."""
SETTLES_S = 5.0
"""So long whoever wants a drawing that is being stopped waits for the machine to rest."""
AT_WORK = frozenset(
    {LinkState.DRAWING, LinkState.PAUSING, LinkState.PAUSED, LinkState.STOPPING}
)
"""States in which a drawing is on the paper."""
PEN_MOVES = frozenset({LinkState.DRAWING, LinkState.PAUSING})
"""States in which a drawing goes on, or is about to pause."""
DRAWS = fact("drawing-on-paper")
CALIBRATES = fact("calibration-open")


class Act(StrEnum):
    """What a person may have the machine do."""

    PAUSE = "pause"
    """Halt the drawing at the end of the stroke, and lift the pen."""
    RESUME = "resume"
    HOME = "home"
    UNLOCK = "unlock"
    ZERO = "zero"
    """Take the pen's place for the paper's lower left corner."""
    PEN_UP = "pen_up"
    PEN_DOWN = "pen_down"


class Lease:
    """Keeps the worker and a person from moving the machine at the same time.

    The worker begins a drawing only while holding `lock` and finding the lease free; a person
    takes it only while nothing is drawn. So neither comes in between. An open calibration
    excludes every other act by hand.

    Attributes:
        lock: Hold it from looking to beginning.
        drawing: Whether a drawing is on the paper; the worker sets it.
        busy: Whether an act by hand is going on, however long it takes.
        calibrating: Whether a step of the calibration is open; the workshop sets it.
    """

    def __init__(self, timer: Callable[[], float] = time.monotonic) -> None:
        self.lock = threading.RLock()
        self.drawing = False
        self.busy = False
        self.calibrating: Callable[[], bool] = lambda: False
        self._timer = timer
        self._until = float("-inf")

    @property
    def held(self) -> bool:
        """Whether a person has the machine."""
        return self.busy or self._timer() < self._until

    @property
    def left_s(self) -> float:
        """For how many seconds a person still has it."""
        return max(0.0, self._until - self._timer())

    def fault(self) -> Fact | None:
        """Why nothing may be drawn; None if nobody has the machine."""
        return fact("hold-lease") if self.held else None

    def check(self) -> None:
        """Refuse an act by hand (StudioError) while the calibration has the machine."""
        if self.calibrating():
            raise StudioError(CALIBRATES)

    def take(self, seconds: float = LEASE_S, *, calibration: bool = False) -> None:
        """Take the machine. Raises StudioError if a drawing or the calibration has it."""
        if not calibration:
            self.check()
        if not self.extend(seconds):
            raise StudioError(DRAWS)

    def extend(self, seconds: float = LEASE_S) -> bool:
        """Keep the machine for at least so many seconds from now; False while it draws."""
        with self.lock:
            if self.drawing:
                return False
            self._until = max(self._until, self._timer() + seconds)
            return True

    @contextmanager
    def trying(self, seconds: float = LEASE_S) -> Iterator[None]:
        """Take the machine for an act that may be refused: then nobody waits for it.

        Raises:
            StudioError: As `take`.
        """
        before = self._until
        self.take(seconds)
        try:
            yield
        except BaseException:
            with self.lock:
                self._until = before
            raise

    def give_back(self) -> None:
        """Let the queue go on."""
        with self.lock:
            self._until = float("-inf")


@contextmanager
def refused() -> Iterator[None]:
    """Turn the machine's refusal into a StudioError."""
    try:
        yield
    except LinkError as error:
        raise StudioError(error.fact) from error


class MachineControl:
    """The machine, its profile, and the lease that keeps queue and people apart.

    Attributes:
        link: As given; programs are sent to it by the worker alone.
        standstill: Whether a person has stopped it, so that nothing begins.
        reason: Why the machine came into its state; None when all is well.
        on_stop: Called as it is stopped, with what is told of the drawing on the paper.
        on_go_on: Called when it may go on.
        on_change: Called when `view` is another, though the machine's state is not.
        held_back: Why nothing may begin for a reason outside the studio; None: it may.
        adopt: Takes the board that is found next for the plotter, whichever was it before.
    """

    def __init__(self, link: Machine, profile: Profile, standstill: Standstill) -> None:
        self.link = link
        self.profile = profile
        self.standstill = standstill
        self.lease = Lease()
        self.reason: Fact | None = None
        self.on_stop: Callable[[Fact], None] = lambda _: None
        self.on_go_on: Callable[[], None] = lambda: None
        self.on_change: Callable[[], None] = lambda: None
        self.held_back: Callable[[], Fact | None] = lambda: None
        self.adopt: Callable[[], None] = lambda: None
        self._acts = {
            Act.PAUSE: link.pause,
            Act.RESUME: link.resume,
            Act.HOME: link.home,
            Act.UNLOCK: link.unlock,
            Act.ZERO: link.set_zero,
            Act.PEN_UP: link.pen_up,
            Act.PEN_DOWN: link.pen_down,
        }
        self.close = link.subscribe(self._hear)

    @property
    def drawing(self) -> bool:
        """Whether a drawing is on the paper; asks neither disk nor database."""
        return self.lease.drawing or self.link.state in AT_WORK

    def act(self, act: Act, who: Fact = STAFF, *, seen: float | None = None) -> None:
        """Have it do something.

        Raises StudioError if it cannot, is being calibrated, or was stopped since `seen` (see
        `Standstill.check`). To go on also ends a person's Stop. A pen that is lifted while it
        draws pauses the drawing; by any other act a paused one is set aside (`free_hands`).
        """
        if act is Act.RESUME:
            self._go_on(who, seen)
            return
        if act is Act.PEN_UP and self.lease.drawing and self.link.state in PEN_MOVES:
            with refused():
                self.link.pause(at_once=True)
            return
        if act is not Act.PAUSE:
            self.lease.check()
            self.free_hands()
        # By hand the link is held already, for which whoever holds the gate may be waiting.
        gate = nullcontext() if seen is None else self.standstill.gate
        with gate, refused():
            self.standstill.check(seen)
            self._acts[act]()

    def stop(self, who: Fact | Callable[[], Fact]) -> list[Fact]:
        """Stop whatever moves and lift the pen; nothing begins until the staff let it go on.

        The machine is told first. What follows may fail without it: the answer says both.

        Args:
            who: Who stops, as the end of "Stopped by …"; or what looks that up, afterwards.

        Returns:
            What came of it: of the machine, and of the queue.

        Raises:
            StudioError: The machine cannot be told; nothing begins all the same.
        """
        moves = self.link.moving
        self._stopping(SOMEBODY if callable(who) else who)
        refusal: Fact | None = None
        try:
            self.link.stop()
        except LinkError as error:
            refusal = error.fact
        if callable(who):
            self._stopping(who())
        unkept = self.standstill.keep()
        queue = fact("stop-holds") if unkept is None else fact("stop-not-kept", why=unkept)
        if refusal is not None:
            raise StudioError("stop-not-told", why=refusal, queue=queue)
        return [fact("stop-told") if moves else fact("stop-still"), queue]

    def calm(self, who: Fact) -> list[Fact]:
        """The Stop of a visitor who has stopped too often: a drawing is only paused, at once.

        Returns:
            What came of it, as `stop`.
        """
        state = self.link.state
        try:
            if state in PEN_MOVES:
                self.link.pause(at_once=True)
                logger.warning("%s", fact("paused-by", who=who))
            elif state is not LinkState.PAUSED:
                self.link.stop()
        except LinkError:
            return self.stop(who)
        return [fact("stop-pauses")]

    def halt(self) -> None:
        """Stop what moves; the queue goes on. Raises StudioError if there is no machine."""
        with refused():
            self.link.stop()

    def free_hands(self) -> None:
        """Set a paused drawing aside, the pen where it is, so that hands may move the machine.

        It is interrupted, and can be gone on with from any stroke.

        Raises:
            StudioError: The machine does not come to rest.
        """
        if self.link.state is not LinkState.PAUSED:
            return
        self.on_stop(fact("set-aside"))
        with refused():
            self.link.stop(park=False)
        until = time.monotonic() + SETTLES_S
        while self.link.state in AT_WORK or self.lease.drawing:
            if time.monotonic() > until:
                raise StudioError(DRAWS)
            time.sleep(0.01)

    def feed(self, percent: int) -> None:
        """Draw faster or slower than planned, 10 to 200 percent, to this drawing's end.

        Raises:
            StudioError: Nothing is drawn.
        """
        if self.link.state not in AT_WORK:
            raise StudioError("feed-while-drawing")
        with refused():
            self.link.override_feed(percent)
        self.on_change()

    def view(self) -> dict[str, Any]:
        """The machine as in `Studio.snapshot`."""
        return status.view(self.link, self.reason)

    def _stopping(self, who: Fact) -> None:
        """What holds from now on; in memory alone."""
        self.on_stop(self.standstill.begin(who).told)

    def _go_on(self, who: Fact, seen: float | None) -> None:
        """Go on with what is paused, or stopped."""
        held = self.standstill.stopped is not None
        self.standstill.end(who, seen)
        if not held or self.link.state in {LinkState.PAUSING, LinkState.PAUSED}:
            with refused():
                self.link.resume()
        elif not (self.lease.busy or self.lease.calibrating()):
            self.lease.give_back()
        self.on_go_on()

    def _hear(self, event: LinkEvent) -> None:
        if isinstance(event, StateChanged):
            self.reason = None if event.state is LinkState.READY else event.reason
