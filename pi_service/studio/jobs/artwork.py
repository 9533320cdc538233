"""An SVG file as something that the gallery can draw: placed in a cell, pen by pen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from firmware_gcode.drawing.areas import hatched, occluded
from firmware_gcode.drawing.geometry import DrawingError, bounds
from firmware_gcode.drawing.svg_in import SvgError, by_pen, read_svg
from firmware_gcode.facts import Fact
from pi_service.studio.core.errors import StudioError
from pi_service.studio.jobs.picked import FILE_DIGITS, Picked, rounded

MOST_STROKES, MOST_POINTS = 20_000, 200_000
"""What one drawing of the gallery may have: it is kept, shown and drawn again."""


class ArtworkError(StudioError, ValueError):
    """An SVG file that the gallery cannot draw."""


@dataclass(frozen=True, slots=True)
class Artwork:
    """How an SVG file is to be drawn.

    Attributes:
        text: The file.
        passes: What gets a pen of its own; None: one pen draws all.
        hatch: Distance of the lines that fill areas, mm on the paper; None for none.
        occlude: Leave out what areas hide.
        size_mm: The drawing's longer side; None to fill its cell.
    """

    name: str
    text: str
    passes: Literal["layer", "colour"] | None = None
    hatch: float | None = None
    occlude: bool = False
    size_mm: float | None = None

    def read(self, room: tuple[float, float]) -> tuple[Picked, tuple[Fact, ...]]:
        """What is to be kept, and what a person must know of the reading.

        Args:
            room: Width and height of a cell, mm.

        Raises:
            ArtworkError: It is no SVG file that can be drawn, cannot be hatched so finely, or
                has more lines than the gallery keeps.
        """
        try:
            return self._read(room)
        except (SvgError, DrawingError) as error:
            raise ArtworkError(error.fact) from error

    def _read(self, room: tuple[float, float]) -> tuple[Picked, tuple[Fact, ...]]:
        if not self.text.lstrip("\ufeff \t\r\n").startswith("<"):
            raise ArtworkError("artwork-no-svg")  # anything else would be a file's name
        found = read_svg(self.text, drawn_mm=self.size_mm or max(room))
        box = bounds(found.polylines)
        sides = (box.width or 1e-9, box.height or 1e-9)
        fill = min(room[0] / sides[0], room[1] / sides[1])
        if self.hatch is not None:
            scale = fill if self.size_mm is None else min(fill, self.size_mm / max(sides))
            found = hatched(found, self.hatch / scale)
        if self.occlude:
            found = occluded(found)
        count = sum(map(len, found.polylines))
        if len(found.polylines) > MOST_STROKES or count > MOST_POINTS:
            raise ArtworkError(
                "artwork-too-large",
                strokes=len(found.polylines),
                points=count,
                most_strokes=MOST_STROKES,
                most_points=MOST_POINTS,
            )
        passes = by_pen(found.polylines, found.marks, self.passes)
        corner = np.array([box.x0, box.y0])
        lines = [(line - corner) * fill for strokes in passes.values() for line in strokes]
        pens = ((name or "-", len(each), exact) for (name, exact), each in passes.items())
        return (
            Picked(
                class_name=self.name,
                seed=0,
                room=(sides[0] * fill, sides[1] * fill),
                given=(),
                added=rounded(lines, FILE_DIGITS),
                model_hash="",
                passes=tuple(pens),
            ),
            found.told,
        )
