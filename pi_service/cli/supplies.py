"""`catplotter paper`, `pen`, `hours` and `classes`: what an attendant sees to."""

from __future__ import annotations

import re
from typing import Any

import click

from pi_service.cli.client import ask, local, same_url, url_option

RULES = ("default", "animals", "all")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@click.group(invoke_without_command=True)
@url_option
@click.pass_context
def paper(context: click.Context, url: str) -> None:
    """Show the sheet on the bed, or say that there is a new one."""
    context.obj = url
    if context.invoked_subcommand is not None:
        return
    state = ask(url, "state")
    size, sheet = state["paper"], state["sheet"]
    click.echo(
        f"Sheet {sheet['id']}, {size['width']:g} x {size['height']:g} mm: {_cells(sheet)}."
    )
    if state["sheet_full_at"] and sheet["free"]:
        click.echo(f"It will be full by about {local(state['sheet_full_at'])}.")


@paper.command("new")
@click.option("--grid", metavar="COLUMNSxROWS", help="How many drawings share it.")
@click.option("--caption/--no-caption", default=None, help="Write number and date under each.")
@same_url
def new_paper(url: str, grid: str | None, caption: bool | None) -> None:
    """Say that you have put in new paper."""
    body: dict[str, Any] = {} if caption is None else {"caption": caption}
    if grid is not None:
        found = re.fullmatch(r"(\d+)x(\d+)", grid)
        if found is None:
            raise click.UsageError(f"--grid {grid} is not COLUMNSxROWS, such as 2x3.")
        body |= {"columns": int(found[1]), "rows": int(found[2])}
    sheet = ask(url, "sheets", method="POST", body=body)
    click.echo(f"Sheet {sheet['id']}: {_cells(sheet)}.")


@click.group(invoke_without_command=True)
@url_option
@click.pass_context
def pen(context: click.Context, url: str) -> None:
    """Show how far the pen has come, or say that there is a new one."""
    context.obj = url
    if context.invoked_subcommand is None:
        click.echo(_pen(ask(url, "pen")))


@pen.command("new")
@click.option("--metres", type=click.FloatRange(1), help="How far its ink goes.")
@same_url
def new_pen(url: str, metres: float | None) -> None:
    """Say that you have put in a new pen."""
    click.echo(
        _pen(ask(url, "pens", method="POST", body={"metres": metres} if metres else {}))
    )


@pen.command("keep")
@same_url
def keep_pen(url: str) -> None:
    """Say that the pen still writes although it should be dry."""
    click.echo(_pen(ask(url, "pens/keep", method="POST")))


@click.group(invoke_without_command=True)
@url_option
@click.pass_context
def hours(context: click.Context, url: str) -> None:
    """Show or set when the gallery is open. Drawings start and end within its hours."""
    context.obj = url
    if context.invoked_subcommand is None:
        _show_hours(ask(url, "hours"))


@hours.command("set")
@click.argument("days")
@click.argument("spans", nargs=-1, required=True)
@same_url
def set_hours(url: str, days: str, spans: tuple[str, ...]) -> None:
    """Set the hours of DAYS (mon, mon-fri, daily, or a date such as 2026-12-24).

    SPANS are times such as 10:00-12:00 14:00-18:00, or the word closed.
    """
    text = "" if spans == ("closed",) else ", ".join(span.strip(",") for span in spans)
    settings = ask(url, "hours")["hours"]
    if re.fullmatch(r"\d{4}-\d\d-\d\d", days):
        settings["closed"] = sorted({*settings["closed"], days} - ({days} if text else set()))
        dates = settings.get("dates", {})
        dates.pop(days, None)
        settings["dates"] = {**dates, **({days: text} if text else {})}
    else:
        settings |= dict.fromkeys(_days(days), text)
    _show_hours(ask(url, "hours", method="PUT", body=settings))


@hours.command()
@click.argument("times", nargs=-1)
@same_url
def quiet(url: str, times: tuple[str, ...]) -> None:
    """Draw nothing at these TIMES, such as 13:00-14:00 'sun 10:00-11:00'; none: never."""
    settings = ask(url, "hours")["hours"]
    _show_hours(ask(url, "hours", method="PUT", body={**settings, "quiet": list(times)}))


@hours.command("clock-is-right")
@same_url
def clock_is_right(url: str) -> None:
    """Say that the clock of the plotter's computer is right, until it is started anew."""
    ask(url, "clock", method="POST", body={})
    click.echo("The clock is believed, and dates are written under drawings.")


def _days(text: str) -> tuple[str, ...]:
    """The days of the week that are meant."""
    first, _, last = text.lower().partition("-")
    if first == "daily" and not last:
        return DAYS
    if first not in DAYS or (last and last not in DAYS):
        raise click.UsageError(f"{text} is no day; write mon, mon-fri, daily or 2026-12-24.")
    begin, end = DAYS.index(first), DAYS.index(last or first)
    return DAYS[begin : end + 1] if begin <= end else (*DAYS[begin:], *DAYS[: end + 1])


def _show_hours(answer: dict[str, Any]) -> None:
    settings = answer["hours"]
    for day in DAYS:
        click.echo(f"{day}  {settings.get(day) or 'closed'}")
    for day in settings["closed"]:
        click.echo(f"{day}  closed")
    for day, text in settings.get("dates", {}).items():
        click.echo(f"{day}  {text or 'closed'}")
    for text in settings.get("quiet", ()):
        click.echo(f"quiet: {text}")
    click.echo(f"(times of {answer['zone']})")


def _cells(sheet: dict[str, Any]) -> str:
    captions = ", with captions" if sheet["caption"] else ""
    columns, rows = sheet["columns"], sheet["rows"]
    free = f"{sheet['free']} of {columns * rows} free"
    return f"{columns} x {rows} cells, {free}{captions}"


def _pen(found: dict[str, Any]) -> str:
    if found["limit_m"] is None:
        return f"Pen {found['id']} has drawn {found['used_m']:g} m."
    return (
        f"Pen {found['id']} has drawn {found['used_m']:g} of about {found['limit_m']:g} m, "
        f"{found['left_m']:g} m are left."
    )


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
