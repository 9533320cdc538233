"""The teacher dreams what it learned, and the student comes to think as it does."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner, Result

from model_training.cli.main import main
from model_training.data.dataset import SketchSet, collate
from model_training.data.prepared import load_prepared
from model_training.distil import DistilConfig, Lesson
from model_training.mdn import Mixture, draw, log_density
from model_training.model import SketchModel, StrokeModel, Tensors
from model_training.sampler import Boldness, Cache, dream
from model_training.training.checkpoint import load_checkpoint
from model_training.training.kinds import from_fields
from model_training.training.settings import TrainConfig, TrainingError
from model_training.training.train import Run
from pi_service.sketching.config import ModelConfig

pytestmark = pytest.mark.training

SMALL = ModelConfig(
    classes=3, width=32, layers=2, heads=4, hidden=48, components=4, max_points=30
)


def _random(seed: int = 0) -> SketchModel:
    torch.manual_seed(seed)
    model = SketchModel(SMALL)
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.15)
    return model


def _batch(drawings: SketchSet) -> Tensors:
    which = np.array([0, 1, 2, 4, 8])
    rows, lengths = drawings.several(which)
    rng = np.random.default_rng(0)
    return Tensors.of(collate(rows.astype(np.float32), lengths, drawings.labels[which], rng))


@torch.no_grad()
def test_what_is_kept_of_earlier_points_changes_nothing(drawings: SketchSet) -> None:
    model, batch = _random(), _batch(drawings)
    wanted = model.states(batch)
    cache = Cache(model, batch.labels)
    found = [cache.begin()]
    for k in range(batch.pen.shape[1] - 1):
        pen = batch.pen[:, k].clamp(max=1)
        found.append(cache.step(batch.offsets[:, k], batch.positions[:, k], pen))
    assert torch.allclose(torch.stack(found, dim=1), wanted, atol=1e-5)


@torch.no_grad()
def test_sketches_can_be_forgotten_on_the_way(drawings: SketchSet) -> None:
    model, batch = _random(), _batch(drawings)
    wanted = model.states(batch)
    cache = Cache(model, batch.labels)
    cache.begin()
    going = torch.tensor([True, False, True, False, True])
    cache.keep(going)
    pen = batch.pen[going, 0].clamp(max=1)
    found = cache.step(batch.offsets[going, 0], batch.positions[going, 0], pen)
    assert torch.allclose(found, wanted[going, 1], atol=1e-5)


def test_places_are_drawn_as_the_density_says() -> None:
    generator = torch.Generator().manual_seed(0)
    log_weight = torch.tensor([[0.3, 0.7]]).log().expand(20_000, -1)
    mean = torch.tensor([[[0.0, 0.0], [4.0, -2.0]]]).expand(20_000, -1, -1)
    a, b, c = (
        torch.tensor([[*pair]]).expand(20_000, -1) for pair in ((1, 0.5), (2, 1), (1, 0))
    )
    places = draw(Mixture(log_weight, mean, a, b, c), generator)
    assert places.mean(dim=0).tolist() == pytest.approx([2.8, -1.4], abs=0.05)
    near = places[places[:, 0] < 2 - 0 * places[:, 1]]
    assert len(near) / len(places) == pytest.approx(0.3, abs=0.02)
    assert torch.cov(near.T)[0, 1] == pytest.approx(0.85, abs=0.15)


def test_the_same_seed_dreams_the_same_sketches() -> None:
    model = _random(1)
    labels = torch.tensor([0, 1, 2] * 20)
    found = [
        dream(model, labels, torch.Generator().manual_seed(7), Boldness()) for _ in range(2)
    ]
    assert len(found[0].sketches) + found[0].unfinished == 60
    assert found[0].labels == found[1].labels
    for one, other in zip(found[0].sketches, found[1].sketches, strict=True):
        assert np.array_equal(one, other)
        assert one[-1, 2] == 1
    another = dream(model, labels, torch.Generator().manual_seed(8), Boldness())
    assert [s.tolist() for s in another.sketches] != [s.tolist() for s in found[0].sketches]


def test_a_bolder_dream_goes_farther() -> None:
    model, labels = _random(1), torch.zeros(200, dtype=torch.long)
    spans = []
    for heat in (0.05, 2.0):
        generator = torch.Generator().manual_seed(7)
        found = dream(model, labels, generator, Boldness(1.0, heat, 1.0))
        spans.append(np.mean([np.abs(s[:, :2]).mean() for s in found.sketches]))
    assert spans[1] > 1.2 * spans[0]


def test_without_a_share_the_lesson_is_the_data(drawings: SketchSet) -> None:
    student, batch = _random(1), _batch(drawings)
    found = Lesson(_random(2), DistilConfig(share=0.0))(student, batch)
    assert float(found.detach()) == float(student(batch).per_point.detach())


def test_nobody_pleases_a_teacher_better_than_itself(drawings: SketchSet) -> None:
    """The loss is the cross-entropy, which the teacher's own odds make least (Gibbs)."""
    batch = _batch(drawings)
    lesson = Lesson(_random(1), DistilConfig(share=1.0, draws=64))
    losses = []
    for seed in (1, 2, 3):
        torch.manual_seed(0)
        losses.append(float(lesson(_random(seed), batch).detach()))
    assert losses[0] < min(losses[1:])


