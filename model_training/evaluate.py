"""Measuring models side by side, with drawings that none of them has seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from model_training.baselines.published import PublishedOdds
from model_training.data.dataset import DataError, SketchSet
from model_training.judge.bench import Bench, humans, members
from model_training.judge.generators import Generator
from model_training.judge.intervals import Figure, mean_figure
from model_training.judge.judge_training import correct
from model_training.judge.likelihood import (
    Conventions,
    PointNats,
    likelihood,
    per_sketch,
    point_nats,
    published,
)
from model_training.judge.network import Judge
from model_training.judge.raster import RASTER, render_set
from model_training.judge.report import (
    HUMANS,
    ClassRow,
    JudgeRow,
    ModelRow,
    Report,
    SketchRow,
)


@dataclass(frozen=True)
class Question:
    """What is to be measured."""

    class_name: str = "cat"
    """The class looked at closely."""
    classes: tuple[str, ...] = ()
    """Further classes, looked at in short."""
    samples: int = 1000
    """Drawings that each model makes of the class, each way."""
    class_samples: int = 200
    """Drawings that each model makes of a further class."""
    seed: int = 0
    """The first drawing's seed, and of everything drawn by lot."""


class Evaluation:
    """One evaluation: humans' drawings, a judge, and the models.

    Args:
        judge: The judge.
        train: Drawings that the models learned from.
        test: Drawings that none of them learned from.
        question: What is to be measured.
        say: Told what is being done.

    Raises:
        DataError: There are no drawings of a class that is asked for.
    """

    def __init__(
        self,
        judge: Judge,
        train: SketchSet,
        test: SketchSet,
        question: Question,
        *,
        say: Callable[[str], None] = print,
    ) -> None:
        self._judge, self._train, self._test = judge, train, test
        self._question, self._say = question, say
        for name in (question.class_name, *question.classes):
            members(train, name)
            members(test, name)
        self._label = train.classes.index(question.class_name)
        self._units = Conventions.of(train, self._label, test)

    def report(self, models: Sequence[Generator]) -> Report:
        """Measures all models."""
        question = self._question
        bench = self._bench(question.class_name)
        sketches = bench.rows_of_humans()
        classes = [self._humans(name) for name in question.classes]
        rows = []
        for model in models:
            self._say(f"{model.name}: how likely it finds {len(self._test)} test drawings")
            row, by_class = self._likelihood(model)
            rows.append(row)
            sketches += self._sketches(bench, model)
            classes += self._short(model, by_class)
        return Report(
            class_name=question.class_name,
            train_drawings=len(members(self._train, question.class_name)),
            test_drawings=len(members(self._test, question.class_name)),
            seed=question.seed,
            judge=self._about_judge(),
            units=self._units,
            models=tuple(rows),
            sketches=tuple(sketches),
            classes=tuple(
                sorted(classes, key=lambda row: question.classes.index(row.class_name))
            ),
            versions={"torch": torch.__version__, "numpy": np.__version__},
        )

    def _rng(self) -> np.random.Generator:
        return np.random.default_rng(self._question.seed)

    def _bench(self, class_name: str) -> Bench:
        return Bench(
            self._judge, self._train, self._test, class_name, seed=self._question.seed
        )

    def _likelihood(self, model: Generator) -> tuple[ModelRow, dict[str, Figure]]:
        """The model's row, and its nats a sketch for each further class."""
        if not set(model.classes) <= set(self._test.classes):
            raise DataError(f"the model {model.name} knows other classes than the drawings")
        if len(model.classes) > 1 and model.classes != self._test.classes:
            raise DataError(f"the model {model.name} knows other classes than the drawings")
        if int(self._test.lengths.max()) > model.max_points:
            raise DataError(
                f"the model {model.name} measures at most {model.max_points} points, but a "
                f"test drawing has {int(self._test.lengths.max())}: leave longer ones out"
            )
        every = model.classes == self._test.classes
        net, known = model.net, self._test
        if not every:
            label = self._test.classes.index(model.classes[0])
            known = subset(self._test, label)
            if isinstance(net, PublishedOdds):
                net = net.in_units(Conventions.of(self._train, label).both)
        nats = point_nats(net, known)
        asked = self._question.class_name in model.classes
        mine = subset(self._test, self._label)
        row = ModelRow(
            name=model.name,
            kind=model.kind,
            hash=model.hash,
            parameters=model.parameters,
            minutes=model.minutes,
            everything=likelihood(nats, known, self._rng()) if every else None,
            of_class=likelihood(nats, known, self._rng(), self._label) if asked else None,
            published=published(
                point_nats(net, mine, noise=False), len(mine), self._units, self._rng()
            )
            if asked
            else None,
            sigma_floor=float(net.config.sigma_floor),
            note=model.note,
        )
        names = [name for name in self._question.classes if name in model.classes]
        return row, {name: self._of_class(nats, known, name) for name in names}

    def _of_class(self, nats: PointNats, known: SketchSet, class_name: str) -> Figure:
        totals = per_sketch(nats, nats.total, len(known))
        return mean_figure(totals[members(known, class_name)], self._rng())

    def _sketches(self, bench: Bench, model: Generator) -> list[SketchRow]:
        question, rows = self._question, []
        for way in model.ways if question.class_name in model.classes else ():
            self._say(f"{model.name}, {way}: {question.samples} drawings")
            drawn = model.draw(question.class_name, question.samples, question.seed, way)
            rows.append(bench.row(f"{model.name}, {way}", drawn))
        return rows

    def _humans(self, class_name: str) -> ClassRow:
        drawn = humans(self._test, members(self._test, class_name))
        return self._bench(class_name).in_short(HUMANS, drawn, None)

    def _short(self, model: Generator, by_class: dict[str, Figure]) -> list[ClassRow]:
        """The model's drawings of the further classes that it knows, as it best can."""
        way = model.ways[-1]
        rows = []
        for name, nats in by_class.items():
            self._say(f"{model.name}, {way}: {self._question.class_samples} of {name}")
            count, seed = self._question.class_samples, self._question.seed
            drawn = model.draw(name, count, seed, way)
            bench = self._bench(name)
            rows.append(bench.in_short(f"{model.name}, {way}", drawn, nats))
        return rows

    def _about_judge(self) -> JudgeRow:
        verdicts = self._judge.look(render_set(self._test))
        first, five = correct(verdicts, self._test.labels)
        return JudgeRow(
            hash=self._judge.hash,
            raster=RASTER,
            about=self._judge.about,
            test_drawings=len(self._test),
            top_1=mean_figure(first, self._rng()),
            top_5=mean_figure(five, self._rng()),
        )


def subset(drawings: SketchSet, label: int) -> SketchSet:
    """The drawings of one class alone."""
    chosen = np.flatnonzero(drawings.labels == label)
    lengths = drawings.lengths[chosen]
    return SketchSet(
        classes=drawings.classes,
        labels=drawings.labels[chosen],
        points=np.concatenate([drawings[int(k)] for k in chosen]),
        starts=np.cumsum([0, *lengths], dtype=np.int64),
    )
