"""The headline and L_R, against sums written out."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from model_training.data.dataset import SketchSet, gather
from model_training.evaluate import subset
from model_training.judge.likelihood import (
    Conventions,
    likelihood,
    per_sketch,
    point_nats,
    published,
)
from model_training.model import SketchModel
from pi_service.sketching.config import ModelConfig
from pi_service.sketching.stroke import from_polylines

pytestmark = pytest.mark.training

CONFIG = ModelConfig(
    classes=3, width=16, layers=1, heads=2, hidden=16, components=3, max_points=60
)


@pytest.fixture(scope="module")
def model() -> SketchModel:
    torch.manual_seed(0)
    return SketchModel(CONFIG).eval()


def test_every_sketch_gets_its_own_nats(model: SketchModel, drawings: SketchSet) -> None:
    together = point_nats(model, drawings, noise=False)
    sums = per_sketch(together, together.offsets + together.pen, len(drawings))
    for number in (0, 17, 89):
        alone = gather(
            [(drawings.classes[drawings.labels[number]], drawings.sketch(number))],
            60,
            drawings.classes,
        )
        nats = point_nats(model, alone, noise=False)
        assert (nats.offsets + nats.pen).sum() == pytest.approx(sums[number], rel=1e-4)
        assert nats.place.tolist() == list(range(len(nats.place)))
    assert np.array_equal(np.bincount(together.sketch), drawings.lengths)


def test_the_headline_is_the_mean_over_sketches_and_over_points(
    model: SketchModel, drawings: SketchSet
) -> None:
    nats = point_nats(model, drawings)
    again = point_nats(model, drawings)
    assert np.array_equal(nats.offsets, again.offsets)  # the noise has a seed
    found = likelihood(nats, drawings, np.random.default_rng(0))
    total = float((nats.offsets + nats.pen).sum())
    assert found.sketches == 90
    assert found.per_sketch.value == pytest.approx(total / 90)
    assert found.per_point.value == pytest.approx(total / len(drawings.points))
    parts = found.offset_per_point + found.pen_per_point
    assert parts == pytest.approx(found.per_point.value)
    assert found.per_sketch.low < found.per_sketch.value < found.per_sketch.high
    rings = likelihood(nats, drawings, np.random.default_rng(0), 1)
    assert rings.sketches == 30
    mine = per_sketch(nats, nats.offsets + nats.pen, 90)[drawings.labels == 1]
    assert rings.per_sketch.value == pytest.approx(mine.mean())


def test_units_come_from_the_classs_own_offsets_without_the_first() -> None:
    lines = [np.array([[50, 60], [53, 60], [53, 64]]), np.array([[53, 60], [50, 60]])]
    sketch = from_polylines(lines)
    other = from_polylines([np.array([[0, 0], [200, 0]])])
    longer = from_polylines([np.array([[0, 0], [9, 0], [9, 9], [0, 9], [0, 0], [5, 5]])])
    train = gather([("cat", sketch), ("dog", other)], 60)
    test = gather([("cat", longer), ("dog", other)], 60)
    units = Conventions.of(train, 0, test)
    offsets = np.array([[3, 0], [0, 4], [0, -4], [-3, 0]])
    assert units.longest == 5
    assert units.across == pytest.approx(math.sqrt((offsets[:, 0] ** 2).mean()))
    assert units.down == pytest.approx(math.sqrt((offsets[:, 1] ** 2).mean()))
    assert units.both == pytest.approx(offsets.std())


def test_published_losses_are_their_formulas(model: SketchModel, drawings: SketchSet) -> None:
    mine = subset(drawings, 2)
    nats = point_nats(model, mine, noise=False)
    units = Conventions(longest=40, both=30.0, across=35.0, down=25.0)
    found = published(nats, len(mine), units, np.random.default_rng(0))
    rnn = plain = 0.0
    for offset, pen, place in zip(nats.offsets, nats.pen, nats.place, strict=True):
        if place >= 1:
            rnn += -math.log(math.exp(-offset) * 30.0**2 + 1e-6) + pen
        if place >= 2:
            plain += offset - math.log(35.0 * 25.0) + pen
    assert found.sketch_rnn.value == pytest.approx(rnn / 40 / len(mine))
    assert found.sketch_transformer.value == pytest.approx(plain / 40 / len(mine))


def test_a_subset_holds_one_class_alone(drawings: SketchSet) -> None:
    mine = subset(drawings, 1)
    numbers = np.flatnonzero(drawings.labels == 1)
    assert len(mine) == len(numbers) == 30
    assert np.array_equal(mine[4], drawings[int(numbers[4])])
    assert mine.classes == drawings.classes
