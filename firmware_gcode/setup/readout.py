"""Everything that a machine keeps in its EEPROM, read in one go."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from firmware_gcode.facts import fact
from firmware_gcode.grbl.connection import Procedure, Talk, Unanswered
from firmware_gcode.grbl.core import Core
from firmware_gcode.grbl.dialects.dialect import Dialect
from firmware_gcode.grbl.dialects.stock import STOCK
from firmware_gcode.setup.files import SetupError

READINGS = 5
"""How often an answer is asked for until two in a row agree; GRBL sends no checksum."""
STORED = ("G54", "G55", "G56", "G57", "G58", "G59", "G28", "G30")
"""The positions of `$#` that are in the EEPROM."""
INCH_MM = 25.4

Value = float | str | tuple[float, ...]
"""A setting, a line of text, or a stored position in mm."""


@dataclass(frozen=True)
class Readout:
    """A machine's stored state.

    Attributes:
        settings: `$$`, as "$110": 500.0.
        offsets: `$#`, the stored positions, mm.
        startup: `$N`, the start-up lines by number.
        version: The firmware's version of `$I`, as "1.1h.20190830".
        label: The text that somebody stored with `$I=`.
        options: The option letters of `$I`.
        buffer: Bytes of the receive buffer, of `$I`.
        dialect: What firmware it is.
    """

    settings: Mapping[str, float]
    offsets: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    startup: Mapping[int, str] = field(default_factory=dict)
    version: str = ""
    label: str = ""
    options: str = ""
    buffer: int = 0
    dialect: Dialect = STOCK


def read_machine(core: Core, found: list[Readout]) -> Procedure[None]:
    """Reads everything, each answer until two readings agree, and appends it to `found`."""
    for question in core.talk.dialect.stored:
        yield from ask_again(core.talk, question)
    found.append(readout(core.talk))


def readout(talk: Talk) -> Readout:
    """What the last answers said."""
    view = talk.view
    inch = INCH_MM if view.settings.get("$13") == 1.0 else 1.0
    offsets = {
        name: tuple(value * inch for value in view.parameters[name])
        for name in STORED
        if name in view.parameters
    }
    version, options = view.version, view.options
    return Readout(
        settings=dict(view.settings),
        offsets=offsets,
        startup=dict(view.startup),
        version=version.version if version else "",
        label=version.name if version else "",
        options=options.letters if options else "",
        buffer=options.receive_bytes if options else 0,
        dialect=talk.dialect,
    )


def ask_again(talk: Talk, question: str) -> Procedure[None]:
    """Asks one of `$$`, `$#`, `$N`, `$I` anew, until two answers agree."""
    view = talk.view
    answers: dict[str, Callable[[], object]] = {
        "$$": lambda: dict(view.settings),
        "$#": lambda: dict(view.parameters),
        "$N": lambda: dict(view.startup),
        "$I": lambda: (view.version, view.options),
    }
    yield from _twice(talk, question, answers[question])


def _twice(talk: Talk, question: str, answer: Callable[[], object]) -> Procedure[None]:
    """Asks until two answers in a row are the same and not empty.

    Raises:
        Unanswered: They never agree: the line is too bad to trust.
    """
    before: object = None
    for _ in range(READINGS):
        _forget(talk, question)
        yield from talk.ask(question)
        now = answer()
        if now and now == before:
            return
        before = now
    raise Unanswered(fact("await-equal-answers", line=question))


def _forget(talk: Talk, question: str) -> None:
    view = talk.view
    match question:
        case "$$":
            view.settings.clear()
        case "$#":
            view.parameters.clear()
        case "$N":
            view.startup.clear()
        case _:
            view.version = None


def stored_value(found: Readout, name: str) -> Value | None:
    """One stored value by its name: "$110", "G54", "$N0" or "$I".

    Raises:
        SetupError: There is nothing of that name.
    """
    if name == "$I":
        return found.label
    if name.startswith("$N"):
        return found.startup.get(int(name[2:]))
    if name.startswith("$"):
        return found.settings.get(name)
    if name in STORED:
        return found.offsets.get(name)
    raise SetupError("nothing-stored-so", name=name)
