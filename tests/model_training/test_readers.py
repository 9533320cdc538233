"""Readers of public drawing files, and how they refuse what is damaged or hostile."""

from __future__ import annotations

import gzip
import io
import json
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from model_training.data.dataset import DataError
from model_training.data.readers import SPLITS, read_drawings, read_ndjson, read_npz
from pi_service.sketching.quickdraw import quickdraw_row
from pi_service.sketching.stroke import from_polylines, to_polylines

PIXEL = st.integers(0, 255)
STROKES = st.lists(st.lists(st.tuples(PIXEL, PIXEL), min_size=1), min_size=1, max_size=5)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(STROKES, min_size=1, max_size=4))
def test_a_drawing_is_read_as_it_was_written(
    tmp_path: Path, drawings: list[list[list[tuple[int, int]]]]
) -> None:
    rows = [
        {
            "word": f"thing {k}",
            "key_id": "7",
            "drawing": [[*zip(*line, strict=True)] for line in d],
        }
        for k, d in enumerate(drawings)
    ]
    path = tmp_path / "a.ndjson"
    path.write_text("\n".join(map(json.dumps, rows)))
    read = list(read_ndjson(path))
    assert [word for word, _ in read] == [row["word"] for row in rows]
    for drawing, (_, sketch) in zip(drawings, read, strict=True):
        corner = np.concatenate(drawing).min(axis=0)
        lines = [(np.array(line) - corner).tolist() for line in drawing]
        assert [line.tolist() for line in to_polylines(sketch)] == lines


def test_our_own_rows_are_read_back(tmp_path: Path) -> None:
    sketch = from_polylines([np.array([[0, 0], [255, 17]]), np.array([[3, 200]])])
    (tmp_path / "a.ndjson").write_text(quickdraw_row(sketch, "cat") + "\n")
    [(word, read)] = read_ndjson(tmp_path / "a.ndjson")
    assert word == "cat"
    assert np.array_equal(read, sketch)


def test_a_gzipped_file_is_read_like_a_plain_one(tmp_path: Path) -> None:
    row = '{"word": "cat", "drawing": [[[0, 9], [1, 2]]]}\n\n'
    (tmp_path / "a.ndjson").write_text(row)
    (tmp_path / "a.ndjson.gz").write_bytes(gzip.compress(row.encode()))
    plain = list(read_drawings(tmp_path / "a.ndjson", "train"))
    packed = list(read_drawings(tmp_path / "a.ndjson.gz", "train"))
    assert plain[0][1].tolist() == packed[0][1].tolist() == [[0, 0, 0], [9, 1, 1]]


@pytest.mark.parametrize(
    "row",
    [
        "{",
        "[]",
        "7",
        '{"word": "cat"}',
        '{"word": "cat", "drawing": []}',
        '{"word": 7, "drawing": [[[0], [0]]]}',
        '{"word": "cat", "drawing": [[[], []]]}',
        '{"word": "cat", "drawing": [[[1, 2], [3]]]}',
        '{"word": "cat", "drawing": [[[1], [2], [3]]]}',
        '{"word": "cat", "drawing": [[["a"], ["b"]]]}',
        '{"word": "cat", "drawing": [[[1.5], [2]]]}',
        '{"word": "cat", "drawing": [[[NaN], [2]]]}',
        '{"word": "cat", "drawing": [[[1e999], [2]]]}',
        '{"word": "cat", "drawing": [7]}',
        '{"word": "cat", "drawing": null}',
    ],
)
def test_a_damaged_row_is_named(tmp_path: Path, row: str) -> None:
    good = '{"word": "cat", "drawing": [[[0, 9], [1, 2]]]}\n'
    (tmp_path / "a.ndjson").write_text(good + row + "\n")
    with pytest.raises(DataError, match=r"a\.ndjson, line 2") as refused:
        list(read_ndjson(tmp_path / "a.ndjson"))
    words = ("kwarg", "subscriptable", "indices", "inhomogeneous", "object of type")
    assert not any(word in str(refused.value) for word in words)


def test_a_cut_gzip_file_is_refused(tmp_path: Path) -> None:
    row = b'{"word": "cat", "drawing": [[[0, 9], [1, 2]]]}\n' * 1000
    (tmp_path / "a.ndjson.gz").write_bytes(gzip.compress(row)[:-20])
    with pytest.raises(DataError, match="cannot be read"):
        list(read_ndjson(tmp_path / "a.ndjson.gz"))


def test_another_kind_of_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"neither \.ndjson"):
        read_drawings(tmp_path / "a.txt", "train")


def _npz(path: Path, **parts: list[Any]) -> Path:
    """A file as sketch-rnn's: object arrays of stroke-3."""
    arrays: dict[str, Any] = {}
    for name, rows in parts.items():
        arrays[name] = np.empty(len(rows), dtype=np.dtype(object))
        arrays[name][:] = rows
    np.savez_compressed(path, **arrays)
    return path


CAT = np.array([[5, 0, 0], [0, 7, 1], [-3, -3, 0], [1, 1, 1]], dtype=np.int16)
LONGER = np.array([[5, 0, 0], [0, 7, 0], [0, 7, 1]], dtype=np.int16)


def test_a_sketch_rnn_file_is_read_with_its_first_point(tmp_path: Path) -> None:
    path = _npz(
        tmp_path / "sketchrnn_cat.full.npz", train=[LONGER], valid=[], test=[CAT, LONGER]
    )
    (word, cat), (_, longer) = read_drawings(path, "test")
    assert word == "cat"
    assert cat.tolist() == [[0, 0, 0], *CAT.tolist()]
    assert longer.tolist() == [[0, 0, 0], *LONGER.tolist()]
    assert [len(s) for _, s in read_npz(path, "train")] == [4]
    assert list(read_npz(path, "valid")) == []


