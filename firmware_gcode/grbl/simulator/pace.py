"""The machine's clock beside a host that is never quite on time.

A sender looks at its port every few milliseconds, and a busy computer lets it wait for its
turn: each of its bytes comes a little late, and a conversation that was timed against a real
machine no longer fits. How late shows on the port: as long as an answer lies there unread, so
long after its intended moment comes, on average, what the host sends next. Therefore the
machine's time stands still for just that long.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

_LONGEST_S: Final = 0.02
"""Who leaves an answer unread for longer is not about to speak."""
_ARRIVED_S: Final = 0.005
"""What was not seen at the port by then has been read at once."""
_SHARE: Final = 0.25
"""Of the time between two exchanges at most this much is given: answers must come in time."""
_APART_S: Final = 0.002
_QUIET_S: Final = 0.25
_CATCH_UP: Final = 0.2


class Pace:
    """Seconds that rise with the host's clock, less those that were `given` to the host."""

    def __init__(self, clock: Callable[[], float], *, most: float | None) -> None:
        """Be at most `most` seconds behind, and catch up as soon as nobody speaks.

        None: no bound, and what was given stays so.
        """
        self._clock = clock
        self._most = most
        self.given = 0.0
        self.unread = self._seen = False  # What was `answered` is to be `looked` at.
        self._room = 0.0
        self._answered = 0.0
        self._latest = self._spoken = self._caught_up = clock()

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
            self._room = min(_SHARE * (now - self._spoken), _LONGEST_S)
        self._spoken = self._caught_up = now

    def answered(self) -> None:
        """The first answer of an exchange lies at the port."""
        if self._room and not self.unread:
            self.unread, self._seen = True, False
            self._answered = self._clock()

    def looked(self, *, lies: bool) -> None:
        """Whether an answer lies at the port now: until it is read, the host is given time.

        An answer may need a moment to get there, and is gone at once where the host waits for
        it; who is never seen to be late is given nothing.
        """
        late = self._clock() - self._answered
        self._seen = self._seen or lies
        if late < (_LONGEST_S if self._seen else _ARRIVED_S) and (lies or not self._seen):
            return
        self._moment()
        self.unread = False
        if self._seen:
            self.given += min(late, self._room)
        self._room = 0.0
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
