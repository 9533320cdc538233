"""Readers of public drawing files; all of them give the same sketches of the same drawings.

The box of every sketch begins at (0, 0).

Known are Quick, Draw!'s simplified form (``.ndjson``, also gzipped), its raw form with times
(the same endings), its binary form (``.bin``), the files of sketch-rnn (``.npz``), and SVG:
single files, or a folder of them with one folder a class, as TU-Berlin comes.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from functools import cached_property, partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from model_training.data.dataset import DataError
from model_training.data.reader_bin import read_bin_rows
from model_training.data.reader_npz import SPLITS, read_npz_rows
from model_training.data.reader_svg import read_svg
from model_training.data.refusals import Refusals
from model_training.data.simplify import cornered, simplified
from pi_service.sketching.stroke import Sketch, from_polylines

__all__ = ["SPLITS", "Row", "read_drawings", "read_ndjson", "read_npz", "read_rows"]


class Row(NamedTuple):
    """One drawing of a file."""

    word: str
    """The name of its class."""
    sketch: Sketch
    key: str
    """What names it in the public data; "" where the file does not say."""


def read_rows(path: Path, split: str, refusals: Refusals | None = None) -> Iterator[Row]:
    """The drawings of a file of any known kind, by the end of its name.

    Args:
        path: ``.ndjson``, ``.ndjson.gz``, ``.bin``, ``.npz``, ``.svg``, or a folder of SVGs.
        split: Which part of an ``.npz`` is meant: train, valid or test.
        refusals: Counts damaged rows; None stops at the first.

    Raises:
        DataError: The kind is not known, the file cannot be used, or a row is damaged.
    """
    refusals = refusals or Refusals()
    if path.name.endswith((".ndjson", ".ndjson.gz")):
        return _ndjson_rows(path, refusals)
    if path.suffix == ".npz":
        return (Row(w, s, "") for w, s in read_npz_rows(path, split, refusals))
    if path.suffix == ".bin":
        return (Row(w, s, k) for w, s, k in read_bin_rows(path, refusals))
    if path.suffix == ".svg" or path.is_dir():
        return _svg_rows(path, refusals)
    raise DataError(f"{path} is neither .ndjson, .ndjson.gz, .bin, .npz, .svg nor a folder")


def read_drawings(
    path: Path, split: str, refusals: Refusals | None = None
) -> Iterator[tuple[str, Sketch]]:
    """As `read_rows`, but pairs of class name and sketch alone."""
    return ((row.word, row.sketch) for row in read_rows(path, split, refusals))


def read_ndjson(path: Path) -> Iterator[tuple[str, Sketch]]:
    """The drawings of an ndjson file, in the file's order.

    Each line is a JSON object with ``word`` and ``drawing``: per stroke a list of x and a list
    of y, whole pixels, y down; or, in the raw form, in any unit and with a list of times.
    Other keys are ignored.

    Raises:
        DataError: The file cannot be read, or a line (which is named) is no such drawing.
    """
    return ((row.word, row.sketch) for row in _ndjson_rows(path, Refusals()))


class _Stretch:
    """A part of an ndjson file; its first line's number is counted when it is asked for."""

    def __init__(self, path: Path, begin: int) -> None:
        self.path, self._begin = path, begin

    @cached_property
    def lines_before(self) -> int:
        """Lines that begin before it."""
        count, left = 0, self._begin
        with self.path.open("rb") as file:
            while left > 0 and (some := file.read(min(left, 1 << 20))):
                count += some.count(b"\n")
                left -= len(some)
        return count


class _Line(NamedTuple):
    """Names a line of a stretch."""

    stretch: _Stretch
    number: int

    def __str__(self) -> str:
        return f"{self.stretch.path}, line {self.stretch.lines_before + self.number}"


