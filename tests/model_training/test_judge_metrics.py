"""Distances between sets, against known answers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model_training.judge.metrics import (
    Array,
    distances,
    fid,
    fid_infinity,
    kid,
    precision_recall,
    told_apart,
)

SEEDS = st.integers(0, 2**31)


def _normal(seed: int, count: int, width: int = 4, *, mean: float = 0, sd: float = 1) -> Array:
    return np.random.default_rng(seed).normal(mean, sd, (count, width))


@settings(max_examples=20, deadline=None)
@given(SEEDS)
def test_a_set_is_no_way_from_itself(seed: int) -> None:
    rows = _normal(seed, 30)
    assert fid(rows, rows) == pytest.approx(0, abs=1e-6)
    assert precision_recall(rows, rows) == (1, 1)


@settings(max_examples=20, deadline=None)
@given(SEEDS, st.floats(-5, 5), st.floats(0.2, 4))
def test_fid_of_a_moved_and_stretched_set_is_the_formula(
    seed: int, shift: float, factor: float
) -> None:
    rows = _normal(seed, 50)
    variances = np.var(rows, axis=0, ddof=1).sum()
    mean = rows.mean(axis=0)
    moved = (rows - mean) * factor + mean + shift
    wanted = 4 * shift**2 + (1 - factor) ** 2 * variances
    assert fid(rows, moved) == pytest.approx(wanted, rel=1e-6, abs=1e-6)
    assert fid(moved, rows) == pytest.approx(wanted, rel=1e-6, abs=1e-6)


def test_fid_of_normal_sets_comes_to_the_known_distance() -> None:
    first, second = _normal(1, 20000), _normal(2, 20000, mean=1, sd=2)
    assert fid(first, second) == pytest.approx(4 * (1 + 1), rel=0.03)


def test_fid_of_few_drawings_is_too_large_and_its_limit_is_not() -> None:
    plain, limits = [], []
    for seed in range(12):
        first, second = _normal(2 * seed, 120, 12), _normal(2 * seed + 1, 120, 12)
        plain.append(fid(first, second))
        limits.append(fid_infinity(first, second, np.random.default_rng(seed)))
    assert np.mean(plain) > 0.5
    assert abs(np.mean(limits)) < 0.25 * np.mean(plain)


def test_kid_is_unbiased_at_every_size() -> None:
    for count in (10, 40):
        found = [kid(_normal(s, count), _normal(s + 5000, 2 * count)) for s in range(300)]
        error = np.std(found) / len(found) ** 0.5
        assert abs(np.mean(found)) < 3.5 * error
    apart = kid(_normal(1, 100), _normal(2, 100, mean=1))
    assert apart > 10 * float(np.std(found))


def test_kid_is_the_sum_written_out() -> None:
    a, b = _normal(1, 4, 3), _normal(2, 5, 3)

    def kernel(x: Array, y: Array) -> float:
        return float((x @ y / 3 + 1) ** 3)

    within_a = np.mean([kernel(a[i], a[j]) for i in range(4) for j in range(4) if i != j])
    within_b = np.mean([kernel(b[i], b[j]) for i in range(5) for j in range(5) if i != j])
    across = np.mean([kernel(x, y) for x in a for y in b])
    assert kid(a, b) == pytest.approx(within_a + within_b - 2 * across)


@settings(max_examples=20, deadline=None)
@given(SEEDS)
def test_distances_are_those_of_pythagoras(seed: int) -> None:
    a, b = _normal(seed, 5), _normal(seed + 1, 7)
    wanted = np.linalg.norm(a[:, None] - b, axis=2)
    assert np.allclose(distances(a, b), wanted, atol=1e-6)


def test_precision_and_recall_on_two_clumps() -> None:
    left, right = _normal(1, 60), _normal(2, 60, mean=100)
    real = np.concatenate([left, right])
    half = _normal(3, 120)  # good, but the left clump alone
    precision, recall = precision_recall(real, half)
    assert precision > 0.9
    assert 0.4 < recall < 0.55
    strewn = np.concatenate([_normal(4, 60), _normal(5, 60, mean=-100)])  # half is none
    precision, recall = precision_recall(real, strewn)
    assert 0.4 < precision < 0.55
    assert 0.4 < recall < 0.55
    assert precision_recall(real, _normal(6, 120, mean=-50)) == (0, 0)


def test_sets_of_one_kind_cannot_be_told_apart_and_others_can() -> None:
    rng = np.random.default_rng(0)
    same = told_apart(_normal(1, 400, 8), _normal(2, 400, 8), rng)
    assert 0.44 < same.mean() < 0.56
    apart = told_apart(_normal(1, 400, 8), _normal(2, 400, 8, mean=1), rng)
    assert apart.mean() > 0.9
    assert apart.shape == (800,)
    # two unit normals that lie sqrt(2) apart: the best guess is right in Phi(0.707) = 76 %
    known = told_apart(_normal(1, 4000, 2), _normal(2, 4000, 2, mean=1), rng)
    assert known.mean() == pytest.approx(0.760, abs=0.02)


def test_the_classifier_is_asked_about_drawings_it_has_not_seen() -> None:
    wide = told_apart(_normal(1, 30, 90), _normal(2, 30, 90), np.random.default_rng(0))
    assert wide.mean() < 0.75  # it could learn 60 drawings of 90 numbers by heart
