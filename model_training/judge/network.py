"""The judge's network and file: a small convolutional network over rendered drawings.

Four strided convolutions and one residual block, each with batch normalisation while it
learns, the mean over places, then 128 numbers, the features, of which one matrix makes the
log-odds of the classes. For judging, the normalisation is folded into the convolutions.

The file is a `.safetensors` with fp16 weights and, as metadata, the classes, the way drawings
are rendered, how the judge learned, how often it is right, and a hash of all that gives its
figures their meaning.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - torch's own convention
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save
from torch import Tensor, nn

from model_training.data.dataset import DataError, Floats
from model_training.judge.files import write_whole
from model_training.judge.raster import RASTER, Images, as_ink, chunks

FORMAT = "catplotter judge 1"
DEFAULT_JUDGE = Path(__file__).parent / "judge.safetensors"
"""The judge that is shipped, so that everybody measures with the same one."""
WIDTHS = (32, 64, 128, 256)
"""Channels after each strided convolution."""
FEATURES = 128
"""Numbers that stand for a drawing wherever distances are taken."""


class JudgeError(DataError):
    """A judge's file that cannot be used; the message says which, why, and what to do."""


class Layer(nn.Module):
    """A convolution with batch normalisation, until that is folded into it."""

    def __init__(self, before: int, after: int, *, size: int = 3, stride: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(before, after, size, stride, size // 2)
        self.norm: nn.BatchNorm2d | None = nn.BatchNorm2d(after)

    def forward(self, x: Tensor) -> Tensor:
        """From (B, before, H, W) to (B, after, H / stride, W / stride); no ReLU."""
        x = self.conv(x)
        return x if self.norm is None else self.norm(x)

    @torch.no_grad()
    def fold(self) -> None:
        """Puts the normalisation, as learned so far, into the convolution."""
        norm, bias = self.norm, self.conv.bias
        if norm is None or norm.running_var is None or norm.running_mean is None:
            return
        factor = norm.weight / (norm.running_var + norm.eps).sqrt()
        self.conv.weight.mul_(factor[:, None, None, None])
        if bias is not None:
            bias.copy_((bias - norm.running_mean) * factor + norm.bias)
        self.norm = None


class JudgeNet(nn.Module):
    """The network; folded it stands without batch normalisation, as it judges."""

    def __init__(self, classes: int, *, folded: bool = False) -> None:
        super().__init__()
        first, second, third, fourth = WIDTHS
        self.stem = Layer(1, first, size=5, stride=2)
        self.second = Layer(first, second, stride=2)
        self.third = Layer(second, third, stride=2)
        self.inner = Layer(third, third)
        self.outer = Layer(third, third)
        self.fourth = Layer(third, fourth, stride=2)
        self.features = nn.Linear(fourth, FEATURES)
        self.head = nn.Linear(FEATURES, classes)
        if folded:
            self.fold()

    def fold(self) -> None:
        """Folds the normalisation of every layer into it, in place."""
        for part in self.modules():
            if isinstance(part, Layer):
                part.fold()

    def forward(self, ink: Tensor) -> tuple[Tensor, Tensor]:
        """Features (B, 128) and log-odds (B, classes) of ink (B, 1, 48, 48) from 0 to 1."""
        x = F.relu(self.stem(ink))
        x = F.relu(self.second(x))
        x = F.relu(self.third(x))
        x = F.relu(x + self.outer(F.relu(self.inner(x))))
        x = F.relu(self.fourth(x)).mean(dim=(2, 3))
        features = self.features(x)
        return features, self.head(features)


@dataclass(frozen=True)
class Verdicts:
    """What a judge makes of N drawings."""

    features: Floats
    """Shape (N, 128)."""
    log_odds: Floats
    """Of the classes, shape (N, classes)."""

    def ranks(self, label: int) -> NDArray[np.int64]:
        """At which place a class comes for each drawing, 0 the likeliest; shape (N,)."""
        mine = self.log_odds[:, label, None]
        places: NDArray[np.int64] = (self.log_odds > mine).sum(axis=1)
        return places


@dataclass(frozen=True)
class Judge:
    """A judge that has learned."""

    net: JudgeNet
    """Folded, with weights that fp16 can hold."""
    classes: tuple[str, ...]
    about: Mapping[str, str] = field(default_factory=dict)
    """How it learned and how often it is right: for people."""

    @property
    def hash(self) -> str:
        """SHA-256 of weights, classes and the way of rendering, as hexadecimal digits."""
        meaning = [FORMAT, RASTER, list(self.classes)]
        digest = hashlib.sha256(json.dumps(meaning).encode())
        for name, array in sorted(self._halves().items()):
            digest.update(name.encode())
            digest.update(array.astype("<f2").tobytes())
        return digest.hexdigest()

    def _halves(self) -> dict[str, NDArray[np.float16]]:
        state = self.net.state_dict().items()
        return {name: tensor.float().numpy().astype(np.float16) for name, tensor in state}

    @torch.no_grad()
    def look(self, images: Images) -> Verdicts:
        """Judges rendered drawings, shape (N, 48, 48) as `raster.render` gives them."""
        features = [np.zeros((0, FEATURES), np.float32)]
        log_odds = [np.zeros((0, len(self.classes)), np.float32)]
        for part in chunks(images, 256):
            found = self.net(torch.from_numpy(as_ink(part))[:, None])
            features.append(found[0].numpy())
            log_odds.append(found[1].numpy())
        return Verdicts(np.concatenate(features), np.concatenate(log_odds))

    def save(self, path: Path) -> None:
        """Writes the judge's file. Raises JudgeError if it cannot."""
        metadata = {
            "format": FORMAT,
            "raster": RASTER,
            "classes": json.dumps(self.classes),
            "about": json.dumps(dict(self.about), ensure_ascii=False),
            "hash": self.hash,
        }
        try:
            write_whole(path, save(self._halves(), metadata=metadata))
        except OSError as error:
            raise JudgeError(f"the judge {path} cannot be written: {error}") from error


@torch.no_grad()
def finished(
    net: JudgeNet, classes: tuple[str, ...], images: Images, about: Mapping[str, str]
) -> Judge:
    """The judge of a network that has learned: folded, its weights as the file holds them.

    The features are moved and scaled, and the last matrix with them, so that over `images`
    their mean is 0 and their mean square 1: verdicts stay, distances get a common unit.
    """
    whole = JudgeNet(len(classes))
    whole.load_state_dict({k: v.detach().cpu().clone() for k, v in net.state_dict().items()})
    whole.eval().fold()
    features = torch.from_numpy(Judge(whole, classes).look(images).features)
    middle = features.mean(dim=0)
    unit = (features - middle).square().mean().sqrt().clamp_min(1e-6)
    whole.head.bias.add_(whole.head.weight @ middle)
    whole.head.weight.mul_(unit)
    whole.features.bias.sub_(middle).div_(unit)
    whole.features.weight.div_(unit)
    for parameter in whole.parameters():
        parameter.data = parameter.data.half().float()
    return Judge(whole, classes, about)


def load_judge(path: Path = DEFAULT_JUDGE) -> Judge:
    """Reads a judge's file and checks that it is whole.

    Raises:
        JudgeError: There is no such file, it is damaged, or it is of another version.
    """
    if not path.is_file():
        raise JudgeError(
            f"there is no judge {path}: name another, or make one with `judge train`"
        )
    try:
        with safe_open(path, framework="numpy") as opened:
            metadata = opened.metadata() or {}
            names = opened.keys()
            tensors = {name: opened.get_tensor(name).astype(np.float32) for name in names}
    except (OSError, SafetensorError, ValueError, TypeError) as error:
        raise JudgeError(f"the judge {path} is damaged or is none: {error}") from error
    if (metadata.get("format"), metadata.get("raster")) != (FORMAT, RASTER):
        raise JudgeError(f"{path} is no judge of this version: make one with `judge train`")
    try:
        classes = tuple(json.loads(metadata["classes"]))
        net = JudgeNet(len(classes), folded=True)
        net.load_state_dict({name: torch.from_numpy(t) for name, t in tensors.items()})
        judge = Judge(net.eval(), classes, json.loads(metadata["about"]))
    except (ValueError, KeyError, RuntimeError) as error:
        raise JudgeError(f"the judge {path} describes itself wrongly: {error}") from error
    if judge.hash != metadata.get("hash"):
        raise JudgeError(f"the judge {path} is damaged: copy it here again")
    return judge
