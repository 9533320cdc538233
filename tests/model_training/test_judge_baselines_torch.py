"""Drawing with the baselines, point by point, is drawing from the odds that they learned."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from model_training.baselines.sketch_rnn import RnnConfig, SketchRnn
from model_training.baselines.sketch_transformer import PlainConfig, SketchTransformer
from model_training.baselines.steps import point_stepper
from model_training.data.dataset import gather, in_order
from model_training.judge.baselines import draw_baseline
from model_training.mdn import log_density
from model_training.model import Tensors
from pi_service.sketching.stroke import check_sketch, from_polylines

pytestmark = pytest.mark.training

RNN = RnnConfig(classes=3, width=24, latent=8, components=4, max_points=30, scale=35.0)
PLAIN = PlainConfig(
    classes=3,
    width=24,
    layers=2,
    heads=2,
    hidden=32,
    components=4,
    max_points=30,
    scale=(30.0, 20.0),
)


@pytest.fixture(params=["sketch-rnn", "sketch-transformer"])
def baseline(request: pytest.FixtureRequest) -> SketchRnn | SketchTransformer:
    torch.manual_seed(4)
    made = SketchRnn(RNN) if request.param == "sketch-rnn" else SketchTransformer(PLAIN)
    with torch.no_grad():  # away from where everything is alike
        for parameter in made.parameters():
            parameter.add_(0.05 * torch.randn_like(parameter))
    return made.eval()


@torch.no_grad()
def test_step_by_step_gives_the_odds_of_the_whole(
    baseline: SketchRnn | SketchTransformer,
) -> None:
    rng = np.random.default_rng(0)
    lines = [rng.integers(0, 256, (n, 2)) for n in (5, 1, 6)]
    drawings = gather([("b", from_polylines(lines))], 30, ("a", "b", "c"))
    tensors = Tensors.of(next(iter(in_order(drawings, 100, seed=0))))
    whole = baseline(tensors)
    step = point_stepper(baseline, 1, 1, torch.Generator())
    unit = torch.as_tensor(baseline.config.scale).expand(2)
    offsets = pen = None
    for place in range(12):
        odds, logits = step(offsets, pen)
        offsets, pen = tensors.offsets[:, place], tensors.pen[:, place]
        target = (offsets + tensors.noise[:, place]) / unit
        nats = unit.log().sum() - log_density(odds, target)
        assert nats.item() == pytest.approx(whole.offsets[place].item(), abs=1e-3)
        said = -logits.log_softmax(dim=-1)[0, pen[0]]
        assert said.item() == pytest.approx(whole.pen[place].item(), abs=1e-4)


def test_drawings_follow_from_the_seed_and_are_sketches(
    baseline: SketchRnn | SketchTransformer,
) -> None:
    drawn = draw_baseline(baseline, 2, 40, seed=5)
    again = draw_baseline(baseline, 2, 40, seed=5)
    assert all(np.array_equal(a.sketch, b.sketch) for a, b in zip(drawn, again, strict=True))
    assert len({d.sketch.tobytes() for d in drawn}) == 40
    for one in drawn:
        check_sketch(one.sketch)
        assert 1 <= len(one.sketch) <= 30
        assert one.ended or len(one.sketch) == 30
    assert any(one.ended for one in drawn)
