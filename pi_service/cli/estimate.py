"""`catplotter estimate`: how long any GRBL program takes, before anything moves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import click

from firmware_gcode.motion.estimate import ProgramTime, time_program
from firmware_gcode.motion.settings import MotionSettings, MotionSettingsError
from firmware_gcode.program.profile import Profile
from firmware_gcode.program.profile_fields import ProfileError
from firmware_gcode.program.source import read_lines
from pi_service.cli.options import INPUT, read_settings, sentences

MAX_HOURS = 100.0
"""Longer programs are a mistake."""
MOST_TOLD = 20
"""So many of the lines that GRBL would refuse are told of."""


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
    (M0) counts as nothing, and so do lines with a $, such as $H. Exit code 1 if GRBL would
    refuse a line.
    """
    start = (0.0, 0.0, 0.0)
    if settings_path:
        motion = MotionSettings.from_grbl(read_settings(settings_path))
    else:
        profile = Profile.load(profile_name)
        motion, start = profile.motion, (*profile.park, profile.pen.lifted_z)
    aside: dict[int, str] = {}
    try:
        time = time_program(_lines(program, aside), motion, start=start)
        _check_length(time, program)
        refused = _refused(time, program)
    except OSError as error:
        raise click.ClickException(f"Cannot read {program}: {error.strerror}.") from error
    if as_json:
        seconds = round(time.seconds, 4)
        found = [
            {"line": index + 1, "error": error.code, "reason": str(error)}
            for index, error in time.errors
        ]
        click.echo(
            json.dumps({"seconds": seconds, "refused": found, "not_timed": list(aside)})
        )
    else:
        click.echo(f"{time.seconds:.1f} s")
    for number, text in aside.items():
        click.echo(f"Line {number} ({text}) is no G-code; its time is not counted.", err=True)
    if refused:
        raise click.ClickException("\n".join(refused))


def _refused(time: ProgramTime, program: Path) -> list[str]:
    """What is told of the lines that GRBL would refuse, as `send` tells it; the first ones."""
    if not time.errors:
        return []
    from firmware_gcode.program.checker import refusal  # noqa: PLC0415 - most have none

    errors = dict(time.errors[:MOST_TOLD])
    told = [
        str(refusal(index + 1, line, errors[index]))
        for index, line in enumerate(_lines(program, {}))
        if index in errors
    ]
    more = len(time.errors) - len(errors)
    return [*told, f"… and {more} lines more."] if more else told


def _lines(program: Path, aside: dict[int, str]) -> Iterator[str]:
    """The lines of a file, one after the other; those with a $ are put `aside` instead."""
    for number, line in enumerate(read_lines(program), 1):
        if "$" in line and line.lstrip()[:1] == "$":
            aside[number] = line.strip()
            yield ""
        else:
            yield line


def _check_length(time: ProgramTime, program: Path) -> None:
    """Refuse what a plotter would never end.

    Raises:
        click.ClickException: Names the line that takes the longest.
    """
    hours = time.total_seconds / 3600.0
    if hours > MAX_HOURS:
        longest = max(time.per_line)
        worst = time.per_line.index(longest)
        text = next(islice(_lines(program, {}), worst, None)).strip()
        raise click.ClickException(
            f"The program takes {hours:.3g} hours, {longest / 3600.0:.3g} of them in line "
            f"{worst + 1} ({text}); at most {MAX_HOURS:g} are believed. Look at its numbers "
            "and its F."
        )
