"""Teaching the critic's eye: what a sketch shows.

A network learns to name the class of people's drawings from their pictures, by their labels
and, if there is one, by a teacher that knows more of them. What it is on the Pi, and what it
is for, says `pi_service.sketching.critic`, its counterpart in NumPy; a test holds the two
together. What people would hang it learns after that: see `hanging`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - torch's own convention
from numpy.typing import NDArray
from torch import Tensor, nn

from model_training.data.dataset import DataError, Floats, Ints, SketchSet
from pi_service.sketching.config import KERNELS, PREFIX, CriticConfig
from pi_service.sketching.model_file import ModelFile
from pi_service.sketching.picture import picture
from pi_service.sketching.stroke import Sketch

Pictures: TypeAlias = NDArray[np.uint8]
Halves: TypeAlias = NDArray[np.float16]

BATCH = 256
PEAK_RATE = 4e-3
"""Highest learning rate, of one cycle up and down (Smith, 2018)."""
DECAY = 0.02
TAUGHT = 0.7
"""Part of the loss that comes from the teacher, where there is one."""
EYE = ("conv", "classes", "cap")
"""How the names of the tensors begin that are learned here."""


@dataclass(frozen=True)
class Exhibits:
    """N pictures of people's drawings with what is known about them."""

    pictures: Pictures
    """Shape (N, size, size), 0 for paper to 255 for ink."""
    labels: Ints
    """The class each shows, shape (N,)."""
    taught: Halves | None = None
    """A teacher's log-probabilities of all classes, shape (N, classes)."""

    def __len__(self) -> int:
        return len(self.labels)


class CriticNet(nn.Module):
    """The network; its layers have the names of the model file's tensors."""

    def __init__(self, config: CriticConfig, classes: int) -> None:
        super().__init__()
        self.config = config
        before = 1
        for number, (side, after) in enumerate(zip(KERNELS, config.channels, strict=True)):
            padding = side // 2 if number < len(KERNELS) - 1 else 0
            setattr(self, f"conv{number}", nn.Conv2d(before, after, side, padding=padding))
            before = after
        self.classes = nn.Linear(before, classes)

    def see(self, pictures: Tensor) -> Tensor:
        """The network's view of pictures (B, size, size) from 0 to 1, (B, channels)."""
        x = pictures[:, None]
        for number in range(len(KERNELS)):
            x = F.relu(getattr(self, f"conv{number}")(x))
            if number < len(KERNELS) - 1:
                x = F.max_pool2d(x, 2)
        return x.mean(dim=(2, 3))

    def forward(self, pictures: Tensor) -> Tensor:
        """Log-probabilities of all classes, (B, classes)."""
        return F.log_softmax(self.classes(self.see(pictures)), dim=1)


def weights_of(net: CriticNet) -> dict[str, Floats]:
    """The network's weights under the model file's names and in its layout; no `cap`."""
    found = {}
    for name, tensor in net.state_dict().items():
        array: Floats = tensor.detach().float().numpy()
        if array.ndim == 4:  # (out, in, line, column) to (line, column, in; out)
            array = array.transpose(2, 3, 1, 0).reshape(-1, array.shape[0])
        elif array.ndim == 2:
            array = array.T
        rounded = np.ascontiguousarray(array).astype(np.float16).astype(np.float32)
        found[PREFIX + name.removesuffix(".weight")] = rounded
    return found


def load_net(model: ModelFile, config: CriticConfig | None = None) -> CriticNet:
    """The network of the critic that a model file holds, or a new one where it holds none.

    Args:
        model: The model file.
        config: Sizes of the pictures that it is to see from now on, and of a new one.
    """
    config = config or model.critic or CriticConfig()
    net = CriticNet(config, model.config.classes)
    if model.critic is None:
        return net
    state = {}
    for name, tensor in net.state_dict().items():
        array = model.weights[PREFIX + name.removesuffix(".weight")]
        if tensor.ndim == 4:
            out, channels, side, _ = tensor.shape
            array = array.reshape(side, side, channels, out).transpose(3, 2, 0, 1)
        elif tensor.ndim == 2:
            array = array.T
        state[name] = torch.from_numpy(np.array(array, order="C"))
    net.load_state_dict(state)
    return net


def with_critic_of(model: ModelFile, other: ModelFile) -> ModelFile:
    """A model file with the critic of another one.

    Raises:
        DataError: The other one has none, or knows other classes.
    """
    if other.critic is None:
        raise DataError("the file to start from holds no critic: leave --start-from out")
    if other.classes != model.classes:
        raise DataError("the file to start from knows other classes: its critic is no use")
    taken = {n: w for n, w in other.weights.items() if n.startswith(PREFIX)}
    plain = {n: w for n, w in model.weights.items() if not n.startswith(PREFIX)}
    told = {n: t for n, t in other.about.items() if n in ("critic", "hanging")}
    about = {**model.about, **told}
    return replace(model, critic=other.critic, weights=plain | taken, about=about)


