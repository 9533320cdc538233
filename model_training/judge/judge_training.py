"""How the judge learns: a plain loop over rendered drawings, stopped and resumed at will.

Each batch is rendered afresh from mirrored, turned and stretched strokes. While it learns, the
log of each class's share of the drawings is added to its log-odds (Menon et al., "Long-tail
learning via logit adjustment", 2021): so the judge itself takes all classes for equally
common, though a set for drawing cats may hold more cats than anything else.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - torch's own convention
from numpy.typing import NDArray
from torch import Tensor

from model_training.data.dataset import DataError, Floats, Ints, SketchSet
from model_training.judge.files import write_whole
from model_training.judge.network import Judge, JudgeError, JudgeNet, Verdicts, finished
from model_training.judge.raster import as_ink, render, render_set


@dataclass(frozen=True)
class JudgeTraining:
    """How a judge learns; saved in every checkpoint."""

    epochs: int = 12
    """How often every drawing is seen."""
    batch: int = 256
    """Drawings in a batch."""
    lr: float = 2e-3
    """The learning rate after a twentieth of the run; from there a cosine brings it to 0."""
    weight_decay: float = 0.05
    smoothing: float = 0.1
    """Share of the odds that a target leaves to all classes alike."""
    turn: float = 12.0
    """Degrees to either side by which drawings are turned."""
    stretch: float = 0.3
    """One axis against the other by a factor of up to e to the plus or minus this."""
    bf16: bool = False
    """Convolutions in bfloat16: half the time where the processor or GPU knows it."""
    save_seconds: float = 60.0
    """Longest time between checkpoints."""
    seed: int = 1


class JudgeRun:
    """One judge's training in one folder: `last.pt` to go on from, `judge.safetensors`.

    Args:
        valid: Drawings to choose by: the epoch that did best on them is kept.
        about: Data and licence, for people; kept in the judge's file.
    """

    def __init__(
        self,
        train: SketchSet,
        valid: SketchSet,
        config: JudgeTraining,
        folder: Path,
        *,
        about: Mapping[str, str] | None = None,
        device: str = "cpu",
        say: Callable[[str], None] = print,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if len(train) < 2:
            raise DataError("a judge learns from at least two drawings")
        torch.manual_seed(config.seed)
        self.net = JudgeNet(len(train.classes)).to(device)
        self.step = 0
        self.best = -1.0
        self.seconds = 0.0
        self.last_loss = math.nan
        self._train, self._valid, self._config = train, valid, config
        self._folder, self._device, self._say, self._clock = folder, device, say, clock
        self._about = dict(about or {})
        self._optimiser = torch.optim.AdamW(
            self.net.parameters(), lr=config.lr, weight_decay=config.weight_decay
        )
        counts = np.bincount(train.labels, minlength=len(train.classes)).clip(min=0.5)
        self._prior = torch.from_numpy(np.log(counts / counts.sum())).float().to(device)
        self.batch = min(config.batch, len(train))
        self.per_epoch = len(train) // self.batch

    @property
    def steps(self) -> int:
        """Length of the whole run in steps."""
        return self._config.epochs * self.per_epoch

    def train(self) -> Path:
        """Learns to the end of the run; gives the file of the best epoch's judge.

        Raises:
            JudgeError: The loss is no number any more, or a file cannot be written.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        saved = self._clock()
        while self.step < self.steps:
            began = self._clock()
            self.last_loss = self._learn(*self._batch(self.step))
            self.step += 1
            now = self._clock()
            self.seconds += now - began
            if self.step % self.per_epoch == 0:
                self._evaluate()
            if self.step % self.per_epoch == 0 or now - saved > self._config.save_seconds:
                self.save()
                saved = now
        return self._folder / "judge.safetensors"

    def _batch(self, step: int) -> tuple[Tensor, Tensor]:
        """Ink and labels of one step; they follow from the seed and the step alone."""
        epoch, place = divmod(step, self.per_epoch)
        order = np.random.default_rng([self._config.seed, epoch]).permutation(len(self._train))
        members = order[place * self.batch : (place + 1) * self.batch]
        rng = np.random.default_rng([self._config.seed, epoch, place])
        ink = as_ink(render(changed(self._train, members, self._config, rng)))
        labels = torch.from_numpy(self._train.labels[members])
        return torch.from_numpy(ink)[:, None].to(self._device), labels.to(self._device)

    def _learn(self, ink: Tensor, labels: Tensor) -> float:
        """One step; gives its loss."""
        self.net.train()
        for group in self._optimiser.param_groups:
            group["lr"] = self._config.lr * _height(self.step / self.steps)
        kind = torch.device(self._device).type
        with torch.autocast(kind, torch.bfloat16, enabled=self._config.bf16):
            _, log_odds = self.net(ink.contiguous(memory_format=torch.channels_last))
        loss = F.cross_entropy(
            log_odds.float() + self._prior, labels, label_smoothing=self._config.smoothing
        )
        self._optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        value = loss.item()
        if not math.isfinite(value):
            raise JudgeError(
                f"the loss is no longer a number at step {self.step}; the last checkpoint in "
                f"{self._folder} is whole, begin again with a lower learning rate"
            )
        self._optimiser.step()
        return value

    def _evaluate(self) -> None:
        """Measures on the validation drawings; the best judge so far becomes the file."""
        images = render_set(self._valid)
        judge = finished(self.net, self._train.classes, images, {})
        right = correct(judge.look(images), self._valid.labels)
        first, five = (float(places.mean()) for places in right)
        better = first > self.best
        self._say(
            f"epoch {self.step // self.per_epoch:3d}  {self.seconds / 60:5.1f} min  "
            f"loss {self.last_loss:.3f}  valid top-1 {first:.4f}  top-5 {five:.4f}"
            + (" *" if better else "")
        )
        if not better:
            return
        self.best = first
        about = {
            **self._about,
            "drawings": str(len(self._train)),
            "epochs": f"{self.step // self.per_epoch} of {self._config.epochs}",
            "minutes": f"{self.seconds / 60:.1f}",
            "valid_top_1": f"{first:.4f}",
            "valid_top_5": f"{five:.4f}",
        }
        whole = Judge(judge.net, judge.classes, about)
        whole.save(self._folder / "judge.safetensors")

    def save(self) -> None:
        """Writes the checkpoint."""
        state = {
            "config": asdict(self._config),
            "classes": list(self._train.classes),
            "step": self.step,
            "best": self.best,
            "seconds": self.seconds,
            "net": self.net.state_dict(),
            "optimiser": self._optimiser.state_dict(),
        }
        content = BytesIO()
        torch.save(state, content)
        path = self._folder / "last.pt"
        try:
            write_whole(path, content.getvalue())
        except OSError as error:
            raise JudgeError(f"the checkpoint {path} cannot be written: {error}") from error

    def resume(self) -> bool:
        """Goes on from the folder's checkpoint; False if there is none.

        Raises:
            JudgeError: It cannot be read, or belongs to another run than this.
        """
        path = self._folder / "last.pt"
        if not path.exists():
            return False
        try:
            state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
            same = state["config"] == asdict(self._config)
            same = same and tuple(state["classes"]) == self._train.classes
        except Exception as error:  # whatever a damaged or foreign file provokes
            raise JudgeError(f"{path} cannot be read as a judge's checkpoint") from error
        if not same:
            raise JudgeError(f"{path} belongs to a run with other settings: take a new folder")
        self.net.load_state_dict(state["net"])
        self._optimiser.load_state_dict(state["optimiser"])
        self.step, self.best, self.seconds = state["step"], state["best"], state["seconds"]
        return True


