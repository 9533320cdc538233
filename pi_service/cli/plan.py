"""`catplotter plan`: any SVG as a fast, checked G-code program."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

import click

from firmware_gcode.drawing.caption import CaptionError
from firmware_gcode.drawing.geometry import Drawing, DrawingError, Rectangle
from firmware_gcode.drawing.layout import LayoutError, grid
from firmware_gcode.drawing.paper import Paper, PaperError
from firmware_gcode.drawing.svg import svg
from firmware_gcode.drawing.svg_in import SvgDrawing, SvgError
from firmware_gcode.facts import Fact, fact
from firmware_gcode.program.checker import ProgramError, check_program
from firmware_gcode.program.listing import Listing, inked, write_listing
from firmware_gcode.program.profile import Profile
from firmware_gcode.program.profile_fields import ProfileError
from firmware_gcode.program.report import Figures, Report, as_it_came
from firmware_gcode.toolpath.oneline import one_line
from firmware_gcode.toolpath.plan import Stroke, Toolpath, plan_toolpath
from pi_service.cli.options import (
    INPUT,
    OUTPUT,
    fill_options,
    grid_option,
    paper_options,
    passes_option,
    sentences,
    tell_reading,
    write_file,
    write_pieces,
)
from pi_service.cli.pace import Pace
from pi_service.cli.placing import Passes, Sheet, Wish, read_sheet

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
@click.option(
    "--actual-size",
    is_flag=True,
    help="Keep the size that the SVG gives itself, and its place on its page, whose middle is "
    "the cell's. Several files of one drawing stay in register.",
)
@passes_option("stop (M0) for the pen to be changed.")
@fill_options
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
@click.option(
    "--plain-hops",
    is_flag=True,
    help="Lift the pen to the top each time, and wait until it is: for paper that curls.",
)
@click.option("--one-line", "single", is_flag=True, help="Draw it all in one continuous line.")
@click.option(
    "--tolerance",
    type=click.FloatRange(0.0, 10.0),
    help="How far curves may leave the drawing's lines, in mm; 0 draws the lines as they are. "
    "Without it, an eighth of the pen's width; 0.6 of its pixel for a sketch.",
)
@click.option("--preview", type=OUTPUT, help="Write what the pen will draw as SVG.")
@click.option("--moves", is_flag=True, help="Show pen-up moves in the preview.")
@click.option(
    "--fast",
    is_flag=True,
    help="Take the nearest stroke's end first, and do not search for a better order.",
)
@click.option(
    "--budget",
    type=click.FloatRange(0.0),
    metavar="SECONDS",
    help="Processor time for all of it: the search for a better order gets what is left when "
    "writing and checking are taken to need as long as reading, merging and fitting did. "
    "Only the search is cut short; what it ended and each part's seconds are told. Without it "
    "the search ends by itself, and the program is the same on every machine.",
)
@click.option("--quiet", "-q", is_flag=True, help="Show no progress on the terminal.")
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
    passes: Literal["layer", "colour"] | None,
    hatch: float | None,
    occlude: bool,
    words: str,
    caption_height: float,
    plain_hops: bool,
    single: bool,
    tolerance: float | None,
    preview: Path | None,
    moves: bool,
    fast: bool,
    budget: float | None,
    quiet: bool,
    as_json: bool,
) -> None:
    """Plan SVG files: place, merge, smooth and order them, and write them as G-code.

    Each DRAWING takes the next cell of the paper, row by row; without --grid there is one.
    Prints strokes, ink, travel, pen lifts, bytes and time, as it came and as planned.
    """
    _not_both("size", size, "actual-size", actual_size)
    _not_both("one-line", single, "passes", passes)
    profile = Profile.load(profile_name)
    profile = replace(profile, plain_hops=profile.plain_hops or plain_hops)
    paper = Paper.named(paper_size, landscape=landscape, margin=margin)
    profile.check_paper(paper)
    wish = Wish(size, actual_size, words, caption_height, hatch, occlude, tolerance)
    pace = Pace(budget, fast=fast, quiet=quiet)
    pace.step("reading")
    sheet = read_sheet(
        drawings, grid(paper.drawable, *cells, gap=CELL_GAP_MM), wish, profile.pen_width
    )
    pace.step("timing")
    before = as_it_came(sheet.everything, profile)
    parts = _one_line(sheet, profile) if single else sheet.passes(passes)
    room = _room(paper, max(sheet.tolerances).most)
    toolpath, stops = _planned(parts, profile, room, pace)
    toolpath = _with_captions(toolpath, sheet, profile)
    read = sheet.read
    del sheet, parts  # The program takes as much memory as they do.
    listing = _written(toolpath, stops, profile, paper, pace)
    if output:
        write_pieces(output, listing.pieces)
    if preview:
        shown, width = toolpath.moves if moves else (), profile.pen_width
        write_file(preview, svg(tuple(inked(toolpath)), paper, pen_width=width, moves=shown))
    _tell(read, stops, Report(before, Figures.of(listing)), pace, as_json=as_json)


def _not_both(one: str, given: object, other: str, given_too: object) -> None:
    if given and given_too:
        raise click.UsageError(f"--{one} and --{other} cannot both be.")


def _one_line(sheet: Sheet, profile: Profile) -> Passes:
    """All drawings as one line."""
    line = one_line(sheet.pictures, profile.pen_width).drawing
    return {("", False): (line, [min(sheet.tolerances)] * len(line.strokes))}


def _planned(
    parts: Passes,
    profile: Profile,
    area: Rectangle,
    pace: Pace,
) -> tuple[Toolpath, dict[int, Fact]]:
    """The passes one after the other, and before which strokes the pen is changed to what."""
    strokes: list[Stroke] = []
    stops: dict[int, Fact] = {}
    pen = next(iter(parts))[0]
    for (name, exact), (drawing, tolerances) in parts.items():
        start = strokes[-1].end if strokes else None
        if name != pen:
            stops[len(strokes)] = fact("pen-for-pass", name=name or "-")
        pen = name
        planned = plan_toolpath(
            drawing,
            profile,
            start=start,
            area=area,
            tolerance=0.0 if exact else tolerances,
            stop=pace,
            fast=pace.fast,
            tell=pace.step,
        )
        strokes += planned.strokes
    return Toolpath(tuple(strokes), profile.park, profile.park), stops


def _written(
    toolpath: Toolpath, stops: Mapping[int, Fact], profile: Profile, paper: Paper, pace: Pace
) -> Listing:
    """The program, checked."""
    pace.step("writing")
    listing = write_listing(toolpath, profile, pauses=stops)
    pace.step("checking")
    check_program(listing.parts, profile, paper)
    return listing


def _tell(
    read: Sequence[tuple[Path, SvgDrawing]],
    stops: Mapping[int, Fact],
    figures: Report,
    pace: Pace,
    *,
    as_json: bool,
) -> None:
    """Print the figures, and what of the files is not drawn as it is."""
    pace.done()
    if not as_json:
        click.echo(figures.text().rstrip())
        for path, found in read:
            tell_reading(path, found)
        return
    files = [
        {
            "file": str(path),
            "left_out": [told.as_dict() for told in found.left],
            "drawn_otherwise": [told.as_dict() for told in found.otherwise],
            "told": " ".join(map(str, found.told)),
        }
        for path, found in read
    ]
    changes = [{"stroke": at, "told": str(told)} for at, told in sorted(stops.items())]
    more = {
        "drawings": files,
        "pen_changes": changes,
        "budget_hit": pace.hit,
        "seconds": {name: round(spent, 3) for name, spent in pace.seconds.items()},
    }
    click.echo(json.dumps(figures.as_dict() | more))


def _room(paper: Paper, tolerance: float) -> Rectangle:
    """What curves must not leave: a drawing that fills its paper may bulge into the margin."""
    area, slack = paper.drawable, min(tolerance, paper.margin)
    return Rectangle(area.x0 - slack, area.y0 - slack, area.x1 + slack, area.y1 + slack)


def _with_captions(toolpath: Toolpath, sheet: Sheet, profile: Profile) -> Toolpath:
    """The captions after the drawings, letters as they are."""
    if not sheet.captions:
        return toolpath
    written = plan_toolpath(
        Drawing(sheet.captions), profile, start=toolpath.strokes[-1].end, tolerance=0.0
    )
    return Toolpath(toolpath.strokes + written.strokes, toolpath.start, toolpath.park)