def test_the_divergence_is_measured_without_bias(drawings: SketchSet) -> None:
    teacher, student, batch = _random(1), _random(2), _batch(drawings)
    few = Lesson(teacher, DistilConfig(share=1.0, draws=2))
    many = Lesson(teacher, DistilConfig(share=1.0, draws=300))
    torch.manual_seed(0)
    mean = np.mean([float(few(student, batch).detach()) for _ in range(150)])
    assert mean == pytest.approx(float(many(student, batch).detach()), rel=0.01)


def test_a_student_comes_to_think_as_its_teacher(drawings: SketchSet, tmp_path: Path) -> None:
    teacher = _random(1)
    student = SketchModel(SMALL)
    config = TrainConfig(steps=150, points=300, evaluate_every=150, any_class=0.0)
    lesson = Lesson(teacher, DistilConfig(share=1.0))
    run = Run(
        student, drawings, drawings, config, tmp_path, objective=lesson, say=lambda _: None
    )
    before = _divergence(teacher, SketchModel(SMALL), drawings)
    run.train()
    assert _divergence(teacher, student, drawings) < 0.3 * before


@torch.no_grad()
def _divergence(teacher: SketchModel, student: SketchModel, drawings: SketchSet) -> float:
    torch.manual_seed(0)
    batch = _batch(drawings)
    mix, _ = teacher.odds(batch)
    own, _ = student.odds(batch)
    places = [draw(mix) for _ in range(200)]
    return float(sum((log_density(mix, p) - log_density(own, p)).mean() for p in places)) / 200


def test_a_baseline_can_teach_in_its_own_units(drawings: SketchSet) -> None:
    torch.manual_seed(0)
    fields = {"classes": 3, "max_points": 60, "width": 24, "latent": 8, "scale": 25.0}
    teacher = from_fields("sketch-rnn", fields)
    student = from_fields("sketch-rnn", {**fields, "scale": 25.0})
    student.load_state_dict(teacher.state_dict())
    lesson = Lesson(teacher, DistilConfig(share=1.0, draws=200))
    batch = _batch(drawings)
    alike = float(lesson(student.eval(), batch).detach())
    entropy = -float(torch.stack([_own(teacher, batch) for _ in range(50)]).mean())
    assert alike == pytest.approx(entropy, rel=0.05)


@torch.no_grad()
def _own(teacher: StrokeModel, batch: Tensors) -> torch.Tensor:
    mix, pen = teacher.odds(batch)
    pens = (pen.softmax(dim=-1) * pen.log_softmax(dim=-1)).sum(dim=-1)
    own: torch.Tensor = log_density(mix, draw(mix)) - 2 * math.log(25.0) + pens
    return own.mean()


