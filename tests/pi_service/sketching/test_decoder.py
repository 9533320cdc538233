"""The NumPy decoder: its cache changes nothing, and company changes nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from pi_service.sketching.config import ModelConfig
from pi_service.sketching.decoder import Decoder, Floats, Mixture, features
from pi_service.sketching.model_file import ModelFile, Weights


def _points(
    config: ModelConfig, count: int, steps: int
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Features (steps, count, features) and pens (steps, count) of made-up sketches."""
    rng = np.random.default_rng(5)
    offsets = rng.integers(-40, 40, (steps, count, 2)).astype(np.float32)
    pen = rng.integers(0, 2, (steps, count))
    positions = np.cumsum(offsets, axis=0, dtype=np.float32)
    told = [features(o, p, config) for o, p in zip(offsets, positions, strict=True)]
    return np.stack(told), pen


def _states(model: ModelFile, classes: list[int], steps: int = 12) -> Floats:
    """The states along made-up sketches, one after another: (steps + 1, B, width)."""
    told, pen = _points(model.config, len(classes), steps)
    decoder = Decoder(model.weights, model.config, np.array(classes))
    states = [decoder.begin()]
    states += [decoder.step(point, lift) for point, lift in zip(told, pen, strict=True)]
    return np.stack(states)


def _without_cache(
    model: ModelFile, class_number: int, steps: int = 12
) -> NDArray[np.float64]:
    """The same for one sketch, in one pass over the whole sequence and in float64."""
    weights = {name: tensor.astype(np.float64) for name, tensor in model.weights.items()}
    config = model.config
    points, pens = _points(config, 1, steps)
    pen, told = pens[:, 0], points[:, 0].astype(np.float64)
    start = weights["start"][class_number] + weights["plain"][class_number]
    x = np.vstack([start, told @ weights["point"] + weights["pen"][pen]])
    for layer in range(config.layers):
        x = _layer(weights, config, layer, x)
    return _norm(x)


def _norm(x: NDArray[np.float64]) -> NDArray[np.float64]:
    normed: NDArray[np.float64] = x / np.sqrt(np.mean(x**2, axis=-1, keepdims=True) + 1e-6)
    return normed


def _layer(
    weights: dict[str, NDArray[np.float64]],
    config: ModelConfig,
    layer: int,
    x: NDArray[np.float64],
) -> NDArray[np.float64]:
    depth = config.width // config.heads
    q, k, v = np.split(_norm(x) @ weights[f"blocks.{layer}.qkv"], 3, axis=1)
    seen = np.empty_like(x)
    for head in range(config.heads):
        part = slice(head * depth, (head + 1) * depth)
        scores = (_turned(q[:, part]) @ _turned(k[:, part]).conj().T).real / np.sqrt(depth)
        scores[np.triu_indices(len(x), 1)] = -np.inf
        odds = np.exp(scores - scores.max(axis=1, keepdims=True))
        seen[:, part] = odds / odds.sum(axis=1, keepdims=True) @ v[:, part]
    x = x + seen @ weights[f"blocks.{layer}.out"]
    hidden = np.maximum(_norm(x) @ weights[f"blocks.{layer}.up"], 0) ** 2
    after: NDArray[np.float64] = x + hidden @ weights[f"blocks.{layer}.down"]
    return after


def _turned(x: NDArray[np.float64]) -> NDArray[np.complex128]:
    """Rotary positions as RoFormer has them: pairs as complex numbers, times e^(i p speed)."""
    pairs = x.shape[1] // 2
    speeds = 200.0 ** -(np.arange(pairs) / pairs)
    numbers: NDArray[np.complex128] = x[:, :pairs] + 1j * x[:, pairs:]
    numbers *= np.exp(1j * np.arange(len(x))[:, None] * speeds)
    return numbers


def test_the_cache_changes_nothing(tiny_model: ModelFile) -> None:
    found = _states(tiny_model, [2])[:, 0]
    assert np.abs(found - _without_cache(tiny_model, 2)).max() < 1e-4


def test_a_sketch_is_the_same_to_the_bit_alone_and_in_company(tiny_model: ModelFile) -> None:
    together = _states(tiny_model, [1, 0, 2, 2, 1])
    assert np.array_equal(together[:, :1], _alone(tiny_model, 1, 5))


def _alone(model: ModelFile, class_number: int, company: int) -> Floats:
    """The first of `company` made-up sketches, drawn without the others."""
    told, pen = _points(model.config, company, 12)
    decoder = Decoder(model.weights, model.config, np.array([class_number]))
    states = [decoder.begin()]
    states += [
        decoder.step(point, lift) for point, lift in zip(told[:, :1], pen[:, :1], strict=True)
    ]
    return np.stack(states)


def test_forgetting_some_sketches_leaves_the_others_as_they_are(tiny_model: ModelFile) -> None:
    told, pen = _points(tiny_model.config, 3, 6)
    decoder = Decoder(tiny_model.weights, tiny_model.config, np.array([0, 1, 2]))
    full = Decoder(tiny_model.weights, tiny_model.config, np.array([0, 1, 2]))
    decoder.begin()
    full.begin()
    kept = np.array([True, False, True])
    for step in range(3):
        decoder.step(told[step], pen[step])
        full.step(told[step], pen[step])
    decoder.keep(kept)
    for step in range(3, 6):
        part = decoder.step(told[step, kept], pen[step, kept])
        whole = full.step(told[step], pen[step])
        assert np.array_equal(part, whole[kept])


def test_the_class_makes_a_difference(tiny_model: ModelFile) -> None:
    states = _states(tiny_model, [0])[0], _states(tiny_model, [1])[0]
    assert np.abs(states[0] - states[1]).max() > 0.01


def test_the_last_class_number_means_any_class(tiny_model: ModelFile) -> None:
    assert np.isfinite(_states(tiny_model, [tiny_model.config.classes])).all()


def test_what_is_added_to_the_plain_token_leaves_good_drawings_to_the_bit(
    tiny_model: ModelFile,
) -> None:
    without = replace(
        tiny_model, weights={n: w for n, w in tiny_model.weights.items() if n != "plain"}
    )
    good = [tiny_model.config.good(number) for number in range(3)]
    np.testing.assert_array_equal(_states(tiny_model, good), _states(without, good))
    assert not np.allclose(_states(tiny_model, [0])[-1], _states(without, [0])[-1])


def test_a_sketch_has_an_end(tiny_model: ModelFile) -> None:
    with pytest.raises(ValueError, match="at most 40 points"):
        _states(tiny_model, [0], steps=40)


def test_no_gaussian_is_narrower_than_the_floor(tiny_model: ModelFile) -> None:
    weights: Weights = dict(tiny_model.weights)
    bias = weights["mixture_head.bias"].copy()
    bias[12:] = -1000.0
    weights["mixture_head.bias"] = bias
    decoder = Decoder(weights, tiny_model.config, np.array([0]))
    mixture: Mixture = decoder.mixture(decoder.begin())
    floor = tiny_model.config.sigma_floor / tiny_model.config.scale
    assert mixture.a.min() >= np.float32(floor)
    assert mixture.b.min() >= np.float32(floor)
