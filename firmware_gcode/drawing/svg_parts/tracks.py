"""Lines that a text follows, and lengths along shapes by their `pathLength`."""

from __future__ import annotations

import cmath
import math
from dataclasses import dataclass
from xml.etree.ElementTree import Element

import numpy as np
from numpy.typing import NDArray

from firmware_gcode.drawing.svg_parts.boxes import flat_enough
from firmware_gcode.drawing.svg_parts.document import SVG
from firmware_gcode.drawing.svg_parts.library import Library
from firmware_gcode.drawing.svg_parts.outline import Outline
from firmware_gcode.drawing.svg_parts.paint import href
from firmware_gcode.drawing.svg_parts.path import parse_path
from firmware_gcode.drawing.svg_parts.shapes import SHAPES, Measure, ShapeError, outline
from firmware_gcode.drawing.svg_parts.style import Properties
from firmware_gcode.drawing.svg_parts.transforms import transform_in
from firmware_gcode.drawing.svg_parts.values import Frame, Points, moved, number


@dataclass(frozen=True, eq=False)
class Track:
    """A line that a text follows, in its units; from one part to the next it is no way.

    Attributes:
        points: Along it.
        along: How far each is from the begin.
        unit: How far one unit of its `pathLength` is.
    """

    points: Points
    along: NDArray[np.float64]
    unit: float

    def at(self, distance: float) -> tuple[complex, float] | None:
        """A place on it and its direction there; None beyond its ends."""
        if not 0.0 <= distance <= self.along[-1]:
            return None
        steps = len(self.points) - 1
        found = np.searchsorted(self.along, distance, side="right") - 1
        index = int(np.clip(found, 0, steps - 1))
        way = self.points[index + 1] - self.points[index]
        rest = (distance - self.along[index]) / (
            self.along[index + 1] - self.along[index] or 1.0
        )
        return complex(self.points[index] + way * rest), cmath.phase(way)


def track_of(element: Element, library: Library, frame: Frame) -> Track | None:
    """The line that a `textPath` follows, in the text's units; None if there is none."""
    target = library.named.get(href(element) or "")
    own: Properties
    try:
        if "path" in element.attrib:
            own, runs = {}, parse_path(element.attrib["path"])[0]
        elif target is None or target.tag[len(SVG) :] not in SHAPES:
            return None
        else:
            own = library.sheets.own(target)
            runs, _ = outline(target.tag[len(SVG) :], Measure(own, frame, 16.0))
        place = transform_in(own, frame, 16.0)
    except (ShapeError, ValueError):
        return None
    if not runs:
        return None
    lines = [moved(line, place) for line in flat_enough(runs)]
    steps = [np.append(0.0, np.abs(np.diff(line))) for line in lines]
    along = np.cumsum(np.concatenate(steps))
    return Track(np.concatenate(lines), along, unit_along(own, runs))


def unit_along(own: Properties, runs: Outline) -> float:
    """How far one unit of a shape's `pathLength` is; 1 without one."""
    whole = number(own.get("pathLength"))
    if whole is None or whole < 0.0:
        return 1.0
    real = sum(float(np.abs(np.diff(line)).sum()) for line in flat_enough(runs))
    return real / whole if whole else math.inf
