"""How often the machine was in trouble since the service was started."""

from __future__ import annotations

from collections import Counter

from firmware_gcode.grbl.events import LinkEvent, LinkState, StateChanged
from pi_service.studio.parts import Machine

COUNTED = (LinkState.ABSENT, LinkState.LOCKED, LinkState.FAULTED)
"""States that a machine which works well never comes into."""


class Troubles:
    """Counts how often the machine came into each of the states `COUNTED`.

    Args:
        link: The machine.
    """

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
