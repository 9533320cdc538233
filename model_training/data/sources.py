"""Drawings for a command: from a file of any known kind, or from a prepared folder."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from model_training.data.dataset import DataError, SketchSet, gather
from model_training.data.prepared import Writer, is_prepared, load_prepared
from model_training.data.readers import SPLITS, Row, read_drawings, read_rows
from model_training.data.refusals import Refusals

PARTS = 1_000_000
"""Into how many parts all drawings are divided by their names, to hold some of them out."""


def read_set(
    path: Path,
    split: str,
    max_points: int,
    classes: tuple[str, ...] | None = None,
    *,
    bearable: float = 0.0,
    say: Callable[[str], None] = print,
) -> SketchSet:
    """The drawings of a file or of a prepared folder.

    Args:
        path: The file or folder.
        split: Which part of an ``.npz``, or of a folder prepared with all of them, is meant.
        max_points: Longer drawings are left out and counted.
        classes: The known classes; None takes those that occur.
        bearable: Share of damaged rows up to which the others are used.
        say: Told of damaged rows.

    Raises:
        DataError: It cannot be used.
    """
    inner = path / split
    if is_prepared(path) or is_prepared(inner):
        found = load_prepared(path if is_prepared(path) else inner, classes)
        return _short(found, max_points)
    refusals = Refusals(bearable)
    found = gather(read_drawings(path, split, refusals), max_points, classes)
    if refusals.refused:
        say(refusals.summary())
    return found


def _short(found: SketchSet, max_points: int) -> SketchSet:
    """The set without sketches that are too long; as it is where there are none."""
    fits = found.lengths <= max_points
    if fits.all():
        return found
    points, lengths = found.several(np.flatnonzero(fits))
    starts = np.concatenate([[0], np.cumsum(lengths)])
    left_out = found.too_long + int((~fits).sum())
    return SketchSet(found.classes, found.labels[fits], points, starts, left_out)


@dataclass(frozen=True)
class Prepared:
    """What `prepare` did."""

    drawings: dict[str, int]
    """How many, by part."""
    too_long: int
    left_out: int
    """For standing in the drawings that were to be kept out."""
    refusals: Refusals


def prepare(
    files: Iterable[Path],
    folder: Path,
    *,
    max_points: int,
    hold_out: float,
    without: Iterable[Path] = (),
    bearable: float = 0.0,
    say: Callable[[str], None] = lambda _: None,
) -> Prepared:
    """Writes the folders train, valid and test with the drawings of some files.

    An ``.npz`` says itself which drawing belongs where. For others a hash of a drawing's name
    decides, so that it always comes to stand in the same part, whatever else is there.

    Args:
        files: The files.
        folder: Where the three folders go.
        max_points: Longer drawings are left out and counted.
        hold_out: Share of the drawings in valid, and the same in test.
        without: Files whose drawings are to be left out, by name and by content.
        bearable: Share of damaged rows up to which the others are used.
        say: Told of every file.

    Raises:
        DataError: Something cannot be read or written, or there is no drawing to train on.
    """
    refusals = Refusals(bearable)
    unwanted = {name for path in without for name in _all_names(path)}
    writers = {part: Writer(folder / part, max_points) for part in SPLITS}
    left_out, sources = 0, []
    try:
        for path in files:
            say(f"reading {path}")
            sources.append(path.name)
            for part in SPLITS if path.suffix == ".npz" else ("",):
                for row in read_rows(path, part, refusals):
                    if unwanted and not unwanted.isdisjoint(names_of(row)):
                        left_out += 1
                        continue
                    writers[part or part_of(row, hold_out)].add(row.word, row.sketch)
        refusals.check()
    except BaseException:
        for writer in writers.values():
            writer.give_up()
        raise
    counts = {part: len(writer) for part, writer in writers.items()}
    about = {"sources": sources, "damaged": refusals.refused, "left_out": left_out}
    for part, writer in writers.items():
        if counts[part] or part == "train":
            writer.close(about)
        else:
            writer.give_up()
    too_long = sum(writer.too_long for writer in writers.values())
    return Prepared(counts, too_long, left_out, refusals)


def part_of(row: Row, hold_out: float) -> str:
    """Whether a drawing is for train, valid or test, by a hash of what names it."""
    if not 0 <= hold_out <= 0.4:
        raise DataError(f"valid and test each hold a share of 0 to 0.4, not {hold_out}")
    digest = hashlib.sha256(names_of(row)[0].encode()).digest()
    place = int.from_bytes(digest[:8], "big") % PARTS / PARTS
    return "valid" if place < hold_out else "test" if place < 2 * hold_out else "train"


def names_of(row: Row) -> list[str]:
    """What names a drawing: its key, if it has one, and always its content."""
    content = hashlib.sha256(np.ascontiguousarray(row.sketch, dtype="<i4").tobytes())
    key = [f"{row.word}/{row.key}"] if row.key else []
    return [*key, content.hexdigest()]


def _all_names(path: Path) -> Iterable[str]:
    for part in SPLITS if path.suffix == ".npz" else ("",):
        for row in read_rows(path, part):
            yield from names_of(row)
