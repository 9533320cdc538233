"""The command `mix`: a model file whose weights lie between its own and a checkpoint's."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click
import numpy as np

from model_training.cli.common import FILE, one_sentence
from model_training.export import weights_of
from model_training.model import SketchModel
from model_training.training.checkpoint import load_model
from model_training.training.settings import TrainingError
from pi_service.sketching.model_file import (
    PLAIN,
    ModelFile,
    read_model_file,
    write_model_file,
)


def between(model: ModelFile, other: SketchModel, part: float) -> ModelFile:
    """The model file, its decoder so far on the way to another model's weights.

    What was learned from few drawings is kept in good part, and little of what was known
    before is lost (Wortsman et al., 2022).
    """
    found = {
        name: ((1 - part) * model.weights.get(name, 0) + part * array)
        .astype(np.float16)
        .astype(np.float32)
        for name, array in weights_of(other).items()
    }
    return replace(model, weights=model.weights | found)


def plainly(model: ModelFile, other: SketchModel) -> ModelFile:
    """The model file with another model's plain start tokens; good ones stay to the bit."""
    tokens = (other.start.weight + other.plain).detach().numpy()
    added = (tokens - model.weights["start"]).astype(np.float16).astype(np.float32)
    return replace(model, weights=model.weights | {PLAIN: added})


@click.command("mix")
@click.argument("model_file", type=FILE)
@click.argument("checkpoint", type=FILE)
@click.argument("output", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--part", default=0.5, show_default=True, help="How far to the checkpoint.")
@click.option("--plain", is_flag=True, help="Take its plain start tokens, and nothing else.")
@one_sentence
def mixed(
    *,
    model_file: Path,
    checkpoint: Path,
    output: Path,
    part: float,
    plain: bool,
) -> None:
    """Put what CHECKPOINT learned into MODEL_FILE, all else kept; write OUTPUT."""
    model = read_model_file(model_file)
    learned, classes = load_model(checkpoint)
    if not isinstance(learned, SketchModel) or learned.config != model.config:
        raise TrainingError(f"{checkpoint} holds another kind of model than {model_file}")
    if classes != model.classes:
        raise TrainingError(f"{checkpoint} knows other classes than {model_file}")
    made = plainly(model, learned) if plain else between(model, learned, part)
    write_model_file(output, made)
    click.echo(f"{output}: {output.stat().st_size} bytes, model {made.hash[:12]}")
