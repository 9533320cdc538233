"""`catplotter plan`: any SVG as a fast, checked G-code program."""

from __future__ import annotations

import datetime
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np

from firmware_gcode.drawing.caption import CaptionError, caption, caption_strip
from firmware_gcode.drawing.geometry import Drawing, DrawingError, Polyline, Rectangle
from firmware_gcode.drawing.layout import LayoutError, grid, place
from firmware_gcode.drawing.paper import Paper, PaperError
from firmware_gcode.drawing.svg import svg
from firmware_gcode.drawing.svg_in import SvgError, read_svg
from firmware_gcode.program.checker import ProgramError, check_program
from firmware_gcode.program.profile import Profile
from firmware_gcode.program.profile_fields import ProfileError
from firmware_gcode.program.report import report
from firmware_gcode.program.writer import write_program
from firmware_gcode.toolpath.fit import default_tolerance
from firmware_gcode.toolpath.oneline import one_line
from firmware_gcode.toolpath.plan import Toolpath, plan_toolpath
from pi_service.cli.options import (
    INPUT,
    OUTPUT,
    caption_words,
    grid_option,
    paper_options,
    sentences,
    write_file,
)

EXPECTED = (
    CaptionError,
    DrawingError,
    LayoutError,
    PaperError,
    ProfileError,
    ProgramError,
    SvgError,
)
CELL_GAP_MM = 6.0
"""Paper left free between the drawings of neighbouring cells."""


@dataclass(frozen=True)
class Sheet:
    """What stands on the paper, mm.

    Attributes:
        pictures: The drawings' strokes.
        captions: The strokes of what is written under them.
        tolerance: How far curves may leave the smallest of the drawings.
    """

    pictures: Drawing
    captions: tuple[Polyline, ...]
    tolerance: float

    @property
    def everything(self) -> Drawing:
        """All strokes in their own order."""
        return Drawing(self.pictures.strokes + self.captions)


@dataclass(frozen=True)
class Wish:
    """How drawings shall stand in their cells.

    Attributes:
        size: Longer side in mm; None to fill the cell.
        actual_size: Keep the size that each file gives itself.
        words: What is written under each; empty for nothing.
        height: Height of its capitals, mm.
    """

    size: float | None
    actual_size: bool
    words: str
    height: float


