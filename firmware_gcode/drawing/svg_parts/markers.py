"""Markers: arrow heads and dots that stand on the points of a line."""

from __future__ import annotations

import cmath
import math
from collections.abc import Iterator
from dataclasses import dataclass

from firmware_gcode.drawing.svg_parts.outline import Outline, Run
from firmware_gcode.drawing.svg_parts.shapes import Measure, viewport
from firmware_gcode.drawing.svg_parts.style import Properties
from firmware_gcode.drawing.svg_parts.values import (
    Frame,
    Matrix,
    fitted,
    number,
    rotation,
    times,
    translation,
    view_box,
)

_DEGREES = {"deg": 1.0, "rad": 180.0 / math.pi, "grad": 0.9, "turn": 360.0}


@dataclass(frozen=True, slots=True)
class Vertex:
    """A point of a shape: which of its markers stands there, and the directions around."""

    which: str
    place: complex
    coming: complex
    going: complex


@dataclass(frozen=True, slots=True)
class Stand:
    """How a marker stands on a vertex.

    Attributes:
        place: From its viewport to the shape's units.
        fit: From its content to its viewport.
        room: Its viewport.
        frame: What its relative lengths are relative to.
    """

    place: Matrix
    fit: Matrix
    room: Run
    frame: Frame


def vertices(runs: Outline) -> Iterator[Vertex]:
    """The points of a shape that markers stand on, a whole shape having one start and end."""
    places: list[tuple[complex, complex, complex]] = []
    for run in runs:
        headings = run.headings()
        places += [(p, c, g) for p, (c, g) in zip(run.points, headings, strict=True)]
    last = len(places) - 1
    for index, (place, coming, going) in enumerate(places):
        if index == 0:
            yield Vertex("start", place, coming, going)
        if 0 < index < last:
            yield Vertex("mid", place, coming, going)
        if index == last:
            yield Vertex("end", place, coming, going)


def standing(
    own: Properties, vertex: Vertex, width: float, frame: Frame, font: float
) -> Stand | None:
    """How a marker stands on a vertex; None if it has no size.

    Args:
        own: The properties of the `marker` element.
        vertex: Where it stands.
        width: The shape's `stroke-width`.
        frame: The shape's.
        font: The shape's font size.
    """
    measure = Measure(own, frame, font)
    size = (measure.get("markerWidth", "x", 3.0), measure.get("markerHeight", "y", 3.0))
    box = view_box(own.get("viewBox")) or (0.0, 0.0, *size)
    if min(size) <= 0.0 or min(box[2:]) <= 0.0:
        return None
    angle = _angle(own.get("orient", "0"), vertex)
    place = times(translation(vertex.place.real, vertex.place.imag), rotation(angle))
    if own.get("markerUnits") != "userSpaceOnUse":
        place = times(place, (width, 0.0, 0.0, width, 0.0, 0.0))
    fit = fitted(box, size, own.get("preserveAspectRatio", ""))
    inner = Frame(box[2], box[3], frame.page, frame.root_font)
    x, y = measure.get("refX", "x"), measure.get("refY", "y")
    place = times(place, translation(-fit[0] * x - fit[4], -fit[3] * y - fit[5]))
    return Stand(place, fit, viewport(*size), inner)


def _angle(orient: str, vertex: Vertex) -> float:
    """The direction in which a marker points, radians."""
    if not orient.startswith("auto"):
        for unit, degrees in _DEGREES.items():
            if orient.endswith(unit) and (value := number(orient[: -len(unit)])) is not None:
                return math.radians(value * degrees)
        return math.radians(number(orient) or 0.0)
    ways = [way / abs(way) for way in (vertex.coming, vertex.going) if way]
    middle = sum(ways, 0j)
    angle = cmath.phase(middle)
    if ways and abs(middle) <= 1e-9:
        angle = cmath.phase(ways[0]) + math.pi / 2
    if orient == "auto-start-reverse" and vertex.which == "start":
        angle += math.pi
    return angle
