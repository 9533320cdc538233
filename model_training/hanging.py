"""Teaching the critic what people would hang, from the verdicts in the book.

Few drawings have a verdict, so that little may be learned from each: a small network goes by
what the critic's eye sees, by the class evidence, and by the parts of the face. Every drawing
is shown mirrored too. Several such networks are taught, each from another random start, and
stand side by side in the model file as one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - torch's own convention
from torch import nn

from model_training.critic import CriticNet, grey, load_net, look
from model_training.data.dataset import DataError, Floats, Ints
from model_training.verdicts.book import Verdict
from model_training.verdicts.candidates import mirrored
from pi_service.sketching.config import PREFIX
from pi_service.sketching.critic import FARTHEST, told_of
from pi_service.sketching.model_file import ModelFile
from pi_service.sketching.parts import parts_of
from pi_service.sketching.stroke import Sketch

NETS, HIDDEN = 4, 24
"""Networks side by side, and the width of each."""
EPOCHS, BATCH, RATE, DECAY = 25, 128, 3e-3, 0.5
DROPPED = (0.15, 0.3)
"""Of what is told, and of the hidden layer, while it learns."""
FOLDS = 5
UNUSUAL = (PREFIX + "common", PREFIX + "unusual")
"""Tensors that say what is unusual."""
LEAST_SPREAD = 0.02
"""Under which a number's spread is not taken to say anything."""


@dataclass(frozen=True)
class Lessons:
    """N drawings with verdicts."""

    told: Floats
    """What the critic is told of each, (N, told)."""
    mirrored: Floats
    """The same of its mirror image."""
    hang: Floats
    """Share of its verdicts that would hang it, (N,)."""


def with_verdicts(
    verdicts: Iterable[Verdict], word: str, sketches: dict[str, Sketch]
) -> tuple[list[Sketch], Floats]:
    """The drawings of a class that have verdicts, and the share of those that hang it.

    Args:
        verdicts: The book.
        word: The class.
        sketches: Drawings by their digest; those that are not there are left out.

    Raises:
        DataError: None is left.
    """
    said: dict[str, list[bool]] = defaultdict(list)
    for one in verdicts:
        if one.source.word == word and one.source.sketch in sketches:
            said[one.source.sketch].append(one.hang)
    if not said:
        raise DataError(f"there is no verdict on a drawing of {word!r} that can be shown")
    shares = np.array([np.mean(words) for words in said.values()], dtype=np.float32)
    return [sketches[name] for name in said], shares


def lessons(model: ModelFile, word: str, sketches: Sequence[Sketch], hang: Floats) -> Lessons:
    """What the critic of a model is told of some drawings of a class."""
    mirror_images = [mirrored(sketch) for sketch in sketches]
    told = [_told(model, word, some) for some in (sketches, mirror_images)]
    return Lessons(told[0], told[1], hang)


def _told(model: ModelFile, word: str, sketches: Sequence[Sketch]) -> Floats:
    net: CriticNet = load_net(model).eval()
    views, named = look(net, np.stack([grey(sketch, net.config) for sketch in sketches]))
    evidence = named[:, model.classes.index(word)]
    limits = model.limits.get(word)
    rows = zip(sketches, views, evidence, strict=True)
    return np.stack(
        [told_of(sketch, limits, parts_of(sketch), view, float(e)) for sketch, view, e in rows]
    )


def learned(some: Lessons, seed: int) -> dict[str, Floats]:
    """The tensors of a critic's odds of being hung, named as in the model file."""
    told = np.concatenate([some.told, some.mirrored])
    middle, spread = told.mean(axis=0), np.maximum(told.std(axis=0), LEAST_SPREAD)
    usual = np.clip((told - middle) / spread, -FARTHEST, FARTHEST)
    rows = torch.from_numpy(usual.astype(np.float32))
    hang = torch.from_numpy(np.concatenate([some.hang, some.hang]).astype(np.float32))
    nets = [_one(rows, hang, seed + k).state_dict() for k in range(NETS)]
    found = {
        "usual": np.stack([middle, spread]),
        "hidden": np.concatenate([net["1.weight"].numpy() for net in nets]).T,
        "hidden.bias": np.concatenate([net["1.bias"].numpy() for net in nets]),
        "hang": np.concatenate([net["4.weight"].numpy() for net in nets], axis=1).T / NETS,
        "hang.bias": np.mean([net["4.bias"].numpy() for net in nets], axis=0),
    }
    return {
        PREFIX + name: np.ascontiguousarray(array).astype(np.float16).astype(np.float32)
        for name, array in found.items()
    }


def _one(rows: torch.Tensor, hang: torch.Tensor, seed: int) -> nn.Sequential:
    """One network that was taught."""
    generator = torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)
    net = nn.Sequential(
        nn.Dropout(DROPPED[0]),
        nn.Linear(rows.shape[1], HIDDEN),
        nn.ReLU(),
        nn.Dropout(DROPPED[1]),
        nn.Linear(HIDDEN, 1),
    )
    optimiser = torch.optim.AdamW(net.parameters(), lr=RATE, weight_decay=DECAY)
    for _ in range(EPOCHS):
        order = torch.randperm(len(rows), generator=generator)
        for first in range(0, len(rows), BATCH):
            batch = order[first : first + BATCH]
            optimiser.zero_grad()
            loss = F.binary_cross_entropy_with_logits(net(rows[batch])[:, 0], hang[batch])
            loss.backward()  # type: ignore[no-untyped-call]  # torch's own lack
            optimiser.step()
    return net.eval()


