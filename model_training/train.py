"""The training loop: plain code, read from top to bottom.

A run lives in one folder: `last.pt` to go on from, `best.pt` with the weights that did best
on the validation drawings, `log.jsonl` with one line for every evaluation. Stopped at any
moment and started again with the same command, a run goes on from its last checkpoint; where
its length is given in steps, with exactly the losses of a run that was never stopped.
"""

from __future__ import annotations

import dataclasses
import json
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from model_training.data import Augmentation, Batches, SketchSet, in_order
from model_training.model import SketchModel, Tensors
from model_training.optimiser import make_optimisers
from pi_service.sketching.config import ModelConfig

FORMAT = 1
"""Version of the checkpoint's contents."""


WATCHED = ("cat",)
"""Classes whose validation loss is always shown, where there are any."""


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
    lr: float = 4e-3
    warm_up: int = 100
    """Steps in which the learning rate rises from zero."""
    decay_from: float = 0.4
    """Part of the run after which the learning rate falls, in a straight line…"""
    last_lr: float = 0.02
    """…to this part of `lr`."""
    weight_decay: float = 0.05
    clip: float = 1.0
    """Gradients longer than this are shortened to it."""
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

    def __post_init__(self) -> None:
        """Refuses a run without length."""
        if (self.steps > 0) == (self.minutes > 0):
            raise TrainingError("give the length of the run either in steps or in minutes")


