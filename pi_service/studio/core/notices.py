"""What is of interest for a while: refused presses, failed jobs, what the machine said."""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Callable
from typing import Any

from firmware_gcode.facts import Fact, sentence
from firmware_gcode.grbl.events import LinkEvent, LinkState, StateChanged
from pi_service.studio.core.events import EventStream
from pi_service.studio.core.parts import Machine

KEPT = 20
"""Notices that are remembered."""
SHOWN_S = 3600.0
"""How long somebody who opens the page is still told."""


class Notices:
    """Tells everybody who listens now, and for a while those who come later."""

    def __init__(self, events: EventStream, clock: Callable[[], float]) -> None:
        self._events = events
        self._clock = clock
        self._said: deque[dict[str, Any]] = deque(maxlen=KEPT)
        self._lock = threading.Lock()

    def say(self, told: Fact) -> None:
        """Tell something."""
        with self._lock:
            notice = {"at": self._clock(), "text": sentence(told), "fact": told.as_dict()}
            self._said.append(notice)
            self._events.publish("notice", notice)

    def recent(self) -> list[dict[str, Any]]:
        """What was said within the last hour, the oldest first: ``at``, ``text``, ``fact``."""
        now = self._clock()
        with self._lock:
            return [said for said in self._said if 0 <= now - said["at"] < SHOWN_S]


class Problems:
    """What is wrong by part, told to everybody whenever it changes."""

    def __init__(self, events: EventStream) -> None:
        self._events = events
        self._told: dict[str, Fact] = {}
        self._lock = threading.Lock()

    def report(self, part: str, told: Fact | None) -> None:
        """Note what is wrong with a part, or (None) that nothing is any more."""
        with self._lock:
            if self._told.get(part) == told:
                return
            if told is None:
                del self._told[part]
            else:
                self._told[part] = told
            self._events.publish("problem", self._view())

    def view(self) -> dict[str, Any]:
        """All that is wrong now, the oldest first: ``problems`` and ``problem_facts``."""
        with self._lock:
            return self._view()

    def parts(self) -> dict[str, Fact]:
        """All that is wrong now, by part."""
        with self._lock:
            return dict(self._told)

    def _view(self) -> dict[str, Any]:
        told = self._told.values()
        return {
            "problems": [sentence(each) for each in told],
            "problem_facts": [each.as_dict() for each in told],
        }


COUNTED = (LinkState.ABSENT, LinkState.LOCKED, LinkState.FAULTED)
"""States that a machine which works well never comes into."""


class Troubles:
    """Counts how often the machine came into each of the states `COUNTED`."""

    def __init__(self, link: Machine) -> None:
        self._counts = Counter(dict.fromkeys(COUNTED, 0))
        self._before: LinkState | None = None
        link.subscribe(self._hear)

    def counts(self) -> dict[str, int]:
        """How often, by state."""
        return {str(state): self._counts[state] for state in COUNTED}

    def _hear(self, event: LinkEvent) -> None:
        if isinstance(event, StateChanged):
            if event.state in COUNTED and event.state is not self._before:
                self._counts[event.state] += 1
            self._before = event.state
