"""The sketch transformer in NumPy: one point at a time, for several sketches at once.

The counterpart of `model_training.model`, which describes the network; a test holds the two
together. What attention needs of earlier points is kept (the key-value cache), so that a point
costs the same work whether it is the second or the hundredth, but for the attention itself.

Every product is a stack of vector-matrix products, one a sketch, and not one matrix product: a
matrix product sums in an order that depends on the number of rows (measured: on four of five
kinds of processor, also on the row's place), so that a sketch would come out differently alone
than in company.
"""

from __future__ import annotations

from functools import lru_cache
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
ZERO = np.float32(0)
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


@lru_cache(maxsize=8)
def _waves(wavelengths: tuple[float, ...]) -> Floats:
    """Radians per pixel at each wavelength, shape (W, 1)."""
    waves: Floats = (2 * np.pi / np.array(wavelengths)).astype(np.float32)[:, None]
    return waves


def features(offsets: Floats, positions: Floats, config: ModelConfig) -> Floats:
    """What the model is told of a point; see `model_training.model.features`.

    Args:
        offsets: Pixels from the point before, shape (B, 2).
        positions: Pixels from the drawing's middle, shape (B, 2).
        config: Gives scale and wavelengths.

    Returns:
        Shape (B, config.features).
    """
    waves = _waves(config.wavelengths)
    shape = (len(offsets), len(waves), 2)
    sines = 4 + 2 * len(waves)
    told = np.empty((len(offsets), config.features), dtype=np.float32)
    told[:, :2] = offsets
    told[:, 2:4] = positions
    told[:, :4] /= np.float32(config.scale)
    phase = positions[:, None, :] * waves
    np.sin(phase, out=told[:, 4:sines].reshape(shape))
    np.cos(phase, out=told[:, sines:].reshape(shape))
    return told


def start_tokens(weights: Weights, config: ModelConfig, classes: Ints) -> Floats:
    """The start tokens of some class numbers, or of `config.good` of them; (B, width)."""
    plain = classes % (config.classes + 1)
    any_drawing = weights["plain"][plain] if "plain" in weights else ZERO
    added = np.where((classes != plain)[:, None], weights["good"], any_drawing)
    tokens: Floats = weights["start"][plain] + added
    return tokens


def _times(x: Floats, matrix: Floats) -> Floats:
    """Rows times a matrix, each row by itself; (B, n) and (n, m) give (B, m)."""
    product: Floats = np.matmul(x[:, None, :], matrix)[:, 0]
    return product


def normalise(x: Floats) -> Floats:
    """RMSNorm without gain over the last axis."""
    total: Floats = np.add.reduce(x * x, axis=-1, keepdims=True)
    root: Floats = np.sqrt(total * np.float32(1 / x.shape[-1]) + EPSILON)
    return x / root


