"""`catplotter camera`: its switch, what nobody is to see, what is kept of it."""

from __future__ import annotations

from typing import Any

import click

from firmware_gcode.facts import Fact, sentence
from pi_service.cli.client import ask, same_url, url_option

PERCENT = click.FloatRange(0, 100)


@click.group(invoke_without_command=True)
@url_option
@click.pass_context
def camera(context: click.Context, url: str) -> None:
    """Show what the camera does and what is kept of it, or switch it."""
    context.obj = url
    if context.invoked_subcommand is None:
        _show(ask(url, "camera"))


@camera.command()
@same_url
def on(url: str) -> None:
    """Switch the camera on: visitors see the sheet, finished cats are photographed."""
    _show(ask(url, "camera", method="PUT", body={"on": True}))


@camera.command()
@same_url
def off(url: str) -> None:
    """Switch the camera off: nothing is connected, shown or kept."""
    _show(ask(url, "camera", method="PUT", body={"on": False}))


@camera.command()
@click.argument("left", type=PERCENT)
@click.argument("top", type=PERCENT)
@click.argument("width", type=PERCENT)
@click.argument("height", type=PERCENT)
@same_url
def mask(url: str, left: float, top: float, width: float, height: float) -> None:
    """Black out a rectangle in all that is shown and kept, in percent of the picture."""
    masks = ask(url, "camera")["masks"]
    new = [value / 100 for value in (left, top, width, height)]
    _show(ask(url, "camera", method="PUT", body={"masks": [*masks, new]}))


@camera.command()
@same_url
def unmask(url: str) -> None:
    """Take all masks away."""
    _show(ask(url, "camera", method="PUT", body={"masks": []}))


@camera.command()
@click.confirmation_option(prompt="All photographs and films will be gone for good. Sure?")
@same_url
def forget(url: str) -> None:
    """Delete all photographs and films; the drawings stay."""
    _show(ask(url, "camera/pictures", method="DELETE"))


def _show(found: dict[str, Any]) -> None:
    now = "connected" if found["connected"] else "not connected just now"
    click.echo(f"Camera:   {'on, ' + now if found['on'] else 'off'}")
    for each in found["masks"]:
        words = " ".join(f"{100 * value:g}" for value in each)
        click.echo(f"Mask:     {words} (left, top, width, height in %)")
    kept = f"{found['photos']} photographs and {found['frames']} frames"
    click.echo(f"Kept:     {kept}, {found['used_mb']:g} of {found['limit_mb']:g} MB")
    if found["fact"] is not None:
        click.echo(f"Trouble:  {sentence(Fact.from_dict(found['fact']))}")
