"""What is of interest for a while: refused presses, failed jobs, what the machine said."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Any

from pi_service.studio.events import EventStream

KEPT = 20
"""Notices that are remembered."""
SHOWN_S = 3600.0
"""How long somebody who opens the page is still told."""


class Notices:
    """Tells everybody who listens now, and for a while those who come later.

    Args:
        events: Where the ``notice`` events go.
        clock: Seconds since 1970.
    """

    def __init__(self, events: EventStream, clock: Callable[[], float]) -> None:
        self._events = events
        self._clock = clock
        self._said: deque[dict[str, Any]] = deque(maxlen=KEPT)
        self._lock = threading.Lock()

    def say(self, text: str) -> None:
        """Tell a sentence."""
        with self._lock:
            notice = {"at": self._clock(), "text": text}
            self._said.append(notice)
            self._events.publish("notice", notice)

    def recent(self) -> list[dict[str, Any]]:
        """What was said within the last hour, the oldest first: ``at`` and ``text``."""
        now = self._clock()
        with self._lock:
            return [said for said in self._said if 0 <= now - said["at"] < SHOWN_S]
