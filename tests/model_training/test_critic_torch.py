"""The critic's training: what it learns, and that the Pi computes the same."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner

from model_training.cli.main import main
from model_training.critic import (
    CriticNet,
    Exhibits,
    exhibits,
    finished,
    load_net,
    look,
    some_of_each,
    train,
    with_critic_of,
)
from model_training.data.dataset import DataError, Floats, SketchSet
from model_training.export import limits_of
from model_training.hanging import (
    Choice,
    Lessons,
    learned,
    lessons,
    odds,
    ranked_right,
    unseen,
    varied,
    with_hanging,
    with_verdicts,
)
from model_training.verdicts.book import PEOPLE, Source, Verdict, digest, write_book
from pi_service.sketching.config import CriticConfig, ModelConfig
from pi_service.sketching.critic import critic_of
from pi_service.sketching.model_file import (
    ModelFile,
    read_model_file,
    shapes,
    write_model_file,
)
from pi_service.sketching.stroke import Sketch

pytestmark = pytest.mark.training

SMALL = CriticConfig(size=32, channels=(4, 5, 6, 8))


@pytest.fixture(scope="module")
def untrained(drawings: SketchSet) -> ModelFile:
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
    return ModelFile(config, ("box", "ring", "zigzag"), weights, limits_of(drawings))


@pytest.fixture(scope="module")
def people(drawings: SketchSet) -> Exhibits:
    """The made-up drawings as exhibits."""
    return exhibits(drawings, np.arange(len(drawings)), SMALL)


@pytest.fixture(scope="module")
def seeing(untrained: ModelFile, people: Exhibits) -> ModelFile:
    """The model with an eye that has not learned."""
    return finished(untrained, _net(), people)


@pytest.fixture(scope="module")
def taught(drawings: SketchSet, seeing: ModelFile) -> Lessons:
    """Verdicts of somebody who hangs wide boxes alone."""
    boxes = _boxes(drawings)
    wide = [float(np.ptp(np.cumsum(b[:, 0])) > np.ptp(np.cumsum(b[:, 1]))) for b in boxes]
    return lessons(seeing, "box", boxes, np.array(wide, dtype=np.float32))


def _net(seed: int = 0) -> CriticNet:
    torch.manual_seed(seed)
    return CriticNet(SMALL, 3)


def _boxes(drawings: SketchSet) -> list[Sketch]:
    number = drawings.classes.index("box")
    return [drawings.sketch(int(k)) for k in np.flatnonzero(drawings.labels == number)]


def test_the_pi_sees_what_was_learned(
    drawings: SketchSet, seeing: ModelFile, people: Exhibits
) -> None:
    named = look(load_net(seeing), people.pictures)[1]
    for k in range(12):
        label = int(drawings.labels[k])
        critic = critic_of(seeing, label)
        assert critic is not None
        opinion = critic.opinion(drawings.sketch(k))
        assert opinion.evidence == pytest.approx(float(named[k, label]), abs=0.02)  # 8 bits


def test_the_pi_finds_the_odds_of_being_hung_that_were_learned(
    drawings: SketchSet, seeing: ModelFile, taught: Lessons
) -> None:
    weights = learned(taught, 0)
    made = with_hanging(seeing, "box", weights, 0.0)
    critic = critic_of(made, made.classes.index("box"))
    assert critic is not None
    found = [critic.opinion(sketch).hang for sketch in _boxes(drawings)]
    assert found == pytest.approx(odds(weights, taught.told).tolist(), abs=0.1)  # 8-bit pixels
    ring = critic_of(made, made.classes.index("ring"))
    assert ring is not None
    assert ring.opinion(drawings.sketch(1)).hang == 0


def test_it_learns_what_people_would_hang(taught: Lessons) -> None:
    assert ranked_right(odds(learned(taught, 0), taught.told), taught.hang) > 0.95
    assert ranked_right(unseen(taught, 0), taught.hang) > 0.8
    assert np.array_equal(unseen(taught, 0), unseen(taught, 0))


def test_pairs_are_ranked() -> None:
    some: Floats = np.array([0.1, 0.4, 0.3, 0.9, 0.5], dtype=np.float32)
    hang: Floats = np.array([0, 0, 1, 1, 0.5], dtype=np.float32)
    assert ranked_right(some, hang) == pytest.approx(3 / 4)
    with pytest.raises(DataError, match="all alike"):
        ranked_right(some, np.ones(5, dtype=np.float32))


def _verdict(sketch: Sketch, hang: bool, number: int = 1, word: str = "box") -> Verdict:
    name = digest(sketch)
    return Verdict(Source(word, PEOPLE, name, name), hang, "me", number, "a-1", "2026-01-01")


def test_verdicts_of_several_passes_are_a_share(drawings: SketchSet) -> None:
    one, other, lost = _boxes(drawings)[:3]
    book = [_verdict(one, hang=True), _verdict(other, hang=False)]
    book += [_verdict(one, hang=False, number=2), _verdict(lost, hang=True)]
    found, shares = with_verdicts(book, "box", {digest(s): s for s in (one, other)})
    assert [digest(sketch) for sketch in found] == [digest(one), digest(other)]
    assert shares.tolist() == [0.5, 0.0]
    with pytest.raises(DataError, match="no verdict on a drawing of 'ring'"):
        with_verdicts(book, "ring", {digest(one): one})


def test_the_weights_go_into_the_file_and_back(
    tmp_path: Path, seeing: ModelFile, taught: Lessons
) -> None:
    made = with_hanging(seeing, "box", learned(taught, 0), 1.5)
    write_model_file(tmp_path / "m.safetensors", made)
    read = read_model_file(tmp_path / "m.safetensors")
    assert read.critic == made.critic
    again = load_net(read)
    for name, tensor in _net().state_dict().items():
        assert torch.equal(tensor.half().float(), again.state_dict()[name]), name


CHOICE = Choice(
    hang_cap=2.0,
    for_body=3.0,
    for_whiskers=1.0,
    class_share=2.0,
    evidence_cap=-0.5,
    novelty=0.8,
    novelty_cap=1.5,
    directions=2,
)


def test_it_learns_what_is_unusual_among_acceptable_drawings(
    drawings: SketchSet,
    seeing: ModelFile,
    taught: Lessons,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("model_training.hanging.LIKELIEST", 1.0)  # all that are evident
    hanging = with_hanging(seeing, "box", learned(taught, 0), 0.0)
    evident = np.array([9, 0, 0], dtype=np.float32)
    weights = {**hanging.weights, "critic.classes.bias": evident}
    easy = dataclasses.replace(hanging, weights=weights)
    boxes = _boxes(drawings)
    made = varied(easy, "box", boxes, CHOICE)
    assert made.critic is not None
    assert (made.critic.unusual, made.critic.hang_cap) == (2, 2.0)
    critic = critic_of(made, 0)
    assert critic is not None
    spread, middle = made.weights["critic.usual"][1], made.weights["critic.usual"][0]
    usual = (taught.told - middle) / spread
    far = np.array([critic.unusual(row) for row in usual])
    assert np.mean(far**2) == pytest.approx(2, rel=0.1)  # one standard deviation an axis
    assert made.critic.novelty * far.std() == pytest.approx(0.8, rel=0.1)
    assert made.weights["critic.cap"][0] == -0.5
    assert varied(made, "box", boxes, CHOICE).hash == made.hash
    monkeypatch.setattr("model_training.hanging.LIKELIEST", 0.5)
    assert varied(made, "box", boxes, CHOICE).hash != made.hash
    again = with_hanging(made, "box", learned(taught, 0), 0.0)
    assert again.critic is not None
    assert again.critic.unusual == 0


def test_what_is_unusual_wants_verdicts_and_acceptable_drawings(
    drawings: SketchSet, seeing: ModelFile, taught: Lessons
) -> None:
    boxes = _boxes(drawings)
    with pytest.raises(DataError, match="teach it with `hang` first"):
        varied(seeing, "box", boxes, CHOICE)
    hanging = with_hanging(seeing, "box", learned(taught, 0), 0.0)
    with pytest.raises(DataError, match="are acceptable: draw more"):
        varied(hanging, "box", boxes[:3], CHOICE)


def test_it_learns_what_drawings_show(people: Exhibits) -> None:
    net, losses = _net(), []
    train(net, people, epochs=150, seed=0, rate=0.01, report=lambda *a: losses.append(a[2]))
    assert losses[-1] < 0.8 * losses[0]
    named = look(net.eval(), people.pictures)[1].argmax(axis=1)
    assert np.mean(named == people.labels) > 0.8


def test_it_learns_from_a_teacher_too(drawings: SketchSet, people: Exhibits) -> None:
    """One that calls everything a ring is believed in part."""
    says = np.log(np.array([0.05, 0.9, 0.05], dtype=np.float32))
    told = exhibits(
        drawings,
        np.arange(len(drawings)),
        SMALL,
        lambda sketches: np.tile(says, (len(sketches), 1)),
    )
    alone, led = _net(), _net()
    for net, shown in ((alone, people), (led, told)):
        train(net, shown, epochs=100, seed=0, rate=0.01)
    ring = [look(net.eval(), people.pictures)[1][:, 1].mean() for net in (alone, led)]
    assert ring[1] > ring[0] + 0.3


def test_training_can_be_repeated(people: Exhibits) -> None:
    nets = [_net(), _net()]
    for net in nets:
        train(net, people, epochs=2, seed=5)
    for one, other in zip(nets[0].parameters(), nets[1].parameters(), strict=True):
        assert torch.equal(one, other)


def test_a_class_counts_at_most_so_often_but_the_main_one(drawings: SketchSet) -> None:
    chosen = some_of_each(drawings, 4, "box", 0)
    assert np.bincount(drawings.labels[chosen]).tolist() == [30, 4, 4]
    with pytest.raises(DataError, match="no drawing for the critic"):
        exhibits(drawings, chosen[:0], SMALL)


def test_the_commands_give_a_model_file_a_critic(
    tmp_path: Path, untrained: ModelFile, ndjson: Path, drawings: SketchSet
) -> None:
    def call(*words: object) -> str:
        done = CliRunner().invoke(main, [str(word) for word in words])
        return done.output + ("" if done.exit_code == 0 else f"exit {done.exit_code}")

    plain, judged, hung = (tmp_path / f"{name}.safetensors" for name in "mch")
    write_model_file(plain, untrained)
    rest = ("--valid", ndjson, "--class", "ring", "--epochs", 1)
    assert "drawings named right" in call("critic", plain, ndjson, judged, *rest)
    made = read_model_file(judged)
    assert made.critic == CriticConfig()
    assert "90 drawings" in made.about["critic"]
    call("critic", judged, ndjson, tmp_path / "d.safetensors", *rest)
    assert "; then 90" in read_model_file(tmp_path / "d.safetensors").about["critic"]
    refused = call("critic", plain, ndjson, hung, *rest, "--start-from", plain)
    assert "holds no critic" in refused
    boxes = _boxes(drawings)
    book = [_verdict(box, hang=k % 3 == 0) for k, box in enumerate(boxes)]
    write_book(tmp_path / "book.csv", book)
    refused = call("vary", judged, hung, "--seeds", 1, "--class", "box")
    assert "does not know what is hung" in refused
    no_keys = call("hang", judged, ndjson, hung, "--class", "box", "--book", plain)
    assert "no book of verdicts" in no_keys


def test_a_critic_of_other_classes_is_refused(seeing: ModelFile, untrained: ModelFile) -> None:
    with pytest.raises(DataError, match="knows other classes"):
        with_critic_of(dataclasses.replace(untrained, classes=("a", "b", "c")), seeing)


def test_verdicts_want_an_eye_first(untrained: ModelFile, taught: Lessons) -> None:
    with pytest.raises(DataError, match="make one with `critic` first"):
        with_hanging(untrained, "box", learned(taught, 0), 0.0)
