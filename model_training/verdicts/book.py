"""The book of verdicts: one line of CSV each, kept under version control.

A drawing stands in it by what it can be made from again: one of people's by its key in the
public data, one of a model's by the model's hash, the seed and the temperatures. Part of its
hash stands beside, so that a drawing that comes out otherwise is noticed.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields
from io import StringIO
from pathlib import Path

import numpy as np

from model_training.data.dataset import DataError
from model_training.judge.files import write_whole
from pi_service.sketching.stroke import Sketch

BOOK = Path(__file__).parent / "verdicts.csv"
"""The maintainers' verdicts."""
PEOPLE, MODEL = "people", "model"
"""Origins."""
DIGITS = 12
"""Hexadecimal digits of a hash that are written down."""


def digest(sketch: Sketch) -> str:
    """Names a sketch by its content."""
    return hashlib.sha256(np.ascontiguousarray(sketch, "<i4").tobytes()).hexdigest()[:DIGITS]


@dataclass(frozen=True)
class Source:
    """Where a drawing comes from: all that is needed to make it again."""

    word: str
    """Its class."""
    origin: str
    """`PEOPLE` or `MODEL`."""
    key: str
    """People's: key_id in the public data. A model's: seed/try, or the seed alone if the
    sketcher drew it in its own way."""
    sketch: str
    """Its `digest`."""
    model: str = ""
    """The model's hash, shortened."""
    way: str = ""
    """The model's temperatures, see `candidates`; "" for the sketcher's own way."""
    best_of: int = 0
    """Of how many tries the model's critic chose it; 1 for first tries, 0 for people's."""


@dataclass(frozen=True)
class Verdict:
    """What a rater said of a drawing."""

    source: Source
    hang: bool
    rater: str
    number: int
    """1 for the rater's first pass, 2 for a second one over the same drawings."""
    sheet: str
    """The contact sheet on which it was seen: compare within one sheet first."""
    time: str
    """ISO 8601, UTC."""


SOURCE_COLUMNS = tuple(field.name for field in fields(Source))
COLUMNS = (*SOURCE_COLUMNS, "hang", "rater", "pass", "sheet", "time")


def source_of(row: dict[str, str]) -> Source:
    """The source that a row of CSV names.

    Raises:
        KeyError: A column is missing.
        ValueError: A number is none.
    """
    return Source(
        word=row["word"],
        origin=row["origin"],
        key=row["key"],
        sketch=row["sketch"],
        model=row["model"],
        way=row["way"],
        best_of=int(row["best_of"]),
    )


def read_book(path: Path = BOOK) -> list[Verdict]:
    """All verdicts of a book, in its order; none if there is no such file.

    Raises:
        DataError: A line is no verdict.
    """
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        try:
            return [_verdict(row) for row in csv.DictReader(file)]
        except (KeyError, ValueError, TypeError) as error:
            raise DataError(f"{path} is no book of verdicts: {error}") from error


def _verdict(row: dict[str, str]) -> Verdict:
    if row["hang"] not in ("0", "1"):
        raise ValueError(f"hang is 0 or 1, not {row['hang']!r}")
    return Verdict(
        source_of(row),
        row["hang"] == "1",
        row["rater"],
        int(row["pass"]),
        row["sheet"],
        row["time"],
    )


def write_book(path: Path, verdicts: Iterable[Verdict]) -> None:
    """Writes a book whole, or leaves the one that was there."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for one in verdicts:
        told = (int(one.hang), one.rater, one.number, one.sheet, one.time)
        writer.writerow((*astuple(one.source), *told))
    write_whole(path, text.getvalue().encode())


def added(book: list[Verdict], more: Iterable[Verdict]) -> list[Verdict]:
    """The book with more verdicts; what the same rater has said in the same pass stays."""
    known = {(v.source, v.rater, v.number) for v in book}
    return book + [v for v in more if (v.source, v.rater, v.number) not in known]
