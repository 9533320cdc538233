"""From a class and a seed to a program for one cell of the paper."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

import numpy as np

from firmware_gcode.drawing.geometry import Rectangle, as_polyline
from firmware_gcode.drawing.layout import grid, place
from firmware_gcode.drawing.paper import Paper
from firmware_gcode.program.checker import check_program
from firmware_gcode.program.profile import Profile
from firmware_gcode.program.program import Program
from firmware_gcode.program.writer import write_program
from firmware_gcode.toolpath.plan import Stroke, Toolpath, plan_toolpath
from firmware_gcode.toolpath.segments import lines
from pi_service.sketching.stroke import to_polylines
from pi_service.studio.parts import Artist
from pi_service.studio.store import KeptDrawing

logger = logging.getLogger(__name__)

CELL_GAP_MM = 6.0
"""Paper left free between the drawings of neighbouring cells."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be composed.

    Attributes:
        class_name: What to draw.
        seed: The seed of it all.
        sheet: Number of the sheet it is for.
        cell: Its cell there, from 0, row by row from the top left.
        columns: Of the sheet's grid.
        rows: Likewise.
    """

    class_name: str
    seed: int
    sheet: int
    cell: int
    columns: int
    rows: int


@dataclass(frozen=True, slots=True)
class Composition:
    """A drawing that is ready to be drawn.

    Attributes:
        order: What it was composed for.
        program: The checked program; its `strokes` are those of the whole drawing, also where
            it leaves out the first ones because they are on the paper already.
        model_hash: Which model drew the sketch.
    """

    order: Order
    program: Program
    model_hash: str

    @property
    def points(self) -> list[list[list[float]]]:
        """The strokes ready for JSON, to 1 µm."""
        return [np.round(stroke, 3).tolist() for stroke in self.program.strokes]


class Composer:
    """Draws sketches, places them in cells and writes their programs. Keeps no state.

    Args:
        artist: Draws the sketches.
        profile: The machine's profile.
        paper: The paper on the bed.
    """

    def __init__(self, artist: Artist, profile: Profile, paper: Paper) -> None:
        self.artist = artist
        self.profile = profile
        self.paper = paper

    def compose(self, order: Order) -> Composition:
        """Compose a new drawing; the same order always gives the same bytes.

        Raises:
            ValueError: If the sketch or program cannot be; the message says why.
        """
        return self._write(order, self._plan(order), self.artist.model_hash)

    def compose_rest(self, order: Order, kept: KeptDrawing, first_stroke: int) -> Composition:
        """Write the program for what is still missing of a kept drawing.

        If the seed still gives the same strokes, the program is the rest of the first one. If
        model or software have changed since, it goes by the strokes that were kept: what it
        draws always fits to what is on the paper.

        Args:
            order: Where it belongs.
            kept: The whole drawing.
            first_stroke: How many of its strokes are on the paper.

        Raises:
            ValueError: If the program cannot be; the message says why.
        """
        try:
            again = self._write(order, self._plan(order), self.artist.model_hash, first_stroke)
            if again.points == kept.strokes:
                return again
        except ValueError as error:
            logger.warning("what was kept is drawn, as the seed cannot be: %s", error)
        kept_lines = [as_polyline(points) for points in kept.strokes]
        strokes = (Stroke(line, (n,), lines(line)) for n, line in enumerate(kept_lines))
        toolpath = Toolpath(tuple(strokes), self.profile.park, self.profile.park)
        return self._write(
            order, toolpath, str(kept.settings.get("model_hash", "")), first_stroke
        )

    def area(self, order: Order) -> Rectangle:
        """The cell's rectangle, paper mm."""
        cells = grid(self.paper.drawable, order.columns, order.rows, gap=CELL_GAP_MM)
        return cells[order.cell]

    def kept(self, composition: Composition) -> KeptDrawing:
        """What to keep of a composition."""
        settings: dict[str, Any] = {
            "width": self.paper.width,
            "height": self.paper.height,
            "margin": self.paper.margin,
            "model_hash": composition.model_hash,
        }
        return KeptDrawing(
            composition.points, composition.program.text, self.profile.name, settings
        )

    def _plan(self, order: Order) -> Toolpath:
        sketch = self.artist.draw(order.class_name, seed=order.seed)
        drawing = place(to_polylines(sketch), self.area(order), scale="fit", y_down=True)
        return plan_toolpath(drawing, self.profile, seed=order.seed, area=self.paper.sheet)

    def _write(
        self, order: Order, toolpath: Toolpath, model_hash: str, first_stroke: int = 0
    ) -> Composition:
        program = write_program(toolpath, self.profile, from_stroke=first_stroke)
        check_program(program.text, self.profile, self.paper)
        return Composition(order, program, model_hash)
