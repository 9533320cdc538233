"""Everything that a machine keeps in its EEPROM, read in one go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from firmware_gcode.facts import fact
from firmware_gcode.grbl.connection import Connection, Procedure, Refused, Unanswered
from firmware_gcode.grbl.dialects.dialect import Dialect
from firmware_gcode.grbl.dialects.stock import STOCK
from firmware_gcode.grbl.moves import NEEDED
from firmware_gcode.grbl.session_state import SessionState
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
        texts: Those of them that are no numbers, as "$74": "attic".
        axes: How many axes it has.
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
    texts: Mapping[str, str] = field(default_factory=dict)
    axes: int = 3

    @property
    def firmware(self) -> dict[str, str | int]:
        """What firmware it is, ready for JSON."""
        names = ("version", "label", "options", "buffer")
        return {name: getattr(self, name) for name in names}


def read_machine(core: SessionState, found: list[Readout]) -> Procedure[None]:
    """Read everything, each answer until two readings agree, and append it to `found`."""
    for question in core.connection.dialect.stored:
        try:
            yield from ask_again(core.connection, question)
        except Refused:
            if question in NEEDED:
                raise
    found.append(readout(core.connection))


def readout(connection: Connection) -> Readout:
    """What the last answers said."""
    reported = connection.machine
    inch = INCH_MM if reported.settings.get("$13") == 1.0 else 1.0
    offsets = {
        name: tuple(value * inch for value in reported.parameters[name])
        for name in STORED
        if name in reported.parameters
    }
    version, options = reported.version, reported.options
    return Readout(
        settings=dict(reported.settings),
        offsets=offsets,
        startup=dict(reported.startup),
        version=version.version if version else "",
        label=version.name if version else "",
        options=options.letters if options else "",
        buffer=options.receive_bytes if options else 0,
        dialect=connection.dialect,
        texts=dict(reported.texts),
        axes=reported.axes or 3,
    )


def ask_again(connection: Connection, question: str) -> Procedure[None]:
    """Ask one of `$$`, `$#`, `$N`, `$I` anew, until two answers in a row are the same.

    Raises:
        Unanswered: They never agree: the line is too bad to trust.
    """
    reported = connection.machine
    tables: dict[str, list[dict[Any, Any]]] = {
        "$$": [reported.settings, reported.texts],
        "$#": [reported.parameters],
        "$N": [reported.startup],
    }
    before: object = None
    for _ in range(READINGS):
        reported_in = tables.get(question)
        if reported_in is None:
            reported.version, reported.options = None, None
        for table in reported_in or ():
            table.clear()
        yield from connection.ask(question)
        now: object = (
            (reported.version, reported.options)
            if reported_in is None
            else [dict(table) for table in reported_in if table]
        )
        if now and now == before:
            return
        before = now
    raise Unanswered(fact("await-equal-answers", line=question))


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
        return found.texts.get(name, found.settings.get(name))
    if name in STORED:
        return found.offsets.get(name)
    raise SetupError("nothing-stored-so", name=name)
