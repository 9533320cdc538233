"""How well a model is doing on drawings that it does not learn from."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from model_training.data.dataset import SketchSet, in_order
from model_training.model import StrokeModel, Tensors
from model_training.training.settings import WATCHED


@torch.no_grad()
def losses_by_class(
    model: StrokeModel, sketches: SketchSet, device: str, names: Sequence[str] = WATCHED
) -> dict[str, float]:
    """Nats per point over all drawings ("all"), and over those of the named classes."""
    total = torch.zeros(len(sketches.classes), dtype=torch.float64)
    points = torch.zeros(len(sketches.classes), dtype=torch.float64)
    for batch in in_order(sketches, 8192, seed=0):
        nats = model(Tensors.of(batch, device))
        labels = torch.from_numpy(batch.labels)[nats.sketch.cpu()]
        total.index_add_(0, labels, nats.total.cpu().double())
        points.index_add_(0, labels, torch.ones(len(labels), dtype=torch.float64))
    losses = {"all": float(total.sum() / points.sum())}
    for name in names:
        if has_class(sketches, name):
            k = sketches.classes.index(name)
            losses[name] = float(total[k] / points[k])
    return losses


def has_class(sketches: SketchSet, name: str) -> bool:
    """Whether there is a drawing of the class."""
    known = name in sketches.classes
    return known and bool((sketches.labels == sketches.classes.index(name)).any())
