"""Transforms: those of SVG's attributes, and those of CSS with their units and origins."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Final

from firmware_gcode.drawing.svg_parts.calc import closing, parts_of
from firmware_gcode.drawing.svg_parts.values import (
    COMMA,
    IDENTITY,
    MOST,
    Axis,
    Frame,
    Matrix,
    angle,
    length,
    numbers,
    plain,
    rotation,
    times,
    translation,
)

TRANSFORMS: Final = frozenset(("translate", "rotate", "scale", "transform"))
"""The properties by which an element is transformed."""
DECLARED: Final = "style:"
"""Before their names, which are those of attributes; alone it says that there is one."""
_FUNCTION = re.compile(rf"\s*+([a-zA-Z]+)\s*+\(([^()]*+)\){COMMA}", re.ASCII)
_CSS_FUNCTION = re.compile(r"[\s,]*([a-z]+(?:3d)?)\(", re.ASCII)
_NAMED = {"left": "0%", "top": "0%", "center": "50%", "right": "100%", "bottom": "100%"}


@lru_cache(maxsize=4096)
def transform(text: str) -> Matrix:
    """The matrix of an attribute.

    Raises:
        ValueError: It cannot be read.
    """
    result, at = IDENTITY, 0
    if text.strip().lower() in ("", "none"):
        return result
    while match := _FUNCTION.match(text, at):
        result = times(result, _function(match[1], numbers(match[2])))
        at = match.end()
    if at != len(text) or not all(abs(value) < MOST for value in result):
        raise ValueError(text)
    return result


def is_transformed(own: Mapping[str, str]) -> bool:
    """Whether an element says how it is transformed."""
    return "transform" in own or DECLARED in own


def _function(name: str, given: list[float]) -> Matrix:  # noqa: PLR0911  # one line each
    """One function of a transform."""
    count, turn = len(given), math.radians(given[0]) if given else 0.0
    match name:
        case "matrix" if count == 6:
            return (given[0], given[1], given[2], given[3], given[4], given[5])
        case "translate" if count in (1, 2):
            return translation(given[0], given[1] if count == 2 else 0.0)
        case "scale" if count in (1, 2):
            return (given[0], 0.0, 0.0, given[-1], 0.0, 0.0)
        case "rotate" if count == 1:
            return rotation(turn)
        case "rotate" if count == 3:
            turned = times(translation(given[1], given[2]), rotation(turn))
            return times(turned, translation(-given[1], -given[2]))
        case "skewX" if count == 1:
            return (1.0, 0.0, math.tan(turn), 1.0, 0.0, 0.0)
        case "skewY" if count == 1:
            return (1.0, math.tan(turn), 0.0, 1.0, 0.0, 0.0)
    raise ValueError(name)


def transform_in(
    own: Mapping[str, str],
    frame: Frame,
    font: float,
    *,
    attribute: str = "transform",
    corner: tuple[float, float] | None = None,
) -> Matrix:
    """What all transforms of an element do, about their origin.

    Args:
        own: Its properties.
        frame: What relative lengths and places are relative to.
        font: Its font size.
        attribute: Which attribute says what a style sheet calls `transform`.
        corner: Where the box begins that all is relative to; None: in (0, 0).

    Raises:
        ValueError: It cannot be read.
    """
    result = IDENTITY
    for name in ("translate", "rotate", "scale"):
        given = ",".join(
            part for part in parts_of(own.get(DECLARED + name, "")) if part != "z"
        )
        if given and given != "none":
            result = times(result, styled(f"{name}({given})", frame, font))
    css = own.get(DECLARED + "transform")
    last = transform(own.get(attribute, "")) if css is None else styled(css, frame, font)
    result = times(result, last)
    place = own.get("transform-origin")
    if (place is None and corner is None) or result == IDENTITY:
        return result
    x, y = (origin(place, frame, font) if place else None) or (0.0, 0.0)
    x, y = (x + corner[0], y + corner[1]) if corner else (x, y)
    return times(times(translation(x, y), result), translation(-x, -y))


def styled(text: str, frame: Frame, font: float) -> Matrix:
    """The matrix of a property; a number without a unit is taken as in an attribute.

    Raises:
        ValueError: It cannot be read.
    """
    try:
        return transform(text)
    except ValueError:
        pass
    result = IDENTITY
    for name, given in _functions(text.lower()):
        result = times(result, _css_function(name, given, frame, font))
    if not all(abs(value) < MOST for value in result):
        raise ValueError(text)
    return result


def _functions(text: str) -> Iterator[tuple[str, list[str]]]:
    at = 0
    text = text.rstrip()
    while at < len(text):
        match = _CSS_FUNCTION.match(text, at)
        if match is None:
            raise ValueError(text)
        at = closing(text, match.end())
        yield match[1], parts_of(text[match.end() : at])
        at += 1


def _css_function(name: str, given: list[str], frame: Frame, font: float) -> Matrix:
    """One function, flat on the page: of what turns or moves in depth its shadow."""
    count = len(given)
    kind, axis = name.removesuffix("3d").rstrip("xyz"), name[-1]
    if name == "matrix3d" and count == 16:
        m = _real(*map(plain, given))
        return (m[0], m[1], m[4], m[5], m[12], m[13])
    if kind == "translate" and count <= (1 if axis in "xyz" else 3):
        given = ["0", given[0]] if axis == "y" else [*given, "0"]
        shift = length(given[0], frame, font, "x"), length(given[1], frame, font, "y")
        return IDENTITY if axis == "z" else translation(*_real(*shift))
    if kind == "scale" and count <= (1 if axis in "xyz" else 3):
        by = _real(*map(plain, given))
        x, y = {"x": (by[0], 1.0), "y": (1.0, by[0]), "z": (1.0, 1.0)}.get(axis, (by * 2)[:2])
        return (x, 0.0, 0.0, y, 0.0, 0.0)
    turns = [math.radians(turn) for turn in _real(*map(angle, given))]
    if name in ("rotatex", "rotatey") and count == 1:
        seen = math.cos(turns[0])
        return (
            (1.0, 0.0, 0.0, seen, 0.0, 0.0) if axis == "x" else (seen, 0.0, 0.0, 1.0, 0.0, 0.0)
        )
    if kind == "rotate" and count == 1:
        return rotation(turns[0])
    if kind == "skew" and count <= (1 if axis in "xy" else 2):
        x, y = (0.0, turns[0]) if axis == "y" else (*turns, 0.0)[:2]
        return (1.0, math.tan(y), math.tan(x), 1.0, 0.0, 0.0)
    raise ValueError(name)


def _real(*values: float | None) -> list[float]:
    found = [value for value in values if value is not None]
    if not found or len(found) < len(values):
        raise ValueError
    return found


def origin(text: str, frame: Frame, font: float) -> tuple[float, float] | None:
    """A place such as that of a `transform-origin`, in user units; None if it is none."""
    words = parts_of(text.lower())
    axes: tuple[Axis, Axis] = ("x", "y")
    if words[:1] in (["top"], ["bottom"]) or words[1:2] in (["left"], ["right"]):
        words[:2] = reversed(words[:2]) if len(words) > 1 else ["center", words[0]]
    x, y = (
        length(_NAMED.get(word, word), frame, font, axis)
        for word, axis in zip((*words, "center")[:2], axes, strict=True)
    )
    return None if x is None or y is None else (x, y)
