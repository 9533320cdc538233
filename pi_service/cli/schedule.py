"""`catplotter schedule`: what the running service draws by the clock."""

from __future__ import annotations

import click

from pi_service.cli.client import ask, url_option


@click.group()
def schedule() -> None:
    """Show, add or remove what is drawn by the clock."""


@schedule.command("list")
@url_option
def list_schedules(url: str) -> None:
    """Show every rule and its next runs, in the plotter's local time."""
    entries = ask(url, "schedules")["schedules"]
    for entry in entries:
        rests = "" if entry["enabled"] else " (rests)"
        click.echo(f"{entry['id']}  {entry['rule']}: {entry['class_name'] or 'cat'}{rests}")
        for run in entry["next_runs"]:
            click.echo(f"     {run[:16].replace('T', ' ')}")
    if not entries:
        click.echo("Nothing is drawn by the clock.")


@schedule.command()
@click.argument("rule")
@click.option("--class", "class_name", help="What to draw; a cat if not said.")
@click.option(
    "--catch-up",
    type=click.IntRange(0, 1440),
    help="Minutes within which a missed run is made up for; 10 if not said.",
)
@url_option
def add(rule: str, class_name: str | None, catch_up: int | None, url: str) -> None:
    """Follow a new RULE.

    For example 'every 20 minutes', 'daily at 14:00 and 16:30', 'on sat, sun at 11:00' or
    'on 2026-12-24 at 15:00'.
    """
    given = {"class": class_name, "catch_up_minutes": catch_up}
    body = {"rule": rule} | {name: value for name, value in given.items() if value is not None}
    entry = ask(url, "schedules", method="POST", body=body)
    following = entry["next_runs"][0][:16].replace("T", " ") if entry["next_runs"] else "never"
    click.echo(f"Rule {entry['id']}: {entry['rule']}. Next: {following}.")


@schedule.command()
@click.argument("number", type=click.IntRange(1))
@url_option
def remove(number: int, url: str) -> None:
    """Forget the rule of that NUMBER."""
    ask(url, f"schedules/{number}", method="DELETE")
    click.echo(f"Rule {number} is gone.")


@schedule.command()
@click.argument("number", type=click.IntRange(1))
@url_option
def pause(number: int, url: str) -> None:
    """Let the rule of that NUMBER rest."""
    ask(url, f"schedules/{number}/disable", method="POST")
    click.echo(f"Rule {number} rests.")


@schedule.command()
@click.argument("number", type=click.IntRange(1))
@url_option
def resume(number: int, url: str) -> None:
    """Follow the rule of that NUMBER again."""
    ask(url, f"schedules/{number}/enable", method="POST")
    click.echo(f"Rule {number} is followed.")


@schedule.command()
@url_option
def runs(url: str) -> None:
    """Show what came of the newest runs."""
    for run in ask(url, "schedules/runs")["runs"]:
        job = f"job {run['job']}" if run["job"] else run["outcome"]
        click.echo(
            f"{run['scheduled_for'][:16].replace('T', ' ')}  rule {run['schedule_id']}: {job}"
        )