def read_stretch(path: Path, begin: int, end: int, refusals: Refusals) -> Iterator[Row]:
    """The drawings of those lines of an ndjson file that begin in a stretch of it.

    Args:
        path: The file, not gzipped.
        begin: The stretch's first byte.
        end: The byte after its last.
        refusals: Counts damaged rows.

    Raises:
        DataError: The file cannot be read, or a line is damaged and none is bearable.
    """
    stretch = _Stretch(path, begin)
    if begin == end == 0:
        raise DataError(f"{path} is empty: it has no drawing")
    try:
        with path.open("rb") as file:
            if begin:
                file.seek(begin - 1)
                file.readline()  # the rest of the line before, which begins before the stretch
                stretch = _Stretch(path, file.tell())
            number = 0
            while file.tell() < end and (line := file.readline()):
                number += 1
                if line.strip():
                    row = refusals.read(_Line(stretch, number), partial(_drawing, line))
                    if row:
                        yield row
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error}") from error


def read_npz(path: Path, split: str) -> Iterator[tuple[str, Sketch]]:
    """The drawings of one part of a sketch-rnn file; see `reader_npz`."""
    return read_npz_rows(path, split, Refusals())


def _ndjson_rows(path: Path, refusals: Refusals) -> Iterator[Row]:
    opener = gzip.open if path.suffix == ".gz" else open
    empty = True
    try:
        with opener(path, "rb") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    empty = False
                    where = f"{path}, line {number}"
                    row = refusals.read(where, partial(_drawing, line))
                    if row:
                        yield row
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path} cannot be read: {error}") from error
    if empty:
        raise DataError(f"{path} is empty: it has no drawing")
    refusals.check()


def _drawing(line: bytes) -> Row:
    """One line of an ndjson file; a byte order mark before it does not count."""
    try:
        row = _object(line)
        word, strokes = row["word"], row["drawing"]
        raw = bool(strokes) and all(len(stroke) == 3 for stroke in strokes)
        if raw:
            lines = [_timed(*stroke) for stroke in strokes]
            sketch = from_polylines(simplified(lines))
        else:
            made = from_polylines([_untimed(stroke) for stroke in strokes])
            sketch = cornered(made) if len(made) else made
    except KeyError as error:
        raise ValueError(f"it is no Quick, Draw! drawing: it has no {error}") from error
    except (ValueError, TypeError, RecursionError) as error:
        raise ValueError(f"it is no Quick, Draw! drawing: {error}") from error
    if not isinstance(word, str) or not word or len(sketch) == 0:
        raise ValueError("it has no word or no strokes")
    return Row(word, sketch, str(row.get("key_id", "")))


def _object(line: bytes) -> dict[str, Any]:
    """A JSON object whose ``drawing`` is a list of lists.

    Raises:
        ValueError: It is none.
    """
    row: Any = json.loads(line)
    strokes = row["drawing"] if isinstance(row, dict) else None
    if not (isinstance(strokes, list) and all(isinstance(each, list) for each in strokes)):
        raise ValueError("it is no object with a list of strokes")
    found: dict[str, Any] = row
    return found


def _untimed(stroke: list[Any]) -> Any:
    """One stroke of the usual form, shape (N, 2)."""
    sizes = {len(values) if isinstance(values, list) else -1 for values in stroke}
    if len(sizes) != 1:
        raise ValueError("the x and y of a stroke are no lists of one length")
    line = np.array(stroke)
    if line.dtype.kind not in "iuf" or not np.isfinite(line).all():
        raise ValueError("a stroke holds what is no finite number")
    return line.T


def _timed(x: Any, y: Any, t: Any) -> Any:
    """One stroke of the raw form, shape (N, 2); its times are checked and let go."""
    line = np.array([x, y, t], dtype=np.float64).T
    if line.ndim != 2 or not len(line):
        raise ValueError("a stroke is empty")
    if not np.isfinite(line).all():
        raise ValueError("a stroke holds a number that is not finite")
    return line[:, :2]


def _svg_rows(path: Path, refusals: Refusals) -> Iterator[Row]:
    """A single SVG file, or all in a folder; the class is the name of a file's folder."""
    files = sorted(path.rglob("*.svg")) if path.is_dir() else [path]
    if not files:
        raise DataError(f"there is no .svg file in the folder {path}")
    for file in files:
        row = refusals.read(str(file), partial(_svg, file))
        if row:
            yield row
    refusals.check()


def _svg(file: Path) -> Row:
    """The drawing of one SVG file."""
    word = file.resolve().parent.name.replace("_", " ")
    return Row(word, from_polylines(simplified(read_svg(file))), f"{word}/{file.name}")
