"""The same drawing in every format that is read becomes the same sketch."""

from __future__ import annotations

import gzip
import json
import struct
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from model_training.data.dataset import DataError
from model_training.data.readers import read_drawings, read_rows
from model_training.data.refusals import Refusals
from model_training.data.simplify import simplified
from pi_service.sketching.simplify import needed

Drawing = list[NDArray[np.int64]]

CATS: list[Drawing] = [
    [
        np.array([[0, 10], [100, 0], [255, 60], [250, 200], [0, 10]]),
        np.array([[90, 90], [90, 90]]),
        np.array([[60, 120], [80, 130], [120, 111]]),
    ],
    [np.array([[0, 0], [40, 255]]), np.array([[7, 3], [30, 3], [30, 77]])],
]


def write_ndjson(path: Path, drawings: list[Drawing]) -> Path:
    rows = [
        json.dumps({"word": "cat", "key_id": str(k), "drawing": [s.T.tolist() for s in d]})
        for k, d in enumerate(drawings)
    ]
    file = path / "cat.ndjson"
    file.write_text("\n".join(rows))
    return file


def write_gzip(path: Path, drawings: list[Drawing]) -> Path:
    file = path / "cat.ndjson.gz"
    file.write_bytes(gzip.compress(write_ndjson(path, drawings).read_bytes()))
    return file


def write_raw(path: Path, drawings: list[Drawing]) -> Path:
    """On a canvas elsewhere, in other units, with times."""
    rows = []
    for drawing in drawings:
        strokes = [[*(s * 2.0 + [35.5, 80.25]).T.tolist(), [*range(len(s))]] for s in drawing]
        rows.append(json.dumps({"word": "cat", "drawing": strokes}))
    file = path / "full_raw_cat.ndjson"
    file.write_text("\n".join(rows))
    return file


def write_bin(path: Path, drawings: list[Drawing]) -> Path:
    content = b""
    for key, drawing in enumerate(drawings):
        content += struct.pack("<Q2s?IH", key, b"DE", True, 1490000000, len(drawing))
        for stroke in drawing:
            content += struct.pack("<H", len(stroke)) + stroke.T.astype(np.uint8).tobytes()
    file = path / "cat.bin"
    file.write_bytes(content)
    return file


def write_npz(path: Path, drawings: list[Drawing]) -> Path:
    """As sketch-rnn's: without the first point."""
    rows = np.empty(len(drawings), dtype=np.dtype(object))
    for k, drawing in enumerate(drawings):
        pen = np.concatenate([[*[0] * (len(s) - 1), 1] for s in drawing])
        points = np.hstack([np.concatenate(drawing), pen[:, None]])
        points[1:, :2] = np.diff(points[:, :2], axis=0)
        rows[k] = points[1:].astype(np.int16)
    file = path / "cat.npz"
    np.savez(file, train=rows, valid=rows[:0], test=rows[:0])
    return file


def write_svgs(path: Path, drawings: list[Drawing]) -> Path:
    """As TU-Berlin's: a folder a class; lines, polylines and moved groups."""
    folder = path / "svg" / "cat"
    folder.mkdir(parents=True, exist_ok=True)
    for k, drawing in enumerate(drawings):
        lines = []
        for number, stroke in enumerate(drawing):
            pairs = [f"{x},{y}" for x, y in stroke.tolist()]
            if len(pairs) > 2 and number % 2:
                lines.append(f'<polyline points="{" ".join(pairs)}"/>')
            else:
                lines.append(f'<path d="M {" L ".join(pairs)}"/>')
        body = "".join(lines)
        (folder / f"{k:03d}.svg").write_text(
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 800">'
            f'<g transform="translate(100,50) scale(2)">{body}</g></svg>'
        )
    return path / "svg"


WRITERS: list[Callable[[Path, list[Drawing]], Path]] = [
    write_gzip,
    write_raw,
    write_bin,
    write_npz,
    write_svgs,
]


def _same(one: Path, other: Path) -> None:
    wanted, found = list(read_drawings(one, "train")), list(read_drawings(other, "train"))
    assert [word for word, _ in wanted] == [word for word, _ in found]
    for (_, a), (_, b) in zip(wanted, found, strict=True):
        assert a.tolist() == b.tolist()


