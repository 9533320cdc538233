"""Likelihoods of whole sketches at once: the same as point by point."""

from __future__ import annotations

import numpy as np
import pytest

from pi_service.sketching.decoder import Decoder, features
from pi_service.sketching.guidance import log_density
from pi_service.sketching.likelihood import log_likelihoods
from pi_service.sketching.model_file import ModelFile


@pytest.mark.parametrize("points", [1, 2, 15])
def test_all_at_once_is_as_point_by_point(tiny_model: ModelFile, points: int) -> None:
    rng = np.random.default_rng(3)
    offsets = rng.integers(-40, 40, (4, points, 2)).astype(np.float32)
    pen = rng.integers(0, 2, (4, points))
    pen[:, -1] = 1
    classes = np.array([0, 1, 2, 3])
    weights, config = tiny_model.weights, tiny_model.config
    decoder = Decoder(weights, config, classes)
    states = decoder.begin()
    total = np.zeros(4)
    positions = np.zeros((4, 2), dtype=np.float32)
    for k in range(points):
        positions += offsets[:, k]
        place = (offsets[:, k] / np.float32(config.scale))[:, :, None]
        total += log_density(decoder.mixture(states), place)[:, 0] - 2 * np.log(config.scale)
        told = features(offsets[:, k], positions, config)
        logits = decoder.pen_logits(states, told).astype(np.float64)
        odds = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        odds[:, 1] += odds[:, 2] if k == points - 1 else 0
        total += np.log(odds[np.arange(4), pen[:, k]])
        if k < points - 1:
            states = decoder.step(told, pen[:, k])
    found = log_likelihoods(weights, config, classes, offsets, pen)
    assert found == pytest.approx(total, rel=1e-4)
