"""What GRBL 1.1 accepts: real-time bytes, and lines that are safe to send."""

from __future__ import annotations

import re
from enum import IntEnum

from firmware_gcode.facts import CodedError
from firmware_gcode.gcode.words import number


class RealTime(IntEnum):
    """Bytes that GRBL takes out of the stream wherever they stand (its `config.h`)."""

    RESET = 0x18
    STATUS = ord("?")
    HOLD = ord("!")
    RESUME = ord("~")
    DOOR = 0x84
    JOG_CANCEL = 0x85
    FEED_100 = 0x90
    FEED_PLUS_10 = 0x91
    FEED_MINUS_10 = 0x92
    FEED_PLUS_1 = 0x93
    FEED_MINUS_1 = 0x94

    @property
    def byte(self) -> bytes:
        """The byte to write."""
        return bytes((self.value,))


LONGEST = 79
"""Characters that a line may have (GRBL's LINE_BUFFER_SIZE less one)."""

SLOWEST_FEED, FASTEST_FEED = 10, 200
"""Bounds of GRBL's feed override, percent."""

_PRINTABLE = re.compile(r"[\x20-\x7e]*")
_EEPROM = re.compile(r"^\$(\d+|N\d*|RST|I)=|G10(?!\d)|G28\.1|G30\.1", re.IGNORECASE)
_DWELL = re.compile(r"G0*4(?![\d.]).*?P(\d*\.?\d+)", re.IGNORECASE)


class LineError(CodedError):
    """A line that must not be sent; the fact says what is wrong with it."""


def line_bytes(text: str) -> bytes:
    """A line as it goes over the wire, with its newline.

    Raises:
        LineError: It is not plain ASCII, holds a comment or one of `?!~`, which GRBL would
            take for a command wherever it stands, or is longer than GRBL's 79 characters.
    """
    if not _PRINTABLE.fullmatch(text):
        raise LineError("line-not-ascii", line=text)
    if bad := set("?!~(;)") & set(text):
        raise LineError("line-holds-command", line=text, character=min(bad))
    if len(text) > LONGEST:
        raise LineError("line-too-long", line=text, longest=LONGEST)
    return text.encode("ascii") + b"\n"


def writes_eeprom(text: str) -> bool:
    """Whether GRBL stops listening for milliseconds on this line: then it must go alone."""
    return bool(_EEPROM.search(text.replace(" ", "")))


def dwell_seconds(text: str) -> float:
    """How long a `G4` line dwells; 0 for any other line."""
    found = _DWELL.search(text.replace(" ", ""))
    return float(found[1]) if found else 0.0


def setting(key: str, value: float) -> str:
    """The line that writes a setting, as `$110=500`. It must go alone.

    Raises:
        LineError: The key is not `$` and a number.
    """
    if not re.fullmatch(r"\$\d{1,3}", key):
        raise LineError("no-such-setting", key=key)
    return f"{key}={number(value)}"


def jog(dx: float, dy: float, dz: float = 0.0, *, feed: float) -> str:
    """A relative jog in mm at `feed` mm/min; axes that do not move are left out."""
    axes = "".join(
        f"{axis}{number(way)}" for axis, way in zip("XYZ", (dx, dy, dz), strict=True) if way
    )
    return f"$J=G91G21{axes or 'X0'}F{number(feed)}"


def check_feed_override(percent: int) -> None:
    """Refuse (LineError) a feed override outside of GRBL's 10 to 200 %."""
    if not SLOWEST_FEED <= percent <= FASTEST_FEED:
        raise LineError("override-range", low=SLOWEST_FEED, high=FASTEST_FEED)


def feed_step(now: int, wanted: int) -> bytes:
    """The next real-time bytes on the way from one feed override to another, both percent.

    GRBL keeps one flag for each of these bytes until its main loop comes round: two of a kind
    would count once. So at most one step of ten and one of one are taken, and the next after
    a report has shown them.
    """
    if now == wanted:
        return b""
    if wanted == 100:
        return RealTime.FEED_100.byte
    tens, ones = divmod(abs(wanted - now), 10)
    up = wanted > now
    ten = RealTime.FEED_PLUS_10 if up else RealTime.FEED_MINUS_10
    one = RealTime.FEED_PLUS_1 if up else RealTime.FEED_MINUS_1
    return (ten.byte if tens else b"") + (one.byte if ones else b"")