@pytest.mark.parametrize("write", WRITERS)
def test_every_format_gives_the_same_sketches(
    write: Callable[[Path, list[Drawing]], Path], tmp_path: Path
) -> None:
    _same(write_ndjson(tmp_path, CATS), write(tmp_path, CATS))


@pytest.mark.parametrize("write", WRITERS)
def test_real_drawings_are_the_same_in_every_format(
    write: Callable[[Path, list[Drawing]], Path], tmp_path: Path, shared_data: Path
) -> None:
    drawings: list[Drawing] = []
    with gzip.open(shared_data / "quickdraw" / "valid.ndjson.gz", "rt") as lines:
        for _, line in zip(range(60), lines, strict=False):
            strokes = json.loads(line)["drawing"]
            drawing = [np.array(stroke).T for stroke in strokes]
            if np.ptp(np.concatenate(drawing), axis=0).max() == 255:
                drawings.append(drawing)
    _same(write_ndjson(tmp_path, drawings), write(tmp_path, drawings))


def test_a_raw_drawing_is_simplified(tmp_path: Path) -> None:
    t = np.linspace(0, 2 * np.pi, 400)
    ring = np.stack([300 + 200 * np.cos(t), 500 + 100 * np.sin(t)], axis=1)
    row = {"word": "ring", "drawing": [[*ring.T.tolist(), [*range(400)]]]}
    (tmp_path / "a.ndjson").write_text(json.dumps(row))
    [(word, sketch)] = read_drawings(tmp_path / "a.ndjson", "train")
    places = np.cumsum(sketch[:, :2], axis=0)
    assert word == "ring"
    assert 10 < len(sketch) < 40
    assert places.min(axis=0).tolist() == [0, 0]
    assert places.max(axis=0).tolist() == [255, pytest.approx(128, abs=1)]


def test_curves_of_an_svg_are_followed(tmp_path: Path) -> None:
    folder = tmp_path / "hot_dog"
    folder.mkdir()
    (folder / "1.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100">'
        '<path d="M 10 50 C 10 0, 90 0, 90 50 Q 50 100 10 50 Z"/>'
        '<circle cx="50" cy="50" r="30"/></svg>'
    )
    [row] = read_rows(tmp_path, "train")
    assert row.word == "hot dog"
    assert row.key == "hot dog/1.svg"
    places = np.cumsum(row.sketch[:, :2], axis=0)
    assert row.sketch[:, 2].sum() == 2
    middle = (places[row.sketch[:, 2].argmax() + 1 :] * 80 / 255) + [10, 12.5]
    assert np.hypot(*(middle - [50, 50]).T) == pytest.approx(np.full(len(middle), 30), abs=1)


@pytest.mark.parametrize(
    "svg",
    [
        "no svg at all",
        "<svg",
        '<svg xmlns="http://www.w3.org/2000/svg"></svg>',
        '<svg xmlns="http://www.w3.org/2000/svg"><path d="M 5 5 L 5 5"/></svg>',
        '<svg xmlns="http://www.w3.org/2000/svg"><use href="#a"/></svg>',
        '<!DOCTYPE svg [<!ENTITY a "b">]><svg xmlns="http://www.w3.org/2000/svg"/>',
    ],
)
def test_a_damaged_svg_is_named(svg: str, tmp_path: Path) -> None:
    (tmp_path / "1.svg").write_text(svg)
    with pytest.raises(DataError, match=r"1\.svg"):
        list(read_rows(tmp_path, "train"))


def test_a_folder_without_svgs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no \.svg file"):
        list(read_rows(tmp_path, "train"))


@pytest.mark.parametrize(
    ("strokes", "words"),
    [
        ([[[1, 2], [3, 4], [0]]], "drawing"),
        ([[[1, 2], [3, float("nan")], [0, 1]]], "not finite"),
        ([[[1, 2], [3, 4], [0, float("inf")]]], "not finite"),
        ([[[], [], []]], "empty"),
        ([[[5], [5], [0]]], "no size"),
        ([[["a", "b"], [3, 4], [0, 1]]], "drawing"),
    ],
)
def test_a_damaged_raw_row_is_named(
    strokes: list[list[list[float]]], words: str, tmp_path: Path
) -> None:
    (tmp_path / "a.ndjson").write_text(json.dumps({"word": "cat", "drawing": strokes}))
    with pytest.raises(DataError, match=rf"a\.ndjson, line 1: .*{words}"):
        list(read_drawings(tmp_path / "a.ndjson", "train"))


