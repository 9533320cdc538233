"""How to train: one dataclass, saved in every checkpoint."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from model_training.data.augment import Augmentation

WATCHED = ("cat",)
"""Classes whose validation loss is always shown, where there are any."""
OPTIMISERS = ("muon", "adamw", "adam")
SCHEDULES = ("linear", "constant", "exponential")
PRECISIONS = ("auto", "fp32", "bf16")
CLIPPINGS = ("norm", "value", "none")


class TrainingError(RuntimeError):
    """Training cannot begin or go on; the message says why and what to do."""


@dataclass(frozen=True)
class TrainConfig:
    """How to train; saved in every checkpoint."""

    steps: int = 0
    """Length of the run in steps; 0 where `minutes` gives it."""
    minutes: float = 0.0
    """Length of the run in minutes of training; 0 where `steps` gives it."""
    points: int = 2048
    """Points in a batch, about."""
    shares: Mapping[str, float] = field(default_factory=dict)
    """Share of all points that a class is to have, for example {"cat": 0.1}."""
    finish: Mapping[str, float] = field(default_factory=dict)
    """These shares instead in the last part of the run…"""
    finish_from: float = 1.0
    """…which begins when this part of it is done."""
    optimiser: str = "muon"
    """muon (with AdamW for what is no inner matrix), adamw, or adam; see `optimiser`."""
    schedule: str = "linear"
    """linear (warm-up, constant, straight down), constant, or exponential."""
    lr: float = 4e-3
    warm_up: int = 100
    """Steps in which the learning rate rises from zero (linear)."""
    decay_from: float = 0.4
    """Part of the run after which the learning rate falls, in a straight line… (linear)"""
    last_lr: float = 0.02
    """…to this part of `lr` (exponential: never below this part of it)."""
    decay_rate: float = 0.9999
    """What a step leaves of the learning rate (exponential)."""
    weight_decay: float = 0.05
    clip: float = 1.0
    """Gradients longer than this are shortened to it…"""
    clip_by: str = "norm"
    """…as a whole (norm), each number by itself (value), or not (none)."""
    ema: float = 0.998
    """The averaged weights keep this much of themselves at every step."""
    any_class: float = 0.1
    """Share of the sketches whose class is hidden, so that the model can draw without one."""
    augmentation: Augmentation = field(default_factory=Augmentation)
    evaluate_every: int = 1000
    """Steps between evaluations on the validation drawings."""
    choose_by: str = ""
    """The class whose validation loss decides which weights are the best; "" means all."""
    save_seconds: float = 120.0
    """Longest time between checkpoints."""
    seed: int = 1
    precision: str = "auto"
    """fp32, bf16 (weights stay fp32), or auto: bf16 where a CUDA device has it."""
    compile: bool = False
    """Whether torch compiles the transformer's blocks."""
    workers: int = 0
    """Processes that make batches ahead of time; 0 makes them in between."""
    only: str = ""
    """Only parameters whose names begin so are learned, for example "start"."""
    extra_share: float = 0.0
    """Share of all points that comes from further drawings, a teacher's."""
    good_share: float = 0.0
    """Share of all points that comes from drawings known to be good, told as such…"""
    good_classes: Mapping[str, float] = field(default_factory=dict)
    """…of which a class is to have this share, for example {"cat": 0.4}."""

    def __post_init__(self) -> None:
        """Refuses a run without length and words that mean nothing."""
        if (self.steps > 0) == (self.minutes > 0):
            raise TrainingError("give the length of the run either in steps or in minutes")
        further = self.extra_share + self.good_share
        parts = (
            self.extra_share,
            self.good_share,
            further,
            self.any_class,
            self.augmentation.drop,
            self.ema,
        )
        if min(parts) < 0 or max(parts) > 1 or self.points < 1 or self.lr <= 0:
            raise TrainingError(
                "shares, dropping and averaging lie from 0 to 1, and points and learning rate "
                f"over 0, not at {parts}, {self.points} and {self.lr}"
            )
        for word, known in (
            (self.optimiser, OPTIMISERS),
            (self.schedule, SCHEDULES),
            (self.clip_by, CLIPPINGS),
            (self.precision, PRECISIONS),
        ):
            if word not in known:
                raise TrainingError(
                    f"{word!r} is not known here; known are {', '.join(known)}"
                )
