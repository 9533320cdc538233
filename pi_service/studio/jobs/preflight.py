"""Preflight: everything that must be so before anything moves unattended."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from firmware_gcode.facts import Fact, fact, sentence
from firmware_gcode.grbl.events import LinkState
from firmware_gcode.program.program import Program
from pi_service.studio.calendar.calendar import Calendar
from pi_service.studio.jobs.job import Job
from pi_service.studio.jobs.pens import Passes, with_pens
from pi_service.studio.jobs.store import Store
from pi_service.studio.machine import status
from pi_service.studio.machine.control import AT_WORK, MachineControl
from pi_service.studio.paper.supplies import Sheet, Supplies


def lack_of_paper(sheet: Sheet | None, job: Job | None) -> Fact | None:
    """Why a job, or whatever is asked for next, has no room on the bed; None if it has."""
    whole = job is not None and job.whole_sheet
    placed = job is not None and job.cell is not None  # on the last cell, perhaps
    if placed or (sheet is not None and sheet.next_cell(whole=whole) is not None):
        return None
    if job is not None and whole and sheet is not None and sheet.free:
        return fact("hold-paper-sheet", name=job.class_name)
    return fact("hold-paper")


def no_model(why: Fact) -> Fact:
    """What is told where nobody can plan drawings."""
    return fact("hold-model", why=why)


USUAL_S, USUAL_INK_MM = 60.0, 1000.0
"""What is asked for where no drawing is at hand."""


class Hold(StrEnum):
    """Why the queue holds."""

    DATABASE = "database"
    """Nothing can be kept."""
    MODEL = "model"
    """There is no model to draw with."""
    STOPPED = "stopped"
    """A person has stopped it, and the staff have not let it go on yet."""
    INTERRUPTED = "interrupted"
    """A drawing broke off, and a person is to decide on it."""
    UPDATE = "update"
    """A new version is about to be put in place."""
    LEASE = "hands"
    """A person has the machine."""
    MACHINE = "machine"
    """The machine is not ready."""
    CLOCK = "clock"
    """The clock is not set, so nobody knows whether the gallery is open."""
    CLOSED = "hours"
    """The gallery is closed, or it is to be quiet, or will be before the end."""
    DISK = "disk"
    PAPER = "paper"
    PEN = "pen"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that must be so; a fault says why nothing may be drawn now."""

    name: Hold
    fault: Fact | None

    def as_dict(self) -> dict[str, Any]:
        """The check ready for JSON: ``name``, ``ok``, ``text``, ``fact``."""
        told = self.fault or fact("all-is-well")
        return {
            "name": str(self.name),
            "ok": self.fault is None,
            "text": sentence(told),
            "fact": told.as_dict(),
        }


class Preflight:
    """Looks at everything before the pen starts.

    That the program stays inside its paper is checked where the program is written.

    Args:
        model: What keeps drawings from being composed, or None.
    """

    def __init__(
        self,
        *,
        store: Store,
        machine: MachineControl,
        calendar: Calendar,
        supplies: Supplies,
        model: Fact | None,
    ) -> None:
        self._store = store
        self._machine = machine
        self._calendar = calendar
        self._supplies = supplies
        self._model = model

    def hold(self, seconds: float, ink_mm: float) -> Fact | None:
        """Why a composed drawing may not start now; None if it may.

        It has its cell already, also where that is the sheet's last.
        """
        faults = {each.name: each.fault for each in self.checks(seconds, ink_mm)}
        faults |= {Hold.MACHINE: self._machine_fault(), Hold.PAPER: None}
        return next((told for told in faults.values() if told is not None), None)

    def pens(self, job: Job, program: Program, passes: Passes) -> Program:
        """The program as a job is drawn with it: it waits for each pen that is not in.

        Args:
            passes: Where the drawing wants another pen.
        """
        where = "edition = (SELECT max(edition) FROM jobs WHERE edition < :before)"
        before = 1 << 62 if job.edition is None else job.edition
        other = any(
            j.pen_change for j in self._store.find(where, {"before": before, "limit": 1})
        )
        return with_pens(program, passes, other_before=other) if passes or other else program

    def follows(self, seconds: float, ink_mm: float) -> bool:
        """Whether a composed drawing may start once the one on the paper is done."""
        found = self.checks(seconds, ink_mm)
        return all(each.fault is None for each in found if each.name is not Hold.PAPER)

    def checks(self, seconds: float = USUAL_S, ink_mm: float = USUAL_INK_MM) -> list[Check]:
        """Everything that must be so before the pen starts, what weighs most first."""
        clock = self._calendar.clock_fault()
        busy, broken = self._machine.link.state in AT_WORK, self._store.interrupted()
        stopped = self._machine.standstill.stopped
        return [
            Check(Hold.DATABASE, self._store.database.fault),
            Check(Hold.STOPPED, fact("hold-stopped", who=stopped.who) if stopped else None),
            Check(Hold.INTERRUPTED, fact("hold-interrupted") if broken else None),
            Check(Hold.UPDATE, self._machine.held_back()),
            Check(Hold.LEASE, self._machine.lease.fault()),
            Check(Hold.MACHINE, None if busy else self._machine_fault()),
            Check(Hold.CLOCK, clock),
            Check(Hold.CLOSED, None if clock else self._calendar.hold(seconds)),
            Check(Hold.DISK, self._supplies.lack_of_room()),
            Check(Hold.MODEL, None if self._model is None else no_model(self._model)),
            Check(Hold.PAPER, self.paper_fault()),
            Check(Hold.PEN, self._supplies.lack_of_ink(ink_mm)),
        ]

    def paper_fault(self) -> Fact | None:
        """Why what is to be drawn next has no room on the bed; None if it has."""
        head = next(iter(self._store.queue(limit=1)), None)
        return lack_of_paper(self._store.sheet(), head)

    def _machine_fault(self) -> Fact | None:
        link = self._machine.link
        if link.state is LinkState.READY:
            return None
        return fact("hold-machine", why=status.told(link, self._machine.reason))
