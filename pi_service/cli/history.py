"""`catplotter history`, `export`: what was drawn, counted, marked, taken away."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import click

from pi_service.cli.client import ask, local, pieces, same_url, url_option
from pi_service.cli.gallery import line
from pi_service.cli.options import OUTPUT, write_pieces


@click.group(invoke_without_command=True)
@click.option("--limit", type=click.IntRange(1, 100), default=20, show_default=True)
@click.option("--number", type=click.IntRange(0), help="Its number, job number or seed.")
@click.option("--class", "class_name", help="What is drawn.")
@click.option("--source", help="Who asked: button, page, schedule or cli.")
@click.option("--day", metavar="DATE", help="Begun on that day, such as 2026-12-24.")
@click.option("--favourites", is_flag=True, help="Only favourites.")
@click.option("--before", type=click.IntRange(1), help="Only jobs with a smaller number.")
@url_option
@click.pass_context
def history(context: click.Context, /, url: str, favourites: bool, **wanted: Any) -> None:
    """Show what was drawn, newest first."""
    context.obj = url
    if context.invoked_subcommand is not None:
        return
    wanted["class"] = wanted.pop("class_name")
    given = {name: value for name, value in wanted.items() if value is not None}
    if favourites:
        given["favourite"] = "true"
    page = ask(url, f"history?{urlencode({**given, 'drawn': 'true'})}")
    for job in page["jobs"]:
        star = "*" if job["favourite"] else " "
        took = f"  {job['seconds_drawn']:.0f} s, seed {job['seed']}"
        click.echo(f"{star}{line(job)}{took}")
    if page["before"]:
        click.echo(f"Earlier ones: --before {page['before']}")
    if not page["jobs"]:
        click.echo("Nothing was drawn that is like that.")


@history.command()
@click.argument("number", type=click.IntRange(1))
@click.option("--size", type=click.FloatRange(1), help="Its longer side in mm.")
@click.option(
    "--of",
    "prints",
    type=click.IntRange(1, 999),
    help="As the next print of an edition of so many; the pen writes which one it is.",
)
@same_url
def again(url: str, number: int, size: float | None, prints: int | None) -> None:
    """Draw the same cat as that of job NUMBER again, on the paper that is there now."""
    given = {"source": "cli", "size_mm": size, "prints": prints}
    body = {name: value for name, value in given.items() if value is not None}
    job = ask(url, f"jobs/{number}/again", method="POST", body=body)
    signed = f", print {job['print_number']}/{prints}" if prints else ""
    click.echo(f"Job {job['id']}: {job['class_name']}, seed {job['seed']}{signed}.")


@history.command()
@click.argument("number", type=click.IntRange(1))
@click.option("--not", "unmark", is_flag=True, help="It is none any more.")
@same_url
def favourite(url: str, number: int, unmark: bool) -> None:
    """Mark job NUMBER as a favourite: its picture is never let go."""
    ask(url, f"jobs/{number}/favourite", method="POST", body={"favourite": not unmark})
    click.echo(f"Job {number} is {'no favourite' if unmark else 'a favourite'}.")


@history.command()
@click.argument("number", type=click.IntRange(1))
@same_url
def delete(url: str, number: int) -> None:
    """Delete job NUMBER; its number in the edition is never given again."""
    ask(url, f"jobs/{number}", method="DELETE")
    click.echo(f"Job {number} is deleted.")


@history.command()
@click.option("--days", type=click.IntRange(1, 92), default=7, show_default=True)
@click.option("--csv", "table", type=OUTPUT, help="Write the days into this file instead.")
@click.option("--kinds-csv", type=OUTPUT, help="Write what was drawn into this file instead.")
@same_url
def days(url: str, days: int, table: Path | None, kinds_csv: Path | None) -> None:
    """Count the drawings of each day, and what they were."""
    for target, what in ((table, "days"), (kinds_csv, "kinds")):
        if target is not None:
            write_pieces(target, pieces(url, f"statistics/{what}.csv?days={days}"))
            click.echo(str(target))
    if table or kinds_csv:
        return
    found = ask(url, f"statistics?days={days}")
    click.echo("day         asked  drawn  visitors  broken   ink m  hours   open")
    for day in found["days"]:
        counts = f"{day['asked']:>5}  {day['drawn']:>5}  {day['visitors']:>8}"
        work = f"{day['broken']:>6}  {day['ink_m']:>6}  {day['hours']:>5}"
        click.echo(f"{day['date']}  {counts}  {work}  {day['open_hours']:>5}")
    total = found["totals"]
    click.echo(f"in all      {total['asked']:>5}  {total['drawn']:>5}  {total['visitors']:>8}")
    kinds = ", ".join(f"{each['class_name']} {each['drawn']}" for each in found["kinds"])
    if kinds:
        click.echo(f"drawn: {kinds}")


@history.command()
@click.option("--limit", type=click.IntRange(1, 100), default=30, show_default=True)
@same_url
def log(url: str, limit: int) -> None:
    """Show what happened, the newest last."""
    for entry in reversed(ask(url, f"log?limit={limit}")["entries"]):
        click.echo(f"{local(entry['at'])}  {entry['text']}")


@click.command()
@click.option(
    "--output",
    "-o",
    type=OUTPUT,
    default=Path("catplotter.zip"),
    show_default=True,
    help="A .zip with every drawing and the table of jobs, or a .csv with the table alone.",
)
@url_option
def export(output: Path, url: str) -> None:
    """Take everything away: drawings as SVG, jobs as CSV."""
    if output.suffix not in {".zip", ".csv"}:
        raise click.UsageError(f"{output} must end in .zip or .csv.")
    size = write_pieces(output, pieces(url, f"export{output.suffix}"))
    click.echo(f"{output}: {size / 1e6:.1f} MB")
