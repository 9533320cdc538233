"""The judge's network, its file, and how it learns."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from model_training.data.dataset import DataError, SketchSet, gather
from model_training.data.readers import read_drawings
from model_training.judge.judge_training import JudgeRun, JudgeTraining, correct
from model_training.judge.network import (
    DEFAULT_JUDGE,
    FEATURES,
    Judge,
    JudgeError,
    JudgeNet,
    finished,
    load_judge,
)
from model_training.judge.raster import Images, render_set

pytestmark = pytest.mark.training

QUICK = JudgeTraining(epochs=6, batch=15, lr=3e-3)


def _quiet(_words: str) -> None:
    pass


def _run(drawings: SketchSet, folder: Path, config: JudgeTraining = QUICK) -> JudgeRun:
    return JudgeRun(drawings, drawings, config, folder, say=_quiet)


@pytest.fixture(scope="module")
def images(drawings: SketchSet) -> Images:
    return render_set(drawings)


def _untrained(images: Images) -> tuple[JudgeNet, Judge]:
    torch.manual_seed(1)
    net = JudgeNet(3)
    ink = torch.from_numpy(images[:40].astype(np.float32))[:, None] / 9
    net.train()(ink)  # so that the normalisation has seen something
    return net.eval(), finished(net, ("box", "ring", "zigzag"), images, {"drawings": "0"})


def test_a_finished_judge_says_what_its_network_said(images: Images) -> None:
    net, judge = _untrained(images)
    with torch.no_grad():
        features, log_odds = net(torch.from_numpy(images.astype(np.float32))[:, None] / 9)
    found = judge.look(images)
    assert np.allclose(found.log_odds, log_odds.numpy(), atol=0.02)
    assert found.features.shape == (len(images), FEATURES)
    unit = np.linalg.norm(found.features[0] - found.features[1])
    assert unit > 0
    ratio = np.linalg.norm(features[0] - features[1]) / unit
    again = np.linalg.norm(features[2] - features[3])
    assert again == pytest.approx(
        ratio * np.linalg.norm(found.features[2] - found.features[3]), rel=0.02
    )
    assert abs(found.features.mean()) < 0.02
    assert np.square(found.features).mean() == pytest.approx(1, rel=0.02)


def test_a_judge_is_read_as_it_was_written(images: Images, tmp_path: Path) -> None:
    _, judge = _untrained(images)
    judge.save(tmp_path / "judge.safetensors")
    read = load_judge(tmp_path / "judge.safetensors")
    assert read.hash == judge.hash
    assert read.classes == judge.classes
    assert read.about == {"drawings": "0"}
    before, after = judge.look(images), read.look(images)
    assert np.array_equal(before.log_odds, after.log_odds)
    assert np.array_equal(before.features, after.features)
    assert not list(tmp_path.glob("*.partial"))


def test_a_file_that_is_no_judge_or_damaged_is_refused(images: Images, tmp_path: Path) -> None:
    path = tmp_path / "judge.safetensors"
    with pytest.raises(JudgeError, match="there is no judge"):
        load_judge(path)
    path.write_bytes(b"nonsense")
    with pytest.raises(JudgeError, match="damaged or is none"):
        load_judge(path)
    _, judge = _untrained(images)
    judge.save(path)
    with safe_open(path, framework="numpy") as opened:
        metadata = dict(opened.metadata())
    tensors = load_file(path)
    changed = {**tensors, "head.bias": tensors["head.bias"] + np.float16(1)}
    save_file(changed, path, metadata=metadata)
    with pytest.raises(JudgeError, match="is damaged: copy it here again"):
        load_judge(path)
    save_file(tensors, path, metadata={**metadata, "format": "another"})
    with pytest.raises(JudgeError, match="no judge of this version"):
        load_judge(path)
    save_file(tensors, path, metadata={**metadata, "classes": json.dumps(["one"])})
    with pytest.raises(JudgeError, match="describes itself wrongly"):
        load_judge(path)
    with pytest.raises(JudgeError, match="cannot be written"):
        judge.save(tmp_path / "nowhere" / "judge.safetensors")


def test_it_learns_to_tell_zigzags_boxes_and_rings(
    drawings: SketchSet, images: Images, tmp_path: Path
) -> None:
    said: list[str] = []
    run = JudgeRun(drawings, drawings, QUICK, tmp_path, say=said.append)
    judge = load_judge(run.train())
    first, five = correct(judge.look(images), drawings.labels)
    assert first.mean() > 0.9
    assert five.all()
    assert len(said) == QUICK.epochs
    assert float(judge.about["valid_top_1"]) == pytest.approx(first.mean(), abs=0.03)
    ranks = judge.look(images).ranks(0)
    assert ((ranks == 0) == first)[drawings.labels == 0].all()


def test_a_run_that_was_stopped_goes_on_with_the_same_losses(
    drawings: SketchSet, tmp_path: Path
) -> None:
    config = JudgeTraining(epochs=2, batch=30)
    whole = _run(drawings, tmp_path / "whole", config)
    whole.train()

    class KilledError(Exception):
        pass

    class Dies(JudgeRun):
        def _evaluate(self) -> None:
            super()._evaluate()
            self.save()
            raise KilledError

    with pytest.raises(KilledError):
        Dies(drawings, drawings, config, tmp_path / "cut", say=_quiet).train()
    torch.rand(5)  # whatever the process did in between
    rest = _run(drawings, tmp_path / "cut", config)
    assert rest.resume()
    assert rest.step == rest.per_epoch
    rest.train()
    assert rest.last_loss == whole.last_loss
    hashes = {load_judge(tmp_path / n / "judge.safetensors").hash for n in ("whole", "cut")}
    assert len(hashes) == 1


def test_what_cannot_go_on_is_refused(drawings: SketchSet, tmp_path: Path) -> None:
    assert not _run(drawings, tmp_path).resume()
    _run(drawings, tmp_path).save()
    other = _run(drawings, tmp_path, JudgeTraining(epochs=9))
    with pytest.raises(JudgeError, match="belongs to a run with other settings"):
        other.resume()
    (tmp_path / "last.pt").write_bytes(b"nonsense")
    with pytest.raises(JudgeError, match="cannot be read"):
        _run(drawings, tmp_path).resume()
    with pytest.raises(JudgeError, match="cannot be written"):
        _run(drawings, tmp_path / "nowhere").save()
    one = gather([("box", drawings.sketch(0))], 60)
    with pytest.raises(DataError, match="at least two"):
        _run(one, tmp_path)


def test_a_loss_that_is_no_number_ends_the_run(drawings: SketchSet, tmp_path: Path) -> None:
    run = _run(drawings, tmp_path)
    with torch.no_grad():
        run.net.head.bias.fill_(float("nan"))
    with pytest.raises(JudgeError, match="no longer a number at step 0"):
        run.train()


def test_rare_classes_count_as_much_as_common_ones(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    rows = np.zeros((2, 3), dtype=np.int32)
    rows[1, 2] = 1
    many = []
    for number in range(60):
        sketch = rows.copy()
        sketch[1, :2] = rng.integers(1, 200, 2)
        many.append(("common" if number % 6 else "rare", sketch))
    drawings = gather(many, 10)
    run = JudgeRun(drawings, drawings, JudgeTraining(epochs=8, batch=20), tmp_path, say=_quiet)
    judge = load_judge(run.train())
    odds = judge.look(render_set(drawings)).log_odds
    assert abs((odds[:, 0] - odds[:, 1]).mean()) < 0.8  # not log 5 = 1.6: looks say nothing


def test_the_shipped_judge_is_small_and_right_as_often_as_it_says(shared_data: Path) -> None:
    judge = load_judge()
    assert DEFAULT_JUDGE.stat().st_size < 2 * 2**20
    assert len(judge.classes) == 345
    assert "CC BY 4.0" in judge.about["data_licence"]
    rows = islice(read_drawings(shared_data / "quickdraw" / "valid.ndjson.gz", "valid"), 600)
    some = gather(rows, 10_000, judge.classes)
    first, _ = correct(judge.look(render_set(some)), some.labels)
    assert first.mean() == pytest.approx(float(judge.about["valid_top_1"]), abs=0.06)
