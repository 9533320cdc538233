"""DoodleNet, a public classifier of doodles, read from its TensorFlow.js files.

From the repository ml5js/ml5-data-and-models (MIT licence): three pairs of convolutions of
3 by 3, the larger of two by two after each pair, and two dense layers, on pictures of 28
pixels square. It teaches the critic what drawings show, and nothing of it is shipped.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - torch's own convention
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from torch import Tensor, nn

from model_training.data.dataset import DataError, Floats
from pi_service.sketching.stroke import Sketch, bounds, to_polylines

SIDE, FINER = 28, 8
"""Pixels of its pictures, and how many times finer lines are drawn before."""
MARGIN, LINE = 1.5, 1.5
"""Pixels left free around the drawing, and of a line's width."""
CONVOLUTIONS = ((1, 16), (16, 16), (16, 32), (32, 32), (32, 64), (64, 64))
TOGETHER = 256


@dataclass(frozen=True)
class DoodleNet:
    """The classifier; see the module's description."""

    net: nn.Sequential
    order: NDArray[np.int64]
    """Its number of each of our classes."""

    @classmethod
    def load(cls, folder: Path, classes: Sequence[str]) -> DoodleNet:
        """The classifier of a folder with ``model.json``, its weights and ``class_names.txt``.

        Raises:
            DataError: It cannot be read, or does not know one of the classes.
        """
        try:
            names = (folder / "class_names.txt").read_text(encoding="utf-8").split("\n")
            manifest = json.loads((folder / "model.json").read_text())["weightsManifest"][0]
            content = b"".join((folder / path).read_bytes() for path in manifest["paths"])
            net = _net(manifest["weights"], np.frombuffer(content, dtype="<f4"))
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            raise DataError(f"{folder} does not hold DoodleNet: {error}") from error
        plain = [name.strip().lower().replace("_", " ") for name in names]
        unknown = [name for name in classes if name not in plain]
        if unknown:
            raise DataError(f"DoodleNet does not know the class {unknown[0]!r}")
        return cls(net.eval(), np.array([plain.index(name) for name in classes]))

    @torch.no_grad()
    def look(self, sketches: Sequence[Sketch]) -> Floats:
        """Log-probabilities of our classes for some sketches, shape (N, classes)."""
        found = [np.zeros((0, len(self.order)), dtype=np.float32)]
        for first in range(0, len(sketches), TOGETHER):
            part = sketches[first : first + TOGETHER]
            pictures = np.stack([doodle(sketch) for sketch in part])
            logits = self.net(torch.from_numpy(pictures)[:, None])[:, self.order]
            found.append(F.log_softmax(logits, dim=1).numpy())
        return np.concatenate(found)


class _Rows(nn.Module):
    """Flattens as TensorFlow does: line, column, channel."""

    def forward(self, x: Tensor) -> Tensor:
        """From (B, channels, H, W) to (B, H W channels)."""
        return x.permute(0, 2, 3, 1).flatten(1)


def _net(about: Sequence[dict[str, object]], flat: NDArray[np.float32]) -> nn.Sequential:
    """The network with its weights, which lie one after the other."""
    layers: list[nn.Module] = []
    for number, (before, after) in enumerate(CONVOLUTIONS):
        layers += [nn.Conv2d(before, after, 3, padding=1), nn.ReLU()]
        if number % 2:
            layers.append(nn.MaxPool2d(2))
    layers += [_Rows(), nn.Linear(9 * 64, 512), nn.Tanh(), nn.Linear(512, 345)]
    net = nn.Sequential(*layers)
    start = 0
    arrays = []
    for one in about:
        shape = np.array(one["shape"], dtype=np.int64)
        arrays.append(flat[start : start + int(shape.prod())].reshape(shape).copy())
        start += int(shape.prod())
    axes = {4: (3, 2, 0, 1), 2: (1, 0), 1: (0,)}
    for parameter, array in zip(net.parameters(), arrays, strict=True):
        parameter.data.copy_(torch.from_numpy(array.transpose(axes[array.ndim])))
    return net


def doodle(sketch: Sketch) -> Floats:
    """A sketch as its author rendered drawings: 1 for ink, in the middle, shape (28, 28)."""
    side = SIDE * FINER
    page = Image.new("L", (side, side), 0)
    pen = ImageDraw.Draw(page)
    x0, y0, x1, y1 = bounds(sketch)
    scale = (SIDE - 2 * MARGIN) * FINER / max(x1 - x0, y1 - y0, 1)
    middle, width = np.array([x0 + x1, y0 + y1]) / 2, round(LINE * FINER)
    for line in to_polylines(sketch):
        points = (line - middle) * scale + side / 2
        if len(points) > 1:
            pen.line([tuple(p) for p in points.tolist()], fill=255, width=width, joint="curve")
        for x, y in (points[0], points[-1]):
            pen.ellipse([x - width / 2, y - width / 2, x + width / 2, y + width / 2], fill=255)
    grey: Floats = np.asarray(page.reduce(FINER), dtype=np.float32) / np.float32(255)
    return grey
