"""Made-up drawings to train on; without torch the tests that need it are left out."""

from __future__ import annotations

import importlib.util
import json
import os
from pathlib import Path

import numpy as np
import pytest

from model_training.data.dataset import SketchSet, gather
from pi_service.sketching.stroke import Sketch, from_polylines

os.environ.setdefault("OMP_NUM_THREADS", "1")  # for such small models more only wait
HAS_TORCH = importlib.util.find_spec("torch") is not None
collect_ignore_glob: list[str] = [] if HAS_TORCH else ["test_*_torch.py"]


def made_up(count: int, seed: int = 0) -> list[tuple[str, Sketch]]:
    """Drawings of three classes: zigzags, boxes and rings, of 4 to 24 points."""
    rng = np.random.default_rng(seed)
    drawings = []
    for number in range(count):
        kind = ("box", "ring", "zigzag")[number % 3]
        if kind == "box":
            w, h = rng.integers(60, 256, 2)
            lines = [np.array([[0, 0], [w, 0], [w, h], [0, h], [0, 0]])]
        elif kind == "ring":
            angle = np.linspace(0, 2 * np.pi, int(rng.integers(8, 20)))
            ring = 127.5 + 127.5 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
            lines = [np.rint(ring).astype(int), np.array([[120, 120], [130, 130]])]
        else:
            x = np.arange(0, 256, int(rng.integers(12, 85)))
            lines = [np.stack([x, 40 + 40 * (np.arange(len(x)) % 2)], axis=1)]
        drawings.append((kind, from_polylines(lines)))
    return drawings


@pytest.fixture(scope="session")
def drawings() -> SketchSet:
    """Ninety made-up drawings."""
    return gather(made_up(90), 60)


@pytest.fixture
def ndjson(tmp_path: Path) -> Path:
    """The same drawings as a file in the Quick, Draw! simplified form."""
    rows = []
    for word, sketch in made_up(90):
        points = np.cumsum(sketch[:, :2], axis=0)
        lines = np.split(points, np.flatnonzero(sketch[:-1, 2]) + 1)
        rows.append(json.dumps({"word": word, "drawing": [line.T.tolist() for line in lines]}))
    path = tmp_path / "drawings.ndjson"
    path.write_text("\n".join(rows) + "\n")
    return path
