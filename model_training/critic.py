"""Teaching the critic: which sketches people would take for people's.

One network learns two things from pictures of sketches at once: to name the class of people's
drawings, and to tell people's drawings of a class from what the model draws when asked for it.
What it is on the Pi, and what it is for, says `pi_service.sketching.critic`, its counterpart
in NumPy; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - torch's own convention
from numpy.typing import NDArray
from torch import Tensor, nn

from model_training.data.dataset import DataError, Floats, Ints, SketchSet
from pi_service.sketching.config import KERNELS, PREFIX, CriticConfig
from pi_service.sketching.critic import measures
from pi_service.sketching.limits import what_is_wrong
from pi_service.sketching.model_file import ModelFile
from pi_service.sketching.picture import picture
from pi_service.sketching.sampling import Temperature
from pi_service.sketching.sketcher import Sketcher
from pi_service.sketching.stroke import Sketch

Pictures: TypeAlias = NDArray[np.uint8]

OWN_SEEDS = 1_000_000_000
"""First seed of the model's own sketches to learn from: far from those that people look at."""
HUMAN_BATCH, OWN_BATCH = 224, 32
"""Sketches of either kind in a batch."""
PEAK_RATE = 4e-3
"""Highest learning rate, of one cycle up and down (Smith, 2018)."""
DECAY = 0.02
SMOOTHING = 0.1
"""Share of the odds of being human that is kept open, against learning drawings by heart."""


