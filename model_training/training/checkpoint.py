"""Checkpoints: everything a run needs to go on, in one file that is never half written."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from model_training.export import load_exported
from model_training.model import StrokeModel
from model_training.training.kinds import from_fields
from model_training.training.settings import TrainingError
from pi_service.sketching.model_file import PLAIN, read_model_file

FORMAT = 1
"""Version of the checkpoint's contents."""


def save_checkpoint(path: Path, state: dict[str, Any]) -> None:
    """Writes a checkpoint; at no moment is there a half one under its name.

    Raises:
        TrainingError: It cannot be written; what stood there before still does.
    """
    partial = path.with_suffix(".partial")
    try:
        with partial.open("wb") as file:
            torch.save(state, file)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except (OSError, RuntimeError) as error:
        partial.unlink(missing_ok=True)
        raise TrainingError(
            f"the checkpoint {path} cannot be written: {error}; the one before it is whole: "
            "make room and give the same command again"
        ) from error


def load_checkpoint(path: Path) -> dict[str, Any]:
    """A checkpoint's contents; TrainingError where it is none of ours."""
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, ValueError, KeyError) as error:
        raise TrainingError(f"{path} cannot be read as a checkpoint: {error}") from error
    except Exception as error:  # pickle.UnpicklingError and what else a foreign file provokes
        raise TrainingError(f"{path} is no checkpoint of this program") from error
    if not isinstance(state, dict) or state.get("format") != FORMAT:
        raise TrainingError(f"{path} is no checkpoint of this version")
    state.setdefault("kind", "catplotter")  # the only kind there was before kinds were named
    return state


def model_of(state: dict[str, Any], *, averaged: bool = True) -> StrokeModel:
    """The model of a checkpoint's contents, with its weights."""
    model = from_fields(state["kind"], state["model_config"])
    put_weights(model, state["averaged" if averaged else "model"])
    return model.eval()


def put_weights(model: StrokeModel, weights: Mapping[str, Tensor]) -> None:
    """Puts a checkpoint's weights into a model; TrainingError where they do not fit."""
    before = {n: b for n, b in model.named_buffers() if n == PLAIN}  # not in older checkpoints
    try:
        model.load_state_dict({**before, **weights})
    except RuntimeError as error:
        raise TrainingError(
            "the checkpoint's weights do not fit: it holds a model of another architecture "
            "than this version builds; train it again, or use the version that trained it"
        ) from error


def load_model(path: Path, *, averaged: bool = True) -> tuple[StrokeModel, tuple[str, ...]]:
    """The model of a checkpoint and its classes, ready to evaluate or to train further.

    A model file (``.safetensors``) is taken too: its weights were rounded to fp16, and it
    holds no state of the optimisers.
    """
    if path.suffix == ".safetensors":
        file = read_model_file(path)
        return load_exported(file).eval(), file.classes
    state = load_checkpoint(path)
    return model_of(state, averaged=averaged), tuple(state["classes"])
