"""GRBL 0.9j, which catplotter names and does not draw with.

Facts are those of its wiki (github.com/grbl/grbl/wiki: "Interfacing with Grbl", "Configuring
Grbl v0.9"): reports have commas where 1.1 has bars, errors and alarms are sentences, and there
is no jog that can be cancelled, so a machine cannot be set up with it as with 1.1.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from firmware_gcode.grbl.dialects.dialect import Dialect
from firmware_gcode.grbl.dialects.speech import Report, Speech

_ERRORS = {
    1: "Expected command letter",
    2: "Bad number format",
    3: "Invalid statement",
    4: "Value < 0",
    5: "Setting disabled",
    6: "Value < 3 usec",
    7: "EEPROM read fail. Using defaults",
    8: "Not idle",
    9: "Alarm lock",
    10: "Homing not enabled",
    11: "Line overflow",
    20: "Unsupported command",
    21: "Modal group violation",
    22: "Undefined feed rate",
}
_ALARMS = {1: "Hard limit", 2: "Soft limit", 3: "Abort during cycle", 4: "Probe fail"}
_WORDS = {
    0: "step pulse, usec", 1: "step idle delay, msec", 2: "step port invert mask",
    3: "dir port invert mask", 4: "step enable invert, bool", 5: "limit pins invert, bool",
    6: "probe pin invert, bool", 10: "status report mask", 11: "junction deviation, mm",
    12: "arc tolerance, mm", 13: "report inches, bool", 20: "soft limits, bool",
    21: "hard limits, bool", 22: "homing cycle, bool", 23: "homing dir invert mask",
    24: "homing feed, mm/min", 25: "homing seek, mm/min", 26: "homing debounce, msec",
    27: "homing pull-off, mm", 100: "x, step/mm", 101: "y, step/mm", 102: "z, step/mm",
    110: "x max rate, mm/min", 111: "y max rate, mm/min", 112: "z max rate, mm/min",
    120: "x accel, mm/sec^2", 121: "y accel, mm/sec^2", 122: "z accel, mm/sec^2",
    130: "x max travel, mm", 131: "y max travel, mm", 132: "z max travel, mm",
}  # fmt: skip


@dataclass(frozen=True)
class OldSpeech(Speech):
    """The words of GRBL 0.9j."""

    def alarm(self, number: int) -> str:
        """An alarm is told in words."""
        return f"ALARM: {_ALARMS.get(number, _ALARMS[3])}"

    def refusal(self, number: int) -> str:
        """So is what is wrong with a line."""
        return f"error: {_ERRORS.get(number, f'Invalid gcode ID:{number}')}"

    def setting(self, number: int, value: str) -> str:
        """A setting is explained."""
        return f"${number}={value} ({_WORDS[number]})"

    def status(self, report: Report) -> str:
        """Both positions, with commas between, and nothing else (`$10=3`)."""
        state = report.state.partition(":")[0]
        return f"<{state},MPos:{report.machine},WPos:{report.work}>"


GRBL_09 = Dialect(
    name="GRBL 0.9",
    key="grbl-0.9",
    banner=re.compile(r"Grbl (0\.\d[\w.]*)"),
    versions=(),
    speech=OldSpeech(
        version="0.9j.20160317",
        banner="Grbl 0.9j ['$' for help]",
        help="$$ (view Grbl settings)",
        identity=("[{version}:{label}]",),
        message="[{text}]",
        modes="[{text}]",
        ran="{answer}",
        refused=("$J", "$SLP"),
        hidden=frozenset({30, 31, 32}),
    ),
)
