"""The commands `label …`: verdicts on drawings, would one hang them?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import click
import numpy as np

from model_training.cli.common import DRAWINGS, FILE, FOLDER, one_sentence
from model_training.data.dataset import DataError
from model_training.verdicts.book import BOOK, added, read_book, write_book
from model_training.verdicts.candidates import (
    SPREAD,
    Original,
    as_drawn,
    candidates,
    mirrored,
    peoples,
    remake,
)
from model_training.verdicts.rates import agreement, rates
from model_training.verdicts.round import NONE, PER_SHEET, Round, shuffled
from pi_service.sketching.model_file import ModelFile, read_model_file
from pi_service.sketching.sketcher import DEFAULT_MODEL

BOOK_FILE = click.option(
    "--book",
    type=click.Path(dir_okay=False, path_type=Path),
    default=BOOK,
    help="The book of verdicts; the maintainers' if not given.",
)
MODEL_FILES = click.option(
    "--model", "models", type=FILE, multiple=True, help="Model file; else the shipped one."
)


@click.group()
def label() -> None:
    """Give verdicts on drawings, blind: would you hang it?

    `new` puts drawings of a model's and of people's, shuffled, on numbered contact sheets;
    `take` writes down the numbers of those that you would hang; `open` opens the key, keeps
    the verdicts and prints rates. `again` makes a second pass; `agree` says how well the two
    agree. `check` makes every drawing again.
    """


@label.command()
@click.argument("folder", type=FOLDER)
@click.argument("people_file", type=DRAWINGS)
@MODEL_FILES
@BOOK_FILE
@click.option("--class", "word", default="cat", show_default=True, help="What to draw.")
@click.option(
    "--n", default=200, show_default=True, help="Of the model, and as many of people."
)
@click.option("--seed", default=0, show_default=True, help="Everything random follows on it.")
@click.option(
    "--spread",
    is_flag=True,
    help="The model's at all temperatures, first tries and chosen; else as it is drawn.",
)
@click.option("--per-sheet", default=PER_SHEET, show_default=True, help="Cells on a sheet.")
@one_sentence
def new(
    *,
    folder: Path,
    people_file: Path,
    models: tuple[Path, ...],
    book: Path,
    word: str,
    n: int,
    seed: int,
    spread: bool,
    per_sheet: int,
) -> None:
    """Make the sheets of a new round in FOLDER.

    PEOPLE_FILE: train for verdicts to learn from, test to judge a model. Drawings that are in
    the book already are not shown again.
    """
    rng = np.random.default_rng(seed)
    known = {v.source for v in read_book(book)}
    fresh = [one for one in peoples(people_file, word) if one.source not in known]
    if len(fresh) < n:
        raise DataError(f"{people_file} has {len(fresh)} drawings left to judge, not {n}")
    chosen = [fresh[k] for k in rng.choice(len(fresh), n, replace=False)]
    files = _models(models)
    if len(files) != 1:
        raise DataError("a round shows one model: give one --model")
    drawn = _spread(files[0], word, n, rng) if spread else _own(files[0], word, n, rng)
    made = Round.make(folder, shuffled([*drawn, *chosen], seed), per_sheet=per_sheet)
    _say_what_waits(made)


@label.command()
@click.argument("folder", type=FOLDER)
@MODEL_FILES
@BOOK_FILE
@click.option("--people", "people_file", type=DRAWINGS, required=True, help="People's.")
@click.option("--n", default=300, show_default=True, help="Drawings, of all origins alike.")
@click.option("--seed", default=0, show_default=True, help="Of choice and order.")
@one_sentence
def again(
    *,
    folder: Path,
    models: tuple[Path, ...],
    book: Path,
    people_file: Path,
    n: int,
    seed: int,
) -> None:
    """Make one more pass over N drawings of the book in FOLDER, in a new order.

    All are mirrored, so that what is remembered of the first pass helps less.
    """
    verdicts = read_book(book)
    sources = [v.source for v in verdicts if v.number == 1]
    if len(sources) < n:
        raise DataError(f"{book} has {len(sources)} drawings, not {n}")
    picked = np.random.default_rng(seed).choice(len(sources), n, replace=False)
    wanted = [sources[k] for k in picked]
    found = remake(wanted, _models(models), [people_file])
    originals = [Original(s, mirrored(found[s])) for s in wanted if s in found]
    if len(originals) < n:
        click.echo(f"{n - len(originals)} drawings cannot be made again here", err=True)
    number = 1 + max(v.number for v in verdicts)
    _say_what_waits(Round.make(folder, shuffled(originals, seed), number))


@label.command()
@click.argument("folder", type=FOLDER)
@click.option("--rater", required=True, help="Who judges.")
@click.option("--sheet", type=int, help="Its number, with --hang.")
@click.option("--hang", help=f'Numbers of those to hang, "1 4 7-9", or "{NONE}".')
@click.option(
    "--file", "answers", type=click.File(encoding="utf-8"), help='Lines like "3: 1 4 7-9".'
)
@click.option("--show", is_flag=True, help="Open each sheet's picture.")
@one_sentence
def take(
    *,
    folder: Path,
    rater: str,
    sheet: int | None,
    hang: str | None,
    answers: TextIO | None,
    show: bool,
) -> None:
    """Write down verdicts on the sheets in FOLDER; without options, ask for each sheet.

    Stopped at any time, the same command goes on with the first sheet that has none.
    """
    here = Round(folder)
    if sheet is not None or hang is not None:
        if sheet is None or hang is None:
            raise DataError("--sheet and --hang belong together")
        given = iter([(sheet, hang)])
    elif answers is not None:
        given = map(_answer, filter(str.strip, answers))
    else:
        given = _asked(here, show)
    for number, cells in given:
        count = here.take(number, cells, rater)
        click.echo(f"sheet {number}: {count} of {here.sheets[number]} to hang")
    click.echo(f"{len(here.waiting())} of {len(here.sheets)} sheets wait")


@label.command("open")
@click.argument("folder", type=FOLDER)
@BOOK_FILE
@click.option("--only-rates", is_flag=True, help="Do not keep them: a model was judged.")
@one_sentence
def open_key(*, folder: Path, book: Path, only_rates: bool) -> None:
    """Open the key of FOLDER when all is judged: rates, and the verdicts into the book."""
    verdicts = Round(folder).verdicts()
    if not only_rates:
        write_book(book, added(read_book(book), verdicts))
    for line in rates(verdicts):
        click.echo(line)


@label.command("rates")
@BOOK_FILE
@one_sentence
def show_rates(*, book: Path) -> None:
    """Print the rates of all first passes in the book."""
    for line in rates([v for v in read_book(book) if v.number == 1]):
        click.echo(line)


@label.command()
@BOOK_FILE
@one_sentence
def agree(*, book: Path) -> None:
    """Print how far each later pass agrees with the first."""
    verdicts = read_book(book)
    later = sorted({v.number for v in verdicts} - {1})
    if not later:
        raise DataError(f"{book} has no second pass: make one with `label again`")
    for number in later:
        found = agreement(verdicts, 1, number)
        click.echo(
            f"passes 1 and {number}: {found.drawings} drawings, {100 * found.raw:.1f} % "
            f"alike, Cohen's kappa {found.kappa:.2f} (hung both times {found.both}, only "
            f"first {found.first}, only later {found.second}, never {found.neither})"
        )


@label.command()
@MODEL_FILES
@BOOK_FILE
@click.option("--people", "people_files", type=DRAWINGS, multiple=True, help="People's.")
@one_sentence
def check(*, models: tuple[Path, ...], book: Path, people_files: tuple[Path, ...]) -> None:
    """Make every drawing of the book again; say how many come out as they were."""
    sources = {v.source for v in read_book(book)}
    found = remake(sources, _models(models), people_files)
    click.echo(f"{len(found)} of {len(sources)} drawings are the same again")
    if len(found) < len(sources):
        raise DataError(
            f"{len(sources) - len(found)} drawings are not: give their --model and --people"
        )


def _models(paths: tuple[Path, ...]) -> list[ModelFile]:
    return [read_model_file(path) for path in paths or (DEFAULT_MODEL,)]


def _seeds(count: int, rng: np.random.Generator) -> list[int]:
    return [int(seed) for seed in rng.choice(2**31, count, replace=False)]


def _own(model: ModelFile, word: str, n: int, rng: np.random.Generator) -> list[Original]:
    return as_drawn(model, word, _seeds(n, rng))


def _spread(model: ModelFile, word: str, n: int, rng: np.random.Generator) -> list[Original]:
    """N candidates of a model in all ways of `SPREAD`, by their shares."""
    ends = np.rint(np.cumsum([share for *_, share in SPREAD]) * n / 100).astype(int)
    found: list[Original] = []
    for (way, best_of, _), end in zip(SPREAD, ends, strict=True):
        while missing := int(end) - len(found):
            found += candidates(model, word, _seeds(missing, rng), way, best_of)
    return found


def _answer(line: str) -> tuple[int, str]:
    sheet, colon, cells = line.partition(":")
    if not colon or not sheet.strip().isdigit():
        raise DataError(f'{line.strip()!r} is not like "3: 1 4 7-9"')
    return int(sheet), cells


def _asked(here: Round, show: bool) -> Iterator[tuple[int, str]]:
    """Asks for each sheet that waits."""
    for sheet in here.waiting():
        click.echo(str(here.picture(sheet)))
        if show:
            click.launch(str(here.picture(sheet)))
        yield sheet, click.prompt(f"sheet {sheet}, numbers to hang, or {NONE}")


def _say_what_waits(made: Round) -> None:
    cells = sum(made.sheets.values())
    click.echo(f"{made.folder}: {cells} drawings on {len(made.sheets)} sheets")
