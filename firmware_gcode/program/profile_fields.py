"""The keys of a machine profile, what each may be, and the words for what it may not be."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from firmware_gcode.facts import CodedError, Fact, fact


class ProfileError(CodedError, ValueError):
    """A machine profile that is missing, unreadable or has a value that cannot be."""


class Number(NamedTuple):
    """A number within a range.

    Attributes:
        unit: Unit for messages, with a leading blank, or "".
        whole: Whether only whole numbers are allowed.
        default: Value if the key is missing; None makes the key compulsory.
        title: The code of its name for people; "" for a number that they do not see.
    """

    low: float
    high: float
    unit: str = ""
    whole: bool = False
    default: float | None = None
    title: str = ""

    @property
    def span(self) -> Fact:
        """The allowed range."""
        code = "span-whole" if self.whole else "span-number"
        return Fact(code, {"low": self.low, "high": self.high, "unit": self.unit})

    def fault(self, value: object) -> Fact | None:
        """What is wrong with a value, as the end of a sentence; None if nothing is."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            return fact("value-out-of-span", value=repr(value), span=self.span)
        whole = not self.whole or float(value).is_integer()
        if not (math.isfinite(value) and self.low <= value <= self.high and whole):
            return fact("value-out-of-span", value=repr(value), span=self.span)
        return None


FEED = Number(1.0, 60_000.0, " mm/min")
SECONDS = Number(0.0, 5.0, " s", default=0.0)
LENGTH = Number(1.0, 5000.0, " mm")
PLACE = Number(-5000.0, 5000.0, " mm")
PEN_WIDTH = Number(0.05, 5.0, " mm")
BAUD = Number(1200, 2_000_000, whole=True, default=115200)
S_VALUE = Number(0.0, 100_000.0)


_STEPS = Number(0.1, 10_000.0, " steps/mm")
_RATE = Number(1.0, 60_000.0, " mm/min")
_ACCELERATION = Number(1.0, 50_000.0, " mm/s^2")
GRBL = {
    "$11": Number(0.001, 1.0, " mm"),
    "$12": Number(0.0001, 0.05, " mm"),
    **{f"$10{axis}": _STEPS for axis in range(3)},
    **{f"$11{axis}": _RATE for axis in range(3)},
    **{f"$12{axis}": _ACCELERATION for axis in range(3)},
    **{f"$13{axis}": LENGTH for axis in range(3)},
}
"""Settings of GRBL that planning needs; others may stand in the profile too."""
GRBL_OTHERS = frozenset(
    f"${number}" for number in (*range(7), 10, 13, *range(20, 28), 30, 31, 32)
)


class Table(NamedTuple):
    """One table of a profile file as TOML gave it, and its file and "name." for messages."""

    file: str
    prefix: str
    values: Mapping[str, object]

    def error(self, key: str, fault: Fact) -> ProfileError:
        """An error that names file and key; `fault` is the end of its sentence."""
        name = f"{self.prefix}{key}"
        return ProfileError("profile-key", file=self.file, key=name, fault=fault)

    def check_keys(self, known: Iterable[str]) -> None:
        """Refuse keys that mean nothing, with the likeliest meant one."""
        names = list(known)
        for key in self.values:
            if key not in names:
                import difflib  # noqa: PLC0415 - only a mistake needs it

                close = difflib.get_close_matches(key, names, n=1)
                if close:
                    raise self.error(key, fact("key-unknown-close", close=close[0]))
                raise self.error(key, fact("profile-key-unknown", known=", ".join(names)))

    def number(self, key: str, rule: Number) -> float:
        """A number checked by its rule."""
        value = self.values.get(key, rule.default)
        if value is None:
            raise self.error(key, fact("value-missing", span=rule.span))
        if (fault := rule.fault(value)) or not isinstance(value, int | float):
            raise self.error(key, fault or fact("value-missing", span=rule.span))
        return float(value)

    def pair(self, key: str, rule: Number) -> tuple[float, float]:
        """Two numbers, each checked by the rule."""
        value = self.values.get(key)
        if not (isinstance(value, list) and len(value) == 2):
            raise self.error(key, fact("pair-wrong", value=repr(value), span=rule.span))
        for axis, item in zip("xy", value, strict=True):
            fault = rule.fault(item)
            if fault is not None:
                raise self.error(f"{key} {axis}", fault)
        return float(value[0]), float(value[1])

    def flag(self, key: str, *, default: bool | None = None) -> bool:
        """True or false; compulsory without a default."""
        value = self.values.get(key, default)
        if not isinstance(value, bool):
            if value is None:
                raise self.error(key, fact("flag-missing"))
            raise self.error(key, fact("flag-wrong", value=repr(value)))
        return value

    def words(self, key: str) -> str:
        """A compulsory text that is not empty."""
        value = self.values.get(key)
        if not (isinstance(value, str) and value.strip()):
            if value is None:
                raise self.error(key, fact("text-missing"))
            raise self.error(key, fact("text-wrong", value=repr(value)))
        return value.strip()

    def table(self, key: str) -> Table:
        """A compulsory table inside this one."""
        value = self.values.get(key)
        if not isinstance(value, dict):
            raise self.error(key, fact("table-missing", table=key))
        return Table(self.file, f"{self.prefix}{key}.", value)
