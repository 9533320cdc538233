"""The machine lease: the queue has the machine, or a person who sets it up by hand."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from pi_service.studio.core.errors import StudioError

LEASE_S = 60.0
"""Seconds after the last act by hand until the queue goes on by itself."""
WAITS = (
    "Waits: somebody is setting the plotter up by hand. It goes on when they say so, or a "
    "minute after the last touch."
)
DRAWS = "A drawing is on the paper. Wait for its end, or stop it first."
CALIBRATES = "The calibration has the machine. Answer its question, or end it first."


class Lease:
    """Keeps the worker and a person from moving the machine at the same time.

    The worker begins a drawing only while holding `lock` and finding the lease free; a person
    takes it only while nothing is drawn. So neither comes in between. An open calibration
    excludes every other act by hand.

    Args:
        timer: Monotonic seconds.

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

    def fault(self) -> str | None:
        """Why nothing may be drawn, in a sentence; None if nobody has the machine."""
        return WAITS if self.held else None

    def check(self) -> None:
        """Refuse an act by hand while the calibration has the machine.

        Raises:
            StudioError: It has.
        """
        if self.calibrating():
            raise StudioError(CALIBRATES)

    def take(self, seconds: float = LEASE_S, *, calibration: bool = False) -> None:
        """Take the machine for some seconds.

        Args:
            seconds: From now.
            calibration: Whether it is the calibration that takes it.

        Raises:
            StudioError: A drawing is on the paper, or the calibration has the machine.
        """
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
