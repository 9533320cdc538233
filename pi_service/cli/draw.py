"""`catplotter draw`: new cats as pictures, as G-code, or straight onto a plotter."""

from __future__ import annotations

import datetime
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ParamSpec, TypeVar

import click
import numpy as np

from firmware_gcode.drawing.caption import CaptionError
from firmware_gcode.drawing.geometry import DrawingError
from firmware_gcode.drawing.layout import LayoutError
from firmware_gcode.drawing.paper import Paper, PaperError
from firmware_gcode.drawing.png import png
from firmware_gcode.drawing.svg import svg
from firmware_gcode.drawing.svg_in import SvgError, read_svg
from firmware_gcode.program.checker import ProgramError
from firmware_gcode.program.profile import Profile
from firmware_gcode.program.profile_fields import ProfileError
from pi_service.cli.options import (
    INPUT,
    OUTPUT,
    caption_words,
    grid_option,
    model_option,
    paper_options,
    sentences,
    tell_reading,
    write_file,
)
from pi_service.cli.plot import PlotError, plot
from pi_service.sketching.completion import CompletionError
from pi_service.sketching.manner import MOST
from pi_service.sketching.model_file import ModelFileError
from pi_service.sketching.quickdraw import quickdraw_row
from pi_service.sketching.simplify import Line
from pi_service.sketching.sketcher import ClassError, Sketcher, SketchingError
from pi_service.sketching.stroke import Sketch, from_polylines
from pi_service.studio.jobs.job import Request
from pi_service.studio.jobs.planner import Composition, Placed, Planner

P = ParamSpec("P")
R = TypeVar("R")

FINENESS = 100_000
"""Steps of the longer side to which a drawing that was begun by a human is rounded."""


def artist_options(function: Callable[P, R]) -> Callable[P, R]:
    """Adds `--best-of` and `--complete`: `best_of` and `begun_path`."""
    best = click.option(
        "--best-of",
        type=click.IntRange(1, MOST),
        help="Sketches of which the critic takes one, instead of as many as the model says.",
    )
    begun = click.option(
        "--complete",
        "begun_path",
        type=INPUT,
        help="Draw on from the lines in this SVG file, which stay as they are.",
    )
    return best(begun(function))


@dataclass(frozen=True)
class ChoosingArtist:
    """Draws sketches as the options of the command line say."""

    sketcher: Sketcher
    best_of: int | None
    begun: tuple[Line, ...] = ()
    """Strokes to draw on from, y down; none for a drawing of its own."""

    @classmethod
    def of(
        cls, sketcher: Sketcher, best_of: int | None, begun_path: Path | None
    ) -> ChoosingArtist:
        """The artist for these options.

        Raises:
            SvgError: The file with the beginning cannot be read or has no lines.
        """
        if begun_path is None:
            return cls(sketcher, best_of)
        found = read_svg(begun_path)
        tell_reading(begun_path, found)
        return cls(sketcher, best_of, found.polylines)

    @property
    def classes(self) -> tuple[str, ...]:
        """What it can draw."""
        return self.sketcher.classes

    @property
    def model_hash(self) -> str:
        """Which model it is."""
        return self.sketcher.model_hash

    def draw(
        self, class_name: str = "cat", *, seed: int, candidates: int | None = None
    ) -> Sketch:
        """The sketch of that class and seed; one that was begun has units of its own.

        Raises:
            Errors: As `Sketcher.draw` and `Sketcher.complete`.
        """
        if not self.begun:
            return self.sketcher.draw(
                class_name, seed=seed, candidates=candidates or self.best_of
            )
        (made,) = self.sketcher.complete(self.begun, class_name, seed=seed)
        points = np.concatenate(made.strokes)
        low, side = points.min(axis=0), np.ptp(points, axis=0).max()
        return from_polylines(
            [
                np.rint((line - low) * (FINENESS / side)).astype(np.int64)
                for line in made.strokes
            ]
        )


EXPECTED = (
    CaptionError,
    ClassError,
    CompletionError,
    DrawingError,
    LayoutError,
    ModelFileError,
    PaperError,
    PlotError,
    ProfileError,
    ProgramError,
    SketchingError,
    SvgError,
)
MAX_SEED = 2**63 - 1


