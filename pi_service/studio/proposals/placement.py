"""Where a drawing of two hands stands on paper: where it was drawn, if there is room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from firmware_gcode.drawing.geometry import Polyline, Rectangle
from pi_service.sketching.simplify import Line
from pi_service.studio.proposals.picked import Picked

SMALLEST_MM = 20.0
"""Longer side that a drawing has at least, where there is room: a pen can draw no smaller cat
that anybody would look at."""


@dataclass(frozen=True)
class Placement:
    """From the room in which a drawing was begun to the one where it stands: mm, y down.

    A point goes to ``point * scale + (x, y)``.
    """

    scale: float
    x: float
    y: float

    def of(self, line: Line) -> Line:
        """A line where it stands."""
        moved: Line = line * self.scale + np.array([self.x, self.y])
        return moved


def placement(
    strokes: Sequence[Line], room: tuple[float, float], area: tuple[float, float]
) -> Placement:
    """Where strokes stand in an area.

    The room's middle comes to the area's. What the machine added may lead out of the room:
    then the whole drawing is made smaller, as little as is needed, and moved, no further than
    into the area.

    Args:
        strokes: All of them, mm from the room's upper left corner, y down.
        room: Width and height of the room they were drawn in.
        area: The same of where they are to stand.
    """
    points = np.concatenate(strokes)
    scale = min(area[0] / room[0], area[1] / room[1])
    low, high = points.min(axis=0) * scale, points.max(axis=0) * scale
    away = (np.array(area) - np.array(room) * scale) / 2
    size = high - low
    with np.errstate(divide="ignore"):
        most = float((np.array(area) / size).min())
    resize = min(max(1.0, SMALLEST_MM / float(size.max())), most)
    middle = (low + high) / 2 + away
    half = size * resize / 2
    middle = np.clip(middle, half, np.maximum(np.array(area) - half, half))
    shift = middle - (low + high) / 2 * resize
    return Placement(scale * resize, float(shift[0]), float(shift[1]))


def stand(picked: Picked, area: Rectangle) -> tuple[list[Polyline], list[Polyline]]:
    """The visitor's strokes and the machine's on paper, mm, y up."""
    where = placement(picked.strokes, picked.room, (area.width, area.height))
    low, high = np.array([area.x0, area.y0]), np.array([area.x1, area.y1])

    def upright(line: Line) -> Polyline:
        moved = where.of(line) * np.array([1.0, -1.0]) + np.array([area.x0, area.y1])
        inside: Polyline = np.clip(moved, low, high)
        return inside

    return [upright(line) for line in picked.given], [upright(line) for line in picked.added]
