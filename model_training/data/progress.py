"""How far a long work on files is, how fast, and how long it will still take."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TextIO

BAR = 30
QUIET_S = 30.0
"""Seconds between two lines, where nobody watches a terminal."""


def duration(seconds: float) -> str:
    """Hours and minutes, or minutes and seconds, as a clock shows them."""
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes}:{rest:02d} min"
    return f"{minutes // 60}:{minutes % 60:02d} h"


class Progress:
    """Shows a bar on a terminal; else says a line every half a minute.

    Args:
        total: Bytes of all the work.
        before: Bytes of it that were done in an earlier try.
        say: Told how it goes, where there is no terminal.
        terminal: Where the bar goes; None takes standard error, if a person looks at it.
    """

    def __init__(
        self,
        total: int,
        before: int,
        *,
        say: Callable[[str], None],
        terminal: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._total, self._before = max(total, 1), before
        self._say, self._clock = say, clock
        self._terminal = terminal or (sys.stderr if sys.stderr.isatty() else None)
        self._began = self._said = clock()
        self._bytes = self._rows = 0

    def did(self, size: int, rows: int) -> None:
        """Takes note of a part that is done, of so many bytes and drawings."""
        self._bytes += size
        self._rows += rows
        now = self._clock()
        share = (self._before + self._bytes) / self._total
        spent = max(now - self._began, 1e-6)
        left = spent * (self._total - self._before - self._bytes) / max(self._bytes, 1)
        text = f"{100 * share:3.0f} %  {self._rows / spent:,.0f} drawings/s  "
        text += f"{duration(left)} left"
        if self._terminal is not None:
            full = int(share * BAR)
            self._terminal.write(f"\r[{'=' * full}{' ' * (BAR - full)}] {text} \x1b[K")
            self._terminal.flush()
        elif now - self._said >= QUIET_S:
            self._said = now
            self._say(text)

    def end(self) -> None:
        """Leaves the bar's line."""
        if self._terminal is not None:
            self._terminal.write("\n")
