"""The machine as an attendant is told of it."""

from __future__ import annotations

from typing import Any

from firmware_gcode.facts import Fact, fact, sentence
from firmware_gcode.grbl.events import LinkState
from pi_service.studio.core.parts import Machine

_FACTS = {
    LinkState.ABSENT: fact("machine-absent"),
    LinkState.CONNECTING: fact("machine-connecting"),
    LinkState.LOCKED: fact("machine-locked"),
    LinkState.UNREFERENCED: fact("machine-unreferenced"),
    LinkState.HOMING: fact("machine-homing"),
    LinkState.READY: fact("machine-ready"),
    LinkState.DRAWING: fact("machine-drawing"),
    LinkState.PAUSING: fact("machine-pausing"),
    LinkState.PAUSED: fact("machine-paused"),
    LinkState.STOPPING: fact("machine-stopping"),
    LinkState.FAULTED: fact("machine-faulted"),
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


def told(machine: Machine, reason: Fact | None = None) -> Fact:
    """What the machine is doing; where something is wrong, what and what to do."""
    return machine.fault or reason or _FACTS[machine.state]


def problem(machine: Machine, reason: Fact | None = None) -> Fact | None:
    """What keeps the machine from drawing until a person does something, or None."""
    return told(machine, reason) if machine.state in _TROUBLES else None


def view(machine: Machine, reason: Fact | None = None) -> dict[str, Any]:
    """The machine as in `Studio.snapshot`."""
    position, fault, doing = machine.position, machine.fault, told(machine, reason)
    return {
        "state": str(machine.state),
        "sentence": sentence(doing),
        "fact": doing.as_dict(),
        "fault": None if fault is None else sentence(fault),
        "fault_fact": None if fault is None else fault.as_dict(),
        "feed_percent": machine.feed_percent,
        "position": None if position is None else [round(value, 2) for value in position],
    }
