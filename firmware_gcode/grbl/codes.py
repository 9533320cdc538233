"""GRBL 1.1's error and alarm numbers: what they mean and what a person can do.

The numbers are those of GRBL's `doc/csv/error_codes_en_US.csv` and `alarm_codes_en_US.csv`.
"""

from __future__ import annotations

from typing import Final

from firmware_gcode.gcode.errors import ERROR_WORDS

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
