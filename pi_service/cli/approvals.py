"""`catplotter approvals`: visitors' drawings that wait for the staff's yes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from pi_service.cli.client import ask, local, pieces, same_url, url_option
from pi_service.cli.options import OUTPUT, write_pieces


@click.group(invoke_without_command=True)
@url_option
@click.pass_context
def approvals(context: click.Context, url: str) -> None:
    """Show visitors' drawings that wait for a yes; say yes or no."""
    context.obj = url
    if context.invoked_subcommand is not None:
        return
    found = ask(url, "approvals")
    for each in found["waiting"]:
        took = f"{each['strokes']} strokes, {each['ink_mm'] / 1000:.2f} m"
        click.echo(
            f"{each['id']:>6}  {each['class_name']:<12} {took:<22} "
            f"{local(each['asked_at'])}, until {local(each['until'])}"
        )
    if not found["waiting"]:
        asks = "Nothing waits." if found["rules"]["on"] else "The staff are not asked first."
        click.echo(asks)
    click.echo(f"So far {found['approved']} approved, {found['refused']} refused.", err=True)


@approvals.command()
@click.argument("number", type=click.IntRange(1), required=False)
@same_url
def approve(url: str, number: int | None) -> None:
    """Have drawing NUMBER (or the oldest) drawn."""
    chosen = _chosen(url, number)
    job = ask(url, f"approvals/{chosen}/approve", method="POST")
    click.echo(f"Drawing {chosen} is job {job['id']}.")


@approvals.command()
@click.argument("number", type=click.IntRange(1), required=False)
@same_url
def refuse(url: str, number: int | None) -> None:
    """Refuse drawing NUMBER (or the oldest): nothing of it is kept."""
    chosen = _chosen(url, number)
    ask(url, f"approvals/{chosen}/refuse", method="POST")
    click.echo(f"Drawing {chosen} is refused, and gone.")


@approvals.command()
@click.argument("number", type=click.IntRange(1))
@click.option(
    "--output",
    "-o",
    type=OUTPUT,
    default=Path("waiting.svg"),
    show_default=True,
    help="Yours to delete: the service keeps nothing of what is refused.",
)
@same_url
def picture(url: str, number: int, output: Path) -> None:
    """Look at drawing NUMBER: write it as SVG."""
    write_pieces(output, pieces(url, f"approvals/{number}.svg"))
    click.echo(str(output))


@approvals.command()
@click.option("--on/--off", default=None, help="Whether the staff are asked first.")
@click.option("--minutes", type=click.FloatRange(0.1), help="So long a drawing waits.")
@click.option("--most", type=click.IntRange(1), help="Drawings that wait at a time.")
@click.option("--only", "allowed", metavar="KINDS", help="Only these, by commas; '' for all.")
@click.option("--never", "barred", metavar="KINDS", help="Not these, by commas; '' for none.")
@click.option("--most-mm", type=float, help="Millimetres of line; 0 for any.")
@click.option("--most-seconds", type=float, help="Seconds that the pen is down; 0 for any.")
@click.option("--most-strokes", type=int, help="Strokes of both hands; 0 for any.")
@same_url
def rules(url: str, **given: Any) -> None:
    """Show the rules, or change them."""
    body = {name: _meant(name, value) for name, value in given.items() if value is not None}
    found = ask(url, "approvals", method="PUT", body=body) if body else ask(url, "approvals")
    kept = found["rules"]
    click.echo(f"The staff are asked first: {'yes' if kept['on'] else 'no'}")
    click.echo(f"Waits for: {kept['minutes']:g} min, {kept['most']} drawings at most")
    click.echo(f"Only:      {', '.join(kept['allowed']) or 'whatever visitors may ask for'}")
    click.echo(f"Never:     {', '.join(kept['barred']) or '-'}")
    for name, unit in (("most_mm", "mm"), ("most_seconds", "s"), ("most_strokes", "strokes")):
        if kept[name] is not None:
            click.echo(f"At most:   {kept[name]:g} {unit}")


def _meant(name: str, value: Any) -> Any:
    """An option's value as the API has it."""
    if name in {"allowed", "barred"}:
        return [kind.strip() for kind in value.split(",") if kind.strip()]
    if name.startswith("most_"):
        return value or None
    return value


def _chosen(url: str, number: int | None) -> int:
    """The drawing that is meant: the oldest where nobody says which."""
    if number is not None:
        return number
    waiting = ask(url, "approvals")["waiting"]
    if not waiting:
        raise click.ClickException("No drawing waits for a yes.")
    return int(waiting[0]["id"])
