"""Drawings for a command: from a file of any known kind, or from a prepared folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from model_training.data.dataset import SketchSet, gather
from model_training.data.prepared import is_prepared, load_prepared
from model_training.data.readers import read_drawings
from model_training.data.refusals import Refusals


def read_set(
    path: Path,
    split: str,
    max_points: int,
    classes: tuple[str, ...] | None = None,
    *,
    bearable: float = 0.0,
    say: Callable[[str], None] = print,
) -> SketchSet:
    """The drawings of a file or of a prepared folder.

    Args:
        split: Which part of an ``.npz``, or of a folder prepared with all of them, is meant.
        max_points: Longer drawings are left out and counted.
        classes: The known classes; None takes those that occur.
        bearable: Share of damaged rows up to which the others are used.

    Raises:
        DataError: It cannot be used.
    """
    inner = path / split
    if is_prepared(path) or is_prepared(inner):
        found = load_prepared(path if is_prepared(path) else inner, classes)
        return _short(found, max_points)
    refusals = Refusals(bearable)
    found = gather(read_drawings(path, split, refusals), max_points, classes)
    if refusals.refused:
        say(refusals.summary())
    return found


def _short(found: SketchSet, max_points: int) -> SketchSet:
    """The set without sketches that are too long; as it is where there are none."""
    fits = found.lengths <= max_points
    if fits.all():
        return found
    points, lengths = found.several(np.flatnonzero(fits))
    starts = np.concatenate([[0], np.cumsum(lengths)])
    left_out = found.too_long + int((~fits).sum())
    return SketchSet(found.classes, found.labels[fits], points, starts, left_out)
