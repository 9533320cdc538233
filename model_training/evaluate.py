"""How good a model is: the negative log-likelihood of drawings, humans' and its own.

All losses are in nats, on the pixel grid: an offset's density is taken per square pixel at the
offset plus uniform noise of half a pixel to either side, which bounds the loss of the pixel
itself from above (Theis et al., 2016), so that no model gains by infinitely sharp spikes.
A sketch's loss is that of all its offsets, the first one too, and of all its pen states, the
end too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np
import torch

from model_training.data import DataError, Ints, SketchSet, gather, in_order
from model_training.export import load_exported
from model_training.model import SketchModel, Tensors
from pi_service.sketching.limits import ink_length
from pi_service.sketching.model_file import ModelFile
from pi_service.sketching.sampling import Temperature
from pi_service.sketching.sketcher import DEFAULT_TEMPERATURE, Sketcher
from pi_service.sketching.stroke import Sketch

NOISE_SEED = 0
"""Seed of the noise added to offsets, so that a measurement can be repeated."""


@dataclass(frozen=True)
class Losses:
    """The loss of some drawings under a model."""

    sketches: int
    points: int
    per_sketch: float
    """Mean nats per sketch."""
    per_sketch_error: float
    """Standard error of that mean."""
    per_point: float
    """Nats per point: all nats over all points."""
    offsets_per_point: float
    pen_per_point: float


@dataclass(frozen=True)
class Looks:
    """What some drawings are like: means, with the 5 and 95 % quantiles."""

    strokes: tuple[float, float, float]
    points: tuple[float, float, float]
    ink: tuple[float, float, float]
    """Pixels."""


@torch.no_grad()
def nats(model: SketchModel, drawings: SketchSet, device: str = "cpu") -> torch.Tensor:
    """Per sketch its nats of offsets, its nats of pen states, its points, and its label.

    Returns:
        Shape (number of drawings, 4), float64, in an order of its own.
    """
    rows = []
    for batch in in_order(drawings, 8192, seed=NOISE_SEED):
        found = model(Tensors.of(batch, device))
        sums = torch.zeros(len(batch.labels), 4, dtype=torch.float64)
        sketch = found.sketch.cpu()
        sums[:, 0].index_add_(0, sketch, found.offsets.cpu().double())
        sums[:, 1].index_add_(0, sketch, found.pen.cpu().double())
        sums[:, 2] = torch.from_numpy(batch.lengths)
        sums[:, 3] = torch.from_numpy(batch.labels)
        rows.append(sums)
    return torch.cat(rows)


def losses(rows: torch.Tensor) -> Losses:
    """The losses of some rows of `nats`, at least one."""
    totals = (rows[:, 0] + rows[:, 1]).numpy()
    points = float(rows[:, 2].sum())
    spread = float(totals.std(ddof=1)) if len(totals) > 1 else float("nan")
    return Losses(
        sketches=len(totals),
        points=int(points),
        per_sketch=float(totals.mean()),
        per_sketch_error=spread / len(totals) ** 0.5,
        per_point=float(totals.sum()) / points,
        offsets_per_point=float(rows[:, 0].sum()) / points,
        pen_per_point=float(rows[:, 1].sum()) / points,
    )


def looks(sketches: list[Sketch]) -> Looks:
    """What the sketches, at least one, are like."""

    def spread(values: list[float]) -> tuple[float, float, float]:
        low, high = np.quantile(values, [0.05, 0.95])
        return float(np.mean(values)), float(low), float(high)

    return Looks(
        strokes=spread([float(s[:, 2].sum()) for s in sketches]),
        points=spread([float(len(s)) for s in sketches]),
        ink=spread([ink_length(s) for s in sketches]),
    )


@dataclass(frozen=True)
class Report:
    """What `evaluate` found; `as_dict` is what is written as JSON."""

    class_name: str
    model_hash: str
    everything: Losses
    """Of all test drawings."""
    humans: Losses
    """Of the test drawings of the class."""
    samples: Mapping[str, Losses]
    """Of the model's own drawings of the class, by how they were drawn."""
    refused: Mapping[str, float]
    """Share of first tries that would not be put on paper, by how they were drawn."""
    looks: Mapping[str, Looks]
    """Of humans and of the samples."""

    def as_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        return asdict(self)


