"""The sketcher: seeds, classes, failures; and that the shipped model draws cats that fit."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pi_service.sketching.limits import LARGEST_SIDE, SMALLEST_SIDE, Limits
from pi_service.sketching.manner import CandidatesError, Manner, Temperature
from pi_service.sketching.model_file import ModelFile, ModelFileError
from pi_service.sketching.sketcher import (
    GROUP,
    ClassError,
    SeedError,
    Sketcher,
    SketchingError,
)
from pi_service.sketching.stroke import bounds, check_sketch

FEW = GROUP + 1
"""Candidates where it does not matter how many: those of two openings."""


@pytest.fixture(scope="module")
def shipped() -> Sketcher:
    """The sketcher that users get."""
    return Sketcher.load()


def test_the_shipped_model_draws_cats_that_end_and_fit(shipped: Sketcher) -> None:
    cats = shipped.draw_many("cat", seeds=range(4))
    for cat in cats:
        check_sketch(cat)
        x0, y0, x1, y1 = bounds(cat)
        assert SMALLEST_SIDE <= max(x1 - x0, y1 - y0) <= LARGEST_SIDE
        assert len(cat) < 200
    assert len({cat.tobytes() for cat in cats}) == 4


def test_the_shipped_model_knows_345_classes_by_name(shipped: Sketcher) -> None:
    assert len(shipped.classes) == 345
    assert {"cat", "dog", "the eiffel tower"} <= set(shipped.classes)
    assert len(shipped.model_hash) == 64


def test_the_same_seed_gives_the_same_cat_and_another_seed_another(shipped: Sketcher) -> None:
    one, again, other = (shipped.draw(seed=seed, candidates=FEW) for seed in (7, 7, 8))
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)


def test_drawn_side_by_side_or_one_by_one_is_the_same(shipped: Sketcher) -> None:
    together = shipped.draw_many("dog", seeds=range(2), candidates=FEW)
    for seed, sketch in zip(range(2), together, strict=True):
        assert np.array_equal(sketch, shipped.draw("dog", seed=seed, candidates=FEW))


def test_a_large_seed_is_as_good_as_any(shipped: Sketcher) -> None:
    assert len(shipped.draw(seed=2**63 - 1, candidates=FEW)) > 2


def test_a_negative_seed_is_refused(shipped: Sketcher) -> None:
    with pytest.raises(SeedError, match="from 0 up, but -3"):
        shipped.draw(seed=-3)


@pytest.mark.parametrize(
    ("asked", "near"),
    [("cats", "'cat'"), ("Dog", "'dog'"), ("eifel tower", "'the eiffel tower'")],
)
def test_an_unknown_class_is_answered_with_near_ones(
    shipped: Sketcher, asked: str, near: str
) -> None:
    with pytest.raises(ClassError, match=near):
        shipped.draw(asked, seed=1)


def test_a_class_like_nothing_known_is_refused(tiny_model: ModelFile) -> None:
    with pytest.raises(ClassError, match="one of the classes it lists"):
        Sketcher(tiny_model).draw("zzzzzz", seed=1)


BOLD = Manner.even(1.0)


def test_a_sketch_that_failed_is_drawn_again_from_the_same_seed(tiny_model: ModelFile) -> None:
    sketcher = Sketcher(tiny_model)
    seed = next(s for s in range(50) if sketcher.attempts("cat", [(s, 0)], BOLD)[0].failure)
    tries = sketcher.attempts("cat", [(seed, k) for k in range(32)], BOLD)
    good = [t.sketch for t in tries if t.failure is None]
    assert np.array_equal(sketcher.draw(seed=seed, manner=BOLD), good[0])


def test_the_best_of_some_is_the_candidate_that_the_critic_likes_best(
    with_critic: ModelFile,
) -> None:
    sketcher = Sketcher(with_critic)
    tries = sketcher.attempts("cat", [(3, k) for k in range(16)], BOLD)
    good = [t for t in tries if t.failure is None]
    assert len({t.score for t in good}) == len(good) > 1
    best = max(good, key=lambda t: t.score).sketch
    assert np.array_equal(sketcher.draw(seed=3, manner=BOLD, candidates=16), best)


def test_candidates_of_one_opening_begin_alike_and_end_in_their_own_ways(
    tiny_model: ModelFile,
) -> None:
    manner = replace(BOLD, of_opening=4)
    tries = Sketcher(tiny_model).attempts("cat", [(1, k) for k in range(12)], manner)
    first = [t.sketch[: 1 + int(np.argmax(t.sketch[:, 2]))].tobytes() for t in tries]
    groups = [set(first[k : k + 4]) for k in (0, 4, 8)]
    assert [len(group) for group in groups] == [1, 1, 1]
    assert len(set(first)) == 3
    assert len({t.sketch.tobytes() for t in tries}) > 3


def test_when_an_opening_came_to_something_good_no_other_is_tried(
    with_critic: ModelFile,
) -> None:
    sketcher, manner = Sketcher(with_critic), replace(BOLD, of_opening=4, candidates=16)
    tries = sketcher.attempts("cat", [(3, k) for k in range(16)], manner)
    good = [t for t in tries if t.failure is None]
    enough = sorted(t.score for t in good)[len(good) // 2]
    group = next(
        k // GROUP * GROUP for k, t in enumerate(tries) if not t.failure and t.score >= enough
    )
    some = [t for t in tries[: group + GROUP] if t.failure is None]
    best = max(some, key=lambda t: t.score)
    drawn = sketcher.draw(seed=3, manner=replace(manner, enough=enough))
    assert np.array_equal(drawn, best.sketch)
    best = max(good, key=lambda t: t.score)
    assert np.array_equal(sketcher.draw(seed=3, manner=manner), best.sketch)


def test_the_opening_and_the_details_have_temperatures_of_their_own(
    tiny_model: ModelFile,
) -> None:
    cool = Temperature(0.01, 0.01, 0.01)
    names = [(seed, 0) for seed in range(6)]

    def spread(manner: Manner) -> float:
        tries = Sketcher(tiny_model).attempts("cat", names, manner)
        return float(np.std([t.sketch[0, :2] for t in tries], axis=0).sum())

    assert spread(Manner(cool, Temperature())) < 0.3 * spread(Manner(Temperature(), cool))


def test_candidates_are_the_same_whatever_else_is_drawn(with_critic: ModelFile) -> None:
    sketcher = Sketcher(with_critic)
    seeds = range(3, 9)
    together = sketcher.draw_many("dog", seeds=seeds, manner=BOLD, candidates=4)
    for seed, sketch in zip(seeds, together, strict=True):
        alone = sketcher.draw("dog", seed=seed, manner=BOLD, candidates=4)
        assert np.array_equal(sketch, alone)


def test_a_failed_candidate_is_never_taken(with_critic: ModelFile) -> None:
    sketcher = Sketcher(with_critic)
    tries = sketcher.attempts("cat", [(3, k) for k in range(256)], BOLD)
    good = {t.sketch.tobytes() for t in tries if t.failure is None}
    assert 0 < len(good) < len(tries)
    for candidates in (1, 2, 5, 256):
        drawn = sketcher.draw(seed=3, manner=BOLD, candidates=candidates)
        assert drawn.tobytes() in good


@pytest.mark.parametrize("candidates", [0, -1, 257])
def test_a_number_of_candidates_without_sense_is_refused(
    tiny_model: ModelFile, candidates: int
) -> None:
    with pytest.raises(CandidatesError, match="best of 1 to 256"):
        Sketcher(tiny_model).draw(seed=1, candidates=candidates)


def test_when_all_tries_fail_it_says_so(tiny_model: ModelFile) -> None:
    impossible = replace(tiny_model, limits={"cat": Limits((50, 60), (1, 2), (0.0, 1.0))})
    with pytest.raises(SketchingError, match="all tries to draw 'cat' from the seed 5 failed"):
        Sketcher(impossible).draw(seed=5)


def test_no_seeds_give_no_sketches(tiny_model: ModelFile) -> None:
    assert Sketcher(tiny_model).draw_many(seeds=[]) == []


def test_a_missing_model_file_is_said_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="there is no model file"):
        Sketcher.load(tmp_path / "none.safetensors")


def test_torch_is_never_imported() -> None:
    code = (
        "import sys; from pi_service.sketching.sketcher import Sketcher;"
        "Sketcher.load().draw(seed=1); print('torch' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"
