"""Numbers, lengths, transforms and view boxes, as SVG 2 and CSS write them.

A matrix (a, b, c, d, e, f) takes (x, y) to (a x + c y + e, b x + d y + f).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from firmware_gcode.drawing.svg_parts.calc import computed, parts_of

Matrix: TypeAlias = tuple[float, float, float, float, float, float]
Points: TypeAlias = NDArray[np.complex128]
"""Points as complex numbers x + iy: shape (N,)."""
Axis: TypeAlias = Literal["x", "y", "o"]
"""What a percentage is of: the viewport's width, its height, or neither ("other")."""

IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
MOST = 1e15
"""No coordinate is larger."""
NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
COMMA = r"\s*+,?+\s*+"
"""What may stand after a number of a list: one comma at most."""
_NUMBERS = re.compile(rf"\s*+({NUMBER}){COMMA}", re.ASCII)
_LENGTH = re.compile(rf"\s*({NUMBER})([a-zA-Z]+|%)?\s*", re.ASCII)
_ASPECT = re.compile(
    r"\s*+(?:defer\s++)?(none|x(?:Min|Mid|Max)Y(?:Min|Mid|Max))(?:\s++(meet|slice))?\s*+"
)
_PX = {
    "px": 1.0,
    "pt": 96.0 / 72.0,
    "pc": 16.0,
    "in": 96.0,
    "cm": 96.0 / 2.54,
    "mm": 96.0 / 25.4,
    "q": 96.0 / 101.6,
}
_DEGREES = {"": 1.0, "deg": 1.0, "rad": 180.0 / math.pi, "grad": 0.9, "turn": 360.0}


@dataclass(frozen=True, slots=True)
class Frame:
    """What relative lengths are relative to.

    Attributes:
        width: The nearest viewport's, in user units, like `height`.
        page: The outermost viewport, px: what `vw` and `vh` are hundredths of.
        root_font: The root's font size, px.
    """

    width: float
    height: float
    page: tuple[float, float]
    root_font: float = 16.0

    def share(self, axis: Axis) -> float:
        """What 100 % is."""
        if axis == "x":
            return self.width
        if axis == "y":
            return self.height
        return math.hypot(self.width, self.height) / math.sqrt(2.0)


def number(text: str | None) -> float | None:
    """A plain number; None if it is none."""
    parsed = _parsed(text) if text else None
    return parsed[0] if parsed and not parsed[1] else None


def numbers(text: str) -> list[float]:
    """A list of numbers.

    Raises:
        ValueError: Something in it is no number.
    """
    found, at = [], 0
    while match := _NUMBERS.match(text, at):
        found.append(_finite(match[1]))
        at = match.end()
    if text[at:].strip(" \t\r\n"):
        raise ValueError(text)
    return found


def length(text: str | None, frame: Frame, font: float, axis: Axis) -> float | None:
    """A length in user units; None if it is absent, `auto` or none at all."""
    parsed = _parsed(text) if text else None
    if parsed is not None:
        return _in_px(*parsed, frame, font, axis)
    if not text or "(" not in text:
        return None
    found = computed(text, lambda value, unit: _in_px(value, unit, frame, font, axis))
    return found[0] if found and abs(found[0]) < MOST else None


def _in_px(value: float, unit: str, frame: Frame, font: float, axis: Axis) -> float | None:
    if not unit or unit == "px":
        return value
    if unit == "%":
        return value / 100.0 * frame.share(axis)
    if unit in _PX:
        return value * _PX[unit]
    relative = {
        "em": font,
        "ex": font / 2.0,
        "ch": font / 2.0,
        "rem": frame.root_font,
        "vw": frame.page[0] / 100.0,
        "vh": frame.page[1] / 100.0,
        "vmin": min(frame.page) / 100.0,
        "vmax": max(frame.page) / 100.0,
    }
    return value * relative[unit] if unit in relative else None


def plain(text: str) -> float | None:
    """A number, or a percentage as a share; None if it is neither."""
    units = {"": 1.0, "%": 0.01}
    return _measured(text, units)


def angle(text: str) -> float | None:
    """An angle in degrees; None if it is none."""
    return _measured(text, _DEGREES)


