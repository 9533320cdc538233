"""Intervals hold what they promise."""

from __future__ import annotations

import math

import numpy as np

from model_training.judge.intervals import (
    Values,
    halves_figure,
    mean_figure,
    ratio_figure,
    ratio_of_sums_figure,
)


def test_a_means_interval_holds_the_truth_19_times_in_20() -> None:
    held = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        figure = mean_figure(rng.random(80) < 0.3, rng)
        held += figure.low <= 0.3 <= figure.high
        assert figure.low <= figure.value <= figure.high
    assert 0.90 < held / 200 < 0.99


def test_the_spread_over_halves_is_that_of_the_whole() -> None:
    def apart(a: Values, b: Values) -> float:
        return float(a.mean() - b.mean())

    rng = np.random.default_rng(0)
    figure = halves_figure(
        apart, rng.normal(size=400), rng.normal(3, 1, size=400), rng, halves=400
    )
    assert abs((figure.high - figure.low) / (2 * 1.96) - (2 / 400) ** 0.5) < 0.01
    assert figure.low < -3 < figure.high


def test_a_ratio_of_means() -> None:
    rng = np.random.default_rng(1)
    figure = ratio_figure(rng.normal(6, 1, 500), rng.normal(3, 1, 500), rng)
    assert figure.low < 2 < figure.high
    assert figure.high - figure.low < 0.3


def test_nothing_measured_is_not_a_number() -> None:
    assert math.isnan(mean_figure(np.zeros(0), np.random.default_rng(0)).value)


def test_a_ratio_over_nothing_is_not_a_number() -> None:
    rng = np.random.default_rng(1)
    assert math.isnan(ratio_figure(np.ones(5), np.zeros(5), rng).value)


def test_a_ratio_of_sums_takes_both_from_the_same_drawings() -> None:
    rng = np.random.default_rng(2)
    points = rng.integers(10, 200, 300).astype(np.float64)
    figure = ratio_of_sums_figure(7.5 * points, points, rng)
    assert abs(figure.low - 7.5) < 1e-9
    assert abs(figure.high - 7.5) < 1e-9


def test_all_of_a_few_is_not_all_of_all() -> None:
    rng = np.random.default_rng(3)
    always, never = mean_figure(np.ones(13, bool), rng), mean_figure(np.zeros(300, bool), rng)
    assert (always.value, always.high) == (1, 1)
    assert abs(always.low**13 - 0.05) < 1e-9
    assert (never.value, never.low) == (0, 0)
    assert 0.009 < never.high < 0.011  # the rule of three
