"""The command `vary`: how a model draws and chooses, so that no two drawings are alike."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click
import torch

from model_training.cli.common import FILE, one_sentence, temperature
from model_training.good import OWN_SEEDS
from model_training.hanging import Choice, varied
from pi_service.sketching.manner import Manner
from pi_service.sketching.model_file import read_model_file, write_model_file
from pi_service.sketching.sketcher import Sketcher


@click.command()
@click.argument("model_file", type=FILE)
@click.argument("output", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--opening", default="0.8/0.75", help="Temperatures of the first stroke…")
@click.option("--bold", default="1/1", help="…of every second candidate's first stroke…")
@click.option("--details", default="0.5/0.35", help="…and of all others: weights/offsets.")
@click.option("--candidates", default=48, show_default=True, help="At the press, at most.")
@click.option("--enough", default=1e6, help="The score from which no further are tried.")
@click.option("--hang-cap", default=9.0, help="Log-odds of being hung that count at most.")
@click.option("--for-body", default=1.6, help="Log-odds for a body.")
@click.option("--for-whiskers", default=0.5, help="Log-odds for whiskers on both sides.")
@click.option("--class-share", default=3.0, help="What a nat of class evidence counts…")
@click.option("--evidence-cap", default=-0.6, help="…up to here.")
@click.option("--novelty", default=0.8, help="What a standard deviation of unusual counts…")
@click.option("--novelty-cap", default=3.0, help="…up to so many over the mean.")
@click.option("--directions", default=20, help="In which the unusual is measured.")
@click.option("--seeds", default=200, help="The model's own drawings that say what is usual…")
@click.option("--tries", default=16, help="…of each seed so many.")
@click.option("--class", "class_name", default="cat", help="The main class.")
@one_sentence
def vary(
    *,
    model_file: Path,
    output: Path,
    opening: str,
    bold: str,
    details: str,
    candidates: int,
    enough: float,
    directions: int,
    seeds: int,
    tries: int,
    class_name: str,
    **choice: float,
) -> None:
    """Say how MODEL_FILE draws, and let its critic choose what is unlike; write OUTPUT.

    A critic that learned what is hung chooses the most usual of all good drawings each time.
    What is usual among the model's own, it learns here, and to like what is not.
    """
    torch.set_num_threads(1)
    manner = Manner(
        temperature(opening),
        temperature(details),
        temperature(bold),
        of_opening=1,
        candidates=candidates,
        enough=enough,
    )
    model = replace(read_model_file(model_file), manner=manner)
    names = [(OWN_SEEDS + seed, which) for seed in range(seeds) for which in range(tries)]
    made = Sketcher(model).attempts(class_name, names)
    sketches = [attempt.sketch for attempt in made if attempt.failure is None]
    varying = varied(model, class_name, sketches, Choice(directions=directions, **choice))
    write_model_file(output, varying)
    click.echo(f"{output}: {output.stat().st_size} bytes, model {varying.hash[:12]}")
