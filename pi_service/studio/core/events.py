"""The one stream of events that feeds the page, the light and whoever else listens.

A ring buffer and a condition: a listener is nothing but the number of the last event it has
seen, so a slow or dead listener costs no memory and can never hold up the worker.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

DEFAULT_CAPACITY = 2000
"""Events kept for listeners that come back: some minutes of drawing at ten a second."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened.

    Attributes:
        id: Number of the event; rises over restarts of the service too, as it starts from the
            milliseconds since 1970.
        kind: ``job``, ``drawing``, ``progress``, ``machine``, ``problem``, ``notice``,
            ``sheet``, ``pen``, ``deleted`` or ``reset`` (see `EventStream.read`).
    """

    id: int
    kind: str
    at: float
    data: dict[str, Any]


class EventStream:
    """A ring of the last events, read by any number of listeners at their own pace."""

    def __init__(
        self, capacity: int = DEFAULT_CAPACITY, *, clock: Callable[[], float] = time.time
    ) -> None:
        self._clock = clock
        self._ring: deque[Event] = deque(maxlen=capacity)
        self._last_id = int(clock() * 1000)
        self._condition = threading.Condition()
        self._closed = False

    @property
    def last_id(self) -> int:
        """Number of the newest event (of none yet: the number before the first)."""
        with self._condition:
            return self._last_id

    @property
    def closed(self) -> bool:
        """Whether the service is going down and no event will follow."""
        return self._closed

    def publish(self, kind: str, data: Mapping[str, Any]) -> Event:
        """Append an event and wake every listener; returns at once, from any thread."""
        with self._condition:
            self._last_id += 1
            event = Event(self._last_id, kind, self._clock(), dict(data))
            self._ring.append(event)
            self._condition.notify_all()
        return event

    def read(self, after_id: int, timeout: float | None = 0.0) -> list[Event]:
        """Wait for events newer than the listener's last one.

        Args:
            timeout: Seconds to wait for a first event; None waits until there is one.

        Returns:
            The events after `after_id`, oldest first; none after a timeout or a close. Where
            some of them have left the ring, or `after_id` is newer than any event (the clock
            was set back), the only event is a ``reset``: take a new snapshot and go on from
            its number.
        """
        with self._condition:
            self._condition.wait_for(
                lambda: self._closed or self._last_id != after_id, timeout=timeout
            )
            if self._last_id == after_id:
                return []
            first_kept = self._last_id - len(self._ring) + 1
            if not first_kept - 1 <= after_id <= self._last_id:
                return [Event(self._last_id, "reset", self._clock(), {})]
            return list(self._ring)[after_id - first_kept + 1 :]

    def close(self) -> None:
        """Wake all listeners for the last time: those who wait get an empty answer."""
        with self._condition:
            self._closed = True
            self._condition.notify_all()
