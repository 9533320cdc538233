"""What sits at a port and does not speak GRBL, told by what it says."""

from __future__ import annotations

import re

from firmware_gcode.facts import Fact, fact

LONGEST = 40
"""Characters of a strange line that are told."""

SPEECH: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "thing-marlin",
        re.compile(r"Marlin|^echo:|^Error:(?:Printer|checksum|Line|No )|^ok (?:T|N\d|P\d)"),
    ),
    ("thing-repetier", re.compile(r"Repetier|^FIRMWARE_NAME", re.IGNORECASE)),
    ("thing-smoothie", re.compile(r"^Smoothie|^Build version:")),
    ("thing-gps", re.compile(r"^\$(?:G[PNLAB]|BD)[A-Z]{3},")),
    ("thing-modem", re.compile(r"^(?:OK|ERROR|\+C[A-Z]{2,}|RING|NO CARRIER)$")),
    ("thing-esp", re.compile(r"^(?:ets [A-Z][a-z]{2} |rst:0x|ESP-ROM:|entry 0x)")),
    ("thing-python", re.compile(r"^>>>|MicroPython|CircuitPython")),
    ("thing-login", re.compile(r"login:\s*$")),
)
"""Lines by which a thing gives itself away: Marlin's, NMEA 0183, V.250, ROM banners."""


def stranger(port: str, said: str) -> Fact:
    """What is at a port, by the last line that it said."""
    shown = said[:LONGEST]
    for thing, speech in SPEECH:
        if speech.search(said):
            return fact("port-speaks-other", port=port, what=fact(thing), said=shown)
    return fact("port-speaks-no-grbl", port=port, said=shown)
