"""Muon: nearly orthogonal steps, and every parameter in exactly one optimiser."""

from __future__ import annotations

import pytest
import torch

from model_training.model import SketchModel
from model_training.training.optimiser import Muon, make_optimisers, orthogonalise
from model_training.training.settings import OPTIMISERS, TrainConfig
from pi_service.sketching.config import ModelConfig

pytestmark = pytest.mark.training


@pytest.mark.parametrize("shape", [(8, 8), (6, 20), (20, 6)])
def test_all_singular_values_come_near_one(shape: tuple[int, int]) -> None:
    torch.manual_seed(0)
    values = torch.linalg.svdvals(orthogonalise(torch.randn(shape) * 100))
    assert float(values.min()) > 0.4
    assert float(values.max()) < 1.3


def test_it_finds_the_least_of_a_bowl() -> None:
    torch.manual_seed(0)
    target = torch.randn(5, 3)
    weight = torch.nn.Parameter(torch.zeros(5, 3))
    optimiser = Muon([weight], lr=0.2)
    for step in range(400):
        optimiser.param_groups[0]["lr"] = 0.2 * (1 - step / 400)
        weight.grad = 2 * (weight.detach() - target)
        optimiser.step()
    assert float((weight.detach() - target).abs().max()) < 0.02


@pytest.mark.parametrize("name", OPTIMISERS)
def test_every_parameter_is_moved_by_one_optimiser(name: str) -> None:
    model = SketchModel(ModelConfig(classes=3, width=32, layers=2, hidden=64))
    optimisers = make_optimisers(model, TrainConfig(steps=1, optimiser=name))
    moved = [p for o in optimisers for group in o.param_groups for p in group["params"]]
    assert len(moved) == len(set(map(id, moved)))
    assert {id(p) for p in moved} == {id(p) for p in model.parameters()}
