"""The training loop: it learns, it resumes exactly, and it stops with a sentence."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from model_training.data.dataset import SketchSet
from model_training.model import SketchModel, StrokeModel, Tensors
from model_training.training.checkpoint import load_checkpoint, load_model
from model_training.training.kinds import build
from model_training.training.optimiser import learning_rate
from model_training.training.settings import TrainConfig, TrainingError
from model_training.training.train import Run, of_data
from model_training.training.validate import losses_by_class
from pi_service.sketching.config import ModelConfig

pytestmark = pytest.mark.training

SMALL = ModelConfig(
    classes=3, width=32, layers=2, heads=4, hidden=64, components=5, max_points=60
)
SHORT = TrainConfig(steps=12, points=300, warm_up=2, evaluate_every=5)
KINDS: dict[str, dict[str, Any]] = {
    "catplotter": {"width": 32, "layers": 1, "hidden": 64},
    "sketch-rnn": {"width": 24, "latent": 8},
    "sketch-transformer": {"width": 36, "layers": 1, "heads": 3, "hidden": 48},
    "sketchformer": {"width": 16, "layers": 1, "heads": 2, "hidden": 24, "expanded": 2},
    "sketchformer-token": {"width": 16, "layers": 1, "heads": 2, "hidden": 24, "moves": 30},
    "move-gpt": {"width": 16, "layers": 1, "heads": 2, "hidden": 24, "moves": 30},
}


class _Killed(Exception):  # noqa: N818 - it stands for a kill, not for an error
    """Raised in the middle of a run."""


def _run(
    drawings: SketchSet,
    folder: Path,
    config: TrainConfig = SHORT,
    model: StrokeModel | None = None,
    **more: Any,
) -> Run:
    torch.manual_seed(3)
    model = model or SketchModel(SMALL)
    return Run(model, drawings, drawings, config, folder, say=lambda _: None, **more)


def _small(kind: str, drawings: SketchSet) -> StrokeModel:
    torch.manual_seed(5)
    return build(kind, drawings, {"max_points": 60, **KINDS[kind]})


def _losses(folder: Path) -> list[dict[str, object]]:
    lines = (folder / "log.jsonl").read_text().splitlines()
    return [{k: v for k, v in json.loads(line).items() if k != "minutes"} for line in lines]


def test_a_small_model_learns_simple_drawings(drawings: SketchSet, tmp_path: Path) -> None:
    run = _run(drawings, tmp_path, dataclasses.replace(SHORT, steps=150, evaluate_every=150))
    before = losses_by_class(run.model, drawings, "cpu", ("ring",))
    run.train()
    after = losses_by_class(run.averaged, drawings, "cpu", ("ring",))
    assert before["all"] > 10
    assert after["all"] < 8
    assert after["ring"] < before["ring"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("at", np.random.default_rng(1).integers(1, 12, 2).tolist())
def test_killed_anywhere_and_resumed_the_losses_are_those_of_an_uninterrupted_run(
    kind: str, at: int, drawings: SketchSet, tmp_path: Path
) -> None:
    """With dropout, class dropout, augmentation, averaged weights and all."""
    whole = _run(drawings, tmp_path / "whole", model=_small(kind, drawings))
    whole.train()
    saving = dataclasses.replace(SHORT, save_seconds=-1.0)

    def deadly(model: StrokeModel, batch: Tensors) -> torch.Tensor:
        if killed.step == at:
            raise _Killed
        return of_data(model, batch)

    killed = _run(
        drawings, tmp_path / "killed", saving, _small(kind, drawings), objective=deadly
    )
    with pytest.raises(_Killed):
        killed.train()
    resumed = _run(drawings, tmp_path / "killed", model=_small(kind, drawings))
    assert resumed.resume()
    assert resumed.step == at
    resumed.train()
    assert resumed.last_loss == whole.last_loss
    assert _losses(tmp_path / "killed") == _losses(tmp_path / "whole")
    for name in ("model", "averaged"):
        one, other = getattr(resumed, name), getattr(whole, name)
        for a, b in zip(one.parameters(), other.parameters(), strict=True):
            assert torch.equal(a, b)


def test_batches_made_ahead_are_the_same_batches(drawings: SketchSet, tmp_path: Path) -> None:
    plain = _run(drawings, tmp_path / "plain")
    plain.train()
    ahead = _run(drawings, tmp_path / "ahead", dataclasses.replace(SHORT, workers=2))
    ahead.train()
    assert ahead.last_loss == plain.last_loss


def test_the_last_part_of_a_run_can_have_other_shares(
    drawings: SketchSet, tmp_path: Path
) -> None:
    config = dataclasses.replace(SHORT, steps=8, finish={"ring": 1.0}, finish_from=0.5)
    seen = []

    def watch(model: StrokeModel, batch: Tensors) -> torch.Tensor:
        seen.append(set(batch.labels.tolist()) - {3})
        return of_data(model, batch)

    _run(drawings, tmp_path, config, objective=watch).train()
    ring = drawings.classes.index("ring")
    assert set.union(*seen[:4]) == {0, 1, 2}
    assert set.union(*seen[4:]) == {ring}


def test_further_drawings_get_their_share(drawings: SketchSet, tmp_path: Path) -> None:
    rings = np.flatnonzero(drawings.labels == drawings.classes.index("ring"))
    points, lengths = drawings.several(rings)
    starts = np.concatenate([[0], np.cumsum(lengths)])
    extra = SketchSet(drawings.classes, drawings.labels[rings], points, starts)
    seen = np.zeros(4)

    def watch(model: StrokeModel, batch: Tensors) -> torch.Tensor:
        np.add.at(seen, batch.labels.numpy(), batch.real.sum(dim=1).numpy())
        return of_data(model, batch)

    config = dataclasses.replace(SHORT, steps=60, extra_share=0.9, any_class=0.0)
    _run(drawings, tmp_path, config, extra=extra, objective=watch).train()
    share = seen[drawings.classes.index("ring")] / seen.sum()
    assert share == pytest.approx(0.94, abs=0.04)


def test_without_a_checkpoint_there_is_nothing_to_resume(
    drawings: SketchSet, tmp_path: Path
) -> None:
    assert not _run(drawings, tmp_path).resume()


@pytest.mark.parametrize("kind", KINDS)
def test_the_best_weights_are_kept_and_can_be_loaded(
    kind: str, drawings: SketchSet, tmp_path: Path
) -> None:
    run = _run(drawings, tmp_path, model=_small(kind, drawings))
    run.train()
    model, classes = load_model(tmp_path / "best.pt")
    assert classes == drawings.classes
    assert losses_by_class(model, drawings, "cpu")["all"] == pytest.approx(run.best)


def test_a_checkpoint_from_before_kinds_were_named_is_ours(
    drawings: SketchSet, tmp_path: Path
) -> None:
    _run(drawings, tmp_path).train()
    state = torch.load(tmp_path / "last.pt", weights_only=True)
    del state["kind"], state["recent"]
    torch.save(state, tmp_path / "last.pt")
    assert _run(drawings, tmp_path).resume()


def test_the_learning_rate_warms_up_and_falls_to_its_last_part() -> None:
    config = TrainConfig(steps=100, warm_up=10, lr=1.0, decay_from=0.5, last_lr=0.1)
    rates = [learning_rate(config, step, step / 100) for step in (0, 9, 50, 75, 100)]
    assert rates == pytest.approx([0.1, 1.0, 1.0, 0.55, 0.1])


def test_the_baselines_learning_rates_are_the_published_ones() -> None:
    rnn = TrainConfig(steps=100, schedule="exponential", lr=1e-3, last_lr=0.01)
    found = [learning_rate(rnn, step, 0.5) for step in (0, 10_000, 1_000_000)]
    assert found == pytest.approx([1e-3, 1e-5 + 9.9e-4 * 0.9999**10_000, 1e-5])
    flat = TrainConfig(steps=100, schedule="constant", lr=1e-4)
    assert learning_rate(flat, 0, 0.0) == learning_rate(flat, 99, 0.99) == 1e-4


def test_a_run_can_be_given_in_minutes(drawings: SketchSet, tmp_path: Path) -> None:
    ticks = iter(float(k) for k in range(10_000))
    config = TrainConfig(minutes=0.25, points=300, save_seconds=1e9)
    run = _run(drawings, tmp_path, config, clock=lambda: next(ticks))
    run.train()
    assert run.seconds == 15
    assert run.step == 16


def test_counting_in_bf16_learns_nearly_the_same(drawings: SketchSet, tmp_path: Path) -> None:
    losses = []
    for precision in ("fp32", "bf16"):
        config = dataclasses.replace(SHORT, steps=40, precision=precision)
        run = _run(drawings, tmp_path / precision, config)
        run.train()
        losses.append(losses_by_class(run.averaged, drawings, "cpu")["all"])
        assert all(p.dtype == torch.float32 for p in run.model.parameters())
    assert losses[0] != losses[1]
    assert losses[0] == pytest.approx(losses[1], abs=0.1)


def test_only_transformers_can_be_compiled(drawings: SketchSet, tmp_path: Path) -> None:
    config = dataclasses.replace(SHORT, compile=True)
    with pytest.raises(TrainingError, match="only transformers can be compiled"):
        _run(drawings, tmp_path, config, _small("sketch-rnn", drawings))


def test_a_loss_that_is_no_number_stops_the_run_and_keeps_the_checkpoint(
    drawings: SketchSet, tmp_path: Path
) -> None:
    run = _run(drawings, tmp_path)
    run.train()
    good = (tmp_path / "last.pt").read_bytes()
    model = SketchModel(SMALL)
    again = _run(drawings, tmp_path, dataclasses.replace(SHORT, steps=20), model)
    again.resume()
    with torch.no_grad():
        model.mixture_head.bias[0] = float("nan")
    with pytest.raises(TrainingError, match="no longer a number at step 12") as caught:
        again.train()
    assert str(tmp_path) in str(caught.value)
    assert (tmp_path / "last.pt").read_bytes() == good


def test_ctrl_c_saves_and_the_run_goes_on_there(drawings: SketchSet, tmp_path: Path) -> None:
    def pressed(model: StrokeModel, batch: Tensors) -> torch.Tensor:
        if run.step == 4:
            raise KeyboardInterrupt
        return of_data(model, batch)

    run = _run(drawings, tmp_path, objective=pressed)
    with pytest.raises(KeyboardInterrupt):
        run.train()
    again = _run(drawings, tmp_path)
    assert again.resume()
    assert again.step == 4


@pytest.mark.parametrize("config", [{}, {"steps": 3, "minutes": 1.0}])
def test_a_run_has_one_length(config: dict[str, Any]) -> None:
    with pytest.raises(TrainingError, match="either in steps or in minutes"):
        TrainConfig(**config)


@pytest.mark.parametrize(
    "change", [{"extra_share": 1.5}, {"any_class": -0.1}, {"points": 0}, {"lr": 0.0}]
)
def test_numbers_that_make_no_sense_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(TrainingError, match="lie from 0 to 1"):
        TrainConfig(steps=1, **change)


@pytest.mark.parametrize("word", ["optimiser", "schedule", "clip_by", "precision"])
def test_words_that_mean_nothing_are_refused(word: str) -> None:
    settings: dict[str, Any] = {"steps": 1, word: "newt"}
    with pytest.raises(TrainingError, match="'newt' is not known"):
        TrainConfig(**settings)


def test_a_checkpoint_of_another_architecture_is_refused(
    drawings: SketchSet, tmp_path: Path
) -> None:
    _run(drawings, tmp_path).train()
    other = SketchModel(dataclasses.replace(SMALL, layers=1))
    for model in (other, _small("sketch-rnn", drawings)):
        with pytest.raises(TrainingError, match="another architecture"):
            _run(drawings, tmp_path, model=model).resume()


def test_a_checkpoint_of_an_earlier_version_s_network_is_refused(
    drawings: SketchSet, tmp_path: Path
) -> None:
    _run(drawings, tmp_path).train()
    state = load_checkpoint(tmp_path / "last.pt")
    for name in ("model", "averaged"):
        state[name]["place.weight"] = torch.zeros(60, 32)
    torch.save(state, tmp_path / "last.pt")
    with pytest.raises(TrainingError, match="do not fit"):
        load_model(tmp_path / "last.pt")
    with pytest.raises(TrainingError, match="do not fit"):
        _run(drawings, tmp_path).resume()


def test_a_checkpoint_from_before_the_plain_token_had_anything_is_ours(
    drawings: SketchSet, tmp_path: Path
) -> None:
    _run(drawings, tmp_path).train()
    state = load_checkpoint(tmp_path / "last.pt")
    for name in ("model", "averaged"):
        del state[name]["plain"]
    torch.save(state, tmp_path / "last.pt")
    model, _ = load_model(tmp_path / "last.pt")
    assert not model.plain.any()  # type: ignore[operator]
    assert _run(drawings, tmp_path).resume()


def test_a_checkpoint_of_other_classes_is_refused(drawings: SketchSet, tmp_path: Path) -> None:
    _run(drawings, tmp_path).train()
    renamed = dataclasses.replace(drawings, classes=("box", "newt", "zigzag"))
    with pytest.raises(TrainingError, match="other classes"):
        _run(renamed, tmp_path).resume()


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

    def full(_state: object, file: Any) -> None:
        file.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(torch, "save", full)
    with pytest.raises(TrainingError, match=r"No space left.*make room"):
        run.save("last.pt")
    assert (tmp_path / "last.pt").read_bytes() == good
    assert not (tmp_path / "last.partial").exists()


def test_a_log_that_cannot_be_written_is_said(drawings: SketchSet, tmp_path: Path) -> None:
    (tmp_path / "log.jsonl").mkdir()
    with pytest.raises(TrainingError, match=r"the log .* cannot be written"):
        _run(drawings, tmp_path).train()


def test_every_evaluation_is_told(drawings: SketchSet, tmp_path: Path) -> None:
    steps: list[int] = []
    evaluated: Callable[[Run], None] = lambda run: steps.append(run.step)  # noqa: E731
    _run(drawings, tmp_path, evaluated=evaluated).train()
    assert steps == [5, 10, 12]
