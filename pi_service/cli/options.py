"""What several commands have in common: options, error sentences, and files written whole."""

from __future__ import annotations

import datetime
import functools
import json
import os
import re
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, ParamSpec, TypeVar

import click

if TYPE_CHECKING:  # what only some commands need is loaded by those
    from firmware_gcode.drawing.geometry import Polyline
    from firmware_gcode.drawing.paper import Paper
    from firmware_gcode.drawing.svg_in import SvgDrawing

P = ParamSpec("P")
R = TypeVar("R")

INPUT = click.Path(exists=True, dir_okay=False, path_type=Path)
OUTPUT = click.Path(dir_okay=False, path_type=Path)


def _default_model() -> Path:
    from pi_service.sketching.sketcher import DEFAULT_MODEL  # noqa: PLC0415 - few need it

    return DEFAULT_MODEL


model_option = click.option(
    "--model",
    "model_path",
    type=click.Path(path_type=Path),
    default=_default_model,
    show_default="the one that came with catplotter",
    help="The model file.",
)


INSTALLED = Path("/var/lib/catplotter")
"""Where the installed service keeps its state."""


def data_folder() -> Path:
    """Where the service keeps its state: as it is told, systemd's folder, else the user's."""
    state = os.environ.get("CATPLOTTER_DATA") or os.environ.get("STATE_DIRECTORY")
    if state:
        return Path(state)
    home = os.environ.get("XDG_STATE_HOME")
    return (Path(home) if home else Path.home() / ".local" / "state") / "catplotter"


def _told_or_installed() -> Path:
    told = os.environ.get("CATPLOTTER_DATA")
    return INSTALLED if told is None and INSTALLED.exists() else data_folder()


data_option = click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    default=_told_or_installed,
    show_default=f"{INSTALLED}, or ~/.local/state/catplotter",
    help="The service's folder.",
)


def sentences(*kinds: type[Exception]) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A decorator: errors of these kinds end the command with their message, exit code 1."""

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(function)
        def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
            try:
                return function(*args, **kwargs)
            except kinds as error:
                raise click.ClickException(str(error)) from error

        return wrapped

    return decorate


def write_file(path: Path, content: bytes | str) -> None:
    """Write the file whole or not at all: a new file beside it is synced, then takes its name.

    Raises:
        click.ClickException: the folder is missing, cannot be written, or is full.
    """
    write_pieces(path, [content.encode() if isinstance(content, str) else content])


def write_pieces(path: Path, pieces: Iterable[bytes]) -> int:
    """Write a file that comes in pieces, whole or not at all; gives its size in bytes.

    Raises:
        click.ClickException: As `write_file`, or as the pieces.
    """
    from firmware_gcode.setup.files import replace_file  # noqa: PLC0415 - few write

    try:
        return replace_file(path, pieces)
    except OSError as error:
        raise click.ClickException(
            f"Cannot write {path}: {error.strerror}. Choose a folder that exists, "
            "that you may write to, and that has room."
        ) from error


def write_picture(
    path: Path,
    strokes: Sequence[Polyline],
    paper: Paper,
    *,
    pen: float,
    scale: float,
    title: str,
) -> None:
    """Write strokes (mm) on their paper as .svg or .png; `pen` in mm, `scale` in pixels/mm.

    Raises:
        click.UsageError: The file's name has another ending.
        click.ClickException: As `write_file`.
    """
    from firmware_gcode.drawing.png import png  # noqa: PLC0415 - few need them
    from firmware_gcode.drawing.svg import svg  # noqa: PLC0415

    check_picture(path)
    if path.suffix == ".svg":
        write_file(path, svg(strokes, paper, pen_width=pen, title=title))
    else:
        write_file(path, png(strokes, paper, pixels_per_mm=scale, pen_width=pen))


def check_picture(path: Path) -> None:
    """Refuse a name that does not end as a picture's."""
    if path.suffix not in {".png", ".svg"}:
        raise click.UsageError(f"{path} must end in .png or .svg.")


def ending_signals() -> list[signal.Signals]:
    """The signals that end a command, with the pen up.

    SIGTERM, and SIGHUP (the terminal was closed) unless that is ignored, as by ``nohup``.
    """
    ignored = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    return [signal.SIGTERM] if ignored else [signal.SIGTERM, signal.SIGHUP]


