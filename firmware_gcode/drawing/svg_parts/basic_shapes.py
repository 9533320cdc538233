"""The basic shapes of CSS to which `clip-path` cuts: `circle()`, `inset()` and others."""

from __future__ import annotations

import re

from firmware_gcode.drawing.svg_parts.boxes import Box
from firmware_gcode.drawing.svg_parts.calc import closing, parts_of
from firmware_gcode.drawing.svg_parts.clips import Clip
from firmware_gcode.drawing.svg_parts.outline import Outline, ellipse, polygon
from firmware_gcode.drawing.svg_parts.path import parse_path
from firmware_gcode.drawing.svg_parts.pieces import State
from firmware_gcode.drawing.svg_parts.shapes import rectangle
from firmware_gcode.drawing.svg_parts.transforms import origin
from firmware_gcode.drawing.svg_parts.values import (
    Axis,
    Frame,
    length,
    times,
    translation,
)

_BOXES = frozenset(
    ("", "view-box", "fill-box", "stroke-box", "content-box", "padding-box", "border-box")
)
_FUNCTION = re.compile(r"\s*(circle|ellipse|inset|rect|xywh|polygon|path)\(")
_OPPOSITE = ((0, 0, 0, 0), (0, 1, 0, 1), (0, 1, 2, 1), (0, 1, 2, 3))
"""Which of one to four distances is that from top, right, bottom and left."""
_RULE = re.compile(r"\s*(evenodd|nonzero)\s*,")


def shape_clip(value: str, box: Box | None, state: State) -> Clip | None:
    """What a shape cuts to; None if it is none that can be read, or has no box.

    Args:
        value: As CSS writes it; a box alone is `inset(0)`.
        box: Around the element.
        state: Inside the element.
    """
    frame, font = state.frame, float(state.props["font-size"])
    match = _FUNCTION.match(value)
    end = closing(value, match.end()) if match else -1
    name, inside = (match[1], value[match.end() : end]) if match else ("inset", "0")
    which = value[end + 1 :].strip().lower()
    if which == "view-box":
        box = (0.0, 0.0, frame.width, frame.height)
    if box is None or which not in _BOXES or not value.strip():
        return None
    rule = _RULE.match(inside)
    rest = inside[rule.end() :] if rule else inside
    inner = Frame(box[2], box[3], frame.page, frame.root_font)
    try:
        if name == "path":
            runs, whole = parse_path(rest.strip().strip("'\""))
            if not whole:
                return None
        elif name == "polygon":
            runs = [polygon([_point(pair, inner, font) for pair in rest.split(",")])]
        elif name in ("circle", "ellipse"):
            runs = _round(name, inside, inner, font)
        else:
            runs = _box(name, inside, inner, font)
    except (ValueError, IndexError):
        return None
    found = Clip()
    even_odd = bool(rule and rule[1] == "evenodd")
    found.add(runs, times(state.matrix, translation(*box[:2])), even_odd=even_odd)
    return found


def _lengths(parts: list[str], axes: list[Axis], frame: Frame, font: float) -> list[float]:
    found = [length(part, frame, font, axis) for part, axis in zip(parts, axes, strict=True)]
    real = [value for value in found if value is not None]
    if len(real) < len(parts):
        raise ValueError(parts)
    return real


def _point(pair: str, frame: Frame, font: float) -> complex:
    return complex(*_lengths(parts_of(pair), ["x", "y"], frame, font))


def _round(name: str, inside: str, frame: Frame, font: float) -> Outline:
    """A circle or an ellipse, which reaches to its box unless it says how far."""
    said, _, where = inside.partition("at ")
    place = origin(where or "center", frame, font)
    if place is None:
        raise ValueError(where)
    gaps = [
        (abs(at), abs(side - at))
        for at, side in zip(place, (frame.width, frame.height), strict=True)
    ]
    radii = parts_of(said) or ["closest-side"]
    axes: list[Axis] = ["o"] if name == "circle" else ["x", "y"]
    found = []
    for axis, radius in zip(
        axes, radii * len(axes) if len(radii) == 1 else radii, strict=True
    ):
        near = {"x": gaps[0], "y": gaps[1], "o": (*gaps[0], *gaps[1])}[axis]
        named = {"closest-side": min(near), "farthest-side": max(near)}
        found.append(
            named[radius] if radius in named else _lengths([radius], [axis], frame, font)[0]
        )
    if min(found) < 0.0:
        raise ValueError(said)
    return [ellipse(complex(*place), found[0], found[-1])]


def _box(name: str, inside: str, frame: Frame, font: float) -> Outline:
    """A rectangle by its distances from its box (`inset`), its edges, or its size."""
    said, _, corners = inside.partition("round")
    four = parts_of(said)
    if name == "inset":
        four = [four[at] for at in _OPPOSITE[len(four) - 1]]
    if name == "xywh":
        left, top, wide, high = _lengths(four, ["x", "y", "x", "y"], frame, font)
    elif name in ("inset", "rect"):
        if name == "rect":
            whole = ("0%", "100%", "100%", "0%")
            four = [w if part == "auto" else part for part, w in zip(four, whole, strict=True)]
        top, right, bottom, left = _lengths(four, ["y", "x", "y", "x"], frame, font)
        if name == "inset":
            right, bottom = frame.width - right, frame.height - bottom
        wide, high = right - left, bottom - top
    else:
        raise ValueError(name)
    if wide <= 0.0 or high <= 0.0:
        return []
    radii = parts_of(corners.partition("/")[0])[:1] * 2
    rx, ry = _lengths(radii, ["x", "y"], frame, font) if radii else (0.0, 0.0)
    shrunk = min(1.0, wide / (2 * rx or 1.0), high / (2 * ry or 1.0))
    return [rectangle(left, top, wide, high, (rx * shrunk, ry * shrunk))]
