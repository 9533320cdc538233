"""Writing to a machine's EEPROM: one value at a time, each read back before the next.

GRBL stops listening while it writes and has no checksum, so a line goes alone, waits for its
answer, and is believed only when `$$` (or `$#`, `$N`, `$I`) shows it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from firmware_gcode.facts import Fact, fact, listed
from firmware_gcode.grbl import moves, routines
from firmware_gcode.grbl.commands import LineError
from firmware_gcode.grbl.connection import Procedure, Refused
from firmware_gcode.grbl.events import LinkState
from firmware_gcode.grbl.session_state import SessionState
from firmware_gcode.grbl.travel import TravelError, setting_lie
from firmware_gcode.program.profile import Profile
from firmware_gcode.setup import words
from firmware_gcode.setup.readout import Value, ask_again, readout, stored_value

OFFSET_MM = 5e-3
"""How exactly a stored position is shown by `$#` in inches, too."""


class Fate(StrEnum):
    """What became of a value that was to be written."""

    PENDING = "not sent"
    SENT = "sent, not confirmed"
    WRITTEN = "written"
    REFUSED = "refused"
    DIFFERENT = "written, but another value is there"


@dataclass
class Step:
    """One value to write.

    Attributes:
        name: "$110", "G54", "$N0" or "$I".
        question: What shows it afterwards: `$$`, `$#`, `$N` or `$I`.
        fate: What became of it.
        note: Why it was refused, or what is there instead; None for nothing to say.
    """

    name: str
    before: Value | None
    wanted: Value
    line: str
    question: str = "$$"
    fate: Fate = Fate.PENDING
    note: Fact | None = None

    @property
    def idle_only(self) -> bool:
        """Whether GRBL takes the line only while it is not locked."""
        return self.question in {"$#", "$N"}


@dataclass
class WriteReport:
    """What was written to a machine and what was not.

    Attributes:
        trouble: Why it ended early; None if it did not.
        place_lost: Whether the position is unknown because of it.
        confirmed: Whether a person said yes to what `travel.setting_lie` warns of.
    """

    steps: Sequence[Step] = field(default_factory=list)
    trouble: Fact | None = None
    place_lost: bool = False
    confirmed: bool = False

    @property
    def complete(self) -> bool:
        """Whether every value is in the machine, read back."""
        return not self.trouble and all(step.fate is Fate.WRITTEN for step in self.steps)

    def named(self, fate: Fate) -> list[Step]:
        """The steps that ended so."""
        return [step for step in self.steps if step.fate is fate]

    def told(self) -> list[Fact]:
        """What happened: one fact a kind, one a refusal."""
        lines = [self.trouble] if self.trouble else []
        for fate, code in _FATES.items():
            if found := self.named(fate):
                shown = ", ".join(f"{step.name}={show(step.wanted)}" for step in found)
                lines.append(Fact(code, {"values": shown}))
        lines += [
            fact("written-note", name=step.name, note=step.note)
            for step in self.steps
            if step.note
        ]
        if self.place_lost:
            lines.append(fact("written-place-lost"))
        return lines or [fact("nothing-to-write")]

    def text(self) -> str:
        """What happened, in English, a line each."""
        return "\n".join(map(str, self.told()))

    def as_dict(self) -> dict[str, Any]:
        """What was written, ready for JSON: ``complete``, ``place_lost``, ``steps``."""
        shown = ("name", "before", "wanted", "fate")
        steps = [
            {**{key: getattr(step, key) for key in shown}, "note": str(step.note or "")}
            for step in self.steps
        ]
        return {"complete": self.complete, "place_lost": self.place_lost, "steps": steps}


_FATES = {
    Fate.PENDING: "fate-pending",
    Fate.SENT: "fate-sent",
    Fate.WRITTEN: "fate-written",
    Fate.REFUSED: "fate-refused",
    Fate.DIFFERENT: "fate-different",
}


def lies(steps: Sequence[Step], profile: Profile, has: Mapping[str, float]) -> list[Fact]:
    """What some settings would make the machine lie about; see `travel.setting_lie`."""
    found = [
        setting_lie(step.name, step.wanted, profile, has)
        for step in steps
        if isinstance(step.wanted, float)
    ]
    return [lie for lie in found if lie is not None]


def show(value: Value | None) -> str:
    """A value for people."""
    if value is None:
        return "nothing"
    if isinstance(value, str):
        return value or "nothing"
    if isinstance(value, tuple):
        return "(" + ", ".join(words.text(round(each, 3)) for each in value) + ")"
    return words.text(value)


def equal(name: str, one: Value | None, other: Value | None) -> bool:
    """Whether two stored values are the same, as far as the machine can show it."""
    if isinstance(one, float) and isinstance(other, float):
        return words.same(name, one, other)
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(
            abs(a - b) <= OFFSET_MM for a, b in zip(one, other, strict=True)
        )
    return one == other


def write_steps(core: SessionState, report: WriteReport) -> Procedure[None]:
    """Write every step, with the pen up first, and leave the machine in a defined state.

    A refusal is noted and the next step goes on; a value that is not what was sent ends it.
    Where the cable is pulled, the step under way stays `SENT`.
    """
    connection = core.connection
    if core.state is not LinkState.LOCKED:
        yield from routines.pen_up(core)
    yield from ask_again(connection, "$$")
    for step in report.steps:
        if step.idle_only and connection.machine.state == "Alarm":
            yield from moves.unlock(connection)
        settings = dict(connection.machine.settings)
        try:
            yield from _write(core, step, report)
        except Refused as refusal:
            step.fate = Fate.REFUSED
            told = refusal.error
            step.note = fact(
                "written-error",
                number=told.code,
                meaning=told.meaning,
                advice=told.advice,
            )
            continue
        except (LineError, TravelError) as error:
            step.fate, step.note = Fate.REFUSED, error.fact
            continue
        if trouble := _read_back(core, step, settings):
            report.trouble = trouble
            break
    yield from _settle(core, report)


def _write(core: SessionState, step: Step, report: WriteReport) -> Procedure[None]:
    """Send one step and ask for what it changed."""
    step.fate = Fate.SENT
    core.travel.confirmed = frozenset({step.line} if report.confirmed else ())
    try:
        core.travel.check_setting(step.line, core.connection.machine)
        if step.name in words.PLACE_SETTINGS or step.name == "G54":
            report.place_lost, core.travel.referenced = True, False
        yield from core.connection.ask(step.line)
    finally:
        core.travel.confirmed = frozenset()
    yield from ask_again(core.connection, step.question)
    if step.question != "$$":
        yield from ask_again(core.connection, "$$")


def _read_back(core: SessionState, step: Step, before: dict[str, float]) -> Fact | None:
    """Look whether the value is there, and nothing else has changed; what is wrong if not."""
    found = readout(core.connection)
    now = stored_value(found, step.name)
    if not equal(step.name, now, step.wanted):
        step.fate = Fate.DIFFERENT
        step.note = fact("machine-shows", value=show(now))
    else:
        step.fate = Fate.WRITTEN
    others = [
        fact(
            "setting-changed",
            key=key,
            before=words.text(value),
            now=words.text(found.settings.get(key, value)),
        )
        for key, value in before.items()
        if key != step.name and not words.same(key, found.settings.get(key, value), value)
    ]
    if others:
        return fact("writing-changed-others", name=step.name, others=listed(others))
    if step.fate is Fate.DIFFERENT:
        return fact("writing-not-kept", name=step.name, wanted=show(step.wanted))
    return None


def _settle(core: SessionState, report: WriteReport) -> Procedure[None]:
    """A servo that lost its signal gets it back; the state says whether the place is known."""
    yield from core.connection.report()
    touched = {step.name for step in report.steps if step.fate is not Fate.PENDING}
    locked = core.connection.machine.state == "Alarm"
    pen = core.travel.profile.pen
    if pen.refresh and not locked and touched & pen.output_settings:
        # The parser still believes in its last S: said again, it would do nothing.
        yield from core.connection.ask(pen.refresh)
        yield from routines.pen_up(core)
    if report.place_lost:
        core.travel.referenced = False
        core.enter(core.rest_state(), fact("place-settings-changed"))
