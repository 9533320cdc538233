"""The seeds of drawings for which nobody asked for a certain one."""

from __future__ import annotations

import random
import threading

SEEDS = 10**12
"""Seeds are below this: short enough to be typed, so many that none comes twice."""


class Seeds:
    """Deals seeds, and lets the worker look at the next one to draw it ahead of the press.

    Args:
        rng: Where they come from.
    """

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._lock = threading.Lock()
        self._next = rng.randrange(SEEDS)

    def peek(self) -> int:
        """The seed that the next `take` will give."""
        with self._lock:
            return self._next

    def take(self) -> int:
        """A new seed."""
        with self._lock:
            seed, self._next = self._next, self._rng.randrange(SEEDS)
            return seed
