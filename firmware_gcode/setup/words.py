"""GRBL 1.1's settings in words, with their units.

Numbers and units are those of GRBL's documentation (`doc/csv/setting_codes_en_US.csv` and
`doc/markdown/settings.md`).
"""

from __future__ import annotations

from typing import Final

from firmware_gcode.facts import Fact, Value, fact

_AXES: Final = ("x", "y", "z")

_WORDS: dict[str, tuple[Fact, str]] = {
    "$0": (fact("setting-0"), "µs"),
    "$1": (fact("setting-1"), "ms"),
    "$2": (fact("setting-2"), ""),
    "$3": (fact("setting-3"), ""),
    "$4": (fact("setting-4"), "0/1"),
    "$5": (fact("setting-5"), "0/1"),
    "$6": (fact("setting-6"), "0/1"),
    "$10": (fact("setting-10"), ""),
    "$11": (fact("setting-11"), "mm"),
    "$12": (fact("setting-12"), "mm"),
    "$13": (fact("setting-13"), "0/1"),
    "$20": (fact("setting-20"), "0/1"),
    "$21": (fact("setting-21"), "0/1"),
    "$22": (fact("setting-22"), "0/1"),
    "$23": (fact("setting-23"), ""),
    "$24": (fact("setting-24"), "mm/min"),
    "$25": (fact("setting-25"), "mm/min"),
    "$26": (fact("setting-26"), "ms"),
    "$27": (fact("setting-27"), "mm"),
    "$30": (fact("setting-30"), ""),
    "$31": (fact("setting-31"), ""),
    "$32": (fact("setting-32"), "0/1"),
}
for _number, _axis in enumerate(_AXES):
    _WORDS |= {
        f"$10{_number}": (fact("setting-steps", axis=_axis), "steps/mm"),
        f"$11{_number}": (fact("setting-speed", axis=_axis), "mm/min"),
        f"$12{_number}": (fact("setting-acceleration", axis=_axis), "mm/s²"),
        f"$13{_number}": (fact("setting-travel-length", axis=_axis), "mm"),
    }

PLACE_SETTINGS: Final = frozenset(
    {"$3", "$22", "$23", "$27", *(f"$10{n}" for n in range(3)), *(f"$13{n}" for n in range(3))}
)
"""A change of one of these makes the known position wrong: GRBL counts steps, not mm."""
WHOLE_REPORTED: Final = frozenset({"$30", "$31"})
"""`$$` shows these without decimals (`report.c`, `N_DECIMAL_RPMVALUE`)."""

_BYTES: Final = frozenset({"$0", "$1", "$2", "$3", "$10", "$23", "$26"})
"""GRBL keeps these in one byte and cuts off what does not fit, without a word."""


def fault(key: str, value: float) -> Fact | None:
    """Why GRBL would keep another value than this; None if it would not."""
    about: dict[str, Value] = {"key": key, "meaning": meaning(key), "value": text(value)}
    if key in _BYTES and not (float(value).is_integer() and 0 <= value <= 255):
        return Fact("setting-needs-byte", about)
    if unit(key) == "0/1" and value not in (0.0, 1.0):
        return Fact("setting-needs-flag", about)
    return None


def meaning(key: str) -> Fact:
    """What a setting is; settings beyond GRBL 1.1's are called so."""
    return _WORDS.get(key, (fact("setting-unknown"), ""))[0]


def unit(key: str) -> str:
    """The unit of a setting; "" where it has none."""
    return _WORDS[key][1] if key in _WORDS else ""


def order(key: str) -> tuple[int, str]:
    """Sort settings by their numbers."""
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
