"""Patterns: where the tiles of a filled area lie, and what is in each."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from firmware_gcode.drawing.svg_parts.boxes import Box, box_around, flat_enough
from firmware_gcode.drawing.svg_parts.outline import Run, polygon
from firmware_gcode.drawing.svg_parts.pieces import Piece
from firmware_gcode.drawing.svg_parts.shapes import Measure, rectangle
from firmware_gcode.drawing.svg_parts.style import Properties
from firmware_gcode.drawing.svg_parts.transforms import transform_in
from firmware_gcode.drawing.svg_parts.values import (
    IDENTITY,
    Frame,
    Matrix,
    fitted,
    inverse,
    moved,
    times,
    translation,
    view_box,
)

MOST_TILES: Final = 10_000
"""In a document; an area that would have more is drawn around its edge."""


@dataclass(frozen=True)
class Tiling:
    """The tiles of an area.

    Attributes:
        places: From each tile's units to the area's.
        fit: From the content's units to the tile's.
        room: The edge of a tile, in its units.
        frame: What relative lengths of the content are relative to.
    """

    places: list[Matrix]
    fit: Matrix
    room: Run
    frame: Frame

    def holds(self, piece: Piece) -> bool:
        """Whether a piece of one tile, in its units, is a line, or an area within the tile.

        An area that goes on in the next tile has no edge there, and cannot be drawn by tiles.
        """
        if piece.stroke is not None:
            return True
        z = [moved(line, piece.state.matrix) for line in flat_enough(piece.outline)]
        x, y, width, height = box_around(z)
        right, bottom = self.room.points[2].real, self.room.points[2].imag
        return x > 0.0 and y > 0.0 and x + width < right and y + height < bottom


def tiling(said: Properties, box: Box, frame: Frame, most: int) -> Tiling | None:
    """How a pattern fills an area; None where it has no size, or there are too many tiles.

    Args:
        said: What the pattern and those that it refers to say.
        box: The area's: x, y, width and height.
        frame: What relative lengths of the area are relative to.
        most: How many tiles there may be.
    """
    unit: Matrix = (box[2], 0.0, 0.0, box[3], box[0], box[1])
    whole = Frame(1.0, 1.0, frame.page, frame.root_font)
    in_box = said.get("patternUnits") != "userSpaceOnUse"
    at = Measure(said, whole if in_box else frame, 16.0)
    x, y = at.get("x", "x"), at.get("y", "y")
    width, height = at.get("width", "x"), at.get("height", "y")
    if in_box:
        x, y = box[0] + x * box[2], box[1] + y * box[3]
        width, height = width * box[2], height * box[3]
    try:
        turned = transform_in(said, frame, 16.0, attribute="patternTransform")
    except ValueError:
        turned = IDENTITY
    back = inverse(turned)
    if back is None or width <= 0.0 or height <= 0.0:
        return None
    fit, inner = IDENTITY, frame
    shown = view_box(said.get("viewBox"))
    if shown is not None:
        if min(shown[2:]) <= 0.0:
            return None
        fit = fitted(shown, (width, height), said.get("preserveAspectRatio", ""))
        inner = Frame(*shown[2:], frame.page, frame.root_font)
    elif said.get("patternContentUnits") == "objectBoundingBox":
        fit, inner = (box[2], 0.0, 0.0, box[3], 0.0, 0.0), whole
    corners = moved(moved(polygon([0, 1, 1 + 1j, 1j]).flat(1.0), unit), back)
    across = _steps(corners.real, x, width)
    down = _steps(corners.imag, y, height)
    if len(across) * len(down) > most:
        return None
    places = [
        times(turned, translation(x + column * width, y + row * height))
        for row in down
        for column in across
    ]
    return Tiling(places, fit, rectangle(0.0, 0.0, width, height), inner)


def _steps(places: NDArray[np.float64], begin: float, size: float) -> range:
    """The numbers of the tiles that cover some places."""
    low, high = (float(places.min()) - begin) / size, (float(places.max()) - begin) / size
    if not max(abs(low), abs(high)) < 1e9:
        return range(MOST_TILES + 1)
    return range(math.floor(low), math.ceil(high))
