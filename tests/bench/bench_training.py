"""Training throughput of our loop against the plain loop of the published sketch-transformer.

Run with ``python -m tests.bench training`` in the environment with torch. Both loops train the
same model, the shipped size, on the same drawings and device. The plain one is as published:
64 sketches drawn at random, each padded to the longest of all, tensors built in Python row by
row, forward and loss over all positions, eager. Processor time is given beside wall time.
"""

from __future__ import annotations

import importlib.util
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

STEPS = 20
WARM = 2
SKETCHES = 64
"""In a batch of the plain loop."""
REPOSITORY = Path(__file__).resolve().parents[2]


def main() -> None:
    """Print the table."""
    if importlib.util.find_spec("torch") is None:
        print("left out: there is no torch in this environment (see make test-training)")
        return
    _measure()


def _measure() -> None:
    import torch  # noqa: PLC0415 - not in every environment

    from model_training.data import SketchSet, gather  # noqa: PLC0415 - as above
    from model_training.readers import read_drawings  # noqa: PLC0415 - as above
    from pi_service.sketching.stroke import from_polylines  # noqa: PLC0415 - as above

    named = os.environ.get("CATPLOTTER_SHARED", str(REPOSITORY.parent / "shared"))
    real = Path(named) / "data" / "quickdraw" / "valid.ndjson.gz"

    def drawings() -> SketchSet:
        if real.exists():
            return gather(read_drawings(real, "valid"), 200)
        rng = np.random.default_rng(0)  # lengths as Quick, Draw!'s: median 39, 5 % over 96
        lengths = np.clip(rng.lognormal(np.log(39), 0.55, 2000), 4, 200).astype(int)
        walks = [np.cumsum(rng.integers(-9, 10, (n, 2)), axis=0) for n in lengths]
        return gather((("walk", from_polylines([walk])) for walk in walks), 200)

    torch.set_num_threads(1)
    found = drawings()
    lengths = found.lengths
    print(f"{len(found)} drawings, mean {lengths.mean():.0f} points, longest {lengths.max()}")
    speeds = {"ours": _ours(found), "plain": _plain(found)}
    print(f"{'loop':8}{'sketches/s':>12}{'per CPU s':>12}{'points/CPU s':>16}")
    for name, (wall, cpu) in speeds.items():
        mean = lengths.mean()
        print(f"{name:8}{wall / mean:12.1f}{cpu / mean:12.1f}{cpu:16.0f}")
    print(f"ours is {speeds['ours'][1] / speeds['plain'][1]:.1f} times as fast (CPU time)")


def _time(step: Callable[[int], int]) -> tuple[float, float]:
    """Real points a second of wall and of CPU time.

    Points and not sketches, since batches of few, long sketches are among ours.
    """
    for number in range(WARM):
        step(number)
    wall, cpu = time.perf_counter(), time.process_time()
    points = sum(step(number) for number in range(WARM, WARM + STEPS))
    return points / (time.perf_counter() - wall), points / (time.process_time() - cpu)


def _ours(drawings: object) -> tuple[float, float]:
    """The loop of `model_training.train`, as `train` runs it."""
    from model_training.data import SketchSet  # noqa: PLC0415 - needs torch
    from model_training.model import SketchModel, Tensors  # noqa: PLC0415 - as above
    from model_training.settings import TrainConfig  # noqa: PLC0415 - as above
    from model_training.train import Run  # noqa: PLC0415 - as above
    from pi_service.sketching.config import ModelConfig  # noqa: PLC0415 - as above

    assert isinstance(drawings, SketchSet)
    model = SketchModel(ModelConfig(classes=len(drawings.classes)))
    config = TrainConfig(steps=10_000, points=3072)
    with tempfile.TemporaryDirectory() as folder:
        run = Run(model, drawings, drawings, config, Path(folder), say=lambda _: None)

        def step(_number: int) -> int:
            batch = run._feeds[0][run.step]
            run._learn(Tensors.of(batch))
            run.step += 1
            return int(batch.lengths.sum())

        return _time(step)


def _plain(drawings: object) -> tuple[float, float]:
    """The published loop: everything padded to the longest, nothing skipped."""
    import torch  # noqa: PLC0415 - not in every environment
    import torch.nn.functional as F  # noqa: N812, PLC0415 - torch's own convention; as above

    from model_training.data import SketchSet  # noqa: PLC0415 - needs torch
    from model_training.mdn import log_density, mixture  # noqa: PLC0415 - as above
    from model_training.model import SketchModel, Tensors  # noqa: PLC0415 - as above
    from pi_service.sketching.config import ModelConfig  # noqa: PLC0415 - as above

    assert isinstance(drawings, SketchSet)
    config = ModelConfig(classes=len(drawings.classes))
    model = SketchModel(config)
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-4)
    rng = np.random.default_rng(0)
    longest = int(drawings.lengths.max())

    def step(_number: int) -> int:
        rows, lengths = [], []
        chosen = rng.integers(0, len(drawings), SKETCHES)
        for k in chosen:
            sketch = torch.tensor(drawings.sketch(int(k)), dtype=torch.float32)
            rows.append(F.pad(sketch, (0, 0, 0, longest - len(sketch))))
            lengths.append(len(sketch))
        data = torch.stack(rows)
        real = torch.arange(longest) < torch.tensor(lengths)[:, None]
        offsets = data[..., :2]
        batch = Tensors(
            labels=torch.from_numpy(drawings.labels[chosen]),
            positions=offsets.cumsum(dim=1),
            offsets=offsets,
            noise=torch.rand_like(offsets) - 0.5,
            pen=data[..., 2].long(),
            real=real,
        )
        states = model.states(batch)
        raw = model.mixture_head(states).flatten(0, 1)
        target = ((offsets + batch.noise) / config.scale).flatten(0, 1)
        density = log_density(mixture(raw, 0.5 / config.scale), target)
        logits = model.pen_logits(states, offsets, batch.positions).flatten(0, 1)
        pen = F.cross_entropy(logits, batch.pen.flatten(), reduction="none")
        loss = (pen - density * real.flatten()).mean()
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch's own
        optimiser.step()
        return sum(lengths)

    return _time(step)


if __name__ == "__main__":
    main()
