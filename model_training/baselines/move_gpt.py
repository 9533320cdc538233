"""The tokenised rival: our own network over a vocabulary of pen moves.

The blocks, their sizes and the training are those of `model_training.model`; only what stands
at both ends is another: a token is read by its vector, and the next one told by its log-odds,
where our network reads an offset with its place on the canvas, and tells a mixture density.
So the two rows side by side say what the mixture and the continuous inputs are worth.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from model_training.baselines.moves import Moves, starts_with
from model_training.model import Block, Nats, StrokeModel, Tensors, norm
from pi_service.sketching.config import ModelConfig


@dataclass(frozen=True)
class MoveConfig:
    """Sizes of one network over pen moves; the defaults are those of ours."""

    classes: int = 345
    """How many classes there are; the class number after the last one means "any class"."""
    width: int = 128
    layers: int = 4
    heads: int = 4
    hidden: int = 512
    moves: int = 1000
    """Pen moves in the vocabulary."""
    max_points: int = 200
    """The longest sketch, in points."""
    sigma_floor: float = 0.0
    """There are no Gaussians, and so no floor."""

    @property
    def inner(self) -> ModelConfig:
        """Sizes of the blocks: twice as many places, since lifting takes a place too."""
        return ModelConfig(
            width=self.width,
            layers=self.layers,
            heads=self.heads,
            hidden=self.hidden,
            max_points=2 * self.max_points + 1,
        )


class MoveGpt(StrokeModel):
    """The network; see the module's description."""

    def __init__(self, config: MoveConfig) -> None:
        super().__init__()
        self.config: MoveConfig = config
        self.moves = Moves(config.moves)
        self.start = nn.Embedding(config.classes + 1, config.width)
        self.read = nn.Embedding(config.moves + 1, config.width)
        self.blocks = nn.ModuleList(Block(config.inner) for _ in range(config.layers))
        self.tell = nn.Linear(config.width, config.moves + 2)
        for part in (self.start, self.read):
            nn.init.normal_(part.weight, std=0.3)
        nn.init.normal_(self.tell.weight, std=0.01)
        for name, parameter in self.blocks.named_parameters():
            if name.endswith(("out.weight", "down.weight")):
                nn.init.zeros_(parameter)
            else:
                nn.init.normal_(parameter, std=parameter.shape[1] ** -0.5)

    @property
    def units(self) -> tuple[float, float]:
        """Pixels per model unit: pixels themselves."""
        return 1.0, 1.0

    def forward(self, batch: Tensors) -> Nats:
        """The negative log-likelihood of a batch."""
        told = self.moves.sequence(batch)
        x = starts_with(self.start(batch.labels), self.read(told.tokens))
        for block in self.blocks:
            x = block(x)
        states = norm(x)
        with torch.autocast(states.device.type, enabled=False):
            logits: Tensor = self.tell(states.float())
        return self.moves.nats(logits, told, batch)
