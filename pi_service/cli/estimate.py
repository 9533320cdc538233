"""`catplotter estimate`: how long any GRBL program takes, before anything moves."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import click

from firmware_gcode.motion.estimate import time_program
from firmware_gcode.motion.settings import MotionSettings, MotionSettingsError
from firmware_gcode.program.profile import Profile
from firmware_gcode.program.profile_fields import ProfileError
from firmware_gcode.program.timing import seconds_at_full_speed
from pi_service.cli.options import INPUT, read_settings, sentences

MAX_HOURS = 100.0
"""Longer programs are a mistake, and would take minutes to be timed."""


@click.command()
@click.argument("program", type=INPUT)
@click.option(
    "--settings",
    "settings_path",
    type=INPUT,
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

    The time is that of the motion, from the first step of a motor to the last one; a pause
    (M0) counts as nothing, and so do lines with a $, such as $H.
    """
    if settings_path:
        motion = MotionSettings.from_grbl(read_settings(settings_path))
    else:
        motion = Profile.load(profile_name).motion
    try:
        lines = program.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError as error:
        raise click.ClickException(f"Cannot read {program}: {error.strerror}.") from error
    _check_length(lines, motion)
    time = time_program(lines, motion)
    refused = [
        {"line": index + 1, "error": error.code, "reason": str(error)}
        for index, error in time.errors
    ]
    aside = [number for number, line in enumerate(lines, 1) if line.lstrip()[:1] == "$"]
    if as_json:
        seconds = round(time.seconds, 4)
        click.echo(json.dumps({"seconds": seconds, "refused": refused, "not_timed": aside}))
        return
    click.echo(f"{time.seconds:.1f} s")
    for each in refused:
        click.echo(f"GRBL would refuse line {each['line']}: {each['reason']}", err=True)
    for number in aside:
        text = lines[number - 1].strip()
        click.echo(f"Line {number} ({text}) is no G-code; its time is not counted.", err=True)


def _check_length(lines: Sequence[str], motion: MotionSettings) -> None:
    """Refuse what a plotter would never end.

    Raises:
        click.ClickException: Names the line that takes the longest.
    """
    seconds = seconds_at_full_speed(lines, motion)
    hours = sum(seconds) / 3600.0
    if hours > MAX_HOURS:
        worst = max(range(len(lines)), key=seconds.__getitem__)
        raise click.ClickException(
            f"The program takes more than {hours:.3g} hours, {seconds[worst] / 3600.0:.3g} of "
            f"them in line {worst + 1} ({lines[worst].strip()}); at most {MAX_HOURS:g} are "
            "counted. Look at its numbers and its F."
        )
