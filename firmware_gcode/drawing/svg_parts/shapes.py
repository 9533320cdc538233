"""The basic shapes of SVG as outlines; each begins and turns as its stroke does."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from firmware_gcode.drawing.svg_parts.outline import (
    Arc,
    Outline,
    Run,
    ellipse,
    polygon,
)
from firmware_gcode.drawing.svg_parts.path import parse_path, parse_points
from firmware_gcode.drawing.svg_parts.style import Properties
from firmware_gcode.drawing.svg_parts.values import Axis, Frame, length


@dataclass(frozen=True, slots=True)
class Measure:
    """Reads the lengths of one element."""

    own: Properties
    frame: Frame
    font: float

    def get(self, name: str, axis: Axis, default: float = 0.0) -> float:
        """A length in user units; the default where there is none."""
        found = length(self.own.get(name), self.frame, self.font, axis)
        return default if found is None else found

    def wanted(self, name: str, axis: Axis) -> float | None:
        """A length that is not negative; None for `auto` and what is none."""
        found = length(self.own.get(name), self.frame, self.font, axis)
        return None if found is None or found < 0.0 else found


class ShapeError(ValueError):
    """A shape that cannot be read at all."""


def outline(tag: str, measure: Measure) -> tuple[Outline, bool]:
    """The runs of a shape (none if it has no size), and whether all of it could be read.

    Raises:
        ShapeError: It cannot be read.
        SvgError: More points than can be drawn.
    """
    return _SHAPES[tag](measure)


def _path(measure: Measure) -> tuple[Outline, bool]:
    d = measure.own.get("d")
    if d is None:
        raise ShapeError("d")
    if d.startswith("path("):  # as CSS says it
        d = d[5:].rstrip(") ").strip("\"' ")
    return parse_path("" if d.strip() == "none" else d)


def _polyline(measure: Measure) -> tuple[Outline, bool]:
    return parse_points(measure.own.get("points", ""), closed=False)


def _polygon(measure: Measure) -> tuple[Outline, bool]:
    return parse_points(measure.own.get("points", ""), closed=True)


def _line(measure: Measure) -> tuple[Outline, bool]:
    begin = complex(measure.get("x1", "x"), measure.get("y1", "y"))
    end = complex(measure.get("x2", "x"), measure.get("y2", "y"))
    return [Run([begin, end])], True


def _circle(measure: Measure) -> tuple[Outline, bool]:
    radius = measure.get("r", "o")
    if radius < 0.0:
        raise ShapeError("r")
    centre = complex(measure.get("cx", "x"), measure.get("cy", "y"))
    return ([ellipse(centre, radius, radius)] if radius else []), True


def _ellipse(measure: Measure) -> tuple[Outline, bool]:
    rx, ry = measure.wanted("rx", "x"), measure.wanted("ry", "y")
    rx, ry = (ry if rx is None else rx), (rx if ry is None else ry)
    centre = complex(measure.get("cx", "x"), measure.get("cy", "y"))
    return ([ellipse(centre, rx, ry)] if rx and ry else []), True


def _rect(measure: Measure) -> tuple[Outline, bool]:
    x, y = measure.get("x", "x"), measure.get("y", "y")
    width, height = measure.get("width", "x"), measure.get("height", "y")
    if width < 0.0 or height < 0.0:
        raise ShapeError("width" if width < 0.0 else "height")
    if not width or not height:
        return [], True
    rx, ry = measure.wanted("rx", "x"), measure.wanted("ry", "y")
    rx, ry = (ry if rx is None else rx), (rx if ry is None else ry)
    rx, ry = min(rx or 0.0, width / 2), min(ry or 0.0, height / 2)
    return [rectangle(x, y, width, height, (rx, ry))], True


def rectangle(
    x: float, y: float, width: float, height: float, radii: tuple[float, float] = (0.0, 0.0)
) -> Run:
    """A rectangle, from the upper left corner (after the round part) to the right."""
    (rx, ry), right, bottom = radii, x + width, y + height
    if not rx or not ry:
        return polygon(
            [complex(x, y), complex(right, y), complex(right, bottom), complex(x, bottom)]
        )
    run = Run([complex(x + rx, y)], closed=True)
    corners = (  # before the corner, its centre, after it
        (complex(right - rx, y), complex(right - rx, y + ry), complex(right, y + ry)),
        (
            complex(right, bottom - ry),
            complex(right - rx, bottom - ry),
            complex(right - rx, bottom),
        ),
        (complex(x + rx, bottom), complex(x + rx, bottom - ry), complex(x, bottom - ry)),
        (complex(x, y + ry), complex(x + rx, y + ry), complex(x + rx, y)),
    )
    for number, (before, centre, after) in enumerate(corners):
        if before != run.points[-1]:
            run.points.append(before)
        begin = (number - 1) * math.pi / 2
        run.bends[len(run.points) - 1] = Arc(centre, rx, ry, 0.0, begin, math.pi / 2)
        run.points.append(after)
    return run


def viewport(width: float, height: float) -> Run:
    """What a viewport is cut to; a line on its very edge stays."""
    slack = 1e-6 * max(width, height)
    return rectangle(-slack, -slack, width + 2 * slack, height + 2 * slack)


_SHAPES: dict[str, Callable[[Measure], tuple[Outline, bool]]] = {
    "path": _path,
    "polyline": _polyline,
    "polygon": _polygon,
    "line": _line,
    "circle": _circle,
    "ellipse": _ellipse,
    "rect": _rect,
}
SHAPES = frozenset(_SHAPES)