class _Desk:
    """The arrays in which a decoder counts, used anew by every layer and point.

    All are views of what is there for the most sketches: fewer take the first rows.

    Args:
        config: The architecture.
        count: B.
        kept: Keys and values of earlier points, shape (layers, 2, most, heads, max_points,
            width / heads).
    """

    def __init__(self, config: ModelConfig, count: int, kept: Floats) -> None:
        heads, width = config.heads, config.width
        depth = width // heads
        self.kept = kept[:, :, :count]
        self.stream = np.empty((count, 1, width), dtype=np.float32)
        self.normal = np.empty_like(self.stream)
        self.added = np.empty_like(self.stream)
        self.seen = np.empty_like(self.stream)
        self.seen_by_head = self.seen.reshape(count, heads, 1, depth)
        self.hidden = np.empty((count, 1, config.hidden), dtype=np.float32)
        self.squares = np.empty((count, 1), dtype=np.float32)
        self.square = self.squares[:, :, None]
        self.qkv = np.empty((count, 1, 3 * width), dtype=np.float32)
        parts = self.qkv.reshape(count, 3, heads, depth)
        self.pair, self.value = parts[:, :2], parts[:, 2]  # queries and keys; values
        halves = self.pair.reshape(count, 2, heads, 2, depth // 2)
        self.partners = halves[..., ::-1, :]  # each half where the other is
        self.turned = np.empty((count, 2, heads, depth), dtype=np.float32)
        self.turned_halves = self.turned.reshape(halves.shape)
        self.query = self.turned[:, 0, :, :, None]


class Decoder:
    """B sketches in the making, all equally far.

    Args:
        weights: As `model_file.shapes` names them.
        config: The architecture.
        classes: The class number of each sketch, or `config.good` of it, shape (B,).
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
        self._width = np.float32(config.width)
        self._epsilon = np.float32(EPSILON * config.width)
        self._own, self._partner = _scaled_turns(config)
        self._kept = self._room(len(classes))
        self._desk = _Desk(config, len(classes), self._kept)

    def _room(self, count: int) -> Floats:
        """An array for the keys and values of so many sketches; see `_Desk`."""
        config = self._config
        depth = config.width // config.heads
        shape = (config.layers, 2, count, config.heads, config.max_points, depth)
        return np.empty(shape, dtype=np.float32)

    def begin(self) -> Floats:
        """Reads the start tokens; gives the states before the first points, (B, width)."""
        return self._advance(start_tokens(self._weights, self._config, self._classes))

    def step(self, told: Floats, pen: Ints) -> Floats:
        """Reads one more point of every sketch; gives the states before the next points.

        Args:
            told: What `features` tells of the points, shape (B, config.features).
            pen: 1 where the pen is lifted after the point, else 0, shape (B,).

        Returns:
            Shape (B, width).
        """
        return self._advance(_times(told, self._weights["point"]) + self._weights["pen"][pen])

    def keep(self, sketches: Mask) -> None:
        """Forgets all other sketches."""
        self._classes = self._classes[sketches]
        count = len(self._classes)
        read = slice(0, self._length)
        here = self._desk.kept[..., read, :]
        self._kept[:, :, :count, :, read] = here[:, :, sketches]
        self._desk = _Desk(self._config, count, self._kept)

    def spread(self, count: int) -> None:
        """Goes on with so many sketches in place of each, which begin as that one did."""
        self._classes = np.repeat(self._classes, count)
        before, self._kept = self._kept, self._room(len(self._classes))
        read = slice(0, self._length)
        self._kept[..., read, :] = np.repeat(before[..., read, :], count, axis=2)
        self._desk = _Desk(self._config, len(self._classes), self._kept)

    def mixture(self, states: Floats) -> Mixture:
        """The odds of the next offsets."""
        raw = _times(states, self._weights["mixture_head"])
        raw += self._weights["mixture_head.bias"]
        parts = raw.reshape(len(raw), 6, -1)  # logit, x, y, log a, log b, c
        floor = np.float32(self._config.sigma_floor / self._config.scale)
        low, high = LOG_WIDTHS
        widths = np.minimum(np.maximum(parts[:, 3:5], np.float32(low)), np.float32(high))
        np.exp(widths, out=widths)
        widths += floor
        return Mixture(
            log_weight=parts[:, 0],
            mean=parts[:, 1:3],
            a=widths[:, 0],
            b=widths[:, 1],
            c=parts[:, 5],
        )

    def pen_logits(self, states: Floats, told: Floats) -> Floats:
        """Log-odds, up to a constant, of down, lifted, end after these points; (B, 3).

        Args:
            states: Those before the points, shape (B, width).
            told: What `features` tells of the points, shape (B, config.features).
        """
        weights = self._weights
        hidden = _times(told, weights["pen_from_point"])
        hidden += _times(states, weights["pen_from_state"])
        hidden += weights["pen_from_state.bias"]
        np.maximum(hidden, ZERO, out=hidden)
        return _times(hidden, weights["pen_head"]) + weights["pen_head.bias"]

    def _advance(self, x: Floats) -> Floats:
        """The residual stream (B, width) through all layers; fills one place of the cache.

        RMSNorm's division is done where it costs least: before attention on the stream, but
        for the root of the width (see `_scaled_turns`); around the squared ReLU on what comes
        out of it, as a division by the mean square.
        """
        if self._length == self._config.max_points:
            raise ValueError(f"a sketch has at most {self._config.max_points} points")
        self._length += 1
        desk, hidden, square = self._desk, self._desk.hidden, self._desk.square
        stream = desk.stream
        stream[:, 0] = x
        for layer, block in enumerate(self._blocks):
            self._square_sum(stream)
            np.divide(stream, np.sqrt(square, out=square), out=desk.normal)
            np.matmul(desk.normal, block.qkv, out=desk.qkv)
            self._attend(desk.kept[layer])
            stream += np.matmul(desk.seen, block.out, out=desk.added)
            self._square_sum(stream)
            np.divide(self._width, square, out=square)
            np.matmul(stream, block.up, out=hidden)
            np.maximum(hidden, ZERO, out=hidden)
            np.multiply(hidden, hidden, out=hidden)
            np.matmul(hidden, block.down, out=desk.added)
            stream += np.multiply(desk.added, square, out=desk.added)
        return normalise(stream[:, 0])

    def _square_sum(self, stream: Floats) -> None:
        """Width times mean square and epsilon of each sketch's stream, into the desk."""
        squares = self._desk.squares
        np.vecdot(stream, stream, out=squares)
        squares += self._epsilon

    def _attend(self, kept: Floats) -> None:
        """Attention of one layer over all points so far, on the desk.

        Args:
            kept: The layer's keys and values, (2, B, heads, max_points, width / heads).
        """
        desk, here = self._desk, self._length - 1
        np.multiply(desk.partners, self._partner[here], out=desk.turned_halves)
        np.multiply(desk.pair, self._own[here], out=desk.pair)
        np.add(desk.turned, desk.pair, out=desk.turned)
        kept[0, :, :, here] = desk.turned[:, 1]
        np.multiply(desk.value, np.sqrt(self._width), out=kept[1, :, :, here])
        keys, values = kept[:, :, :, : self._length]
        scores = np.matmul(keys, desk.query)
        scores -= np.maximum.reduce(scores, axis=2, keepdims=True)
        np.exp(scores, out=scores)
        total = np.add.reduce(scores, axis=2, keepdims=True)
        np.matmul(scores.swapaxes(2, 3), values, out=desk.seen_by_head)
        np.divide(desk.seen_by_head, total, out=desk.seen_by_head)


@lru_cache(maxsize=8)
def _scaled_turns(config: ModelConfig) -> Turns:
    """`turns` for queries and keys whose root of the width is still to be multiplied with.

    Returns:
        The own ones, shape (max_points, 2, 1, width / heads), and the partners', (max_points,
        2, 1, 2, width / heads / 2); those of queries hold the sharpness of attention too.
    """
    root = config.width**0.5
    depth = config.width // config.heads
    scale = np.array([root * depth**-0.5, root])[:, None, None]
    own, partner = ((t[:, None, None] * scale).astype(np.float32) for t in turns(config))
    return Turns(own, partner.reshape(*partner.shape[:3], 2, depth // 2))
