"""A vocabulary of pen moves: sketches as sequences of tokens.

As Sketchformer's dictionary (Ribeiro et al., 2020): the moves are clusters of the training
drawings' offsets (k-means), a token of its own lifts the pen, another ends the sketch.

A move stands for all pixels that are nearest to its cluster's centre. So that the likelihood
of a sequence of tokens is one of the drawing, a move also tells how likely each of its pixels
is: as frequent as in the training drawings, and each seen once more than it was. With the
chance of the token this is a density over the plane, which sums to one over its pixels.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - torch's own convention
from numpy.typing import NDArray
from torch import Tensor, nn

from model_training.data.dataset import SketchSet
from model_training.model import Nats, Tensors

REACH = 320
"""Pixels to each side that a move can go; farther ones are cut to it."""
SIDE = 2 * REACH + 1
ROUNDS = 12
"""Of k-means."""
LIFTED = 1
"""The pen state after a stroke's last point, but for the sketch's last."""


class Sequence(NamedTuple):
    """Sketches as tokens: moves 0 to K - 1, then K lifts the pen; what ends is not told."""

    tokens: Tensor
    """Shape (B, S); what stands behind a sketch's last move is arbitrary."""
    places: Tensor
    """Where in its row each point's move stands, shape (B, T)."""
    within: Tensor
    """Logarithm of the density of each point within its move, per square pixel, (B, T)."""
    moves: Tensor
    """The move of each point, (B, T)."""


