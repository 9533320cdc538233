"""A model small enough to compute with in a test, with random weights."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pi_service.sketching.config import MEASURES, CriticConfig, ModelConfig
from pi_service.sketching.model_file import ModelFile, shapes
from pi_service.sketching.parts import NAMES

TINY = ModelConfig(
    classes=3,
    width=16,
    layers=2,
    heads=2,
    hidden=24,
    components=4,
    pen_hidden=8,
    max_points=40,
    wavelengths=(256.0, 64.0),
)


@pytest.fixture(scope="session")
def tiny_model() -> ModelFile:
    """An untrained model of three classes; its weights are exact in fp16."""
    rng = np.random.default_rng(1)
    weights = {
        name: (rng.standard_normal(shape) * 0.4).astype(np.float16).astype(np.float32)
        for name, shape in shapes(TINY).items()
    }
    weights["pen_head"] *= np.float32(0.125)
    weights["pen_head.bias"][:] = (3.0, 1.0, 1.0)  # some end, some do not
    return ModelFile(
        TINY, ("cat", "dog", "the eiffel tower"), weights, about={"licence": "none"}
    )


@pytest.fixture(scope="session")
def with_critic(tiny_model: ModelFile) -> ModelFile:
    """The same with a critic that has not learned anything either."""
    told = 7 + 1 + 2 * MEASURES + len(NAMES)
    config = CriticConfig(
        size=32, channels=(4, 5, 6, 7), hidden=8, told=told, hangs=("cat", "dog")
    )
    rng = np.random.default_rng(2)
    weights = {
        name: (rng.standard_normal(shape) * 0.3).astype(np.float16).astype(np.float32)
        for name, shape in config.shapes(tiny_model.config.classes).items()
    }
    weights["critic.usual"][1] = 1
    return replace(tiny_model, weights=tiny_model.weights | weights, critic=config)
