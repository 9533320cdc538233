"""What GRBL 1.1 accepts: real-time bytes, and lines that are safe to send."""

from __future__ import annotations

import re
from enum import IntEnum
from typing import Final

from firmware_gcode.gcode.errors import ERROR_WORDS


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
    RAPID_100 = 0x95
    RAPID_50 = 0x96
    RAPID_25 = 0x97
    SPINDLE_STOP = 0x9E

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


class LineError(ValueError):
    """A line that must not be sent; the message says what is wrong with it."""


def line_bytes(text: str) -> bytes:
    """A line as it goes over the wire, with its newline.

    Raises:
        LineError: It is not plain ASCII, holds a comment or one of `?!~`, which GRBL would
            take for a command wherever it stands, or is longer than GRBL's 79 characters.
    """
    if not _PRINTABLE.fullmatch(text):
        raise LineError(f"The line {text!r} holds characters that are not plain ASCII.")
    if bad := set("?!~(;)") & set(text):
        raise LineError(f"The line {text!r} holds {min(bad)!r}, which GRBL would act upon.")
    if len(text) > LONGEST:
        raise LineError(f"The line {text!r} is longer than {LONGEST} characters.")
    return text.encode("ascii") + b"\n"


def writes_eeprom(text: str) -> bool:
    """Whether GRBL stops listening for milliseconds on this line: then it must go alone."""
    return bool(_EEPROM.search(text.replace(" ", "")))


def dwell_seconds(text: str) -> float:
    """How long a `G4` line dwells; 0 for any other line."""
    found = _DWELL.search(text.replace(" ", ""))
    return float(found[1]) if found else 0.0


def number(value: float) -> str:
    """A number as G-code writes it: at most three decimals, no exponent, no trailing zeros."""
    text = f"{value:.3f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def setting(key: str, value: float) -> str:
    """The line that writes a setting, as `$110=500`. It must go alone.

    Raises:
        LineError: The key is not `$` and a number.
    """
    if not re.fullmatch(r"\$\d{1,3}", key):
        raise LineError(f"{key!r} is not one of GRBL's settings.")
    return f"{key}={number(value)}"


def jog(dx: float, dy: float, dz: float = 0.0, *, feed: float) -> str:
    """A relative jog in mm at `feed` mm/min; axes that do not move are left out."""
    axes = "".join(
        f"{axis}{number(way)}" for axis, way in zip("XYZ", (dx, dy, dz), strict=True) if way
    )
    return f"$J=G91G21{axes or 'X0'}F{number(feed)}"


def feed_override(now: int, wanted: int) -> bytes:
    """The real-time bytes that bring the feed override from `now` to `wanted` percent.

    Raises:
        LineError: `wanted` is outside of GRBL's 10 to 200 %.
    """
    if not SLOWEST_FEED <= wanted <= FASTEST_FEED:
        raise LineError(f"The feed override must be {SLOWEST_FEED} to {FASTEST_FEED} percent.")
    from_100 = _steps(wanted - 100)
    direct = _steps(wanted - now)
    return min(RealTime.FEED_100.byte + from_100, direct, key=len)


def _steps(percent: int) -> bytes:
    up = percent > 0
    tens, ones = divmod(abs(percent), 10)
    ten = RealTime.FEED_PLUS_10 if up else RealTime.FEED_MINUS_10
    one = RealTime.FEED_PLUS_1 if up else RealTime.FEED_MINUS_1
    return ten.byte * tens + one.byte * ones


_SEND_AGAIN: Final = (
    "The line may have been damaged on its way: check the cable, then draw again."
)
_SETTING: Final = "Compare the machine's settings ($$) with the profile."
_LOOK: Final = (
    "Look at the machine, free the pen carriage, then home it or set its zero again."
)

ERROR_ADVICE: Final[dict[int, str]] = {
    5: "Set homing to false in the profile, or enable homing in GRBL ($22=1).",
    7: "GRBL restored its default settings: write the machine's own settings to it again.",
    8: "Wait until the machine stands still, then try again.",
    9: "Home the machine, or unlock it and set its zero.",
    10: "Enable homing in GRBL ($22=1), or switch soft limits off ($20=0).",
    13: "Close the door of the machine.",
    15: "Jog a shorter way.",
    17: "Switch laser mode off ($32=0).",
    **dict.fromkeys((3, 4, 6, 12, 14, 16), _SETTING),
}
"""What to do about an error, where it is not the usual damaged line."""

ALARM_WORDS: Final[dict[int, str]] = {
    1: "a limit switch was hit and the machine stopped at once; its position is lost",
    2: "a move would have left the machine's travel",
    3: "the machine was reset while it moved; its position is lost",
    4: "the probe was already closed before probing",
    5: "the probe touched nothing",
    6: "homing was interrupted by a reset",
    7: "homing was interrupted by the safety door",
    8: "homing could not back off from a limit switch",
    9: "homing did not find a limit switch",
}
"""What each alarm number means, in words."""

ALARM_ADVICE: Final[dict[int, str]] = {
    2: "Check where the paper lies and the profile's paper_origin, then home the machine.",
    8: "Check the limit switches and the pull-off distance ($27), then home again.",
    9: "Check the limit switches and the machine's travel ($130, $131), then home again.",
}
"""What to do about an alarm, where it is not the usual look at the machine."""


def error_meaning(code: int) -> str:
    """What `error:code` means."""
    return ERROR_WORDS.get(code, "an error that GRBL 1.1 does not document")


def error_advice(code: int) -> str:
    """What a person can do about `error:code`, a sentence."""
    return ERROR_ADVICE.get(code, _SEND_AGAIN)


def alarm_meaning(code: int) -> str:
    """What `ALARM:code` means."""
    return ALARM_WORDS.get(code, "an alarm that GRBL 1.1 does not document")


def alarm_advice(code: int) -> str:
    """What a person can do about `ALARM:code`, a sentence."""
    return ALARM_ADVICE.get(code, _LOOK)
