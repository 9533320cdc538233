"""The training loop: it learns, it resumes exactly, and it stops with a sentence."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from model_training.data import SketchSet
from model_training.model import SketchModel, Tensors
from model_training.train import (
    Run,
    TrainConfig,
    TrainingError,
    load_checkpoint,
    load_model,
    losses_by_class,
)
from pi_service.sketching.config import ModelConfig

pytestmark = pytest.mark.training

SMALL = ModelConfig(
    classes=3, width=32, layers=2, heads=4, hidden=64, components=5, max_points=60
)
SHORT = TrainConfig(steps=12, points=300, warm_up=2, evaluate_every=5)


class _Killed(Exception):  # noqa: N818 - it stands for a kill, not for an error
    """Raised in the middle of a run."""


def _run(
    drawings: SketchSet,
    folder: Path,
    config: TrainConfig = SHORT,
    say: Callable[[str], None] = lambda _: None,
) -> Run:
    torch.manual_seed(3)
    return Run(SketchModel(SMALL), drawings, drawings, config, folder, say=say)


def _losses(folder: Path) -> list[dict[str, object]]:
    lines = (folder / "log.jsonl").read_text().splitlines()
    return [{k: v for k, v in json.loads(line).items() if k != "minutes"} for line in lines]


def test_a_small_model_learns_simple_drawings(drawings: SketchSet, tmp_path: Path) -> None:
    run = _run(drawings, tmp_path, dataclasses.replace(SHORT, steps=150, evaluate_every=150))
    before = losses_by_class(run.model, drawings, "cpu", ("ring",))
    run.train()
    after = losses_by_class(run.averaged, drawings, "cpu", ("ring",))
    assert before["all"] > 10
    assert after["all"] < 7.5
    assert after["ring"] < before["ring"]


def test_killed_anywhere_and_resumed_the_losses_are_those_of_an_uninterrupted_run(
    drawings: SketchSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = _run(drawings, tmp_path / "whole")
    whole.train()
    killed = _run(drawings, tmp_path / "killed", dataclasses.replace(SHORT, save_seconds=-1.0))
    learn = killed._learn

    def learn_or_die(batch: Tensors) -> tuple[float, int]:
        if killed.step == 7:
            raise _Killed
        return learn(batch)

    monkeypatch.setattr(killed, "_learn", learn_or_die)
    with pytest.raises(_Killed):
        killed.train()
    resumed = _run(drawings, tmp_path / "killed")
    assert resumed.resume()
    assert resumed.step == 7
    resumed.train()
    assert resumed.last_loss == whole.last_loss
    assert (
        _losses(tmp_path / "killed")[-1]["valid"] == _losses(tmp_path / "whole")[-1]["valid"]
    )
    for a, b in zip(resumed.model.parameters(), whole.model.parameters(), strict=True):
        assert torch.equal(a, b)


def test_without_a_checkpoint_there_is_nothing_to_resume(
    drawings: SketchSet, tmp_path: Path
) -> None:
    assert not _run(drawings, tmp_path).resume()


def test_the_best_weights_are_kept_and_can_be_loaded(
    drawings: SketchSet, tmp_path: Path
) -> None:
    run = _run(drawings, tmp_path)
    run.train()
    model, classes = load_model(tmp_path / "best.pt")
    assert classes == drawings.classes
    assert losses_by_class(model, drawings, "cpu")["all"] == pytest.approx(run.best)


def test_the_learning_rate_warms_up_and_falls_to_its_last_part(
    drawings: SketchSet, tmp_path: Path
) -> None:
    config = TrainConfig(steps=100, warm_up=10, lr=1.0, decay_from=0.5, last_lr=0.1)
    run = _run(drawings, tmp_path, config)
    rates = []
    for step in (0, 9, 50, 75, 100):
        run.step = step
        rates.append(run.learning_rate())
    assert rates == pytest.approx([0.1, 1.0, 1.0, 0.55, 0.1])


def test_a_run_can_be_given_in_minutes(drawings: SketchSet, tmp_path: Path) -> None:
    ticks = iter(float(k) for k in range(10_000))
    torch.manual_seed(0)
    config = TrainConfig(minutes=0.25, points=300, save_seconds=1e9)
    run = Run(
        SketchModel(SMALL),
        drawings,
        drawings,
        config,
        tmp_path,
        say=lambda _: None,
        clock=lambda: next(ticks),
    )
    run.train()
    assert run.seconds == 15
    assert run.step == 15


def test_a_loss_that_is_no_number_stops_the_run_and_keeps_the_checkpoint(
    drawings: SketchSet, tmp_path: Path
) -> None:
    run = _run(drawings, tmp_path)
    run.train()
    good = (tmp_path / "last.pt").read_bytes()
    again = _run(drawings, tmp_path, dataclasses.replace(SHORT, steps=20))
    again.resume()
    with torch.no_grad():
        again.model.mixture_head.bias[0] = float("nan")
    with pytest.raises(TrainingError, match="no longer a number at step 12"):
        again.train()
    assert (tmp_path / "last.pt").read_bytes() == good


@pytest.mark.parametrize("config", [{}, {"steps": 3, "minutes": 1.0}])
def test_a_run_has_one_length(config: dict[str, Any]) -> None:
    with pytest.raises(TrainingError, match="either in steps or in minutes"):
        TrainConfig(**config)


def test_a_checkpoint_of_another_architecture_is_refused(
    drawings: SketchSet, tmp_path: Path
) -> None:
    _run(drawings, tmp_path).train()
    torch.manual_seed(0)
    other = Run(
        SketchModel(dataclasses.replace(SMALL, layers=1)), drawings, drawings, SHORT, tmp_path
    )
    with pytest.raises(TrainingError, match="another architecture"):
        other.resume()


def test_a_damaged_checkpoint_is_refused(tmp_path: Path) -> None:
    (tmp_path / "last.pt").write_bytes(b"nothing of the kind")
    with pytest.raises(TrainingError, match=r"last\.pt"):
        load_checkpoint(tmp_path / "last.pt")
    torch.save({"format": 99}, tmp_path / "other.pt")
    with pytest.raises(TrainingError, match="no checkpoint of this version"):
        load_checkpoint(tmp_path / "other.pt")


def test_a_full_disk_leaves_the_old_checkpoint_whole(
    drawings: SketchSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = _run(drawings, tmp_path)
    run.train()
    good = (tmp_path / "last.pt").read_bytes()

    def full(_state: object, path: Path) -> None:
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(torch, "save", full)
    with pytest.raises(TrainingError, match="No space left"):
        run.save("last.pt")
    assert (tmp_path / "last.pt").read_bytes() == good
    assert not (tmp_path / "last.partial").exists()