@dataclass(frozen=True)
class Exhibits:
    """N pictures of sketches with what is known about them."""

    pictures: Pictures
    """Shape (N, size, size), 0 for paper to 255 for ink."""
    labels: Ints
    """The class each shows, or was to show, shape (N,)."""
    measures: Floats
    """See `pi_service.sketching.critic.measures`, shape (N, 6)."""

    def __len__(self) -> int:
        return len(self.labels)

    def counts(self, classes: int) -> Ints:
        """How many there are of each class."""
        return np.bincount(self.labels, minlength=classes)


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
        self.hidden = nn.Linear(config.told, config.hidden)
        self.human = nn.Linear(config.hidden, 1)

    def see(self, pictures: Tensor) -> Tensor:
        """The network's view of pictures (B, size, size) from 0 to 1, (B, channels)."""
        x = pictures[:, None]
        for number in range(len(KERNELS)):
            x = F.relu(getattr(self, f"conv{number}")(x))
            if number < len(KERNELS) - 1:
                x = F.max_pool2d(x, 2)
        return x.mean(dim=(2, 3))

    def forward(
        self, pictures: Tensor, labels: Tensor, measured: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Log-probabilities of all classes (B, classes), log-odds of a human's hand (B,)."""
        seen = self.see(pictures)
        named = F.log_softmax(self.classes(seen), dim=1)
        evidence = named.gather(1, labels[:, None])
        hidden = F.relu(self.hidden(torch.cat([seen, evidence, measured], dim=1)))
        return named, self.human(hidden)[:, 0]


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


def load_net(model: ModelFile) -> CriticNet:
    """The network of the critic that a model file holds, or a new one where it holds none."""
    config = model.critic or CriticConfig()
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
    """A model file with the critic of another one, to learn on from.

    Raises:
        DataError: The other one has none, or knows other classes.
    """
    if other.critic is None:
        raise DataError("the file to start from holds no critic: leave --start-from out")
    if other.classes != model.classes:
        raise DataError("the file to start from knows other classes: its critic is no use")
    taken = {n: w for n, w in other.weights.items() if n.startswith(PREFIX)}
    about = {**model.about, "critic": other.about.get("critic", "")}
    weights = {**model.weights, **taken}
    return replace(model, critic=other.critic, weights=weights, about=about)


def exhibits(sketches: Iterator[tuple[int, Sketch]], model: ModelFile) -> Exhibits:
    """Pairs of class number and sketch as exhibits; those that would be refused are left out.

    Raises:
        DataError: None is left.
    """
    config = model.critic or CriticConfig()
    pictures, labels, measured = [], [], []
    for label, sketch in sketches:
        limits = model.limits.get(model.classes[label])
        if what_is_wrong(sketch, limits) is None:
            grey = picture(sketch, config.size, config.margin)
            pictures.append(np.rint(grey * 255).astype(np.uint8))
            labels.append(label)
            measured.append(measures(sketch, limits))
    if not labels:
        raise DataError("there is no sketch for the critic to learn from")
    return Exhibits(np.stack(pictures), np.array(labels, dtype=np.int64), np.stack(measured))


def humans(
    drawings: SketchSet, most: int, main: str, seed: int
) -> Iterator[tuple[int, Sketch]]:
    """At most so many drawings of each class, by chance, with their class numbers.

    Args:
        drawings: To choose from.
        most: Of every class but the main one, of which all are taken.
        main: The main class.
        seed: Of the choice.
    """
    order = np.random.default_rng(seed).permutation(len(drawings))
    taken = np.zeros(len(drawings.classes), dtype=np.int64)
    for index in order:
        label = int(drawings.labels[index])
        taken[label] += 1
        if taken[label] <= most or drawings.classes[label] == main:
            yield label, drawings.sketch(int(index))


def own(
    model: ModelFile, counts: Mapping[str, int], temperature: Temperature
) -> Iterator[tuple[int, Sketch]]:
    """So many tries of the model itself at each class, with the class numbers."""
    sketcher = Sketcher(replace(model, critic=None))
    for name, count in counts.items():
        number = sketcher.class_number(name)
        names = [(OWN_SEEDS + k, 0) for k in range(count)]
        for made in sketcher.attempts(name, names, temperature):
            if made.failure is None:
                yield number, made.sketch


def train(
    net: CriticNet,
    people: Exhibits,
    drawn: Exhibits,
    *,
    epochs: int,
    seed: int,
    rate: float = PEAK_RATE,
    report: Callable[[int, int, float, float], None] = lambda *_: None,
) -> None:
    """Teaches a network.

    Every class counts as much among the humans' drawings as among the model's, so that a class
    by itself says nothing about whose hand it was.

    Args:
        net: Changed in place.
        people: Humans' drawings.
        drawn: The model's.
        epochs: How often the humans' drawings are seen.
        seed: Of order and mirroring.
        rate: The highest learning rate.
        report: Called every hundredth step with the step, the number of steps, and the two
            losses, in nats.
    """
    rng = np.random.default_rng(seed)
    share = drawn.counts(net.classes.out_features) / len(drawn)
    per_human = share / np.maximum(people.counts(len(share)) / len(people), 1e-9)
    steps = epochs * max(1, len(people) // HUMAN_BATCH)
    optimiser = torch.optim.AdamW(net.parameters(), lr=rate, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, rate, total_steps=steps, pct_start=0.1
    )
    order = _endless(len(people), rng)
    others = _endless(len(drawn), rng)
    for step in range(steps):
        seen = next_some(order, HUMAN_BATCH, len(people))
        made = next_some(others, OWN_BATCH, len(drawn))
        batch = [_tensors(people, seen, rng), _tensors(drawn, made, rng)]
        named, human = net(*(torch.cat(parts) for parts in zip(*batch, strict=True)))
        naming = F.nll_loss(named[: len(seen)], batch[0][1])
        weight = torch.from_numpy(per_human[people.labels[seen]]).float()
        hand = _two_sided(human[: len(seen)], weight, human[len(seen) :])
        optimiser.zero_grad()
        (naming + hand).backward()  # type: ignore[no-untyped-call]  # torch's own lack
        optimiser.step()
        schedule.step()
        if step % 100 == 0 or step + 1 == steps:
            report(step + 1, steps, naming.item(), hand.item())


def _two_sided(people: Tensor, weight: Tensor, drawn: Tensor) -> Tensor:
    """The mean loss of telling hands apart, both sides counting the same; a scalar."""
    high = torch.full_like(people, 1 - SMOOTHING)
    low = torch.full_like(drawn, SMOOTHING)
    first = F.binary_cross_entropy_with_logits(people, high, weight, reduction="mean")
    return (first + F.binary_cross_entropy_with_logits(drawn, low)) / 2


def _endless(count: int, rng: np.random.Generator) -> Iterator[int]:
    """All numbers under a count in an order of chance, again and again."""
    while True:
        yield from rng.permutation(count).tolist()


def next_some(numbers: Iterator[int], wanted: int, there_are: int) -> Ints:
    """The next few numbers, at most as many as there are."""
    return np.array([next(numbers) for _ in range(min(wanted, there_are))], dtype=np.int64)


def _tensors(
    shown: Exhibits, chosen: Ints, rng: np.random.Generator
) -> tuple[Tensor, Tensor, Tensor]:
    """Some exhibits for the network, mirrored by chance: pictures, labels, measures."""
    pictures = shown.pictures[chosen].astype(np.float32) / 255
    mirrored = rng.random(len(chosen)) < 0.5
    pictures[mirrored] = pictures[mirrored, :, ::-1]
    labels, measured = shown.labels[chosen], shown.measures[chosen]
    return torch.from_numpy(pictures), torch.from_numpy(labels), torch.from_numpy(measured)


@torch.no_grad()
def opinions(net: CriticNet, shown: Exhibits) -> tuple[Floats, Floats, Floats]:
    """For N exhibits class evidence, log-odds of a human's hand, class named; each (N,)."""
    rows = []
    for first in range(0, len(shown), 256):
        chosen = np.arange(first, min(first + 256, len(shown)))
        pictures = torch.from_numpy(shown.pictures[chosen].astype(np.float32) / 255)
        labels = torch.from_numpy(shown.labels[chosen])
        named, human = net(pictures, labels, torch.from_numpy(shown.measures[chosen]))
        evidence = named.gather(1, labels[:, None])[:, 0]
        rows.append(torch.stack([evidence, human, named.argmax(dim=1).float()]))
    found: Floats = torch.cat(rows, dim=1).numpy()
    return found[0], found[1], found[2]


def finished(model: ModelFile, net: CriticNet, people: Exhibits) -> ModelFile:
    """The model file with this critic; the caps are the medians of the people's evidence."""
    evidence = opinions(net, people)[0]
    caps = np.zeros(model.config.classes, dtype=np.float32)
    for number in np.unique(people.labels):
        caps[number] = np.median(evidence[people.labels == number])
    plain = {n: w for n, w in model.weights.items() if not n.startswith(PREFIX)}
    cap = {PREFIX + "cap": caps.astype(np.float16).astype(np.float32)}
    return replace(model, critic=net.config, weights=plain | weights_of(net) | cap)
