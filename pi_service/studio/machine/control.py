"""The machine for everybody but the worker: what people may have it do, and its lease."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Any

from firmware_gcode.facts import Fact, fact
from firmware_gcode.grbl.events import LinkEvent, StateChanged
from firmware_gcode.grbl.link import LinkError
from firmware_gcode.program.profile import Profile
from pi_service.studio.core.errors import StudioError
from pi_service.studio.core.parts import Machine
from pi_service.studio.machine import status

LEASE_S = 60.0
"""Seconds after the last act by hand until the queue goes on by itself."""
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
        reason: Why the machine came into its state; None when all is well.
        on_stop: Called after a stop: a program may be just about to be sent.
    """

    def __init__(self, link: Machine, profile: Profile) -> None:
        self.link = link
        self.profile = profile
        self.lease = Lease()
        self.reason: Fact | None = None
        self.on_stop: Callable[[], None] = lambda: None
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

    def act(self, act: Act) -> None:
        """Have it do something. Raises StudioError if it cannot, or is being calibrated."""
        if act not in {Act.PAUSE, Act.RESUME}:
            self.lease.check()
        with refused():
            self._acts[act]()

    def stop(self) -> None:
        """Stop whatever moves and lift the pen; the active job becomes cancelled.

        Raises:
            StudioError: There is no machine to stop.
        """
        with refused():
            self.link.stop()
        self.on_stop()

    def view(self) -> dict[str, Any]:
        """The machine ready for JSON: ``state``, ``sentence``, ``fault``, ``position``."""
        return status.view(self.link, self.reason)

    def _hear(self, event: LinkEvent) -> None:
        if isinstance(event, StateChanged):
            self.reason = event.reason
