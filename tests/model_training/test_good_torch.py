"""Choosing good drawings, learning from them as such, and what is kept of what was known."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner

from model_training.cli.main import main
from model_training.cli.mix import between
from model_training.critic import CriticNet, exhibits, finished
from model_training.data.augment import Augmentation
from model_training.data.dataset import Batches, DataError, SketchSet, joined, told_good
from model_training.data.dataset import weights_of as shares_of
from model_training.export import export, limits_of, load_exported, weights_of
from model_training.good import OWN_SEEDS, best, hung, own
from model_training.model import SketchModel
from model_training.training.checkpoint import load_model
from model_training.verdicts.book import digest
from pi_service.sketching.config import CriticConfig, ModelConfig
from pi_service.sketching.critic import Critic, critic_of
from pi_service.sketching.manner import Manner
from pi_service.sketching.model_file import ModelFile, read_model_file, write_model_file
from pi_service.sketching.parts import parts_of
from pi_service.sketching.sketcher import Sketcher

pytestmark = pytest.mark.training

SIZES = ModelConfig(
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


@pytest.fixture(scope="module")
def model(drawings: SketchSet) -> ModelFile:
    """A model with an eye; neither has learned."""
    torch.manual_seed(0)
    plain = ModelFile(
        SIZES, drawings.classes, weights_of(SketchModel(SIZES)), limits_of(drawings)
    )
    shown = exhibits(drawings, np.arange(30), CriticConfig(size=32, channels=(4, 5, 6, 8)))
    net = CriticNet(CriticConfig(size=32, channels=(4, 5, 6, 8)), 3)
    return finished(plain, net, shown)


@pytest.fixture
def critic(model: ModelFile) -> Critic:
    found = critic_of(model, 0)
    assert found is not None
    return found


def test_the_best_are_those_with_the_highest_scores(
    drawings: SketchSet, critic: Critic
) -> None:
    sketches = [drawings.sketch(k) for k in range(30)]
    chosen = best(critic, sketches, 5, 0.0)
    worst = min(critic.opinion(sketch).score for sketch in chosen)
    names = {digest(sketch) for sketch in chosen}
    rest = [s for s in sketches if digest(s) not in names and not parts_of(s).has_body]
    assert len(chosen) == 5
    assert all(critic.opinion(sketch).score <= worst for sketch in rest)


def test_verdicts_count_more_than_the_critic(drawings: SketchSet, model: ModelFile) -> None:
    number = drawings.classes.index("box")
    boxes = [drawings.sketch(int(k)) for k in np.flatnonzero(drawings.labels == number)]
    first = hung(model, drawings, "box", {}, count=4, bodies=0.0)
    said = {digest(sketch): False for _, sketch in first} | {digest(boxes[-1]): True}
    then = [digest(s) for _, s in hung(model, drawings, "box", said, count=4, bodies=0.0)]
    assert digest(boxes[-1]) in then
    assert not set(then) & {name for name, hang in said.items() if not hang}


def test_its_own_best_are_of_the_class(model: ModelFile) -> None:
    pens = {"pen_head.bias": np.array([3, 1, 1], dtype=np.float32)}
    bold = replace(model, manner=Manner.even(1.0), limits={}, weights=model.weights | pens)
    found = own(bold, "ring", seeds=20, tries=4)
    assert 1 <= len(found) <= 20
    first = [(OWN_SEEDS, which) for which in range(4)]
    tried = [a for a in Sketcher(bold).attempts("ring", first) if a.failure is None]
    best_of_first = max(tried, key=lambda a: a.score).sketch
    assert any(np.array_equal(sketch, best_of_first) for _, sketch in found)
    assert {name for name, _ in found} == {"ring"}
    with pytest.raises(DataError, match="no critic"):
        own(replace(bold, critic=None), "ring", seeds=1, tries=1)


def test_good_drawings_are_told_as_such_and_others_are_not(drawings: SketchSet) -> None:
    both = joined(drawings, told_good(drawings))
    batches = Batches(
        both,
        points=200,
        weights=np.concatenate([shares_of(drawings, {})] * 2),
        augmentation=Augmentation(),
        any_class=0.3,
        seed=1,
    )
    labels = np.concatenate([batches[step].labels for step in range(200)])
    assert set(labels) == set(range(2 * (SIZES.classes + 1)))
    good = labels > SIZES.classes
    assert good.mean() == pytest.approx(0.5, abs=0.08)
    hidden = np.isin(labels, [SIZES.classes, SIZES.good(SIZES.classes)])
    assert hidden.mean() == pytest.approx(0.3, abs=0.08)


def test_what_is_learned_of_good_drawings_leaves_the_plain_token_nearly_alone(
    tmp_path: Path, drawings: SketchSet, ndjson: Path, model: ModelFile
) -> None:
    """From a model file, on zigzags that are all told to be good."""
    start = tmp_path / "start.safetensors"
    write_model_file(start, model)
    assert torch.equal(load_model(start)[0].good, torch.zeros(16))  # type: ignore[arg-type]
    words = ["train", ndjson, ndjson, "--out", tmp_path / "run", "--start-from", start]
    words += ["--steps", 12, "--points", 200, "--threads", 1, "--sheet-every", 0]
    more = ["--good", ndjson, "--good-share", 0.5, "--good-class", "zigzag=0.9"]
    done = CliRunner().invoke(main, [str(word) for word in (*words, *more)])
    assert done.exit_code == 0, done.output
    learned, _ = load_model(tmp_path / "run" / "last.pt")
    assert isinstance(learned, SketchModel)
    assert learned.good.abs().max() > 0
    alone = CliRunner().invoke(main, [str(word) for word in (*words, *more[:2])])
    assert "belong together" in alone.output


def test_a_plain_token_learned_alone_leaves_good_drawings_to_the_bit(
    tmp_path: Path, ndjson: Path, model: ModelFile
) -> None:
    start, made = tmp_path / "start.safetensors", tmp_path / "made.safetensors"
    write_model_file(start, model)
    words = ["train", ndjson, ndjson, "--out", tmp_path / "run", "--start-from", start]
    words += ["--steps", 12, "--points", 200, "--threads", 1, "--sheet-every", 0]
    words += ["--share", "ring=1", "--any-class", 0, "--only", "start"]
    run = CliRunner().invoke(main, [str(word) for word in words])
    assert run.exit_code == 0, run.output
    words = ["mix", start, tmp_path / "run" / "last.pt", made, "--plain"]
    done = CliRunner().invoke(main, [str(word) for word in words])
    assert done.exit_code == 0, done.output
    found = read_model_file(made).weights
    before = read_model_file(start).weights
    assert all(np.array_equal(found[name], array) for name, array in before.items())
    assert np.flatnonzero(found["plain"].any(axis=1)) == [model.classes.index("ring")]
    again = load_exported(read_model_file(made))
    learned, _ = load_model(tmp_path / "run" / "last.pt")
    ring = torch.tensor([model.classes.index("ring")])
    assert isinstance(learned, SketchModel)
    assert torch.allclose(again.start_tokens(ring), learned.start_tokens(ring), atol=1e-3)
    words = ["train", ndjson, ndjson, "--out", tmp_path / "none", "--start-from", start]
    words += ["--steps", 1, "--only", "nothing"]
    unknown = CliRunner().invoke(main, [str(word) for word in words])
    assert "no parameter that begins" in unknown.output


def test_weights_lie_between(tmp_path: Path, drawings: SketchSet, model: ModelFile) -> None:
    torch.manual_seed(1)
    other = SketchModel(SIZES)
    half = between(model, other, 0.5)
    theirs = weights_of(other)
    for name, array in theirs.items():
        middle = (model.weights[name] + array) / 2
        assert half.weights[name] == pytest.approx(middle, abs=2e-3)
    assert {n for n in half.weights if n.startswith("critic.")}
    export(other, drawings, tmp_path / "other.safetensors", {})
    write_model_file(tmp_path / "one.safetensors", model)
    words = ("mix", "one.safetensors", "other.safetensors", "two.safetensors")
    paths = [words[0], *(str(tmp_path / word) for word in words[1:])]
    done = CliRunner().invoke(main, [*paths, "--part", "1"])
    assert done.exit_code == 0, done.output
    made = read_model_file(tmp_path / "two.safetensors")
    assert made.manner == model.manner
    assert torch.allclose(load_exported(made).start.weight, other.start.weight, atol=1e-3)
    vary = ["vary", paths[1], str(tmp_path / "three.safetensors"), "--opening", "hot"]
    wrong = CliRunner().invoke(main, vary)
    assert "is not like" in wrong.output
