"""`catplotter status`: what the running service is doing, in a few lines or as JSON."""

from __future__ import annotations

import json

import click

from pi_service.cli.client import ask, local, url_option


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
    machine = state["machine"]
    click.echo(f"Machine:  {machine['sentence']}")
    job = state["job"]
    if job:
        drawn, total = job["strokes_drawn"], job["strokes_total"]
        click.echo(f"Drawing:  {job['class_name']} {job['id']}, {drawn} of {total} strokes")
    click.echo(f"Waiting:  {state['queue_length']}")
    sheet, pen = state["sheet"], state["pen"]
    if sheet:
        full = local(state["sheet_full_at"])
        at = f", full by about {full}" if full and sheet["free"] else ""
        click.echo(f"Paper:    sheet {sheet['id']}, {sheet['free']} cells free{at}")
    limit = "" if pen["limit_m"] is None else f" of about {pen['limit_m']:g}"
    click.echo(f"Pen:      {pen['used_m']:g}{limit} m drawn")
    for problem in state["problems"]:
        click.echo(f"Problem:  {problem}")
