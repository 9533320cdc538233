"""Reads the binary form of Quick, Draw!, one drawing after the other.

As its documentation says (github.com/googlecreativelab/quickdraw-dataset), little-endian: key
(8 bytes), country (2), recognized (1), time (4), number of strokes (2); then for each stroke
the number of points (2), all x (1 each), all y (1 each). There is no mark between drawings, so
where one does not fit the form, nothing after it can be read either.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import IO

import numpy as np

from model_training.data.dataset import DataError
from model_training.data.refusals import Refusals
from model_training.data.simplify import cornered
from pi_service.sketching.stroke import Sketch, from_polylines

HEAD = struct.Struct("<Q2s?IH")
COUNT = struct.Struct("<H")


def read_bin_rows(path: Path, refusals: Refusals) -> Iterator[tuple[str, Sketch, str]]:
    """Class, sketch and key of every drawing; the class is the file's name.

    Raises:
        DataError: The file cannot be read, is cut, loses its form, or rows are damaged.
    """
    word = path.stem.removeprefix("full_binary_").replace("_", " ")
    number = 0
    try:
        with path.open("rb") as file:
            while head := file.read(HEAD.size):
                number += 1
                where = f"{path}, drawing {number}"
                key, strokes = _strokes(head, file, where)
                sketch = refusals.read(where, partial(_sketch, strokes))
                if sketch is not None:
                    yield word, sketch, str(key)
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error}") from error
    if not number:
        raise DataError(f"{path} is empty")
    refusals.check()


def _strokes(head: bytes, file: IO[bytes], where: str) -> tuple[int, list[bytes]]:
    """Key of a drawing, and x and y of each stroke, as they stand in the file."""
    lost = f"{where} is cut or not in the binary form of Quick, Draw!, so that it and "
    lost += "whatever follows cannot be read: fetch the file again"
    if len(head) < HEAD.size:
        raise DataError(lost)
    key, country, _, _, count = HEAD.unpack(head)
    if not (country.isalpha() and country.isupper()) and country.strip(b"\0 ") != b"":
        raise DataError(lost)
    strokes = []
    for _ in range(count):
        size = file.read(COUNT.size)
        points = file.read(2 * COUNT.unpack(size)[0]) if len(size) == COUNT.size else b""
        if len(size) < COUNT.size or len(points) < 2 * COUNT.unpack(size)[0]:
            raise DataError(lost)
        strokes.append(points)
    return key, strokes


def _sketch(strokes: list[bytes]) -> Sketch:
    """The sketch of the strokes' bytes."""
    if not strokes:
        raise ValueError("it has no strokes")
    lines = [np.frombuffer(s, dtype=np.uint8).reshape(2, -1).T for s in strokes]
    return cornered(from_polylines([line.astype(np.int64) for line in lines]))
