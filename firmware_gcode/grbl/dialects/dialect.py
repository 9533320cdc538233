"""What a firmware of the GRBL family says of itself, so that nobody else asks its name."""

from __future__ import annotations

import re
from dataclasses import dataclass

from firmware_gcode.facts import Fact, fact
from firmware_gcode.grbl.protocol import Banner, Options, Reply, parse


@dataclass(frozen=True)
class Dialect:
    """A firmware of the GRBL family.

    Attributes:
        banner: Matches the line with which it announces itself after a start; group 1 is its
            version. Noise may stand before it: a boot loader's, or half a line.
        versions: What the versions begin with for which catplotter is made.
        asked: Questions asked at a connect, in this order; `$$` and `$#` must be among them.
        stored: Questions whose answers are all that it keeps over a power-off.
        buffer: Bytes of its receive buffer, where it does not say so itself.
        lacks: Settings that it has not, although GRBL 1.1 has them.
    """

    name: str
    banner: re.Pattern[str]
    versions: tuple[str, ...]
    asked: tuple[str, ...] = ("$I", "$$", "$#", "$G")
    stored: tuple[str, ...] = ("$I", "$$", "$#", "$N")
    buffer: int = 128
    lacks: frozenset[str] = frozenset()

    def announced(self, line: str) -> bool:
        """Whether a line is the banner of this firmware."""
        return self.banner.search(line) is not None

    def parse(self, line: str) -> Reply:
        """One line of the machine's; a dialect whose reports differ overrides this."""
        found = self.banner.search(line)
        return Banner(found[1]) if found else parse(line)

    def buffer_of(self, options: Options | None) -> int:
        """Bytes of the receive buffer, by its answer to `$I`."""
        said = options.receive_bytes if options is not None else 0
        return said if said > 0 else self.buffer

    def has(self, key: str) -> bool:
        """Whether it has one of GRBL 1.1's settings."""
        return key not in self.lacks

    def warning(self, version: str) -> Fact | None:
        """What to know of a version; None where it is one that catplotter is made for."""
        if version.startswith(self.versions):
            return None
        return fact("grbl-version-odd", version=version)
