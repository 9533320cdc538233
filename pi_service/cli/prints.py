"""`catplotter prints`: contact sheets and labels as PDF, the exhibition as a folder."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from pathlib import Path
from urllib.parse import urlencode

import click

from firmware_gcode.facts import LANGUAGES
from pi_service.cli.client import pieces, same_url, url_option
from pi_service.cli.options import OUTPUT, write_pieces

STOCKS = ("l7160", "l7163", "l7651", "5160", "5163")


@click.group()
@url_option
@click.pass_context
def prints(context: click.Context, url: str) -> None:
    """Print what was drawn, or take the exhibition away as a site without a server."""
    context.obj = url


_day = click.option(
    "--day", metavar="DATE", help="Begun on that day; today if nothing is said."
)
_sheet = click.option("--sheet", type=click.IntRange(1), help="On that sheet.")


@prints.command()
@_day
@_sheet
@click.option("--paper", type=click.Choice(("a4", "letter")), default="a4", show_default=True)
@click.option("--output", "-o", type=OUTPUT, default=Path("contact.pdf"), show_default=True)
@same_url
def contact(url: str, day: str | None, sheet: int | None, paper: str, output: Path) -> None:
    """Small pictures of the finished drawings of a day or a sheet, as a PDF."""
    _fetch(url, "contact.pdf", {"day": day, "sheet": sheet, "paper": paper}, output)


@prints.command()
@_day
@_sheet
@click.option("--job", type=click.IntRange(1), help="Of that job alone.")
@click.option(
    "--stock",
    type=click.Choice(STOCKS),
    default="l7160",
    show_default=True,
    help="Avery's number of the labels.",
)
@click.option(
    "--first", type=click.IntRange(1, 99), default=1, help="The first label that is left."
)
@click.option("--output", "-o", type=OUTPUT, default=Path("labels.pdf"), show_default=True)
@same_url
def labels(
    *,
    url: str,
    day: str | None,
    sheet: int | None,
    job: int | None,
    stock: str,
    first: int,
    output: Path,
) -> None:
    """Labels with a QR code to each drawing's page, as a PDF for a sheet of labels."""
    wanted = {"day": day, "sheet": sheet, "job": job, "stock": stock, "first": first}
    _fetch(url, "labels.pdf", wanted, output)


@prints.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--language", type=click.Choice(LANGUAGES), default="en", show_default=True)
@click.option("--replace", is_flag=True, help="In place of an exhibition that is there.")
@same_url
def exhibition(url: str, folder: Path, language: str, replace: bool) -> None:
    """All finished drawings as a site in FOLDER: open its index.html, no server needed.

    The folder is there whole or not at all.
    """
    there = folder.exists()
    if there and not replace:
        raise click.ClickException(f"{folder} is there already; --replace takes its place.")
    if there and not (folder / "cats.js").exists():
        raise click.ClickException(f"{folder} is no exhibition, and stays as it is.")
    path = f"prints/exhibition.zip?{urlencode({'language': language})}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(
        prefix=f".{folder.name}-", dir=folder.parent, ignore_cleanup_errors=True
    ) as beside:
        packed = Path(beside, "site.zip")
        write_pieces(packed, pieces(url, path))
        _unpack(packed, Path(beside))
        if there:
            folder.replace(Path(beside, "old"))
        Path(beside, "exhibition").replace(folder)
    click.echo(f"Open {folder / 'index.html'}.")


def _unpack(packed: Path, into: Path) -> None:
    """Unpack file by file. Raises ClickException where it is not whole."""
    try:
        with zipfile.ZipFile(packed) as zipped:
            for name in zipped.namelist():
                target = (into / name).resolve()
                if not target.is_relative_to(into.resolve()):
                    raise click.ClickException(f"{name} points out of the folder.")
                target.parent.mkdir(parents=True, exist_ok=True)
                with zipped.open(name) as source, target.open("wb") as file:
                    shutil.copyfileobj(source, file)
    except zipfile.BadZipFile as error:
        raise click.ClickException("The exhibition came incomplete: try again.") from error


def _fetch(url: str, name: str, wanted: dict[str, str | int | None], output: Path) -> None:
    given = {key: value for key, value in wanted.items() if value is not None}
    size = write_pieces(output, pieces(url, f"prints/{name}?{urlencode(given)}"))
    click.echo(f"{output}: {size / 1e3:.0f} kB")
