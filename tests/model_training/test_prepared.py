"""Drawings prepared once, mapped into memory for every training after."""

from __future__ import annotations

import json
from pathlib import Path
from typing import IO, Any

import numpy as np
import pytest

from model_training.data.augment import Augmentation
from model_training.data.dataset import LENGTHS, Batches, DataError, gather, weights_of
from model_training.data.pieces import names_of, part_of
from model_training.data.prepare import prepare
from model_training.data.prepared import Writer, load_prepared
from model_training.data.readers import Row, read_drawings, read_rows
from model_training.data.sources import read_set
from pi_service.sketching.stroke import Sketch, from_polylines


def _sketches(path: Path, split: str = "train") -> set[tuple[str, bytes]]:
    found = read_set(path, split, 60)
    return {
        (found.classes[found.labels[k]], found.sketch(k).tobytes()) for k in range(len(found))
    }


def _line(length: int) -> Sketch:
    return from_polylines([np.array([[0, 0], [length, 0]])])


def test_prepared_drawings_are_the_drawings_of_the_file(ndjson: Path, tmp_path: Path) -> None:
    done = prepare([ndjson], tmp_path / "out", max_points=60, hold_out=0.2)
    parts = [_sketches(tmp_path / "out", part) for part in ("train", "valid", "test")]
    everything = {(word, s.tobytes()) for word, s in read_drawings(ndjson, "train")}
    assert set.union(*parts) == everything
    assert sum(map(len, parts)) == len(everything)
    assert sum(done.drawings.values()) == 90
    assert done.drawings["valid"] > 4
    assert done.drawings["test"] > 4


def test_they_are_mapped_and_stand_sorted_by_length(ndjson: Path, tmp_path: Path) -> None:
    prepare([ndjson], tmp_path / "out", max_points=60, hold_out=0.0)
    found = load_prepared(tmp_path / "out" / "train")
    assert isinstance(found.points, np.memmap)
    buckets = np.searchsorted(LENGTHS, found.lengths)
    assert (np.diff(buckets) >= 0).all()
    batches = Batches(
        found,
        points=300,
        weights=weights_of(found, {}),
        augmentation=Augmentation(),
        any_class=0.1,
        seed=1,
    )
    assert batches[3].lengths.sum() > 100


def test_a_drawing_stays_in_its_part_whatever_else_is_there(ndjson: Path) -> None:
    rows = list(read_rows(ndjson, ""))
    parts = [part_of(row, 0.1) for row in rows]
    assert parts == [part_of(row, 0.1) for row in rows]
    named = [Row("cat", rows[0].sketch, str(key)) for key in range(4000)]
    found = [part_of(row, 0.025) for row in named]
    assert found.count("valid") == pytest.approx(100, abs=40)
    assert found.count("test") == pytest.approx(100, abs=40)
    with pytest.raises(DataError, match=r"0 to 0\.4"):
        part_of(rows[0], 0.5)


def test_the_parts_of_a_sketch_rnn_file_are_kept(tmp_path: Path) -> None:
    rows: dict[str, Any] = {}
    for part, count in (("train", 7), ("valid", 2), ("test", 3)):
        rows[part] = np.empty(count, dtype=np.dtype(object))
        for k in range(count):
            rows[part][k] = np.array([[k + 1, 0, 0], [0, 9, 1]], dtype=np.int16)
    np.savez(tmp_path / "cat.npz", **rows)
    done = prepare([tmp_path / "cat.npz"], tmp_path / "out", max_points=60, hold_out=0.1)
    assert done.drawings == {"train": 7, "valid": 2, "test": 3}


def test_drawings_of_a_test_file_can_be_kept_out(ndjson: Path, tmp_path: Path) -> None:
    some = tmp_path / "test.ndjson"
    some.write_text("\n".join(ndjson.read_text().splitlines()[:20]))
    unwanted = {names_of(row)[-1] for row in read_rows(some, "")}
    done = prepare([ndjson], tmp_path / "out", max_points=60, hold_out=0, without=[some])
    assert done.left_out >= 20
    assert done.drawings["train"] == 90 - done.left_out
    left = load_prepared(tmp_path / "out" / "train")
    kept = {names_of(Row("", left.sketch(k), ""))[-1] for k in range(len(left))}
    assert not kept & unwanted


def test_too_long_and_damaged_drawings_are_counted(ndjson: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.ndjson"
    broken.write_text(ndjson.read_text() + "{\n")
    done = prepare([broken], tmp_path / "a", max_points=12, hold_out=0, bearable=0.05)
    assert done.refusals.refused == 1
    assert done.too_long > 0
    assert load_prepared(tmp_path / "a" / "train").too_long == done.too_long
    about = json.loads((tmp_path / "a" / "train" / "about.json").read_text())
    assert about["damaged"] == 1
    with pytest.raises(DataError, match="line 91"):
        prepare([broken], tmp_path / "b", max_points=12, hold_out=0)
    assert not list((tmp_path / "b").iterdir())


def test_a_folder_that_is_there_is_not_overwritten(ndjson: Path, tmp_path: Path) -> None:
    prepare([ndjson], tmp_path / "out", max_points=60, hold_out=0.0)
    with pytest.raises(DataError, match="is there already"):
        prepare([ndjson], tmp_path / "out", max_points=60, hold_out=0.0)


def test_no_drawing_at_all_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no drawing to prepare"):
        Writer(tmp_path / "out", 60).close({})
    assert not list(tmp_path.iterdir())


def test_sketches_longer_than_any_bucket_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="1 to 1024 points"):
        Writer(tmp_path / "out", 1025)
    long = gather([("a", from_polylines([np.arange(2200).reshape(-1, 2)]))], 2000)
    with pytest.raises(DataError, match="has 1100 points"):
        Batches(
            long,
            points=300,
            weights=weights_of(long, {}),
            augmentation=Augmentation(),
            any_class=0.1,
            seed=1,
        )


def test_a_drawing_of_another_scale_is_refused(tmp_path: Path) -> None:
    writer = Writer(tmp_path / "out", 60)
    with pytest.raises(DataError, match="points over 4096 pixels away"):
        writer.add("cat", _line(5000))


def test_a_full_disk_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(source: IO[bytes], target: IO[bytes], _length: int) -> None:
        target.write(source.read(1))
        raise OSError(28, "No space left on device")

    writer = Writer(tmp_path / "out", 60)
    writer.add("cat", _line(100))
    monkeypatch.setattr("shutil.copyfileobj", full)
    with pytest.raises(DataError, match="No space left"):
        writer.close({})
    assert not list(tmp_path.iterdir())


def test_a_damaged_folder_is_named(ndjson: Path, tmp_path: Path) -> None:
    prepare([ndjson], tmp_path / "out", max_points=60, hold_out=0.0)
    folder = tmp_path / "out" / "train"
    with pytest.raises(DataError, match="not made for the class"):
        load_prepared(folder, ("newt",))
    np.save(folder / "starts.npy", np.arange(4))
    with pytest.raises(DataError, match="damaged or old"):
        load_prepared(folder)
    (folder / "about.json").write_text("{")
    with pytest.raises(DataError, match="cannot be used"):
        load_prepared(folder)


def test_drawings_too_long_for_a_model_are_left_out_of_a_prepared_folder(
    ndjson: Path, tmp_path: Path
) -> None:
    prepare([ndjson], tmp_path / "out", max_points=60, hold_out=0.0)
    short = read_set(tmp_path / "out", "train", 8)
    plain = gather(read_drawings(ndjson, ""), 8)
    assert len(short) == len(plain)
    assert short.too_long == plain.too_long
    assert short.lengths.max() == 8
