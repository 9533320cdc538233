"""Choosing drawings that are known to be good: what a model is to learn as its best.

By the critic alone heads would crowd out bodies, which are harder to draw: so many of the
chosen have a body as are asked for, the best of those.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

import numpy as np

from model_training.data.dataset import DataError, Ints, SketchSet
from model_training.judge.doodlenet import DoodleNet
from model_training.verdicts.book import digest
from pi_service.sketching.critic import Critic, critic_of
from pi_service.sketching.limits import what_is_wrong
from pi_service.sketching.manner import Manner
from pi_service.sketching.model_file import ModelFile
from pi_service.sketching.parts import parts_of
from pi_service.sketching.sketcher import Attempt, Sketcher
from pi_service.sketching.stroke import Sketch

Chosen: TypeAlias = tuple[str, Sketch]
"""A class and a drawing of it."""
OWN_SEEDS = 2_000_000_000
"""First seed of the model's own sketches to learn from: far from those that people look at."""
AT_ONCE = 16
"""Seeds whose sketches are drawn side by side."""


def best(
    critic: Critic, sketches: Iterable[Sketch], count: int, bodies: float
) -> list[Sketch]:
    """The sketches that a critic likes best, a share of them with a body."""
    rated = [(critic.opinion(s).score, parts_of(s).has_body, s) for s in sketches]
    rated.sort(key=lambda one: -one[0])
    with_body = round(count * bodies)
    heads = [sketch for _, body, sketch in rated if not body][: count - with_body]
    return heads + [sketch for _, body, sketch in rated if body][:with_body]


def hung(
    model: ModelFile,
    drawings: SketchSet,
    class_name: str,
    said: Mapping[str, bool],
    *,
    count: int,
    bodies: float,
) -> list[Chosen]:
    """People's drawings of a class: those that were hung, and what a critic likes best.

    Args:
        model: With the critic.
        drawings: To choose from.
        class_name: The class.
        said: Verdicts by the `digest` of a drawing; what was not hung is not taken.
        count: How many at most.
        bodies: Share of them that has a body.
    """
    critic = _critic(model, class_name)
    number = model.classes.index(class_name)
    members = np.flatnonzero(drawings.labels == number)
    sketches = [drawings.sketch(int(k)) for k in members]
    sure = [sketch for sketch in sketches if said.get(digest(sketch)) is True]
    open_ = [sketch for sketch in sketches if digest(sketch) not in said]
    chosen = best(critic, sure, min(count, len(sure)), bodies)
    chosen += best(critic, open_, count - len(chosen), bodies)
    return [(class_name, sketch) for sketch in chosen]


def own(
    model: ModelFile, class_name: str, *, seeds: int, tries: int, manner: Manner | None = None
) -> list[Chosen]:
    """Of each seed the best of a model's own sketches of a class.

    Args:
        model: With the critic.
        class_name: The class.
        seeds: How many seeds.
        tries: Sketches of each.
        manner: How they are drawn, if not as the model file says.
    """
    _critic(model, class_name)
    sketcher = Sketcher(model)
    found: dict[int, Attempt] = {}
    for first in range(OWN_SEEDS, OWN_SEEDS + seeds, AT_ONCE):
        some = range(first, min(first + AT_ONCE, OWN_SEEDS + seeds))
        names = [(seed, which) for seed in some for which in range(tries)]
        made = sketcher.attempts(class_name, names, manner)
        for (seed, _), tried in zip(names, made, strict=True):
            fine = tried.failure is None
            if fine and (seed not in found or tried.score > found[seed].score):
                found[seed] = tried
    return [(class_name, tried.sketch) for tried in found.values()]


def evident(
    model: ModelFile, teacher: DoodleNet, drawings: SketchSet, sure: float, chosen: Ints
) -> list[Chosen]:
    """Drawings whose class a teacher finds at least so probable, and that would be drawn.

    Those of classes of which the critic learned what is hung are left out.
    """
    hangs = model.critic.hangs if model.critic is not None else ()
    found = []
    for first in range(0, len(chosen), 1024):
        part = chosen[first : first + 1024]
        sketches = [drawings.sketch(int(k)) for k in part]
        odds = np.exp(teacher.look(sketches))[np.arange(len(part)), drawings.labels[part]]
        for label, sketch, probable in zip(drawings.labels[part], sketches, odds, strict=True):
            name = model.classes[int(label)]
            fits = what_is_wrong(sketch, model.limits.get(name)) is None
            if name not in hangs and probable >= sure and fits:
                found.append((name, sketch))
    return found


def _critic(model: ModelFile, class_name: str) -> Critic:
    critic = critic_of(model, model.classes.index(class_name))
    if critic is None:
        raise DataError("the model file holds no critic: make one with `critic` and `hang`")
    return critic
