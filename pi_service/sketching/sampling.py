"""Drawing points from the model's odds, everything from a seed.

Temperature has one meaning here: a density or probability p is replaced by p to the power of
1/temperature, made to sum to one again, separately for three things. Mixture weights and pen
states: their logarithms are divided by the temperature. Offsets: within one Gaussian this
multiplies the covariance by the temperature, the standard deviations by its root. So 1 draws
as the model learned it, and towards 0 the most likely alone is left.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from pi_service.sketching.config import ModelConfig
from pi_service.sketching.decoder import Decoder, Floats, Ints, Mixture
from pi_service.sketching.model_file import Weights
from pi_service.sketching.stroke import Sketch

Uniforms: TypeAlias = NDArray[np.float64]

DRAWS = 4
"""Uniform numbers that one point takes: component, offset (two), pen."""
LIFTED, END = 1, 2
"""Pen states after a point; 0 is down."""


class TemperatureError(ValueError):
    """A temperature that makes no sense."""


@dataclass(frozen=True)
class Temperature:
    """How boldly to draw; see the module's description. All lie over 0 and up to 2."""

    components: float = 1.0
    """Of the mixture's weights."""
    offsets: float = 1.0
    """Of the Gaussians."""
    pen: float = 1.0
    """Of the pen's states."""
    least_weight: float = 0.0
    """Components with less than this part of the largest weight are left out; 0 keeps all."""

    def __post_init__(self) -> None:
        """Refuses what cannot be drawn with."""
        for name in ("components", "offsets", "pen"):
            value = getattr(self, name)
            if not 0 < value <= 2:
                raise TemperatureError(
                    f"the temperature lies over 0 and at most at 2, but {value} was given"
                )
        if not 0 <= self.least_weight < 1:
            raise TemperatureError(
                f"the least weight of a component lies from 0 to under 1, not at "
                f"{self.least_weight}"
            )


@dataclass(frozen=True)
class Sampled:
    """What came out for one sketch."""

    sketch: Sketch
    ended: bool
    """False where the model had not finished after the most points it can draw."""


def uniforms(seed: Sequence[int], points: int) -> Uniforms:
    """All random numbers of one sketch, shape (points, 4), from whole numbers that name it.

    PCG64's plain doubles alone are used: their stream is fixed for good, which NumPy does not
    promise of its normal numbers.
    """
    generator = np.random.Generator(np.random.PCG64(list(seed)))
    return generator.random((points, DRAWS))


def sample(
    weights: Weights,
    config: ModelConfig,
    classes: Ints,
    draws: Uniforms,
    temperature: Temperature,
) -> list[Sampled]:
    """Draws B sketches side by side; each is what it would be if it were drawn alone.

    Points are rounded to the grid of whole pixels that the model learned from.

    Args:
        weights: The model.
        config: Its architecture.
        classes: The class number of each sketch, shape (B,).
        draws: Their random numbers, shape (B, config.max_points, 4).
        temperature: How boldly.
    """
    decoder = Decoder(weights, config, classes)
    count = len(classes)
    rows = np.zeros((count, config.max_points, 3), dtype=np.int32)
    lengths = np.full(count, config.max_points)
    alive = np.arange(count)
    positions = np.zeros((count, 2), dtype=np.float32)
    states = decoder.begin()
    for step in range(config.max_points):
        chance = draws[alive, step]
        mixture = decoder.mixture(states)
        offsets = np.rint(draw_offsets(mixture, chance[:, :3], temperature) * config.scale)
        offsets = offsets.astype(np.float32)
        positions = positions + offsets
        logits = decoder.pen_logits(states, offsets, positions) / temperature.pen
        pen = _choose(logits, chance[:, 3])
        rows[alive, step, :2] = offsets
        rows[alive, step, 2] = pen != 0
        going = pen != END
        lengths[alive[~going]] = step + 1
        ended_now = not going.all()
        if ended_now:
            alive, offsets, pen = alive[going], offsets[going], pen[going]
            positions = positions[going]
            decoder.keep(going)
        if len(alive) == 0 or step + 1 == config.max_points:
            break
        states = decoder.step(offsets, positions, pen)
    unfinished = set(alive.tolist())
    rows[alive, -1, 2] = 1
    return [Sampled(rows[k, : lengths[k]].copy(), k not in unfinished) for k in range(count)]


def draw_offsets(mixture: Mixture, chance: Uniforms, temperature: Temperature) -> Uniforms:
    """One offset from each mixture, model units, shape (B, 2).

    Args:
        mixture: Of B sketches.
        chance: Uniform numbers, shape (B, 3): one chooses the component; two become normal
            ones by the transform of Box and Muller (1958).
        temperature: How boldly.
    """
    logits = mixture.log_weight
    if temperature.least_weight > 0:
        least = logits.max(axis=1, keepdims=True) + math.log(temperature.least_weight)
        logits = np.where(logits < least, -np.inf, logits)
    chosen = _choose(logits / temperature.components, chance[:, 0])
    row = np.arange(len(chosen))
    radius = np.sqrt(-2 * temperature.offsets * np.log1p(-chance[:, 1]))
    u = radius * np.cos(2 * np.pi * chance[:, 2])
    v = radius * np.sin(2 * np.pi * chance[:, 2])
    x = mixture.mean[row, 0, chosen] + mixture.a[row, chosen] * u
    y = mixture.mean[row, 1, chosen] + mixture.c[row, chosen] * u + mixture.b[row, chosen] * v
    return np.stack([x, y], axis=1)


def _choose(logits: Floats, chance: Uniforms) -> Ints:
    """One index from each row of unnormalised log-odds, by one uniform number a row."""
    odds = np.exp((logits - logits.max(axis=1, keepdims=True)).astype(np.float64))
    running = np.cumsum(odds, axis=1)
    below: Ints = np.sum(running <= (chance * running[:, -1])[:, None], axis=1)
    chosen: Ints = np.minimum(below, logits.shape[1] - 1)
    return chosen
