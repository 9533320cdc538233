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
from pi_service.sketching.manner import Manner, Temperature
from pi_service.sketching.model_file import ModelFile, read_model_file, write_model_file


def between(model: ModelFile, other: SketchModel, part: float) -> ModelFile:
    """The model file, its decoder so far on the way to another model's weights.

    What was learned from few drawings is kept in good part, and little of what was known
    before is lost (Wortsman et al., 2022).
    """
    found = {
        name: ((1 - part) * model.weights[name] + part * array)
        .astype(np.float16)
        .astype(np.float32)
        for name, array in weights_of(other).items()
    }
    return replace(model, weights=model.weights | found)


@click.command("mix")
@click.argument("model_file", type=FILE)
@click.argument("checkpoint", type=FILE)
@click.argument("output", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--part", default=0.5, show_default=True, help="How far to the checkpoint.")
@click.option("--opening", default="0.8/0.75", help="Temperatures of the first stroke…")
@click.option("--details", default="0.35/0.2", help="…and of all others: weights/offsets.")
@click.option("--candidates", default=16, show_default=True, help="At the press, at most.")
@click.option("--enough", default=1.0, help="The score from which no further are tried.")
@one_sentence
def mixed(
    *,
    model_file: Path,
    checkpoint: Path,
    output: Path,
    part: float,
    opening: str,
    details: str,
    candidates: int,
    enough: float,
) -> None:
    """Put what CHECKPOINT learned into MODEL_FILE, limits and critic kept; write OUTPUT."""
    model = read_model_file(model_file)
    learned, classes = load_model(checkpoint)
    if not isinstance(learned, SketchModel) or learned.config != model.config:
        raise TrainingError(f"{checkpoint} holds another kind of model than {model_file}")
    if classes != model.classes:
        raise TrainingError(f"{checkpoint} knows other classes than {model_file}")
    manner = Manner(
        _temperature(opening), _temperature(details), candidates=candidates, enough=enough
    )
    made = replace(between(model, learned, part), manner=manner)
    write_model_file(output, made)
    click.echo(f"{output}: {output.stat().st_size} bytes, model {made.hash[:12]}")


def _temperature(text: str) -> Temperature:
    """Temperatures of weights and offsets; the pen's habits were measured with the model."""
    try:
        components, offsets = map(float, text.split("/"))
        return Temperature(components, offsets, least_weight=0.03, lift=-0.2, end=0.7)
    except ValueError as error:
        raise TrainingError(f"{text!r} is not like 0.35/0.2: {error}") from error