@pytest.mark.parametrize(("share", "draws"), [(-0.1, 1), (1.1, 1), (0.5, 0)])
def test_lessons_that_make_no_sense_are_refused(share: float, draws: int) -> None:
    with pytest.raises(TrainingError, match="from 0 to 1"):
        DistilConfig(share, draws)


@pytest.fixture
def folder(ndjson: Path, tmp_path: Path) -> Path:
    """With a small trained teacher in teacher/last.pt."""
    found = _call(
        "train", ndjson, ndjson, "--out", tmp_path / "teacher", "--steps", 30, *SIZES
    )
    assert found.exit_code == 0, found.output
    return tmp_path


SIZES = ("--size", "width=32", "--size", "layers=1", "--size", "max_points=60")


def _call(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def test_from_a_teacher_to_a_student(ndjson: Path, folder: Path) -> None:
    teacher, dreams = folder / "teacher" / "last.pt", folder / "dreams"
    made = _call("dream", teacher, "--out", dreams, "--count", 40, "--share", "ring=0.9")
    assert made.exit_code == 0, made.output
    found = load_prepared(dreams / "train")
    assert len(found) > 5
    settings = folder / "student.toml"
    settings.write_text(f'teacher = "{teacher}"\ndraws = 2\nsteps = 3\nsize = ["width=16"]\n')
    words = ("distil", ndjson, ndjson, "--config", settings, "--out", folder / "student")
    taught = _call(*words, "--dreams", dreams, "--dream-share", 0.3, "--steps", 4)
    assert taught.exit_code == 0, taught.output
    state = load_checkpoint(folder / "student" / "last.pt")
    assert state["step"] == 4
    assert state["model_config"]["width"] == 16
    assert state["train_config"]["extra_share"] == 0.3


def test_what_cannot_teach_is_refused(ndjson: Path, folder: Path) -> None:
    teacher = folder / "teacher" / "last.pt"
    settings = folder / "student.toml"
    settings.write_text("newt = 3\n")
    words = ("distil", ndjson, ndjson, "--out", folder / "student", "--teacher", teacher)
    _refused(_call(*words, "--config", settings), "names 'newt', which is no option")
    _refused(_call(*words, "--draws", 0, "--steps", 1), "draws at least one place")
    _refused(_call(*words, "--dreams", ndjson, "--steps", 1), "--dream-share belong together")
    begun = (*words, "--start-from", teacher, "--steps", 1)
    _refused(_call(*begun, "--size", "width=16"), "leave --model and --size out")
    one = folder / "one.ndjson"
    one.write_text(ndjson.read_text().splitlines()[0])
    other = ("distil", one, one, "--out", folder / "student", "--teacher", teacher)
    _refused(_call(*other, "--steps", 1), "knows other classes")
    dreams = ("dream", teacher, "--out", folder / "dreams", "--count", 3)
    _refused(_call(*dreams, "--share", "newt=0.5"), "not of known classes")
    _refused(_call("dream", ndjson, "--out", folder / "dreams"), "checkpoint")


def _refused(result: Result, words: str) -> None:
    assert result.exit_code != 0
    assert "Traceback" not in result.output
    assert words in " ".join(result.output.split())


def test_a_teacher_is_not_changed(drawings: SketchSet) -> None:
    teacher, student = _random(1), _random(2)
    before = {name: tensor.clone() for name, tensor in teacher.state_dict().items()}
    lesson = Lesson(teacher, dataclasses.replace(DistilConfig(), draws=1))
    lesson(student, _batch(drawings)).backward()  # type: ignore[no-untyped-call]  # torch's own
    assert all(p.grad is None for p in teacher.parameters())
    assert all(torch.equal(before[n], t) for n, t in teacher.state_dict().items())
