"""Who has the machine: the queue, or a person who sets it up by hand."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from firmware_gcode.facts import fact

HANDS_S = 60.0
"""So long after the last touch the queue still waits, if nobody says that it may go on."""
WAITS = (
    "Waits: somebody is setting the plotter up by hand. It goes on when they say so, or a "
    "minute after the last touch."
)
DRAWS = fact("drawing-on-paper")


class Hands:
    """Keeps the worker and a person from moving the machine at the same time.

    The worker begins a drawing only while holding `lock` and finding nobody's hands there; a
    person takes the machine only while it finds no drawing. So neither comes in between.

    Args:
        timer: Monotonic seconds.

    Attributes:
        lock: Hold it from looking to beginning.
        drawing: Whether a drawing is on the paper; the worker says so.
        busy: Whether something is being done for a person just now, however long it takes.
    """

    def __init__(self, timer: Callable[[], float] = time.monotonic) -> None:
        self.lock = threading.RLock()
        self.drawing = False
        self.busy = False
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

    def take(self, seconds: float = HANDS_S) -> bool:
        """Take the machine for some seconds; False while a drawing is on the paper."""
        with self.lock:
            if self.drawing:
                return False
            self._until = max(self._until, self._timer() + seconds)
            return True

    def give_back(self) -> None:
        """Let the queue go on."""
        with self.lock:
            self._until = float("-inf")
