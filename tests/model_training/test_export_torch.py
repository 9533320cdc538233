"""The exported model: NumPy says what torch says, and nothing is lost on the way."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from model_training.data.dataset import SketchSet, collate
from model_training.export import export, limits_of, load_exported, weights_of
from model_training.mdn import mixture
from model_training.model import SketchModel, Tensors
from pi_service.sketching.config import ModelConfig
from pi_service.sketching.decoder import Decoder, features
from pi_service.sketching.model_file import ModelFile, read_model_file, shapes
from pi_service.sketching.sketcher import DEFAULT_MODEL

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


def _random(config: ModelConfig) -> SketchModel:
    torch.manual_seed(0)
    model = SketchModel(config)
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.2)
    torch.nn.init.normal_(model.plain, std=0.2)
    return model


@pytest.fixture(scope="module")
def exported(drawings: SketchSet, tmp_path_factory: pytest.TempPathFactory) -> ModelFile:
    """A random model, through the file and back."""
    path = tmp_path_factory.mktemp("export") / "m.safetensors"
    export(_random(SMALL), drawings, path, {"licence": "none"})
    return read_model_file(path)


@torch.no_grad()
def _greatest_difference(file: ModelFile, drawings: SketchSet) -> float:
    """Between NumPy and torch over all that the model says along some drawings."""
    model = load_exported(file)
    which = [0, 1, 2, 4, 5]
    rows, lengths = drawings.several(np.array(which))
    labels = drawings.labels[which]
    batch = collate(rows.astype(np.float32), lengths, labels, np.random.default_rng(0))
    tensors = Tensors.of(batch)
    states = model.states(tensors)
    pens = model.pen_logits(states, tensors.offsets, tensors.positions)
    floor = file.config.sigma_floor / file.config.scale
    steps = batch.pen.shape[1]
    mixes = [mixture(model.mixture_head(states[:, k]), floor) for k in range(steps)]
    decoder = Decoder(file.weights, file.config, batch.labels)
    found = decoder.begin()
    worst = 0.0
    for k in range(steps):
        offsets, positions = batch.offsets[:, k], batch.positions[:, k]
        mix = decoder.mixture(found)
        told = features(offsets, positions, file.config)
        pen = decoder.pen_logits(found, told)
        weight = mix.log_weight - mix.log_weight.max(axis=1, keepdims=True)
        wanted = mixes[k].log_weight - mixes[k].log_weight.max(dim=1, keepdim=True).values
        pairs = [
            (found, states[:, k]),
            (pen, pens[:, k]),
            (weight, wanted),
            (mix.mean.transpose(0, 2, 1), mixes[k].mean),
            (mix.a, mixes[k].a),
            (mix.b, mixes[k].b),
            (mix.c, mixes[k].c),
        ]
        worst = max(worst, *(float(np.abs(a - b.numpy()).max()) for a, b in pairs))
        if k + 1 < steps:
            found = decoder.step(told, batch.pen[:, k].clip(max=1))
    return worst


def test_numpy_says_what_torch_says(exported: ModelFile, drawings: SketchSet) -> None:
    assert _greatest_difference(exported, drawings) < 1e-4


def test_numpy_says_what_torch_says_of_the_shipped_model(drawings: SketchSet) -> None:
    assert _greatest_difference(read_model_file(DEFAULT_MODEL), drawings) < 1e-4


def test_the_way_through_the_file_costs_only_the_rounding_to_fp16(exported: ModelFile) -> None:
    model = _random(SMALL)
    back = load_exported(exported)
    for name, tensor in model.state_dict().items():
        assert torch.equal(back.state_dict()[name], tensor.half().float())


def test_weights_have_the_shapes_that_the_file_promises() -> None:
    found = {name: array.shape for name, array in weights_of(_random(SMALL)).items()}
    assert found == shapes(SMALL)


def test_limits_are_what_nearly_all_drawings_keep_to(drawings: SketchSet) -> None:
    limits = limits_of(drawings)
    assert set(limits) == {"box", "ring", "zigzag"}
    assert limits["box"].points == (5, 5)
    assert limits["ring"].strokes == (2, 2)
    low, high = limits["zigzag"].points
    assert 2 <= low < high <= 22
