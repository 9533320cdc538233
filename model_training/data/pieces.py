"""The work of preparing drawings, cut into pieces that any process can do by itself.

A piece is a file, or, of an ``.ndjson``, the lines that begin in a stretch of it. What becomes
of a piece is a folder with prepared drawings of each part and a note; it stands under its name
when all of it is there, and not before. It depends on the piece alone, and not on who makes
it, when, or how many others do the same.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Set
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np

from model_training.data.dataset import DataError
from model_training.data.prepared import Writer
from model_training.data.readers import SPLITS, Row, read_rows, read_stretch
from model_training.data.refusals import Refusals

PIECE_BYTES = 8 << 20
"""Bytes of an ``.ndjson`` in a piece: some 20,000 drawings."""
NOTE = "piece.json"
PARTS = 1_000_000
"""Into how many parts all drawings are divided by their names, to hold some of them out."""


class Piece(NamedTuple):
    """One piece of the work."""

    number: int
    path: Path
    split: str
    """Of an ``.npz``, which part; "" else."""
    begin: int
    """Bytes of the file from which on, and…"""
    end: int
    """…up to which lines begin; all of the file where it cannot be cut."""

    @property
    def name(self) -> str:
        """Of its folder."""
        return f"piece-{self.number:06d}"


@dataclass(frozen=True)
class Options:
    """What all pieces have in common."""

    max_points: int
    hold_out: float
    bearable: float
    """Whether any damaged row is: over 0."""


@dataclass
class Made:
    """What became of a piece; its note."""

    drawings: dict[str, int] = field(default_factory=dict)
    """How many, by part."""
    too_long: dict[str, int] = field(default_factory=dict)
    left_out: int = 0
    rows: int = 0
    refused: int = 0
    named: list[str] = field(default_factory=list)


def cut(files: Iterable[Path], piece_bytes: int = PIECE_BYTES) -> list[Piece]:
    """The pieces of some files, in order."""
    pieces: list[Piece] = []
    for path in files:
        size = _size(path)
        step = piece_bytes if path.suffix == ".ndjson" else max(size, 1)
        for split in SPLITS if path.suffix == ".npz" else ("",):
            for begin in range(0, max(size, 1), step):
                end = min(begin + step, size)
                pieces.append(Piece(len(pieces), path, split, begin, end))
    return pieces


def _size(path: Path) -> int:
    """Bytes of a file, or of the files in a folder."""
    if path.is_dir():
        return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    return path.stat().st_size


def rows_of(piece: Piece, refusals: Refusals) -> Iterator[Row]:
    """The drawings of a piece."""
    if piece.path.suffix == ".ndjson":
        return read_stretch(piece.path, piece.begin, piece.end, refusals)
    return read_rows(piece.path, piece.split, refusals)


def make(piece: Piece, folder: Path, options: Options, unwanted: Set[str]) -> Made:
    """Prepares a piece's drawings in a folder of its own below `folder`.

    Args:
        unwanted: Names of drawings that are left out; see `names_of`.

    Raises:
        DataError: It cannot be read or written, or a row is damaged and none is bearable.
    """
    partial = folder / f"{piece.name}.{os.getpid()}.partial"
    shutil.rmtree(partial, ignore_errors=True)
    # Whether too many are damaged is to be seen from all pieces; here any share is borne.
    refusals = Refusals(1.0 if options.bearable else 0.0)
    writers = {part: Writer(partial / part, options.max_points) for part in SPLITS}
    made = Made()
    try:
        for row in rows_of(piece, refusals):
            if unwanted and not unwanted.isdisjoint(names_of(row)):
                made.left_out += 1
                continue
            part = piece.split or part_of(row, options.hold_out)
            writers[part].add(row.word, row.sketch)
        for part, writer in writers.items():
            made.drawings[part], made.too_long[part] = len(writer), writer.too_long
            if len(writer):
                writer.close({})
            else:
                writer.give_up()
        made.rows, made.refused, made.named = refusals.rows, refusals.refused, refusals.named
        (partial / NOTE).write_text(json.dumps(asdict(made)), encoding="utf-8")
        partial.rename(folder / piece.name)
    except OSError as error:
        raise DataError(f"{folder} cannot be written: {error}") from error
    finally:
        for writer in writers.values():
            writer.give_up()
        shutil.rmtree(partial, ignore_errors=True)
    return made


def note_of(piece: Piece, folder: Path) -> Made | None:
    """What became of a piece in an earlier try; None if it is still to be made."""
    path = folder / piece.name / NOTE
    if not path.is_file():
        return None
    return Made(**json.loads(path.read_text(encoding="utf-8")))


def part_of(row: Row, hold_out: float) -> str:
    """Whether a drawing is for train, valid or test, by a hash of what names it."""
    check_hold_out(hold_out)
    name = _key(row) or _content(row)
    place = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") % PARTS / PARTS
    return "valid" if place < hold_out else "test" if place < 2 * hold_out else "train"


def check_hold_out(hold_out: float) -> None:
    """Refuses a share to hold out that leaves too little to learn from."""
    if not 0 <= hold_out <= 0.4:
        raise DataError(f"valid and test each hold a share of 0 to 0.4, not {hold_out}")


def names_of(row: Row) -> list[str]:
    """What names a drawing: its key, if it has one, and always its content."""
    return [*filter(None, [_key(row)]), _content(row)]


def _key(row: Row) -> str:
    return f"{row.word}/{row.key}" if row.key else ""


def _content(row: Row) -> str:
    return hashlib.sha256(np.ascontiguousarray(row.sketch, dtype="<i4").tobytes()).hexdigest()
