"""Where drawings stand on the paper: fitted or of a fixed size, one or a grid of cells."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from firmware_gcode.drawing.geometry import (
    Drawing,
    DrawingError,
    Polyline,
    Rectangle,
    as_polyline,
    bounds,
)
from firmware_gcode.facts import CodedError, fact

_ROUNDING_MM = 1e-9


class LayoutError(CodedError, ValueError):
    """A drawing that does not fit where it should stand."""


def place(
    polylines: Sequence[ArrayLike],
    area: Rectangle,
    *,
    scale: Literal["fit"] | float = "fit",
    y_down: bool,
) -> Drawing:
    """Scale polylines, shape (N, 2), to an area in mm, aspect kept, and centre them.

    A drawing without extent (one dot) stands in the middle. `scale` "fit" fills the area; a
    number is the longer side of the result in mm. `y_down` says whether y grows downwards in
    `polylines` (Quick, Draw!, SVG); mm grow upwards.

    Raises:
        DrawingError: Nothing to draw, or coordinates that are not finite.
        LayoutError: A fixed size that is not positive or larger than the area.
    """
    if len(polylines) == 0:
        raise DrawingError("drawing-empty")
    arrays = [
        as_polyline(line, fact("stroke-number", number=number))
        for number, line in enumerate(polylines)
    ]
    box = bounds(arrays)
    factor = scale_of(box, area, scale)
    centre = np.array(box.centre)
    flip = np.array([factor, -factor if y_down else factor])
    low, high = np.array([area.x0, area.y0]), np.array([area.x1, area.y1])
    return Drawing(
        tuple(np.clip((a - centre) * flip + np.array(area.centre), low, high) for a in arrays)
    )


def place_page(
    polylines: Sequence[Polyline], page: tuple[float, float], area: Rectangle
) -> Drawing:
    """Put a page (width and height in mm), at its own size, in the middle of an area in mm.

    Drawings on pages of the same size come to lie as their pages do, whatever is on them.
    `polylines` have shape (N, 2), y down, in mm from the page's upper left corner.

    Raises:
        DrawingError: Nothing to draw, or coordinates that are not finite.
        LayoutError: Something of it is outside the area.
    """
    left = area.centre[0] - page[0] / 2
    top = area.centre[1] + page[1] / 2
    drawing = Drawing(tuple(line * (1.0, -1.0) + (left, top) for line in polylines))
    box = drawing.bounds
    if not area.contains([(box.x0, box.y0), (box.x1, box.y1)], _ROUNDING_MM):
        raise LayoutError(
            "page-does-not-fit",
            drawing=f"{box.x0:.1f} {box.y0:.1f} {box.x1:.1f} {box.y1:.1f}",
            room=f"{area.x0:.1f} {area.y0:.1f} {area.x1:.1f} {area.y1:.1f}",
        )
    return drawing


def scale_of(box: Rectangle, area: Rectangle, scale: Literal["fit"] | float) -> float:
    """Millimetres per unit of a drawing that `place` puts into an area.

    Raises:
        LayoutError: A fixed size that is not positive or larger than the area.
    """
    longer = max(box.width, box.height)
    if scale == "fit":
        ratios = [
            room / extent
            for room, extent in ((area.width, box.width), (area.height, box.height))
            if extent > 0.0
        ]
        return min(ratios, default=1.0)
    if not (math.isfinite(scale) and scale > 0.0):
        raise LayoutError("size-not-positive", size=float(scale))
    if longer == 0.0:
        return 1.0
    factor = scale / longer
    width, height = box.width * factor, box.height * factor
    if width > area.width + _ROUNDING_MM or height > area.height + _ROUNDING_MM:
        raise LayoutError(
            "drawing-does-not-fit",
            drawing=f"{width:.1f} x {height:.1f}",
            room=f"{area.width:.1f} x {area.height:.1f}",
        )
    return factor


def grid(area: Rectangle, columns: int, rows: int, *, gap: float = 0.0) -> list[Rectangle]:
    """Divide an area into equal cells with `gap` mm between, by rows from the upper left one.

    Raises:
        LayoutError: No cell, a negative gap, or gaps that leave no room.
    """
    if columns < 1 or rows < 1:
        raise LayoutError("grid-without-cells", columns=columns, rows=rows)
    width = (area.width - gap * (columns - 1)) / columns
    height = (area.height - gap * (rows - 1)) / rows
    if gap < 0.0 or width <= 0.0 or height <= 0.0:
        room = f"{area.width:.1f} x {area.height:.1f}"
        raise LayoutError("grid-does-not-fit", columns=columns, rows=rows, gap=gap, room=room)
    cells = []
    for row in range(rows):
        y1 = area.y1 - row * (height + gap)
        for column in range(columns):
            x0 = area.x0 + column * (width + gap)
            cells.append(Rectangle(x0, y1 - height, x0 + width, y1))
    return cells


def flipped(points: Polyline, height: float) -> Polyline:
    """Points with y measured from the other edge of something `height` mm high."""
    return np.column_stack([points[:, 0], height - points[:, 1]])
