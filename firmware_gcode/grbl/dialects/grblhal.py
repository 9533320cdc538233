"""grblHAL: GRBL 1.1's protocol on larger processors, with more of everything.

Facts are those of its wiki (github.com/grblHAL/core/wiki: "Report extensions", "Additional or
extended settings"): `$10` is a mask of its own, several on/off settings are masks whose lowest
bit is GRBL's, texts are settings too (passwords are shown as stars), `$I` goes on after GRBL's
two lines, and the ring behind ``1024`` holds a byte less.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from firmware_gcode.grbl.dialects.dialect import Dialect
from firmware_gcode.grbl.dialects.speech import Extra, Report, Speech
from firmware_gcode.grbl.protocol import Reply, TextSetting

MPOS, BUFFER, _LINE, FEED, PINS, OFFSET, OVERRIDES = (1 << bit for bit in range(7))
"""The lowest bits of its `$10`."""


@dataclass(frozen=True)
class HalSpeech(Speech):
    """The words of grblHAL."""

    def status(self, report: Report) -> str:
        """A status report with the fields that its mask names."""
        mask = report.mask
        known = ("MPos", report.machine) if mask & MPOS else ("WPos", report.work)
        fields = [report.state, ":".join(known)]
        if mask & BUFFER:
            fields.append(f"Bf:{report.blocks},{report.bytes_free}")
        if mask & FEED:
            fields.append(f"FS:{report.feed},{report.spindle}")
        rest = (
            (PINS, "Pn", report.pins),
            (OFFSET, "WCO", report.offset),
            (OVERRIDES, "Ov", report.overrides),
        )
        fields += [f"{name}:{text}" for bit, name, text in rest if text and mask & bit]
        if mask & OVERRIDES and report.overrides and report.accessories:
            fields.append(f"A:{report.accessories}")
        return f"<{'|'.join(fields)}>"


_OWN: dict[int, Extra] = {
    10: 511.0, 28: 0.1, 33: 5000.0, 39: 1.0, 62: 0.0, 63: 3.0, 64: 0.0, 65: 0.0, 70: 11.0,
    74: "plotter", 76: "", 75: "********", 341: 0.0, 384: 0.0, 481: 0.0,
}  # fmt: skip
"""Some of its own settings, as delivered."""

_EMPTY = re.compile(r"\$(\d{1,3})=")


@dataclass(frozen=True)
class HalDialect(Dialect):
    """grblHAL as it is met: a text among its settings may be empty."""

    def parse(self, line: str) -> Reply:
        """One line of the machine's."""
        if found := _EMPTY.fullmatch(line.strip()):
            return TextSetting(f"${found[1]}", "")
        return super().parse(line)


GRBLHAL = HalDialect(
    name="grblHAL",
    key="grblhal",
    banner=re.compile(r"GrblHAL (\d[\w.]*)[^\[]*\["),
    sign=re.compile(r"\[FIRMWARE:grblHAL\]"),
    versions=("1.1",),
    spare=1,
    wide=True,
    others=frozenset({"$4", "$5", "$6", "$10"}),
    bits=dict.fromkeys(("$20", "$21", "$22"), 1),
    speech=HalSpeech(
        version="1.1f.20240222",
        banner="GrblHAL 1.1f ['$' or '$HELP' for help]",
        receive_bytes=1023,
        deaf_writes=False,
        help="[HLP:$$ $# $G $I $N $x=val $Nx=line $J=line $SLP $C $X $H $B ~ ! ? ctrl-x]",
        identity=(
            "[VER:{version}:{label}]",
            "[OPT:VNMSL,{blocks},1024,{axes},0]",
            "[AXS:{axes}:XYZ]",
            "[NEWOPT:ENUMS,RT+,TC,SED]",
            "[FIRMWARE:grblHAL]",
            "[NVS STORAGE:*FLASH]",
            "[DRIVER:Simulated]",
            "[AUX IO:0,0,0,0]",
        ),
        extras=dict(_OWN),
    ),
)