def grey(sketch: Sketch, config: CriticConfig) -> Pictures:
    """A sketch as a critic sees it, (size, size)."""
    found: Pictures = np.rint(picture(sketch, config.size, config.margin) * 255)
    return found.astype(np.uint8)


def exhibits(
    drawings: SketchSet,
    chosen: Ints,
    config: CriticConfig,
    taught: Callable[[list[Sketch]], Floats] | None = None,
) -> Exhibits:
    """Some of a set's drawings for the critic to learn from.

    Args:
        drawings: The set.
        chosen: Their numbers.
        config: Of the critic.
        taught: A teacher: gives log-probabilities of all classes, (N, classes).

    Raises:
        DataError: There is none.
    """
    if not len(chosen):
        raise DataError("there is no drawing for the critic to learn from")
    sketches = [drawings.sketch(int(k)) for k in chosen]
    return Exhibits(
        np.stack([grey(sketch, config) for sketch in sketches]),
        drawings.labels[chosen],
        None if taught is None else taught(sketches).astype(np.float16),
    )


def some_of_each(drawings: SketchSet, most: int, main: str, seed: int) -> Ints:
    """The numbers of at most so many drawings of each class, and of all of the main one's.

    Args:
        drawings: To choose from.
        most: Of every class but the main one.
        main: The main class.
        seed: Of the choice.
    """
    order = np.random.default_rng(seed).permutation(len(drawings))
    taken = np.zeros(len(drawings.classes), dtype=np.int64)
    found = []
    for index in order:
        label = int(drawings.labels[index])
        taken[label] += 1
        if taken[label] <= most or drawings.classes[label] == main:
            found.append(index)
    return np.array(found, dtype=np.int64)


def train(
    net: CriticNet,
    people: Exhibits,
    *,
    epochs: int,
    seed: int,
    rate: float = PEAK_RATE,
    report: Callable[[int, int, float], None] = lambda *_: None,
) -> None:
    """Teaches a network.

    Args:
        net: Changed in place.
        people: Humans' drawings.
        epochs: How often they are seen.
        seed: Of order and mirroring.
        rate: The highest learning rate.
        report: Called every hundredth step with the step, the number of steps, and the loss,
            in nats.
    """
    rng = np.random.default_rng(seed)
    steps = epochs * max(1, len(people) // BATCH)
    optimiser = torch.optim.AdamW(net.parameters(), lr=rate, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, rate, total_steps=steps, pct_start=0.1
    )
    order = _endless(len(people), rng)
    for step in range(steps):
        seen = np.array([next(order) for _ in range(min(BATCH, len(people)))])
        pictures = people.pictures[seen].astype(np.float32) / 255
        mirrored = rng.random(len(seen)) < 0.5
        pictures[mirrored] = pictures[mirrored, :, ::-1]
        named = net(torch.from_numpy(pictures))
        loss = F.nll_loss(named, torch.from_numpy(people.labels[seen]))
        if people.taught is not None:
            odds = torch.from_numpy(people.taught[seen].astype(np.float32)).exp()
            loss = (1 - TAUGHT) * loss - TAUGHT * (odds * named).sum(dim=1).mean()
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch's own lack
        optimiser.step()
        schedule.step()
        if step % 100 == 0 or step + 1 == steps:
            report(step + 1, steps, loss.item())


def _endless(count: int, rng: np.random.Generator) -> Iterator[int]:
    """All numbers under a count in an order of chance, again and again."""
    while True:
        yield from rng.permutation(count).tolist()


@torch.no_grad()
def look(net: CriticNet, pictures: Pictures) -> tuple[Floats, Floats]:
    """The network's view of N pictures, (N, channels), and its log-odds, (N, classes)."""
    views, named = [], []
    for first in range(0, len(pictures), BATCH):
        part = torch.from_numpy(pictures[first : first + BATCH].astype(np.float32) / 255)
        view = net.see(part)
        views.append(view.numpy())
        named.append(F.log_softmax(net.classes(view), dim=1).numpy())
    return np.concatenate(views), np.concatenate(named)


def finished(model: ModelFile, net: CriticNet, people: Exhibits) -> ModelFile:
    """The model file with this eye; the caps are the medians of the people's evidence.

    What a critic had learned of hanging went by another eye, and is left out.
    """
    named = look(net, people.pictures)[1]
    evidence = named[np.arange(len(people)), people.labels]
    caps = np.zeros(model.config.classes, dtype=np.float32)
    for number in np.unique(people.labels):
        caps[number] = np.median(evidence[people.labels == number])
    plain = {n: w for n, w in model.weights.items() if not n.startswith(PREFIX)}
    cap = {PREFIX + "cap": caps.astype(np.float16).astype(np.float32)}
    config = replace(net.config, hidden=0, told=0, hangs=())
    return replace(model, critic=config, weights=plain | weights_of(net) | cap)
