"""The bench: humans' drawings of a class, made ready once, and models measured by them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from model_training.data.dataset import DataError, Ints, SketchSet
from model_training.judge.copying import (
    feature_distances,
    ink_distances,
    mirrored,
    nearest,
    nearest_of_some,
)
from model_training.judge.intervals import (
    Figure,
    halves_figure,
    mean_figure,
    ratio_figure,
    ratio_of_sums_figure,
)
from model_training.judge.measures import FAILURES, NAMES, Drawn, Table, Usual, measure
from model_training.judge.metrics import (
    Array,
    fid,
    fid_infinity,
    kid,
    precision_recall,
    told_apart,
)
from model_training.judge.network import Judge, Verdicts
from model_training.judge.raster import Images, render_sketches
from model_training.judge.report import Apart, ClassRow, Nearest, SketchRow


@dataclass(frozen=True)
class Look:
    """Drawings, and what the judge and the ruler make of them."""

    drawn: Sequence[Drawn]
    images: Images
    verdicts: Verdicts
    table: Table

    @classmethod
    def at(cls, judge: Judge, drawn: Sequence[Drawn]) -> Look:
        """Renders, judges and measures drawings."""
        sketches = [d.sketch for d in drawn]
        images = render_sketches(sketches)
        return cls(drawn, images, judge.look(images), measure(sketches))

    def __len__(self) -> int:
        return len(self.drawn)

    @property
    def features(self) -> Array:
        """The judge's features, shape (N, 128)."""
        return self.verdicts.features.astype(np.float64)

    @property
    def telling(self) -> Array:
        """All that the classifier is told: features, and logarithms of the measures."""
        return np.hstack([self.features, np.log(self.table + 1)])


