"""`catplotter classes`: what the machine can draw, and what visitors may ask for."""

from __future__ import annotations

from typing import Any

import click

from pi_service.cli.client import ask, url_option

RULES = ("default", "animals", "all")


@click.command()
@click.option(
    "--visitors",
    metavar="WHAT",
    help="Offer visitors: default (cats alone), animals, all, or names separated by commas.",
)
@url_option
def classes(visitors: str | None, url: str) -> None:
    """Show what can be drawn here, or decide what visitors may ask for."""
    if visitors is not None:
        names = [name.strip() for name in visitors.split(",") if name.strip()]
        rule: str | list[str] = visitors.strip() if visitors.strip() in RULES else names
        menu = ask(url, "classes", method="PUT", body={"rule": rule})
        click.echo(f"Visitors may ask for {_said(menu)}.")
        return
    menu = ask(url, "classes")
    click.echo(", ".join(menu["offered"]))
    click.echo(f"Visitors may ask for {_said(menu)}.", err=True)


def _said(menu: dict[str, Any]) -> str:
    rule = menu["rule"]
    if isinstance(rule, list):
        return ", ".join(dict.fromkeys([menu["default"], *rule]))
    words = {"default": f"{menu['default']} alone", "animals": "animals", "all": "everything"}
    return words.get(str(rule), str(rule))
