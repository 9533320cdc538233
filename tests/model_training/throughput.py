"""Measures two training loops on the same model, drawings and device (one CPU thread).

Ours is what `train` runs. The plain one is that of the published sketch-transformer: 64
sketches drawn at random, each padded to the longest of all, tensors built row by row, forward
and loss over all positions, AdamW, eager. Points and not sketches are counted, since batches
of few, long sketches are among ours; sketches a second are points by the mean length.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - torch's own convention

from model_training.data.dataset import Ints, SketchSet, gather
from model_training.data.readers import read_drawings
from model_training.mdn import log_density, mixture
from model_training.model import SketchModel, Tensors
from model_training.training.settings import TrainConfig
from model_training.training.train import Run
from pi_service.sketching.config import ModelConfig
from pi_service.sketching.stroke import from_polylines

STEPS = 20
WARM = 2
SKETCHES = 64
"""In a batch of the plain loop, as published."""
LONGEST = 200
REPOSITORY = Path(__file__).resolve().parents[2]


def main() -> None:
    """Print the table."""
    torch.set_num_threads(1)
    found = drawings()
    mean = found.lengths.mean()
    print(f"{len(found)} drawings, mean {mean:.0f} points, longest {found.lengths.max()}")
    speeds = {"ours": ours(found), "plain": plain(found)}
    print(f"{'loop':8}{'sketches/s':>12}{'per CPU s':>12}{'points/CPU s':>16}")
    for name, (wall, cpu) in speeds.items():
        print(f"{name:8}{wall / mean:12.1f}{cpu / mean:12.1f}{cpu:16.0f}")
    print(f"ours is {speeds['ours'][1] / speeds['plain'][1]:.1f} times as fast (CPU time)")


def drawings() -> SketchSet:
    """Real drawings where there are some, else random walks of about such lengths."""
    named = os.environ.get("CATPLOTTER_SHARED", str(REPOSITORY.parent / "shared"))
    real = Path(named) / "data" / "quickdraw" / "valid.ndjson.gz"
    if real.exists():
        return gather(read_drawings(real, "valid"), LONGEST)
    rng = np.random.default_rng(0)
    lengths = np.clip(rng.lognormal(np.log(37), 0.55, 2000), 4, LONGEST).astype(int)
    walks = [np.cumsum(rng.integers(-9, 10, (n, 2)), axis=0) for n in lengths]
    return gather((("walk", from_polylines([walk])) for walk in walks), LONGEST)


def speed(step: Callable[[], int]) -> tuple[float, float]:
    """Real points a second of wall and of CPU time; a step gives its number of points."""
    for _ in range(WARM):
        step()
    wall, cpu = time.perf_counter(), time.process_time()
    points = sum(step() for _ in range(STEPS))
    return points / (time.perf_counter() - wall), points / (time.process_time() - cpu)


def ours(found: SketchSet) -> tuple[float, float]:
    """The loop of `model_training.training.train`, with all that it does at every step."""
    model = SketchModel(ModelConfig(classes=len(found.classes)))
    config = TrainConfig(steps=10_000, points=3072, evaluate_every=10_000, save_seconds=1e9)
    with tempfile.TemporaryDirectory() as folder:
        run = Run(model, found, found, config, Path(folder), say=lambda _: None)

        def step() -> int:
            batch = run._feeds[0][run.step]
            run._one_step()
            return int(batch.lengths.sum())

        return speed(step)


def plain(found: SketchSet) -> tuple[float, float]:
    """The published loop: everything padded to the longest, nothing skipped."""
    model = SketchModel(ModelConfig(classes=len(found.classes)))
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-4)
    rng = np.random.default_rng(0)
    longest = int(found.lengths.max())

    def step() -> int:
        batch = padded(found, rng.integers(0, len(found), SKETCHES), longest)
        loss = plain_loss(model, batch)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch's own
        optimiser.step()
        return int(batch.real.sum())

    return speed(step)


def padded(found: SketchSet, chosen: Ints, longest: int) -> Tensors:
    """A batch as the published loop builds it, all sketches padded to the longest."""
    rows, lengths = [], []
    for k in chosen:
        sketch = torch.tensor(found.sketch(int(k)), dtype=torch.float32)
        rows.append(F.pad(sketch, (0, 0, 0, longest - len(sketch))))
        lengths.append(len(sketch))
    data = torch.stack(rows)
    offsets = data[..., :2]
    return Tensors(
        labels=torch.from_numpy(found.labels[chosen]),
        positions=offsets.cumsum(dim=1),
        offsets=offsets,
        noise=torch.rand_like(offsets) - 0.5,
        pen=data[..., 2].long(),
        real=torch.arange(longest) < torch.tensor(lengths)[:, None],
    )


def plain_loss(model: SketchModel, batch: Tensors) -> torch.Tensor:
    """Odds for every position, padding included, and the mean over all of them."""
    states = model.states(batch)
    scale = model.config.scale
    mix = mixture(model.mixture_head(states).flatten(0, 1), model.config.sigma_floor / scale)
    density = log_density(mix, ((batch.offsets + batch.noise) / scale).flatten(0, 1))
    logits = model.pen_logits(states, batch.offsets, batch.positions).flatten(0, 1)
    pen = F.cross_entropy(logits, batch.pen.flatten(), reduction="none")
    return (pen - density * batch.real.flatten()).mean()
