"""Which parts of the model earn their place: each left out or replaced, all else the same.

Every variant differs from the shipped model in one thing and is trained alike, for as many
steps, with the same batches. The command `ablate` prints what each is worth.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 - torch's own convention
from torch import Tensor, nn

from model_training.data.augment import Augmentation
from model_training.mdn import Mixture, mixture
from model_training.model import Rotary, SketchModel, Tensors, norm
from pi_service.sketching.config import ModelConfig


class Block(nn.Module):
    """The model's block, with parts to choose.

    Args:
        config: The sizes.
        gelu: GELU instead of squared ReLU.
        layer_norm: LayerNorm, with gain and bias, instead of RMSNorm without.
        qk_norm: Queries and keys are normalised, with a learned sharpness for every head.
        rotary: Queries and keys are turned by their positions.
    """

    def __init__(
        self,
        config: ModelConfig,
        *,
        gelu: bool = False,
        layer_norm: bool = False,
        qk_norm: bool = False,
        rotary: bool = True,
    ) -> None:
        super().__init__()
        width = config.width
        self.heads = config.heads
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.out = nn.Linear(width, width, bias=False)
        self.up = nn.Linear(width, config.hidden, bias=False)
        self.down = nn.Linear(config.hidden, width, bias=False)
        self.gelu = gelu
        self.rotary = Rotary(config) if rotary else None
        norms = [nn.LayerNorm(width) for _ in range(2)] if layer_norm else []
        self.norms = nn.ModuleList(norms)
        sharpness = torch.full((config.heads, 1, 1), (width / config.heads) ** 0.25)
        self.sharpness = nn.Parameter(sharpness) if qk_norm else None

    def _norm(self, x: Tensor, which: int) -> Tensor:
        normed: Tensor = self.norms[which](x) if len(self.norms) else norm(x)
        return normed

    def forward(self, x: Tensor) -> Tensor:
        """The residual stream, shape (B, T, width), one layer further."""
        qkv = self.qkv(self._norm(x, 0)).unflatten(-1, (3, self.heads, -1))
        q, k, v = qkv.permute(2, 0, 3, 1, 4)
        if self.sharpness is not None:
            q, k = norm(q) * self.sharpness, norm(k)
        if self.rotary is not None:
            q, k = self.rotary(q), self.rotary(k)
        seen = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.out(seen.transpose(1, 2).flatten(-2))
        hidden = self.up(self._norm(x, 1))
        added: Tensor = self.down(F.gelu(hidden) if self.gelu else F.relu(hidden).square())
        return x + added


class Variant(SketchModel):
    """The model with some parts replaced; see `Block` for `parts`.

    Args:
        config: The sizes.
        absolute: Whether it is told where the pen is.
        joint_pen: Whether the pen's odds know the offset that was drawn.
        table: Whether positions are learned, a vector each that is added to the first
            layer's input, instead of rotary.
        parts: Given on to every block.
    """

    def __init__(
        self,
        config: ModelConfig,
        *,
        absolute: bool = True,
        joint_pen: bool = True,
        table: bool = False,
        **parts: bool,
    ) -> None:
        super().__init__(config)
        self.blocks = nn.ModuleList(
            Block(config, rotary=not table, **parts) for _ in range(config.layers)
        )
        for block in self.blocks:
            for name, weight in block.named_parameters():
                if name.startswith(("qkv", "up")):
                    nn.init.normal_(weight, std=weight.shape[1] ** -0.5)
                elif name.startswith(("out", "down")):
                    nn.init.zeros_(weight)
        self._absolute, self._joint_pen = absolute, joint_pen
        self.place = nn.Embedding(config.max_points, config.width) if table else None
        if self.place is not None:
            nn.init.normal_(self.place.weight, std=0.3)

    def _blind(self, batch: Tensors) -> Tensors:
        """The batch, without positions where the model is not to know them."""
        if self._absolute:
            return batch
        return dataclasses.replace(batch, positions=torch.zeros_like(batch.positions))

    def tokens(self, batch: Tensors) -> Tensor:
        """See `SketchModel`."""
        x = super().tokens(batch)
        return x if self.place is None else x + self.place.weight[: x.shape[1]]

    def odds(self, batch: Tensors) -> tuple[Mixture, Tensor]:
        """See `StrokeModel`."""
        told = self._blind(batch)
        if self._joint_pen:
            return super().odds(told)
        states = self.states(told)[batch.real]
        mix = mixture(self.mixture_head(states), self.config.sigma_floor / self.config.scale)
        return mix, self.pen_head(F.relu(self.pen_from_state(states)))


Maker = Callable[[ModelConfig], SketchModel]


@dataclasses.dataclass(frozen=True)
class Trial:
    """One row of the table."""

    name: str
    make: Maker
    training: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    """Fields of `TrainConfig` that differ."""


def _variant(**parts: bool) -> Maker:
    return lambda config: Variant(config, **parts)


TRIALS: tuple[Trial, ...] = (
    Trial("as shipped", SketchModel),
    Trial("as shipped, another seed", SketchModel, {"seed": 2}),
    Trial("not told where the pen is", _variant(absolute=False)),
    Trial("pen's odds without the offset", _variant(joint_pen=False)),
    Trial("QK norm", _variant(qk_norm=True)),
    Trial("GELU", _variant(gelu=True)),
    Trial("LayerNorm", _variant(layer_norm=True)),
    Trial("learned positions", _variant(table=True)),
    Trial("AdamW, lr 1e-3", SketchModel, {"optimiser": "adamw", "lr": 1e-3}),
    Trial("AdamW, lr 3e-3", SketchModel, {"optimiser": "adamw", "lr": 3e-3}),
    Trial("no averaged weights", SketchModel, {"ema": 0.0}),
    Trial("no augmentation", SketchModel, {"augmentation": Augmentation(False, 0, 0, 0)}),
    Trial("sketch-rnn's drop 0.10", SketchModel, {"augmentation": Augmentation(drop=0.1)}),
)