class Bench:
    """Humans' drawings of one class, against which drawings are measured.

    Raises:
        DataError: The judge does not know the class, or there are no drawings of it.
    """

    def __init__(
        self, judge: Judge, train: SketchSet, test: SketchSet, class_name: str, *, seed: int
    ) -> None:
        if class_name not in judge.classes:
            raise DataError(f"the judge does not know the class {class_name!r}")
        self.class_name = class_name
        self._judge, self._seed = judge, seed
        self._label = judge.classes.index(class_name)
        self._train = train
        self._members = members(train, class_name)
        self.test = Look.at(judge, humans(test, members(test, class_name)))
        self._usual = Usual.of(measure([train.sketch(int(k)) for k in self._members]))
        self._known: Look | None = None
        self._humans_nearest: tuple[Array, Array] | None = None

    @property
    def known(self) -> Look:
        """The drawings to learn from."""
        if self._known is None:
            self._known = Look.at(self._judge, humans(self._train, self._members))
        return self._known

    def rows_of_humans(self) -> list[SketchRow]:
        """The test drawings, and as many training drawings against them: the floor."""
        rng = self._rng()
        chosen = rng.choice(len(self.known), min(len(self.test), len(self.known)), False)
        floor = Look.at(self._judge, [self.known.drawn[int(k)] for k in chosen])
        near = self.nearest_of_humans
        mine = Nearest(mean_figure(near[0], rng), mean_figure(near[1], rng))
        return [
            self._row("humans, test", self.test, None, mine),
            self._row("humans, train", floor, self._apart(floor), None),
        ]

    def row(self, name: str, drawn: Sequence[Drawn]) -> SketchRow:
        """What a model's drawings are like. Raises DataError if there are too few."""
        if len(drawn) < 20 or len(self.test) < 20:
            raise DataError(
                f"{len(drawn)} drawings by {name} and {len(self.test)} of humans are too few "
                "to compare: give at least 20 of each"
            )
        look = Look.at(self._judge, drawn)
        return self._row(name, look, self._apart(look), self._nearest(look))

    def in_short(
        self, name: str, drawn: Sequence[Drawn], per_sketch: Figure | None
    ) -> ClassRow:
        """Drawings of a class of which there are too few test drawings for more."""
        row = self._row(name, Look.at(self._judge, drawn), None, None)
        return ClassRow(
            class_name=self.class_name,
            name=name,
            drawings=row.drawings,
            top_1=row.top_1,
            top_5=row.top_5,
            failed=row.failed,
            strokes=row.measures["strokes"],
            points=row.measures["points"],
            per_sketch=per_sketch,
        )

    def _rng(self) -> np.random.Generator:
        return np.random.default_rng(self._seed)

    def _row(
        self, name: str, look: Look, apart: Apart | None, nearest: Nearest | None
    ) -> SketchRow:
        rng = self._rng()
        ranks = look.verdicts.ranks(self._label)
        failures = [self._usual.failure(d) for d in look.drawn]
        return SketchRow(
            name=name,
            drawings=len(look),
            top_1=mean_figure(ranks == 0, rng),
            top_5=mean_figure(ranks < 5, rng),
            failed=mean_figure(np.array([f is not None for f in failures]), rng),
            failures={n: failures.count(n) / max(len(failures), 1) for n in FAILURES},
            measures={n: mean_figure(look.table[:, k], rng) for k, n in enumerate(NAMES)},
            apart=apart,
            nearest=nearest,
        )

    def _apart(self, look: Look) -> Apart:
        """Against the test drawings, by equal numbers of both but for KID."""
        count = min(len(look), len(self.test))
        real, made = self.test.features[:count], look.features[:count]
        rng = self._rng()
        right = told_apart(self.test.telling[:count], look.telling[:count], rng)
        return Apart(
            compared=count,
            fid=halves_figure(fid, real, made, rng),
            fid_infinity=halves_figure(
                lambda a, b: fid_infinity(a, b, rng), real, made, rng, halves=20
            ),
            kid=halves_figure(kid, self.test.features, look.features, rng),
            precision=halves_figure(
                lambda a, b: precision_recall(a, b)[0], real, made, rng
            ).within(0, 1),
            recall=halves_figure(
                lambda a, b: precision_recall(a, b)[1], real, made, rng
            ).within(0, 1),
            told_apart=mean_figure(right, rng),
        )

    @property
    def nearest_of_humans(self) -> tuple[Array, Array]:
        """How far each test drawing is from the nearest to learn from: features and ink."""
        if self._humans_nearest is None:
            features, ink = self._distances(self.test, self.known)
            self._humans_nearest = nearest(features), nearest(ink)
        return self._humans_nearest

    def _distances(self, made: Look, known: Look) -> tuple[Array, Array]:
        """Between drawings and known ones, mirrored or not: in features and between lines."""
        turned = self._judge.look(mirrored(known.images)).features
        features = feature_distances(made.features, known.features, turned)
        return features, ink_distances(made.images, known.images)

    def _nearest(self, look: Look) -> Nearest:
        rng = self._rng()
        learned, unseen = self._distances(look, self.known), self._distances(look, self.test)
        some = [nearest_of_some(apart, len(self.test), rng) for apart in learned]
        return Nearest(
            features=mean_figure(nearest(learned[0]), rng),
            ink=mean_figure(nearest(learned[1]), rng),
            features_by_humans=ratio_figure(
                nearest(learned[0]), self.nearest_of_humans[0], rng
            ),
            ink_by_humans=ratio_figure(nearest(learned[1]), self.nearest_of_humans[1], rng),
            features_by_test=ratio_of_sums_figure(some[0], nearest(unseen[0]), rng),
            ink_by_test=ratio_of_sums_figure(some[1], nearest(unseen[1]), rng),
        )


def members(drawings: SketchSet, class_name: str) -> Ints:
    """The numbers of a class's drawings; DataError where there is none."""
    if class_name in drawings.classes:
        found = np.flatnonzero(drawings.labels == drawings.classes.index(class_name))
        if len(found):
            numbers: Ints = found.astype(np.int64)
            return numbers
    raise DataError(f"there is no drawing of the class {class_name!r} to measure with")


def humans(drawings: SketchSet, chosen: Ints) -> list[Drawn]:
    """Some humans' drawings; every human comes to an end."""
    return [Drawn(drawings.sketch(int(k))) for k in chosen]
