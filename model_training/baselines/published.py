"""The sketch-rnn decoders that Google published, read from their own files (``*.gen.json``).

One class each and no latent vector: `SketchRnn` with a class vector of zeros is the same
network. Unlike here, a sketch's end is a point of its own: its last real point is lifted, and
the step after it says "end" with an offset that means nothing.
"""

from __future__ import annotations

import base64
import copy
import gzip
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from model_training.baselines.sketch_rnn import RnnConfig, SketchRnn, correlated
from model_training.data.dataset import LENGTHS, DataError
from model_training.data.simplify import simplified
from model_training.mdn import log_density
from model_training.model import PEN_STATES, Nats, StrokeModel, Tensors
from pi_service.sketching.stroke import Sketch, from_polylines, to_polylines

LARGEST = 10.0
"""What the largest int16 of a published weight stands for."""
SHAPES = ((512, 123), (123,), (5, 2048), (512, 2048), (2048,))
"""Output matrix and bias; the LSTM's matrices for input and output, its bias."""
END = 2
"""The pen state at a sketch's end."""
TOGETHER = 250
"""Sketches that are drawn side by side."""
LONGER = 1.5
"""So many times the longest drawing it learned from may take to end: it goes by its own lines,
and ends later than people do."""


@dataclass(frozen=True)
class Published:
    """A decoder with what its file says of it."""

    class_name: str
    net: SketchRnn
    """Knows one class, number 0; its end state stands after the last point, not on it."""


def read_published(path: Path) -> Published:
    """A published decoder, of a ``.gen.json`` or the same in gzip.

    Raises:
        DataError: The file is none.
    """
    try:
        content = path.read_bytes()
        if path.suffix == ".gz":
            content = gzip.decompress(content)
        info, _, packed = json.loads(content)
        arrays = [_unpacked(text, shape) for text, shape in zip(packed, SHAPES, strict=True)]
        scale, longest = float(info["scale_factor"]), int(info["max_seq_len"])
        name = str(info["name"])
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise DataError(f"{path} is no published sketch-rnn decoder: {error}") from error
    net = SketchRnn(RnnConfig(classes=1, latent=1, keep=1.0, scale=scale, max_points=longest))
    net.load_state_dict(_state(arrays))
    return Published(name, net.eval())


