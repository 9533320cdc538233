"""The training loop: plain code, read from top to bottom.

A run lives in one folder: `last.pt` to go on from, `best.pt` with the weights that did best
on the validation drawings, `log.jsonl` with one line for every evaluation. Stopped at any
moment and started again with the same command, a run goes on from its last checkpoint; where
its length is given in steps, with exactly the losses of a run that was never stopped.
"""

from __future__ import annotations

import copy
import dataclasses
import math
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from itertools import count
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from model_training.data.dataset import (
    Batch,
    Batches,
    SketchSet,
    joined,
    told_good,
    weights_of,
)
from model_training.model import StrokeModel, Tensors
from model_training.training.checkpoint import (
    FORMAT,
    load_checkpoint,
    put_weights,
    save_checkpoint,
)
from model_training.training.journal import Board, Journal, terminal
from model_training.training.kinds import kind_of
from model_training.training.optimiser import clip, learning_rate, make_optimisers
from model_training.training.parallel import Team
from model_training.training.settings import WATCHED, TrainConfig, TrainingError
from model_training.training.validate import has_class, losses_by_class


def of_data(model: StrokeModel, batch: Tensors) -> Tensor:
    """The plain objective: the model's own, nats per point of the drawings, a scalar."""
    return model.loss(batch)


class _Numbered(Dataset[Batch]):
    """Batches as torch's loader wants them."""

    def __init__(self, batches: Batches) -> None:
        self._batches = batches

    def __getitem__(self, step: int) -> Batch:
        return self._batches[step]


class Feed:
    """The batches of a run by number, made by `workers` processes; 0: when asked for."""

    def __init__(self, batches: Batches, workers: int = 0) -> None:
        self._batches = batches
        self._workers = workers
        self._next = -1
        self._coming: Iterator[Batch] | None = None

    def __getitem__(self, step: int) -> Batch:
        if self._workers == 0:
            return self._batches[step]
        if self._coming is None or step != self._next:
            loader = DataLoader(
                _Numbered(self._batches),
                sampler=count(step),
                batch_size=None,
                num_workers=self._workers,
                prefetch_factor=4,
            )
            self._coming = iter(loader)
        self._next = step + 1
        return next(self._coming)


