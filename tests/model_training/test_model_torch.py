"""The network: it sees the past alone, padding never counts, and it starts from the class."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from model_training.data.dataset import Batch, SketchSet, collate
from model_training.model import SketchModel, Tensors
from pi_service.sketching.config import ModelConfig

pytestmark = pytest.mark.training

SMALL = ModelConfig(
    classes=3,
    width=32,
    layers=2,
    heads=4,
    hidden=48,
    components=5,
    pen_hidden=16,
    max_points=60,
)


@pytest.fixture(scope="module")
def model() -> SketchModel:
    """A small model whose every layer does something."""
    torch.manual_seed(0)
    made = SketchModel(SMALL)
    for parameter in made.parameters():
        torch.nn.init.normal_(parameter, std=0.2)
    return made


def _batch(drawings: SketchSet, *which: int) -> Batch:
    rows, lengths = drawings.several(np.array(which))
    labels = drawings.labels[list(which)]
    return collate(rows.astype(np.float32), lengths, labels, np.random.default_rng(0))


def _changed(batch: Tensors, at: int) -> Tensors:
    """The batch with another point at one place, and all points after it moved."""
    offsets = batch.offsets.clone()
    offsets[:, at] += 13
    pen = batch.pen.clone()
    pen[:, at] = 1 - pen[:, at].clamp(max=1)
    moved = {"offsets": offsets, "positions": offsets.cumsum(dim=1), "pen": pen}
    return dataclasses.replace(batch, **moved)


@torch.no_grad()
def test_a_state_depends_on_earlier_points_alone(
    model: SketchModel, drawings: SketchSet
) -> None:
    batch = Tensors.of(_batch(drawings, 1, 4, 7))
    before = model.states(batch)
    for at in range(batch.pen.shape[1]):
        difference = (model.states(_changed(batch, at)) - before).abs().amax(dim=(0, 2))
        assert float(difference[: at + 1].max()) == 0
        assert at + 1 == len(difference) or float(difference[at + 1]) > 0


@torch.no_grad()
def test_the_class_reaches_every_state(model: SketchModel, drawings: SketchSet) -> None:
    batch = Tensors.of(_batch(drawings, 1))
    other = dataclasses.replace(batch, labels=batch.labels + 1)
    difference = (model.states(other) - model.states(batch)).abs().amax(dim=(0, 2))
    assert float(difference.min()) > 0


@torch.no_grad()
def test_the_loss_of_a_batch_is_that_of_its_sketches_one_by_one(
    model: SketchModel, drawings: SketchSet
) -> None:
    which = (0, 1, 2, 4, 8)
    together = _batch(drawings, *which)
    assert len(set(together.lengths.tolist())) > 2
    total = 0.0
    for row, length in enumerate(together.lengths):
        alone = Batch(
            labels=together.labels[row : row + 1],
            lengths=together.lengths[row : row + 1],
            positions=together.positions[row : row + 1, :length],
            offsets=together.offsets[row : row + 1, :length],
            noise=together.noise[row : row + 1, :length],
            pen=together.pen[row : row + 1, :length],
        )
        total += float(model(Tensors.of(alone)).per_point) * int(length)
    mean = total / int(together.lengths.sum())
    assert float(model(Tensors.of(together)).per_point) == pytest.approx(mean, rel=1e-5)


def test_what_stands_in_the_padding_changes_neither_loss_nor_gradient(
    model: SketchModel, drawings: SketchSet
) -> None:
    batch = Tensors.of(_batch(drawings, 0, 1, 2))
    wild = dataclasses.replace(
        batch,
        positions=batch.positions.masked_fill(~batch.real[..., None], 1e4),
        offsets=batch.offsets.masked_fill(~batch.real[..., None], -1e4),
        pen=batch.pen.masked_fill(~batch.real, 1),
    )
    found = []
    for tensors in (batch, wild):
        model.zero_grad()
        loss = model(tensors).per_point
        loss.backward()
        found.append([float(loss.detach())] + [_grad(p) for p in model.parameters()])
    assert found[0] == pytest.approx(found[1], rel=1e-6)


def _grad(parameter: torch.nn.Parameter) -> float:
    assert parameter.grad is not None
    return float(parameter.grad.double().norm())


@torch.no_grad()
def test_every_point_counts_from_the_first_to_the_last(
    model: SketchModel, drawings: SketchSet
) -> None:
    batch = _batch(drawings, 0, 1)
    found = model(Tensors.of(batch))
    assert torch.bincount(found.sketch).tolist() == batch.lengths.tolist()
    assert len(found.offsets) == len(found.pen) == int(batch.lengths.sum())


@torch.no_grad()
def test_losses_are_in_pixels_whatever_the_scale(drawings: SketchSet) -> None:
    """A model that knows nothing says about the same in nats per pixel at any scale."""
    found = []
    for scale in (20.0, 80.0):
        torch.manual_seed(0)
        model = SketchModel(dataclasses.replace(SMALL, scale=scale, sigma_floor=scale))
        raw = model.mixture_head
        raw.weight.zero_()
        raw.bias.zero_()
        raw.bias[15:25] = np.log(200.0 / scale - 1.0)
        found.append(float(model(Tensors.of(_batch(drawings, 0, 1, 2))).offsets.mean()))
    assert found[0] == pytest.approx(found[1], abs=1e-4)


def test_sizes_that_do_not_fit_together_are_refused() -> None:
    with pytest.raises(ValueError, match="do not fit together"):
        ModelConfig(width=30, heads=4)
    with pytest.raises(ValueError, match="must be over 0"):
        ModelConfig(scale=0.0)
