"""Guidance: drawing further towards a class than the model itself goes.

The model was trained with its class hidden for a tenth of the drawings, and so knows a
second set of odds, those of "any class" (the null class, number `classes`). Guidance (Ho and
Salimans, 2022) wants p(x | class)^g / p(x | any)^(g - 1). For a mixture of Gaussians that is
no mixture of Gaussians (arXiv 2306.17806), so nothing but
two finite sets of odds is changed here: the weights of the class's own Gaussians, each by the
power g - 1 of how much likelier the class makes its mean than any class does, and the pen's
states. Where the Gaussians lie and how wide they are stays as learned.
"""

from __future__ import annotations

import math
from typing import Protocol

import numpy as np

from pi_service.sketching.config import ModelConfig
from pi_service.sketching.decoder import Decoder, Floats, Ints, Mask, Mixture
from pi_service.sketching.model_file import Weights

MOST = 5.0
"""Nats by which a mean's likelihoods are taken to differ at most, so that no far-off Gaussian
of tiny weight wins by both densities being next to nothing."""


class Odds(Protocol):
    """What is drawn from: a `Decoder`, or one that is guided. See there."""

    def begin(self) -> Floats:
        """The states before the first points."""

    def step(self, told: Floats, pen: Ints) -> Floats:
        """Reads one more point of every sketch; the states before the next ones."""

    def keep(self, sketches: Mask) -> None:
        """Forgets all other sketches."""

    def spread(self, count: int) -> None:
        """Goes on with so many sketches in place of each, which begin as that one did."""

    def mixture(self, states: Floats) -> Mixture:
        """The odds of the next offsets."""

    def pen_logits(self, states: Floats, told: Floats) -> Floats:
        """Log-odds, up to a constant, of down, lifted, end after these points."""


def odds_of(weights: Weights, config: ModelConfig, classes: Ints, guidance: float) -> Odds:
    """The odds of sketches of these classes; guidance 1 is none, and costs nothing.

    Args:
        weights: The model.
        config: Its architecture.
        classes: The class number of each sketch, shape (B,).
        guidance: How far; see the module's description.
    """
    if guidance == 1:
        return Decoder(weights, config, classes)
    return GuidedDecoder(weights, config, classes, guidance)


class GuidedDecoder:
    """A decoder of every sketch twice: of its class, and, behind these, of any class.

    Args:
        weights: The model.
        config: Its architecture.
        classes: The class number of each sketch, shape (B,).
        guidance: How far; see the module's description.
    """

    def __init__(
        self, weights: Weights, config: ModelConfig, classes: Ints, guidance: float
    ) -> None:
        both = np.concatenate([classes, np.full(len(classes), config.classes)])
        self._decoder = Decoder(weights, config, both)
        self._strength = np.float32(guidance)

    def begin(self) -> Floats:
        """The states before the first points, (2 B, width)."""
        return self._decoder.begin()

    def step(self, told: Floats, pen: Ints) -> Floats:
        """Reads one more point of every sketch; the states before the next ones."""
        return self._decoder.step(_twice(told), np.tile(pen, 2))

    def keep(self, sketches: Mask) -> None:
        """Forgets all other sketches."""
        self._decoder.keep(np.tile(sketches, 2))

    def spread(self, count: int) -> None:
        """Goes on with so many sketches in place of each, which begin as that one did."""
        self._decoder.spread(count)

    def mixture(self, states: Floats) -> Mixture:
        """The odds of the next offsets, weights guided."""
        found = self._decoder.mixture(states)
        half = len(states) // 2
        mine = Mixture(*(part[:half] for part in found))
        anyone = Mixture(*(part[half:] for part in found))
        apart = log_density(mine, mine.mean) - log_density(anyone, mine.mean)
        added = (self._strength - 1) * np.clip(apart, -MOST, MOST)
        return mine._replace(log_weight=mine.log_weight + added)

    def pen_logits(self, states: Floats, told: Floats) -> Floats:
        """Guided log-odds of down, lifted, end after these points; (B, 3)."""
        logits = self._decoder.pen_logits(states, _twice(told))
        half = len(told)
        guided: Floats = logits[half:] + self._strength * (logits[:half] - logits[half:])
        return guided


def log_density(mixture: Mixture, places: Floats) -> Floats:
    """The mixtures' log-densities at some places.

    Args:
        mixture: Of B sketches.
        places: Offsets in model units, shape (B, 2, K).

    Returns:
        Shape (B, K).
    """
    x = places[:, 0, :, None] - mixture.mean[:, None, 0]
    y = places[:, 1, :, None] - mixture.mean[:, None, 1]
    u = x / mixture.a[:, None]
    v = (y - mixture.c[:, None] * u) / mixture.b[:, None]
    weight = mixture.log_weight - log_sum(mixture.log_weight)[:, None]
    peak = weight - np.log(2 * math.pi * mixture.a * mixture.b)
    return log_sum(peak[:, None] - (u * u + v * v) / 2)


def log_sum(x: Floats) -> Floats:
    """The logarithm of the sum of exponentials over the last axis."""
    top = x.max(axis=-1, keepdims=True)
    total: Floats = np.log(np.exp(x - top).sum(axis=-1)) + top[..., 0]
    return total


def _twice(x: Floats) -> Floats:
    return np.concatenate([x, x])