class Run:
    """One training run in one folder.

    Args:
        model: The model to train, changed in place.
        extra: Further drawings, which get `config.extra_share` of all points.
        good: Drawings known to be good, told as such, which get `config.good_share`.
        evaluated: Called after every evaluation.
        clock: Seconds, by which `config.minutes` are counted; only ever subtracted.
        wall: Seconds, by which `config.save_seconds` are counted.
    """

    def __init__(
        self,
        model: StrokeModel,
        train: SketchSet,
        valid: SketchSet,
        config: TrainConfig,
        folder: Path,
        *,
        team: Team | None = None,
        objective: Callable[[StrokeModel, Tensors], Tensor] = of_data,
        extra: SketchSet | None = None,
        good: SketchSet | None = None,
        say: Callable[[str], None] = print,
        board: Board | None = None,
        evaluated: Callable[[Run], None] = lambda _run: None,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.monotonic,
    ) -> None:
        self.team = team or Team()
        self.model = model.to(self.team.device).train()
        for name, parameter in model.named_parameters():
            parameter.requires_grad_(name.startswith(config.only))
        if not any(parameter.requires_grad for parameter in model.parameters()):
            raise TrainingError(f"the model has no parameter that begins with {config.only!r}")
        self.averaged = copy.deepcopy(self.model).eval()
        self.config = config
        self.folder = folder
        self.classes = train.classes
        self.step = 0
        self.seconds = 0.0
        """Spent on training, without evaluations, up to the last step but one."""
        self._took = 0.0
        self.best = math.inf
        self.last_loss = math.nan
        self._recent = (0.0, 0)  # nats and points since the last evaluation
        self._valid = valid
        self._watched = (*WATCHED, *filter(None, [config.choose_by]))
        if config.choose_by and not has_class(valid, config.choose_by):
            raise TrainingError(
                f"there is no drawing of the class {config.choose_by!r} to choose by"
            )
        self._objective = objective
        self._evaluated = evaluated
        self._clock = clock
        self._wall = wall
        self._journal = Journal(
            folder / "log.jsonl", say=say, board=board, terminal=terminal()
        )
        self._optimisers = make_optimisers(model, config)
        if config.compile:
            compile_blocks(model)
        self._feeds = [
            self._feed(train, extra, good, shares)
            for shares in (config.shares, config.finish or config.shares)
        ]

    def _feed(
        self,
        train: SketchSet,
        extra: SketchSet | None,
        good: SketchSet | None,
        shares: Mapping[str, float],
    ) -> Feed:
        """The batches of a part of the run."""
        config = self.config
        rest = 1.0 - (config.extra_share if extra else 0) - (config.good_share if good else 0)
        weights = [weights_of(train, shares) * rest]
        if extra is not None:
            weights.append(weights_of(extra, shares) * config.extra_share)
            train = joined(train, extra)
        if good is not None:
            weights.append(weights_of(good, config.good_classes) * config.good_share)
            train = joined(train, told_good(good))
        batches = Batches(
            train,
            points=self.config.points,
            weights=np.concatenate(weights),
            augmentation=self.config.augmentation,
            any_class=self.config.any_class,
            seed=self.config.seed,
            rank=self.team.rank,
            few_shapes=self.config.compile,
        )
        return Feed(batches, self.config.workers)

    @property
    def progress(self) -> float:
        """The part of the run that is done, 0 to 1."""
        if self.config.steps:
            return min(1.0, self.step / self.config.steps)
        return min(1.0, self.seconds / (60 * self.config.minutes))

    def learning_rate(self) -> float:
        """The learning rate of the next step."""
        return learning_rate(self.config, self.step, self.progress)

    def train(self) -> None:
        """Trains to the end of the run, evaluating and saving on the way.

        Raises:
            TrainingError: The loss is no longer a number, or nothing can be written; the last
                checkpoint is kept.
        """
        self._make_folder()
        saved = self._wall()
        try:
            while self.progress < 1:
                self._one_step()
                if self.step % self.config.evaluate_every == 0 or self.progress >= 1:
                    self._evaluate()
                if self._wall() - saved > self.config.save_seconds:
                    self.save("last.pt")
                    saved = self._wall()
        except KeyboardInterrupt:
            self.save("last.pt")
            raise
        self.save("last.pt")

    def _one_step(self) -> None:
        """Learns from one batch and says how it went."""
        began = self._clock()
        late = self.progress >= self.config.finish_from
        batch = self._feeds[late][self.step]
        self.last_loss = self._learn(Tensors.of(batch, self.team.device))
        points = int(batch.lengths.sum()) * self.team.size
        self._recent = (self._recent[0] + self.last_loss * points, self._recent[1] + points)
        self.step += 1
        self._took = took = self._clock() - began
        left = self.seconds * (1 / max(self.progress, 1e-9) - 1)
        if self.team.leads:
            speed = points / max(took, 1e-9)
            self._journal.stepped(self.progress, self.last_loss, speed, left)

    def _learn(self, batch: Tensors) -> float:
        """One step of the optimisers; gives the loss in nats per point."""
        for optimiser in self._optimisers:
            optimiser.zero_grad(set_to_none=True)
        # Dropout too depends on seed, rank and step alone: a killed run goes on exactly.
        torch.manual_seed(1_000_003 * self.config.seed + 101 * self.step + self.team.rank)
        with self._precision():
            loss = self._objective(self.model, batch)
        loss.backward()  # type: ignore[no-untyped-call]  # torch's own
        gradients = [p.grad for p in self.model.parameters() if p.grad is not None]
        spent = self.seconds + self._took  # agreed on: all must see the same progress
        value, self.seconds = self.team.average(gradients, [loss.item(), spent])
        self._took = 0.0
        length = clip(self.model, self.config)
        if not math.isfinite(value) or not math.isfinite(length.item()):
            raise TrainingError(
                f"the loss is no longer a number at step {self.step}; the last checkpoint in "
                f"{self.folder} is whole, go on from it with a lower learning rate"
            )
        for optimiser in self._optimisers:
            for group in optimiser.param_groups:
                group["lr"] = self.learning_rate()
            optimiser.step()
        self._average_weights()
        return value

    def _precision(self) -> AbstractContextManager[object]:
        """Counting in bf16 where that was asked for, or where it costs nothing."""
        kind, wanted = torch.device(self.team.device).type, self.config.precision
        fit = kind == "cuda" and torch.cuda.is_bf16_supported()
        if wanted == "fp32" or (wanted == "auto" and not fit):
            return nullcontext()
        return torch.autocast(kind, dtype=torch.bfloat16)

    @torch.no_grad()
    def _average_weights(self) -> None:
        """Moves the averaged weights a little towards the model's; young ones more."""
        kept = min(self.config.ema, (self.step + 1) / (self.step + 10))
        averaged: list[Tensor] = list(self.averaged.parameters())
        current: list[Tensor] = list(self.model.parameters())
        torch._foreach_lerp_(averaged, current, 1 - kept)

    def _evaluate(self) -> None:
        """Measures the averaged weights on the validation drawings, and keeps the best."""
        recent, self._recent = self._recent, (0.0, 0)
        if not self.team.leads:
            return
        losses = losses_by_class(self.averaged, self._valid, self.team.device, self._watched)
        chosen = losses[self.config.choose_by or "all"]
        if chosen < self.best:
            self.best = chosen
            self.save("best.pt")
        line = {
            "step": self.step,
            "minutes": round(self.seconds / 60, 2),
            "lr": round(self.learning_rate(), 6),
            "train": round(recent[0] / recent[1], 4),
            "valid": {name: round(loss, 4) for name, loss in losses.items()},
        }
        self._journal.evaluated(line, self.progress, best=chosen == self.best)
        self._evaluated(self)

    def save(self, name: str) -> None:
        """Writes a checkpoint; at no moment is there a half one under its name."""
        if not self.team.leads:
            return
        state = {
            "format": FORMAT,
            "kind": kind_of(self.model),
            "model_config": dataclasses.asdict(self.model.config),
            "train_config": dataclasses.asdict(self.config),
            "classes": list(self.classes),
            "step": self.step,
            "seconds": self.seconds,
            "best": self.best,
            "recent": list(self._recent),
            "model": self.model.state_dict(),
            "averaged": self.averaged.state_dict(),
            "optimisers": [o.state_dict() for o in self._optimisers],
        }
        save_checkpoint(self.folder / name, state)

    def resume(self) -> bool:
        """Goes on from the folder's last checkpoint; False if there is none.

        Of several processes, the leading one's folder counts.

        Raises:
            TrainingError: It is of another architecture, or of other classes.
        """
        path = self.folder / "last.pt"
        found = load_checkpoint(path) if self.team.leads and path.exists() else None
        state = self.team.shared(found)
        if state is None:
            return False
        sizes = dataclasses.asdict(self.model.config)
        same = {**sizes, **state["model_config"]} == sizes
        if not same or state["kind"] != kind_of(self.model):
            raise TrainingError(f"{path} holds a model of another architecture than asked for")
        if tuple(state["classes"]) != self.classes:
            raise TrainingError(
                f"{path} was trained on other classes than these drawings have"
            )
        put_weights(self.model, state["model"])
        put_weights(self.averaged, state["averaged"])
        for optimiser, saved in zip(self._optimisers, state["optimisers"], strict=True):
            optimiser.load_state_dict(saved)
        self.step, self.seconds, self.best = state["step"], state["seconds"], state["best"]
        nats, points = state.get("recent", (0.0, 0))
        self._recent = (float(nats), int(points))
        if self.team.leads:
            self._journal.forget_after(self.step)
        return True

    def _make_folder(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise TrainingError(f"the folder {self.folder} cannot be made: {error}") from error


def compile_blocks(model: StrokeModel) -> None:
    """Lets torch compile a transformer's blocks, each as it is first used.

    Raises:
        TrainingError: The model has none.
    """
    blocks = getattr(model, "blocks", None)
    if blocks is None:
        raise TrainingError("only transformers can be compiled: leave --compile out")
    for block in blocks:
        block.compile()