def test_a_binary_file_says_keys_and_names_damage(tmp_path: Path) -> None:
    path = write_bin(tmp_path, CATS)
    assert [row.key for row in read_rows(path, "train")] == ["0", "1"]
    whole = path.read_bytes()
    path.write_bytes(whole[:-3])
    with pytest.raises(DataError, match=r"cat\.bin, drawing 2 is cut"):
        list(read_rows(path, "train", Refusals(0.5)))
    path.write_bytes(whole[:5] + whole)
    with pytest.raises(DataError, match=r"cat\.bin, drawing 1 is cut or not in the binary"):
        list(read_rows(path, "train"))
    path.write_bytes(b"")
    with pytest.raises(DataError, match="is empty"):
        list(read_rows(path, "train"))
    empty = struct.pack("<Q2s?IH", 7, b"FR", True, 1490000000, 0)
    path.write_bytes(whole + empty + whole)
    refusals = Refusals(0.5)
    assert len(list(read_rows(path, "train", refusals))) == 4
    assert "cat.bin, drawing 3: it has no strokes" in refusals.summary()


def test_damaged_rows_are_counted_named_and_borne_up_to_a_share(tmp_path: Path) -> None:
    good = '{"word": "cat", "drawing": [[[0, 9], [1, 2]]]}\n'
    path = tmp_path / "a.ndjson"
    path.write_text((good * 9 + "{}\n") * 3)
    refusals = Refusals(0.1)
    assert len(list(read_drawings(path, "train", refusals))) == 27
    assert (refusals.rows, refusals.refused) == (30, 3)
    assert "3 of 30 rows are damaged and left out" in refusals.summary()
    assert "line 10" in refusals.summary()
    assert "line 30" in refusals.summary()
    with pytest.raises(DataError, match=r"3 of 30 rows are damaged, more than .*0\.05"):
        list(read_drawings(path, "train", Refusals(0.05)))


def test_a_file_that_is_mostly_damaged_is_given_up_soon(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    path.write_text("{}\n" * 5000)
    refusals = Refusals(0.01)
    with pytest.raises(DataError, match="more than a share"):
        list(read_drawings(path, "train", refusals))
    assert refusals.rows == 1000


LINES = st.lists(st.tuples(st.integers(0, 300), st.integers(0, 300)), min_size=1, max_size=30)


@settings(suppress_health_check=[HealthCheck.filter_too_much])
@given(LINES)
def test_what_simplification_leaves_out_was_near_what_it_keeps(
    line: list[tuple[int, int]],
) -> None:
    points = np.array(line, dtype=np.float64)
    kept = needed(points)
    assert kept[0]
    assert kept[-1]
    corners = points[kept]
    for point in points[~kept]:
        assert min(_away(point, a, b) for a, b in pairwise(corners)) <= 2


def _away(point: NDArray[np.float64], a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    along = b - a
    length = max(float(along @ along), 1e-12)
    share = np.clip((point - a) @ along / length, 0, 1)
    return float(np.hypot(*(point - a - share * along)))


@given(st.lists(LINES, min_size=1, max_size=4))
def test_a_simplified_drawing_fills_the_grid_and_stays_as_it_is(
    drawing: list[list[tuple[int, int]]],
) -> None:
    strokes = [np.array(line, dtype=np.float64) for line in drawing]
    if not np.ptp(np.concatenate(strokes), axis=0).any():
        with pytest.raises(ValueError, match="no size"):
            simplified(strokes)
        return
    once = simplified(strokes)
    points = np.concatenate(once)
    assert points.min() == 0
    assert points.max() == 255
    twice = simplified([stroke.astype(np.float64) for stroke in once])
    for a, b in zip(once, twice, strict=True):
        assert np.array_equal(a, b)
