"""The baseline sketch-transformer: github.com/mayalenE/sketch-transformer, as published.

Six pre-norm blocks of width 384 with six heads, a ReLU network of 1536 whose output is thinned
by a dropout of 0.2, learned positions, LayerNorm, attention scaled by 384^-1/2 (and not by the
head's 64^-1/2), 20 Gaussians with full covariance, pen log-odds that do not know the offset;
x and y are divided by their own root mean square each. torch's default initialisation and
AdamW at a constant 1e-4. Without classes and with 129 positions: 10,739,451 parameters.

It has no start token: its first output is for the second point. So that the whole sketch can
be measured, the first point's odds are learned constants here, a mixture of 20 Gaussians and
three log-odds, the same for every class: more than the published model has. Also different:
it is trained and measured as all models here are (dequantised targets, a floor under the
widths, the mean over real points alone), its weights are averaged, and the class is told by a
vector that is added to every point, as the published pen states are.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812 - torch's own convention
from torch import Tensor, nn

from model_training.mdn import Mixture, mixture
from model_training.model import PEN_STATES, StrokeModel, Tensors


@dataclass(frozen=True)
class PlainConfig:
    """Sizes and constants of one sketch-transformer; the defaults are the published ones."""

    classes: int = 345
    """How many classes there are; the class number after the last one means "any class".
    0 leaves classes out."""
    width: int = 384
    layers: int = 6
    heads: int = 6
    hidden: int = 1536
    components: int = 20
    dropout: float = 0.2
    max_points: int = 200
    """The longest sketch, in points: one more than there are positions."""
    scale: tuple[float, float] = (40.0, 40.0)
    """Pixels per unit of x and of y: the root mean squares of the training offsets."""
    sigma_floor: float = 0.5
    """Least standard deviation of an offset, in pixels; not in the published model."""


class PlainBlock(nn.Module):
    """One layer: attention over the points so far, then a feed-forward network."""

    def __init__(self, config: PlainConfig) -> None:
        super().__init__()
        self.heads = config.heads
        self.before_attention = nn.LayerNorm(config.width)
        self.qkv = nn.Linear(config.width, 3 * config.width, bias=False)
        self.out = nn.Linear(config.width, config.width)
        self.before_network = nn.LayerNorm(config.width)
        self.up = nn.Linear(config.width, config.hidden)
        self.down = nn.Linear(config.hidden, config.width)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, x: Tensor) -> Tensor:
        """The residual stream, shape (B, T, width), one layer further."""
        qkv = self.qkv(self.before_attention(x)).unflatten(-1, (3, self.heads, -1))
        q, k, v = qkv.permute(2, 0, 3, 1, 4)  # each (B, heads, T, width / heads)
        sharpness = x.shape[-1] ** -0.5
        seen = F.scaled_dot_product_attention(q, k, v, is_causal=True, scale=sharpness)
        x = x + self.out(seen.transpose(1, 2).flatten(-2))
        added: Tensor = self.dropout(self.down(F.relu(self.up(self.before_network(x)))))
        return x + added


class SketchTransformer(StrokeModel):
    """The network; see the module's description."""

    def __init__(self, config: PlainConfig) -> None:
        super().__init__()
        self.config: PlainConfig = config
        width, raw = config.width, 6 * config.components
        self.point = nn.Linear(2, width, bias=False)
        self.pen = nn.Embedding(PEN_STATES, width)
        self.place = nn.Embedding(config.max_points - 1, width)
        self.start = nn.Embedding(config.classes + 1, width) if config.classes else None
        self.blocks = nn.ModuleList(PlainBlock(config) for _ in range(config.layers))
        self.norm = nn.LayerNorm(width)
        self.mixture_head = nn.Linear(width, raw)
        self.pen_head = nn.Linear(width, PEN_STATES)
        self.first_mixture = nn.Parameter(torch.randn(raw) * width**-0.5)
        self.first_pen = nn.Parameter(torch.zeros(PEN_STATES))

    @property
    def units(self) -> tuple[float, float]:
        """Pixels per model unit in x and in y."""
        return self.config.scale

    def states(self, batch: Tensors) -> Tensor:
        """What the model makes of every point but the last, shape (B, T - 1, width)."""
        offsets = batch.offsets[:, :-1]
        x = self.point(offsets / offsets.new_tensor(self.config.scale))
        x = x + self.pen(batch.pen[:, :-1]) + self.place.weight[: x.shape[1]]
        if self.start is not None:
            x = x + self.start(batch.labels)[:, None]
        for block in self.blocks:
            x = block(x)
        normed: Tensor = self.norm(x)
        return normed

    def odds(self, batch: Tensors) -> tuple[Mixture, Tensor]:
        """See `StrokeModel`."""
        states = self.states(batch).float()
        count = len(states)
        with torch.autocast(states.device.type, enabled=False):
            raw, pen = self.mixture_head(states), self.pen_head(states)
        raw = torch.cat([self.first_mixture.expand(count, 1, -1), raw], dim=1)
        pen = torch.cat([self.first_pen.expand(count, 1, -1), pen], dim=1)
        across, down = (self.config.sigma_floor / unit for unit in self.units)
        return mixture(raw[batch.real], across, down), pen[batch.real]
