"""What CSS computes: `calc()`, `min()`, `max()`, `clamp()`, and `var()`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, TypeAlias

_MOST: Final = 1000
"""Characters of a computed value."""
_TOKEN = re.compile(
    r"\s*(?:((?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)([a-z]+|%)?|(calc|min|max|clamp)?(\()|([-+*/),]))",
    re.ASCII | re.IGNORECASE,
)
Sized: TypeAlias = tuple[float, int]
"""A number, and whether it is a plain one (0) or a length, an angle, … (1)."""
Leaf: TypeAlias = Callable[[float, str], float | None]
"""What a number with a unit comes to; None for an unknown unit."""


def computed(text: str, leaf: Leaf) -> Sized | None:
    """The value of a function such as `calc()`; None where it cannot be computed."""
    if len(text) > _MOST or not _STARTS.match(text):
        return None
    try:
        reader = _Reader(text, leaf)
        found = reader.factor()
        return found if reader.ended() and abs(found[0]) < float("inf") else None
    except (ValueError, ZeroDivisionError, RecursionError):
        return None


_STARTS = re.compile(r"\s*(?:calc|min|max|clamp)\(", re.IGNORECASE)


class _Reader:
    """Reads sums and products from left to right."""

    def __init__(self, text: str, leaf: Leaf) -> None:
        self._text = text.rstrip()
        self._leaf = leaf
        self._at = 0

    def ended(self) -> bool:
        """Whether all is read."""
        return self._at == len(self._text)

    def _next(self, signs: str) -> str:
        """One of these signs, if it comes next."""
        match = _TOKEN.match(self._text, self._at)
        if match is None or not match[5] or match[5] not in signs:
            return ""
        self._at = match.end()
        return match[5]

    def _sum(self) -> Sized:
        value, kind = self._product()
        while sign := self._next("+-"):
            more, other = self._product()
            if kind != other:
                raise ValueError(sign)
            value += more if sign == "+" else -more
        return value, kind

    def _product(self) -> Sized:
        value, kind = self.factor()
        while sign := self._next("*/"):
            more, other = self.factor()
            if other and (kind or sign == "/"):
                raise ValueError(sign)
            value, kind = (value * more if sign == "*" else value / more), kind or other
        return value, kind

    def factor(self) -> Sized:
        """A number, or what stands in brackets."""
        sign = -1.0 if self._next("+-") == "-" else 1.0
        match = _TOKEN.match(self._text, self._at)
        if match is None or match[5]:
            raise ValueError(self._text)
        self._at = match.end()
        if not match[4]:
            value, unit = sign * float(match[1]), (match[2] or "").lower()
            found = self._leaf(value, unit) if unit else value
            if found is None:
                raise ValueError(unit)
            return found, int(bool(unit))
        parts = [self._sum()]
        while self._next(","):
            parts.append(self._sum())
        if not self._next(")") or len({kind for _, kind in parts}) > 1:
            raise ValueError(self._text)
        return sign * _function((match[3] or "calc").lower(), [v for v, _ in parts]), parts[0][
            1
        ]


def _function(name: str, values: list[float]) -> float:
    if name == "min":
        return min(values)
    if name == "max":
        return max(values)
    if len(values) != (3 if name == "clamp" else 1):
        raise ValueError(name)
    return max(values[0], min(values[1:])) if name == "clamp" else values[0]


def substituted(value: str, custom: Callable[[str], str | None]) -> str | None:
    """A value with what its `var()` stand for; None where one stands for nothing."""
    while (begin := value.find("var(")) >= 0:
        end = closing(value, begin + 4)
        name, comma, other = value[begin + 4 : end].partition(",")
        found = custom(name.strip())
        found = other.strip() if found is None and comma else found
        if found is None or end == len(value):
            return None
        value = value[:begin] + found + value[end + 1 :]
        if len(value) > _MOST:
            return None
    return value


def closing(text: str, at: int) -> int:
    """Where the bracket is closed that was opened before a place; the end if nowhere."""
    depth = 1
    for place in range(at, len(text)):
        depth += (text[place] == "(") - (text[place] == ")")
        if not depth:
            return place
    return len(text)


def parts_of(text: str) -> list[str]:
    """What stands between commas and blanks, outside of brackets."""
    found, depth, part = [], 0, ""
    for sign in text:
        depth += (sign == "(") - (sign == ")")
        if not depth and (sign == "," or sign.isspace()):
            found.append(part)
            part = ""
        else:
            part += sign
    return [each for each in (*found, part) if each]