def evaluate(
    file: ModelFile,
    drawings: SketchSet,
    class_name: str,
    *,
    samples: int,
    temperature: Temperature = DEFAULT_TEMPERATURE,
) -> Report:
    """Measures a model file on drawings it has not seen, and on what it draws itself.

    Args:
        file: The model.
        drawings: The test drawings.
        class_name: The class looked at more closely.
        samples: How many drawings of that class the model makes, each way.
        temperature: How boldly catplotter draws.

    Raises:
        DataError: There is no drawing of that class.
    """
    label = _label(drawings, class_name)
    model = load_exported(file)
    rows = nats(model, drawings)
    sketcher = Sketcher(file)
    ways = {"as learned (temperature 1)": Temperature(), "as catplotter draws": temperature}
    found: dict[str, Losses] = {}
    refused: dict[str, float] = {}
    shapes = {"humans": looks(_sketches(drawings, label))}
    for way, boldness in ways.items():
        names = [(seed, 0) for seed in range(samples)]
        tries = sketcher.attempts(class_name, names, boldness)
        refused[way] = sum(t.failure is not None for t in tries) / samples
        own = [t.sketch for t in tries if t.failure != "it never ends"]
        pairs = [(class_name, sketch) for sketch in own]
        made = gather(pairs, file.config.max_points, drawings.classes)
        found[way] = losses(nats(model, made))
        shapes[way] = looks(own)
    return Report(
        class_name=class_name,
        model_hash=file.hash,
        everything=losses(rows),
        humans=losses(rows[rows[:, 3] == label]),
        samples=found,
        refused=refused,
        looks=shapes,
    )


def table(report: Report) -> str:
    """The report as text for people."""
    lines = [
        f"model {report.model_hash[:12]}; losses in nats, densities per square pixel",
        f"{'drawings':38}{'number':>7}{'nats/sketch':>20}{'nats/point':>11}{'offset':>8}{'pen':>7}",
    ]
    named = {
        "humans, all classes": report.everything,
        f"humans, {report.class_name}": report.humans,
        **{f"model, {way}": loss for way, loss in report.samples.items()},
    }
    for name, loss in named.items():
        lines.append(
            f"{name:38}{loss.sketches:7d}"
            f"{loss.per_sketch:13.1f} ± {loss.per_sketch_error:4.1f}"
            f"{loss.per_point:11.3f}{loss.offsets_per_point:8.3f}{loss.pen_per_point:7.3f}"
        )
    lines.append(f"{report.class_name}: mean (5 % to 95 %) of strokes, points, ink in pixels")
    for name, look in report.looks.items():
        shown = (
            f"{mean:7.1f} ({low:.0f} to {high:.0f})"
            for mean, low, high in (look.strokes, look.points, look.ink)
        )
        lines.append(f"{name:38}" + "  ".join(shown))
    for way, share in report.refused.items():
        lines.append(f"{way}: {100 * share:.1f} % of first tries refused")
    return "\n".join(lines)


def _sketches(drawings: SketchSet, label: int) -> list[Sketch]:
    """All drawings of a class, in stroke-3."""
    return [drawings.sketch(int(k)) for k in _members(drawings, label)]


def _label(drawings: SketchSet, class_name: str) -> int:
    """The number of a class that has drawings."""
    if class_name in drawings.classes:
        label = drawings.classes.index(class_name)
        if (drawings.labels == label).any():
            return label
    raise DataError(f"there is no drawing of the class {class_name!r} to measure with")


def _members(drawings: SketchSet, label: int) -> Ints:
    members: Ints = np.flatnonzero(drawings.labels == label)
    return members
