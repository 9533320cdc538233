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
_SHARE: Final = 0.25
"""Of the time between two exchanges at most this much is given: answers must come in time."""
_APART_S: Final = 0.002
_QUIET_S: Final = 0.25
_CATCH_UP: Final = 0.2


class Pace:
    """Seconds that rise with the host's clock, less those that were `given` to the host.

    Attributes:
        unread: It is to be told when the host has `taken` what was `answered`.
    """

    def __init__(self, clock: Callable[[], float], *, most: float | None) -> None:
        """Begin with nothing given.

        The machine is at most `most` seconds behind, and catches up as soon as nobody speaks
        to it; None: no bound, and what was given stays so.
        """
        self._clock = clock
        self._most = most
        self.given = 0.0
        self.unread = False
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
            self.unread = True
            self._answered = self._clock()

    def taken(self, *, by_host: bool) -> None:
        """The host has read the answer, or it has not; it is given the time until now."""
        late = self._clock() - self._answered
        if not by_host and late < _LONGEST_S:
            return
        self._moment()
        self.unread = False
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
