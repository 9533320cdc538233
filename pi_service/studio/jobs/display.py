"""What is shown of the studio: one function for light, page, kiosk and MQTT."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from firmware_gcode.facts import Fact, fact, sentence
from firmware_gcode.grbl.events import LinkState
from pi_service.studio.core.database import StoreError
from pi_service.studio.core.events import EventStream
from pi_service.studio.jobs.job import Job, Request
from pi_service.studio.jobs.pens import is_awaited
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
    STOPPED = "stopped"
    """A person has stopped it: nothing is drawn until the staff let it go on."""
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


_FAULTS = frozenset({LinkState.ABSENT, LinkState.FAULTED})
_LOST = {
    LinkState.LOCKED: Shown.FAULT,
    LinkState.UNREFERENCED: Shown.NEEDS_SOMEBODY,
}
_FIRST = (Hold.DATABASE, Hold.STOPPED, Hold.INTERRUPTED)
"""What a person is to decide before the machine's position matters."""
_PAUSED = frozenset({LinkState.PAUSING, LinkState.PAUSED})
_HOLDS = {
    Hold.DATABASE: Shown.NEEDS_SOMEBODY,
    Hold.MODEL: Shown.NEEDS_SOMEBODY,
    Hold.STOPPED: Shown.STOPPED,
    Hold.INTERRUPTED: Shown.NEEDS_SOMEBODY,
    Hold.UPDATE: Shown.WORKING,
    Hold.LEASE: Shown.WORKING,
    Hold.MACHINE: Shown.WORKING,
    Hold.CLOCK: Shown.NEEDS_SOMEBODY,
    Hold.CLOSED: Shown.CLOSED,
    Hold.DISK: Shown.NEEDS_SOMEBODY,
    Hold.PAPER: Shown.NEEDS_PAPER,
    Hold.PEN: Shown.NEEDS_SOMEBODY,
}


def display(
    machine: LinkState,
    told: Fact,
    *,
    drawing: bool,
    holds: Sequence[Check],
    head: Request | None,
) -> Display:
    """What is shown of a state of the studio.

    Args:
        told: What the machine is doing.
        holds: Why nothing may be drawn; what weighs most first.
        head: The drawing that comes next.
    """
    faults = {each.name: each.fault for each in holds if each.fault is not None}
    if machine in _FAULTS and Hold.DATABASE not in faults:
        return Display(Shown.FAULT, told)
    if drawing:
        paused = Shown.NEEDS_SOMEBODY if is_awaited(told) else Shown.PAUSED
        return Display(paused if machine in _PAUSED else Shown.DRAWING, told)
    lost = _LOST.get(machine)
    for name, fault in faults.items():
        if name in _FIRST or (lost is None and name is not Hold.MACHINE):
            return Display(_HOLDS[name], fault)
    if lost is not None:
        return Display(lost, told)
    if machine is not LinkState.READY:
        return Display(Shown.WORKING, told)
    ready = Display(Shown.READY, fact("ready"))
    return ready if head is None else Display(Shown.WORKING, _next(head))


def _next(head: Request) -> Fact:
    """What is told of the drawing that comes next: whether its lines are there already."""
    given = head.proposal is not None or head.again_of is not None
    return fact("begins" if given else "thinking")


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
        """What is to be shown now; where the database cannot be read, that."""
        try:
            return self._now()
        except StoreError as error:
            stopped = self._machine.standstill.stopped
            if stopped is None:
                return Display(Shown.NEEDS_SOMEBODY, error.fact)
            return Display(Shown.STOPPED, fact("shown-stopped-none", who=stopped.who))

    def checks(self) -> list[Check]:
        """What must be so before the next drawing starts, what weighs most first.

        Raises:
            StoreError: If the database cannot be read.
        """
        return self._checks(next(iter(self._store.queue(limit=1)), None))

    def _checks(self, head: Job | None) -> list[Check]:
        seconds, ink = (0.0, 0.0) if head is None else head.effort
        return self._preflight.checks(seconds, ink)

    def _now(self) -> Display:
        head = next(iter(self._store.queue(limit=1)), None)
        shown = display(
            self._machine.link.state,
            status.told(self._machine.link, self._machine.reason),
            drawing=self._drawing(),
            holds=self._checks(head),
            head=head,
        )
        stopped = self._machine.standstill.stopped
        if shown.state is not Shown.STOPPED or stopped is None:
            return shown
        waiting = self._store.count_queued()
        code = "shown-stopped" if waiting else "shown-stopped-none"
        return Display(Shown.STOPPED, fact(code, who=stopped.who, waiting=waiting))

    def look(self) -> None:
        """Tell everybody if something else is to be shown; for the worker's thread."""
        shown = self.now()
        if shown != self._told:
            self._told = shown
            self._events.publish("shown", shown.as_dict())
