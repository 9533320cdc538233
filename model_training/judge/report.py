"""What `evaluate` finds: the figures of humans and models side by side, ready for JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any

from model_training.judge.intervals import Figure
from model_training.judge.likelihood import Conventions, Likelihood, PublishedLosses

HUMANS = "humans"


@dataclass(frozen=True)
class ModelRow:
    """How likely one model finds the humans' test drawings."""

    name: str
    kind: str
    hash: str
    parameters: int
    minutes: float | None
    """How long it learned in its last run, where that is known."""
    everything: Likelihood | None
    """Of all classes' drawings; None if it does not know all classes."""
    of_class: Likelihood | None
    """Of those of the class looked at; None if it does not know that."""
    published: PublishedLosses | None
    """L_R of those."""
    sigma_floor: float
    """Least standard deviation of an offset that the model can give, pixels."""
    note: str = ""
    """What its likelihood is, if that needs saying."""


@dataclass(frozen=True)
class Apart:
    """How far drawings are from the humans' test drawings, and by how many of each."""

    compared: int
    """Drawings of each of the two sets, in all but KID."""
    fid: Figure
    fid_infinity: Figure
    kid: Figure
    """From all drawings there are."""
    precision: Figure
    recall: Figure
    told_apart: Figure
    """Share that the classifier puts into the right set; 0.5 is perfect."""


@dataclass(frozen=True)
class Nearest:
    """Mean distance to the nearest training drawing of the class, or its mirror image."""

    features: Figure
    """In the judge's features."""
    ink: Figure
    """Between the lines, in pixels of the 256-pixel grid."""
    features_by_humans: Figure | None = None
    """The mean over that of the humans' test drawings: over 0.95 means that it copies no
    more than they do. None for themselves."""
    ink_by_humans: Figure | None = None
    features_by_test: Figure | None = None
    """The mean distance to the nearest of as many training drawings as there are test ones,
    over that to the nearest test drawing: 1 if it knows the training drawings no better than
    those it never saw, less if it copies. Unlike the figures above, this does not fall because
    its drawings are more ordinary than humans' are."""
    ink_by_test: Figure | None = None


@dataclass(frozen=True)
class SketchRow:
    """What some drawings of the class are like."""

    name: str
    drawings: int
    top_1: Figure
    """How often the judge calls them the class…"""
    top_5: Figure
    """…or has it among its first five."""
    failed: Figure
    failures: Mapping[str, float]
    """Share of each kind of `measures.FAILURES`."""
    measures: Mapping[str, Figure]
    """Means of `measures.NAMES`."""
    apart: Apart | None = None
    nearest: Nearest | None = None


@dataclass(frozen=True)
class ClassRow:
    """Drawings of another class, in short."""

    class_name: str
    name: str
    drawings: int
    top_1: Figure
    top_5: Figure
    failed: Figure
    strokes: Figure
    points: Figure
    per_sketch: Figure | None = None
    """Nats that the model takes for a human's test drawing of the class."""


@dataclass(frozen=True)
class JudgeRow:
    """The judge that was used, and how often it is right about all classes' test drawings."""

    hash: str
    raster: str
    about: Mapping[str, str]
    test_drawings: int
    top_1: Figure
    top_5: Figure


@dataclass(frozen=True)
class Report:
    """Everything that one call of `evaluate` found."""

    class_name: str
    train_drawings: int
    """Humans' drawings of the class that models learned from."""
    test_drawings: int
    """Humans' drawings of the class that none learned from."""
    seed: int
    judge: JudgeRow
    units: Conventions
    models: tuple[ModelRow, ...] = ()
    sketches: tuple[SketchRow, ...] = ()
    classes: tuple[ClassRow, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)


def plain(value: Any) -> Any:
    """Any part of a report as plain values for JSON; what is not a number becomes null."""
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
