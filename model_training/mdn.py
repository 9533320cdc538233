"""The mixture-density head: two-dimensional Gaussians with full covariance (Bishop, 1994).

Each of the M Gaussians is given by six numbers: a weight logit, a mean (x, y), and the
Cholesky factor of its covariance, L = [[a, 0], [c, b]], of which a and b arrive as logarithms
and never fall below a floor. All lengths are in the model's unit (`ModelConfig.scale` pixels).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor

LOG_WIDTHS = (-12.0, 5.0)
"""Range to which log a and log b are held before the floor is added: no overflow, no NaN."""


class Mixture(NamedTuple):
    """A Gaussian mixture for each of P points; every tensor but `mean` has shape (P, M)."""

    log_weight: Tensor
    """Logarithms of the weights; they sum to one."""
    mean: Tensor
    """Shape (P, M, 2)."""
    a: Tensor
    """Standard deviation of x."""
    b: Tensor
    """Standard deviation of y where x is known."""
    c: Tensor
    """How y follows x: L[1, 0]."""


def mixture(raw: Tensor, floor: float, floor_y: float | None = None) -> Mixture:
    """The head's output, shape (P, 6 M), as a mixture.

    Args:
        raw: Weight logits, mean x, mean y, log a, log b, c: M of each, in this order.
        floor: Least a and b, in model units.
        floor_y: Least b, where y has a unit of its own.
    """
    logit, x, y, log_a, log_b, c = raw.view(*raw.shape[:-1], 6, -1).unbind(-2)
    return Mixture(
        log_weight=torch.log_softmax(logit, dim=-1),
        mean=torch.stack([x, y], dim=-1),
        a=floor + log_a.clamp(*LOG_WIDTHS).exp(),
        b=(floor if floor_y is None else floor_y) + log_b.clamp(*LOG_WIDTHS).exp(),
        c=c,
    )


def log_density(mix: Mixture, at: Tensor) -> Tensor:
    """The logarithm of the mixture's density at one place for each point, shape (P,).

    Args:
        mix: The mixtures.
        at: Shape (P, 2), model units; the density is per square model unit.
    """
    away = at[:, None, :] - mix.mean
    u = away[..., 0] / mix.a
    v = (away[..., 1] - mix.c * u) / mix.b
    gaussian = -0.5 * (u * u + v * v) - torch.log(mix.a * mix.b) - math.log(2 * math.pi)
    return torch.logsumexp(mix.log_weight + gaussian, dim=-1)


def draw(mix: Mixture, generator: torch.Generator | None = None) -> Tensor:
    """One place from each mixture, model units, shape (P, 2)."""
    odds = mix.log_weight.exp()
    chosen = torch.multinomial(odds, 1, generator=generator)  # (P, 1)
    u, v = torch.randn(2, len(odds), 1, generator=generator, device=odds.device)
    a, b, c = (part.gather(1, chosen) for part in (mix.a, mix.b, mix.c))
    mean = mix.mean.gather(1, chosen[..., None].expand(-1, 1, 2))[:, 0]
    return mean + torch.cat([a * u, c * u + b * v], dim=1)
