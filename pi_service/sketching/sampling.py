"""Drawing points from the model's odds, everything from a seed; how boldly, says `manner`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from pi_service.sketching.config import ModelConfig
from pi_service.sketching.decoder import Floats, Ints, Mask, Mixture, features
from pi_service.sketching.guidance import Odds, odds_of
from pi_service.sketching.manner import Manner, Temperature
from pi_service.sketching.model_file import Weights
from pi_service.sketching.stroke import EMPTY_SKETCH, Sketch

Uniforms: TypeAlias = NDArray[np.float64]

DRAWS = 4
"""Uniform numbers that one point takes: component, offset (two), pen."""
LIFTED, END = 1, 2
"""Pen states after a point; 0 is down."""


@dataclass(frozen=True)
class Sampled:
    """What came out for one sketch."""

    sketch: Sketch
    ended: bool
    """False where the model had not finished after the most points it can draw."""


def uniforms(seed: Sequence[int], points: int) -> Uniforms:
    """All random numbers of one sketch, shape (points, 4), from whole numbers that name it.

    PCG64's plain doubles alone are used: their stream is fixed for good, which NumPy does not
    promise of its normal numbers.
    """
    generator = np.random.Generator(np.random.PCG64(list(seed)))
    return generator.random((points, DRAWS))


def sample(
    weights: Weights,
    config: ModelConfig,
    classes: Ints,
    draws: Uniforms,
    manner: Manner,
    *,
    openings: Uniforms | None = None,
    bold: Mask | None = None,
    given: Sketch = EMPTY_SKETCH,
) -> list[Sampled]:
    """Draws B sketches side by side; each is what it would be if it were drawn alone.

    Points are rounded to the grid of whole pixels that the model learned from.

    Args:
        weights: The model.
        config: Its architecture.
        classes: The class number of each sketch, shape (B,).
        draws: Their random numbers, shape (B, config.max_points, 4).
        manner: How boldly.
        openings: Those of the opening's strokes, of the same shape; None takes `draws`.
        bold: Which sketches have one of the bolder openings, shape (B,); None: none.
        given: Rows that all of them, of one class then, begin with, fewer than
            `config.max_points`; the results hold them too.
    """
    count, begun = len(classes), len(given)
    odds = odds_of(weights, config, classes[:1] if begun else classes, manner.details.guidance)
    rows = np.zeros((count, config.max_points, 3), dtype=np.int32)
    rows[:, :begun] = given
    lengths = np.full(count, config.max_points)
    alive = np.arange(count)
    strokes = np.zeros(count, dtype=np.int64)
    states, positions = _read(odds, config, given, count)
    later = chances_of(draws)
    first = later if openings is None else chances_of(openings)
    for step in range(begun, config.max_points):
        hot = strokes < manner.strokes
        heat = hot * (1 if bold is None else 1 + bold[alive])
        chance = _chance(first, later, alive, step, hot)
        drawn = _offsets(odds.mixture(states), chance, manner, heat)
        offsets = np.rint(drawn * config.scale).astype(np.float32)
        positions = positions + offsets
        told = features(offsets, positions, config)
        pen = _pen(odds.pen_logits(states, told), chance.pen, manner, heat)
        strokes = strokes + (pen == LIFTED)
        rows[alive, step, :2] = offsets
        rows[alive, step, 2] = pen != 0
        if END in pen:
            going = pen != END
            lengths[alive[~going]] = step + 1
            alive, told, pen = alive[going], told[going], pen[going]
            positions, strokes = positions[going], strokes[going]
            odds.keep(going)
        if len(alive) == 0 or step + 1 == config.max_points:
            break
        states = odds.step(told, pen)
    unfinished = set(alive.tolist())
    rows[alive, -1, 2] = 1
    return [Sampled(rows[k, : lengths[k]].copy(), k not in unfinished) for k in range(count)]


def _read(odds: Odds, config: ModelConfig, given: Sketch, count: int) -> tuple[Floats, Floats]:
    """Reads the rows that all sketches begin with; gives states and positions after them."""
    states = odds.begin()
    if not len(given):
        return states, np.zeros((count, 2), dtype=np.float32)
    position = np.zeros((1, 2), dtype=np.float32)
    for row in given:
        offset = row[None, :2].astype(np.float32)
        position = position + offset
        states = odds.step(features(offset, position, config), row[2:].astype(np.int64))
    odds.spread(count)
    return np.repeat(states, count, axis=0), np.repeat(position, count, axis=0)


class Chances(NamedTuple):
    """The random numbers of points, ready to be used; every array has the shape (…,)."""

    component: Uniforms
    """Uniform; chooses the Gaussian."""
    normal_u: Uniforms
    """Of mean 0 and deviation 1, and so is the next."""
    normal_v: Uniforms
    pen: Uniforms
    """Uniform; chooses the pen's state."""

    def at(self, sketches: Ints, step: int) -> Chances:
        """Those of one point of some sketches, shape (B,)."""
        return Chances(*(part[sketches, step] for part in self))


