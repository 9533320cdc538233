"""Readers of public drawing files; all of them give pairs of class name and sketch.

Known are the simplified form of Quick, Draw! (``.ndjson``, also gzipped) and the files of
sketch-rnn (``.npz``).
"""

from __future__ import annotations

import gzip
import json
import pickle
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from model_training.data import DataError
from pi_service.sketching.stroke import Sketch, SketchError, check_sketch, from_polylines

SPLITS = ("train", "valid", "test")


def read_drawings(path: Path, split: str) -> Iterator[tuple[str, Sketch]]:
    """The drawings of a file of any known kind, by the end of its name.

    Args:
        path: ``.ndjson``, ``.ndjson.gz`` or ``.npz``.
        split: Which part of an ``.npz`` is meant: train, valid or test.

    Raises:
        DataError: The kind is not known, or the file cannot be used.
    """
    if path.name.endswith((".ndjson", ".ndjson.gz")):
        return read_ndjson(path)
    if path.suffix == ".npz":
        return read_npz(path, split)
    raise DataError(f"{path} is neither .ndjson, .ndjson.gz nor .npz")


def read_ndjson(path: Path) -> Iterator[tuple[str, Sketch]]:
    """The drawings of a Quick, Draw! simplified file, in the file's order.

    Each line is a JSON object with ``word`` and ``drawing``: per stroke a list of x and a list
    of y, whole pixels, y down. Other keys are ignored.

    Raises:
        DataError: The file cannot be read, or a line (which is named) is no such drawing.
    """
    try:
        with (gzip.open if path.suffix == ".gz" else open)(
            path, "rt", encoding="utf-8"
        ) as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    yield _drawing(line, f"{path}, line {number},")
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read: {error}") from error


def _drawing(line: str, where: str) -> tuple[str, Sketch]:
    """One line of an ndjson file as class name and sketch."""
    try:
        row: Any = json.loads(line)
        word, strokes = row["word"], row["drawing"]
        sketch = from_polylines([np.array(stroke).T for stroke in strokes])
    except (ValueError, TypeError, KeyError, SketchError) as error:
        raise DataError(f"{where} is no Quick, Draw! simplified drawing: {error}") from error
    if not isinstance(word, str) or len(sketch) == 0:
        raise DataError(f"{where} has no word or no strokes")
    return word, sketch


def read_npz(path: Path, split: str) -> Iterator[tuple[str, Sketch]]:
    """The drawings of one part of a sketch-rnn file; the class is the file's name.

    Such a file drops where a drawing begins: here it begins with a point at (0, 0).

    The public files hold Python pickles, which could run any code on loading. Here nothing
    is unpickled but plain NumPy arrays: whatever else a file names is refused, not called.

    Raises:
        DataError: The file cannot be read, holds something else, or a row is no drawing.
    """
    if split not in SPLITS:
        raise DataError(
            f"a sketch-rnn file has the parts train, valid and test, not {split!r}"
        )
    word = path.stem.removeprefix("sketchrnn_").removesuffix(".full").replace("_", " ")
    try:
        with zipfile.ZipFile(path) as archive, archive.open(f"{split}.npy") as stream:
            rows = _read_npy(stream)
    except KeyError as error:
        raise DataError(f"{path} has no part {split!r}: it is no sketch-rnn file") from error
    except (
        OSError,
        ValueError,
        EOFError,
        zipfile.BadZipFile,
        pickle.UnpicklingError,
    ) as error:
        raise DataError(f"{path} cannot be read as a sketch-rnn file: {error}") from error
    for number, row in enumerate(rows, start=1):
        try:
            sketch = check_sketch(row)
        except SketchError as error:
            raise DataError(f"{path}, {split} drawing {number}: {error}") from error
        if len(sketch) == 0:
            raise DataError(f"{path}, {split} drawing {number}: it has no points")
        yield word, np.concatenate([np.zeros((1, 3), dtype=np.int32), sketch])


class _PlainArrays(pickle.Unpickler):
    """An unpickler that knows nothing but NumPy arrays."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in {
            ("numpy.core.multiarray", "_reconstruct"),
            ("numpy._core.multiarray", "_reconstruct"),
        }:
            return np.empty(0).__reduce__()[0]
        if (module, name) in {("numpy", "ndarray"), ("numpy", "dtype")}:
            return getattr(np, name)
        raise pickle.UnpicklingError(f"it holds {module}.{name}, which is no plain array")


def _read_npy(stream: IO[bytes]) -> list[NDArray[Any]]:
    """The arrays in an ``.npy`` of objects, or of one numeric array as its rows."""
    version = npy.read_magic(stream)
    header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    shape, _, dtype = header(stream)
    if dtype.hasobject:
        found = _PlainArrays(stream, encoding="latin1").load()
    else:
        found = np.frombuffer(stream.read(), dtype=dtype).reshape(shape)
    if not isinstance(found, np.ndarray):
        raise TypeError("it does not hold an array")
    return list(found)