@contextmanager
def ended_by(leave: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Have `leave` called on each of `ending_signals`, for a while."""
    before = {number: signal.signal(number, leave) for number in ending_signals()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def wait_for_signal() -> threading.Event:
    """An event that Ctrl-C and each of `ending_signals` set."""
    end = threading.Event()

    def finish(_number: int, _frame: FrameType | None) -> None:
        end.set()

    for number in (signal.SIGINT, *ending_signals()):
        signal.signal(number, finish)
    return end


def address(listen: str) -> tuple[str, int]:
    """Host and port of a `--listen`.

    Raises:
        click.UsageError: It is not HOST:PORT.
    """
    host, _, port = listen.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65535:
        raise click.UsageError(f"--listen {listen} is not HOST:PORT, such as 0.0.0.0:8080.")
    return host.strip("[]"), int(port)


def check_port(port: str | None) -> None:
    """Refuse a URL that names no port which can be opened, before anything begins.

    Raises:
        click.UsageError: Says what it should be.
    """
    if port is None or "://" not in port:
        return
    from firmware_gcode.grbl.port import PortError, check_url  # noqa: PLC0415 - few need it

    try:
        check_url(port)
    except PortError as error:
        raise click.UsageError(str(error)) from error


def paper_options(function: Callable[P, R]) -> Callable[P, R]:
    """Adds `--paper`, `--margin` and `--landscape`: `paper_size`, `margin`, `landscape`."""
    margin = click.option(
        "--margin",
        type=float,
        default=10.0,
        show_default=True,
        help="Paper left free on each side, in mm.",
    )
    size = click.option(
        "--paper",
        "paper_size",
        envvar="CATPLOTTER_PAPER",
        default="A5",
        show_default=True,
        help="A6 to A2, letter, or WIDTHxHEIGHT in mm, such as 120x80.",
    )
    turned = click.option(
        "--landscape", is_flag=True, help="Lay the paper's longer side along x."
    )
    return size(margin(turned(function)))


def _cells(_context: click.Context, _option: click.Parameter, text: str) -> tuple[int, int]:
    """Columns and rows of a grid such as 2x3."""
    found = re.fullmatch(r"([1-9]\d?)x([1-9]\d?)", text)
    if found is None:
        raise click.BadParameter(f"{text!r} is not COLUMNSxROWS, such as 2x3.")
    return int(found[1]), int(found[2])


def grid_option(default: str, help_text: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Adds ``--grid`` as ``cells``: columns and rows."""
    return click.option(
        "--grid",
        "cells",
        default=default,
        show_default=True,
        metavar="COLUMNSxROWS",
        callback=_cells,
        help=help_text,
    )


def passes_option(between: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Adds `--passes`: layer, colour or None."""
    return click.option(
        "--passes",
        type=click.Choice(["layer", "colour"]),
        help="Draw layer after layer (outermost groups), or colour after colour, and "
        + between,
    )


def fill_options(function: Callable[P, R]) -> Callable[P, R]:
    """Adds `--hatch` and `--occlude`."""
    hatch = click.option(
        "--hatch",
        type=click.FloatRange(0.05, 100.0),
        metavar="PITCH",
        help="Fill filled areas with lines that are so far apart, in mm.",
    )
    occlude = click.option("--occlude", is_flag=True, help="Leave out what filled areas hide.")
    return hatch(occlude(function))


def tell_reading(path: Path, found: SvgDrawing) -> None:
    """Say on stderr, in one line, what of an SVG file is not drawn as it is; or nothing."""
    if found.told:
        click.echo(f"{path}: {' '.join(map(str, found.told))}", err=True)


def caption_words(words: str, number: int, today: datetime.date) -> str:
    """A caption with `{number}` and `{date}` (2026-11-22) filled in."""
    return words.replace("{number}", str(number)).replace("{date}", today.isoformat())


def read_settings(path: Path) -> dict[str, float]:
    """GRBL's settings from a JSON file, such as ``{"$110": 6000, "$120": 500}``.

    Raises:
        click.ClickException: The file cannot be read or holds something else.
    """
    try:
        values = json.loads(path.read_text())
        settings = {str(name): float(value) for name, value in values.items()}
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise click.ClickException(
            f"{path} does not hold GRBL's settings as JSON, such as "
            f'{{"$110": 6000, "$120": 500}}: {error}'
        ) from error
    for name in settings:
        if not (name.startswith("$") and name[1:].isdecimal()):
            raise click.ClickException(f"{path}: {name!r} is no GRBL setting; $110 is one.")
    return settings
