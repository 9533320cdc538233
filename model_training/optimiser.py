"""Muon for the matrices inside the blocks, AdamW for everything else.

Muon (Keller Jordan, 2024) takes the momentum of a weight matrix and replaces it by the nearest
orthogonal one, so that no direction is learned much faster than another. Written here in fp32,
since torch's own works in bf16, which is slow on a CPU that does not have it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn


def orthogonalise(matrix: Tensor, steps: int = 5) -> Tensor:
    """Nearly the orthogonal factor of a matrix's polar decomposition (Newton-Schulz).

    The quintic's coefficients are Jordan's: singular values end between about 0.7 and 1.2.

    Args:
        matrix: Shape (n, m).
        steps: Iterations.
    """
    a, b, c = 3.4445, -4.7750, 2.0315
    x: Tensor = matrix / (matrix.norm() + 1e-7)
    wide = x.shape[0] <= x.shape[1]
    x = x if wide else x.T
    for _ in range(steps):
        gram = x @ x.T
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x if wide else x.T


class Muon(torch.optim.Optimizer):
    """Nesterov momentum, made orthogonal, with decoupled weight decay.

    Args:
        parameters: Matrices.
        lr: Step length; an update's root mean square is about 0.2 times this, as with AdamW.
        momentum: Share of the momentum kept from step to step.
        weight_decay: As in AdamW.
    """

    def __init__(
        self,
        parameters: Iterable[nn.Parameter],
        *,
        lr: float,
        momentum: float = 0.95,
        weight_decay: float = 0.0,
    ) -> None:
        defaults = {"lr": lr, "momentum": momentum, "weight_decay": weight_decay}
        super().__init__(parameters, defaults)

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> Any:
        """One step; a closure is not supported."""
        if closure is not None:
            raise ValueError("this optimiser takes no closure")
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    self._update(parameter, parameter.grad, group)

    def _update(
        self, parameter: nn.Parameter, gradient: Tensor, group: dict[str, Any]
    ) -> None:
        momentum, lr = group["momentum"], group["lr"]
        state = self.state[parameter]
        if "velocity" not in state:
            state["velocity"] = torch.zeros_like(parameter)
        velocity = state["velocity"].lerp_(gradient, 1 - momentum)
        update = orthogonalise(gradient.lerp(velocity, momentum))
        size = 0.2 * max(parameter.shape) ** 0.5
        parameter.mul_(1 - lr * group["weight_decay"]).add_(update, alpha=-lr * size)


def make_optimisers(
    model: nn.Module, *, lr: float, weight_decay: float
) -> list[torch.optim.Optimizer]:
    """The optimisers that together move every parameter of the model once.

    Weight decay pulls on matrices, not on embeddings and biases.
    """
    named = list(model.named_parameters())
    inner = [p for name, p in named if name.startswith("blocks.")]
    outer = [(name, p) for name, p in named if not name.startswith("blocks.")]
    plain = ("start.weight", "pen.weight", "place.weight")
    decayed = [p for name, p in outer if p.ndim == 2 and name not in plain]
    kept = [p for name, p in outer if p.ndim < 2 or name in plain]
    groups: list[dict[str, Any]] = [{"params": decayed}, {"params": kept, "weight_decay": 0.0}]
    return [
        Muon(inner, lr=lr, weight_decay=weight_decay),
        torch.optim.AdamW(groups, lr=lr, betas=(0.9, 0.99), weight_decay=weight_decay),
    ]