def _unpacked(text: str, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Base64 of little-endian int16 as numbers."""
    numbers = np.frombuffer(base64.b64decode(text), dtype="<i2").astype(np.float32)
    return (numbers * np.float32(LARGEST / 32767)).reshape(shape)


def _state(arrays: Sequence[NDArray[np.float32]]) -> dict[str, Tensor]:
    """The weights under the names of `SketchRnn`; what tells of classes is zero."""
    head, head_bias, point, recurrent, bias = (torch.from_numpy(a) for a in arrays)
    width = recurrent.shape[0]
    return {
        "start.weight": torch.zeros(2, 1),
        "first_state.weight": torch.zeros(2 * width, 1),
        "first_state.bias": torch.zeros(2 * width),
        "latent.weight": torch.zeros(4 * width, 1),
        "point.weight": point.T.contiguous(),
        "point.bias": bias,
        "recurrent.weight": recurrent.T.contiguous(),
        "head.weight": head.T.contiguous(),
        "head.bias": head_bias,
    }


def draw_published(
    published: Published, count: int, seed: int, temperature: float
) -> Iterator[Sketch]:
    """Sketches that came to an end, in the simplified form of Quick, Draw!.

    Args:
        published: The decoder.
        count: How many are begun; those that never end are left out.
        seed: Everything random follows from it.
        temperature: Over 0: weights and pen by its inverse, variances by itself.
    """
    generator = torch.Generator().manual_seed(seed)
    for first in range(0, count, TOGETHER):
        some = min(TOGETHER, count - first)
        for rows in _draw(published.net, some, generator, temperature):
            lines = [line.astype(np.float64) for line in to_polylines(rows)]
            if lines and np.ptp(np.concatenate(lines), axis=0).max() > 0:
                yield from_polylines(simplified(lines))


@torch.no_grad()
def _draw(
    net: SketchRnn, count: int, generator: torch.Generator, temperature: float
) -> Iterator[Sketch]:
    """Sketches in whole pixels of the decoder's own scale, as they were drawn."""
    config = net.config
    cell, out = torch.zeros(2, count, config.width)
    told = torch.tensor([0.0, 0.0, 1.0, 0.0, 0.0]).expand(count, -1)
    most = round(LONGER * config.max_points)
    rows = np.zeros((count, most, 3), dtype=np.int32)
    lengths = np.zeros(count, dtype=np.int64)
    alive = np.arange(count)
    for place in range(most + 1):
        cell, out = net._step(net.point(told), cell, out)
        offsets, pen = _point(net, out, generator, temperature)
        going = pen != 2
        lengths[alive[~going.numpy()]] = place
        alive = alive[going.numpy()]
        if not len(alive) or place == most:
            break
        cell, out, pen = cell[going], out[going], pen[going]
        offsets = (offsets[going] * config.scale).round()
        rows[alive, place, :2] = offsets.numpy()
        rows[alive, place, 2] = pen.numpy() != 0
        state = torch.nn.functional.one_hot(pen, 3)
        told = torch.cat([offsets / config.scale, state.float()], dim=1)
    for k in np.flatnonzero(lengths):
        rows[k, lengths[k] - 1, 2] = 1
        yield rows[k, : lengths[k]]


def _point(
    net: SketchRnn, out: Tensor, generator: torch.Generator, temperature: float
) -> tuple[Tensor, Tensor]:
    """One offset in model units, (B, 2), and one pen state, (B,), from each output."""
    raw: Any = net.head(out)
    pens, logits = raw[:, :3], raw[:, 3:].view(len(raw), 6, -1)
    pen = torch.multinomial((pens / temperature).softmax(1), 1, generator=generator)
    chosen = torch.multinomial((logits[:, 0] / temperature).softmax(1), 1, generator=generator)
    x, y, log_x, log_y, bend = (logits[:, k].gather(1, chosen)[:, 0] for k in range(1, 6))
    u, v = torch.randn(2, len(raw), generator=generator) * temperature**0.5
    rho = bend.tanh()
    along = rho * u + (1 - rho * rho).sqrt() * v
    return torch.stack([x + log_x.exp() * u, y + log_y.exp() * along], dim=1), pen[:, 0]


CANVAS = 256.0
"""Pixels of a side of the square on which a drawing begins, as likely here as there."""
DOT_FIRST = 1e-3
"""The chance that a drawing's first stroke is a dot."""


class PublishedOdds(StrokeModel):
    """How likely a published decoder finds drawings of its class.

    What it does not say is filled in, in few bits: a drawing begins anywhere on the canvas
    (11.09 nats), and its first stroke is hardly ever a dot. Its Gaussians have no floor. The
    last point is lifted, and then comes the end: both count.

    Args:
        net: The decoder.
        unit: Pixels per unit. The files' own is of drawings of another size than the public
            ones; as it was trained with, it is the standard deviation of its class's offsets.
    """

    def __init__(self, net: SketchRnn, unit: float | None = None) -> None:
        super().__init__()
        self.net = copy.copy(net)
        scale = net.config.scale if unit is None else unit
        self.config = self.net.config = replace(
            net.config, scale=scale, sigma_floor=0.0, max_points=LENGTHS[-1]
        )

    @property
    def units(self) -> tuple[float, float]:
        """Pixels per model unit in x and in y: the same."""
        return self.net.units

    def in_units(self, unit: float) -> PublishedOdds:
        """The same for drawings whose offsets have this standard deviation, in pixels."""
        return PublishedOdds(self.net, unit).eval()

    def forward(self, batch: Tensors) -> Nats:
        """The negative log-likelihood of a batch."""
        parts = (batch.offsets, batch.noise, batch.pen)
        offsets, noise, pen = (part.roll(-1, 1) for part in parts)
        following = replace(
            batch, labels=0 * batch.labels, offsets=offsets, pen=pen.clamp(max=1)
        )
        raw = self.net.head(self.net.states(following))  # state t has read the points up to t
        mix = correlated(raw[..., PEN_STATES:].flatten(0, 1), 0.0)
        at = ((offsets + noise) / self.config.scale).flatten(0, 1)
        moved = 2 * math.log(self.config.scale) - log_density(mix, at).view(pen.shape)
        pens = -raw[..., :PEN_STATES].log_softmax(-1)
        lifts = pens.gather(2, following.pen[..., None])[..., 0]
        first = torch.where(batch.pen[:, 0] == 0, 1 - DOT_FIRST, DOT_FIRST).log().neg()
        shown = torch.cat([first[:, None], lifts[:, :-1]], dim=1)
        shown = shown + torch.where(batch.pen == END, pens[..., END], 0.0)
        canvas = torch.full_like(moved[:, :1], 2 * math.log(CANVAS))
        return Nats(
            offsets=torch.cat([canvas, moved[:, :-1]], dim=1)[batch.real],
            pen=shown[batch.real],
            sketch=batch.real.nonzero()[:, 0],
        )
