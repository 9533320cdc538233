"""Draws many sketches at once in torch, with what attention needs of earlier points kept.

The Pi draws with `pi_service.sketching`; here the teacher draws hundreds of thousands, on
whatever device there is. Points are rounded to whole pixels, as there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - torch's own convention
from numpy.typing import NDArray
from torch import Tensor

from model_training.mdn import Mixture, draw, mixture
from model_training.model import Block, SketchModel, features, norm
from pi_service.sketching.config import ModelConfig
from pi_service.sketching.stroke import Sketch

END = 2
"""The pen state that ends a sketch."""
FEWER = 0.8
"""When this part of the sketches is left, the others are forgotten."""


@dataclass(frozen=True)
class Boldness:
    """Temperatures as `pi_service.sketching.manner.Temperature` defines them."""

    components: float = 1.0
    offsets: float = 1.0
    pen: float = 1.0


class Kept:
    """What attention needs of the earlier points of B sketches, all equally far.

    Args:
        config: The sizes of the blocks.
        count: B.
        device: Where the model is.
    """

    def __init__(self, config: ModelConfig, count: int, device: torch.device | str = "cpu"):
        depth = config.width // config.heads
        shape = (config.layers, 2, count, config.heads, config.max_points, depth)
        self._heads = config.heads
        self._kept = torch.zeros(shape, device=device)
        self._length = 0

    def keep(self, going: Tensor) -> None:
        """Forgets all sketches but those where `going`, shape (B,), is True."""
        self._kept = self._kept[:, :, going]

    def advance(self, blocks: Iterable[Block], x: Tensor) -> Tensor:
        """The residual stream (B, width) of one more point, through all blocks."""
        here, self._length = self._length, self._length + 1
        for layer, block in enumerate(blocks):
            parts = block.qkv(norm(x)).unflatten(
                -1, (3, self._heads, 1, -1)
            )  # (B, 3, H, 1, d)
            query, key = block.rotary(parts[:, :2], here).unbind(1)
            self._kept[layer, 0, :, :, here] = key[:, :, 0]
            self._kept[layer, 1, :, :, here] = parts[:, 2, :, 0]
            keys, values = self._kept[layer, :, :, :, : self._length]
            seen = F.scaled_dot_product_attention(query, keys, values)
            x = x + block.out(seen.flatten(1))
            x = x + block.down(F.relu(block.up(norm(x))).square())
        return x


class Cache:
    """The states of B sketches in the making, all equally far.

    Args:
        model: The model.
        labels: Class numbers, shape (B,).
    """

    def __init__(self, model: SketchModel, labels: Tensor) -> None:
        self._model = model
        self._labels = labels
        self._kept = Kept(model.config, len(labels), labels.device)

    def begin(self) -> Tensor:
        """The states before the first points, shape (B, width)."""
        return self._advance(self._model.start_tokens(self._labels))

    def step(self, offsets: Tensor, positions: Tensor, pen: Tensor) -> Tensor:
        """The states after one more point of every sketch; see `SketchModel.states`."""
        told = self._model.point(features(offsets, positions, self._model.config))
        return self._advance(told + self._model.pen(pen))

    def keep(self, going: Tensor) -> None:
        """Forgets all sketches but those where `going`, shape (B,), is True."""
        self._labels = self._labels[going]
        self._kept.keep(going)

    def _advance(self, x: Tensor) -> Tensor:
        return norm(self._kept.advance(self._model.layers(), x))


@dataclass(frozen=True)
class Dreams:
    """What a model drew."""

    sketches: list[Sketch]
    """Those that came to an end."""
    labels: list[int]
    unfinished: int
    """Those that did not, and are left out."""


@torch.no_grad()
def dream(
    model: SketchModel, labels: Tensor, generator: torch.Generator, boldness: Boldness
) -> Dreams:
    """One sketch for each label.

    Args:
        model: On some device, where the labels and the generator are too.
        labels: Class numbers, shape (B,).
        generator: Where chance comes from.
        boldness: How boldly to draw.
    """
    config = model.config
    cache = Cache(model, labels)
    alive = torch.arange(len(labels), device=labels.device)  # those that are still counted on
    going = torch.ones_like(alive, dtype=torch.bool)  # which of them have not ended
    positions = torch.zeros(len(labels), 2, device=labels.device)
    rows = torch.zeros(len(labels), config.max_points, 3, device=labels.device)
    lengths = torch.zeros(len(labels), dtype=torch.long, device=labels.device)
    states = cache.begin()
    for step in range(config.max_points):
        mix = mixture(model.mixture_head(states), config.sigma_floor / config.scale)
        offsets = (draw(_bolder(mix, boldness), generator) * config.scale).round()
        positions = positions + offsets
        logits = model.pen_logits(states, offsets, positions) / boldness.pen
        pen = torch.multinomial(logits.softmax(dim=-1), 1, generator=generator)[:, 0]
        rows[alive, step] = torch.cat([offsets, (pen != 0).float()[:, None]], dim=1)
        lengths[alive[going & (pen == END)]] = step + 1
        going &= pen != END
        left = int(going.sum())
        if left < FEWER * len(alive):  # forgetting copies all, so it must be worth it
            alive, offsets, pen = alive[going], offsets[going], pen[going]
            positions = positions[going]
            cache.keep(going)
            going = going[going]
        if left == 0 or step + 1 == config.max_points:
            break
        states = cache.step(offsets, positions, pen.clamp(max=1))
    return _ended(rows.cpu().numpy(), lengths.cpu().numpy(), labels.cpu().numpy())


def _ended(
    rows: NDArray[np.float32], lengths: NDArray[np.int64], labels: NDArray[np.int64]
) -> Dreams:
    """The sketches that came to an end."""
    ended = np.flatnonzero(lengths)
    sketches = [rows[k, : lengths[k]].astype(np.int32) for k in ended]
    return Dreams(sketches, labels[ended].tolist(), len(lengths) - len(ended))


def _bolder(mix: Mixture, boldness: Boldness) -> Mixture:
    """The mixture at a temperature: weights to the power of its inverse, wider Gaussians."""
    root = boldness.offsets**0.5
    return Mixture(
        log_weight=torch.log_softmax(mix.log_weight / boldness.components, dim=-1),
        mean=mix.mean,
        a=mix.a * root,
        b=mix.b * root,
        c=mix.c * root,
    )
