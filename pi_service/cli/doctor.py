"""`catplotter doctor`: looks at everything that a drawing needs, and says what to do."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from firmware_gcode.grbl.finder import describe_ports, held_by
from firmware_gcode.program.profile import Profile
from firmware_gcode.program.profile_fields import ProfileError
from firmware_gcode.setup.compare import unlike, warnings
from firmware_gcode.setup.files import SetupError
from firmware_gcode.setup.words import meaning
from pi_service.cli.client import ask, url_option
from pi_service.cli.doctor_checks import Finding, HostChecks, output_of
from pi_service.cli.doctor_report import report
from pi_service.cli.machine import at_machine
from pi_service.cli.options import OUTPUT, data_option, model_option, write_file
from pi_service.sketching.model_file import ModelFileError
from pi_service.sketching.sketcher import Sketcher
from pi_service.studio.core.database import inspect
from pi_service.studio.history.archive import DATABASE
from pi_service.studio.history.backup import way_back

CLOCK = "clock"
"""What findings of the clock are called, and the beginning of its facts' codes."""


@click.command()
@url_option
@data_option
@model_option
@click.option(
    "--profile",
    "profile_name",
    help="Look at the machine itself too, while no service has it: z-pen, or a TOML file.",
)
@click.option("--port", help="The machine's port; without it, the one plotter found.")
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
@click.option(
    "--report",
    "report_path",
    type=OUTPUT,
    help="Write everything, with options and the service's log, to a file without secrets.",
)
@click.pass_context
def doctor(
    context: click.Context,
    *,
    url: str,
    data: Path,
    model_path: Path,
    profile_name: str | None,
    port: str | None,
    as_json: bool,
    report_path: Path | None,
) -> None:
    """Look at everything that a drawing needs. Exit code 1 if something lacks.

    Moves nothing. Asks the service if it runs; looks at computer, model, ports, machine and
    database by itself.
    """
    computer = HostChecks(data)
    found = [*computer.findings(), _model(model_path), _ports(), _database(data)]
    found += _service(url)
    found += _machine(url, port, profile_name)
    found = _with_one_clock(found)
    if report_path is not None:
        text = report(found, data=data, environ=os.environ, ask=output_of)
        write_file(report_path, text)
    if as_json:
        click.echo(json.dumps([{"name": f.name, "ok": f.ok, "text": f.text} for f in found]))
    else:
        for finding in found:
            click.echo(
                f"{'ok  ' if finding.ok else 'LOOK'}  {finding.name:<12} {finding.text}"
            )
    context.exit(0 if all(finding.ok for finding in found) else 1)


def _service(url: str) -> Iterator[Finding]:
    """What the running service says of itself."""
    try:
        checks, state = ask(url, "preflight")["checks"], ask(url, "state")
    except click.ClickException as error:
        yield Finding("service", False, error.message)
        return
    yield Finding("service", True, f"It answers at {url}.")
    yield from (Finding(check["name"], check["ok"], check["text"]) for check in checks)
    facts = [check["fact"] for check in checks]
    told = [*facts, *(each["params"].get("why") for each in facts)]  # why the machine waits
    for text, problem in zip(state["problems"], state["problem_facts"], strict=True):
        if problem not in told:
            why = problem["params"].get("why")
            of_clock = isinstance(why, dict) and why["code"].startswith(CLOCK)
            yield Finding(CLOCK if of_clock else "problem", False, text)


def _with_one_clock(found: list[Finding]) -> list[Finding]:
    """Computer and service say the same of the clock: what is wrong, or that nothing is."""
    said = [each for each in found if each.name == CLOCK]
    told = [each for each in said if not each.ok] or said[:1]
    return [each for each in found if each.name != CLOCK or each in told]


def _machine(url: str, port: str | None, profile_name: str | None) -> Iterator[Finding]:
    """The firmware and its settings, as the service has read them or as read here."""
    if profile_name is not None:
        yield _read_here(port, profile_name)
        return
    try:
        power = ask(url, "computer")["trouble"]
        said = ask(url, "machine/settings")
    except click.ClickException as error:
        # No service, none of its staff, or a machine at work: nothing to be put right here.
        yield Finding("firmware", True, f"Not looked at. {error.message}")
        return
    if power:
        words = f"The Pi says: {', '.join(power)}. Give it a supply of its own."
        yield Finding("power", False, words)
    firmware = said["firmware"]["version"]
    wrong = [s["key"] for s in said["settings"] if s["differs"]]
    yield _firmware(firmware, said["warnings"], wrong)


def _read_here(port: str | None, profile_name: str) -> Finding:
    try:
        profile = Profile.load(profile_name)
        with at_machine(port, profile) as machine:
            has = machine.read()
    except (SetupError, ProfileError) as error:
        return Finding("firmware", False, str(error))
    wrong = [difference.key for difference in unlike(profile.grbl, has)]
    return _firmware(has.version, warnings(profile, has), wrong)


def _firmware(version: str, warned: Sequence[object], wrong: list[str]) -> Finding:
    """What there is to say of a machine that has been read."""
    if wrong:
        names = ", ".join(f"{key} ({meaning(key)})" for key in wrong[:4])
        more = f" and {len(wrong) - 4} more" if len(wrong) > 4 else ""
        advice = "catplotter machine check shows them, machine apply writes them"
        text = f"GRBL {version}; other than in the profile: {names}{more}: {advice}."
        return Finding("firmware", False, text)
    words = " ".join(map(str, warned)) or "the machine is as its profile says."
    return Finding("firmware", not warned, f"GRBL {version}; {words}")


def _model(path: Path) -> Finding:
    try:
        sketcher = Sketcher.load(path)
    except (ModelFileError, OSError) as error:
        return Finding("model file", False, str(error))
    count = len(sketcher.classes)
    return Finding("model file", True, f"{path.name} draws {count} classes.")


def _ports() -> Finding:
    ports = [f"{each}{_held(each)}" for each in describe_ports()]
    text = ", ".join(ports) or "none was found; a simulated plotter needs none"
    return Finding("ports", True, f"Serial ports: {text}.")


def _held(port: str) -> str:
    """Which programs have a port open, as far as one may see that."""
    names = held_by(port.partition(":")[0])
    return f" (open in {', '.join(names)})" if names else ""


def _database(folder: Path) -> Finding:
    path = folder / DATABASE
    fault = inspect(path)
    if fault is not None:
        return Finding("database", False, f"{fault} {way_back(folder)}")
    told = f"{path} is sound." if path.exists() else f"There is none at {path} yet."
    return Finding("database", True, told)
