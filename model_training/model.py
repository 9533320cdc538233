"""The sketch transformer: from the points drawn so far to the odds of the next one.

Position 0 of the input is the start token (the class); position t the point drawn t-th. What
comes out at position t are the odds of point t + 1: a Gaussian mixture for its offset, and,
given the offset that was drawn, the odds of the pen staying down, lifting, or being done.

Plain pre-norm blocks: RMSNorm without gain, causal attention with rotary positions, squared
ReLU, no biases. Everything is simple enough to be written again in NumPy
(`pi_service.sketching.decoder`), which a test holds to this.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 - torch's own convention
from torch import Tensor, nn

from model_training.data.dataset import Batch
from model_training.mdn import Mixture, log_density, mixture
from pi_service.sketching.config import ModelConfig
from pi_service.sketching.decoder import turns

PEN_STATES = 3


@dataclass(frozen=True)
class Nats:
    """The loss of a batch, split up; sums over all real points, in nats.

    The density of offsets is taken per pixel squared, so that a sketch's total is (a bound on)
    its negative log-likelihood on the pixel grid.
    """

    offsets: Tensor
    """Per point, shape (P,), sketch after sketch."""
    pen: Tensor
    """Per point, shape (P,)."""
    sketch: Tensor
    """The number in the batch of the sketch that each point belongs to, shape (P,)."""
    code: Tensor | None = None
    """Of a model that draws by a code: what the sketch's code costs, shape (P,), all of it at
    the sketch's first point; then the total is a bound."""

    @property
    def total(self) -> Tensor:
        """All nats of each point, shape (P,)."""
        drawn = self.offsets + self.pen
        return drawn if self.code is None else drawn + self.code

    @property
    def per_point(self) -> Tensor:
        """The mean over real points of all nats, a scalar."""
        return self.total.mean()


@dataclass(frozen=True)
class Tensors:
    """A `Batch` as tensors; see there. `real`, shape (B, T), is False on padding."""

    labels: Tensor
    positions: Tensor
    offsets: Tensor
    noise: Tensor
    pen: Tensor
    real: Tensor

    @classmethod
    def of(cls, batch: Batch, device: str = "cpu") -> Tensors:
        """The batch on a device."""
        names = ("labels", "positions", "offsets", "noise", "pen")
        fields = {n: torch.from_numpy(getattr(batch, n)).to(device) for n in names}
        lengths = torch.from_numpy(batch.lengths).to(device)
        steps = torch.arange(batch.pen.shape[1], device=device)
        return cls(**fields, real=steps < lengths[:, None])


class StrokeModel(nn.Module):
    """What every kind of model here is: odds for each point from the points before it."""

    config: Any
    """Its sizes: a frozen dataclass with classes, max_points and sigma_floor among others."""

    @property
    def units(self) -> tuple[float, float]:
        """Pixels per model unit in x and in y."""
        raise NotImplementedError

    def odds(self, batch: Tensors) -> tuple[Mixture, Tensor]:
        """For every real point its mixture, in model units, and its pen's log-odds, (P, 3)."""
        raise NotImplementedError

    def forward(self, batch: Tensors) -> Nats:
        """The negative log-likelihood of a batch; padding never enters."""
        mix, pen = self.odds(batch)
        return nats_of(mix, pen, batch, self.units)

    def loss(self, batch: Tensors) -> Tensor:
        """What is to become small when it learns, per point, a scalar."""
        nats: Nats = self(batch)
        return nats.per_point


def nats_of(mix: Mixture, pen: Tensor, batch: Tensors, units: tuple[float, float]) -> Nats:
    """What some odds for the real points of a batch cost; see `StrokeModel`."""
    real = batch.real
    target = (batch.offsets[real] + batch.noise[real]) / batch.offsets.new_tensor(units)
    return Nats(
        offsets=math.log(math.prod(units)) - log_density(mix, target),
        pen=F.cross_entropy(pen, batch.pen[real], reduction="none"),
        sketch=real.nonzero()[:, 0],
    )


def norm(x: Tensor) -> Tensor:
    """RMSNorm over the last axis, without gain."""
    return F.rms_norm(x, (x.shape[-1],), eps=1e-6)


def features(offsets: Tensor, positions: Tensor, config: ModelConfig) -> Tensor:
    """What the model is told of a point.

    Args:
        offsets: Pixels from the point before, shape (…, 2).
        positions: Pixels from the drawing's middle, shape (…, 2).
        config: Gives scale and wavelengths.

    Returns:
        Offset and position in model units, then the sines and cosines of x and y at every
        wavelength; shape (…, config.features).
    """
    waves = 2 * math.pi / torch.tensor(config.wavelengths, device=positions.device)
    phase = (positions[..., None, :] * waves[:, None]).flatten(-2)
    plain = torch.cat([offsets, positions], dim=-1) / config.scale
    return torch.cat([plain, phase.sin(), phase.cos()], dim=-1)


