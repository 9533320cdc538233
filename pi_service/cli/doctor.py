"""`catplotter doctor`: looks at everything that a drawing needs, and says what to do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from firmware_gcode.grbl.ports import describe_ports
from pi_service.cli.client import ask, url_option
from pi_service.cli.options import data_folder, model_option
from pi_service.sketching.model_file import ModelFileError
from pi_service.sketching.sketcher import Sketcher
from pi_service.studio.database import inspect


@dataclass(frozen=True, slots=True)
class Finding:
    """What the doctor found.

    Attributes:
        name: What was looked at.
        ok: Whether it is as it should be.
        text: A sentence.
    """

    name: str
    ok: bool
    text: str


@click.command()
@url_option
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    default=data_folder,
    show_default="~/.local/state/catplotter",
    help="The folder that keeps jobs and drawings.",
)
@model_option
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
@click.pass_context
def doctor(
    context: click.Context, url: str, data: Path, model_path: Path, as_json: bool
) -> None:
    """Look at everything that a drawing needs. Moves nothing; exit code 1 if something lacks.

    Asks the service if it runs; looks at model, ports and database by itself.
    """
    found = [*_service(url), _model(model_path), _ports(), _database(data)]
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
    said = {check["text"].removeprefix("Waits for the plotter. ") for check in checks}
    for problem in state["problems"]:
        if problem not in said:
            yield Finding("problem", False, problem)


def _model(path: Path) -> Finding:
    try:
        sketcher = Sketcher.load(path)
    except (ModelFileError, OSError) as error:
        return Finding("model file", False, str(error))
    count = len(sketcher.classes)
    return Finding("model file", True, f"{path.name} draws {count} classes.")


def _ports() -> Finding:
    ports = describe_ports()
    text = ", ".join(ports) or "none was found; a simulated plotter needs none"
    return Finding("ports", True, f"Serial ports: {text}.")


def _database(folder: Path) -> Finding:
    path = folder / "catplotter.db"
    if not path.exists():
        return Finding("database", True, f"There is none at {path} yet.")
    fault = inspect(path)
    return Finding("database", fault is None, fault or f"{path} is sound.")