class Moves(nn.Module):
    """The vocabulary.

    Args:
        count: K, how many moves there are.
    """

    cells: Tensor
    """The move of every pixel, (SIDE, SIDE), by x and y."""
    log_pixel: Tensor
    """Logarithm of each pixel's chance within its move, (SIDE, SIDE)."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.count = count
        self.register_buffer("cells", torch.zeros(SIDE, SIDE, dtype=torch.int32))
        self.register_buffer("log_pixel", torch.zeros(SIDE, SIDE))

    def learn(self, drawings: SketchSet, seed: int = 0) -> None:
        """Makes the vocabulary that suits some drawings."""
        seen = _histogram(drawings)
        pixels = np.argwhere(seen).astype(np.float32)
        weights = seen[seen > 0].astype(np.float32)
        centres = _clusters(pixels, weights, self.count, np.random.default_rng(seed))
        grid = np.argwhere(np.ones_like(seen)).astype(np.float32)
        cells = _nearest(grid, centres)
        total = np.bincount(cells, (seen + 1).ravel(), minlength=self.count)
        self.cells.copy_(torch.from_numpy(cells.reshape(SIDE, SIDE)))
        chance = (seen + 1) / total[cells].reshape(SIDE, SIDE)
        self.log_pixel.copy_(torch.from_numpy(np.log(chance)))

    def sequence(self, batch: Tensors) -> Sequence:
        """The drawings of a batch as tokens; offsets are taken with their noise."""
        pixels = (batch.offsets + batch.noise).round().long().clamp(-REACH, REACH) + REACH
        moves = self.cells[pixels[..., 0], pixels[..., 1]].long()
        lifted = (batch.pen == LIFTED).long()
        places = torch.arange(moves.shape[1], device=moves.device) + lifted.cumsum(1) - lifted
        shape = (len(moves), int(places[batch.real].max()) + 1)
        tokens = torch.full(shape, self.count, device=moves.device)
        rows = batch.real.nonzero()[:, 0]
        tokens[rows, places[batch.real]] = moves[batch.real]
        within = self.log_pixel[pixels[..., 0], pixels[..., 1]]
        return Sequence(tokens, places, within, moves)

    def nats(self, logits: Tensor, told: Sequence, batch: Tensors) -> Nats:
        """What the drawings of a batch cost.

        Args:
            logits: Before each token, and after the last one, the log-odds of what comes next:
                K moves, lifting, ending; shape (B, S + 1, K + 2). Directly after lifting, and
                at the start, only moves count.
            told: The drawings as tokens.
            batch: The drawings.
        """
        rows = batch.real.nonzero()[:, 0]
        place, move = told.places[batch.real], told.moves[batch.real]
        before, after = logits[rows, place], logits[rows, place + 1]
        moved = F.cross_entropy(before[:, : self.count], move, reduction="none")
        down = after[:, : self.count].logsumexp(dim=1, keepdim=True)
        pens = torch.cat([down, after[:, self.count :]], dim=1)
        return Nats(
            offsets=moved - told.within[batch.real],
            pen=F.cross_entropy(pens, batch.pen[batch.real], reduction="none"),
            sketch=rows,
        )

    def pixels(self, moves: Tensor, generator: torch.Generator) -> Tensor:
        """One offset in whole pixels of each move (N,), by the chances within; (N, 2)."""
        order = self.cells.flatten().argsort(stable=True)
        chances = self.log_pixel.flatten()[order].double().exp().cumsum(0)
        ends = self.cells.flatten().bincount(minlength=self.count).cumsum(0)
        last = chances[ends - 1]
        first = torch.cat([last.new_zeros(1), last[:-1]])
        drawn = torch.rand(len(moves), generator=generator, dtype=torch.float64)
        place = first[moves] + drawn * (last - first)[moves]
        at = torch.searchsorted(chances, place, right=True)
        at = order[torch.minimum(at, ends[moves] - 1)]
        return torch.stack([at // SIDE, at % SIDE], dim=1) - REACH


def starts_with(start: Tensor, tokens: Tensor) -> Tensor:
    """Embedded tokens (B, S, width) behind their start (B, width)."""
    return torch.cat([start[:, None], tokens], dim=1)


def _histogram(drawings: SketchSet) -> NDArray[np.int64]:
    """How often each offset occurs, the first ones from the drawing's middle; (SIDE, SIDE)."""
    seen = np.zeros(SIDE * SIDE, dtype=np.int64)
    for first in range(0, len(drawings), 4096):
        chosen = np.arange(first, min(first + 4096, len(drawings)))
        points, lengths = drawings.several(chosen)
        places = points[:, :2].astype(np.int64)
        starts = np.cumsum(lengths) - lengths
        low = np.minimum.reduceat(places, starts)
        high = np.maximum.reduceat(places, starts)
        offsets = np.diff(places, axis=0, prepend=0)
        offsets[starts] = places[starts] - (low + high) // 2
        at = np.clip(offsets, -REACH, REACH) + REACH
        seen += np.bincount(at[:, 0] * SIDE + at[:, 1], minlength=SIDE * SIDE)
    return seen.reshape(SIDE, SIDE)


def _clusters(
    pixels: NDArray[np.float32],
    weights: NDArray[np.float32],
    count: int,
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """Centres of clusters (count, 2) by k-means; begun with pixels as they are frequent."""
    chances = np.sqrt(weights) / np.sqrt(weights).sum()
    chosen = rng.choice(len(pixels), min(count, len(pixels)), replace=False, p=chances)
    centres = pixels[chosen]
    for _ in range(ROUNDS):
        nearest = _nearest(pixels, centres)
        total = np.bincount(nearest, weights, minlength=len(centres))
        for axis in range(2):
            moved = np.bincount(nearest, weights * pixels[:, axis], minlength=len(centres))
            centres[:, axis] = np.where(
                total > 0, moved / np.maximum(total, 1), centres[:, axis]
            )
    return centres


def _nearest(places: NDArray[np.float32], centres: NDArray[np.float32]) -> NDArray[np.int64]:
    """The number of the centre that is nearest to each place, shape (N,)."""
    found = np.empty(len(places), dtype=np.int64)
    half = (centres**2).sum(axis=1) / 2
    for first in range(0, len(places), 8192):
        part = slice(first, first + 8192)
        found[part] = np.argmax(places[part] @ centres.T - half, axis=1)
    return found
