"""Drawing on from a human's strokes: exactly theirs, wherever they are, and no jump."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pi_service.sketching import placing, sketcher
from pi_service.sketching.completion import CompletionError, unlike
from pi_service.sketching.critic import critic_of
from pi_service.sketching.limits import what_is_wrong
from pi_service.sketching.manner import CandidatesError, Manner
from pi_service.sketching.model_file import ModelFile
from pi_service.sketching.placing import Placement
from pi_service.sketching.sampling import Sampled, sample
from pi_service.sketching.simplify import Line
from pi_service.sketching.sketcher import (
    IDEAS,
    ClassError,
    SeedError,
    Sketcher,
    SketchingError,
)


@pytest.fixture(scope="module")
def shipped() -> Sketcher:
    """The sketcher that users get."""
    return Sketcher.load()


def _head(points: int = 90) -> Line:
    """A round head as a finger draws it, with y down."""
    angle = np.linspace(0.2, 0.2 + 2 * np.pi, points)
    wobble = 1 + 0.03 * np.sin(5 * angle)
    return np.stack([np.cos(angle), 0.9 * np.sin(angle)], axis=1) * wobble[:, None]


def test_the_humans_strokes_come_back_exactly_and_something_is_added(
    shipped: Sketcher,
) -> None:
    strokes = [_head() * 137.3 + 411.7, np.array([[380.25, 390.5]])]
    (made,) = shipped.complete(strokes, "cat", seed=5)
    assert len(made.given) == 2
    assert all(np.array_equal(a, b) for a, b in zip(made.given, strokes, strict=True))
    assert made.added
    assert len(made.strokes) == 2 + len(made.added)
    assert all(np.isfinite(line).all() for line in made.added)


@pytest.mark.parametrize(
    ("size", "way"), [(0.25, (0.0, 0.0)), (4096.0, (8192.0, -1e5)), (64.0, (5.0, 7.0))]
)
def test_size_and_place_do_not_matter(
    shipped: Sketcher, size: float, way: tuple[float, float]
) -> None:
    stroke = _head() * 128
    (plain,) = shipped.complete([stroke], "cat", seed=3)
    (moved,) = shipped.complete([stroke * size + np.array(way)], "cat", seed=3)
    assert len(plain.added) == len(moved.added)
    for a, b in zip(plain.added, moved.added, strict=True):
        assert b == pytest.approx(a * size + np.array(way), rel=1e-9, abs=1e-6 * size)


def test_the_whole_drawing_stays_near_what_was_begun(shipped: Sketcher) -> None:
    for seed in range(3):
        (made,) = shipped.complete([_head() * 100], "cat", seed=seed)
        points = np.concatenate(made.strokes)
        assert np.ptp(points, axis=0).max() < 5 * 200


def test_ideas_differ_and_the_first_is_the_best_of_the_first_third(
    with_critic: ModelFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[Sampled] = []

    def counting(*arguments: Any, **options: Any) -> list[Sampled]:
        found = sample(*arguments, **options)
        drawn.extend(found)
        return found

    monkeypatch.setattr(sketcher, "sample", counting)
    artist, strokes, manner = Sketcher(with_critic), [_head() * 100], Manner.even(1.0)
    (first,) = artist.complete(strokes, "dog", seed=16, manner=manner)
    assert len(drawn) == IDEAS // 3
    critic = critic_of(with_critic, 1)
    assert critic is not None
    good = [d for d in drawn if d.ended and what_is_wrong(d.sketch, None) is None]
    assert first.score == max(critic.opinion(each.sketch).score for each in good)
    made = artist.complete(strokes, "dog", seed=16, n=4, manner=manner)
    assert len(drawn) == IDEAS
    assert 1 < len(made) <= 4
    assert made[0].score == first.score
    assert all(np.array_equal(*p) for p in zip(made[0].added, first.added, strict=True))
    shapes = {b"".join(line.tobytes() for line in proposal.added) for proposal in made}
    assert len(shapes) == len(made)


def test_the_seeds_of_a_look_give_its_ideas_one_by_one(shipped: Sketcher) -> None:
    strokes = [_head() * 100]
    several = shipped.complete(strokes, "cat", seed=40, n=6)
    assert len(several) == 6
    for number, idea in enumerate(several):
        (alone,) = Sketcher.load().complete(strokes, "cat", seed=40 + number)
        assert [line.tolist() for line in alone.added] == [
            line.tolist() for line in idea.added
        ]
    assert len(shipped.complete(strokes, "cat", seed=45, n=8)) <= 3


def test_after_the_best_proposal_come_those_that_are_good_and_unlike() -> None:
    pictures = np.array([[1, 1, 0, 0], [1, 1, 0, 0.1], [0, 0, 1, 1]], dtype=np.float32)
    assert unlike([2.0, 1.9, 1.0], pictures, 3) == [0, 2, 1]
    assert unlike([2.0, 1.9, -9.0], pictures, 2) == [0, 1]
    assert unlike([1.0, 2.0, 0.0], pictures, 1) == [1]
    assert unlike([1.0, 2.0, 0.0], pictures, 2, 0) == [0, 2]


def test_the_same_seed_gives_the_same_and_another_seed_another(shipped: Sketcher) -> None:
    def added(seed: int) -> bytes:
        (made,) = shipped.complete([_head() * 100], "cat", seed=seed)
        return b"".join(line.tobytes() for line in made.added)

    assert added(7) == added(7) != added(8)


def test_a_line_over_itself_is_drawn_on_from(shipped: Sketcher) -> None:
    knot = np.random.default_rng(0).random((40, 2)) * 300
    (made,) = shipped.complete([knot, knot[::-1]], "cat", seed=1)
    assert made.added


SQUARE = [[0.0, 0.0], [10.0, 0.0], [10.0, 10.0]]


@pytest.mark.parametrize(
    ("strokes", "said"),
    [
        ([], "nothing to draw on from"),
        ([np.array(SQUARE), np.zeros((0, 2))], r"stroke 2 has shape \(0, 2\)"),
        ([np.zeros((3, 3))], r"stroke 1 has shape \(3, 3\)"),
        ([np.array([[0.0, np.nan], [1.0, 1.0]])], "stroke 1 has a coordinate that is no"),
        ([np.array([[0.0, np.inf], [1.0, 1.0]])], "stroke 1 has a coordinate that is no"),
        ([np.array([[0.0, 1e30], [1.0, 1.0]])], "stroke 1 has a coordinate that is no"),
        ([np.array([["a", "b"]])], "stroke 1 holds something else than numbers"),
        ([np.array([[4.0, 4.0]])], "a single dot"),
        ([np.full((5, 2), 1e8)], "a single dot"),
        ([np.zeros((100_001, 2))], "100001 points together"),
    ],
)
def test_what_cannot_be_drawn_on_from_is_refused(
    tiny_model: ModelFile, strokes: list[Line], said: str
) -> None:
    with pytest.raises(CompletionError, match=said):
        Sketcher(tiny_model).complete(strokes, "cat", seed=1)


def test_a_beginning_that_leaves_no_room_is_refused(shipped: Sketcher) -> None:
    scribble = np.random.default_rng(0).random((400, 2)) * 300
    with pytest.raises(CompletionError, match="begin with less"):
        shipped.complete([scribble], "cat", seed=1)


def test_other_arguments_without_sense_are_refused(tiny_model: ModelFile) -> None:
    sketcher, strokes = Sketcher(tiny_model), [np.array(SQUARE)]
    with pytest.raises(ClassError, match="'cat'"):
        sketcher.complete(strokes, "cats", seed=1)
    with pytest.raises(SeedError, match="from 0 up"):
        sketcher.complete(strokes, "cat", seed=-1)
    with pytest.raises(CandidatesError, match="1 to 8 proposals"):
        sketcher.complete(strokes, "cat", seed=1, n=9)


def test_when_nothing_comes_of_it_it_says_so(tiny_model: ModelFile) -> None:
    weights = dict(tiny_model.weights)
    weights["pen_head.bias"] = np.array([50, 0, -50], dtype=np.float32)
    endless = Sketcher(ModelFile(tiny_model.config, tiny_model.classes, weights))
    with pytest.raises((SketchingError, CompletionError), match=r"only 0 ideas|with less"):
        endless.complete([np.array(SQUARE) * 20], "cat", seed=1)


def test_where_strokes_belong_is_found_once_for_all_their_proposals(
    shipped: Sketcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    place = placing.place

    def counting(*arguments: Any) -> Placement:
        asked.append(1)
        return place(*arguments)

    monkeypatch.setattr(sketcher, "place", counting)
    strokes = [_head() * 77.0]
    first = [shipped.complete(strokes, "cat", seed=seed)[0] for seed in range(3)]
    assert len(asked) == 1
    shipped.complete([strokes[0] * 1.5], "cat", seed=1)
    shipped.complete(strokes, "dog", seed=1)
    assert len(asked) == 3
    fresh = Sketcher.load().complete(strokes, "cat", seed=2)[0]
    same = zip(fresh.added, first[2].added, strict=True)
    assert all(np.array_equal(a, b) for a, b in same)
