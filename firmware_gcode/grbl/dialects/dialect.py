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
        sign: Matches a line of its answer to `$I` that no other firmware gives; grblHAL can be
            built to greet as GRBL 1.1, and FluidNC's banner is a setting.
        asked: Questions asked at a connect, in this order; `$$` and `$#` must be among them.
        stored: Questions whose answers are all that it keeps over a power-off.
        buffer: Bytes of its receive buffer, where it does not say so itself.
        spare: How many bytes fewer than it says its receive buffer holds.
        wide: Whether its whole numbers may be larger than the byte in which GRBL keeps them.
        lacks: Settings that it has not, although GRBL 1.1 has them.
        others: Settings whose number is GRBL 1.1's and whose meaning is not: left alone.
        bits: Settings of which only these bits are GRBL 1.1's.
        elsewhere: Where it keeps what GRBL 1.1 keeps in a setting, by setting.
        unlimited: The lines that switch the soft limits of Z off and on again.
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
    wide: bool = False
    lacks: frozenset[str] = frozenset()
    others: frozenset[str] = frozenset()
    bits: Mapping[str, int] = field(default_factory=dict)
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    unlimited: tuple[str, str] = ("$20=0", "$20=1")
    speech: Speech = field(default_factory=Speech)

    def announced(self, line: str) -> bool:
        """Whether a line is the banner of this firmware."""
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
        """Whether it has one of GRBL 1.1's settings, with GRBL 1.1's meaning."""
        return key not in self.lacks | self.others

    @property
    def known(self) -> bool:
        """Whether catplotter draws with it at all."""
        return bool(self.versions)

    def wanted(
        self, settings: Mapping[str, float], has: Mapping[str, float]
    ) -> dict[str, float]:
        """What a profile's settings are here, without those that are none of its own.

        Of a setting that is a mask here, the bits that are not GRBL 1.1's stay as they are.
        """
        found = {
            key: value
            for key, value in settings.items()
            if self.has(key) and (key in has or key not in self.elsewhere)
        }
        for key, bits in self.bits.items():
            if key in found and key in has:
                found[key] = float((int(has[key]) & ~bits) | (int(found[key]) & bits))
        return found

    def left_out(self, settings: Mapping[str, float], has: Mapping[str, float]) -> list[Fact]:
        """What a profile says that cannot be compared or written here, in its own terms."""
        found = []
        if others := [key for key in settings if key in self.others and key in has]:
            about = {"firmware": self.name, "keys": ", ".join(others)}
            found.append(Fact("setting-means-other", about))
        filed = {
            key: value
            for key, value in settings.items()
            if key in self.elsewhere and has.get(key) != value
        }
        if filed:
            found.append(self.in_file(filed))
        return found

    def in_file(self, settings: Mapping[str, float]) -> Fact:
        """Where its own file has what GRBL 1.1 keeps in settings, and what it should say."""
        lines = (
            f"{self.elsewhere[key]}: {value:g} ({key})" for key, value in settings.items()
        )
        return fact("setting-in-file", firmware=self.name, values=", ".join(lines))

    def warning(self, version: str) -> Fact | None:
        """What to know of a version; None where it is one that catplotter is made for."""
        if not version or version.startswith(self.versions):
            return None
        return fact("grbl-version-odd", version=version)
