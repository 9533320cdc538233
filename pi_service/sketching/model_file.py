"""The model file: weights and everything needed to use them, in one `.safetensors`.

Tensors are stored as (in, out) matrices in fp16 and computed with in fp32. The metadata holds,
as JSON texts: the architecture, the classes, what a drawing of each class may look like, how
to draw (temperatures by stroke, candidates), where the data came from and under what licence,
how the model was trained, and a SHA-256 of the weights, by which a damaged file is noticed and
a drawing can say which model made it.

A file may hold a critic too (`critic_config`), which chooses among several sketches. Files
without one are read as ever.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from firmware_gcode.facts import CodedError, Value, fact
from pi_service.sketching.config import CriticConfig, ModelConfig
from pi_service.sketching.limits import Limits
from pi_service.sketching.manner import Manner

FORMAT = "catplotter sketch model"
VERSION = "3"

MOST_BYTES = 256 * 1024 * 1024
"""Of a file; a larger one would not fit into the plotter's computer."""
MOST_WORDS = 1024 * 1024
"""Bytes that a file may take to describe itself: the shipped one takes a seventh of it."""

PLAIN = "plain"
"""Added to a class's start token where any drawing is asked for, as `good` is where a good one
is wanted; files without it are read as ever."""

Weights: TypeAlias = dict[str, NDArray[np.float32]]


class ModelFileError(CodedError, OSError):
    """A model file that cannot be used; the message says which, why, and what to do."""


@dataclass(frozen=True)
class ModelFile:
    """What a model file holds."""

    config: ModelConfig
    classes: tuple[str, ...]
    """Names of the classes in the order of their numbers."""
    weights: Weights
    """See `shapes`."""
    limits: Mapping[str, Limits] = field(default_factory=dict)
    """Per class what its drawings may look like."""
    about: Mapping[str, str] = field(default_factory=dict)
    """Data, licence, training: for people."""
    manner: Manner = field(default_factory=Manner)
    """How it draws for paper."""
    critic: CriticConfig | None = None
    """The critic, whose weights lie among `weights`; None where the file has none."""

    @property
    def hash(self) -> str:
        """SHA-256 of the weights and all that gives them their meaning, in hexadecimal."""
        meaning: list[Any] = [asdict(self.config), list(self.classes), self.manner.meaning]
        if self.critic is not None:
            meaning.append(self.critic.meaning)
        digest = hashlib.sha256(json.dumps(meaning, sort_keys=True).encode())
        for name in sorted(self.weights):
            digest.update(name.encode())
            digest.update(np.ascontiguousarray(self.weights[name], dtype="<f2").data)
        return digest.hexdigest()


def shapes(config: ModelConfig) -> dict[str, tuple[int, ...]]:
    """Name and shape of every tensor of a model of this architecture."""
    width, told = config.width, config.features
    found: dict[str, tuple[int, ...]] = {
        "start": (config.classes + 1, width),
        "good": (width,),
        "point": (told, width),
        "pen": (2, width),
        "mixture_head": (width, 6 * config.components),
        "mixture_head.bias": (6 * config.components,),
        "pen_from_state": (width, config.pen_hidden),
        "pen_from_state.bias": (config.pen_hidden,),
        "pen_from_point": (told, config.pen_hidden),
        "pen_head": (config.pen_hidden, 3),
        "pen_head.bias": (3,),
    }
    for layer in range(config.layers):
        found[f"blocks.{layer}.qkv"] = (width, 3 * width)
        found[f"blocks.{layer}.out"] = (width, width)
        found[f"blocks.{layer}.up"] = (width, config.hidden)
        found[f"blocks.{layer}.down"] = (config.hidden, width)
    found[PLAIN] = (config.classes + 1, width)
    return found


