"""The two baselines are what was published, but for what their descriptions say."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.distributions import MultivariateNormal

from model_training.baselines.sketch_rnn import RnnConfig, SketchRnn, correlated
from model_training.baselines.sketch_transformer import (
    PlainBlock,
    PlainConfig,
    SketchTransformer,
)
from model_training.data.dataset import SketchSet, collate, gather
from model_training.mdn import log_density
from model_training.model import SketchModel, StrokeModel, Tensors
from model_training.training.kinds import KINDS, build, from_fields, kind_of, spread
from model_training.training.settings import TrainConfig, TrainingError
from pi_service.sketching.config import ModelConfig
from pi_service.sketching.stroke import from_polylines

pytestmark = pytest.mark.training

RNN = RnnConfig(classes=3, width=24, latent=8, components=4, max_points=60, scale=30.0)
PLAIN = PlainConfig(
    classes=3,
    width=36,
    layers=2,
    heads=3,
    hidden=48,
    components=4,
    max_points=60,
    scale=(50.0, 30.0),
)


def _models() -> list[StrokeModel]:
    torch.manual_seed(0)
    return [SketchRnn(RNN).eval(), SketchTransformer(PLAIN).eval()]


def _batch(drawings: SketchSet, *which: int) -> Tensors:
    rows, lengths = drawings.several(np.array(which))
    labels = drawings.labels[list(which)]
    rng = np.random.default_rng(0)
    return Tensors.of(collate(rows.astype(np.float32), lengths, labels, rng))


def test_the_sketch_transformer_has_the_published_number_of_parameters() -> None:
    model = SketchTransformer(PlainConfig(classes=0, max_points=130))
    ours = {"first_mixture", "first_pen"}  # it has no odds for the first point
    counts = {name: p.numel() for name, p in model.named_parameters() if name not in ours}
    assert sum(counts.values()) == 10_739_451


@torch.no_grad()
def test_the_sketch_transformer_divides_attention_by_the_root_of_its_width(
    drawings: SketchSet,
) -> None:
    torch.manual_seed(0)
    block = PlainBlock(PLAIN).eval()
    x = torch.randn(1, 5, PLAIN.width)
    q, k, v = block.qkv(block.before_attention(x)).chunk(3, dim=-1)
    seen = []
    for head in range(PLAIN.heads):
        part = slice(12 * head, 12 * (head + 1))
        logits = q[..., part] @ k[..., part].mT * PLAIN.width**-0.5
        logits = logits.masked_fill(torch.ones(5, 5).triu(1).bool(), -math.inf)
        seen.append(logits.softmax(dim=-1) @ v[..., part])
    wanted = x + block.out(torch.cat(seen, dim=-1))
    wanted = wanted + block.down(block.up(block.before_network(wanted)).relu())
    assert torch.allclose(block(x), wanted, atol=1e-5)


@torch.no_grad()
def test_sketch_rnn_is_an_lstm_with_a_forget_bias_of_one(drawings: SketchSet) -> None:
    torch.manual_seed(0)
    model = SketchRnn(RNN).eval()
    torch.nn.init.normal_(model.first_state.weight)
    batch = _batch(drawings, 0, 1, 2)
    width = RNN.width
    lstm = torch.nn.LSTM(5 + RNN.latent, width, batch_first=True)
    given_weight, kept_weight, given_bias, kept_bias = lstm.parameters()
    order = torch.cat([torch.arange(width) + width * k for k in (0, 2, 1, 3)])  # i f g o
    told = torch.cat([model.point.weight, model.latent.weight], dim=1)
    given_weight.copy_(told[order])
    kept_weight.copy_(model.recurrent.weight[order])
    bias = model.point.bias.clone()
    bias[2 * width : 3 * width] += 1.0
    given_bias.copy_(bias[order])
    kept_bias.zero_()
    count, length = batch.pen.shape
    start = torch.tensor([0.0, 0.0, 1.0, 0.0, 0.0]).expand(count, 1, 5)
    pens = torch.nn.functional.one_hot(batch.pen[:, :-1], 3).float()
    points = torch.cat([batch.offsets[:, :-1] / RNN.scale, pens], dim=-1)
    latent = model.start(batch.labels)
    given = torch.cat([start, points], dim=1)
    given = torch.cat([given, latent[:, None].expand(-1, length, -1)], dim=-1)
    cell, out = model.first_state(latent).tanh().chunk(2, dim=-1)
    wanted, _ = lstm(given, (out[None], cell[None]))
    assert torch.allclose(model.states(batch), wanted, atol=1e-5)


@torch.no_grad()
def test_sketch_rnn_counts_in_fp32_whatever_is_asked_for(drawings: SketchSet) -> None:
    model, batch = _models()[0], _batch(drawings, 0, 1, 2)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        half = model(batch)
    assert torch.equal(half.offsets, model(batch).offsets)


def test_recurrent_dropout_spares_a_tenth_only_while_training(drawings: SketchSet) -> None:
    torch.manual_seed(0)
    model, batch = SketchRnn(RNN), _batch(drawings, 0, 1, 2)
    first, second = model.train()(batch).per_point, model(batch).per_point
    assert float(first.detach()) != float(second.detach())
    first, second = model.eval()(batch).per_point, model(batch).per_point
    assert float(first.detach()) == float(second.detach())


@torch.no_grad()
def test_correlated_gaussians_have_the_density_of_the_textbook() -> None:
    torch.manual_seed(0)
    raw, at = (
        torch.randn(7, 6 * 4, dtype=torch.float64),
        torch.randn(7, 2, dtype=torch.float64),
    )
    logit, x, y, log_x, log_y, bend = raw.view(7, 6, 4).unbind(1)
    a, b, rho = log_x.exp(), log_y.exp(), bend.tanh()
    covariance = torch.stack([a * a, rho * a * b, rho * a * b, b * b], -1).view(7, 4, 2, 2)
    normal = MultivariateNormal(torch.stack([x, y], -1), covariance)
    each = normal.log_prob(at[:, None])  # type: ignore[no-untyped-call]  # torch's own
    wanted = (logit.log_softmax(-1) + each).logsumexp(-1)
    assert torch.allclose(log_density(correlated(raw, 0.0), at), wanted, atol=1e-6)
    assert float(correlated(raw, 0.7).b.min()) >= 0.7
    assert float(correlated(raw, 0.7).a.min()) >= 0.7


@torch.no_grad()
@pytest.mark.parametrize("which", [0, 1])
def test_odds_depend_on_earlier_points_alone(which: int, drawings: SketchSet) -> None:
    model, batch = _models()[which], _batch(drawings, 1, 4, 7)

    def densities(tensors: Tensors) -> Tensor:
        mix, pen = model.odds(tensors)
        place = torch.zeros(len(pen), 2)
        found = torch.cat([log_density(mix, place)[:, None], pen], dim=1)
        return torch.stack([found[batch.real.flatten().cumsum(0)[k] - 1] for k in range(8)])

    before = densities(batch)
    for at in range(7):
        offsets = batch.offsets.clone()
        offsets[0, at] += 13
        pen = batch.pen.clone()
        pen[0, at] = 1 - pen[0, at].clamp(max=1)
        after = densities(dataclasses.replace(batch, offsets=offsets, pen=pen))
        difference = (after - before).abs().amax(dim=1)
        assert float(difference[: at + 1].max()) == 0
        assert float(difference[at + 1]) > 0


@torch.no_grad()
@pytest.mark.parametrize("which", [0, 1])
def test_the_class_and_every_point_count(which: int, drawings: SketchSet) -> None:
    model, batch = _models()[which], _batch(drawings, 0, 1, 2)
    nats = model(batch)
    assert torch.bincount(nats.sketch).tolist() == batch.real.sum(dim=1).tolist()
    other = model(dataclasses.replace(batch, labels=batch.labels + 1))
    first = torch.tensor([0, *(torch.bincount(nats.sketch).cumsum(0)[:-1]).tolist()])
    changed = (other.offsets - nats.offsets).abs() > 0
    rest = torch.ones(len(changed), dtype=torch.bool)
    rest[first] = False
    assert changed[rest].all()
    if which == 1:  # the first point's odds are the same for every class
        assert not changed[first].any()


@torch.no_grad()
def test_losses_are_in_pixels_whatever_the_units(drawings: SketchSet) -> None:
    """A model that knows nothing says about the same in nats per pixel in any units."""
    found = []
    for scale in ((20.0, 80.0), (80.0, 20.0)):
        config = dataclasses.replace(PLAIN, scale=scale, sigma_floor=0.0)
        model = SketchTransformer(config).eval()
        for part in (model.mixture_head.weight, model.mixture_head.bias, model.first_mixture):
            torch.nn.init.zeros_(part)
        for raw in (model.mixture_head.bias, model.first_mixture):
            raw[3 * 4 : 4 * 4] = math.log(100.0 / scale[0])
            raw[4 * 4 : 5 * 4] = math.log(100.0 / scale[1])
        found.append(float(model(_batch(drawings, 0, 1, 2)).offsets.mean()))
    assert found[0] == pytest.approx(found[1], abs=1e-4)


def test_baselines_take_their_units_from_the_drawings() -> None:
    lines = [np.array([[0, 0], [30, 4], [60, 0]]), np.array([[60, 40]])]
    drawings = gather([("a", from_polylines(lines)), ("b", from_polylines(lines))], 60)
    across, down = spread(drawings)
    assert across == pytest.approx(math.sqrt((900 + 900 + 0) / 3))
    assert down == pytest.approx(math.sqrt((16 + 16 + 1600) / 3))
    plain, rnn = (build(f"sketch-{name}", drawings) for name in ("transformer", "rnn"))
    assert plain.units == (across, down)
    assert rnn.units[0] == rnn.units[1] == pytest.approx(math.hypot(across, down) / 2**0.5)
    ours = build("catplotter", drawings, {"width": 32})
    assert ours.units == (ModelConfig.scale, ModelConfig.scale)


def test_every_kind_has_its_name_and_its_published_training() -> None:
    torch.manual_seed(0)
    sizes = {"classes": 2}
    for name in KINDS:
        assert kind_of(from_fields(name, {**sizes, "width": 12 * 4})) == name
        TrainConfig(**{"steps": 1, **KINDS[name].training})
    assert KINDS["sketch-rnn"].training["clip_by"] == "value"
    assert KINDS["sketch-transformer"].training["schedule"] == "constant"
    assert isinstance(from_fields("catplotter", sizes), SketchModel)
    with pytest.raises(TrainingError, match="cannot be built"):
        from_fields("sketch-rnn", {"newt": 3})
