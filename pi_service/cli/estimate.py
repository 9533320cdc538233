"""`catplotter estimate`: how long any GRBL program takes, before anything moves."""

from __future__ import annotations

import json
from pathlib import Path

import click

from firmware_gcode.motion.estimate import time_program
from firmware_gcode.motion.settings import MotionSettings, MotionSettingsError
from firmware_gcode.program.profile import Profile
from firmware_gcode.program.profile_fields import ProfileError
from pi_service.cli.options import read_settings, sentences


@click.command()
@click.argument("program", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--settings",
    "settings_path",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help='The machine\'s $-settings as JSON, such as {"$110": 6000, "$120": 500}.',
)
@click.option(
    "--profile",
    "profile_name",
    default="simulated",
    show_default=True,
    help="The machine whose settings count where --settings is not given.",
)
@click.option("--json", "as_json", is_flag=True, help='Print {"seconds": …}.')
@sentences(MotionSettingsError, ProfileError)
def estimate(
    *, program: Path, settings_path: Path | None, profile_name: str, as_json: bool
) -> None:
    """Print how many seconds a GRBL machine needs for PROGRAM, a file of G-code.

    The time is that of the motion, from the first step of a motor to the last one.
    """
    if settings_path:
        motion = MotionSettings.from_grbl(read_settings(settings_path))
    else:
        motion = Profile.load(profile_name).motion
    try:
        lines = program.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError as error:
        raise click.ClickException(f"Cannot read {program}: {error.strerror}.") from error
    time = time_program(lines, motion)
    refused = [
        {"line": index + 1, "error": error.code, "reason": str(error)}
        for index, error in time.errors
    ]
    if as_json:
        click.echo(json.dumps({"seconds": round(time.seconds, 4), "refused": refused}))
        return
    click.echo(f"{time.seconds:.1f} s")
    for each in refused:
        click.echo(f"GRBL would refuse line {each['line']}: {each['reason']}", err=True)
