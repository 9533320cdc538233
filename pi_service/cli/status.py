"""`catplotter status`: what the running service is doing, in a few lines or as JSON."""

from __future__ import annotations

import json
from http.client import HTTPException
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import click


@click.command()
@click.option(
    "--url",
    default="http://127.0.0.1:8080",
    show_default=True,
    help="Where the service's page is.",
)
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
def status(url: str, as_json: bool) -> None:
    """Show what the service is doing: machine, drawing, queue, problems."""
    state = fetch_state(url)
    if as_json:
        click.echo(json.dumps(state, indent=2))
        return
    machine = state["machine"]
    click.echo(f"Machine:  {machine['sentence']}")
    job = state["job"]
    if job:
        drawn, total = job["strokes_drawn"], job["strokes_total"]
        click.echo(f"Drawing:  {job['class_name']} {job['id']}, {drawn} of {total} strokes")
    click.echo(f"Waiting:  {len(state['queue'])}")
    for problem in state["problems"]:
        click.echo(f"Problem:  {problem}")


def fetch_state(url: str) -> dict[str, Any]:
    """The service's state as its page gets it.

    Raises:
        click.ClickException: nothing answers there, or it is not catplotter.
    """
    if not url.startswith(("http://", "https://")):
        raise click.ClickException(f"{url} is not a web address; it begins with http://")
    try:
        with urlopen(f"{url.rstrip('/')}/api/v1/state", timeout=5) as answer:  # noqa: S310 - checked above
            state = json.load(answer)
    except (URLError, HTTPException, OSError, ValueError) as error:
        raise click.ClickException(
            f"No catplotter answers at {url} ({getattr(error, 'reason', error)}). "
            "Start it with `catplotter serve`, or name its address with --url."
        ) from error
    if not isinstance(state, dict) or "machine" not in state:
        raise click.ClickException(f"What answers at {url} is not catplotter.")
    return state
