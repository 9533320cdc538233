"""`catplotter machine`: a GRBL machine's settings, checked, written, kept, brought back."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import ParamSpec, TypeVar

import click

from firmware_gcode.facts import Fact
from firmware_gcode.grbl.finder import PlotterFinder
from firmware_gcode.grbl.link import Link
from firmware_gcode.program.pens.servo import SERVO_LABEL
from firmware_gcode.program.profile import Profile
from firmware_gcode.program.profile_fields import ProfileError
from firmware_gcode.setup.backup import (
    Backup,
    load_backup,
    new_backup_path,
    plan_restore,
    relabelled,
    save_backup,
    stranger,
)
from firmware_gcode.setup.compare import (
    as_json,
    left_out,
    notes,
    plan_apply,
    table,
    unlike,
    warnings,
)
from firmware_gcode.setup.files import SetupError
from firmware_gcode.setup.machine import SetupMachine
from firmware_gcode.setup.readout import Readout
from firmware_gcode.setup.words import meaning, unit
from firmware_gcode.setup.writing import Step, WriteReport, lies, show
from pi_service.cli.client import ask, url_option
from pi_service.cli.options import OUTPUT, ended_by, sentences

P = ParamSpec("P")
R = TypeVar("R")

port_option = click.option(
    "--port",
    help="The machine's port, such as /dev/ttyUSB0 or socket://HOST:PORT; without it, the one "
    "plotter found.",
)
profile_option = click.option(
    "--profile",
    "profile_name",
    required=True,
    help="The machine: z-pen, servo-pen, simulated, or a TOML file.",
)
json_option = click.option(
    "--json", "as_data", is_flag=True, help="Print the outcome as JSON."
)
yes_option = click.option("--yes", is_flag=True, help="Do it without asking.")


def machine_options(function: Callable[P, R]) -> Callable[P, R]:
    """Adds `--port` and `--profile`; what cannot be done is told in a sentence."""
    told = sentences(SetupError, ProfileError)(function)
    return port_option(profile_option(told))


@contextmanager
def at_machine(port: str | None, profile: Profile) -> Iterator[SetupMachine]:
    """A connected machine; when it is let go, the pen is up.

    Raises:
        SetupError: There is none, or it does not speak GRBL; says why.
    """
    link = Link(PlotterFinder(port), profile)
    with ended_by(_leave), SetupMachine(link, profile) as found:
        link.start()
        try:
            found.connect()
            yield found
        finally:
            link.close()


def _leave(number: int, _frame: FrameType | None) -> None:
    """A signal ends the command as Ctrl-C does: the machine is let go with the pen up."""
    sys.exit(128 + number)


@click.group()
def machine() -> None:
    """Check, write, keep and restore the settings of a GRBL machine.

    Nothing is written without a yes; every value that is written is read back.
    """


@machine.command()
@machine_options
@json_option
def check(*, port: str | None, profile_name: str, as_data: bool) -> None:
    """Compare the machine's settings with the profile; exit code 1 where they differ."""
    profile = Profile.load(profile_name)
    with at_machine(port, profile) as found:
        has = found.read()
    different, said = unlike(profile.grbl, has), warnings(profile, has)
    noted = notes(profile, has)
    if as_data:
        click.echo(json.dumps(as_json(different, said, noted, has), ensure_ascii=False))
    else:
        label = f" ({has.label})" if has.label else ""
        click.echo(f"{_firmware(has)}{label}, profile {profile.name}")
        same = "What can be compared" if noted else "The machine"
        click.echo(table(different) if different else f"{same} is as the profile says.")
        for warning in said:
            click.echo(f"Warning: {warning}")
        for note in noted:
            click.echo(str(note))
    if different:
        sys.exit(1)


@machine.command()
@machine_options
@click.option(
    "--backup", "backup_path", type=OUTPUT, help="Keep the old settings in this file."
)
@json_option
@yes_option
def apply(
    *,
    port: str | None,
    profile_name: str,
    backup_path: Path | None,
    as_data: bool,
    yes: bool,
) -> None:
    """Write the profile's settings into the machine; the old ones are kept in a file first.

    Settings that the profile does not name are left alone.
    """
    profile = Profile.load(profile_name)
    with at_machine(port, profile) as found:
        has = found.read()
        steps = plan_apply(profile.grbl, has)
        report, kept = WriteReport(), None
        if steps:
            kept = backup_path or new_backup_path(Path(), datetime.now(UTC))
            if not yes:
                _confirm(steps, f"Write this (the old settings go to {kept})?")
            save_backup(_backup(has, port), kept)
            report = found.write(steps)
    for each in left_out(profile.grbl, has):
        click.echo(str(each), err=True)
    _tell(report, as_data=as_data, kept=kept)


