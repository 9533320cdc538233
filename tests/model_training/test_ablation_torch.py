"""The variants of the model: each differs in what it says, and in nothing else."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner

from model_training.ablation import TRIALS, Trial, Variant
from model_training.cli.main import main
from model_training.data.dataset import SketchSet, collate
from model_training.model import SketchModel, Tensors
from model_training.training.settings import TrainConfig
from pi_service.sketching.config import ModelConfig

pytestmark = pytest.mark.training

SMALL = ModelConfig(
    classes=3, width=32, layers=2, heads=4, hidden=48, components=4, max_points=60
)


def _batch(drawings: SketchSet) -> Tensors:
    which = np.array([1, 4, 7])
    rows, lengths = drawings.several(which)
    rng = np.random.default_rng(0)
    return Tensors.of(collate(rows.astype(np.float32), lengths, drawings.labels[which], rng))


def _stirred(model: SketchModel) -> SketchModel:
    torch.manual_seed(0)
    for parameter in model.parameters():
        if parameter.requires_grad:
            torch.nn.init.normal_(parameter, std=0.2)
    return model


@torch.no_grad()
def test_a_variant_without_changes_is_the_model(drawings: SketchSet) -> None:
    model, batch = _stirred(SketchModel(SMALL)), _batch(drawings)
    variant = Variant(SMALL)
    variant.load_state_dict(model.state_dict())
    assert torch.allclose(variant(batch).offsets, model(batch).offsets, atol=1e-6)
    assert torch.allclose(variant(batch).pen, model(batch).pen, atol=1e-6)


@pytest.mark.parametrize("trial", TRIALS, ids=lambda trial: trial.name)
def test_every_variant_sees_the_past_alone_and_can_be_trained(
    trial: Trial, drawings: SketchSet
) -> None:
    model, batch = _stirred(trial.make(SMALL)), _batch(drawings)
    before = model.states(batch)
    offsets = batch.offsets.clone()
    offsets[:, 4:] += 13
    changed = dataclasses.replace(batch, offsets=offsets)
    difference = (model.states(changed) - before).detach().abs().amax(dim=(0, 2))
    assert float(difference[:5].max()) == 0
    assert float(difference[5]) > 0
    model(batch).per_point.backward()
    moved = [p for p in model.parameters() if p.requires_grad]
    unused = [p for p in moved if p.grad is None]
    assert len(unused) <= 1
    TrainConfig(**{"steps": 3, **trial.training})


@torch.no_grad()
def test_a_blind_variant_does_not_see_where_it_is(drawings: SketchSet) -> None:
    batch = _batch(drawings)
    moved = dataclasses.replace(batch, positions=batch.positions + 50)
    blind, seeing = _stirred(Variant(SMALL, absolute=False)), _stirred(Variant(SMALL))
    assert torch.equal(blind(batch).offsets, blind(moved).offsets)
    assert not torch.equal(seeing(batch).offsets, seeing(moved).offsets)


def test_the_command_prints_a_table_and_does_nothing_twice(
    ndjson: Path, tmp_path: Path
) -> None:
    words = ["ablate", ndjson, ndjson, "--out", tmp_path, "--steps", 2, "--points", 200]
    words += ["--width", 16, "--layers", 1, "--only", "GELU", "--only", "as shipped"]
    for _ in range(2):
        found = CliRunner().invoke(main, [*map(str, words)])
        assert found.exit_code == 0, found.output
        rows = found.output.strip().splitlines()
        assert [row.split(" | ")[0] for row in rows[2:]] == ["| as shipped", "| GELU"]
