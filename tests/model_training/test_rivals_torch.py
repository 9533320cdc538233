"""Sketchformer, the network over pen moves, and what makes their rows honest."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.distributions import Normal, kl_divergence

from model_training.baselines.move_gpt import MoveConfig, MoveGpt
from model_training.baselines.moves import REACH, Moves
from model_training.baselines.sketchformer import (
    FormerConfig,
    Sketchformer,
    SketchformerTokens,
    divergence,
)
from model_training.baselines.steps import (
    FormerSteps,
    FormerTokenSteps,
    GptSteps,
    TokenStepper,
)
from model_training.data.dataset import SketchSet, collate, gather, in_order
from model_training.judge.baselines import draw_baseline
from model_training.judge.likelihood import likelihood, point_nats
from model_training.mdn import log_density
from model_training.model import Nats, Tensors
from pi_service.sketching.stroke import check_sketch, from_polylines

pytestmark = pytest.mark.training

FORMER = FormerConfig(
    classes=3,
    width=16,
    layers=2,
    heads=2,
    hidden=24,
    pooling=12,
    expanded=3,
    components=3,
    moves=40,
    max_points=60,
    scale=35.0,
)
GPT = MoveConfig(classes=3, width=16, layers=2, heads=2, hidden=24, moves=40, max_points=60)
Rival = Sketchformer | SketchformerTokens | MoveGpt
MAKERS: dict[str, Callable[[], Rival]] = {
    "sketchformer": lambda: Sketchformer(FORMER),
    "sketchformer-token": lambda: SketchformerTokens(FORMER),
    "move-gpt": lambda: MoveGpt(GPT),
}


def _made(kind: str, drawings: SketchSet) -> Rival:
    """A model that learned nothing, away from where everything is alike."""
    torch.manual_seed(4)
    model = MAKERS[kind]()
    if isinstance(model, SketchformerTokens | MoveGpt):
        model.moves.learn(drawings)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return model.eval()


def _batch(drawings: SketchSet, *which: int) -> Tensors:
    rows, lengths = drawings.several(np.array(which))
    labels = drawings.labels[list(which)]
    rng = np.random.default_rng(0)
    return Tensors.of(collate(rows.astype(np.float32), lengths, labels, rng))


def _three_strokes() -> Tensors:
    """A drawing whose strokes have 5, 1 and 6 points."""
    rng = np.random.default_rng(0)
    lines = [rng.integers(0, 256, (n, 2)) for n in (5, 1, 6)]
    found = gather([("b", from_polylines(lines))], 30, ("a", "b", "c"))
    return Tensors.of(next(iter(in_order(found, 100, seed=0))))


def _given_code(model: Rival, code: Tensor, batch: Tensors) -> Nats:
    if isinstance(model, Sketchformer):
        return model._reconstruction(code, batch)
    found: Nats = model(batch)
    return found


@torch.no_grad()
def test_point_by_point_sketchformer_gives_the_odds_of_the_whole(drawings: SketchSet) -> None:
    model, batch = _made("sketchformer", drawings), _three_strokes()
    assert isinstance(model, Sketchformer)
    code = torch.randn(1, FORMER.width)
    whole = _given_code(model, code, batch)
    step = FormerSteps(model, code)
    offsets = pen = None
    for place in range(12):
        odds, logits = step(offsets, pen)
        offsets, pen = batch.offsets[:, place], batch.pen[:, place]
        target = (offsets + batch.noise[:, place]) / FORMER.scale
        nats = 2 * math.log(FORMER.scale) - log_density(odds, target)
        assert nats.item() == pytest.approx(whole.offsets[place].item(), abs=1e-3)
        said = -logits.log_softmax(dim=-1)[0, pen[0]]
        assert said.item() == pytest.approx(whole.pen[place].item(), abs=1e-4)


@torch.no_grad()
@pytest.mark.parametrize("kind", ["sketchformer-token", "move-gpt"])
def test_token_by_token_gives_the_odds_of_the_whole(kind: str, drawings: SketchSet) -> None:
    model, batch = _made(kind, drawings), _three_strokes()
    code = torch.randn(1, FORMER.width)
    whole = _given_code(model, code, batch)
    step: TokenStepper
    if isinstance(model, MoveGpt):
        step, moves = GptSteps(model, 1, 1), model.moves
    else:
        assert isinstance(model, SketchformerTokens)
        step, moves = FormerTokenSteps(model, code), model.moves
    told = moves.sequence(batch)
    tokens = [*told.tokens[0].tolist(), moves.count + 1]
    assert tokens.count(moves.count) == 2
    nats, place = 0.0, 0
    token = None
    for after in tokens:
        logits = step(token)[0]
        if token is None or int(token) == moves.count:
            logits = logits[: moves.count]
        nats -= float(logits.log_softmax(dim=0)[after])
        place += after < moves.count
        token = torch.tensor([min(after, moves.count)])
    nats -= float(told.within.sum())
    assert place == 12
    assert nats == pytest.approx(float((whole.offsets + whole.pen).sum()), abs=1e-3)


def test_a_moves_pixels_have_all_of_its_chance_and_it_has_those_nearest(
    drawings: SketchSet,
) -> None:
    moves = Moves(40)
    moves.learn(drawings)
    cells = moves.cells.flatten().long()
    chance = torch.zeros(40, dtype=torch.float64)
    chance.index_add_(0, cells, moves.log_pixel.flatten().double().exp())
    assert chance.tolist() == pytest.approx([1.0] * 40, abs=1e-5)
    drawn = moves.pixels(torch.full((500,), 7), torch.Generator().manual_seed(0))
    assert (moves.cells[drawn[:, 0] + REACH, drawn[:, 1] + REACH] == 7).all()
    assert len({tuple(pixel) for pixel in drawn.tolist()}) > 1


@torch.no_grad()
@pytest.mark.parametrize("kind", MAKERS)
def test_odds_depend_on_earlier_points_alone(kind: str, drawings: SketchSet) -> None:
    model, batch = _made(kind, drawings), _batch(drawings, 1)
    code = torch.randn(1, FORMER.width)
    before = _given_code(model, code, batch)
    last = len(before.pen) - 1
    for at in range(last):
        offsets = batch.offsets.clone()
        offsets[0, at] += 60
        after = _given_code(model, code, dataclasses.replace(batch, offsets=offsets))
        moved = (after.offsets - before.offsets).abs()
        assert float(moved[:at].max()) < 1e-5 if at else True
        assert float(moved[at:].max()) > 1e-3


def test_the_divergence_is_that_of_the_textbook() -> None:
    torch.manual_seed(0)
    mean, deviation, centre, spread = torch.randn(4, 5, 7)
    one, other = (mean, deviation.exp()), (centre, spread.exp())
    wanted = kl_divergence(Normal(*one), Normal(*other)).sum(dim=1)
    assert torch.allclose(divergence(one, other), wanted, rtol=1e-4)


@torch.no_grad()
@pytest.mark.parametrize("kind", ["sketchformer", "sketchformer-token"])
def test_a_bottleneck_pays_for_its_code_once_a_sketch(kind: str, drawings: SketchSet) -> None:
    model, batch = _made(kind, drawings), _batch(drawings, 0, 1, 2)
    assert isinstance(model, Sketchformer)
    nats = model(batch)
    first = [0, *torch.bincount(nats.sketch).cumsum(0)[:-1].tolist()]
    assert nats.code.nonzero()[:, 0].tolist() == first
    assert nats.code[first].min() > 0
    assert float(nats.per_point) == pytest.approx(
        float((nats.offsets + nats.pen + nats.code).mean())
    )
    assert torch.equal(model(batch).total, nats.total)  # the code is drawn the same way
    found = likelihood(point_nats(model, drawings), drawings, np.random.default_rng(0))
    assert found.code_per_point > 0
    parts = found.offset_per_point + found.pen_per_point + found.code_per_point
    assert parts == pytest.approx(found.per_point.value, rel=1e-6)


@torch.no_grad()
def test_a_code_that_tells_no_more_than_the_class_costs_nothing(drawings: SketchSet) -> None:
    model, batch = _made("sketchformer", drawings), _batch(drawings, 0, 1, 2)
    assert isinstance(model, Sketchformer)
    mean, deviation = model._encoded(batch)
    prior = model.code.prior.weight
    prior[batch.labels] = torch.cat([mean, deviation.log()], dim=1)
    assert float(model(batch).code.abs().max()) < 1e-4


@pytest.mark.parametrize("kind", MAKERS)
def test_drawings_follow_from_the_seed_and_are_sketches(
    kind: str, drawings: SketchSet
) -> None:
    model = _made(kind, drawings)
    drawn = draw_baseline(model, 2, 30, seed=5)
    again = draw_baseline(model, 2, 30, seed=5)
    assert all(np.array_equal(a.sketch, b.sketch) for a, b in zip(drawn, again, strict=True))
    assert len({d.sketch.tobytes() for d in drawn}) > 25
    for one in drawn:
        check_sketch(one.sketch)
        assert one.ended or len(one.sketch) == 60
    assert any(one.ended for one in drawn)