def _python_2(array: NDArray[np.int16]) -> bytes:
    """An array (within a pickle) as Python 2 wrote it, with `str` for bytes."""
    rows, columns = array.shape
    content = array.tobytes()
    return (
        b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R"
        + b"(K\x01K"
        + bytes([rows])
        + b"K"
        + bytes([columns])
        + b"\x86"
        + b"cnumpy\ndtype\nU\x02i2K\x00K\x01\x87R"
        + b"(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
        + b"\x89U"
        + bytes([len(content)])
        + content
        + b"tb"
    )


def test_a_file_pickled_by_python_2_is_read(tmp_path: Path) -> None:
    content = io.BytesIO()
    header = {"descr": "|O", "fortran_order": False, "shape": (2,)}
    np.lib.format.write_array_header_1_0(content, header)
    content.write(
        b"\x80\x02cnumpy.core.multiarray\n_reconstruct\n"
        b"cnumpy\nndarray\nK\x00\x85U\x01b\x87R"
        b"(K\x01K\x02\x85cnumpy\ndtype\nU\x02O8K\x00K\x01\x87R"
        b"(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK?tb"
        b"\x89](" + _python_2(CAT) + _python_2(LONGER) + b"etb."
    )
    with zipfile.ZipFile(tmp_path / "cat.npz", "w") as archive:
        archive.writestr("test.npy", content.getvalue())
    cat, longer = (sketch for _, sketch in read_npz(tmp_path / "cat.npz", "test"))
    assert cat[1:].tolist() == CAT.tolist()
    assert longer[1:].tolist() == LONGER.tolist()


class _Hostile:
    """Runs a command when it is unpickled the usual way."""

    def __init__(self, proof: Path) -> None:
        self._proof = proof

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return Path.touch, (str(self._proof),)


def test_a_file_that_would_run_code_is_refused_and_does_not_run(tmp_path: Path) -> None:
    proof = tmp_path / "proof"
    proof.touch()
    path = _npz(tmp_path / "cat.npz", test=[_Hostile(proof), 1])
    with pytest.raises(DataError, match="no plain array"):
        list(read_npz(path, "test"))


@pytest.mark.parametrize("row", [np.zeros((3, 2)), np.array([[1, 2, 7]]), np.zeros((0, 3)), 7])
def test_a_damaged_sketch_rnn_drawing_is_named(tmp_path: Path, row: object) -> None:
    path = _npz(tmp_path / "cat.npz", test=[CAT, row])
    with pytest.raises(DataError, match=r"cat\.npz, test drawing 2"):
        list(read_npz(path, "test"))


def test_what_is_no_sketch_rnn_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "cat.npz").write_bytes(b"nothing of the kind")
    with pytest.raises(DataError, match="cannot be read as a sketch-rnn file"):
        list(read_npz(tmp_path / "cat.npz", "test"))
    np.savez(tmp_path / "dog.npz", other=np.zeros(3))
    with pytest.raises(DataError, match="no part 'test'"):
        list(read_npz(tmp_path / "dog.npz", "test"))
    with pytest.raises(DataError, match="train, valid and test"):
        list(read_npz(tmp_path / "dog.npz", "other"))


def test_a_file_pickled_by_old_numpy_in_protocol_2_is_read(shared_data: Path) -> None:
    path = shared_data / "svg" / "old-numpy-protocol2.npz"
    found = {split: [s for _, s in read_npz(path, split)] for split in SPLITS}
    assert [len(sketches) > 0 for sketches in found.values()] == [True] * 3
    assert all(sketch[-1, 2] == 1 for sketches in found.values() for sketch in sketches)


@pytest.mark.parametrize("words", [("rm", "latin1"), ("x", "rot13"), (b"x", "latin1")])
def test_bytes_of_protocol_2_are_nothing_but_bytes(
    tmp_path: Path, words: tuple[object, str]
) -> None:
    """`_codecs.encode` is never called; what stands for it takes text in Latin-1."""
    pickled = pickle.dumps(words, 2)[2:-1]
    stream = b"\x80\x02c_codecs\nencode\n" + pickled + b"R."
    head = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        head, {"descr": "|O", "fortran_order": False, "shape": (1,)}
    )
    with zipfile.ZipFile(tmp_path / "cat.npz", "w") as archive:
        archive.writestr("test.npy", head.getvalue() + stream)
    with pytest.raises(DataError, match=r"cat\.npz cannot be read"):
        list(read_npz(tmp_path / "cat.npz", "test"))


GOOD = b'{"word": "cat", "drawing": [[[0, 9], [0, 9]]]}\n'


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xef\xbb\xbf" + GOOD, ""),
        (b"", r"cat\.ndjson(\.gz)? is empty"),
        (b"\n \n", r"cat\.ndjson(\.gz)? is empty"),
        (GOOD + b'{"word": "cat", "drawing": []}', "line 2: .*no strokes"),
        (GOOD + b'{"word": "\xe9", "drawing": [[[1], [1]]]}', "line 2: .*utf-8"),
        (GOOD + b"[" * 100_000, "line 2: .*recursion"),
    ],
)
def test_odd_files_are_read_or_refused_by_file_and_row(
    tmp_path: Path, content: bytes, words: str, *, packed: bool
) -> None:
    path = tmp_path / ("cat.ndjson.gz" if packed else "cat.ndjson")
    path.write_bytes(gzip.compress(content) if packed else content)
    if not words:
        assert len(list(read_ndjson(path))) == 1
        return
    with pytest.raises(DataError, match=words):
        list(read_ndjson(path))
