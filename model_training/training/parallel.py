"""One training run in several processes, one a device, as `torchrun` starts them.

Every process draws batches of its own; gradients, losses and times are averaged after every
step, so that all weights, learning rates and decisions stay the same everywhere. The processes
may be on several machines: only the leading one's has checkpoints, which it passes on.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor

from model_training.training.settings import TrainingError

T = TypeVar("T")


@dataclass(frozen=True)
class Team:
    """The processes of one run, seen from one of them; alone if nobody says otherwise."""

    device: str = "cpu"
    rank: int = 0
    size: int = 1

    @classmethod
    def from_environment(cls, device: str) -> Team:
        """The team that `torchrun` describes in the environment, joined.

        Raises:
            TrainingError: There is no such device.
        """
        if device.startswith("cuda") and not torch.cuda.is_available():
            raise TrainingError("there is no CUDA device here: leave --device out")
        if device.startswith("cuda"):
            torch.set_float32_matmul_precision("high")
        if "WORLD_SIZE" not in os.environ:
            return cls(device)
        if device == "cuda":
            device = f"cuda:{os.environ['LOCAL_RANK']}"
            torch.cuda.set_device(device)
        dist.init_process_group("nccl" if device.startswith("cuda") else "gloo")
        return cls(device, dist.get_rank(), dist.get_world_size())

    @property
    def leads(self) -> bool:
        """Whether this process writes checkpoints and speaks."""
        return self.rank == 0

    def average(self, gradients: Sequence[Tensor], numbers: Sequence[float]) -> list[float]:
        """Averages gradients in place, and numbers, over all processes."""
        if self.size == 1:
            return list(numbers)
        more = torch.tensor(numbers, dtype=torch.float32, device=self.device)
        flat = torch.cat([*(g.float().flatten() for g in gradients), more])
        dist.all_reduce(flat)
        flat /= self.size
        place = 0
        for gradient in gradients:
            piece = flat[place : place + gradient.numel()]
            gradient.copy_(piece.view_as(gradient))
            place += gradient.numel()
        return [float(number) for number in flat[-len(numbers) :]]

    def shared(self, value: T) -> T:
        """The leading process's value, in all processes."""
        if self.size == 1:
            return value
        held = [value]
        dist.broadcast_object_list(held, src=0)
        return held[0]

    def agree(self, what: str, value: object) -> None:
        """Makes sure that all have the same, or raises TrainingError in all of them."""
        if self.size == 1:
            return
        found: list[object] = [None] * self.size
        dist.all_gather_object(found, value)
        if any(other != found[0] for other in found):
            raise TrainingError(
                f"the processes that train together have different {what} ({found}): give "
                "every machine the same files and the same command"
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        if self.size == 1:
            return
        if kind is None:  # who is done early would pull the line away from under the others
            dist.barrier()
        dist.destroy_process_group()
