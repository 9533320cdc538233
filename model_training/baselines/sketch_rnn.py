"""The baseline sketch-rnn: its decoder, with classes instead of a latent vector.

Ha & Eck, "A Neural Representation of Sketch Drawings" (2017), with the defaults of their code.

An LSTM of 512 units reads the point before as (dx, dy) and one of three pen states, one-hot,
beginning with the start token (0, 0, 1, 0, 0). Of its state a single matrix makes 20 Gaussians
(weight, means, standard deviations, correlation) and the pen's three log-odds, which do not
know the offset. Offsets are divided by the standard deviation of all of them, x and y alike.

As published: the LSTM's recurrent dropout (0.9 of the candidates are kept), its forget bias of
1, orthogonal recurrent weights, no layer norm (its default cell), Adam at 1e-3 falling by
0.9999 a step to 1e-5, gradients cut at 1 each. Different here: it is trained and measured as
all models here are (dequantised targets, a floor under the widths, the mean over real points
alone), its weights are averaged, and the class takes the place of the latent vector z, whose
part in the published network (initial state, and a further input at each step) it plays.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812 - torch's own convention
from torch import Tensor, nn

from model_training.mdn import LOG_WIDTHS, Mixture
from model_training.model import PEN_STATES, StrokeModel, Tensors


@dataclass(frozen=True)
class RnnConfig:
    """Sizes and constants of one sketch-rnn; the defaults are those of its public code."""

    classes: int = 345
    """How many classes there are; the class number after the last one means "any class"."""
    width: int = 512
    """Units of the LSTM."""
    latent: int = 128
    """Length of a class's vector, as of the published latent vector."""
    components: int = 20
    keep: float = 0.9
    """Share of the candidates that recurrent dropout keeps."""
    max_points: int = 200
    """The longest sketch, in points."""
    scale: float = 40.0
    """Pixels per unit: the standard deviation of all offsets of the training drawings."""
    sigma_floor: float = 0.5
    """Least standard deviation of an offset, in pixels; not in the published model."""


class SketchRnn(StrokeModel):
    """The network; see the module's description."""

    def __init__(self, config: RnnConfig) -> None:
        super().__init__()
        self.config: RnnConfig = config
        width = config.width
        self.start = nn.Embedding(config.classes + 1, config.latent)
        self.first_state = nn.Linear(config.latent, 2 * width)
        self.point = nn.Linear(2 + PEN_STATES, 4 * width)
        self.latent = nn.Linear(config.latent, 4 * width, bias=False)
        self.recurrent = nn.Linear(width, 4 * width, bias=False)
        self.head = nn.Linear(width, 6 * config.components + PEN_STATES)
        self._initialise()

    def _initialise(self) -> None:
        """As published: orthogonal recurrent weights, a tiny initial state, Glorot else."""
        for part in (self.point, self.latent, self.head):
            nn.init.xavier_uniform_(part.weight)
        for gate in self.recurrent.weight.chunk(4):
            nn.init.orthogonal_(gate)
        nn.init.normal_(self.first_state.weight, std=0.001)
        for bias in (self.point.bias, self.head.bias, self.first_state.bias):
            nn.init.zeros_(bias)

    @property
    def units(self) -> tuple[float, float]:
        """Pixels per model unit in x and in y: the same."""
        return self.config.scale, self.config.scale

    def states(self, batch: Tensors) -> Tensor:
        """The LSTM's output before every point, shape (B, T, width)."""
        offsets = batch.offsets[:, :-1] / self.config.scale
        pen = F.one_hot(batch.pen[:, :-1], PEN_STATES).to(offsets.dtype)
        begin = offsets.new_tensor([0.0, 0.0, 1.0, 0.0, 0.0]).expand(len(offsets), 1, -1)
        points = torch.cat([begin, torch.cat([offsets, pen], dim=-1)], dim=1)
        latent = self.start(batch.labels)
        told = self.point(points) + self.latent(latent)[:, None]
        cell, out = self.first_state(latent).tanh().chunk(2, dim=-1)
        found = []
        for step in told.unbind(1):
            cell, out = self._step(step, cell, out)
            found.append(out)
        return torch.stack(found, dim=1)

    def _step(self, told: Tensor, cell: Tensor, out: Tensor) -> tuple[Tensor, Tensor]:
        """One step of the LSTM: new cell and new output, (B, width) each."""
        enter, candidate, forget, leave = (told + self.recurrent(out)).chunk(4, dim=-1)
        fresh = F.dropout(candidate.tanh(), 1 - self.config.keep, self.training)
        cell = cell * (forget + 1.0).sigmoid() + enter.sigmoid() * fresh
        return cell, cell.tanh() * leave.sigmoid()

    def odds(self, batch: Tensors) -> tuple[Mixture, Tensor]:
        """See `StrokeModel`; all in fp32, since a cell of bf16 would forget small changes."""
        with torch.autocast(batch.offsets.device.type, enabled=False):
            raw = self.head(self.states(batch)[batch.real])
        floor = self.config.sigma_floor / self.config.scale
        return correlated(raw[:, PEN_STATES:], floor), raw[:, :PEN_STATES]


def correlated(raw: Tensor, floor: float) -> Mixture:
    """A mixture given by standard deviations and correlations (Graves, 2013).

    Args:
        raw: Shape (P, 6 M): weight logits, mean x, mean y, log deviations of x and of y, and
            what tanh makes the correlation of.
        floor: Least a and b, in model units.
    """
    logit, x, y, log_x, log_y, bend = raw.view(*raw.shape[:-1], 6, -1).unbind(-2)
    deviation = log_y.clamp(*LOG_WIDTHS).exp()
    rho = bend.tanh()
    return Mixture(
        log_weight=torch.log_softmax(logit, dim=-1),
        mean=torch.stack([x, y], dim=-1),
        a=floor + log_x.clamp(*LOG_WIDTHS).exp(),
        b=floor + deviation * (1 - rho * rho).clamp_min(1e-6).sqrt(),
        c=rho * deviation,
    )
