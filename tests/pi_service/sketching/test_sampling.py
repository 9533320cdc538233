"""Sampling: everything from the seed, and temperature as it is defined."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pi_service.sketching.decoder import Mixture
from pi_service.sketching.manner import Manner, Temperature, TemperatureError
from pi_service.sketching.model_file import ModelFile
from pi_service.sketching.sampling import (
    Sampled,
    chances_of,
    draw_offsets,
    draw_pen,
    sample,
    uniforms,
)


def _draw(model: ModelFile, seeds: list[int], manner: Manner) -> list[Sampled]:
    points = model.config.max_points
    draws = np.stack([uniforms([seed], points) for seed in seeds])
    classes = np.array([seed % 3 for seed in seeds])
    return sample(model.weights, model.config, classes, draws, manner)


@settings(deadline=None, max_examples=20)
@given(st.lists(st.integers(0, 2**64), min_size=1, max_size=8, unique=True))
def test_a_sketch_is_the_same_whatever_else_is_drawn(
    tiny_model: ModelFile, seeds: list[int]
) -> None:
    together = _draw(tiny_model, seeds, Manner())
    for seed, found in zip(seeds, together, strict=True):
        alone = _draw(tiny_model, [seed], Manner())[0]
        assert alone.ended == found.ended
        assert np.array_equal(alone.sketch, found.sketch)


def test_what_ends_ends_with_a_lifted_pen_and_what_does_not_says_so(
    tiny_model: ModelFile,
) -> None:
    results = _draw(tiny_model, list(range(40)), Manner())
    assert {r.ended for r in results} == {True, False}
    for result in results:
        assert result.sketch[-1, 2] == 1
        assert len(result.sketch) == tiny_model.config.max_points or result.ended


def test_the_random_stream_is_fixed_for_good() -> None:
    first = uniforms([7, 0], 2)
    assert first.shape == (2, 4)
    assert first[0].tolist() == pytest.approx(EXPECTED, abs=1e-15)
    assert not np.array_equal(first, uniforms([7, 1], 2))


EXPECTED = [0.625095466604667, 0.8972138009695755, 0.7756856902451935, 0.22520718999059186]


def _one_gaussian(a: float, b: float, c: float) -> Mixture:
    def row(value: float) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
        return np.full((20000, 1), value, dtype=np.float32)

    return Mixture(row(0), np.stack([row(3), row(-2)], axis=1), row(a), row(b), row(c))


@pytest.mark.parametrize("temperature", [1.0, 0.25])
def test_the_temperature_scales_the_covariance(temperature: float) -> None:
    mixture = _one_gaussian(2.0, 0.5, -1.0)
    chance = chances_of(np.random.default_rng(0).random((20000, 4)))
    drawn = draw_offsets(mixture, chance, Temperature(offsets=temperature))
    assert drawn.mean(axis=0) == pytest.approx([3, -2], abs=0.05)
    factor = np.array([[2.0, 0.0], [-1.0, 0.5]])
    wanted = temperature * factor @ factor.T
    assert np.cov(drawn.T) == pytest.approx(wanted, abs=0.15)


def _two_far_apart(log_odds: float) -> Mixture:
    ones = np.full((20000, 2), 0.01, dtype=np.float32)
    mean = np.zeros((20000, 2, 2), dtype=np.float32)
    mean[:, 0, 1] = 10
    logits = np.zeros((20000, 2), dtype=np.float32)
    logits[:, 1] = log_odds
    return Mixture(logits, mean, ones, ones, 0 * ones)


@pytest.mark.parametrize("temperature", [1.0, 0.5])
def test_the_temperature_divides_the_log_odds_of_components(temperature: float) -> None:
    chance = chances_of(np.random.default_rng(0).random((20000, 4)))
    drawn = draw_offsets(_two_far_apart(-1.0), chance, Temperature(components=temperature))
    wanted = 1 / (1 + np.exp(1.0 / temperature))
    assert np.mean(drawn[:, 0] > 5) == pytest.approx(wanted, abs=0.01)


def test_small_components_can_be_left_out() -> None:
    chance = chances_of(np.random.default_rng(0).random((20000, 4)))
    mixture = _two_far_apart(float(np.log(0.04)))
    assert (draw_offsets(mixture, chance, Temperature())[:, 0] > 5).any()
    assert not (draw_offsets(mixture, chance, Temperature(least_weight=0.05))[:, 0] > 5).any()


@pytest.mark.parametrize(("nucleus", "kept"), [(1.0, 3), (0.85, 2), (0.5, 1), (0.01, 1)])
def test_the_nucleus_keeps_the_fewest_components_with_its_mass(
    nucleus: float, kept: int
) -> None:
    places = np.array([0, 10, 20], dtype=np.float32)
    tiny = np.full((20000, 3), 0.01, dtype=np.float32)
    mean = np.tile(np.stack([places, 0 * places]), (20000, 1, 1))
    logits = np.tile(np.log(np.array([0.3, 0.6, 0.1], dtype=np.float32)), (20000, 1))
    chance = chances_of(np.random.default_rng(0).random((20000, 4)))
    drawn = draw_offsets(
        Mixture(logits, mean, tiny, tiny, 0 * tiny), chance, Temperature(nucleus=nucleus)
    )
    found, counts = np.unique(np.rint(drawn[:, 0]), return_counts=True)
    assert sorted(found) == sorted([10, 0, 20][:kept])
    if kept == 2:
        assert counts[1] / 20000 == pytest.approx(2 / 3, abs=0.01)


def test_what_is_added_to_the_log_odds_of_the_pen_counts_before_the_temperature() -> None:
    logits = np.zeros((30000, 3), dtype=np.float32)
    chance = np.random.default_rng(0).random(30000)
    drawn = draw_pen(logits, chance, Temperature(pen=0.5, lift=-0.5, end=0.5))
    odds = np.exp(np.array([0.0, -1.0, 1.0]))
    assert np.bincount(drawn) / 30000 == pytest.approx(odds / odds.sum(), abs=0.01)


def test_rows_that_are_given_are_kept_and_drawn_on_from(tiny_model: ModelFile) -> None:
    given = np.array([[-100, -90, 0], [30, 5, 1], [3, 2, 0]], dtype=np.int32)
    draws = np.stack([uniforms([seed], 40) for seed in range(6)])
    classes = np.zeros(6, dtype=np.int64)
    weights, config = tiny_model.weights, tiny_model.config
    together = sample(weights, config, classes, draws, Manner(), given=given)
    assert len({found.sketch.tobytes() for found in together}) > 1
    for k, found in enumerate(together):
        assert np.array_equal(found.sketch[:3], given)
        alone = sample(weights, config, classes[:1], draws[k : k + 1], Manner(), given=given)
        assert np.array_equal(alone[0].sketch, found.sketch)


@pytest.mark.parametrize("value", [0.0, -1.0, 2.5, float("nan"), float("inf")])
def test_a_temperature_without_sense_is_refused(value: float) -> None:
    with pytest.raises(TemperatureError, match="temperature"):
        Temperature(offsets=value)
    with pytest.raises(TemperatureError, match="least weight"):
        Temperature(least_weight=value - 1.5)
    with pytest.raises(TemperatureError, match="guidance lies"):
        Temperature(guidance=value - 15)
    with pytest.raises(TemperatureError, match="nucleus"):
        Temperature(nucleus=value - 3)


def test_some_openings_are_bolder_and_each_sketch_is_as_if_all_were(
    tiny_model: ModelFile,
) -> None:
    weights, config = tiny_model.weights, tiny_model.config
    manner = Manner(Temperature(0.1, 0.1), Temperature(0.5, 0.5), Temperature(1.5, 1.5))
    draws = np.stack([uniforms([seed], config.max_points) for seed in range(6)])
    bold = np.array([False, True] * 3)
    classes = np.zeros(6, dtype=np.int64)
    mixed = sample(weights, config, classes, draws, manner, bold=bold)
    for is_bold, opening in ((False, manner.opening), (True, manner.bolder)):
        alike = replace(manner, opening=opening, bold=None)
        alone = sample(weights, config, classes, draws, alike)
        for k in np.flatnonzero(bold == is_bold):
            assert np.array_equal(mixed[k].sketch, alone[k].sketch)
    assert [replace(manner, of_opening=2).is_bold(k) for k in range(5)] == [0, 0, 1, 1, 0]
    with pytest.raises(TemperatureError):
        replace(manner, bold=Temperature(guidance=2.0))
