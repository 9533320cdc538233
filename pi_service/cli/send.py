"""`catplotter send`: streams any GRBL program with all the care of the link."""

from __future__ import annotations

from pathlib import Path

import click

from firmware_gcode.program.checker import ProgramError
from firmware_gcode.program.profile import Profile
from firmware_gcode.program.profile_fields import ProfileError
from firmware_gcode.program.reader import read_program
from pi_service.cli.options import sentences
from pi_service.cli.plot import PlotError, plot


@click.command()
@click.argument("program", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--port", required=True, help="The GRBL machine's port, such as /dev/ttyUSB0.")
@click.option(
    "--profile",
    "profile_name",
    required=True,
    help="The machine: z-pen, servo-pen, simulated, or a TOML file.",
)
@click.option("--json", "as_json", is_flag=True, help="Print every event as a line of JSON.")
@sentences(PlotError, ProfileError, ProgramError)
def send(*, program: Path, port: str, profile_name: str, as_json: bool) -> None:
    """Send PROGRAM, a file of G-code, to a GRBL machine and wait until it is drawn.

    Every line is checked before the first one is sent. Progress counts what the machine has
    executed, not what it was sent.
    """
    profile = Profile.load(profile_name)
    try:
        text = program.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise click.ClickException(f"Cannot read {program}: {error.strerror}.") from error
    plot(read_program(text, profile), profile, port, as_json=as_json)
