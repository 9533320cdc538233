"""The board of problems: one sentence for each part that has one, for people to act on."""

from __future__ import annotations

import threading

from pi_service.studio.events import EventStream


class Problems:
    """Sentences by part, told to everybody whenever they change.

    Args:
        events: Where the ``problem`` events go.
    """

    def __init__(self, events: EventStream) -> None:
        self._events = events
        self._sentences: dict[str, str] = {}
        self._lock = threading.Lock()

    def report(self, part: str, sentence: str | None) -> None:
        """Note what is wrong with a part, or (None) that nothing is any more."""
        with self._lock:
            if self._sentences.get(part) == sentence:
                return
            if sentence is None:
                del self._sentences[part]
            else:
                self._sentences[part] = sentence
            self._events.publish("problem", {"problems": list(self._sentences.values())})

    def sentences(self) -> list[str]:
        """All that is wrong now, the oldest first."""
        with self._lock:
            return list(self._sentences.values())