def changed(
    sketches: SketchSet, members: Ints, config: JudgeTraining, rng: np.random.Generator
) -> list[Floats]:
    """Mirrored, turned and stretched copies of some sketches, each of shape (P, 3)."""
    count = len(members)
    factor = np.exp(rng.uniform(-config.stretch, config.stretch, count) / 2)
    sign = rng.choice([-1.0, 1.0], count)
    angle = np.radians(rng.uniform(-config.turn, config.turn, count))
    copies = []
    for k, f, s, a in zip(members, factor, sign, angle, strict=True):
        copy = sketches[int(k)].astype(np.float32)
        turn = np.array([[np.cos(a), np.sin(a)], [-np.sin(a), np.cos(a)]])
        copy[:, :2] = copy[:, :2] @ (np.diag([s * f, 1 / f]) @ turn)
        copies.append(copy)
    return copies


def correct(verdicts: Verdicts, labels: Ints) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Where the right class comes first, and where among the first five; (N,) each."""
    mine = np.take_along_axis(verdicts.log_odds, labels[:, None], axis=1)
    places = (verdicts.log_odds > mine).sum(axis=1)
    return places == 0, places < 5


def _height(progress: float) -> float:
    """The learning rate's height, 0 to 1, at a part of the run: a rise, then a cosine down."""
    rise = 0.05
    if progress < rise:
        return (progress + 1e-3) / (rise + 1e-3)
    return 0.5 * (1 + math.cos(math.pi * (progress - rise) / (1 - rise)))
