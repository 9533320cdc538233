"""Preflight: everything that must be so before anything moves unattended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from firmware_gcode.grbl.events import LinkState
from pi_service.studio.calendar.calendar import Calendar
from pi_service.studio.jobs.store import Store
from pi_service.studio.machine import status
from pi_service.studio.machine.control import MachineControl
from pi_service.studio.paper.supplies import Supplies

INTERRUPTED = (
    "Waits: a drawing was interrupted. Have it finished, or let it go, and the rest will "
    "follow."
)
NO_PAPER = "Waits for paper: the sheet is full. Put a new one."
_AT_WORK = frozenset(
    {LinkState.DRAWING, LinkState.PAUSING, LinkState.PAUSED, LinkState.STOPPING}
)
USUAL_S, USUAL_INK_MM = 60.0, 1000.0
"""What is asked for where no drawing is at hand."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that must be so.

    Attributes:
        name: What was looked at: ``machine``, ``paper``, ``interrupted``, ``hands``,
            ``hours``, ``disk``, ``pen`` or ``model``.
        fault: Why nothing may be drawn now, in a sentence; None if all is well.
    """

    name: str
    fault: str | None

    def as_dict(self) -> dict[str, Any]:
        """The check ready for JSON: ``name``, ``ok``, ``text``."""
        return {
            "name": self.name,
            "ok": self.fault is None,
            "text": self.fault or "All is well.",
        }


class Preflight:
    """Looks at everything before the pen starts.

    That the program stays inside its paper is checked where the program is written.

    Args:
        store: Knows the sheet and what was interrupted.
        machine: The machine.
        calendar: Knows whether there is time to draw.
        supplies: Know about ink and disk.
        model: What keeps drawings from being composed, in a sentence, or None.
    """

    def __init__(
        self,
        *,
        store: Store,
        machine: MachineControl,
        calendar: Calendar,
        supplies: Supplies,
        model: str | None,
    ) -> None:
        self._store = store
        self._machine = machine
        self._calendar = calendar
        self._supplies = supplies
        self._model = model

    def hold(self, seconds: float, ink_mm: float) -> str | None:
        """Why a composed drawing may not start now, in a sentence; None if it may.

        Args:
            seconds: How long it takes.
            ink_mm: How much line it is.
        """
        return (
            self._interrupted()
            or self._machine.lease.fault()
            or self._machine_fault()
            or self._calendar.hold(seconds)
            or self._supplies.lack(ink_mm)
        )

    def checks(self) -> list[Check]:
        """Everything at once, for a drawing as they usually are."""
        sheet, busy = self._store.sheet(), self._machine.link.state in _AT_WORK
        return [
            Check("model", self._model),
            Check("machine", None if busy else self._machine_fault()),
            Check("paper", None if sheet and sheet.free else NO_PAPER),
            Check("interrupted", self._interrupted()),
            Check("hands", self._machine.lease.fault()),
            Check("hours", self._calendar.hold(USUAL_S)),
            Check("disk", self._supplies.lack_of_room()),
            Check("pen", self._supplies.lack_of_ink(USUAL_INK_MM)),
        ]

    def _interrupted(self) -> str | None:
        return INTERRUPTED if self._store.interrupted() else None

    def _machine_fault(self) -> str | None:
        link = self._machine.link
        if link.state is LinkState.READY:
            return None
        return f"Waits for the plotter. {status.sentence(link, self._machine.reason)}"
