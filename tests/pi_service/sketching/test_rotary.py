"""Rotary positions: attention sees how far apart two points are, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from pi_service.sketching.config import ModelConfig
from pi_service.sketching.decoder import turned, turns

CONFIG = ModelConfig(width=32, heads=2, max_points=50)


def test_turning_keeps_lengths() -> None:
    x = np.random.default_rng(0).standard_normal((50, 16)).astype(np.float32)
    lengths = np.linalg.norm(turned(x, *turns(CONFIG)), axis=1)
    assert lengths == pytest.approx(np.linalg.norm(x, axis=1), rel=1e-5)


def test_a_product_tells_the_distance_alone() -> None:
    own, partner = turns(CONFIG)
    q, k = np.random.default_rng(1).standard_normal((2, 16)).astype(np.float32)

    def product(p: int, distance: int) -> float:
        there = p + distance
        return float(turned(q, own[p], partner[p]) @ turned(k, own[there], partner[there]))

    for distance in (0, 3, 20):
        assert product(25, distance) == pytest.approx(product(0, distance), abs=1e-4)
    assert abs(product(0, 3) - product(0, 4)) > 0.01


def test_no_two_positions_are_turned_alike() -> None:
    own, partner = turns(CONFIG)
    all_turns = np.concatenate([own, partner], axis=1)
    apart = np.abs(all_turns[:, None] - all_turns).max(axis=2)
    assert apart[~np.eye(50, dtype=bool)].min() > 0.05


def test_a_head_of_odd_width_cannot_be_built() -> None:
    with pytest.raises(ValueError, match="do not fit together"):
        ModelConfig(width=30, heads=2)
