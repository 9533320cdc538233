"""Human drawings for training: a set of sketches in memory, and batches drawn from it.

A drawing enters the model with the middle of its bounding box at (0, 0) and its longer side
255 pixels long, y down, as Quick, Draw! scales it: the first offset says where, seen from the
middle, the pen first touches the canvas.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from model_training.data.augment import Augmentation, extents
from pi_service.sketching.stroke import Sketch

Floats: TypeAlias = NDArray[np.float32]
Ints: TypeAlias = NDArray[np.int64]

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
    """The class of each sketch, shape (N,); for training, `ModelConfig.good` of it where the
    sketch is known to be a good one."""
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

    @property
    def summary(self) -> str:
        """What tells it from other sets at a glance: counts, and a checksum of the classes."""
        names = f"{len(self.classes)} classes {zlib.crc32(repr(self.classes).encode()):08x}"
        return f"{len(self)} of {names}, {len(self.points)} points"

    def __getitem__(self, index: int) -> NDArray[np.int16]:
        return self.points[self.starts[index] : self.starts[index + 1]]

    def several(self, chosen: Ints) -> tuple[NDArray[np.int16], Ints]:
        """Some of the sketches one after the other, (P, 3), and their lengths."""
        starts = self.starts[chosen]
        lengths = self.starts[chosen + 1] - starts
        shift = np.repeat(starts - (np.cumsum(lengths) - lengths), lengths)
        rows: NDArray[np.int16] = np.asarray(self.points[np.arange(len(shift)) + shift])
        return rows, lengths

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


def collate(
    points: Floats,
    lengths: Ints,
    labels: Ints,
    rng: np.random.Generator,
    width: int | None = None,
) -> Batch:
    """Sketches that lie one after the other as a batch with its noise.

    Args:
        points: Absolute x, y and pen, shape (P, 3).
        lengths: Points of each sketch, shape (B,).
        labels: Class numbers, shape (B,).
        width: T, where it must be the same for many batches; None pads to the longest.
    """
    shape = (len(lengths), width or int(lengths.max()))
    row = np.repeat(np.arange(len(lengths)), lengths)
    column = np.arange(len(points)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    low, high = extents(points[:, :2], lengths)
    positions = np.zeros((*shape, 2), dtype=np.float32)
    positions[row, column] = points[:, :2] - ((low + high) / 2)[row]
    pen = np.zeros(shape, dtype=np.int64)
    pen[row, column] = points[:, 2]
    pen[np.arange(len(lengths)), lengths - 1] = 2
    return Batch(
        labels=labels,
        lengths=lengths,
        positions=positions,
        offsets=np.diff(positions, axis=1, prepend=np.float32(0)),
        noise=(rng.random((*shape, 2), dtype=np.float32) - np.float32(0.5)),
        pen=pen,
    )


class Batches:
    """An endless row of training batches; batch k depends on seed, rank and k alone.

    So a run that was stopped goes on exactly where it was. A batch holds sketches of one
    length bucket, as many as make up about `points` points.

    Args:
        weights: How often each sketch is drawn, shape (N,); see `weights_of`.
        any_class: Share of the sketches whose class is hidden from the model.
        rank: Which of several processes this is; each draws batches of its own.
        few_shapes: Pads every batch to the end of its bucket, so that there are few shapes.
    """

    def __init__(
        self,
        sketches: SketchSet,
        *,
        points: int,
        weights: NDArray[np.float64],
        augmentation: Augmentation,
        any_class: float,
        seed: int,
        rank: int = 0,
        few_shapes: bool = False,
    ) -> None:
        self._sketches = sketches
        self._points = points
        self._augmentation = augmentation
        self._any_class = any_class
        self._seed = [seed, rank] if rank else [seed]
        lengths = sketches.lengths
        longest = int(lengths.max())
        if longest > LENGTHS[-1]:
            raise DataError(f"a sketch has {longest} points, more than {LENGTHS[-1]}")
        bucket = np.searchsorted(LENGTHS, lengths)
        self._buckets = [np.flatnonzero(bucket == k) for k in range(len(LENGTHS))]
        self._chances = [np.cumsum(weights[members]) for members in self._buckets]
        mass = np.bincount(bucket, weights * lengths, minlength=len(LENGTHS))
        self._bucket_chances = np.cumsum(mass.astype(np.float64))
        self._widths = [min(end, longest) if few_shapes else None for end in LENGTHS]

    def __getitem__(self, step: int) -> Batch:
        rng = np.random.default_rng([*self._seed, step])
        bucket = _pick(self._bucket_chances, 1, rng)[0]
        count = max(1, self._points // LENGTHS[bucket])
        chosen = self._buckets[bucket][_pick(self._chances[bucket], count, rng)]
        labels = self._sketches.labels[chosen].astype(np.int64)
        hidden = rng.random(count) < self._any_class
        any_class = len(self._sketches.classes)
        labels[hidden] = any_class + (labels[hidden] > any_class) * (any_class + 1)
        points, lengths = self._augmentation.apply(*self._sketches.several(chosen), rng)
        return collate(points, lengths, labels, rng, self._widths[bucket])


def in_order(sketches: SketchSet, points: int, seed: int) -> Iterable[Batch]:
    """Every sketch once, unchanged and of known class, in batches of similar length.

    A batch has at most `points` points, padding included (or a single sketch).
    """
    rng = np.random.default_rng(seed)
    order = np.argsort(-sketches.lengths, kind="stable")
    while len(order):
        count = max(1, points // int(sketches.lengths[order[0]]))  # the longest comes first
        chosen, order = order[:count], order[count:]
        rows, lengths = sketches.several(chosen)
        yield collate(rows.astype(np.float32), lengths, sketches.labels[chosen], rng)


def weights_of(sketches: SketchSet, shares: Mapping[str, float]) -> NDArray[np.float64]:
    """How often each sketch is drawn, so that the named classes get their share of points.

    Args:
        shares: Share of all points that a class is to have ({"cat": 0.1}); the other classes
            divide the rest as they occur.

    Returns:
        Shape (N,); weight times length adds up to one.

    Raises:
        DataError: A class has no drawing, or the shares make no sense.
    """
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


def joined(one: SketchSet, other: SketchSet) -> SketchSet:
    """Two sets of the same classes as one; the other's sketches come after the one's."""
    if one.classes != other.classes:
        raise DataError("drawings of different lists of classes cannot be joined")
    return SketchSet(
        classes=one.classes,
        labels=np.concatenate([one.labels, other.labels]),
        points=np.concatenate([one.points, other.points]),
        starts=np.concatenate([one.starts, other.starts[1:] + one.starts[-1]]),
    )


def told_good(sketches: SketchSet) -> SketchSet:
    """The set with every sketch known to be a good one of its class."""
    return replace(sketches, labels=sketches.labels + len(sketches.classes) + 1)


def _index(classes: tuple[str, ...], name: str) -> int:
    if name not in classes:
        raise DataError(f"there is no class {name!r} in these drawings")
    return classes.index(name)


def _pick(chances: NDArray[np.float64], count: int, rng: np.random.Generator) -> Ints:
    """Indices drawn with the odds whose running sum `chances` is."""
    picked: Ints = np.searchsorted(chances, rng.random(count) * chances[-1], side="right")
    return picked
