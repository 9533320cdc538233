"""Human drawings for training: a set of sketches in memory, and batches drawn from it.

A drawing enters the model with the middle of its bounding box at (0, 0) and its longer side
255 pixels long, y down, as Quick, Draw! scales it: the first offset says where, seen from the
middle, the pen first touches the canvas.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from pi_service.sketching.stroke import Sketch

Floats: TypeAlias = NDArray[np.float32]
Ints: TypeAlias = NDArray[np.int64]

LONGER_SIDE = 255.0
"""Pixels of a drawing's longer side, from the Quick, Draw! simplified form."""
FARTHEST = 4096
"""Pixels from the origin beyond which a point cannot belong to a simplified drawing."""
LENGTHS = (16, 24, 32, 40, 48, 56, 64, 72, 80, 96, 112, 128, 160, 200, 256, 512, 1024)
"""Upper ends of the length buckets, in points: little of a batch from one is padding."""


class DataError(ValueError):
    """Drawings that cannot be used; the message says which, where and why."""


@dataclass(frozen=True)
class SketchSet:
    """Sketches in one flat array: compact, and quick to take batches from."""

    classes: tuple[str, ...]
    """Names of the classes, sorted; a label is an index into them."""
    labels: Ints
    """The class of each sketch, shape (N,)."""
    points: NDArray[np.int16]
    """Absolute x, y and pen (1 = lifted after the point) of all sketches, shape (P, 3)."""
    starts: Ints
    """Sketch k is points[starts[k]:starts[k + 1]], shape (N + 1,)."""
    too_long: int = 0
    """Drawings left out because they have more points than the model can draw."""

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def lengths(self) -> Ints:
        """Points of each sketch, shape (N,)."""
        return np.diff(self.starts)

    def __getitem__(self, index: int) -> NDArray[np.int16]:
        return self.points[self.starts[index] : self.starts[index + 1]]

    def sketch(self, index: int) -> Sketch:
        """One of the sketches in stroke-3."""
        rows: Sketch = self[index].astype(np.int32)
        rows[:, :2] = np.diff(rows[:, :2], axis=0, prepend=0)
        return rows


def gather(
    drawings: Iterable[tuple[str, Sketch]],
    max_points: int,
    classes: tuple[str, ...] | None = None,
) -> SketchSet:
    """The drawings as one set.

    Args:
        drawings: Pairs of class name and sketch.
        max_points: Longer sketches are left out (and counted), not cut: a cut cat has no end.
        classes: The known classes; None takes those that occur.

    Raises:
        DataError: There is no drawing, one of a class that is not among `classes`, or one that
            is far too large.
    """
    words: list[str] = []
    arrays: list[NDArray[np.int16]] = []
    too_long = 0
    for word, sketch in drawings:
        if not 1 <= len(sketch) <= max_points:
            too_long += 1
            continue
        places = np.cumsum(sketch[:, :2], axis=0)
        if np.abs(places).max() > FARTHEST:
            raise DataError(
                f"drawing {len(words) + too_long + 1} ({word!r}) has points over {FARTHEST} "
                "pixels away: it is not in Quick, Draw!'s simplified form, of 256 pixels"
            )
        absolute = np.hstack([places, sketch[:, 2:]]).astype(np.int16)
        words.append(word)
        arrays.append(absolute)
    if not words:
        raise DataError(f"there is no drawing of at most {max_points} points to work with")
    names = classes if classes is not None else tuple(sorted(set(words)))
    unknown = sorted(set(words) - set(names))
    if unknown:
        raise DataError(
            f"the model was not made for the class {unknown[0]!r} of these drawings"
        )
    number = {name: k for k, name in enumerate(names)}
    return SketchSet(
        classes=names,
        labels=np.array([number[word] for word in words], dtype=np.int64),
        points=np.concatenate(arrays),
        starts=np.cumsum([0, *(len(a) for a in arrays)], dtype=np.int64),
        too_long=too_long,
    )


@dataclass(frozen=True)
class Batch:
    """Sketches side by side, padded to the longest; lengths say what is real.

    B sketches of at most T points. What stands behind a sketch's length is arbitrary.
    """

    labels: Ints
    """Class numbers, shape (B,)."""
    lengths: Ints
    """Real points of each sketch, shape (B,)."""
    positions: Floats
    """Where each point is, pixels from the drawing's middle, shape (B, T, 2)."""
    offsets: Floats
    """How far each point is from the one before (the first: from the middle), (B, T, 2)."""
    noise: Floats
    """Uniform in ±1/2 pixel, to be added to the offsets as targets, (B, T, 2)."""
    pen: Ints
    """0 stays down, 1 lifted after this point, 2 end of the sketch, shape (B, T)."""


@dataclass(frozen=True)
class Augmentation:
    """Harmless changes to a drawing, drawn anew each time it is seen."""

    mirror: bool = True
    stretch: float = 0.14
    """One axis against the other by a factor of up to e to the plus or minus this."""
    turn: float = 4.0
    """Degrees to either side."""
    drop: float = 0.02
    """Share of the inner points of strokes that are left out."""

    def apply(self, sketch: NDArray[np.int16], rng: np.random.Generator) -> Floats:
        """A changed copy, shape (N, 3), with the longer side 255 again and on the grid."""
        inner = sketch[:, 2] == 0
        inner[1:] &= sketch[:-1, 2] == 0
        inner[0] = False
        changed = sketch[~(inner & (rng.random(len(sketch)) < self.drop))].astype(np.float32)
        if not np.ptp(
            changed[:, :2], axis=0
        ).any():  # of a closed stroke its seam alone is left
            changed = sketch.astype(np.float32)
        factor = np.exp(rng.uniform(-self.stretch, self.stretch) / 2)
        sign = -1 if self.mirror and rng.random() < 0.5 else 1
        angle = np.radians(rng.uniform(-self.turn, self.turn))
        turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        changed[:, :2] = changed[:, :2] @ (np.diag([sign * factor, 1 / factor]) @ turn)
        side = float(np.ptp(changed[:, :2], axis=0).max())
        changed[:, :2] = np.rint(changed[:, :2] * (LONGER_SIDE / max(side, 1.0)))
        result: Floats = changed
        return result


