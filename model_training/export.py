"""From a checkpoint to the model file that catplotter draws with."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch

from model_training.data.dataset import Floats, SketchSet
from model_training.model import SketchModel
from pi_service.sketching.limits import Limits, ink_length
from pi_service.sketching.model_file import PLAIN, ModelFile, write_model_file

INSIDE = (0.01, 0.99)
"""Limits lie at these quantiles of the humans' drawings of a class."""
TABLES = ("start.weight", "pen.weight", PLAIN)
"""Weights that are rows to look up, not matrices to multiply with."""


def export(
    model: SketchModel,
    drawings: SketchSet,
    path: Path,
    about: Mapping[str, str],
) -> ModelFile:
    """Writes the model file of a trained model, and gives what it holds.

    Args:
        model: The model.
        drawings: The humans' drawings it learned from: they say what is usual in each class.
        path: Where the file goes.
        about: Data, licence, training; for people.

    Raises:
        ModelFileError: The file cannot be written.
    """
    rounded = {
        n: w.astype(np.float16).astype(np.float32) for n, w in weights_of(model).items()
    }
    made = ModelFile(
        config=model.config,
        classes=drawings.classes,
        weights=rounded,
        limits=limits_of(drawings),
        about=about,
    )
    write_model_file(path, made)
    return made


def weights_of(model: SketchModel) -> dict[str, Floats]:
    """The model's weights under the model file's names, matrices as (in, out)."""
    found: dict[str, Floats] = {}
    for name, tensor in model.state_dict().items():
        array: Floats = tensor.detach().cpu().float().numpy()
        transposed = array.ndim == 2 and name not in TABLES
        found[name.removesuffix(".weight")] = np.ascontiguousarray(
            array.T if transposed else array
        )
    if PLAIN in found and not found[PLAIN].any():
        del found[PLAIN]
    return found


def load_exported(file: ModelFile) -> SketchModel:
    """The torch model of a model file: the way back from `export`."""
    model = SketchModel(file.config)
    state = {}
    for name, tensor in model.state_dict().items():
        if name == PLAIN and PLAIN not in file.weights:
            state[name] = tensor
            continue
        array = file.weights[name.removesuffix(".weight")]
        transposed = array.ndim == 2 and name not in TABLES
        state[name] = torch.from_numpy((array.T if transposed else array).copy())
    model.load_state_dict(state)
    return model


def limits_of(drawings: SketchSet) -> dict[str, Limits]:
    """Per class what all but a hundredth of the drawings keep to at either end."""
    measures = np.array([_measures(drawings, k) for k in range(len(drawings))])
    limits = {}
    for number, name in enumerate(drawings.classes):
        members = measures[drawings.labels == number]
        if len(members):
            low, high = np.quantile(members, INSIDE, axis=0)
            limits[name] = Limits(
                strokes=(int(np.floor(low[0])), int(np.ceil(high[0]))),
                points=(int(np.floor(low[1])), int(np.ceil(high[1]))),
                ink=(float(np.floor(low[2])), float(np.ceil(high[2]))),
            )
    return limits


def _measures(drawings: SketchSet, index: int) -> tuple[float, float, float]:
    """Strokes, points and ink length (pixels) of one drawing."""
    sketch = drawings.sketch(index)
    return float(sketch[:, 2].sum()), float(len(sketch)), ink_length(sketch)
