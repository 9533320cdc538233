"""SVG files on one paper: read, filled, placed in their cells, and divided into passes."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, TypeAlias

from firmware_gcode.drawing.areas import hatched, occluded
from firmware_gcode.drawing.caption import caption, caption_strip
from firmware_gcode.drawing.geometry import Drawing, Polyline, Rectangle, bounds
from firmware_gcode.drawing.layout import LayoutError, place, place_page, scale_of
from firmware_gcode.drawing.svg_in import Mark, SvgDrawing, by_pen, read_svg
from firmware_gcode.toolpath.tolerance import Tolerance, default_tolerance
from pi_service.cli.options import caption_words

Passes: TypeAlias = dict[tuple[str, bool], tuple[Drawing, list[Tolerance]]]
"""Strokes by layer or colour and whether they are drawn exactly, each with its tolerance."""


@dataclass(frozen=True)
class Wish:
    """How drawings shall stand in their cells.

    Attributes:
        size: Longer side in mm; None to fill the cell.
        actual_size: Keep the size that each file gives itself, and its place on its page.
        words: What is written under each; empty for nothing.
        height: Height of its capitals, mm.
        hatch: Distance of the lines that fill areas, mm on the paper; None for none.
        occlude: Leave out what areas hide.
        tolerance: How far curves may leave the lines, mm; None for what each drawing allows.
    """

    size: float | None
    actual_size: bool
    words: str
    height: float
    hatch: float | None = None
    occlude: bool = False
    tolerance: float | None = None


@dataclass(frozen=True)
class Sheet:
    """What stands on the paper, mm.

    Attributes:
        pictures: The drawings' strokes.
        marks: Where each of them comes from.
        captions: The strokes of what is written under them.
        tolerances: How far curves may leave each of the strokes: what its drawing allows.
        read: The files, and what was found in them; their lines are let go.
    """

    pictures: Drawing
    marks: tuple[Mark, ...]
    captions: tuple[Polyline, ...]
    tolerances: tuple[Tolerance, ...]
    read: tuple[tuple[Path, SvgDrawing], ...]

    @property
    def everything(self) -> Drawing:
        """All strokes in their own order."""
        return Drawing(self.pictures.strokes + self.captions)

    def passes(self, by: Literal["layer", "colour"] | None) -> Passes:
        """The pictures' strokes by layer or colour, and whether they are drawn exactly."""
        strokes = list(zip(self.pictures.strokes, self.tolerances, strict=True))
        return {
            pen: (Drawing(tuple(line for line, _ in found)), [own for _, own in found])
            for pen, found in by_pen(strokes, self.marks, by).items()
        }


def read_sheet(
    paths: Sequence[Path], cells: Sequence[Rectangle], wish: Wish, pen_width: float
) -> Sheet:
    """Each drawing in its cell, its caption under it; the pen's width is in mm.

    Raises:
        LayoutError: There are more drawings than cells, or one does not fit.
        SvgError: A file cannot be read.
        CaptionError: The caption does not fit.
    """
    if len(paths) > len(cells):
        raise LayoutError("drawings-beyond-grid", drawings=len(paths), cells=len(cells))
    read: list[tuple[Path, SvgDrawing]] = []
    pictures: list[Drawing] = []
    marks: list[Mark] = []
    captions: list[Polyline] = []
    today = datetime.date.today()  # noqa: DTZ011  # the date where the person is
    for number, (path, room) in enumerate(zip(paths, cells, strict=False), start=1):
        area = room
        if wish.words:
            area, strip = caption_strip(room, wish.height)
            text = caption_words(wish.words, number, today)
            captions += caption(text, strip, height=wish.height).strokes
        found, picture = _placed(path, area, wish)
        marks += found.marks
        read.append((path, replace(found, polylines=(), marks=(), areas=())))
        pictures.append(picture)
    strokes = tuple(stroke for picture in pictures for stroke in picture.strokes)
    tolerances: list[Tolerance] = []
    for picture in pictures:
        allowed = (
            default_tolerance(picture, pen_width)
            if wish.tolerance is None
            else Tolerance(wish.tolerance, smoothing=True)
        )
        tolerances += [allowed] * len(picture.strokes)
    return Sheet(
        Drawing(strokes), tuple(marks), tuple(captions), tuple(tolerances), tuple(read)
    )


def _placed(path: Path, area: Rectangle, wish: Wish) -> tuple[SvgDrawing, Drawing]:
    """One drawing in the middle of its area, or on its page in the middle of it."""
    longer = wish.size or max(area.width, area.height)
    found = read_svg(path, drawn_mm=None if wish.actual_size else longer)
    scale: Literal["fit"] | float = "fit" if wish.size is None else wish.size
    factor = 1.0 if wish.actual_size else scale_of(bounds(found.polylines), area, scale)
    if wish.hatch is not None:
        found = hatched(found, wish.hatch / factor)
    if wish.occlude:
        found = occluded(found)
    if not wish.actual_size:
        return found, place(found.polylines, area, scale=scale, y_down=True)
    box = bounds(found.polylines)
    width, height = found.width or box.x0 + box.x1, found.height or box.y0 + box.y1
    return found, place_page(found.polylines, (width, height), area)
