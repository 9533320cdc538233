"""Reads the files of sketch-rnn, as stroke-3 arrays within ``.npz``.

The public files hold Python pickles, which could run any code on loading. Here nothing is
unpickled but plain NumPy arrays: whatever else a file names is refused, not called.
"""

from __future__ import annotations

import pickle
import zipfile
import zlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from model_training.data.dataset import DataError
from model_training.data.refusals import Refusals
from model_training.data.simplify import cornered
from pi_service.sketching.stroke import Sketch, check_sketch

SPLITS = ("train", "valid", "test")


def read_npz_rows(path: Path, split: str, refusals: Refusals) -> Iterator[tuple[str, Sketch]]:
    """Class and sketch of the drawings of one part of a file; the class is the file's name.

    Such a file does not say where on the canvas a drawing begins, only how it goes on. So the
    first point is put where the drawing's box begins at (0, 0), as in the simplified form.

    Raises:
        DataError: The file cannot be read, holds something else, or rows are damaged.
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
        TypeError,
        EOFError,
        AttributeError,
        IndexError,
        OverflowError,
        RecursionError,
        MemoryError,
        zipfile.BadZipFile,
        zlib.error,
        pickle.UnpicklingError,
    ) as error:
        raise DataError(f"{path} cannot be read as a sketch-rnn file: {error}") from error
    for number, row in enumerate(rows, start=1):
        where = f"{path}, {split} drawing {number}"
        sketch = refusals.read(where, partial(_whole, row))
        if sketch is not None:
            yield word, sketch
    refusals.check()


def _whole(row: Any) -> Sketch:
    """A row with its first point, from the corner of the drawing's box."""
    sketch = check_sketch(row)
    if len(sketch) == 0:
        raise ValueError("it has no points")
    return cornered(np.concatenate([np.zeros((1, 3), dtype=np.int32), sketch]))


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
        if (module, name) == ("_codecs", "encode"):
            return _bytes
        raise pickle.UnpicklingError(f"it holds {module}.{name}, which is no plain array")


def _bytes(text: str, encoding: str) -> bytes:
    """What old NumPy wrote in pickle protocol 2 for bytes, which that protocol has not."""
    if not isinstance(text, str) or encoding != "latin1":
        raise pickle.UnpicklingError("it holds text that is no bytes of an array")
    return text.encode("latin1")


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
