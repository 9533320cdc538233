"""What is shown of the studio: one function for light, page, kiosk and MQTT."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from firmware_gcode.facts import Fact, fact, sentence
from firmware_gcode.grbl.events import LinkState
from pi_service.studio.core.events import EventStream
from pi_service.studio.jobs.preflight import Check, Hold, Preflight
from pi_service.studio.jobs.store import Store
from pi_service.studio.machine import status
from pi_service.studio.machine.control import MachineControl


class Shown(StrEnum):
    """The studio in one word, for those who stand before it."""

    READY = "ready"
    """A press is drawn at once."""
    WORKING = "working"
    """Something goes on, and a drawing follows by itself."""
    DRAWING = "drawing"
    PAUSED = "paused"
    NEEDS_PAPER = "needs_paper"
    NEEDS_SOMEBODY = "needs_somebody"
    """Nothing is drawn until a person does something; the sentence says what."""
    CLOSED = "closed"
    """Outside of the opening hours, or in a quiet time."""
    FAULT = "fault"
    """Something is wrong with the machine."""


@dataclass(frozen=True, slots=True)
class Display:
    """What is shown."""

    state: Shown
    told: Fact

    def as_dict(self) -> dict[str, Any]:
        """The display ready for JSON: ``state``, ``sentence``, ``fact``."""
        return {
            "state": str(self.state),
            "sentence": sentence(self.told),
            "fact": self.told.as_dict(),
        }


_FAULTS = frozenset({LinkState.ABSENT, LinkState.LOCKED, LinkState.FAULTED})
_PAUSED = frozenset({LinkState.PAUSING, LinkState.PAUSED})
_HOLDS = {
    Hold.DATABASE: Shown.NEEDS_SOMEBODY,
    Hold.MODEL: Shown.NEEDS_SOMEBODY,
    Hold.INTERRUPTED: Shown.NEEDS_SOMEBODY,
    Hold.LEASE: Shown.WORKING,
    Hold.MACHINE: Shown.WORKING,
    Hold.CLOCK: Shown.NEEDS_SOMEBODY,
    Hold.CLOSED: Shown.CLOSED,
    Hold.DISK: Shown.NEEDS_SOMEBODY,
    Hold.PAPER: Shown.NEEDS_PAPER,
    Hold.PEN: Shown.NEEDS_SOMEBODY,
}


def display(
    machine: LinkState, told: Fact, *, drawing: bool, holds: Sequence[Check], waiting: bool
) -> Display:
    """What is shown of a state of the studio; `holds` begins with what weighs most."""
    lost = any(hold.name is Hold.DATABASE and hold.fault is not None for hold in holds)
    if machine in _FAULTS and not lost:
        return Display(Shown.FAULT, told)
    if drawing:
        return Display(Shown.PAUSED if machine in _PAUSED else Shown.DRAWING, told)
    if machine is LinkState.UNREFERENCED and not lost:
        return Display(Shown.NEEDS_SOMEBODY, told)
    for hold in holds:
        if hold.fault is not None and hold.name is not Hold.MACHINE:
            return Display(_HOLDS[hold.name], hold.fault)
    if machine is not LinkState.READY:
        return Display(Shown.WORKING, told)
    return Display(Shown.WORKING, fact("thinking")) if waiting else Display(Shown.READY, told)


class Board:
    """Shows the studio as it is now, and tells everybody when that changes."""

    def __init__(
        self,
        *,
        store: Store,
        machine: MachineControl,
        preflight: Preflight,
        drawing: Callable[[], bool],
        events: EventStream,
    ) -> None:
        self._store = store
        self._machine = machine
        self._preflight = preflight
        self._drawing = drawing
        self._events = events
        self._told: Display | None = None

    def now(self) -> Display:
        """What is to be shown now."""
        head = next(iter(self._store.queue(limit=1)), None)
        seconds, ink = (0.0, 0.0) if head is None else head.effort
        placed = head is not None and head.cell is not None  # on the last cell, perhaps
        checks = self._preflight.checks(seconds, ink)
        return display(
            self._machine.link.state,
            status.told(self._machine.link, self._machine.reason),
            drawing=self._drawing(),
            holds=[each for each in checks if not (placed and each.name is Hold.PAPER)],
            waiting=head is not None,
        )

    def look(self) -> None:
        """Tell everybody if something else is to be shown; for the worker's thread."""
        shown = self.now()
        if shown != self._told:
            self._told = shown
            self._events.publish("shown", shown.as_dict())
