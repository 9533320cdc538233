"""The baseline Sketchformer (Ribeiro et al., CVPR 2020): a transformer with a bottleneck.

An encoder of four layers reads the whole sketch; attention over its points, as in end-to-end
memory networks, makes one vector of them, the code. The code, times and plus learned numbers,
becomes a few vectors; a decoder of four layers sees them beside the points before, and tells
the next point. Sizes are the published ones (width 128, 8 heads, 512 hidden, dropout 0.1); so
is the classifier that reads the code. Two forms: continuous (points as stroke-5) and tokens (a
vocabulary of 1,000 pen moves; see `moves`).

As published, the code is what the encoder says, and the loss is that of the reconstruction.
That is no likelihood: the code tells the decoder, for nothing, what it is to draw. Here the
code is drawn from a Gaussian around what the encoder says, the class has a Gaussian of its
own, and what the one tells beyond the other (Kullback and Leibler) is part of the loss:
together a bound on the drawing's negative log-likelihood (Kingma and Welling, 2014). It is
trained and measured; the code's part is stated as `Nats.code`, the rest is reconstruction.

Also different: a mixture of 20 Gaussians in place of one offset under squared error, which is
one Gaussian of one width; 16 vectors made of the code and not as many as there are points
(all are one vector times a number plus another); Adam's learning rate rises and falls within
the run; measured and averaged as all models here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F  # noqa: N812 - torch's own convention
from torch import Tensor, nn

from model_training.baselines.layers import DecoderLayer, EncoderLayer, sinusoids
from model_training.baselines.moves import Moves, Sequence, starts_with
from model_training.mdn import Mixture, mixture
from model_training.model import PEN_STATES, Nats, StrokeModel, Tensors, nats_of


@dataclass(frozen=True)
class FormerConfig:
    """Sizes and constants of one Sketchformer; the defaults are the published ones."""

    classes: int = 345
    """How many classes there are; the class number after the last one means "any class"."""
    width: int = 128
    layers: int = 4
    """Of the encoder, and of the decoder."""
    heads: int = 8
    hidden: int = 512
    pooling: int = 256
    """Width of the layer that says how much each point counts in the code."""
    expanded: int = 16
    """Vectors that the code is made into."""
    dropout: float = 0.1
    components: int = 20
    """Gaussians of the continuous form."""
    moves: int = 1000
    """Pen moves of the token form."""
    class_weight: float = 1.0
    """What a nat of the classifier counts beside one of the bound, when it learns."""
    max_points: int = 200
    """The longest sketch, in points."""
    scale: float = 40.0
    """Pixels per unit: the standard deviation of all offsets of the training drawings."""
    sigma_floor: float = 0.5
    """Least standard deviation of an offset, in pixels; not in the published model."""


class Code(nn.Module):
    """From the encoder's points to a Gaussian for the code, and from the code to vectors."""

    def __init__(self, config: FormerConfig) -> None:
        super().__init__()
        width = config.width
        self.hidden = nn.Linear(width, config.pooling)
        self.counts = nn.Linear(config.pooling, 1, bias=False)
        self.log_deviation = nn.Linear(width, width)
        self.prior = nn.Embedding(config.classes + 1, 2 * width)
        self.stretch = nn.Parameter(torch.randn(config.expanded, 1) * 0.5)
        self.shift = nn.Parameter(torch.randn(config.expanded, 1) * 0.5)
        nn.init.zeros_(self.log_deviation.weight)
        nn.init.constant_(self.log_deviation.bias, -1.0)
        nn.init.normal_(self.prior.weight, std=0.1)

    def forward(self, points: Tensor, real: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and deviation of the code, (B, width) each, of encoded points (B, T, width)."""
        counts = self.counts(self.hidden(points).tanh())[..., 0]
        share = counts.masked_fill(~real, -torch.inf).softmax(dim=1)
        mean = (share[..., None] * points).sum(dim=1)
        return mean, self.log_deviation(mean).clamp(-6, 3).exp()

    def of_class(self, labels: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and deviation of the code of classes, (B, width) each."""
        mean, log_deviation = self.prior(labels).chunk(2, dim=-1)
        return mean, log_deviation.clamp(-6, 3).exp()

    def expand(self, code: Tensor) -> Tensor:
        """What the decoder sees of codes (B, width): (B, expanded, width)."""
        return code[:, None] * self.stretch + self.shift


class Sketchformer(StrokeModel):
    """The continuous form; see the module's description."""

    places: Tensor
    read: nn.Linear | nn.Embedding
    """What reads a point."""
    tell: nn.Linear
    """What tells the next one."""

    def __init__(self, config: FormerConfig) -> None:
        super().__init__()
        self.config: FormerConfig = config
        width = config.width
        sizes = (width, config.heads, config.hidden, config.dropout)
        self.encoder = nn.ModuleList(EncoderLayer(*sizes) for _ in range(config.layers))
        self.code = Code(config)
        self.decoder = nn.ModuleList(DecoderLayer(*sizes) for _ in range(config.layers))
        self.classifier = nn.Linear(width, config.classes + 1)
        self.dropout = nn.Dropout(config.dropout)
        self.begin = nn.Parameter(torch.randn(width) * width**-0.5)
        places = sinusoids(2 * config.max_points + 1, width)
        self.register_buffer("places", places, persistent=False)
        self._make_ends(config)

    def _make_ends(self, config: FormerConfig) -> None:
        """What reads points, and what tells them."""
        self.read = nn.Linear(2 + PEN_STATES, config.width)
        self.tell = nn.Linear(config.width, 6 * config.components + PEN_STATES)
        bias = self.tell.bias.detach()
        bias[config.components : 3 * config.components] = torch.randn(2 * config.components)

    @property
    def units(self) -> tuple[float, float]:
        """Pixels per model unit in x and in y: the same."""
        return self.config.scale, self.config.scale

    def points(self, batch: Tensors) -> Tensor:
        """The points of a batch as the network reads them, (B, T, width)."""
        pen = F.one_hot(batch.pen, PEN_STATES).to(batch.offsets.dtype)
        told: Tensor = self.read(torch.cat([batch.offsets / self.config.scale, pen], dim=-1))
        return told

    def encode(self, points: Tensor, real: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and deviation of the codes of sketches read as points (B, T, width)."""
        x = self.placed(points)
        for layer in self.encoder:
            x = layer(x, real)
        mean, deviation = self.code(x, real)
        return mean, deviation

    def decode(self, code: Tensor, before: Tensor) -> Tensor:
        """The states, (B, T + 1, width), from codes and points as read, (B, T, width)."""
        memory = self.code.expand(code)
        x = self.placed(starts_with(self.begin.expand(len(before), -1), before))
        for layer in self.decoder:
            x = layer(x, memory)
        return x

    def placed(self, x: Tensor, first: int = 0) -> Tensor:
        """Points, times the root of the width, with their places from `first` on."""
        here = self.places[first : first + x.shape[1]]
        out: Tensor = self.dropout(x * self.config.width**0.5 + here)
        return out

    def drawn_code(self, mean: Tensor, deviation: Tensor) -> Tensor:
        """A code; the same one in every measurement."""
        if self.training:
            return mean + deviation * torch.randn_like(mean)
        generator = torch.Generator().manual_seed(0)
        normal = torch.randn(mean.shape, generator=generator).to(mean.device)
        return mean + deviation * normal

    def mixtures(self, states: Tensor) -> tuple[Mixture, Tensor]:
        """Odds of the next points, (…, width) to mixtures and the pen's log-odds."""
        raw = self.tell(states)
        floor = self.config.sigma_floor / self.config.scale
        return mixture(raw[..., PEN_STATES:], floor), raw[..., :PEN_STATES]

    def forward(self, batch: Tensors) -> Nats:
        """The bound on the negative log-likelihood of a batch."""
        return self._bound(batch)[0]

    def loss(self, batch: Tensors) -> Tensor:
        """The bound per point, and the classifier's loss."""
        nats, mean = self._bound(batch)
        wrong = F.cross_entropy(self.classifier(mean), batch.labels, reduction="sum")
        return nats.per_point + self.config.class_weight * wrong / len(nats.pen)

    def _bound(self, batch: Tensors) -> tuple[Nats, Tensor]:
        """The bound of a batch, and the means of its codes."""
        mean, deviation = self._encoded(batch)
        nats = self._reconstruction(self.drawn_code(mean, deviation), batch)
        costs = divergence((mean, deviation), self.code.of_class(batch.labels))
        first = batch.real.long().sum(dim=1).cumsum(0).roll(1)
        first[0] = 0
        code = torch.zeros_like(nats.pen).index_put((first,), costs.to(nats.pen.dtype))
        return replace(nats, code=code), mean

    def _encoded(self, batch: Tensors) -> tuple[Tensor, Tensor]:
        return self.encode(self.points(batch), batch.real)

    def _reconstruction(self, code: Tensor, batch: Tensors) -> Nats:
        """What the sketches cost, given their codes."""
        states = self.decode(code, self.points(batch)[:, :-1])[batch.real]
        with torch.autocast(states.device.type, enabled=False):
            mix, pen = self.mixtures(states.float())
        return nats_of(mix, pen, batch, self.units)


class SketchformerTokens(Sketchformer):
    """The token form; see the module's description."""

    def _make_ends(self, config: FormerConfig) -> None:
        self.moves = Moves(config.moves)
        self.read = nn.Embedding(config.moves + 1, config.width)
        self.tell = nn.Linear(config.width, config.moves + 2)
        nn.init.normal_(self.read.weight, std=config.width**-0.5)

    def _encoded(self, batch: Tensors) -> tuple[Tensor, Tensor]:
        told = self.moves.sequence(batch)
        return self.encode(self.read(told.tokens), self._real(told, batch))

    @staticmethod
    def _real(told: Sequence, batch: Tensors) -> Tensor:
        """Where a row of tokens is not padding, (B, S)."""
        last = told.places.masked_fill(~batch.real, -1).amax(dim=1)
        return torch.arange(told.tokens.shape[1], device=last.device) <= last[:, None]

    def _reconstruction(self, code: Tensor, batch: Tensors) -> Nats:
        told = self.moves.sequence(batch)
        states = self.decode(code, self.read(told.tokens))
        with torch.autocast(states.device.type, enabled=False):
            logits = self.tell(states.float())
        return self.moves.nats(logits, told, batch)


def divergence(one: tuple[Tensor, Tensor], other: tuple[Tensor, Tensor]) -> Tensor:
    """Kullback and Leibler's, in nats, of Gaussians from others, (B,).

    Args:
        one: Mean and deviation, (B, n) each.
        other: Likewise.
    """
    (mean, deviation), (centre, spread) = one, other
    ratio = (deviation / spread) ** 2
    away = ((mean - centre) / spread) ** 2
    return 0.5 * (ratio + away - 1 - ratio.log()).sum(dim=-1)