class Rotary(nn.Module):
    """Turns queries and keys by their positions; see `pi_service.sketching.decoder`."""

    own: Tensor
    partner: Tensor

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        for name, turn in turns(config)._asdict().items():
            self.register_buffer(name, torch.from_numpy(turn), persistent=False)

    def forward(self, x: Tensor, first: int = 0) -> Tensor:
        """Those of positions `first` and on, shape (…, T, width / heads), turned."""
        here = slice(first, first + x.shape[-2])
        swapped = x.roll(x.shape[-1] // 2, dims=-1)
        return (x * self.own[here] + swapped * self.partner[here]).type_as(x)


class Block(nn.Module):
    """One layer: attention over the points so far, then a feed-forward network."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.heads = config.heads
        self.rotary = Rotary(config)
        self.qkv = nn.Linear(config.width, 3 * config.width, bias=False)
        self.out = nn.Linear(config.width, config.width, bias=False)
        self.up = nn.Linear(config.width, config.hidden, bias=False)
        self.down = nn.Linear(config.hidden, config.width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """The residual stream, shape (B, T, width), one layer further."""
        qkv = self.qkv(norm(x)).unflatten(-1, (3, self.heads, -1))
        qkv = qkv.permute(2, 0, 3, 1, 4)  # (3, B, heads, T, width / heads)
        q, k = self.rotary(qkv[:2])
        seen = F.scaled_dot_product_attention(q, k, qkv[2], is_causal=True)
        x = x + self.out(seen.transpose(1, 2).flatten(-2))
        added: Tensor = self.down(F.relu(self.up(norm(x))).square())
        return x + added


class SketchModel(StrokeModel):
    """The transformer with its two heads; see the module's description."""

    plain: Tensor
    """Added to a class's start token where any drawing is asked for; only `mix` changes it."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config: ModelConfig = config
        width = config.width
        self.start = nn.Embedding(config.classes + 1, width)
        self.register_buffer("plain", torch.zeros(config.classes + 1, width))
        self.good = nn.Parameter(torch.zeros(width))
        self.point = nn.Linear(config.features, width, bias=False)
        self.pen = nn.Embedding(2, width)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.layers))
        self.mixture_head = nn.Linear(width, 6 * config.components, bias=True)
        self.pen_from_state = nn.Linear(width, config.pen_hidden, bias=True)
        self.pen_from_point = nn.Linear(config.features, config.pen_hidden, bias=False)
        self.pen_head = nn.Linear(config.pen_hidden, PEN_STATES, bias=True)
        self._initialise()

    def _initialise(self) -> None:
        """Small random weights; layers that add to the stream start at zero."""
        for name, parameter in self.named_parameters():
            if (
                name == "good"
                or name.endswith("bias")
                or name.endswith(("out.weight", "down.weight"))
            ):
                nn.init.zeros_(parameter)
            elif "head" in name:
                nn.init.normal_(parameter, std=0.01)
            elif name in ("start.weight", "pen.weight"):
                nn.init.normal_(parameter, std=0.3)
            else:
                nn.init.normal_(parameter, std=parameter.shape[1] ** -0.5)
        spread = torch.randn(2 * self.config.components) * 0.5  # the means start apart
        with torch.no_grad():
            self.mixture_head.bias[self.config.components : 3 * self.config.components] = (
                spread
            )

    @property
    def units(self) -> tuple[float, float]:
        """Pixels per model unit in x and in y: the same."""
        return self.config.scale, self.config.scale

    def layers(self) -> list[Block]:
        """The blocks, from first to last."""
        return [block for block in self.blocks if isinstance(block, Block)]

    def start_tokens(self, labels: Tensor) -> Tensor:
        """Those of class numbers, or of `ModelConfig.good` of them, (B,); (B, width)."""
        plain = labels % (self.config.classes + 1)
        good = (labels != plain)[:, None]
        tokens: Tensor = self.start(plain) + torch.where(good, self.good, self.plain[plain])
        return tokens

    def tokens(self, batch: Tensors) -> Tensor:
        """What the blocks read: class, then every point but the last; (B, T, width)."""
        before = features(batch.offsets[:, :-1], batch.positions[:, :-1], self.config)
        points = self.point(before) + self.pen(batch.pen[:, :-1].clamp(max=1))
        return torch.cat([self.start_tokens(batch.labels)[:, None], points], dim=1)

    def states(self, batch: Tensors) -> Tensor:
        """What the model makes of every point, shape (B, T, width), normalised.

        State t has seen the class and the points before point t, and nothing else.
        """
        x = self.tokens(batch)
        for block in self.blocks:
            x = block(x)
        return norm(x)

    def pen_logits(self, states: Tensor, offsets: Tensor, positions: Tensor) -> Tensor:
        """Log-odds of down, lifted, end after a point was drawn; shape (…, 3).

        Args:
            states: The model's states from before the point, shape (…, width).
            offsets: The point's offset in pixels, shape (…, 2).
            positions: Where the point is, in pixels, shape (…, 2).
        """
        told = self.pen_from_point(features(offsets, positions, self.config))
        logits: Tensor = self.pen_head(F.relu(self.pen_from_state(states) + told))
        return logits

    def odds(self, batch: Tensors) -> tuple[Mixture, Tensor]:
        """See `StrokeModel`; the heads count in fp32, whatever the blocks count in."""
        real = batch.real
        states = self.states(batch)[real].float()  # (P, width)
        with torch.autocast(states.device.type, enabled=False):
            floor = self.config.sigma_floor / self.config.scale
            mix = mixture(self.mixture_head(states), floor)
            pen = self.pen_logits(states, batch.offsets[real], batch.positions[real])
        return mix, pen
