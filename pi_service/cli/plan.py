"""`catplotter plan`: any SVG as a fast, checked G-code program."""

from __future__ import annotations

import json
from pathlib import Path

import click
import numpy as np

from firmware_gcode.drawing.geometry import Drawing, DrawingError
from firmware_gcode.drawing.layout import LayoutError, place
from firmware_gcode.drawing.paper import Paper, PaperError
from firmware_gcode.drawing.svg import svg
from firmware_gcode.drawing.svg_in import SvgError, read_svg
from firmware_gcode.program.checker import ProgramError, check_program
from firmware_gcode.program.profile import Profile
from firmware_gcode.program.profile_fields import ProfileError
from firmware_gcode.program.report import report
from firmware_gcode.program.writer import write_program
from firmware_gcode.toolpath.oneline import one_line
from firmware_gcode.toolpath.plan import plan_toolpath
from pi_service.cli.options import paper_options, sentences, write_file

EXPECTED = (DrawingError, LayoutError, PaperError, ProfileError, ProgramError, SvgError)
OUTPUT = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("drawing", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--output", "-o", type=OUTPUT, help="Write the program to this file.")
@click.option(
    "--profile",
    "profile_name",
    default="simulated",
    show_default=True,
    help="The machine: simulated, z-pen, servo-pen, or a TOML file.",
)
@paper_options
@click.option(
    "--size",
    type=float,
    help="Longer side of the drawing in mm; without it, it fills the paper.",
)
@click.option("--actual-size", is_flag=True, help="Keep the size that the SVG gives itself.")
@click.option("--one-line", "single", is_flag=True, help="Draw it all in one continuous line.")
@click.option("--preview", type=OUTPUT, help="Write what the pen will draw as SVG.")
@click.option("--moves", is_flag=True, help="Show pen-up moves in the preview.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
@sentences(*EXPECTED)
def plan(
    *,
    drawing: Path,
    output: Path | None,
    profile_name: str,
    paper_size: str,
    margin: float,
    landscape: bool,
    size: float | None,
    actual_size: bool,
    single: bool,
    preview: Path | None,
    moves: bool,
    as_json: bool,
) -> None:
    """Plan DRAWING, an SVG file: place, merge, smooth, order, and write it as G-code.

    Prints strokes, ink, travel, pen lifts, bytes and time, as it came and as planned.
    """
    if size is not None and actual_size:
        raise click.UsageError("--size and --actual-size cannot both be.")
    profile = Profile.load(profile_name)
    paper = Paper.named(paper_size, landscape=landscape, margin=margin)
    profile.check_paper(paper)
    placed = _placed(drawing, paper, size, actual_size=actual_size)
    wanted = one_line(placed, profile.pen_width) if single else placed
    toolpath = plan_toolpath(wanted, profile, area=paper.drawable)
    program = write_program(toolpath, profile)
    check_program(program.text, profile, paper)
    if output:
        write_file(output, program.text)
    if preview:
        shown = toolpath.moves if moves else ()
        write_file(
            preview, svg(program.strokes, paper, pen_width=profile.pen_width, moves=shown)
        )
    figures = report(placed, program, profile)
    click.echo(json.dumps(figures.as_dict()) if as_json else figures.text().rstrip())


def _placed(path: Path, paper: Paper, size: float | None, *, actual_size: bool) -> Drawing:
    """The drawing in the middle of the paper's drawable area."""
    found = read_svg(path)
    if actual_size:
        points = np.concatenate(found.polylines)
        size = float(np.ptp(points, axis=0).max()) or None
    return place(
        found.polylines, paper.drawable, scale="fit" if size is None else size, y_down=True
    )
