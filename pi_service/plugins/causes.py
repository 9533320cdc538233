"""What somebody is needed for: causes, and when which of them is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from firmware_gcode.facts import Fact, fact
from pi_service.plugins.api import State
from pi_service.plugins.settings import Rules
from pi_service.studio.core.database import StoreError
from pi_service.studio.jobs.display import Shown
from pi_service.studio.jobs.preflight import Check, Hold
from pi_service.studio.machine import status

if TYPE_CHECKING:
    from pi_service.studio.studio import Studio

HOLDS = {
    Hold.DATABASE: "database",
    Hold.MODEL: "model",
    Hold.STOPPED: "stopped",
    Hold.INTERRUPTED: "interrupted",
    Hold.CLOCK: "clock",
    Hold.DISK: "disk",
    Hold.PAPER: "paper",
    Hold.PEN: "pen",
}
"""What keeps the queue and needs somebody, by the name of its cause."""
LOW = {"pen": "pen", "disk": "disk"}
"""Parts of which a problem means that something is running out."""
TOLD_ELSEWHERE = frozenset({"machine", "database", "model", "store"})
"""Parts that have a cause of their own."""
AGAIN_S = 600.0
"""A cause that comes and goes is not told more often."""


@dataclass(frozen=True, slots=True)
class Cause:
    """Something that somebody is needed for.

    Attributes:
        told: What is wrong.
        urgent: Whether nothing is drawn until somebody comes.
        part: The part of the service that it is about, where it is one; or "".
        after_s: So long it must hold before it is told, seconds; None: as long as any.
    """

    told: Fact
    urgent: bool = True
    part: str = ""
    after_s: float | None = None


def causes(studio: Studio, rules: Rules) -> dict[str, Cause]:
    """All there are now, by name; what weighs less is named again by what weighs more."""
    parts = studio.problems.parts()
    found = {
        LOW.get(part, f"part {part}"): Cause(told, urgent=False, part=part)
        for part, told in parts.items()
        if part not in TOLD_ELSEWHERE
    }
    if "store" in parts:
        found["database"] = Cause(parts["store"])
    try:
        checks = studio.board.checks()
        found |= _paper(studio, rules) | _machine(studio, checks)
    except StoreError as error:
        found["database"] = Cause(error.fact)
        return found
    drawing = studio.worker.active is not None
    for check in checks:
        if check.fault is None or check.name not in HOLDS:
            continue
        if check.name is not Hold.PAPER or not drawing:  # the last cell is drawn first
            found[HOLDS[check.name]] = Cause(check.fault)
    if any(each.urgent for each in found.values()):
        return found
    return found | _waiting(studio, rules)


def _machine(studio: Studio, checks: list[Check]) -> dict[str, Cause]:
    """Trouble with the machine, or a pen that it waits for; not while hands are in it."""
    held = any(each.name is Hold.LEASE and each.fault is not None for each in checks)
    trouble = status.problem(studio.machine.link, studio.machine.reason)
    if trouble is not None and not held:
        return {"machine": Cause(trouble)}
    shown = studio.board.now()
    if studio.worker.active is not None and shown.state is Shown.NEEDS_SOMEBODY:
        return {"change": Cause(shown.told)}
    return {}


def _paper(studio: Studio, rules: Rules) -> dict[str, Cause]:
    """Cells that are few."""
    sheet = studio.sheets.current
    if sheet is None or not 0 < sheet.free <= rules.few_cells:
        return {}
    if sheet.columns * sheet.rows <= rules.few_cells:
        return {}
    return {"paper": Cause(fact("notify-few-cells", free=sheet.free), urgent=False)}


def _waiting(studio: Studio, rules: Rules) -> dict[str, Cause]:
    """A drawing that waits or stands paused, though the gallery is open and nothing lacks."""
    minutes = rules.waiting_min
    if minutes == 0 or studio.calendar.hold(0.0) is not None:
        return {}
    if studio.board.now().state is Shown.PAUSED:
        told = fact("notify-paused", minutes=minutes)
    elif studio.worker.active is None and studio.jobs.queue(1):
        told = fact("notify-waiting", minutes=minutes)
    else:
        return {}
    return {"waiting": Cause(told, after_s=minutes * 60.0)}


@dataclass(frozen=True, slots=True)
class Change:
    """Something to tell: that a cause is there, or that it is over."""

    name: str
    state: State
    cause: Cause


@dataclass(slots=True)
class _Known:
    """What is known of one cause.

    Attributes:
        since: Since when it is as it is now, in the clock of `Ledger.step`.
        there: Whether it is there now.
        told: As it was told and not yet told to be over, or None.
        over_at: When it was last told to be over.
    """

    cause: Cause
    since: float
    there: bool = True
    told: Cause | None = None
    over_at: float = float("-inf")


class Ledger:
    """Decides what is told: one message for each cause, and one when it is over.

    What comes and goes within `Rules.after_s` is not told; nor, until it is over, is a cause
    told twice, unless it has become urgent. In quiet hours nothing is told; what is over by
    their end never is.

    Args:
        told: What was told before a restart, and not that it is over.
    """

    def __init__(self, told: Mapping[str, Cause] | None = None) -> None:
        self._known: dict[str, _Known] = {
            name: _Known(cause, float("-inf"), there=True, told=cause)
            for name, cause in (told or {}).items()
        }

    @property
    def told(self) -> dict[str, Cause]:
        """What was told and is not over."""
        return {n: known.told for n, known in self._known.items() if known.told is not None}

    def step(
        self, now: float, found: Mapping[str, Cause], rules: Rules, *, quiet: bool
    ) -> list[Change]:
        """What is to be told now.

        Args:
            now: Seconds that never go back.
            found: All causes that there are.
        """
        for name, cause in found.items():
            known = self._known.setdefault(name, _Known(cause, now))
            if not known.there or cause.urgent is not known.cause.urgent:
                known.since = now
            known.there, known.cause = True, cause
        for name, known in self._known.items():
            if name not in found and known.there:
                known.there, known.since = False, now
        changes = [] if quiet else list(self._due(now, rules))
        self._known = {
            name: known
            for name, known in self._known.items()
            if known.there or known.told is not None or now - known.over_at < AGAIN_S
        }
        return changes

    def _due(self, now: float, rules: Rules) -> list[Change]:
        changes = []
        for name, known in self._known.items():
            after_s: float = rules.after_s
            if known.there and known.cause.after_s is not None:
                after_s = known.cause.after_s
            if now - known.since < after_s:
                continue
            if not known.there:
                if known.told is not None:
                    changes.append(Change(name, State.OVER, known.told))
                    known.told, known.over_at = None, now
            elif known.told is None or known.cause.urgent > known.told.urgent:
                if known.told is None and now - known.over_at < AGAIN_S:
                    continue
                changes.append(Change(name, State.BEGUN, known.cause))
                known.told = known.cause
        return changes