def write_model_file(path: Path, model: ModelFile) -> None:
    """Writes a model file.

    Raises:
        ModelFileError: The weights do not fit the architecture, or the file cannot be written.
    """
    _check_shapes(model, fact("model-this"))
    metadata = {
        "format": FORMAT,
        "version": VERSION,
        "config": json.dumps(asdict(model.config)),
        "classes": json.dumps(model.classes),
        "limits": json.dumps({name: asdict(limit) for name, limit in model.limits.items()}),
        "about": json.dumps(dict(model.about), ensure_ascii=False),
        "manner": json.dumps(asdict(model.manner)),
        "hash": model.hash,
    }
    if model.critic is not None:
        metadata["critic"] = json.dumps(asdict(model.critic))
    halves = {n: np.ascontiguousarray(w, dtype=np.float16) for n, w in model.weights.items()}
    try:
        save_file(halves, path, metadata=metadata)
        path.chmod(0o644)  # safetensors makes it readable to its owner alone
    except (OSError, SafetensorError) as error:
        raise ModelFileError("model-not-written", path=str(path), why=str(error)) from error


def read_model_file(path: Path) -> ModelFile:
    """Reads a model file and checks that it is whole and of this program's kind.

    Raises:
        ModelFileError: There is no such file, it is damaged, or of another kind.
    """
    if not path.is_file():
        raise ModelFileError("model-not-there", path=str(path))
    _check_size(path)
    metadata, tensors = _open(path)
    if metadata.get("format") != FORMAT or metadata.get("version") != VERSION:
        raise ModelFileError("model-other-version", path=str(path))
    try:
        model = _assemble(metadata, tensors)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ModelFileError(
            "model-describes-wrongly", path=str(path), why=str(error)[:200]
        ) from error
    _check_shapes(model, str(path))
    if model.hash != metadata.get("hash"):
        raise ModelFileError("model-damaged", path=str(path))
    return model


def _check_size(path: Path) -> None:
    """Refuse what nobody would wait for: the eight first bytes say how long the words are."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            words = int.from_bytes(file.read(8), "little")
    except OSError as error:
        raise ModelFileError("model-unreadable", path=str(path), why=str(error)) from error
    if size > MOST_BYTES or size >= words > MOST_WORDS:
        raise ModelFileError("model-too-large", path=str(path))


def _open(path: Path) -> tuple[dict[str, str], Weights]:
    try:
        with safe_open(path, framework="numpy") as opened:
            names = opened.keys()
            tensors = {name: opened.get_tensor(name).astype(np.float32) for name in names}
            return opened.metadata() or {}, tensors
    except (OSError, SafetensorError, ValueError, TypeError) as error:
        raise ModelFileError("model-unreadable", path=str(path), why=str(error)) from error


def _assemble(metadata: Mapping[str, str], tensors: Weights) -> ModelFile:
    fields: dict[str, Any] = json.loads(metadata["config"])
    fields["wavelengths"] = tuple(fields["wavelengths"])
    limits: dict[str, dict[str, list[Any]]] = json.loads(metadata["limits"])
    model = ModelFile(
        config=ModelConfig(**fields),
        classes=tuple(json.loads(metadata["classes"])),
        weights=tensors,
        limits={
            name: Limits(**{key: _pair(ends) for key, ends in values.items()})
            for name, values in limits.items()
        },
        about=json.loads(metadata["about"]),
        manner=Manner.read(json.loads(metadata["manner"])),
        critic=_critic(metadata.get("critic")),
    )
    if len(model.classes) != model.config.classes:
        raise ValueError(f"{len(model.classes)} names for {model.config.classes} classes")
    return model


def _critic(text: str | None) -> CriticConfig | None:
    if text is None:
        return None
    fields: dict[str, Any] = json.loads(text)
    fields |= {name: tuple(fields[name]) for name in ("channels", "hangs")}
    return CriticConfig(**fields)


def _pair(ends: list[Any]) -> tuple[Any, Any]:
    low, high = ends
    return low, high


def _check_shapes(model: ModelFile, where: Value) -> None:
    weights = model.weights
    wanted = shapes(model.config)
    if PLAIN not in weights:
        del wanted[PLAIN]
    if model.critic is not None:
        wanted |= model.critic.shapes(model.config.classes)
    found = {name: tensor.shape for name, tensor in weights.items()}
    for name in sorted(wanted.keys() | found.keys()):
        if wanted.get(name) != found.get(name):
            raise ModelFileError(
                "model-shape",
                where=where,
                tensor=name,
                found=str(found.get(name)),
                wanted=str(wanted.get(name)),
            )
    for name, tensor in weights.items():
        if not np.isfinite(tensor).all():
            raise ModelFileError("model-not-finite", where=where, tensor=name)
