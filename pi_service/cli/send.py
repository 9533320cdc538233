"""`catplotter send`: streams any GRBL program with all the care of the link."""

from __future__ import annotations

from pathlib import Path

import click

from firmware_gcode.drawing.paper import Paper, PaperError
from firmware_gcode.program.checker import ProgramError
from firmware_gcode.program.profile import Profile
from firmware_gcode.program.profile_fields import ProfileError
from firmware_gcode.program.source import read_lines
from pi_service.cli.foreign import prepare_program
from pi_service.cli.options import INPUT, sentences
from pi_service.cli.plot import PlotError, plot


@click.command()
@click.argument("program", type=INPUT)
@click.option(
    "--port",
    required=True,
    help="The GRBL machine's port: /dev/ttyUSB0, a path in /dev/serial/by-id, its USB id, "
    "such as 1a86:7523, or socket://HOST:PORT on the network.",
)
@click.option(
    "--profile",
    "profile_name",
    required=True,
    help="The machine: z-pen, servo-pen, simulated, or a TOML file.",
)
@click.option(
    "--paper",
    "paper_size",
    help="Refuse a program that leaves this paper: A6 to A2, letter, or WIDTHxHEIGHT in mm.",
)
@click.option("--landscape", is_flag=True, help="Lay the paper's longer side along x.")
@click.option("--json", "as_json", is_flag=True, help="Print every event as a line of JSON.")
@sentences(PaperError, PlotError, ProfileError, ProgramError)
def send(
    *,
    program: Path,
    port: str,
    profile_name: str,
    paper_size: str | None,
    landscape: bool,
    as_json: bool,
) -> None:
    """Send PROGRAM, a file of G-code, to a GRBL machine and wait until it is drawn.

    Every line is checked before the first one is sent: that GRBL takes it, and that it stays
    within the machine's reach (and on the paper). Progress counts what the machine has
    executed, not what it was sent. The program ends at M2 or M30, with the pen up.
    """
    paper = Paper.named(paper_size, landscape=landscape) if paper_size else None
    profile = Profile.load(profile_name)
    try:
        prepared = prepare_program(read_lines(program), profile, paper)
    except OSError as error:
        raise click.ClickException(f"Cannot read {program}: {error.strerror}.") from error
    plot(prepared, profile, port, as_json=as_json)
