"""The mixture-density head: it integrates to one, and has a floor under its widths."""

from __future__ import annotations

import math

import pytest
import torch

from model_training.mdn import log_density, mixture

pytestmark = pytest.mark.training

FLOOR = 0.05


def test_the_density_integrates_to_one() -> None:
    torch.manual_seed(0)
    mix = mixture(torch.randn(2, 6 * 5), 0.15)
    axis = torch.arange(-20.0, 20.0, 0.05)
    x, y = torch.meshgrid(axis, axis, indexing="ij")
    places = torch.stack([x.flatten(), y.flatten()], dim=1)
    for row in range(2):
        one = type(mix)(
            *(part[row : row + 1].expand(len(places), *part.shape[1:]) for part in mix)
        )
        total = log_density(one, places).double().exp().sum() * 0.05**2
        assert float(total) == pytest.approx(1.0, abs=2e-3)


def test_one_gaussian_is_that_of_the_textbook() -> None:
    raw = torch.tensor([[0.3, 1.5, -0.7, 0.2, -0.4, 0.9]])
    at = torch.tensor([[0.4, 0.6]])
    mix = mixture(raw, FLOOR)
    a, b = FLOOR + math.exp(0.2), FLOOR + math.exp(-0.4)
    factor = torch.tensor([[a, 0.0], [0.9, b]])
    away = torch.linalg.solve_triangular(
        factor, at.T - torch.tensor([[1.5], [-0.7]]), upper=False
    )
    known = -0.5 * float(away.square().sum()) - math.log(2 * math.pi * a * b)
    assert float(log_density(mix, at)) == pytest.approx(known, abs=1e-5)


def test_the_weights_sum_to_one_and_no_width_is_under_the_floor() -> None:
    mix = mixture(1e4 * torch.randn(50, 6 * 5), FLOOR)
    assert torch.allclose(mix.log_weight.exp().sum(dim=1), torch.ones(50))
    assert float(mix.a.min()) >= FLOOR
    assert float(mix.b.min()) >= FLOOR


def test_no_input_however_wild_gives_an_endless_density() -> None:
    raw = (1e4 * torch.randn(200, 6 * 5)).requires_grad_()
    found = log_density(mixture(raw, FLOOR), torch.randn(200, 2))
    torch.autograd.backward(found.clamp(min=-1e6).sum())
    assert bool((found < -2 * math.log(FLOOR)).all())
    assert raw.grad is not None
    assert bool(raw.grad.isfinite().all())
