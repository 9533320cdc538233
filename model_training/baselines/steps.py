"""The baselines one point at a time: the odds of the next point, and what they remember.

The models learn elsewhere, all points at once; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import torch
import torch.nn.functional as F  # noqa: N812 - torch's own convention
from torch import Tensor

from model_training.baselines.layers import DecoderLayer
from model_training.baselines.move_gpt import MoveGpt
from model_training.baselines.sketch_rnn import SketchRnn, correlated
from model_training.baselines.sketch_transformer import PlainBlock, SketchTransformer
from model_training.baselines.sketchformer import Sketchformer, SketchformerTokens
from model_training.mdn import Mixture, mixture
from model_training.model import PEN_STATES, Block, norm
from model_training.sampler import Kept

Odds: TypeAlias = tuple[Mixture, Tensor]
"""Of the next point: its offset in model units, and its pen's log-odds (B, 3)."""
PointStepper: TypeAlias = Callable[[Tensor | None, Tensor | None], Odds]
"""From the offsets (pixels, (B, 2)) and pens (B,) drawn last, or None at the start."""
TokenStepper: TypeAlias = Callable[[Tensor | None], Tensor]
"""From the tokens drawn last (B,), or None at the start, to the next ones' log-odds."""
ByPoints: TypeAlias = SketchRnn | SketchTransformer | Sketchformer
ByTokens: TypeAlias = SketchformerTokens | MoveGpt
Baseline: TypeAlias = ByPoints | ByTokens


def point_stepper(
    model: ByPoints, label: int, count: int, generator: torch.Generator
) -> PointStepper:
    """Steps of `count` sketches of a class; a code is drawn at random."""
    if isinstance(model, SketchRnn):
        return RnnSteps(model, label, count)
    if isinstance(model, Sketchformer):
        return FormerSteps(model, _code(model, label, count, generator))
    return PlainSteps(model, label, count)


def token_stepper(
    model: ByTokens, label: int, count: int, generator: torch.Generator
) -> TokenStepper:
    """Steps of `count` sketches of a class; a code is drawn at random."""
    if isinstance(model, MoveGpt):
        return GptSteps(model, label, count)
    return FormerTokenSteps(model, _code(model, label, count, generator))


def _code(model: Sketchformer, label: int, count: int, generator: torch.Generator) -> Tensor:
    """Codes of a class, (B, width)."""
    mean, deviation = model.code.of_class(torch.full((count,), label))
    return mean + deviation * torch.randn(mean.shape, generator=generator)


class RnnSteps:
    """sketch-rnn; its state is all that it remembers."""

    def __init__(self, model: SketchRnn, label: int, count: int) -> None:
        self._model = model
        self._latent = model.start(torch.full((count,), label))
        self._cell, self._out = model.first_state(self._latent).tanh().chunk(2, dim=-1)

    def __call__(self, offsets: Tensor | None, pen: Tensor | None) -> Odds:
        """See `PointStepper`."""
        model, config = self._model, self._model.config
        if offsets is None or pen is None:
            begin = torch.tensor([0.0, 0.0, 1.0, 0.0, 0.0])
            told = begin.expand(len(self._latent), -1)
        else:
            told = torch.cat([offsets / config.scale, F.one_hot(pen, PEN_STATES)], dim=-1)
        told = model.point(told) + model.latent(self._latent)
        self._cell, self._out = model._step(told, self._cell, self._out)
        raw = model.head(self._out)
        floor = config.sigma_floor / config.scale
        return correlated(raw[:, PEN_STATES:], floor), raw[:, :PEN_STATES]