def _measured(text: str, units: Mapping[str, float]) -> float | None:
    """A number in one of some units, of which each is so large."""

    def leaf(value: float, unit: str) -> float | None:
        return value * units[unit] if unit in units else None

    parsed = _parsed(text)
    if parsed is not None:
        return leaf(*parsed)
    found = computed(text, leaf)
    return found[0] if found else None


@lru_cache(maxsize=4096)
def _parsed(text: str) -> tuple[float, str] | None:
    """A number and its unit."""
    match = _LENGTH.fullmatch(text)
    if match is None or len(text) > 100:
        return None
    value = float(match[1])
    return (value, (match[2] or "").lower()) if abs(value) < MOST else None


def _finite(text: str) -> float:
    value = float(text)
    if not abs(value) < MOST:
        raise ValueError(text)
    return value


def times(m: Matrix, n: Matrix) -> Matrix:
    """The matrix that does `n` first, then `m`."""
    if n == IDENTITY:
        return m
    a, b, c, d, e, f = m
    g, h, i, j, k, p = n
    return (
        a * g + c * h,
        b * g + d * h,
        a * i + c * j,
        b * i + d * j,
        a * k + c * p + e,
        b * k + d * p + f,
    )


def inverse(m: Matrix) -> Matrix | None:
    """The matrix that undoes one; None if nothing does."""
    a, b, c, d, e, f = m
    area = a * d - b * c
    if not abs(area) > 0.0 or not math.isfinite(1.0 / area):
        return None
    a, b, c, d = d / area, -b / area, -c / area, a / area
    return (a, b, c, d, -a * e - c * f, -b * e - d * f)


def moved(points: Points, m: Matrix) -> Points:
    """Points after a matrix."""
    a, b, c, d, e, f = m
    if b == 0.0 and c == 0.0 and a == d:
        return points * a + complex(e, f)
    x, y = points.real, points.imag
    return (a * x + c * y + e) + 1j * (b * x + d * y + f)


def stretch(m: Matrix) -> float:
    """By how much a matrix stretches at most: its larger singular value."""
    a, b, c, d = m[:4]
    return (math.hypot(a + d, b - c) + math.hypot(a - d, b + c)) / 2.0


def translation(x: float, y: float) -> Matrix:
    """The matrix that moves by (x, y)."""
    return (1.0, 0.0, 0.0, 1.0, x, y)


def rotation(radians: float) -> Matrix:
    """The matrix that turns about (0, 0)."""
    cos, sin = math.cos(radians), math.sin(radians)
    return (cos, sin, -sin, cos, 0.0, 0.0)


def view_box(text: str | None) -> tuple[float, float, float, float] | None:
    """A `viewBox`: x, y, width and height; None if there is none that can be used."""
    try:
        found = numbers(text or "")
    except ValueError:
        return None
    if len(found) != 4 or min(found[2:]) < 0.0:
        return None
    return (found[0], found[1], found[2], found[3])


def fitted(
    box: tuple[float, float, float, float], size: tuple[float, float], aspect: str
) -> Matrix:
    """The matrix from a view box into (0, 0) to `size`, by `preserveAspectRatio`."""
    match = _ASPECT.fullmatch(aspect)
    align, way = match.groups() if match else ("xMidYMid", "meet")
    sx, sy = size[0] / box[2], size[1] / box[3]
    if align == "none":
        return (sx, 0.0, 0.0, sy, -box[0] * sx, -box[1] * sy)
    s = max(sx, sy) if way == "slice" else min(sx, sy)
    share = {"Min": 0.0, "Mid": 0.5, "Max": 1.0}
    x = (size[0] - box[2] * s) * share[align[1:4]] - box[0] * s
    y = (size[1] - box[3] * s) * share[align[5:8]] - box[1] * s
    return (s, 0.0, 0.0, s, x, y)


def dash_pattern(text: str, frame: Frame, font: float) -> tuple[float, ...] | None:
    """The lengths of a dash pattern; None for a solid line."""
    if re.search(r",\s*,", text):
        return None
    parts = parts_of(text)
    found = [length(part, frame, font, "o") for part in parts]
    if any(part is None or part < 0.0 for part in found):
        return None
    lengths = tuple(part for part in found if part is not None)
    return lengths if sum(lengths) > 0.0 else None
