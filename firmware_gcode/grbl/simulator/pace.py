"""The machine's clock beside a host that is never quite on time.

A sender looks at its port every few milliseconds, and a busy computer lets it wait for its
turn: all that it does comes a little late, and the next thing a little later still. At N times
the speed a millisecond of the host's is N of the machine's, and a conversation that was timed
against a real machine no longer fits. Therefore the clock gives the host its reaction time:
with every exchange the machine stands still for as long as a look at the port takes.
"""

from __future__ import annotations

import mmap
import os
import signal
import time
import warnings
from collections.abc import Callable
from typing import Final

LOOK_S: Final = 0.002
"""Between two looks of a usual sender at its port."""

_OVERHEAD_S: Final = 0.0002
"""What a sender needs to write and read, beside waiting."""
_USUAL_LATE_S: Final = 0.0001
_LONGEST_LOOK_S: Final = 0.1
_MEMORY: Final = 200
_LONGEST_REACTION_S: Final = 0.0025
_SHARE: Final = 0.25
"""Of the time between two exchanges at most this much is given: answers must come in time."""
_REST_S: Final = 0.02
_APART_S: Final = 0.002
_QUIET_S: Final = 0.25
_CATCH_UP: Final = 0.2


class Pace:
    """Seconds that rise with the host's clock, less those that were `given` to the host."""

    def __init__(
        self,
        clock: Callable[[], float],
        *,
        reaction: Callable[[], float],
        most: float | None,
    ) -> None:
        """Begin with nothing given, where a host needs `reaction` seconds to notice something.

        The machine is at most `most` seconds behind, and catches up as soon as nobody speaks
        to it; None: no bound, and what was given stays so.
        """
        self._clock = clock
        self._reaction = reaction
        self._most = most
        self.given = 0.0
        self._owed = 0.0
        self._latest = clock()
        self._spoken = self._latest
        self._caught_up = self._latest

    def now(self) -> float:
        """The machine's moment, in seconds of the host's clock; never falls."""
        self._latest = max(self._latest, self._moment())
        return self._latest

    def wait_until(self, moment: float) -> float:
        """How long the host's clock takes from now to a moment of the machine, seconds."""
        return max(moment - self._moment(), 0.0)

    def spoken(self) -> None:
        """The host has said something: bytes that come close together are one exchange."""
        now = self._clock()
        if now - self._spoken > _APART_S:
            self.answered()
            self._owed = min(self._reaction(), _SHARE * (now - self._spoken))
        self._spoken = self._caught_up = now

    def answered(self) -> None:
        """The host has its answer: now it gets the time to notice."""
        self._moment()
        self.given += self._owed
        self._owed = 0.0
        if self._most is not None:
            self.given = min(self.given, self._most)

    def _moment(self) -> float:
        now = self._clock()
        if self._most is not None and self.given:
            quiet_since = max(self._spoken + _QUIET_S, self._caught_up)
            if now > quiet_since:
                self.given = max(self.given - _CATCH_UP * (now - quiet_since), 0.0)
                self._caught_up = now
        return now - self.given


class Sleeper:
    """Finds out how late this computer wakes somebody who sleeps from look to look.

    If a look comes every ``p`` seconds, with ``p`` varying, then what waits for it waits
    E[p²] / 2E[p] on average (the mean residual time of a renewal process), and what is sent
    after a wait is as late as the looks are.

    Whoever looks must be nobody whom the machine's thread waits for, so it is a process of its
    own; until `start` the reaction is that on a computer with little to do.
    """

    def __init__(self, *, start: bool = False) -> None:
        self._shared = mmap.mmap(-1, 3 * 8)
        self._values = memoryview(self._shared).cast("d")  # E[p], E[p²], look until
        look = LOOK_S + _USUAL_LATE_S
        self._values[0], self._values[1] = look, look * look
        self._child: int | None = None
        if start:
            self.start()

    def start(self) -> None:
        """Begin to look, in a process of its own."""
        parent = os.getpid()
        with warnings.catch_warnings():
            # A child of a process with threads must touch no lock; this one only sleeps.
            warnings.simplefilter("ignore", DeprecationWarning)
            child = os.fork()
        if child:
            self._child = child
            return
        try:
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, signal.SIG_IGN)  # It ends with its parent.
            while os.getppid() == parent:
                self._look()
        finally:
            os._exit(0)

    def reaction(self) -> float:
        """How long a host takes to notice something, seconds."""
        mean, mean_square = self._values[0], self._values[1]
        found = 0.5 * mean_square / mean + (mean - LOOK_S) + _OVERHEAD_S
        return min(found, _LONGEST_REACTION_S)

    def watch(self, seconds: float) -> None:
        """Look how late it is, for a while from now on."""
        self._values[2] = time.monotonic() + seconds

    def close(self) -> None:
        """Look no more."""
        if self._child is not None:
            os.kill(self._child, signal.SIGKILL)
            os.waitpid(self._child, 0)
            self._child = None

    def _look(self) -> None:
        begun = time.monotonic()
        if begun > self._values[2]:
            time.sleep(_REST_S)
            return
        time.sleep(LOOK_S)
        look = min(max(time.monotonic() - begun, LOOK_S), _LONGEST_LOOK_S)
        self._values[0] += (look - self._values[0]) / _MEMORY
        self._values[1] += (look * look - self._values[1]) / _MEMORY
