"""What a firmware of the GRBL family says of itself, so that nobody else asks its name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from firmware_gcode.facts import Fact, fact
from firmware_gcode.grbl.dialects.speech import Speech
from firmware_gcode.grbl.protocol import Banner, Options, Reply, parse


@dataclass(frozen=True)
class Dialect:
    """A firmware of the GRBL family.

    Attributes:
        key: The word for it in commands and tests.
        banner: Matches the line with which it announces itself after a start; group 1 is its
            version. Noise may stand before it: a boot loader's, or half a line.
        versions: What the versions begin with for which catplotter is made; empty for none.
        sign: Matches a line of its answer to `$I` that no other firmware gives.
        asked: Questions asked at a connect, in this order; `$$` and `$#` must be among them.
        stored: Questions whose answers are all that it keeps over a power-off.
        buffer: Bytes of its receive buffer, where it does not say so itself.
        spare: How many bytes fewer than it says its receive buffer holds.
        lacks: Settings that it has not, although GRBL 1.1 has them.
        others: Settings whose number is GRBL 1.1's and whose meaning is not: left alone.
        bits: Settings of which only these bits are GRBL 1.1's.
        elsewhere: Where it keeps what GRBL 1.1 keeps in a setting, by setting.
        speech: How it words what it says.
    """

    name: str
    banner: re.Pattern[str]
    versions: tuple[str, ...]
    key: str = ""
    sign: re.Pattern[str] | None = None
    asked: tuple[str, ...] = ("$I", "$$", "$#", "$G")
    stored: tuple[str, ...] = ("$I", "$$", "$#", "$N")
    buffer: int = 128
    spare: int = 0
    lacks: frozenset[str] = frozenset()
    others: frozenset[str] = frozenset()
    bits: Mapping[str, int] = field(default_factory=dict)
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    speech: Speech = field(default_factory=Speech)

    def announced(self, line: str) -> bool:
        """Whether a line tells that this is the firmware: its banner, or its sign."""
        if self.sign is not None and self.sign.search(line):
            return True
        return self.banner.search(line) is not None

    def parse(self, line: str) -> Reply:
        """One line of the machine's; a dialect whose reports differ overrides this."""
        found = self.banner.search(line)
        return Banner(found[1]) if found else parse(line)

    def buffer_of(self, options: Options | None) -> int:
        """Bytes of the receive buffer, by its answer to `$I`."""
        said = options.receive_bytes - self.spare if options is not None else 0
        return said if said > 0 else self.buffer

    def has(self, key: str) -> bool:
        """Whether it has one of GRBL 1.1's settings."""
        return key not in self.lacks

    def warning(self, version: str) -> Fact | None:
        """What to know of a version; None where it is one that catplotter is made for."""
        if version.startswith(self.versions):
            return None
        return fact("grbl-version-odd", version=version)
