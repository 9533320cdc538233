"""The sketch transformer in NumPy: one point at a time, for several sketches at once.

The counterpart of `model_training.model`, which describes the network; a test holds the two
together. What attention needs of earlier points is kept (the key-value cache), so that a point
costs the same work whether it is the second or the hundredth, but for the attention itself.

Every product is a stack of vector-matrix products, one a sketch, and not one matrix product: a
matrix product sums in an order that depends on the number of rows, so that a sketch would come
out differently alone than in company.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from pi_service.sketching.config import ModelConfig
from pi_service.sketching.model_file import Weights

BASE = 200.0
"""The slowest pair turns by about one radian in this many points: in the longest sketch."""


class Turns(NamedTuple):
    """What each position multiplies a head's numbers with, and those of their partners."""

    own: NDArray[np.float32]
    """Cosines, shape (max_points, width / heads)."""
    partner: NDArray[np.float32]
    """Sines, with their signs, of the same shape."""


def turns(config: ModelConfig) -> Turns:
    """The turns of every position of the longest sketch."""
    pairs = config.width // config.heads // 2
    speeds = BASE ** -(np.arange(pairs) / pairs)
    angles = np.arange(config.max_points)[:, None] * speeds
    cosines, sines = np.cos(angles), np.sin(angles)
    return Turns(
        np.concatenate([cosines, cosines], axis=1).astype(np.float32),
        np.concatenate([-sines, sines], axis=1).astype(np.float32),
    )


