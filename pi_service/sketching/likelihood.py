"""How likely the model finds sketches that are there already, all points at once.

What `decoder` does point by point, here for whole sketches in a few large matrix products:
quicker by far, but in an order of sums that depends on what else is asked for, so that nothing
is drawn from it.
"""

from __future__ import annotations

import numpy as np

from pi_service.sketching.config import ModelConfig
from pi_service.sketching.decoder import (
    Decoder,
    Floats,
    Ints,
    features,
    normalise,
    start_tokens,
    turned,
    turns,
)
from pi_service.sketching.guidance import log_density, log_sum
from pi_service.sketching.model_file import Weights


def log_likelihoods(
    weights: Weights, config: ModelConfig, classes: Ints, offsets: Floats, pen: Ints
) -> Floats:
    """The log-likelihood of B beginnings of sketches, of P points each.

    Args:
        weights: The model.
        config: Its architecture.
        classes: The class number of each, shape (B,).
        offsets: Pixels from point to point, the first from the drawing's middle, (B, P, 2).
        pen: 1 where the pen is lifted after a point, else 0, shape (B, P).

    Returns:
        Nats, densities per square pixel, shape (B,). That more points may follow is left open:
        after the last one, lifting the pen and ending count as one.
    """
    count, points = pen.shape
    positions = np.cumsum(offsets, axis=1, dtype=np.float32)
    flat = (offsets.reshape(-1, 2), positions.reshape(-1, 2))
    told = features(*flat, config)
    read = told @ weights["point"] + weights["pen"][pen.reshape(-1)]
    read = read.reshape(count, points, -1)[:, :-1]
    tokens = start_tokens(weights, config, classes)
    x = np.concatenate([tokens[:, None], read], axis=1)
    states = residual_stream(weights, config, x)
    decoder = Decoder(weights, config, classes[:0])  # for its heads alone
    mixture = decoder.mixture(states)
    places = (flat[0] / np.float32(config.scale))[:, :, None]
    found = log_density(mixture, places)[:, 0] - np.float32(2 * np.log(config.scale))
    odds = decoder.pen_logits(states, told)
    odds -= log_sum(odds)[:, None]
    lifted = odds[:, 1].reshape(count, points)
    lifted[:, -1] = log_sum(odds[:, 1:]).reshape(count, points)[:, -1]
    pens = np.where(pen == 1, lifted, odds[:, 0].reshape(count, points))
    total: Floats = (found.reshape(count, points) + pens).sum(axis=1)
    return total


def residual_stream(weights: Weights, config: ModelConfig, x: Floats) -> Floats:
    """The residual stream (B, P, width) through all layers; normalised, (B P, width)."""
    count, points, width = x.shape
    later = np.triu(np.full((points, points), -np.inf, dtype=np.float32), 1)
    sharpness = np.float32((width // config.heads) ** -0.5)
    own, partner = (turn[:points] for turn in turns(config))
    for layer in range(config.layers):
        name = f"blocks.{layer}."
        qkv = (normalise(x) @ weights[name + "qkv"]).reshape(
            count, points, 3, config.heads, -1
        )
        qkv = qkv.transpose(2, 0, 3, 1, 4)
        q, k = turned(qkv[:2], own, partner)
        scores = np.matmul(q * sharpness, k.swapaxes(-1, -2)) + later
        odds = np.exp(scores - scores.max(axis=-1, keepdims=True))
        odds /= odds.sum(axis=-1, keepdims=True)
        seen = np.matmul(odds, qkv[2]).transpose(0, 2, 1, 3).reshape(count, points, width)
        x = x + seen @ weights[name + "out"]
        hidden = np.maximum(normalise(x) @ weights[name + "up"], 0)
        x = x + (hidden * hidden) @ weights[name + "down"]
    return normalise(x).reshape(count * points, width)