@click.command()
@click.option("--class", "class_name", default="cat", show_default=True, help="What to draw.")
@click.option(
    "--seed",
    type=click.IntRange(0, MAX_SEED),
    help="The same seed gives the same cat; without it, a new one.",
)
@click.option(
    "--n",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="How many, with the seeds that follow.",
)
@click.option("--svg", "svg_path", type=OUTPUT, help="Write the drawing as SVG.")
@click.option("--png", "png_path", type=OUTPUT, help="Write it as a PNG picture.")
@click.option("--gcode", "gcode_path", type=OUTPUT, help="Write the program for the plotter.")
@click.option(
    "--ndjson",
    "ndjson_path",
    type=OUTPUT,
    help="Write the sketches in Quick, Draw!'s simplified form, one a line.",
)
@click.option(
    "--port",
    help="Plot it on the GRBL machine at this port, such as /dev/ttyUSB0 or socket://HOST:PORT.",
)
@click.option(
    "--profile",
    "profile_name",
    help="The machine: simulated (unless --port is given), z-pen, servo-pen, or a TOML file.",
)
@artist_options
@paper_options
@grid_option("1x1", "Divide the paper into cells, one for each drawing.")
@click.option(
    "--size",
    type=click.FloatRange(1.0),
    help="Longer side of the drawing in mm; without it, or if too large, it fills its cell.",
)
@click.option(
    "--caption",
    "words",
    default="",
    help="Write this under each drawing; {number}, {seed} and {date} are filled in.",
)
@model_option
@sentences(*EXPECTED)
def draw(
    *,
    class_name: str,
    seed: int | None,
    n: int,
    svg_path: Path | None,
    png_path: Path | None,
    gcode_path: Path | None,
    ndjson_path: Path | None,
    port: str | None,
    profile_name: str | None,
    best_of: int | None,
    begun_path: Path | None,
    paper_size: str,
    margin: float,
    landscape: bool,
    cells: tuple[int, int],
    size: float | None,
    words: str,
    model_path: Path,
) -> None:
    """Draw new cats.

    With several (--n), the seed is put into the names of SVG, PNG and G-code files. Without
    any output option, the drawing is written as SVG to the present folder. With --grid each
    takes the next cell of the paper, as on a sheet that they share.

    (To have the running gallery draw one: `catplotter request`.)
    """
    artist = ChoosingArtist.of(Sketcher.load(model_path), best_of, begun_path)
    first = secrets.randbelow(1_000_000) if seed is None else seed
    seeds = range(first, first + n)
    if seeds[-1] > MAX_SEED:
        raise click.ClickException(f"The seeds must stay at or below {MAX_SEED}.")
    paper = Paper.named(paper_size, landscape=landscape, margin=margin)
    if port and profile_name is None:
        raise click.UsageError("Say which machine is at the port, such as --profile z-pen.")
    profile = Profile.load(profile_name or "simulated")
    if ndjson_path:
        rows = (quickdraw_row(artist.draw(class_name, seed=s), class_name) for s in seeds)
        write_file(ndjson_path, "".join(f"{row}\n" for row in rows))
        click.echo(f"{ndjson_path}: {n} sketches, seeds {seeds[0]} to {seeds[-1]}")
    if not (svg_path or png_path or gcode_path or port or ndjson_path):
        svg_path = Path(f"{class_name.replace(' ', '-')}-{first}.svg")
    if not (svg_path or png_path or gcode_path or port):
        return
    profile.check_paper(paper)
    if n > cells[0] * cells[1] > 1:
        raise click.ClickException(
            f"{n} drawings do not fit into {cells[0]}x{cells[1]} cells; use a larger --grid."
        )
    placed = _placed(class_name, seeds, cells, (size, words))
    for made in map(Planner(artist, profile, paper).compose, placed):
        _write(made, paper, profile, several=n > 1, paths=(svg_path, png_path, gcode_path))
        if port:
            click.echo(f"{port}: {_describe(made)}")
            plot(made.program, profile, port)


def _placed(
    class_name: str,
    seeds: range,
    cells: tuple[int, int],
    wish: tuple[float | None, str],
) -> Iterator[Placed]:
    """Each drawing in the middle of its cell, its caption under it."""
    size, words = wish
    columns, rows = cells
    today = datetime.date.today()  # noqa: DTZ011  # the date where the person is
    for index, seed in enumerate(seeds):
        text = caption_words(words, index + 1, today).replace("{seed}", str(seed))
        request = Request("cli", class_name=class_name, seed=seed, size_mm=size)
        yield Placed(request.drawing(), 0, index % (columns * rows), cells, text)


def _write(
    made: Composition,
    paper: Paper,
    profile: Profile,
    *,
    several: bool,
    paths: tuple[Path | None, Path | None, Path | None],
) -> None:
    """Write the SVG, PNG and G-code files that were asked for, and say so."""
    program, pen, name = made.program, profile.pen_width, made.placed.class_name
    writers: tuple[Callable[[], str | bytes], ...] = (
        lambda: svg(program.strokes, paper, pen_width=pen, title=f"{name} {made.placed.seed}"),
        lambda: png(program.strokes, paper, pen_width=pen),
        lambda: program.text,
    )
    for path, content in zip(paths, writers, strict=True):
        if path is None:
            continue
        target = path.with_stem(f"{path.stem}-{made.placed.seed}") if several else path
        write_file(target, content())
        click.echo(f"{target}: {_describe(made)}")


def _describe(made: Composition) -> str:
    """A drawing in one line."""
    program = made.program
    return (
        f"{made.placed.class_name}, seed {made.placed.seed}, {len(program.strokes)} strokes, "
        f"{program.ink_mm / 1000:.2f} m of ink, {program.seconds:.0f} s to plot"
    )
