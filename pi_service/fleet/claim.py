"""Whose a name is, where two plotters have been given the same.

Each plotter that comes to the broker says that it wants its name, and waits a moment. Whoever
has the name already objects, and the newcomer stands back until nobody objects any more. Of
two that come at the same time the one with the smaller mark has it. Nobody is thrown out.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from enum import Enum
from typing import Any

WAIT_S = 1.5
"""How long a newcomer waits for an objection."""
AGAIN_S = 30.0
"""How often one that stands back asks again."""
FORGOTTEN_S = 100.0
"""Another one that was not heard for so long is not there any more."""


class Held(Enum):
    """Whether the name is ours."""

    ASKED = "asked"
    OURS = "ours"
    TAKEN = "taken"


class Claim:
    """Asks for the name, and objects when somebody else does.

    Args:
        mark: Tells this plotter from all others.
        tell: Says something to all who have the name.
        clock: Monotonic seconds.
        wait_s: How long to wait for an objection.
    """

    def __init__(
        self,
        mark: str,
        tell: Callable[[str], object],
        clock: Callable[[], float],
        *,
        wait_s: float = WAIT_S,
    ) -> None:
        self.held = Held.ASKED
        self._mark = mark
        self._tell = tell
        self._clock = clock
        self._wait_s = wait_s
        self._asked_at = float("inf")
        self._had_it = False
        self._other_at = float("-inf")
        self._lock = threading.Lock()

    @property
    def contested(self) -> bool:
        """Whether another plotter with this name was heard lately."""
        return self._clock() - self._other_at < FORGOTTEN_S

    def ask(self) -> None:
        """Ask for the name, on a new connection."""
        with self._lock:
            self.held, self._asked_at = Held.ASKED, self._clock()
        self._say()

    def look(self) -> bool:
        """See whether something has changed by itself; True once the name has become ours."""
        with self._lock:
            waited = self._clock() - self._asked_at
            if self.held is Held.ASKED and waited >= self._wait_s:
                self.held = Held.OURS
                self._had_it = True
                return True
            again = self.held is Held.TAKEN and waited >= AGAIN_S
        if again:
            self.ask()
        return False

    def hear(self, payload: bytes) -> bool:
        """Take in what somebody with this name says; True once the name is not ours."""
        said = _read(payload)
        if said is None or said["mark"] == self._mark:
            return False
        with self._lock:
            self._other_at = self._clock()
            theirs = bool(said["held"])
            if self.held is Held.TAKEN:
                return False
            if theirs is self._had_it:
                theirs = said["mark"] < self._mark
            if theirs:
                self.held, self._had_it = Held.TAKEN, False
                return True
        self._say()
        return False

    def _say(self) -> None:
        self._tell(json.dumps({"mark": self._mark, "held": self._had_it}))


def _read(payload: bytes) -> dict[str, Any] | None:
    try:
        said = json.loads(payload)
        return {"mark": str(said["mark"]), "held": bool(said["held"])}
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
