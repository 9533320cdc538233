"""Distillation: a small model learns from the data and from a large one that learned it.

Two ways, to be used together or alone: what each brings, a run without it says.

- Sequences: the teacher draws sketches (`dream`), which the student learns as if they were
  data (Kim & Rush, 2016): `TrainConfig.extra_share` of its points.
- Points: at every point of every sketch the teacher, told the same past, says what it would
  have done. Between two mixtures the Kullback-Leibler divergence has no closed form, so the
  teacher draws `draws` places, and the student's density there is an unbiased estimate of it,
  but for the teacher's own entropy, which no gradient sees. For the pen it is exact.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from model_training.mdn import draw, log_density
from model_training.model import SketchModel, StrokeModel, Tensors, nats_of
from model_training.training.checkpoint import load_model
from model_training.training.settings import TrainingError


@dataclass(frozen=True)
class DistilConfig:
    """How to learn from a teacher, point by point."""

    share: float = 0.5
    """Part of the loss that comes from the teacher; the rest comes from the data."""
    draws: int = 4
    """Places that the teacher draws at each point."""

    def __post_init__(self) -> None:
        """Refuses what makes no sense."""
        if not 0 <= self.share <= 1 or self.draws < 1:
            raise TrainingError(
                "the teacher's part lies from 0 to 1 and it draws at least one place, "
                f"not {self.share} and {self.draws}"
            )


class Lesson:
    """The objective of a student: what `Run` makes small.

    Args:
        teacher: It is only asked.
        config: How to learn from it.
    """

    def __init__(self, teacher: StrokeModel, config: DistilConfig) -> None:
        self._teacher = teacher.eval().requires_grad_(requires_grad=False)
        self._config = config

    def __call__(self, student: StrokeModel, batch: Tensors) -> Tensor:
        """Nats per point from data and teacher, a scalar."""
        mix, pen = student.odds(batch)
        data = nats_of(mix, pen, batch, student.units).per_point
        if self._config.share == 0:
            return data
        with torch.no_grad():
            taught, taught_pen = self._teacher.odds(batch)
        theirs = torch.tensor(self._teacher.units, device=pen.device)
        own = torch.tensor(student.units, device=pen.device)
        offsets = torch.zeros_like(pen[:, 0])
        for _ in range(self._config.draws):
            place = draw(taught) * theirs / own
            offsets = offsets - log_density(mix, place)
        offsets = offsets / self._config.draws + own.log().sum()
        pens = -(taught_pen.softmax(dim=-1) * pen.log_softmax(dim=-1)).sum(dim=-1)
        teacher = (offsets + pens).mean()
        return (1 - self._config.share) * data + self._config.share * teacher


def lesson(
    teacher: Path, config: DistilConfig, classes: tuple[str, ...], device: str
) -> Callable[[StrokeModel, Tensors], Tensor]:
    """The lesson of a checkpoint's averaged weights.

    Args:
        teacher: The checkpoint.
        config: How to learn from it.
        classes: The student's; the teacher's must be the same.
        device: Where to ask it.

    Raises:
        TrainingError: It cannot teach.
    """
    model, known = load_model(teacher)
    if known != classes:
        raise TrainingError(f"the teacher {teacher} knows other classes than these drawings")
    return Lesson(model.to(device), config)


def load_teacher(path: Path) -> tuple[SketchModel, tuple[str, ...]]:
    """A model that can `dream`; TrainingError where it is of another kind."""
    model, classes = load_model(path)
    if not isinstance(model, SketchModel):
        raise TrainingError(f"{path} holds a model of another kind, which cannot dream")
    return model, classes
