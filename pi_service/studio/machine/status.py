"""The machine in words that an attendant understands."""

from __future__ import annotations

from typing import Any

from firmware_gcode.grbl.events import LinkState
from pi_service.studio.core.parts import Machine

_SENTENCES = {
    LinkState.ABSENT: "No plotter is connected. Plug it in and switch it on.",
    LinkState.CONNECTING: "Connecting to the plotter.",
    LinkState.LOCKED: "The plotter is locked and does not know where the pen is. Press Home.",
    LinkState.UNREFERENCED: "The plotter does not know where the pen is. Press Home, or put "
    "the pen over the paper's lower left corner and press Set zero.",
    LinkState.HOMING: "The plotter is being homed: it finds its position.",
    LinkState.READY: "Ready to draw.",
    LinkState.DRAWING: "Drawing.",
    LinkState.PAUSING: "Finishing the stroke, then pausing.",
    LinkState.PAUSED: "Paused, the pen is up.",
    LinkState.STOPPING: "Stopping and lifting the pen.",
    LinkState.FAULTED: "The plotter has a fault. Look at it, then press Home.",
}
_TROUBLES = frozenset(
    {LinkState.ABSENT, LinkState.LOCKED, LinkState.UNREFERENCED, LinkState.FAULTED}
)
UNREFERENCED = frozenset({LinkState.LOCKED, LinkState.UNREFERENCED})
"""States in which the machine answers but does not know where the pen is."""
NOT_THERE = frozenset({LinkState.ABSENT, LinkState.CONNECTING})
"""States in which the machine cannot be spoken to yet."""
STATES = tuple(map(str, LinkState))
"""All states in which a page may show a machine."""


def sentence(machine: Machine, reason: str = "") -> str:
    """What the machine is doing; where something is wrong, what and what to do.

    Args:
        machine: The machine.
        reason: What it said itself when it came into its state.
    """
    return str(machine.fault or reason or _SENTENCES[machine.state])


def problem(machine: Machine, reason: str = "") -> str | None:
    """What keeps the machine from drawing until a person does something, or None."""
    return sentence(machine, reason) if machine.state in _TROUBLES else None


def view(machine: Machine, reason: str = "") -> dict[str, Any]:
    """The machine as in `Studio.snapshot`."""
    position, fault = machine.position, machine.fault
    return {
        "state": str(machine.state),
        "sentence": sentence(machine, reason),
        "fault": None if fault is None else str(fault),
        "position": None if position is None else [round(value, 2) for value in position],
    }