def collate(sketches: list[Floats], labels: Ints, rng: np.random.Generator) -> Batch:
    """Sketches of absolute points and pen, each (N, 3), as a batch with its noise."""
    lengths = np.array([len(s) for s in sketches], dtype=np.int64)
    shape = (len(sketches), int(lengths.max()))
    positions = np.zeros((*shape, 2), dtype=np.float32)
    pen = np.zeros(shape, dtype=np.int64)
    for row, sketch in enumerate(sketches):
        xy = sketch[:, :2]
        positions[row, : len(sketch)] = xy - (xy.min(axis=0) + xy.max(axis=0)) / 2
        pen[row, : len(sketch)] = sketch[:, 2]
        pen[row, len(sketch) - 1] = 2
    return Batch(
        labels=labels,
        lengths=lengths,
        positions=positions,
        offsets=np.diff(positions, axis=1, prepend=np.float32(0)),
        noise=(rng.random((*shape, 2)) - 0.5).astype(np.float32),
        pen=pen,
    )


class Batches:
    """An endless row of training batches; batch k depends on the seed and k alone.

    So a run that was stopped goes on exactly where it was. A batch holds sketches of one
    length bucket, as many as make up about `points` points.

    Args:
        sketches: The drawings.
        points: Points in a batch.
        shares: Share of all points that a class is to have ({"cat": 0.1}); the other classes
            divide the rest as they occur.
        augmentation: Applied to every sketch.
        any_class: Share of the sketches whose class is hidden from the model.
        seed: Everything random follows from it.
    """

    def __init__(
        self,
        sketches: SketchSet,
        *,
        points: int,
        shares: Mapping[str, float],
        augmentation: Augmentation,
        any_class: float,
        seed: int,
    ) -> None:
        self._sketches = sketches
        self._points = points
        self._augmentation = augmentation
        self._any_class = any_class
        self._seed = seed
        weights = _weights(sketches, shares)
        bucket = np.searchsorted(LENGTHS, sketches.lengths)
        self._buckets = [np.flatnonzero(bucket == k) for k in range(len(LENGTHS))]
        self._chances = [np.cumsum(weights[members]) for members in self._buckets]
        mass = np.bincount(bucket, weights * sketches.lengths, minlength=len(LENGTHS))
        self._bucket_chances = np.cumsum(mass.astype(np.float64))

    def __getitem__(self, step: int) -> Batch:
        rng = np.random.default_rng([self._seed, step])
        bucket = _pick(self._bucket_chances, 1, rng)[0]
        count = max(1, self._points // LENGTHS[bucket])
        chosen = self._buckets[bucket][_pick(self._chances[bucket], count, rng)]
        labels = self._sketches.labels[chosen].copy()
        labels[rng.random(count) < self._any_class] = len(self._sketches.classes)
        changed = [self._augmentation.apply(self._sketches[k], rng) for k in chosen]
        return collate(changed, labels, rng)


def in_order(sketches: SketchSet, points: int, seed: int) -> Iterable[Batch]:
    """Every sketch once, unchanged and of known class, in batches of similar length.

    A batch has at most `points` points, padding included (or a single sketch).
    """
    rng = np.random.default_rng(seed)
    order = np.argsort(-sketches.lengths, kind="stable")
    while len(order):
        count = max(1, points // int(sketches.lengths[order[0]]))  # the longest comes first
        chosen, order = order[:count], order[count:]
        plain = [sketches[k].astype(np.float32) for k in chosen]
        yield collate(plain, sketches.labels[chosen], rng)


def _weights(sketches: SketchSet, shares: Mapping[str, float]) -> NDArray[np.float64]:
    """How often each sketch is drawn, so that the named classes get their share of points."""
    weights = np.ones(len(sketches))
    lengths = sketches.lengths
    rest = np.ones(len(sketches), dtype=bool)
    if min(shares.values(), default=0.5) <= 0 or sum(shares.values()) > 1:
        raise DataError(f"shares of classes lie over 0 and add up to at most 1, not {shares}")
    for name, share in shares.items():
        members = sketches.labels == _index(sketches.classes, name)
        if not members.any():
            raise DataError(f"there is no drawing of the class {name!r} to take a share from")
        weights[members] = share / lengths[members].sum()
        rest &= ~members
    left = 1 - sum(shares.values())
    weights[rest] = left / max(1, lengths[rest].sum())
    return weights


def _index(classes: tuple[str, ...], name: str) -> int:
    if name not in classes:
        raise DataError(f"there is no class {name!r} in these drawings")
    return classes.index(name)


def _pick(chances: NDArray[np.float64], count: int, rng: np.random.Generator) -> Ints:
    """Indices drawn with the odds whose running sum `chances` is."""
    picked: Ints = np.searchsorted(chances, rng.random(count) * chances[-1], side="right")
    return picked
