"""Guidance: towards the class, by the mixture's weights and the pen alone."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from pi_service.sketching.decoder import Decoder, Floats, Mixture, features
from pi_service.sketching.guidance import GuidedDecoder, log_density, odds_of
from pi_service.sketching.manner import Manner, Temperature
from pi_service.sketching.model_file import ModelFile
from pi_service.sketching.sampling import sample, uniforms


def _mixtures(count: int) -> Mixture:
    rng = np.random.default_rng(4)

    def some(*shape: int) -> Floats:
        return rng.standard_normal(shape).astype(np.float32)

    widths = np.exp(0.3 * some(2, count, 4))
    return Mixture(some(count, 4), some(count, 2, 4), widths[0], widths[1], some(count, 4))


def test_the_density_is_that_of_the_mixture() -> None:
    mixture = _mixtures(3)
    places = np.random.default_rng(1).standard_normal((3, 2, 5)).astype(np.float32)
    wanted: NDArray[np.float64] = np.zeros((3, 5))
    for b in range(3):
        weights = np.exp(mixture.log_weight[b]) / np.exp(mixture.log_weight[b]).sum()
        for m in range(4):
            factor = np.array(
                [[mixture.a[b, m], 0], [mixture.c[b, m], mixture.b[b, m]]], dtype=np.float64
            )
            covariance = factor @ factor.T
            away = places[b].T - mixture.mean[b, :, m]
            square = np.einsum("ki,ij,kj->k", away, np.linalg.inv(covariance), away)
            peak = 2 * np.pi * np.sqrt(np.linalg.det(covariance))
            wanted[b] += weights[m] * np.exp(-square / 2) / peak
    assert log_density(mixture, places) == pytest.approx(np.log(wanted), abs=1e-4)


def test_no_guidance_is_the_plain_decoder(tiny_model: ModelFile) -> None:
    classes = np.array([0, 1])
    plain = odds_of(tiny_model.weights, tiny_model.config, classes, 1.0)
    assert isinstance(plain, Decoder)


def _pens(model: ModelFile, guidance: float) -> Floats:
    guided = GuidedDecoder(model.weights, model.config, np.array([0]), guidance)
    offsets = np.array([[5, -3]], dtype=np.float32)
    return guided.pen_logits(guided.begin(), features(offsets, offsets, model.config))


def test_the_pen_is_guided_from_any_class_through_the_class_and_beyond(
    tiny_model: ModelFile,
) -> None:
    anyone, mine, beyond = (_pens(tiny_model, g) for g in (0.0, 1.0, 3.0))
    assert not np.allclose(anyone, mine)
    assert beyond == pytest.approx(anyone + 3 * (mine - anyone), abs=1e-5)


def test_gaussians_stay_where_they_are_and_their_weights_move(tiny_model: ModelFile) -> None:
    classes = np.array([0, 2])
    plain = Decoder(tiny_model.weights, tiny_model.config, classes)
    guided = GuidedDecoder(tiny_model.weights, tiny_model.config, classes, 2.5)
    before, after = plain.mixture(plain.begin()), guided.mixture(guided.begin())
    for name in ("mean", "a", "b", "c"):
        assert np.array_equal(getattr(before, name), getattr(after, name))
    assert not np.allclose(before.log_weight, after.log_weight)


def test_a_guided_sketch_is_the_same_whatever_else_is_drawn(tiny_model: ModelFile) -> None:
    weights, config = tiny_model.weights, tiny_model.config
    draws = np.stack([uniforms([seed], 40) for seed in range(5)])
    boldly = Manner.even(Temperature(guidance=2.0))
    together = sample(weights, config, np.array([0, 1, 2, 0, 1]), draws, boldly)
    for k, found in enumerate(together):
        alone = sample(weights, config, np.array([k % 3]), draws[k : k + 1], boldly)[0]
        assert np.array_equal(alone.sketch, found.sketch)