def odds(weights: dict[str, Floats], told: Floats) -> Floats:
    """Log-odds of being hung for N drawings, as the Pi finds them, (N,)."""
    middle, spread = weights[PREFIX + "usual"]
    usual = np.clip((told - middle) / spread, -FARTHEST, FARTHEST)
    hidden = usual @ weights[PREFIX + "hidden"] + weights[PREFIX + "hidden.bias"]
    last, bias = weights[PREFIX + "hang"][:, 0], weights[PREFIX + "hang.bias"][0]
    found: Floats = np.maximum(hidden, 0) @ last + bias
    return found


def unseen(some: Lessons, seed: int) -> Floats:
    """Log-odds for every drawing by a network that did not learn from it, (N,)."""
    fold: Ints = np.random.default_rng(seed).permutation(len(some.hang)) % FOLDS
    found = np.zeros(len(fold), dtype=np.float32)
    for part in range(FOLDS):
        ask = fold == part
        taught = Lessons(some.told[~ask], some.mirrored[~ask], some.hang[~ask])
        found[ask] = odds(learned(taught, seed), some.told[ask])
    return found


def ranked_right(odds_of: Floats, hang: Floats) -> float:
    """How often, of a drawing to hang and one not to, the first has the higher odds (AUC).

    Drawings on which verdicts differ are left out.
    """
    yes, no = odds_of[hang == 1][:, None], odds_of[hang == 0]
    if not yes.size or not no.size:
        raise DataError("the verdicts are all alike: there is nothing to learn from them")
    return float(np.mean(yes > no) + np.mean(yes == no) / 2)


def with_hanging(
    model: ModelFile, word: str, weights: dict[str, Floats], for_body: float
) -> ModelFile:
    """The model file with the odds of being hung for drawings of a class."""
    if model.critic is None:
        raise DataError("the model file holds no critic: make one with `critic` first")
    count, hidden = weights[PREFIX + "hidden"].shape
    config = replace(model.critic, hidden=hidden, told=count, hangs=(word,), for_body=for_body)
    config = replace(config, unusual=0)
    plain = {n: w for n, w in model.weights.items() if n not in UNUSUAL}
    return replace(model, critic=config, weights=plain | weights)


@dataclass(frozen=True)
class Choice:
    """What counts how much when one of several sketches is chosen; see `CriticConfig`."""

    hang_cap: float
    for_body: float
    for_whiskers: float
    class_share: float
    evidence_cap: float
    """Log-probability of the class beyond which nothing is gained."""
    novelty: float
    """Log-odds for a standard deviation more of how unusual acceptable drawings are."""
    novelty_cap: float
    """So many of these standard deviations over the mean nothing more is gained."""
    directions: int
    """Principal axes of the acceptable drawings' views that count."""


EVIDENT, LIKELIEST = -1.0, 0.4
"""Class evidence that an acceptable drawing has at least; and it is of this share of them all
that would be hung most likely."""


def varied(
    model: ModelFile, word: str, sketches: Sequence[Sketch], choice: Choice
) -> ModelFile:
    """The model file with a critic that likes unusual drawings, and chooses as it is said.

    Args:
        model: With a critic that learned what is hung.
        word: The class.
        sketches: The model's own of that class: what is common among the acceptable of them?
        choice: What counts how much.

    Raises:
        DataError: The critic has not learned what is hung, or too few are acceptable.
    """
    if model.critic is None or word not in model.critic.hangs:
        raise DataError("the critic does not know what is hung: teach it with `hang` first")
    plain = {n: w for n, w in model.weights.items() if n not in UNUSUAL}
    rows = _told(model, word, sketches)
    channels = model.critic.channels[-1]
    hang = odds(plain, rows)
    fine = (hang >= np.quantile(hang, 1 - LIKELIEST)) & (rows[:, channels] > EVIDENT)
    if fine.sum() < 3 * choice.directions:
        raise DataError(f"only {fine.sum()} of {len(fine)} drawings are acceptable: draw more")
    middle, spread = plain[PREFIX + "usual"]
    usual = np.clip((rows - middle) / spread, -FARTHEST, FARTHEST)[fine, :channels]
    size, axes = np.linalg.eigh(np.cov(usual.astype(np.float64).T))
    largest = np.argsort(-size)[: choice.directions]
    tensors = {
        "common": usual.mean(axis=0),
        "unusual": axes[:, largest] / np.sqrt(np.maximum(size[largest], 1e-6)),
    }
    caps = plain[PREFIX + "cap"].copy()
    caps[model.classes.index(word)] = choice.evidence_cap
    tensors["cap"] = caps
    made = {PREFIX + n: a.astype(np.float16).astype(np.float32) for n, a in tensors.items()}
    away = (usual - made[PREFIX + "common"]) @ made[PREFIX + "unusual"]
    far = np.linalg.norm(away, axis=1)
    config = replace(
        model.critic,
        hang_cap=choice.hang_cap,
        for_body=choice.for_body,
        for_whiskers=choice.for_whiskers,
        class_share=choice.class_share,
        unusual=choice.directions,
        novelty=round(choice.novelty / float(far.std()), 3),
        novelty_cap=round(float(far.mean() + choice.novelty_cap * far.std()), 3),
    )
    return replace(model, critic=config, weights=plain | made)