def turned(
    x: NDArray[np.float32], own: NDArray[np.float32], partner: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Queries or keys, turned.

    Args:
        x: The last axis is a head's width.
        own: Of `Turns`, the rows of their positions; of one position, a single row.
        partner: Likewise.
    """
    half = x.shape[-1] // 2
    swapped: NDArray[np.float32] = np.concatenate([x[..., half:], x[..., :half]], axis=-1)
    return x * own + swapped * partner


Floats: TypeAlias = NDArray[np.float32]
Ints: TypeAlias = NDArray[np.int64]
Mask: TypeAlias = NDArray[np.bool_]

EPSILON = np.float32(1e-6)
"""Added under the root of the norm, as in the trainer."""
LOG_WIDTHS = (-12.0, 5.0)
"""Range of log a and log b before the floor is added, as in the trainer."""


class Mixture(NamedTuple):
    """For each of B sketches M Gaussians for the next offset, in model units.

    The covariance is L Lᵀ with L = [[a, 0], [c, b]].
    """

    log_weight: Floats
    """Unnormalised logarithms of the weights, shape (B, M)."""
    mean: Floats
    """Shape (B, 2, M)."""
    a: Floats
    b: Floats
    c: Floats


class _Block(NamedTuple):
    """The matrices of one layer, (in, out)."""

    qkv: Floats
    out: Floats
    up: Floats
    down: Floats


def features(offsets: Floats, positions: Floats, config: ModelConfig) -> Floats:
    """What the model is told of a point; see `model_training.model.features`.

    Args:
        offsets: Pixels from the point before, shape (B, 2).
        positions: Pixels from the drawing's middle, shape (B, 2).
        config: Gives scale and wavelengths.

    Returns:
        Shape (B, config.features).
    """
    waves = (2 * np.pi / np.array(config.wavelengths)).astype(np.float32)
    phase = (positions[:, None, :] * waves[:, None]).reshape(len(positions), -1)
    plain = np.concatenate([offsets, positions], axis=1) / np.float32(config.scale)
    told: Floats = np.concatenate([plain, np.sin(phase), np.cos(phase)], axis=1)
    return told


def _times(x: Floats, matrix: Floats) -> Floats:
    """Rows times a matrix, each row by itself; (B, n) and (n, m) give (B, m)."""
    product: Floats = np.matmul(x[:, None, :], matrix)[:, 0]
    return product


def normalise(x: Floats) -> Floats:
    """RMSNorm without gain over the last axis."""
    total: Floats = np.add.reduce(x * x, axis=-1, keepdims=True)
    root: Floats = np.sqrt(total * np.float32(1 / x.shape[-1]) + EPSILON)
    return x / root


class Decoder:
    """B sketches in the making, all equally far.

    Args:
        weights: As `model_file.shapes` names them.
        config: The architecture.
        classes: The class number of each sketch, shape (B,).
    """

    def __init__(self, weights: Weights, config: ModelConfig, classes: Ints) -> None:
        self._weights = weights
        self._config = config
        self._length = 0
        self._classes = classes
        self._blocks = [
            _Block(*(weights[f"blocks.{layer}.{part}"] for part in _Block._fields))
            for layer in range(config.layers)
        ]
        depth = config.width // config.heads
        self._sharpness = np.float32(depth**-0.5)
        self._turns = turns(config)
        shape = (config.layers, len(classes), config.heads, config.max_points, depth)
        self._keys = np.zeros(shape, dtype=np.float32)
        self._values = np.zeros(shape, dtype=np.float32)

    def begin(self) -> Floats:
        """Reads the start tokens; gives the states before the first points, (B, width)."""
        return self._advance(self._weights["start"][self._classes])

    def step(self, offsets: Floats, positions: Floats, pen: Ints) -> Floats:
        """Reads one more point of every sketch; gives the states before the next points.

        Args:
            offsets: Pixels from the point before, shape (B, 2).
            positions: Pixels from the drawing's middle, shape (B, 2).
            pen: 1 where the pen is lifted after the point, else 0, shape (B,).

        Returns:
            Shape (B, width).
        """
        told = _times(features(offsets, positions, self._config), self._weights["point"])
        return self._advance(told + self._weights["pen"][pen])

    def keep(self, sketches: Mask) -> None:
        """Forgets all other sketches."""
        self._classes = self._classes[sketches]
        self._keys = self._keys[:, sketches]
        self._values = self._values[:, sketches]

    def mixture(self, states: Floats) -> Mixture:
        """The odds of the next offsets."""
        raw = (
            _times(states, self._weights["mixture_head"]) + self._weights["mixture_head.bias"]
        )
        parts = raw.reshape(len(raw), 6, -1)  # logit, x, y, log a, log b, c
        floor = np.float32(self._config.sigma_floor / self._config.scale)
        widths = floor + np.exp(np.clip(parts[:, 3:5], *LOG_WIDTHS))
        return Mixture(
            log_weight=parts[:, 0],
            mean=parts[:, 1:3],
            a=widths[:, 0],
            b=widths[:, 1],
            c=parts[:, 5],
        )

    def pen_logits(self, states: Floats, offsets: Floats, positions: Floats) -> Floats:
        """Log-odds, up to a constant, of down, lifted, end after these points; (B, 3)."""
        weights = self._weights
        told = _times(features(offsets, positions, self._config), weights["pen_from_point"])
        told += _times(states, weights["pen_from_state"]) + weights["pen_from_state.bias"]
        return _times(np.maximum(told, 0), weights["pen_head"]) + weights["pen_head.bias"]

    def _advance(self, x: Floats) -> Floats:
        """The residual stream (B, width) through all layers; fills one place of the cache."""
        if self._length == self._config.max_points:
            raise ValueError(f"a sketch has at most {self._config.max_points} points")
        self._length += 1
        for layer, block in enumerate(self._blocks):
            x = x + _times(self._attend(layer, _times(normalise(x), block.qkv)), block.out)
            hidden = np.maximum(_times(normalise(x), block.up), 0)
            x = x + _times(hidden * hidden, block.down)
        return normalise(x)

    def _attend(self, layer: int, qkv: Floats) -> Floats:
        """Attention of one layer over all points so far, (B, 3 width) to (B, width)."""
        heads = self._config.heads
        parts = qkv.reshape(len(qkv), 3, heads, -1)
        here = self._length - 1
        turn = turned(parts[:, :2], self._turns.own[here], self._turns.partner[here])
        q = turn[:, 0, :, :, None] * self._sharpness
        self._keys[layer, :, :, here] = turn[:, 1]
        self._values[layer, :, :, here] = parts[:, 2]
        keys = self._keys[layer, :, :, : self._length]
        values = self._values[layer, :, :, : self._length]
        scores = np.matmul(keys, q)[..., 0]
        odds = np.exp(scores - np.maximum.reduce(scores, axis=-1, keepdims=True))
        odds /= np.add.reduce(odds, axis=-1, keepdims=True)
        seen: Floats = np.matmul(odds[:, :, None, :], values).reshape(len(qkv), -1)
        return seen
