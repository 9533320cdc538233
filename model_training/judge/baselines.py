"""Drawing with the baselines at temperature 1, point by point, so that they can be judged.

The models learn elsewhere (`sketch_rnn`, `sketch_transformer`); here each gives the odds of
the next point once more, one point at a time, and remembers what it needs of those before.
Offsets are rounded to whole pixels, as are those of our model.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - torch's own convention
from torch import Tensor

from model_training.baselines.sketch_rnn import SketchRnn, correlated
from model_training.baselines.sketch_transformer import PlainBlock, SketchTransformer
from model_training.judge.measures import Drawn
from model_training.mdn import Mixture, mixture
from model_training.model import PEN_STATES

Odds: TypeAlias = tuple[Mixture, Tensor]
"""Of the next point: its offset in model units, and its pen's log-odds (B, 3)."""
Stepper: TypeAlias = Callable[[Tensor | None, Tensor | None], Odds]
"""From the offsets (pixels, (B, 2)) and pens (B,) drawn last, or None at the start."""

END = 2
"""The pen state after a sketch's last point."""


@torch.no_grad()
def draw_baseline(
    model: SketchRnn | SketchTransformer, label: int, count: int, seed: int
) -> list[Drawn]:
    """Sketches of a class, all from the seed.

    Args:
        model: A baseline.
        label: The class's number.
        count: How many.
        seed: Everything random follows from it.
    """
    step: Stepper
    if isinstance(model, SketchRnn):
        step = _Rnn(model, label, count)
    else:
        step = _Plain(model, label, count)
    generator = torch.Generator().manual_seed(seed)
    rows = torch.zeros(count, model.config.max_points, 3, dtype=torch.int64)
    lengths = torch.full((count,), model.config.max_points)
    unit = torch.as_tensor(model.config.scale).expand(2)
    offsets: Tensor | None = None
    pen: Tensor | None = None
    going = torch.ones(count, dtype=torch.bool)
    for place in range(model.config.max_points):
        odds, logits = step(offsets, pen)
        offsets = (_offsets(odds, generator) * unit).round()
        pen = torch.multinomial(logits.softmax(dim=-1), 1, generator=generator)[:, 0]
        rows[:, place, :2] = offsets.long()
        rows[:, place, 2] = (pen != 0).long()
        lengths[going & (pen == END)] = place + 1
        going &= pen != END
        if not going.any():
            break
    rows[going, -1, 2] = 1
    return [
        Drawn(rows[k, : lengths[k]].numpy().astype(np.int32), not bool(going[k]))
        for k in range(count)
    ]


def _offsets(odds: Mixture, generator: torch.Generator) -> Tensor:
    """One offset from each mixture, model units, shape (B, 2)."""
    chosen = torch.multinomial(odds.log_weight.exp(), 1, generator=generator)
    normal = torch.randn(len(chosen), 2, generator=generator)
    mean = odds.mean.gather(1, chosen[..., None].expand(-1, -1, 2))[:, 0]
    a, b, c = (part.gather(1, chosen)[:, 0] for part in (odds.a, odds.b, odds.c))
    x = mean[:, 0] + a * normal[:, 0]
    return torch.stack([x, mean[:, 1] + c * normal[:, 0] + b * normal[:, 1]], dim=1)


class _Rnn:
    """sketch-rnn, one point at a time."""

    def __init__(self, model: SketchRnn, label: int, count: int) -> None:
        self._model = model
        self._latent = model.start(torch.full((count,), label))
        self._cell, self._out = model.first_state(self._latent).tanh().chunk(2, dim=-1)

    def __call__(self, offsets: Tensor | None, pen: Tensor | None) -> Odds:
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


class _Plain:
    """The sketch-transformer, one point at a time, keys and values kept."""

    def __init__(self, model: SketchTransformer, label: int, count: int) -> None:
        self._model = model
        self._label = torch.full((count,), label)
        self._blocks = [b for b in model.blocks if isinstance(b, PlainBlock)]
        self._kept: list[tuple[Tensor, Tensor] | None] = [None] * len(self._blocks)
        self._place = 0

    def __call__(self, offsets: Tensor | None, pen: Tensor | None) -> Odds:
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
