"""Drawing with the baselines at temperature 1, so that they can be judged.

Offsets are whole pixels, as are those of our model.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from model_training.baselines.move_gpt import MoveGpt
from model_training.baselines.sketch_rnn import SketchRnn
from model_training.baselines.sketch_transformer import SketchTransformer
from model_training.baselines.sketchformer import Sketchformer, SketchformerTokens
from model_training.baselines.steps import (
    Baseline,
    ByPoints,
    ByTokens,
    PointStepper,
    TokenStepper,
    point_stepper,
    token_stepper,
)
from model_training.judge.measures import Drawn
from model_training.mdn import draw
from model_training.model import StrokeModel

END = 2
"""The pen state after a sketch's last point."""


def as_baseline(model: StrokeModel) -> Baseline | None:
    """The model as a baseline that can be drawn with, if it is one."""
    known = SketchRnn | SketchTransformer | Sketchformer | MoveGpt
    return model if isinstance(model, known) else None


@torch.no_grad()
def draw_baseline(model: Baseline, label: int, count: int, seed: int) -> list[Drawn]:
    """Sketches of a class, all from the seed."""
    generator = torch.Generator().manual_seed(seed)
    most = int(model.config.max_points)
    if isinstance(model, SketchformerTokens | MoveGpt):
        tokens = token_stepper(model, label, count, generator)
        rows, lengths, ended = _by_tokens(model, tokens, count, most, generator)
    else:
        points = point_stepper(model, label, count, generator)
        rows, lengths, ended = _by_points(model, points, count, most, generator)
    return [
        Drawn(rows[k, : lengths[k]].numpy().astype(np.int32), bool(ended[k]))
        for k in range(count)
    ]


def _by_points(
    model: ByPoints, step: PointStepper, count: int, most: int, generator: torch.Generator
) -> tuple[Tensor, Tensor, Tensor]:
    """Rows (count, most, 3), how many of them count, and which sketches ended."""
    rows = torch.zeros(count, most, 3, dtype=torch.int64)
    lengths = torch.full((count,), most)
    unit = torch.tensor(model.units)
    offsets: Tensor | None = None
    pen: Tensor | None = None
    going = torch.ones(count, dtype=torch.bool)
    for place in range(most):
        odds, logits = step(offsets, pen)
        offsets = (draw(odds, generator) * unit).round()
        pen = torch.multinomial(logits.softmax(dim=-1), 1, generator=generator)[:, 0]
        rows[:, place, :2] = offsets.long()
        rows[:, place, 2] = (pen != 0).long()
        lengths[going & (pen == END)] = place + 1
        going &= pen != END
        if not going.any():
            break
    rows[going, -1, 2] = 1
    return rows, lengths, ~going


def _by_tokens(
    model: ByTokens, step: TokenStepper, count: int, most: int, generator: torch.Generator
) -> tuple[Tensor, Tensor, Tensor]:
    """The same, token by token: lifting and ending are tokens of their own."""
    lift = model.config.moves
    rows = torch.zeros(count, most, 3, dtype=torch.int64)
    lengths = torch.zeros(count, dtype=torch.int64)
    ended = torch.zeros(count, dtype=torch.bool)
    going = ~ended
    must_move = ~ended
    tokens: Tensor | None = None
    while going.any():
        logits = step(tokens)
        logits[must_move, lift:] = -torch.inf
        tokens = torch.multinomial(logits.softmax(dim=-1), 1, generator=generator)[:, 0]
        must_move = tokens >= lift
        stopped = going & must_move
        rows[stopped, lengths[stopped] - 1, 2] = 1
        ended |= going & (tokens > lift)
        going &= ~ended & (must_move | (lengths < most))  # one move too many: it never ends
        moved = going & ~must_move
        rows[moved, lengths[moved], :2] = model.moves.pixels(tokens[moved], generator)
        lengths += moved
        tokens = tokens.clamp(max=lift)
    rows[~ended, -1, 2] = 1
    return rows, lengths, ended
