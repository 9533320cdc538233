"""GRBL 1.1's settings in words, with their units.

Numbers and units are those of GRBL's documentation (`doc/csv/setting_codes_en_US.csv` and
`doc/markdown/settings.md`).
"""

from __future__ import annotations

from typing import Final

_AXES: Final = ("x", "y", "z")

_WORDS: dict[str, tuple[str, str]] = {
    "$0": ("length of a step pulse", "µs"),
    "$1": ("delay before the motors are switched off, 255: never", "ms"),
    "$2": ("inverted step pins, one bit an axis", ""),
    "$3": ("inverted directions, one bit an axis", ""),
    "$4": ("inverted enable pin of the drivers", "0/1"),
    "$5": ("inverted limit pins", "0/1"),
    "$6": ("inverted probe pin", "0/1"),
    "$10": ("fields of the status report, one bit a field", ""),
    "$11": ("junction deviation", "mm"),
    "$12": ("arc tolerance", "mm"),
    "$13": ("reports in inches", "0/1"),
    "$20": ("soft limits", "0/1"),
    "$21": ("hard limits", "0/1"),
    "$22": ("homing cycle", "0/1"),
    "$23": ("homing directions, one bit an axis", ""),
    "$24": ("homing, slow speed", "mm/min"),
    "$25": ("homing, search speed", "mm/min"),
    "$26": ("homing, debounce of the switches", "ms"),
    "$27": ("homing, pull-off from the switches", "mm"),
    "$30": ("largest S (spindle speed, servo)", ""),
    "$31": ("smallest S (spindle speed, servo)", ""),
    "$32": ("laser mode", "0/1"),
}
for _number, _axis in enumerate(_AXES):
    _WORDS |= {
        f"$10{_number}": (f"steps per millimetre, {_axis}", "steps/mm"),
        f"$11{_number}": (f"highest speed, {_axis}", "mm/min"),
        f"$12{_number}": (f"acceleration, {_axis}", "mm/s²"),
        f"$13{_number}": (f"travel, {_axis}", "mm"),
    }

PLACE_SETTINGS: Final = frozenset(
    {"$3", "$22", "$23", "$27", *(f"$10{n}" for n in range(3)), *(f"$13{n}" for n in range(3))}
)
"""A change of one of these makes the known position wrong: GRBL counts steps, not mm."""
SPINDLE_SETTINGS: Final = frozenset({"$30", "$31", "$32"})
"""A change of one of these stops the spindle output (`spindle_init`): a servo goes limp."""
WHOLE_REPORTED: Final = frozenset({"$30", "$31"})
"""`$$` shows these without decimals (`report.c`, `N_DECIMAL_RPMVALUE`)."""

_BYTES: Final = frozenset({"$0", "$1", "$2", "$3", "$10", "$23", "$26"})
"""GRBL keeps these in one byte and cuts off what does not fit, without a word."""


def fault(key: str, value: float) -> str:
    """Why GRBL would keep another value than this, a sentence; "" if it would not."""
    if key in _BYTES and not (float(value).is_integer() and 0 <= value <= 255):
        return f"{key} ({meaning(key)}) is {text(value)}; it is a whole number from 0 to 255."
    if unit(key) == "0/1" and value not in (0.0, 1.0):
        return f"{key} ({meaning(key)}) is {text(value)}; it is 0 or 1."
    return ""


def meaning(key: str) -> str:
    """What a setting is, in words; settings beyond GRBL 1.1's are called so."""
    return _WORDS.get(key, ("a setting of this build", ""))[0]


def unit(key: str) -> str:
    """The unit of a setting; "" where it has none."""
    return _WORDS.get(key, ("", ""))[1]


def order(key: str) -> tuple[int, str]:
    """Sorts settings by their numbers."""
    digits = key.removeprefix("$")
    return (int(digits), "") if digits.isdecimal() else (10_000, key)


def same(key: str, one: float, other: float) -> bool:
    """Whether two values of a setting are the same, as far as `$$` can show it."""
    close = 0.5 if key in WHOLE_REPORTED else 5.1e-4
    return abs(one - other) <= max(close, 2e-7 * max(abs(one), abs(other)))


def text(value: float) -> str:
    """A value as GRBL reads it: at most six decimals, no exponent."""
    shown = f"{value:.6f}".rstrip("0").rstrip(".")
    return "0" if shown in {"-0", ""} else shown