@machine.command()
@click.argument("file", type=OUTPUT)
@machine_options
def backup(*, file: Path, port: str | None, profile_name: str) -> None:
    """Keep everything that the machine has stored ($$, $#, $N, $I) in FILE."""
    with at_machine(port, Profile.load(profile_name)) as found:
        has = found.read()
    save_backup(_backup(has, port), file)
    click.echo(f"{file}: {_firmware(has)}, {len(has.settings) + len(has.texts)} settings")


@machine.command()
@click.argument("file", type=OUTPUT)
@machine_options
@click.option(
    "--from-another",
    is_flag=True,
    help="Even if the backup is another machine's or version's.",
)
@json_option
@yes_option
def restore(
    *,
    file: Path,
    port: str | None,
    profile_name: str,
    from_another: bool,
    as_data: bool,
    yes: bool,
) -> None:
    """Bring the machine back to what FILE has kept."""
    kept, profile = load_backup(file), Profile.load(profile_name)
    with at_machine(port, profile) as found:
        has = found.read()
        if (odd := stranger(kept, has)) and not from_another:
            raise SetupError("restore-from-another", why=odd)
        steps, left = plan_restore(kept, has)
        if told := relabelled(kept, has):
            left.append(told)
        for each in left:
            click.echo(str(each), err=True)
        if steps and not yes:
            warned = lies(steps, profile, has.settings)
            _confirm(steps, f"Write this, as it was on {kept.made_at}?", warned)
        report = found.write(steps, confirmed=True) if steps else WriteReport()
    _tell(report, as_data=as_data)


@machine.command()
@click.argument("text", default=SERVO_LABEL)
@machine_options
def label(*, text: str, port: str | None, profile_name: str) -> None:
    """Store TEXT in the board ($I=), "servo" to say that its build drives a servo."""
    if not (text.isascii() and text.isprintable() and text.replace(" ", "").isalnum()):
        raise click.UsageError("The text may have letters, digits and blanks only.")
    wanted = text.replace(" ", "").upper()
    with at_machine(port, Profile.load(profile_name)) as found:
        before = found.read().label
        report = found.write([Step("$I", before, wanted, f"$I={wanted}", "$I")])
    _tell(report, as_data=False)


@machine.command()
@url_option
def adopt(url: str) -> None:
    """Say that the board that is plugged in now is the plotter, though another one was before.

    The service never takes another USB board for the plotter by itself.
    """
    ask(url, "machine/adopt", method="POST", body={})
    click.echo("The board that is there is taken for the plotter.")


def _firmware(has: Readout) -> str:
    """What firmware it is, with its version where that says more."""
    name = has.dialect.name
    if name in has.version or not has.version:
        return has.version or name
    return f"GRBL {has.version}" if name.startswith("GRBL 1.1") else f"{name} {has.version}"


def _confirm(steps: list[Step], question: str, warned: Sequence[Fact] = ()) -> None:
    """Show what would be written, and go on only after a yes."""
    for step in steps:
        before, wanted = show(step.before), show(step.wanted)
        click.echo(f"{step.name}: {before} -> {wanted}{_words(step.name)}")
    for warning in warned:
        click.echo(f"Warning: {warning}", err=True)
    click.confirm(question, abort=True, err=True)


def _words(name: str) -> str:
    """What a setting is, in brackets; nothing for what is no setting."""
    if not name[1:].isdecimal():
        return ""
    of = unit(name)
    return f"  ({meaning(name)}{f', {of}' if of else ''})"


def _backup(has: Readout, port: str | None) -> Backup:
    made_at = datetime.now(UTC).isoformat(timespec="seconds")
    return Backup(has, made_at, f"port {port}" if port else "")


def _tell(report: WriteReport, *, as_data: bool, kept: Path | None = None) -> None:
    """Says what was written; exit code 1 where not all of it was."""
    if as_data:
        outcome = {
            **report.as_dict(),
            "trouble": str(report.trouble or ""),
            "backup": None if kept is None else str(kept),
        }
        click.echo(json.dumps(outcome, ensure_ascii=False))
    else:
        click.echo(report.text(), err=not report.complete)
    if not report.complete:
        sys.exit(1)
