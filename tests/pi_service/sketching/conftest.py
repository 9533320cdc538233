"""A model small enough to compute with in a test, with random weights."""

from __future__ import annotations

import numpy as np
import pytest

from pi_service.sketching.config import ModelConfig
from pi_service.sketching.model_file import ModelFile, shapes

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
    weights["pen_head.bias"][:] = (3.0, 1.0, -0.5)  # some end, some do not
    return ModelFile(
        TINY, ("cat", "dog", "the eiffel tower"), weights, about={"licence": "none"}
    )
