"""How likely a model finds drawings: the headline in nats, and L_R as others give it.

The headline is on the pixel grid: an offset's density is taken per square pixel at the offset
plus uniform noise of half a pixel to either side, which bounds the loss of the pixel itself
from above (Theis et al., 2016), so that no model gains by infinitely sharp spikes. A sketch's
loss is that of all its offsets, the first one too, and of all its pen states, the end too.

L_R is what sketch-rnn and the sketch-transformer print: all nats of a sketch over N_max, the
longest sketch's points, with densities per squared unit at the whole pixels, where a model
without a floor under its deviations gains without bound. Such figures compare only where data,
unit, N_max and floor are the same; see `Conventions`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch

from model_training.data.dataset import Batch, Ints, SketchSet, in_order
from model_training.judge.intervals import Figure, mean_figure, ratio_of_sums_figure
from model_training.judge.metrics import Array
from model_training.model import StrokeModel, Tensors

NOISE_SEED = 0
"""Seed of the noise added to offsets, so that a measurement can be repeated."""
BATCH_POINTS = 8192
"""Points in a batch, padding included."""
GMM_FLOOR = 1e-6
"""What sketch-rnn adds to a density before it takes the logarithm."""
CLAMP = 1000.0
"""Pixels to which sketch-rnn and the sketch-transformer cut offsets."""


@dataclass(frozen=True)
class PointNats:
    """The nats of some drawings, point after point, sketch after sketch."""

    offsets: Array
    """Of each offset, density per square pixel, shape (P,)."""
    pen: Array
    """Of each pen state, shape (P,)."""
    code: Array
    """Of the sketches' codes, at their first points, shape (P,); see `Nats.code`."""
    sketch: Ints
    """The number of the sketch in its set, shape (P,)."""
    place: Ints
    """The point's number in its sketch, from 0, shape (P,)."""

    @property
    def total(self) -> Array:
        """All nats of each point, shape (P,)."""
        return self.offsets + self.pen + self.code


@dataclass(frozen=True)
class Likelihood:
    """The loss of some drawings under a model."""

    sketches: int
    points: int
    per_sketch: Figure
    """Nats a sketch."""
    per_point: Figure
    """Nats a point: all nats over all points."""
    offset_per_point: float
    pen_per_point: float
    code_per_point: float = 0.0
    """Of the sketches' codes; with a code, all figures are bounds from above."""


@dataclass(frozen=True)
class Conventions:
    """Units in which the baselines' L_R are given, taken from humans' drawings of a class."""

    longest: int
    """N_max: points of the longest sketch, as those files count: without the first point,
    which says where a drawing begins."""
    both: float
    """sketch-rnn's unit in pixels: the standard deviation of all offsets, x and y alike."""
    across: float
    """The sketch-transformer's unit of x, in pixels: the root mean square of offsets."""
    down: float
    """The sketch-transformer's unit of y, in pixels."""

    @classmethod
    def of(cls, train: SketchSet, label: int, *others: SketchSet) -> Conventions:
        """From the training drawings of a class; N_max also from those of other parts."""
        members = np.flatnonzero(train.labels == label)
        places = (train[int(k)][:, :2].astype(np.float64) for k in members)
        steps = [np.diff(xy, axis=0) for xy in places]
        offsets = np.concatenate(steps).clip(-CLAMP, CLAMP)
        lengths = [s.lengths[s.labels == label] for s in (train, *others)]
        across, down = np.sqrt((offsets**2).mean(axis=0))
        return cls(
            int(np.concatenate(lengths).max()) - 1,
            float(offsets.std()),
            float(across),
            float(down),
        )


@dataclass(frozen=True)
class PublishedLosses:
    """L_R in the conventions of both baselines."""

    sketch_rnn: Figure
    """Density per squared unit plus 1e-6, from the second point on; pen from there on too."""
    sketch_transformer: Figure
    """Density per unit of x and unit of y, from the third point on, since it has no start
    token; without the two padding targets by which the published figure gains."""


@torch.no_grad()
def point_nats(
    model: StrokeModel, drawings: SketchSet, *, noise: bool = True, device: str = "cpu"
) -> PointNats:
    """The nats of every point, dequantised as for the headline, or of whole pixels."""
    parts = []
    for batch, numbers in _batches(drawings):
        tensors = Tensors.of(batch, device)
        if not noise:
            tensors = replace(tensors, noise=torch.zeros_like(tensors.noise))
        found = model(tensors)
        rows = tensors.real.nonzero().cpu().numpy()
        code = torch.zeros_like(found.pen) if found.code is None else found.code
        nats = (each.double().cpu().numpy() for each in (found.offsets, found.pen, code))
        parts.append((*nats, numbers[rows[:, 0]], rows[:, 1]))
    return PointNats(*map(np.concatenate, zip(*parts, strict=True)))


def _batches(drawings: SketchSet) -> Iterator[tuple[Batch, Ints]]:
    """Batches of `in_order`, each with its sketches' numbers in the set."""
    order = np.argsort(-drawings.lengths, kind="stable")  # as in_order takes them
    for batch in in_order(drawings, BATCH_POINTS, seed=NOISE_SEED):
        numbers, order = order[: len(batch.labels)], order[len(batch.labels) :]
        yield batch, numbers


def per_sketch(nats: PointNats, values: Array, count: int) -> Array:
    """Sums over the points of each of `count` sketches, shape (count,)."""
    sums: Array = np.bincount(nats.sketch, values, minlength=count).astype(np.float64)
    return sums


def likelihood(
    nats: PointNats, drawings: SketchSet, rng: np.random.Generator, label: int | None = None
) -> Likelihood:
    """The headline for all drawings, or for those of one class."""
    count = len(drawings)
    chosen = np.ones(count, dtype=bool) if label is None else drawings.labels == label
    offset = per_sketch(nats, nats.offsets, count)[chosen]
    pen = per_sketch(nats, nats.pen, count)[chosen]
    code = per_sketch(nats, nats.code, count)[chosen]
    total = per_sketch(nats, nats.total, count)[chosen]
    lengths = drawings.lengths[chosen]
    points = int(lengths.sum())
    return Likelihood(
        sketches=len(lengths),
        points=points,
        per_sketch=mean_figure(total, rng),
        per_point=ratio_of_sums_figure(total, lengths, rng),
        offset_per_point=float(offset.sum()) / max(points, 1),
        pen_per_point=float(pen.sum()) / max(points, 1),
        code_per_point=float(code.sum()) / max(points, 1),
    )


def published(
    nats: PointNats, count: int, units: Conventions, rng: np.random.Generator
) -> PublishedLosses:
    """L_R of `count` sketches from their nats at whole pixels (`noise=False`)."""
    density = np.exp(-nats.offsets + 2 * math.log(units.both))
    rnn = (-np.log(density + GMM_FLOOR) + nats.pen) * (nats.place >= 1) + nats.code
    seed = nats.offsets - math.log(units.across * units.down) + nats.pen
    plain = seed * (nats.place >= 2) + nats.code
    return PublishedLosses(
        mean_figure(per_sketch(nats, rnn, count) / units.longest, rng),
        mean_figure(per_sketch(nats, plain, count) / units.longest, rng),
    )
