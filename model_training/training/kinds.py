"""The kinds of models that `train` knows: ours, and the baselines.

Every kind is a `StrokeModel`; so one loop trains them all and one measure judges them all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from model_training.baselines.move_gpt import MoveConfig, MoveGpt
from model_training.baselines.sketch_rnn import RnnConfig, SketchRnn
from model_training.baselines.sketch_transformer import PlainConfig, SketchTransformer
from model_training.baselines.sketchformer import (
    FormerConfig,
    Sketchformer,
    SketchformerTokens,
)
from model_training.data.dataset import SketchSet
from model_training.model import SketchModel, StrokeModel
from model_training.training.settings import TrainingError
from pi_service.sketching.config import ModelConfig


@dataclass(frozen=True)
class Kind:
    """One kind of model: how it is built, and how it is trained if nobody says otherwise."""

    model: type[StrokeModel]
    make: Callable[[Mapping[str, Any]], StrokeModel]
    """A new model from the fields of its config."""
    training: Mapping[str, Any] = field(default_factory=dict)
    """Fields of `TrainConfig` whose defaults are others for this kind."""


FORMER: Mapping[str, Any] = {
    "optimiser": "adam",
    "schedule": "linear",
    "lr": 1.2e-3,  # published: the peak of 128^-1/2 x 5000^-1/2
    "warm_up": 400,
    "weight_decay": 0.0,
}
"""How a Sketchformer is trained."""
KINDS: Mapping[str, Kind] = {
    "catplotter": Kind(SketchModel, lambda fields: SketchModel(ModelConfig(**fields))),
    "sketch-rnn": Kind(
        SketchRnn,
        lambda fields: SketchRnn(RnnConfig(**fields)),
        {
            "optimiser": "adam",
            "schedule": "exponential",
            "lr": 1e-3,
            "last_lr": 0.01,
            "clip_by": "value",
            "weight_decay": 0.0,
            "points": 4500,  # published: 100 sketches
        },
    ),
    "sketch-transformer": Kind(
        SketchTransformer,
        lambda fields: SketchTransformer(PlainConfig(**fields)),
        {
            "optimiser": "adamw",
            "schedule": "constant",
            "lr": 1e-4,
            "clip_by": "none",
            "weight_decay": 0.01,
            "points": 2900,  # published: 64 sketches
        },
    ),
    "sketchformer": Kind(
        Sketchformer, lambda fields: Sketchformer(FormerConfig(**fields)), FORMER
    ),
    "sketchformer-token": Kind(
        SketchformerTokens, lambda fields: SketchformerTokens(FormerConfig(**fields)), FORMER
    ),
    "move-gpt": Kind(MoveGpt, lambda fields: MoveGpt(MoveConfig(**fields))),
}


def kind_of(model: StrokeModel) -> str:
    """The name of a model's kind; a variant of one is of that kind."""
    names = {kind.model: name for name, kind in KINDS.items()}
    return next(names[each] for each in type(model).mro() if each in names)


def build(
    name: str, drawings: SketchSet, sizes: Mapping[str, Any] | None = None
) -> StrokeModel:
    """A new model of a kind for some training drawings.

    Args:
        name: One of `KINDS`.
        drawings: Their classes and, for the baselines, the spread of their offsets count.
        sizes: Fields of the kind's config that are to differ from the defaults.

    Raises:
        TrainingError: The sizes do not fit together.
    """
    fields: dict[str, Any] = {"classes": len(drawings.classes), **(sizes or {})}
    across, down = spread(drawings)
    if name == "sketch-transformer":
        fields["scale"] = (across, down)
    elif name in ("sketch-rnn", "sketchformer", "sketchformer-token"):
        fields["scale"] = float(np.sqrt((across**2 + down**2) / 2))
    model = from_fields(name, fields)
    if isinstance(model, SketchformerTokens | MoveGpt):
        model.moves.learn(drawings)
    return model


def from_fields(name: str, fields: Mapping[str, Any]) -> StrokeModel:
    """A model with random weights from its kind and the fields of its config."""
    plain = {k: tuple(v) if isinstance(v, list) else v for k, v in fields.items()}
    try:
        return KINDS[name].make(plain)
    except (TypeError, ValueError) as error:
        raise TrainingError(f"a {name} cannot be built so: {error}") from error


def spread(drawings: SketchSet) -> tuple[float, float]:
    """Root mean square of all offsets in x and in y but the first of each, in pixels."""
    steps = np.diff(drawings.points[:, :2].astype(np.float64), axis=0)
    inner = np.ones(len(steps), dtype=bool)
    inner[drawings.starts[1:-1] - 1] = False  # from one sketch to the next
    across, down = np.sqrt(np.mean(steps[inner] ** 2, axis=0))
    return float(across), float(down)
