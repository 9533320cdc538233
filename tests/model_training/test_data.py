"""Sketches in memory, and the batches that are drawn from them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from model_training.data.augment import Augmentation, Floats
from model_training.data.dataset import (
    LENGTHS,
    Batches,
    DataError,
    SketchSet,
    collate,
    gather,
    in_order,
    joined,
    weights_of,
)
from pi_service.sketching.stroke import Sketch, from_polylines

NONE: Mapping[str, float] = {}
PLAIN = Augmentation(mirror=False, stretch=0, turn=0, drop=0)


def _line(length: int, points: int = 2) -> Sketch:
    x = np.linspace(0, length, points).round()
    return from_polylines([np.stack([x, 0 * x], axis=1)])


def _batches(
    drawings: SketchSet, seed: int = 1, shares: Mapping[str, float] = NONE
) -> Batches:
    return Batches(
        drawings,
        points=300,
        weights=weights_of(drawings, shares),
        augmentation=Augmentation(),
        any_class=0.1,
        seed=seed,
    )


def _apply(
    augmentation: Augmentation, sketch: NDArray[np.int16], rng: np.random.Generator
) -> Floats:
    """One sketch changed, and proof that its neighbours do not change it further."""
    pair = np.concatenate([sketch, sketch])
    points, lengths = augmentation.apply(pair, np.array([len(sketch)] * 2), rng)
    assert len(points) == lengths.sum()
    return points[: lengths[0]]


def test_gathered_sketches_come_out_as_they_went_in() -> None:
    sketches = [
        _line(200, 9),
        from_polylines([np.array([[3, 4]]), np.array([[0, 9], [7, 7]])]),
    ]
    found = gather([("b", sketches[0]), ("a", sketches[1])], 10)
    assert found.classes == ("a", "b")
    assert found.labels.tolist() == [1, 0]
    for k, sketch in enumerate(sketches):
        assert np.array_equal(found.sketch(k), sketch)


def test_too_long_drawings_are_left_out_and_counted() -> None:
    found = gather([("a", _line(200, 9)), ("a", _line(200, 10)), ("a", _line(200, 11))], 10)
    assert (len(found), found.too_long) == (2, 1)


def test_no_drawing_at_all_is_refused() -> None:
    with pytest.raises(DataError, match="no drawing of at most 10 points"):
        gather([("a", _line(200, 11))], 10)


def test_a_drawing_that_is_not_in_pixels_of_the_simplified_form_is_named() -> None:
    with pytest.raises(DataError, match=r"drawing 2 \('a'\) has points over"):
        gather([("a", _line(200)), ("a", _line(200_000))], 10)


def test_a_class_the_model_was_not_made_for_is_named() -> None:
    with pytest.raises(DataError, match="'newt'"):
        gather([("newt", _line(200))], 10, ("cat", "dog"))


def test_a_batch_depends_on_seed_and_number_alone(drawings: SketchSet) -> None:
    one, two = _batches(drawings), _batches(drawings)
    two[3], two[9]
    for name in ("labels", "positions", "noise", "pen"):
        assert np.array_equal(getattr(one[5], name), getattr(two[5], name))
    assert not np.array_equal(one[5].noise, one[6].noise)
    assert not np.array_equal(one[5].noise, _batches(drawings, seed=2)[5].noise)


def test_a_batch_is_of_one_length_bucket_and_of_the_wanted_size(drawings: SketchSet) -> None:
    for step in range(50):
        batch = _batches(drawings)[step]
        assert len(batch.labels) * batch.lengths.max() <= 300
        assert len(batch.labels) >= 300 // LENGTHS[1]


def test_a_class_gets_its_share_of_the_points(drawings: SketchSet) -> None:
    batches = _batches(drawings, shares={"ring": 0.8})
    seen = np.zeros(4)
    for step in range(300):
        batch = batches[step]
        np.add.at(seen, batch.labels, batch.lengths)
    known = seen[:3] / seen[:3].sum()
    assert known[drawings.classes.index("ring")] == pytest.approx(0.8, abs=0.05)
    assert seen[3] / seen.sum() == pytest.approx(0.1, abs=0.03)


@pytest.mark.parametrize("shares", [{"ring": 0.0}, {"ring": 1.2}, {"ring": 0.6, "box": 0.6}])
def test_impossible_shares_are_refused(drawings: SketchSet, shares: dict[str, float]) -> None:
    with pytest.raises(DataError, match="add up to at most 1"):
        _batches(drawings, shares=shares)


def test_a_share_for_an_unknown_class_is_refused(drawings: SketchSet) -> None:
    with pytest.raises(DataError, match="'newt'"):
        _batches(drawings, shares={"newt": 0.5})


@given(st.integers(0, 2**32))
def test_a_changed_drawing_stays_a_drawing(drawings: SketchSet, seed: int) -> None:
    rng = np.random.default_rng(seed)
    original = drawings[seed % len(drawings)]
    before = original.copy()
    changed = _apply(Augmentation(drop=0.3), original, rng)
    assert np.array_equal(original, before)
    assert changed[:, 2].sum() == original[:, 2].sum()
    assert changed[-1, 2] == 1
    assert np.ptp(changed[:, :2], axis=0).max() == pytest.approx(255, abs=1)
    assert np.array_equal(changed, np.rint(changed))


def test_without_changes_a_drawing_stays_as_it_is() -> None:
    rng = np.random.default_rng(0)
    whole = np.array([[0, 9, 0], [255, 7, 1], [13, 200, 1]], dtype=np.int16)
    assert np.array_equal(_apply(PLAIN, whole, rng), whole)


def test_a_dot_survives_augmentation() -> None:
    dot = np.array([[7, 7, 1]], dtype=np.int16)
    assert len(_apply(Augmentation(drop=0.9), dot, np.random.default_rng(0))) == 1


def test_a_batch_holds_positions_from_the_middle_offsets_and_ends() -> None:
    short = np.array([[0, 0, 0], [10, 4, 1]], dtype=np.float32)
    long = np.array([[5, 5, 1], [5, 9, 0], [6, 5, 1]], dtype=np.float32)
    both, lengths = np.concatenate([short, long]), np.array([2, 3])
    batch = collate(both, lengths, np.array([1, 0]), np.random.default_rng(0))
    assert batch.lengths.tolist() == [2, 3]
    assert batch.positions[0, :2].tolist() == [[-5, -2], [5, 2]]
    assert batch.offsets[0, :2].tolist() == [[-5, -2], [10, 4]]
    assert batch.pen[0, :2].tolist() == [0, 2]
    assert batch.pen[1].tolist() == [1, 0, 2]
    assert np.allclose(np.cumsum(batch.offsets[1], axis=0), batch.positions[1])
    assert np.abs(batch.noise).max() <= 0.5


def test_in_order_gives_every_drawing_once(drawings: SketchSet) -> None:
    batches = list(in_order(drawings, 200, seed=0))
    labels = np.concatenate([b.labels for b in batches])
    assert sum(int(b.lengths.sum()) for b in batches) == len(drawings.points)
    assert np.bincount(labels).tolist() == [30, 30, 30]


def test_processes_draw_batches_of_their_own(drawings: SketchSet) -> None:
    def batches(rank: int) -> Batches:
        return Batches(
            drawings,
            points=300,
            weights=weights_of(drawings, NONE),
            augmentation=PLAIN,
            any_class=0,
            seed=1,
            rank=rank,
        )

    assert not np.array_equal(batches(0)[3].noise, batches(1)[3].noise)
    assert np.array_equal(batches(1)[3].noise, batches(1)[3].noise)


def test_batches_of_few_shapes_reach_to_the_end_of_their_bucket(drawings: SketchSet) -> None:
    batches = Batches(
        drawings,
        points=300,
        weights=weights_of(drawings, NONE),
        augmentation=PLAIN,
        any_class=0,
        seed=1,
        few_shapes=True,
    )
    widths = {batches[step].pen.shape[1] for step in range(30)}
    assert widths <= {16, int(drawings.lengths.max())}


def test_joined_sets_hold_the_sketches_of_both(drawings: SketchSet) -> None:
    both = joined(drawings, drawings)
    assert len(both) == 2 * len(drawings)
    assert np.array_equal(both.sketch(len(drawings) + 7), drawings.sketch(7))
    other = gather([("newt", _line(200))], 10)
    with pytest.raises(DataError, match="cannot be joined"):
        joined(drawings, other)


def test_a_mirror_stretch_and_turn_keep_to_their_bounds() -> None:
    square = np.array([[0, 0, 0], [255, 0, 0], [255, 255, 0], [0, 255, 1]], dtype=np.int16)
    rng = np.random.default_rng(0)
    ratios = []
    for _ in range(300):
        only = Augmentation(mirror=False, stretch=0.15, turn=0, drop=0)
        changed = _apply(only, square, rng)
        width, height = np.ptp(changed[:, :2], axis=0)
        ratios.append(np.log(width / height))
    assert max(ratios) <= 0.155
    assert min(ratios) >= -0.155
    assert max(ratios) > 0.1
    turned = _apply(Augmentation(mirror=True, stretch=0, turn=0, drop=0), square, rng)
    assert np.ptp(turned[:, :2], axis=0).tolist() == [255, 255]
