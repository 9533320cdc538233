"""The keys of a machine profile, what each may be, and the words for what it may not be."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass


class ProfileError(ValueError):
    """A machine profile that is missing, unreadable or has a value that cannot be."""


@dataclass(frozen=True)
class Number:
    """A number within a range.

    Attributes:
        low: Smallest value allowed.
        high: Largest value allowed.
        unit: Unit for messages, with a leading blank, or "".
        whole: Whether only whole numbers are allowed.
        default: Value if the key is missing; None makes the key compulsory.
    """

    low: float
    high: float
    unit: str = ""
    whole: bool = False
    default: float | None = None

    @property
    def span(self) -> str:
        """The allowed range in words."""
        kind = "a whole number" if self.whole else "a number"
        return f"{kind} from {self.low:g} to {self.high:g}{self.unit}"

    def fault(self, value: object) -> str | None:
        """What is wrong with a value, as the end of a sentence; None if nothing is."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            return f"is {value!r}; it must be {self.span}"
        whole = not self.whole or float(value).is_integer()
        if not (math.isfinite(value) and self.low <= value <= self.high and whole):
            return f"is {value!r}; it must be {self.span}"
        return None


FEED = Number(1.0, 60_000.0, " mm/min")
SECONDS = Number(0.0, 5.0, " s", default=0.0)
LENGTH = Number(1.0, 5000.0, " mm")
PLACE = Number(-5000.0, 5000.0, " mm")
PEN_WIDTH = Number(0.05, 5.0, " mm")
BAUD = Number(1200, 2_000_000, whole=True, default=115200)
S_VALUE = Number(0.0, 100_000.0)

Z_PEN = {
    "width": PEN_WIDTH,
    "up": Number(0.1, 50.0, " mm"),
    "down": Number(-10.0, 10.0, " mm", default=0.0),
    "up_feed": FEED,
    "down_feed": FEED,
    "landing": Number(0.0, 10.0, " mm", default=0.0),
    "landing_feed": FEED,
    "settle_up": SECONDS,
    "settle_down": SECONDS,
}
PAPER_Z = Number(-500.0, 0.0, " mm")
SERVO_PEN = {
    "width": PEN_WIDTH,
    "up": S_VALUE,
    "down": S_VALUE,
    "landing_steps": Number(1, 20, whole=True, default=1),
    "settle_up": SECONDS,
    "settle_down": SECONDS,
}

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


@dataclass(frozen=True)
class Table:
    """One table of a profile file, and where it is for messages.

    Attributes:
        file: What the file is called in messages.
        prefix: Name of the table with a dot, or "" for the top.
        values: Keys and values as TOML gave them.
    """

    file: str
    prefix: str
    values: Mapping[str, object]

    def error(self, key: str, fault: str) -> ProfileError:
        """An error that names file and key."""
        return ProfileError(f"{self.file}: {self.prefix}{key} {fault}")

    def check_keys(self, known: Iterable[str]) -> None:
        """Refuse keys that mean nothing, with the likeliest meant one."""
        names = list(known)
        for key in self.values:
            if key not in names:
                close = difflib.get_close_matches(key, names, n=1)
                hint = (
                    f"did you mean {close[0]}?" if close else f"known are {', '.join(names)}"
                )
                raise self.error(key, f"is not a key of a profile; {hint}")

    def number(self, key: str, rule: Number) -> float:
        """A number checked by its rule."""
        value = self.values.get(key, rule.default)
        if value is None:
            raise self.error(key, f"is missing; it must be {rule.span}")
        fault = rule.fault(value)
        if fault is not None or not isinstance(value, int | float):
            raise self.error(key, fault or "is not a number")
        return float(value)

    def pair(self, key: str, rule: Number) -> tuple[float, float]:
        """Two numbers, each checked by the rule."""
        value = self.values.get(key)
        if not (isinstance(value, list) and len(value) == 2):
            raise self.error(key, f"is {value!r}; it must be [x, y], each {rule.span}")
        for axis, item in zip("xy", value, strict=True):
            fault = rule.fault(item)
            if fault is not None:
                raise self.error(f"{key} {axis}", fault)
        return float(value[0]), float(value[1])

    def flag(self, key: str) -> bool:
        """A compulsory true or false."""
        value = self.values.get(key)
        if not isinstance(value, bool):
            shown = "missing" if value is None else repr(value)
            raise self.error(key, f"is {shown}; it must be true or false")
        return value

    def words(self, key: str) -> str:
        """A compulsory text that is not empty."""
        value = self.values.get(key)
        if not (isinstance(value, str) and value.strip()):
            shown = "missing" if value is None else repr(value)
            raise self.error(key, f"is {shown}; it must be a text in quotes")
        return value.strip()

    def table(self, key: str) -> Table:
        """A compulsory table inside this one."""
        value = self.values.get(key)
        if not isinstance(value, dict):
            raise self.error(key, f"is missing; the profile needs a table [{key}]")
        return Table(self.file, f"{self.prefix}{key}.", value)