@click.command()
@click.argument(
    "drawings",
    metavar="DRAWING...",
    nargs=-1,
    required=True,
    type=INPUT,
)
@click.option("--output", "-o", type=OUTPUT, help="Write the program to this file.")
@click.option(
    "--profile",
    "profile_name",
    default="simulated",
    show_default=True,
    help="The machine: simulated, z-pen, servo-pen, or a TOML file.",
)
@paper_options
@grid_option("1x1", "Divide the paper into cells, one for each drawing.")
@click.option(
    "--size",
    type=float,
    help="Longer side of each drawing in mm; without it, it fills its cell.",
)
@click.option("--actual-size", is_flag=True, help="Keep the size that the SVG gives itself.")
@click.option(
    "--caption",
    "words",
    default="",
    help="Write this under each drawing; {number} and {date} are filled in.",
)
@click.option(
    "--caption-height",
    type=click.FloatRange(1.0),
    default=4.0,
    show_default=True,
    help="Height of the caption's capitals, in mm.",
)
@click.option("--one-line", "single", is_flag=True, help="Draw it all in one continuous line.")
@click.option(
    "--tolerance",
    type=click.FloatRange(0.0, 10.0),
    help="How far curves may leave the drawing's lines, in mm; 0 draws the lines as they are. "
    "Without it, 0.3 % of the drawing's size, at most 0.285 mm.",
)
@click.option("--preview", type=OUTPUT, help="Write what the pen will draw as SVG.")
@click.option("--moves", is_flag=True, help="Show pen-up moves in the preview.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
@sentences(*EXPECTED)
def plan(
    *,
    drawings: tuple[Path, ...],
    output: Path | None,
    profile_name: str,
    paper_size: str,
    margin: float,
    landscape: bool,
    cells: tuple[int, int],
    size: float | None,
    actual_size: bool,
    words: str,
    caption_height: float,
    single: bool,
    tolerance: float | None,
    preview: Path | None,
    moves: bool,
    as_json: bool,
) -> None:
    """Plan SVG files: place, merge, smooth and order them, and write them as G-code.

    Each DRAWING takes the next cell of the paper, row by row; without --grid there is one.
    Prints strokes, ink, travel, pen lifts, bytes and time, as it came and as planned.
    """
    if size is not None and actual_size:
        raise click.UsageError("--size and --actual-size cannot both be.")
    profile = Profile.load(profile_name)
    paper = Paper.named(paper_size, landscape=landscape, margin=margin)
    profile.check_paper(paper)
    wish = Wish(size, actual_size, words, caption_height)
    sheet = _sheet(drawings, grid(paper.drawable, *cells, gap=CELL_GAP_MM), wish)
    pictures = sheet.pictures
    wanted = one_line(pictures, profile.pen_width).drawing if single else pictures
    allowed = sheet.tolerance if tolerance is None else tolerance
    toolpath = plan_toolpath(wanted, profile, area=_room(paper, allowed), tolerance=allowed)
    toolpath = _with_captions(toolpath, sheet, profile)
    program = write_program(toolpath, profile)
    check_program(program.text, profile, paper)
    if output:
        write_file(output, program.text)
    if preview:
        shown = toolpath.moves if moves else ()
        write_file(
            preview, svg(program.strokes, paper, pen_width=profile.pen_width, moves=shown)
        )
    figures = report(sheet.everything, program, profile)
    click.echo(json.dumps(figures.as_dict()) if as_json else figures.text().rstrip())


def _room(paper: Paper, tolerance: float) -> Rectangle:
    """What curves must not leave: a drawing that fills its paper may bulge into the margin."""
    area, slack = paper.drawable, min(tolerance, paper.margin)
    return Rectangle(area.x0 - slack, area.y0 - slack, area.x1 + slack, area.y1 + slack)


def _sheet(paths: Sequence[Path], cells: Sequence[Rectangle], wish: Wish) -> Sheet:
    """Each drawing in its cell, its caption under it."""
    if len(paths) > len(cells):
        raise LayoutError("drawings-beyond-grid", drawings=len(paths), cells=len(cells))
    pictures: list[Drawing] = []
    captions: list[Polyline] = []
    today = datetime.date.today()  # noqa: DTZ011  # the date where the person is
    for number, (path, room) in enumerate(zip(paths, cells, strict=False), start=1):
        area = room
        if wish.words:
            area, strip = caption_strip(room, wish.height)
            text = caption_words(wish.words, number, today)
            captions += caption(text, strip, height=wish.height).strokes
        pictures.append(_placed(path, area, wish))
    strokes = tuple(stroke for picture in pictures for stroke in picture.strokes)
    return Sheet(Drawing(strokes), tuple(captions), min(map(default_tolerance, pictures)))


def _placed(path: Path, area: Rectangle, wish: Wish) -> Drawing:
    """One drawing in the middle of its area."""
    found, size = read_svg(path), wish.size
    if wish.actual_size:
        size = float(np.ptp(np.concatenate(found.polylines), axis=0).max()) or None
    return place(found.polylines, area, scale="fit" if size is None else size, y_down=True)


def _with_captions(toolpath: Toolpath, sheet: Sheet, profile: Profile) -> Toolpath:
    """The captions after the drawings, letters as they are."""
    if not sheet.captions:
        return toolpath
    written = plan_toolpath(
        Drawing(sheet.captions), profile, start=toolpath.strokes[-1].end, tolerance=0.0
    )
    return Toolpath(toolpath.strokes + written.strokes, toolpath.start, toolpath.park)
