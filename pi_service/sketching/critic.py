"""The critic: which of several sketches of a class to keep.

A small convolutional network looks at a sketch as people do, as a picture, and says what it
shows: the log-probability of the class that was asked for among all classes. Of classes of
which people have said what they would hang and what not, it also says how likely they would
hang this one: from the network's view of the picture, from that log-probability, from the
parts of the face and where they stand, and from how strokes, points and ink compare with what
is usual.

The score is made of the log-odds of being hung; the class evidence; something for a body, so
that the choice does not take away what is hard to draw, and for whiskers on both sides; and
something for an unusual view, since otherwise the most usual of all good cats would be chosen
each time. How unusual a view is, is its distance from the middle of the model's own acceptable
drawings, in standard deviations along their principal axes. Odds, evidence and distance count
up to caps (half of all humans' drawings of the class reach that of the evidence), so that no
caricature is preferred. Where nobody said what to hang, the evidence alone counts, without a
cap. The model's own likelihood is no part of it: it prefers short, bland sketches.

Everything is computed sketch by sketch: the score of one does not depend on the others.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from pi_service.sketching.config import KERNELS, MEASURES, PREFIX, CriticConfig
from pi_service.sketching.decoder import Floats
from pi_service.sketching.limits import Limits, ink_length
from pi_service.sketching.model_file import ModelFile, Weights
from pi_service.sketching.parts import Parts, parts_of
from pi_service.sketching.picture import picture
from pi_service.sketching.stroke import Sketch

WITHIN = 4.65
"""Standard deviations of a normal distribution between its 1 and 99 % quantiles, at which the
limits lie."""
FARTHEST = 4.0
"""Standard deviations beyond which a measure is as unusual as can be."""


@dataclass(frozen=True)
class Opinion:
    """What the critic makes of a sketch."""

    evidence: float
    """Log-probability of the class among all classes, from the picture alone."""
    hang: float
    """Log-odds that people would hang it; 0 where it learned nothing of that."""
    score: float
    """What to choose by: the higher, the better."""


class Critic:
    """Judges sketches of one class.

    Args:
        config: Its sizes.
        weights: The model file's; those of the critic are taken.
        limits: What is usual in the class; None if that is not known.
        class_number: The class.
        hangs: Whether it is one of which people said what they would hang.
    """

    def __init__(
        self,
        config: CriticConfig,
        weights: Weights,
        limits: Limits | None,
        class_number: int,
        *,
        hangs: bool,
    ) -> None:
        self._config = config
        self._weights = {
            name.removeprefix(PREFIX): tensor
            for name, tensor in weights.items()
            if name.startswith(PREFIX)
        }
        self._limits = limits
        self._number = class_number
        self._hangs = hangs

    def opinion(self, sketch: Sketch) -> Opinion:
        """What the critic makes of a sketch of at least one point."""
        config, weights = self._config, self._weights
        seen = self._see(picture(sketch, config.size, config.margin))
        logits = (seen @ weights["classes"] + weights["classes.bias"]).astype(np.float64)
        top = logits.max()
        evidence = float(logits[self._number] - top - math.log(np.exp(logits - top).sum()))
        if not self._hangs:
            return Opinion(evidence, 0.0, config.class_share * evidence)
        capped = config.class_share * min(evidence, float(weights["cap"][self._number]))
        parts = parts_of(sketch)
        told = told_of(sketch, self._limits, parts, seen, evidence)[: config.told]
        usual = self._usual(told)
        hidden = np.maximum(usual @ weights["hidden"] + weights["hidden.bias"], 0)
        hang = float(hidden @ weights["hang"][:, 0] + weights["hang.bias"][0])
        score = min(hang, config.hang_cap) + capped
        if parts.has_body:
            score += config.for_body
        if parts.both_whiskers:
            score += config.for_whiskers
        if config.unusual:
            score += config.novelty * min(self.unusual(usual), config.novelty_cap)
        return Opinion(evidence, hang, score)

    def _usual(self, told: Floats) -> Floats:
        """What is told of a sketch, in standard deviations from the usual."""
        middle, spread = self._weights["usual"]
        usual: Floats = np.clip((told - middle) / spread, -FARTHEST, FARTHEST)
        return usual

    def unusual(self, usual: Floats) -> float:
        """How far a view, the first of the usual numbers, is from the common one."""
        weights = self._weights
        away = usual[: self._config.channels[-1]] - weights["common"]
        return float(np.linalg.norm(away @ weights["unusual"]))

    def _see(self, x: Floats) -> Floats:
        """The network's view of a picture (size, size): what it saw where, on average."""
        x = x[:, :, None]
        last = len(KERNELS) - 1
        for number, side in enumerate(KERNELS):
            if number != last:
                x = np.pad(x, ((side // 2, side // 2), (side // 2, side // 2), (0, 0)))
            windows = sliding_window_view(x, (side, side), axis=(0, 1))
            rows = windows.transpose(0, 1, 3, 4, 2).reshape(
                windows.shape[0] * windows.shape[1], -1
            )
            out = rows @ self._weights[f"conv{number}"] + self._weights[f"conv{number}.bias"]
            x = np.maximum(out, 0).reshape(*windows.shape[:2], -1)
            if number != last:
                x = x.reshape(x.shape[0] // 2, 2, x.shape[1] // 2, 2, -1).max(axis=(1, 3))
        seen: Floats = x.mean(axis=(0, 1))
        return seen


def critic_of(model: ModelFile, class_number: int) -> Critic | None:
    """The critic for a class that a model file holds; None if it holds none."""
    if model.critic is None:
        return None
    limits = model.limits.get(model.classes[class_number])
    name = model.classes[class_number]
    hangs = name in model.critic.hangs
    return Critic(model.critic, model.weights, limits, class_number, hangs=hangs)


def told_of(
    sketch: Sketch, limits: Limits | None, parts: Parts, seen: Floats, evidence: float
) -> Floats:
    """What is told of a sketch to find the odds of its being hung.

    Args:
        sketch: At least one point.
        limits: Of its class, if they are known.
        parts: What was found in it.
        seen: The network's view of its picture, (channels,).
        evidence: Log-probability of its class.

    Returns:
        Shape (channels + 1 + 6 + parts,).
    """
    told = np.concatenate([seen, [evidence], measures(sketch, limits), parts.measures])
    return told.astype(np.float32)


def measures(sketch: Sketch, limits: Limits | None) -> Floats:
    """How far strokes, points and ink are from the class's middle.

    The middle and the standard deviation of their logarithms are taken from the limits.

    Args:
        sketch: At least one point.
        limits: Of its class; without them everything is in the middle.

    Returns:
        Three numbers in standard deviations, then their squares, shape (6,).
    """
    if limits is None:
        return np.zeros(2 * MEASURES, dtype=np.float32)
    found = [
        _deviation(float(sketch[:, 2].sum()), limits.strokes),
        _deviation(float(len(sketch)), limits.points),
        _deviation(ink_length(sketch), limits.ink),
    ]
    return np.array([*found, *(value * value for value in found)], dtype=np.float32)


def _deviation(value: float, ends: tuple[float, float]) -> float:
    """Standard deviations from the middle of a range of two quantiles, both as logarithms."""
    low, high, at = (math.log(max(number, 1.0)) for number in (*ends, value))
    deviations = (at - (low + high) / 2) / max((high - low) / WITHIN, 0.05)
    return min(max(deviations, -FARTHEST), FARTHEST)
