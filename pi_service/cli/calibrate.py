"""`catplotter calibrate`: the guided calibration, asked in a terminal."""

from __future__ import annotations

from pathlib import Path

import click

from firmware_gcode.drawing.paper import Paper, PaperError
from firmware_gcode.program.profile import Profile
from firmware_gcode.program.profile_fields import ProfileError
from firmware_gcode.program.prompts import Prompt
from firmware_gcode.setup.calibration.guide import Guide
from firmware_gcode.setup.calibration.sheet import calibration_sheet
from firmware_gcode.setup.calibration.shop import Shop
from firmware_gcode.setup.calibration.steps import CALIBRATION
from firmware_gcode.setup.files import SetupError
from firmware_gcode.setup.profile_file import ProfileFile
from pi_service.cli.machine import at_machine, port_option
from pi_service.cli.options import (
    OUTPUT,
    check_picture,
    paper_options,
    sentences,
    write_picture,
)

PREVIEW_PIXELS_PER_MM = 6.0
STEPS = tuple(CALIBRATION)


@click.command(
    epilog="Steps: " + "; ".join(f"{name}: {what}" for name, (what, _) in CALIBRATION.items())
)
@port_option
@click.option(
    "--profile",
    "profile_name",
    required=True,
    help="Your own profile, a TOML file; what is found out is written into it.",
)
@click.option(
    "--step",
    "names",
    type=click.Choice(STEPS),
    multiple=True,
    help="Only this step (may be given several times); without it, all in turn.",
)
@click.option(
    "--preview",
    type=OUTPUT,
    help="Only write the test sheet as a picture, .svg or .png; nothing moves.",
)
@paper_options
@sentences(SetupError, ProfileError, PaperError)
def calibrate(
    *,
    port: str | None,
    profile_name: str,
    names: tuple[str, ...],
    preview: Path | None,
    paper_size: str,
    margin: float,
    landscape: bool,
) -> None:
    """Find out, step by step, what a profile must say about your machine.

    Each step asks before anything moves and before anything is written. Ctrl-C at any time
    stops the machine and lifts the pen. The profile's file keeps its comments, and what it
    was is kept beside it.
    """
    paper = Paper.named(paper_size, landscape=landscape, margin=margin)
    if preview:
        _write_preview(preview, Profile.load(profile_name), paper)
        return
    file = ProfileFile(profile_name)
    with at_machine(port, file.profile) as machine:
        shop = Shop(machine, file, paper, drawn=_show)
        for name in names or STEPS:
            _take(name, shop, alone=bool(names))


def _take(name: str, shop: Shop, *, alone: bool) -> None:
    """Goes through one step; among others it may be left out, and its failure too."""
    what, step = CALIBRATION[name]
    click.echo(f"\n{what} ({name})")
    if not alone and not click.confirm("Do this step?", default=True):
        return
    guide = Guide(step(shop))
    while (prompt := guide.prompt) is not None:
        if guide.problem:
            click.echo(guide.problem)
        guide.answer(click.prompt(_question(prompt), default="", show_default=False))
    if not guide.failed:
        click.echo(guide.result)
    elif alone and guide.result is not None:
        raise SetupError(guide.result)
    else:
        click.echo(f"Error: {guide.result}", err=True)


def _question(prompt: Prompt) -> str:
    """The question with what can be answered."""
    match prompt.kind:
        case "confirm":
            return f"{prompt.text} [yes/no]"
        case "choice":
            return f"{prompt.text} [{'/'.join(prompt.choices)}]"
        case "nudge":
            return f"{prompt.text} [{'/'.join(prompt.choices)} and mm, or done]"
        case _:
            return f"{prompt.text} [{prompt.unit}]" if prompt.unit else prompt.text


def _show(stroke: int, of: int) -> None:
    click.echo(f"\r{stroke} of {of} strokes", nl=stroke == of)


def _write_preview(path: Path, profile: Profile, paper: Paper) -> None:
    check_picture(path)
    program = calibration_sheet(profile, paper).program
    width, scale = profile.pen_width, PREVIEW_PIXELS_PER_MM
    write_picture(path, program.strokes, paper, pen=width, scale=scale, title="Test sheet")
    click.echo(
        f"{path}: {len(program.strokes)} strokes, {program.seconds / 60:.0f} min to draw"
    )