class PlainSteps:
    """The sketch-transformer; keys and values are kept."""

    def __init__(self, model: SketchTransformer, label: int, count: int) -> None:
        self._model = model
        self._label = torch.full((count,), label)
        self._blocks = [b for b in model.blocks if isinstance(b, PlainBlock)]
        self._kept: list[tuple[Tensor, Tensor] | None] = [None] * len(self._blocks)
        self._place = 0

    def __call__(self, offsets: Tensor | None, pen: Tensor | None) -> Odds:
        """See `PointStepper`."""
        model, config = self._model, self._model.config
        unit = torch.tensor(config.scale)
        across, down = (config.sigma_floor / pixels for pixels in config.scale)
        if offsets is None or pen is None:
            count = len(self._label)
            first = mixture(model.first_mixture.expand(count, -1), across, down)
            return first, model.first_pen.expand(count, -1)
        x = model.point(offsets / unit) + model.pen(pen) + model.place.weight[self._place]
        if model.start is not None:
            x = x + model.start(self._label)
        self._place += 1
        x = x[:, None]
        for number in range(len(self._blocks)):
            x = self._block(number, x)
        state = model.norm(x)[:, 0]
        return mixture(model.mixture_head(state), across, down), model.pen_head(state)

    def _block(self, number: int, x: Tensor) -> Tensor:
        """One block for one more point, shape (B, 1, width)."""
        block = self._blocks[number]
        qkv = block.qkv(block.before_attention(x)).unflatten(-1, (3, block.heads, -1))
        q, k, v = qkv.permute(2, 0, 3, 1, 4)  # each (B, heads, 1, width / heads)
        kept = self._kept[number]
        if kept is not None:
            k, v = torch.cat([kept[0], k], dim=2), torch.cat([kept[1], v], dim=2)
        self._kept[number] = (k, v)
        seen = F.scaled_dot_product_attention(q, k, v, scale=x.shape[-1] ** -0.5)
        x = x + block.out(seen.transpose(1, 2).flatten(-2))
        added: Tensor = block.down(F.relu(block.up(block.before_network(x))))
        return x + added


class _FormerDecoder:
    """Sketchformer's decoder; keys and values are kept.

    Args:
        model: The model.
        code: The codes of the sketches, (B, width).
    """

    def __init__(self, model: Sketchformer, code: Tensor) -> None:
        self._model = model
        self._count = len(code)
        self._layers = [part for part in model.decoder if isinstance(part, DecoderLayer)]
        memory = model.code.expand(code)
        self._memory = [layer.code.told(memory) for layer in self._layers]
        self._kept: list[tuple[Tensor, Tensor] | None] = [None] * len(self._layers)
        self._place = 0

    def _state(self, read: Tensor | None) -> Tensor:
        """The state (B, width) after one more point as it is read, (B, width)."""
        begin = self._model.begin.expand(self._count, -1)
        x = self._model.placed((begin if read is None else read)[:, None], self._place)
        self._place += 1
        for number, layer in enumerate(self._layers):
            x, self._kept[number] = layer.step(x, self._kept[number], self._memory[number])
        return x[:, 0]


class FormerSteps(_FormerDecoder):
    """Sketchformer, the continuous form."""

    def __call__(self, offsets: Tensor | None, pen: Tensor | None) -> Odds:
        """See `PointStepper`."""
        model = self._model
        if offsets is None or pen is None:
            return model.mixtures(self._state(None))
        told = torch.cat([offsets / model.config.scale, F.one_hot(pen, PEN_STATES)], dim=-1)
        return model.mixtures(self._state(model.read(told)))


class FormerTokenSteps(_FormerDecoder):
    """Sketchformer, the token form."""

    def __call__(self, tokens: Tensor | None) -> Tensor:
        """See `TokenStepper`."""
        model = self._model
        state = self._state(None if tokens is None else model.read(tokens))
        logits: Tensor = model.tell(state)
        return logits


class GptSteps:
    """The network over pen moves; keys and values are kept."""

    def __init__(self, model: MoveGpt, label: int, count: int) -> None:
        self._model = model
        self._labels = torch.full((count,), label)
        self._blocks = [block for block in model.blocks if isinstance(block, Block)]
        self._kept = Kept(model.config.inner, count)

    def __call__(self, tokens: Tensor | None) -> Tensor:
        """See `TokenStepper`."""
        model = self._model
        x = model.start(self._labels) if tokens is None else model.read(tokens)
        logits: Tensor = model.tell(norm(self._kept.advance(self._blocks, x)))
        return logits
