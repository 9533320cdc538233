"""How a firmware of the GRBL family words what it says, for whoever plays the machine.

The words are GRBL 1.1h's; a dialect overrides those that it says otherwise. Nothing here knows
of motors or time: values go in, lines come out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

Extra: TypeAlias = float | str
"""A setting that GRBL 1.1h has not: a number, or a text."""

RING_BYTES = 128
"""The receive buffer of GRBL on an ATmega328P."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a status report can tell, printed already.

    Attributes:
        state: GRBL's word, with its substate.
        machine: Machine position, as ``1.000,2.000,3.000``.
        work: Work position, likewise.
        mask: The value of `$10`.
        blocks: Free planner blocks.
        bytes_free: Free bytes of the receive buffer.
        feed: Speed now.
        spindle: Spindle value now.
        pins: Letters of the inputs that are active.
        offset: Work coordinate offset, where it is due.
        overrides: ``100,100,100`` where they are due.
        accessories: Letters of what is switched on, likewise.
    """

    state: str
    machine: str
    work: str
    mask: int
    blocks: int
    bytes_free: int
    feed: str
    spindle: str
    pins: str = ""
    offset: str = ""
    overrides: str = ""
    accessories: str = ""


@dataclass(frozen=True)
class Speech:
    """The words of GRBL 1.1h.

    Attributes:
        version: The version of `$I`.
        banner: What is said after every reset.
        boot: Lines that are said before the banner when the power comes.
        axes: How many coordinates it counts; words for others are refused.
        receive_bytes: Bytes of the receive buffer.
        deaf_writes: Whether storing a value keeps the interrupts off, so that bytes are lost.
        refused: Beginnings of `$` lines that it does not know.
        hidden: Settings of GRBL 1.1h that it has not.
        extras: Settings that GRBL 1.1h has not, or means otherwise, as delivered.
        paths: Settings that can be written by a name until the next start, without slashes.
        trims_jogs: Whether a jog that would leave the travel is cut short and not refused.
        help: The answer to `$`.
        identity: The answer to `$I`, of `version`, the owner's `label`, the planner's
            `blocks`, the receive buffer's `size` and the number of `axes`.
        message: A feedback message, of its `text`.
        modes: The answer to `$G`, of its `text`.
        ran: What is said of a start-up `line` that has run, with its `answer`.
    """

    version: str = "1.1h.20190830"
    banner: str = "Grbl 1.1h ['$' for help]"
    boot: tuple[str, ...] = ()
    axes: int = 3
    receive_bytes: int = RING_BYTES
    deaf_writes: bool = True
    refused: tuple[str, ...] = ()
    hidden: frozenset[int] = frozenset()
    extras: Mapping[int, Extra] = field(default_factory=dict)
    paths: Mapping[str, int] = field(default_factory=dict)
    trims_jogs: bool = False
    help: str = "[HLP:$$ $# $G $I $N $x=val $Nx=line $J=line $SLP $C $X $H ~ ! ? ctrl-x]"
    identity: tuple[str, ...] = ("[VER:{version}:{label}]", "[OPT:V,{blocks},{size}]")
    message: str = "[MSG:{text}]"
    modes: str = "[GC:{text}]"
    ran: str = ">{line}:{answer}"

    def knows(self, line: str) -> bool:
        """Whether a `$` line is one of its commands."""
        return not line.startswith(self.refused) if self.refused else True

    def writes(self, number: int) -> bool:
        """Whether a setting can be written."""
        return number not in self.hidden

    def alarm(self, number: int) -> str:
        """The line that tells of an alarm."""
        return f"ALARM:{number}"

    def refusal(self, number: int) -> str:
        """The answer to a line that is refused."""
        return f"error:{number}"

    def build_info(self, label: str, blocks: int) -> list[str]:
        """The answer to `$I`; `blocks` is the planner's room."""
        told = {"version": self.version, "label": label, "blocks": blocks}
        told |= {"size": self.receive_bytes, "axes": self.axes}
        return [line.format_map(told) for line in self.identity]

    def place(self, values: Sequence[str]) -> str:
        """Coordinates, those of the axes that it has."""
        return ",".join(values[: self.axes])

    def setting(self, number: int, value: str) -> str:
        """One line of the answer to `$$`."""
        return f"${number}={value}"

    def settings(self, values: Iterable[tuple[int, str]]) -> Iterator[str]:
        """The answer to `$$`, of GRBL 1.1h's settings and its own, by number."""
        shown = {number: text for number, text in values if number not in self.hidden}
        return (self.setting(number, text) for number, text in sorted(shown.items()))

    def status(self, report: Report) -> str:
        """A status report."""
        known = ("MPos", report.machine) if report.mask & 1 else ("WPos", report.work)
        fields = [report.state, ":".join(known)]
        if report.mask & 2:
            fields.append(f"Bf:{report.blocks},{report.bytes_free}")
        fields.append(f"FS:{report.feed},{report.spindle}")
        rest = (("Pn", report.pins), ("WCO", report.offset), ("Ov", report.overrides))
        fields += [f"{name}:{text}" for name, text in rest if text]
        if report.overrides and report.accessories:
            fields.append(f"A:{report.accessories}")
        return f"<{'|'.join(fields)}>"
