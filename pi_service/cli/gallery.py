"""`catplotter status`, `request`, `jobs`, `pause`, `resume`, `stop`, `feed`: the gallery."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import click

from pi_service.cli.client import ask, insist, local, same_url, url_option
from pi_service.cli.options import INPUT, fill_options, passes_option


@click.command()
@url_option
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
def status(url: str, as_json: bool) -> None:
    """Show what the service is doing: machine, drawing, queue, problems."""
    state = ask(url, "state")
    if "machine" not in state:
        raise click.ClickException(f"What answers at {url} is not catplotter.")
    if as_json:
        click.echo(json.dumps(state, indent=2))
        return
    click.echo(f"Now:      {state['shown']['sentence']}")
    click.echo(f"Machine:  {state['machine']['sentence']}")
    job = state["job"]
    if job:
        drawn, total = job["strokes_drawn"], job["strokes_total"]
        click.echo(f"Drawing:  {job['class_name']} {job['id']}, {drawn} of {total} strokes")
    click.echo(f"Waiting:  {state['queue_length']}")
    for broken in state["interrupted"]:
        click.echo(f"Broke off: {broken['class_name']} {broken['id']}; see `catplotter jobs`")
    sheet, pen = state["sheet"], state["pen"]
    if sheet:
        full = local(state["sheet_full_at"])
        at = f", full by about {full}" if full and sheet["free"] else ""
        click.echo(f"Paper:    sheet {sheet['id']}, free cells: {sheet['free']}{at}")
    limit = "" if pen["limit_m"] is None else f" of about {pen['limit_m']:g}"
    click.echo(f"Pen:      {pen['used_m']:g}{limit} m drawn")
    for problem in state["problems"]:
        click.echo(f"Problem:  {problem}")


@click.command()
@click.option("--class", "class_name", help="What to draw; a cat if not said.")
@click.option("--seed", type=click.IntRange(0, 2**53 - 1), help="The same seed, the same cat.")
@click.option(
    "--size", type=click.FloatRange(1), help="Its longer side in mm; else it fills its cell."
)
@click.option(
    "--svg",
    "drawings",
    type=INPUT,
    multiple=True,
    help="Draw this SVG file instead; several, one for each pen, are one drawing.",
)
@click.option(
    "--actual-size",
    is_flag=True,
    help="Keep the size that the SVG gives itself, and its place on its page.",
)
@click.option(
    "--whole-sheet", is_flag=True, help="It takes a sheet of its own, instead of one cell."
)
@passes_option("ask for the pen of each, on the page and by the light.")
@fill_options
@url_option
def request(
    *,
    class_name: str | None,
    seed: int | None,
    size: float | None,
    drawings: tuple[Path, ...],
    actual_size: bool,
    whole_sheet: bool,
    passes: str | None,
    hatch: float | None,
    occlude: bool,
    url: str,
) -> None:
    """Ask the running gallery for a drawing, as its button does."""
    path = "jobs"
    given: dict[str, Any] = {"class": class_name, "seed": seed, "size_mm": size}
    of_file: dict[str, Any] = {"passes": passes, "hatch": hatch, "occlude": occlude or None}
    of_file |= {"whole_sheet": whole_sheet or None, "actual_size": actual_size or None}
    if drawings:
        if class_name is not None or seed is not None:
            raise click.UsageError("--svg goes with neither --class nor --seed.")
        if actual_size and size is not None:
            raise click.UsageError("--size and --actual-size cannot both be.")
        first, *more = [{"name": each.stem[:64], "svg": _text_of(each)} for each in drawings]
        ask(url, "session")  # who it is that sends a large file is then known at the door
        path, given = "artworks", {"size_mm": size, **of_file, **first, "more": more or None}
    elif any(of_file.values()):
        raise click.UsageError(
            "--whole-sheet, --actual-size, --passes, --hatch and --occlude are for --svg."
        )
    body = {name: value for name, value in given.items() if value is not None}
    job = ask(url, path, method="POST", body={**body, "source": "cli"}, key=uuid4().hex)
    seeded = "" if drawings else f", seed {job['seed']}"
    click.echo(f"Job {job['id']}: {job['class_name']}{seeded}.")
    if job.get("told"):
        click.echo(job["told"], err=True)


def _text_of(drawing: Path) -> str:
    from firmware_gcode.drawing.svg_in import SvgError, read_text  # noqa: PLC0415 (heavy)

    try:
        return read_text(drawing)
    except SvgError as error:
        raise click.ClickException(str(error)) from error


@click.group(invoke_without_command=True)
@url_option
@click.pass_context
def jobs(context: click.Context, url: str) -> None:
    """Show what is drawn and what waits; take jobs out or have them finished."""
    context.obj = url
    if context.invoked_subcommand is not None:
        return
    state = ask(url, "state")
    under_way = [state["job"]] if state["job"] else []
    shown = [*under_way, *state["interrupted"], *state["queue"]]
    for job in shown:
        click.echo(line(job))
    if state["queue_length"] > len(state["queue"]):
        click.echo(f"… and {state['queue_length'] - len(state['queue'])} more.")
    if not shown:
        click.echo("Nothing is drawn and nothing waits.")


@jobs.command()
@click.argument("number", type=click.IntRange(1))
@same_url
def cancel(url: str, number: int) -> None:
    """Take the job of that NUMBER out; stop it if it is drawn just now."""
    job = ask(url, f"jobs/{number}/cancel", method="POST")
    now = "is being stopped" if job["state"] in {"drawing", "paused"} else f"is {job['state']}"
    click.echo(f"Job {number} {now}.")


@jobs.command()
@click.argument("number", type=click.IntRange(1))
@click.option(
    "--from",
    "stroke",
    type=click.IntRange(1),
    help="The stroke to go on from, the first being 1; else the first that is not drawn.",
)
@same_url
def finish(url: str, number: int, stroke: int | None) -> None:
    """Have job NUMBER drawn on, or strokes of a done one again. The plotter will move."""
    body = {} if stroke is None else {"from_stroke": stroke - 1}
    job = ask(url, f"jobs/{number}/finish", method="POST", body=body)
    if job["state"] == "done":
        click.echo(f"Job {number} is done.")
    else:
        click.echo(f"Job {number} is drawn on as soon as the plotter is ready.")


@click.command()
@url_option
def pause(url: str) -> None:
    """Pause the drawing: the stroke is finished, then the pen goes up."""
    _machine(url, "pause")


@click.command()
@url_option
def resume(url: str) -> None:
    """Go on with the paused drawing, or, after a Stop, with the queue."""
    _machine(url, "resume")


@click.command()
@url_option
def stop(url: str) -> None:
    """Stop the plotter and lift the pen; nothing begins until `catplotter resume`."""
    click.echo(insist(url, "machine/stop")["sentence"])


@click.command()
@click.argument("percent", type=click.IntRange(10, 200))
@url_option
def feed(percent: int, url: str) -> None:
    """Draw what is drawn now at PERCENT of its planned speed, 10 to 200."""
    found = ask(url, "machine/feed", method="POST", body={"percent": percent})["machine"]
    click.echo(f"It draws at {found['feed_percent']} % now.")


def line(job: dict[str, Any]) -> str:
    """A job in one line."""
    name = f"No. {job['edition']}" if job["edition"] else "-"
    asked = f"{local(job['requested_at'])} by {job['source']}"
    reason = f"  {job['reason']}" if job["reason"] else ""
    return (
        f"{job['id']:>6}  {name:<9} {job['class_name']:<12} {job['state']:<11} {asked}{reason}"
    )


def _machine(url: str, what: str) -> None:
    ask(url, f"machine/{what}", method="POST")
    click.echo(ask(url, "state")["shown"]["sentence"])
