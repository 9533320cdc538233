"""Which GRBL builds drive a servo, and what the machine's own words say about its build.

Stock GRBL 1.1 makes 0.98 kHz on its spindle pin (prescaler 1/64 of timer 2, `cpu_map.h`,
`SPINDLE_TCCRB_INIT_MASK`; quoted in github.com/gnea/grbl/issues/1187). A hobby servo wants
about 50 Hz; a prescaler of 1/1024 makes 16 MHz / 1024 / 256 = 61 Hz
(github.com/grbl/grbl/pull/991). `$I` does not say which one was compiled, but:

- the builds in svenhb/GRBL-Plotter (`Firmware/hex_files/README.md`) name their configuration
  in the version, as `1.1h.G_240107`: A, E, I are stock; B, C, F, G, J, K drive a servo;
- any build keeps a text of one's own, stored with `$I=` (`catplotter machine label`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from firmware_gcode.program.pen import Pen, ServoPen
from firmware_gcode.setup.readout import Readout

SERVO_LABEL = "servo"
"""The word that marks a board whose build drives a servo."""
_HEX_BUILDS = re.compile(r"1\.1[a-z]\.([A-Z])_\d+")
_HEX_SERVO, _HEX_STOCK = frozenset("BCFGJK"), frozenset("AEI")
_STOCK = re.compile(r"1\.1[a-h]\.20\d{6}")
_ADVICE = (
    "If it is a build for servos, mark the board: `catplotter machine label servo`. If not, "
    "flash one that is (firmware_gcode/WIRING.md says which)."
)


class Drive(StrEnum):
    """What is known of a build's spindle output."""

    SERVO = "drives a servo"
    STOCK = "stock, 0.98 kHz"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class ServoCheck:
    """Whether the build suits the profile's pen.

    Attributes:
        drive: What the build's own words say.
        warning: A sentence; empty where nothing is wrong.
    """

    drive: Drive
    warning: str


def drive_of(found: Readout) -> Drive:
    """What `$I` tells of the spindle output."""
    if build := _HEX_BUILDS.fullmatch(found.version):
        if build[1] in _HEX_SERVO:
            return Drive.SERVO
        if build[1] in _HEX_STOCK:
            return Drive.STOCK
    if SERVO_LABEL in found.label.lower() or SERVO_LABEL in found.version.lower():
        return Drive.SERVO
    return Drive.STOCK if _STOCK.fullmatch(found.version) else Drive.UNKNOWN


def check_servo(pen: Pen, found: Readout) -> ServoCheck:
    """Compares the profile's pen with the machine's build.

    A profile whose pen names a `build` wants that word in the answer to `$I`.
    """
    drive = drive_of(found)
    if not isinstance(pen, ServoPen):
        return ServoCheck(drive, "")
    said = f"[VER:{found.version}:{found.label}]"
    if pen.build:
        if pen.build.lower() in said.lower():
            return ServoCheck(Drive.SERVO, "")
        return ServoCheck(
            drive,
            f"The profile wants a build that says {pen.build!r} in its answer to $I; this one "
            f"says {said}. {_ADVICE}",
        )
    if drive is Drive.SERVO:
        return ServoCheck(drive, "")
    if drive is Drive.STOCK:
        return ServoCheck(
            drive,
            f"The profile has a servo, but {said} reads like stock GRBL, whose spindle "
            f"output of 0.98 kHz no servo understands. {_ADVICE}",
        )
    return ServoCheck(
        drive, f"Nothing in {said} says whether this build drives a servo. {_ADVICE}"
    )
