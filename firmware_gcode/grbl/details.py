"""What a person who looks after a machine wants to know beyond the link's state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from firmware_gcode.grbl.core import Core
from firmware_gcode.grbl.protocol import Triple

INCH_MM = 25.4


@dataclass(frozen=True, slots=True)
class Details:
    """A machine as its last reports and answers show it; nothing is asked for it.

    Attributes:
        port: What its port is called; "" before one was opened.
        grbl: GRBL's own word for its state, such as "Idle"; "" before the first report.
        work: Position in work coordinates, mm, as the machine counts; None if not reported.
        machine: Position in machine coordinates, mm, likewise.
        feed: Speed now, mm/min.
        pins: Letters of the inputs that are active, as in `Status.pins`.
        version: The firmware's version, as "1.1h.20190830"; "" if it was not read.
        label: The text that somebody stored in the board.
        options: The option letters of the build.
        buffer: Bytes of the receive buffer.
        settings: `$$` as last read.
        referenced: Whether the position is known.
        pen_may_be_down: Whether the pen could be on the paper.
        busy: Whether something is being done besides drawing: a move, a conversation.
    """

    port: str = ""
    grbl: str = ""
    work: Triple | None = None
    machine: Triple | None = None
    feed: float | None = None
    pins: str = ""
    version: str = ""
    label: str = ""
    options: str = ""
    buffer: int = 0
    settings: Mapping[str, float] = field(default_factory=dict)
    referenced: bool = False
    pen_may_be_down: bool = False
    busy: bool = False


def details_of(core: Core) -> Details:
    """The details of a session's machine, copied."""
    view = core.talk.view
    status, version, options = view.status, view.version, view.options
    unit = INCH_MM if view.settings.get("$13") == 1.0 else 1.0
    place = status.mpos if status is not None else None
    machine = None if place is None else (place[0] * unit, place[1] * unit, place[2] * unit)
    return Details(
        port=core.port,
        grbl=view.state,
        work=view.position,
        machine=machine,
        feed=status.feed if status is not None else None,
        pins=status.pins if status is not None else "",
        version=version.version if version else "",
        label=version.name if version else "",
        options=options.letters if options else "",
        buffer=options.receive_bytes if options else 0,
        settings=dict(view.settings),
        referenced=core.referenced,
        pen_may_be_down=core.pen_may_be_down,
        busy=core.runner.busy,
    )
