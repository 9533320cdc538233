"""The critic's training: what it learns, and that the Pi computes the same."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from numpy.typing import NDArray

from model_training.cli.main import main
from model_training.critic import (
    CriticNet,
    Exhibits,
    exhibits,
    finished,
    humans,
    load_net,
    opinions,
    own,
    train,
    with_critic_of,
)
from model_training.data.dataset import DataError, SketchSet
from model_training.export import limits_of
from pi_service.sketching.config import CriticConfig, ModelConfig
from pi_service.sketching.critic import critic_of
from pi_service.sketching.limits import Limits
from pi_service.sketching.model_file import (
    ModelFile,
    read_model_file,
    shapes,
    write_model_file,
)
from pi_service.sketching.sampling import Temperature
from pi_service.sketching.stroke import Sketch, from_polylines

pytestmark = pytest.mark.training

SMALL = CriticConfig(size=32, channels=(4, 5, 6, 8), hidden=8)


@pytest.fixture(scope="module")
def untrained() -> ModelFile:
    """A model of the made-up drawings' classes with random weights, and no critic."""
    config = ModelConfig(
        classes=3,
        width=16,
        layers=1,
        heads=2,
        hidden=16,
        components=3,
        pen_hidden=8,
        max_points=60,
        wavelengths=(256.0,),
    )
    rng = np.random.default_rng(1)
    weights = {
        name: (rng.standard_normal(shape) * 0.4).astype(np.float16).astype(np.float32)
        for name, shape in shapes(config).items()
    }
    weights["pen_head.bias"][:] = (2.0, 1.0, 0.0)
    return ModelFile(config, ("box", "ring", "zigzag"), weights)


@pytest.fixture(scope="module")
def people(drawings: SketchSet, untrained: ModelFile) -> Exhibits:
    """The made-up drawings as exhibits."""
    return exhibits(humans(drawings, 1000, "box", 0), untrained)


def _net(seed: int = 0) -> CriticNet:
    torch.manual_seed(seed)
    return CriticNet(SMALL, 3)


def test_the_pi_computes_what_was_learned(
    drawings: SketchSet, untrained: ModelFile, people: Exhibits
) -> None:
    made = finished(dataclasses.replace(untrained, limits=limits_of(drawings)), _net(), people)
    sketches = [(int(drawings.labels[k]), drawings.sketch(k)) for k in range(12)]
    shown = exhibits(iter(sketches), dataclasses.replace(made, limits={}))
    assert len(shown) == 12
    evidence, human, _ = opinions(load_net(made), shown)
    for k, (label, sketch) in enumerate(sketches):
        critic = critic_of(dataclasses.replace(made, limits={}), label)
        assert critic is not None
        opinion = critic.opinion(sketch)
        assert opinion.evidence == pytest.approx(float(evidence[k]), abs=0.02)  # 8-bit pixels
        assert opinion.human == pytest.approx(float(human[k]), abs=0.02)


def test_the_weights_go_into_the_file_and_back(
    tmp_path: Path, untrained: ModelFile, people: Exhibits
) -> None:
    made = finished(untrained, _net(), people)
    write_model_file(tmp_path / "m.safetensors", made)
    again = load_net(read_model_file(tmp_path / "m.safetensors"))
    for name, tensor in _net().state_dict().items():
        assert torch.equal(tensor.half().float(), again.state_dict()[name]), name


def _scribbles(count: int) -> list[tuple[int, Sketch]]:
    """Sketches as no human's: crosses."""
    rng = np.random.default_rng(0)
    made = []
    for k in range(count):
        side = int(rng.integers(100, 256))
        lines: list[NDArray[np.int64]] = [
            np.array([[0, 0], [side, side]]),
            np.array([[side, 0], [0, side]]),
        ]
        made.append((k % 3, from_polylines(lines)))
    return made


def test_it_learns_what_drawings_show_and_whose_they_are(
    untrained: ModelFile, people: Exhibits
) -> None:
    net = _net()
    drawn = exhibits(iter(_scribbles(60)), untrained)
    losses: list[float] = []
    train(
        net,
        people,
        drawn,
        epochs=150,
        seed=0,
        rate=0.01,
        report=lambda _step, _steps, naming, hand: losses.append(naming + hand),
    )
    assert losses[-1] < 0.8 * losses[0]
    _, by_people, named = opinions(net.eval(), people)
    _, by_model, _ = opinions(net, drawn)
    assert np.mean(named == people.labels) > 0.8
    assert by_people.mean() > by_model.mean() + 1


def test_training_can_be_repeated(untrained: ModelFile, people: Exhibits) -> None:
    drawn = exhibits(iter(_scribbles(12)), untrained)
    nets = [_net(), _net()]
    for net in nets:
        train(net, people, drawn, epochs=2, seed=5)
    for one, other in zip(nets[0].parameters(), nets[1].parameters(), strict=True):
        assert torch.equal(one, other)


def test_refused_sketches_are_no_exhibits(untrained: ModelFile) -> None:
    limits = {name: Limits((5, 9), (1, 99), (0.0, 1e5)) for name in untrained.classes}
    with pytest.raises(DataError, match="no sketch for the critic"):
        exhibits(iter(_scribbles(6)), dataclasses.replace(untrained, limits=limits))


def test_the_models_own_sketches_are_of_the_classes_asked_for(untrained: ModelFile) -> None:
    found = list(own(untrained, {"ring": 6, "zigzag": 4}, Temperature()))
    assert found
    assert {label for label, _ in found} <= {1, 2}


def test_a_class_counts_at_most_so_often_but_the_main_one(drawings: SketchSet) -> None:
    labels = [label for label, _ in humans(drawings, 4, "box", 0)]
    assert np.bincount(labels).tolist() == [30, 4, 4]


def test_the_command_gives_a_model_file_a_critic(
    tmp_path: Path, untrained: ModelFile, ndjson: Path
) -> None:
    plain, judged = tmp_path / "m.safetensors", tmp_path / "c.safetensors"
    write_model_file(plain, untrained)
    words = ["critic", plain, ndjson, judged, "--valid", ndjson, "--class", "ring"]
    words += ["--own", 12, "--main", 30, "--epochs", 1]
    done = CliRunner().invoke(main, [str(word) for word in words])
    assert done.exit_code == 0, done.output
    assert "drawings named right" in done.output
    made = read_model_file(judged)
    assert made.critic == CriticConfig()
    assert "87 drawings" in made.about["critic"]
    words[1], words[3] = judged, tmp_path / "d.safetensors"
    again = CliRunner().invoke(main, [str(word) for word in words])
    assert again.exit_code == 0, again.output
    assert "; then 87" in read_model_file(tmp_path / "d.safetensors").about["critic"]
    words[1], words[3] = plain, tmp_path / "e.safetensors"  # the model after that one
    onward = CliRunner().invoke(main, [str(w) for w in (*words, "--start-from", judged)])
    assert onward.exit_code == 0, onward.output
    assert "; then 87" in read_model_file(tmp_path / "e.safetensors").about["critic"]
    refused = CliRunner().invoke(main, [str(w) for w in (*words, "--start-from", plain)])
    assert refused.exit_code != 0
    assert "holds no critic" in refused.output


def test_a_critic_of_other_classes_is_refused(untrained: ModelFile, people: Exhibits) -> None:
    judged = finished(untrained, _net(), people)
    with pytest.raises(DataError, match="knows other classes"):
        with_critic_of(dataclasses.replace(untrained, classes=("a", "b", "c")), judged)