class Run:
    """One training run in one folder.

    Args:
        model: The model to train, changed in place.
        train: Drawings to learn from.
        valid: Drawings to choose by.
        config: How to train.
        folder: Where checkpoints and log go; made if it is not there.
        device: "cpu" or "cuda".
        say: Told, in words, how it goes.
        clock: Seconds; only ever subtracted.
    """

    def __init__(
        self,
        model: SketchModel,
        train: SketchSet,
        valid: SketchSet,
        config: TrainConfig,
        folder: Path,
        *,
        device: str = "cpu",
        say: Callable[[str], None] = print,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.model = model.to(device)
        self.averaged = SketchModel(model.config).to(device)
        self.averaged.load_state_dict(model.state_dict())
        self.config = config
        self.folder = folder
        self.classes = train.classes
        self.step = 0
        self.seconds = 0.0
        self.best = math.inf
        self.last_loss = math.nan
        self._valid = valid
        self._watched = (*WATCHED, *filter(None, [config.choose_by]))
        if config.choose_by and not _has(valid, config.choose_by):
            raise TrainingError(
                f"there is no drawing of the class {config.choose_by!r} to choose by"
            )
        self._device = device
        self._say = say
        self._clock = clock
        self._optimisers = make_optimisers(
            model, lr=config.lr, weight_decay=config.weight_decay
        )
        self._batches = Batches(
            train,
            points=config.points,
            shares=config.shares,
            augmentation=config.augmentation,
            any_class=config.any_class,
            seed=config.seed,
        )

    @property
    def progress(self) -> float:
        """The part of the run that is done, 0 to 1."""
        if self.config.steps:
            return min(1.0, self.step / self.config.steps)
        return min(1.0, self.seconds / (60 * self.config.minutes))

    def learning_rate(self) -> float:
        """The learning rate of the next step: warm-up, constant, straight down."""
        config = self.config
        warm = min(1.0, (self.step + 1) / max(1, config.warm_up))
        fallen = max(0.0, (self.progress - config.decay_from) / (1 - config.decay_from))
        return config.lr * warm * (1 - fallen * (1 - config.last_lr))

    def train(self) -> None:
        """Trains to the end of the run, evaluating and saving on the way.

        Raises:
            TrainingError: The loss is no longer a number; the last checkpoint is kept.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        saved, recent, points = self._clock(), 0.0, 0
        while self.progress < 1:
            began = self._clock()
            loss, count = self._learn(Tensors.of(self._batches[self.step], self._device))
            self.last_loss = loss
            recent, points = recent + loss * count, points + count
            self.step += 1
            now = self._clock()
            self.seconds += now - began
            if self.step % self.config.evaluate_every == 0 or self.progress >= 1:
                self._evaluate(recent / points)
                recent, points = 0.0, 0
            if now - saved > self.config.save_seconds:
                self.save("last.pt")
                saved = now
        self.save("last.pt")

    def _learn(self, batch: Tensors) -> tuple[float, int]:
        """One step; gives the loss in nats per point, and the points it is of."""
        for optimiser in self._optimisers:
            optimiser.zero_grad(set_to_none=True)
            for group in optimiser.param_groups:
                group["lr"] = self.learning_rate()
        nats = self.model(batch)
        loss = nats.per_point
        loss.backward()
        length = torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.config.clip)
        value = loss.item()
        if not math.isfinite(value) or not math.isfinite(length.item()):
            raise TrainingError(
                f"the loss is no longer a number at step {self.step}; the last checkpoint in "
                f"{self.folder} is whole, go on from it with a lower learning rate"
            )
        for optimiser in self._optimisers:
            optimiser.step()
        kept = min(self.config.ema, (self.step + 1) / (self.step + 10))
        with torch.no_grad():
            pairs = zip(self.averaged.parameters(), self.model.parameters(), strict=True)
            for mean, parameter in pairs:
                mean.lerp_(parameter, 1 - kept)
        return value, len(nats.pen)

    def _evaluate(self, train_loss: float) -> None:
        """Measures the averaged weights on the validation drawings, and keeps the best."""
        losses = losses_by_class(self.averaged, self._valid, self._device, self._watched)
        chosen = losses[self.config.choose_by or "all"]
        if chosen < self.best:
            self.best = chosen
            self.save("best.pt")
        line = {
            "step": self.step,
            "minutes": round(self.seconds / 60, 2),
            "lr": round(self.learning_rate(), 6),
            "train": round(train_loss, 4),
            "valid": {name: round(loss, 4) for name, loss in losses.items()},
        }
        with (self.folder / "log.jsonl").open("a", encoding="utf-8") as log:
            log.write(json.dumps(line) + "\n")
        self._say(
            f"step {self.step:6d}  {100 * self.progress:3.0f} %  "
            f"{self.seconds / 60:5.1f} min  train {train_loss:.4f}  "
            + "  ".join(f"{name} {loss:.4f}" for name, loss in losses.items())
            + (" *" if chosen == self.best else "")
        )

    def save(self, name: str) -> None:
        """Writes a checkpoint; at no moment is there a half one under its name."""
        state = {
            "format": FORMAT,
            "model_config": dataclasses.asdict(self.model.config),
            "train_config": dataclasses.asdict(self.config),
            "classes": list(self.classes),
            "step": self.step,
            "seconds": self.seconds,
            "best": self.best,
            "model": self.model.state_dict(),
            "averaged": self.averaged.state_dict(),
            "optimisers": [o.state_dict() for o in self._optimisers],
        }
        path = self.folder / name
        partial = path.with_suffix(".partial")
        try:
            torch.save(state, partial)
            partial.replace(path)
        except (OSError, RuntimeError) as error:
            partial.unlink(missing_ok=True)
            raise TrainingError(f"the checkpoint {path} cannot be written: {error}") from error

    def resume(self) -> bool:
        """Goes on from the folder's last checkpoint; False if there is none."""
        path = self.folder / "last.pt"
        if not path.exists():
            return False
        state = load_checkpoint(path)
        if ModelConfig(**state["model_config"]) != self.model.config:
            raise TrainingError(f"{path} holds a model of another architecture than asked for")
        self.model.load_state_dict(state["model"])
        self.averaged.load_state_dict(state["averaged"])
        for optimiser, saved in zip(self._optimisers, state["optimisers"], strict=True):
            optimiser.load_state_dict(saved)
        self.step, self.seconds, self.best = state["step"], state["seconds"], state["best"]
        return True


@torch.no_grad()
def losses_by_class(
    model: SketchModel, sketches: SketchSet, device: str, names: Sequence[str] = WATCHED
) -> dict[str, float]:
    """Nats per point over all drawings ("all"), and over those of the named classes."""
    total = torch.zeros(len(sketches.classes))
    points = torch.zeros(len(sketches.classes))
    for batch in in_order(sketches, 8192, seed=0):
        nats = model(Tensors.of(batch, device))
        labels = torch.from_numpy(batch.labels)[nats.sketch.cpu()]
        total.index_add_(0, labels, (nats.offsets + nats.pen).cpu())
        points.index_add_(0, labels, torch.ones(len(labels)))
    losses = {"all": float(total.sum() / points.sum())}
    for name in names:
        if _has(sketches, name):
            k = sketches.classes.index(name)
            losses[name] = float(total[k] / points[k])
    return losses


def _has(sketches: SketchSet, name: str) -> bool:
    """Whether there is a drawing of the class."""
    known = name in sketches.classes
    return known and bool((sketches.labels == sketches.classes.index(name)).any())


def load_checkpoint(path: Path) -> dict[str, Any]:
    """A checkpoint's contents; TrainingError where it is none of ours."""
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, ValueError, KeyError) as error:
        raise TrainingError(f"{path} cannot be read as a checkpoint: {error}") from error
    except Exception as error:  # pickle.UnpicklingError and what else a foreign file provokes
        raise TrainingError(f"{path} is no checkpoint of this program") from error
    if not isinstance(state, dict) or state.get("format") != FORMAT:
        raise TrainingError(f"{path} is no checkpoint of this version")
    state["model_config"]["wavelengths"] = tuple(state["model_config"]["wavelengths"])
    return state


def load_model(path: Path, *, averaged: bool = True) -> tuple[SketchModel, tuple[str, ...]]:
    """The model of a checkpoint and its classes, ready to evaluate or to train further."""
    state = load_checkpoint(path)
    model = SketchModel(ModelConfig(**state["model_config"]))
    model.load_state_dict(state["averaged" if averaged else "model"])
    return model, tuple(state["classes"])