def chances_of(draws: Uniforms) -> Chances:
    """Uniform numbers, shape (…, 4), as they are needed.

    The second and third become normal ones by the transform of Box and Muller (1958).
    """
    component, length, turn, pen = np.moveaxis(draws, -1, 0)
    radius = np.sqrt(-2 * np.log1p(-length))
    angle = 2 * np.pi * turn
    return Chances(component, radius * np.cos(angle), radius * np.sin(angle), pen)


def _chance(first: Chances, later: Chances, alive: Ints, step: int, hot: Mask) -> Chances:
    """The random numbers of one point of some sketches, those of openings from the first."""
    if not hot.any():
        return later.at(alive, step)
    opening = first.at(alive, step)
    pairs = zip(opening, later.at(alive, step), strict=True)
    return Chances(*(np.where(hot, one, other) for one, other in pairs))


def _offsets(mixture: Mixture, chance: Chances, manner: Manner, heat: Ints) -> Uniforms:
    """One offset from each mixture, as boldly as its heat says: a place in `_temperatures`."""
    temperatures, levels = _temperatures(manner), np.unique(heat)
    if len(levels) == 1:
        return draw_offsets(mixture, chance, temperatures[levels[0]])
    found = np.empty((len(heat), 2))
    for level in levels:
        part = heat == level
        some = Mixture(*(values[part] for values in mixture))
        numbers = Chances(*(values[part] for values in chance))
        found[part] = draw_offsets(some, numbers, temperatures[level])
    return found


def _pen(logits: Floats, chance: Uniforms, manner: Manner, heat: Ints) -> Ints:
    """One state of the pen for each sketch, as boldly as its heat says."""
    temperatures = _temperatures(manner)
    pen = draw_pen(logits, chance, temperatures[0])
    for level in (1, 2):
        if level in heat:
            pen = np.where(heat == level, draw_pen(logits, chance, temperatures[level]), pen)
    return pen


def _temperatures(manner: Manner) -> tuple[Temperature, Temperature, Temperature]:
    """Of details, openings, and the bolder openings."""
    return manner.details, manner.opening, manner.bolder


def draw_offsets(mixture: Mixture, chance: Chances, temperature: Temperature) -> Uniforms:
    """One offset from each mixture, model units, shape (B, 2).

    Args:
        mixture: Of B sketches.
        chance: Random numbers, each of shape (B,).
        temperature: How boldly.
    """
    logits = mixture.log_weight
    if temperature.least_weight > 0:
        least = np.maximum.reduce(logits, axis=1, keepdims=True)
        least += np.float32(math.log(temperature.least_weight))
        logits = np.where(logits < least, np.float32(-np.inf), logits)
    logits = _nucleus(logits / np.float32(temperature.components), temperature.nucleus)
    chosen = (np.arange(len(logits)), _choose(logits, chance.component))
    wide = math.sqrt(temperature.offsets)
    u, v = wide * chance.normal_u, wide * chance.normal_v
    offsets = np.empty((len(u), 2))
    offsets[:, 0] = mixture.mean[:, 0][chosen] + mixture.a[chosen] * u
    offsets[:, 1] = mixture.mean[:, 1][chosen] + mixture.c[chosen] * u + mixture.b[chosen] * v
    return offsets


def draw_pen(logits: Floats, chance: Uniforms, temperature: Temperature) -> Ints:
    """One state of the pen from each row of log-odds of down, lifted, end.

    Args:
        logits: Shape (B, 3).
        chance: Uniform numbers, shape (B,).
        temperature: How boldly.
    """
    added = np.array([0, temperature.lift, temperature.end], dtype=np.float32)
    return _choose((logits + added) / np.float32(temperature.pen), chance)


def _nucleus(logits: Floats, mass: float) -> Floats:
    """Log-odds without the tail: the fewest likeliest ones with this much of all chances.

    After Holtzman et al., 2020.
    """
    if mass >= 1:
        return logits
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    order = np.argsort(-odds, axis=1, kind="stable")
    sorted_odds = np.take_along_axis(odds, order, axis=1)
    before = np.cumsum(sorted_odds, axis=1) - sorted_odds
    out = np.empty(odds.shape, dtype=np.bool_)
    np.put_along_axis(out, order, before >= mass * odds.sum(axis=1, keepdims=True), axis=1)
    kept: Floats = np.where(out, np.float32(-np.inf), logits)
    return kept


def _choose(logits: Floats, chance: Uniforms) -> Ints:
    """One index from each row of unnormalised log-odds, by one uniform number a row."""
    top = np.maximum.reduce(logits, axis=1, keepdims=True)
    running = np.exp(logits - top, dtype=np.float64)
    np.add.accumulate(running, axis=1, out=running)
    below = running <= (chance * running[:, -1])[:, None]
    count = np.add.reduce(below, axis=1, dtype=np.int64)
    chosen: Ints = np.minimum(count, logits.shape[1] - 1)
    return chosen
