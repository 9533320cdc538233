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

from model_training.training.settings import TrainConfig


def orthogonalise(matrix: Tensor, steps: int = 5) -> Tensor:
    """Nearly the orthogonal factor of a matrix's polar decomposition (Newton-Schulz).

    The quintic's coefficients are Jordan's: singular values end between about 0.7 and 1.2.

    Args:
        matrix: Shape (n, m), or several of them, (k, n, m).
    """
    a, b, c = 3.4445, -4.7750, 2.0315
    x: Tensor = matrix / (matrix.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    wide = x.shape[-2] <= x.shape[-1]
    x = x if wide else x.mT
    for _ in range(steps):
        gram = x @ x.mT
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x if wide else x.mT


class Muon(torch.optim.Optimizer):
    """Nesterov momentum, made orthogonal, with decoupled weight decay.

    Args:
        parameters: Matrices.
        lr: Step length; an update's root mean square is about 0.2 times this, as with AdamW.
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
            alike: dict[torch.Size, list[nn.Parameter]] = {}
            for parameter in group["params"]:
                if parameter.grad is not None:
                    alike.setdefault(parameter.shape, []).append(parameter)
            for parameters in alike.values():
                self._update(parameters, group)

    def _update(self, parameters: list[nn.Parameter], group: dict[str, Any]) -> None:
        """Moves matrices of one shape, all together."""
        momentum, lr = group["momentum"], group["lr"]
        ahead = []
        for parameter in parameters:
            state, gradient = self.state[parameter], parameter.grad
            if gradient is None:
                raise ValueError("a matrix without gradient cannot be moved")
            if "velocity" not in state:
                state["velocity"] = torch.zeros_like(parameter)
            velocity = state["velocity"].lerp_(gradient, 1 - momentum)
            ahead.append(gradient.lerp(velocity, momentum))
        size = 0.2 * max(parameters[0].shape) ** 0.5
        updates = orthogonalise(torch.stack(ahead))
        for parameter, update in zip(parameters, updates, strict=True):
            parameter.mul_(1 - lr * group["weight_decay"]).add_(update, alpha=-lr * size)


def make_optimisers(model: nn.Module, config: TrainConfig) -> list[torch.optim.Optimizer]:
    """The optimisers that together move every parameter of the model once.

    With muon, weight decay pulls on matrices, not on embeddings and biases; adamw and adam
    are torch's own with their defaults, for the baselines.
    """
    rate, pull = config.lr, config.weight_decay
    if config.optimiser == "adam":
        return [torch.optim.Adam(model.parameters(), lr=rate, weight_decay=pull)]
    if config.optimiser == "adamw":
        return [torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=pull)]
    named = list(model.named_parameters())
    inner = [p for name, p in named if name.startswith("blocks.") and p.ndim == 2]
    taken = {id(p) for p in inner}
    outer = [(name, p) for name, p in named if id(p) not in taken]
    plain = ("start.weight", "pen.weight", "place.weight")
    decayed = [p for name, p in outer if p.ndim == 2 and name not in plain]
    kept = [p for name, p in outer if p.ndim < 2 or name in plain]
    groups: list[dict[str, Any]] = [{"params": decayed}, {"params": kept, "weight_decay": 0.0}]
    rest = torch.optim.AdamW(groups, lr=rate, betas=(0.9, 0.99), weight_decay=pull)
    return [Muon(inner, lr=rate, weight_decay=pull), rest] if inner else [rest]


def learning_rate(config: TrainConfig, step: int, progress: float) -> float:
    """The learning rate of the step after `step`, when `progress` of the run is done."""
    if config.schedule == "constant":
        return config.lr
    if config.schedule == "exponential":
        least = config.lr * config.last_lr
        return float(least + (config.lr - least) * config.decay_rate**step)
    warm = min(1.0, (step + 1) / max(1, config.warm_up))
    fallen = max(0.0, (progress - config.decay_from) / (1 - config.decay_from))
    return config.lr * warm * (1 - fallen * (1 - config.last_lr))


def clip(model: nn.Module, config: TrainConfig) -> Tensor:
    """Shortens the gradients as asked; gives their length as it was."""
    limit = config.clip if config.clip_by == "norm" else float("inf")
    length = torch.nn.utils.clip_grad_norm_(model.parameters(), limit)
    if config.clip_by == "value":
        torch.nn.utils.clip_grad_value_(model.parameters(), config.clip)
    return length
