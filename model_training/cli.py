"""The commands of `python -m model_training`."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import click
import torch

from model_training.data import DataError, gather
from model_training.evaluate import evaluate as evaluate_file
from model_training.evaluate import table
from model_training.export import export as export_file
from model_training.model import SketchModel
from model_training.readers import read_drawings
from model_training.train import Run, TrainConfig, TrainingError, load_checkpoint, load_model
from pi_service.sketching.config import ModelConfig
from pi_service.sketching.model_file import ModelFileError, read_model_file

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
P = ParamSpec("P")
R = TypeVar("R")

LICENCE = "Creative Commons Attribution 4.0 International (CC BY 4.0)"
SOURCE = "The Quick, Draw! Dataset by Google, https://quickdraw.withgoogle.com/data"


def one_sentence(command: Callable[P, R]) -> Callable[P, R]:
    """Turns the errors that a person can cause into one sentence and exit code 1."""

    @wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except (DataError, TrainingError, ModelFileError) as error:
            raise click.ClickException(str(error)) from error

    return wrapped


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Teach a small network to draw, and make the model file that catplotter draws with.

    Three steps: `train` learns from humans' drawings and leaves checkpoints in a folder;
    `export` turns a checkpoint into a model file; `evaluate` says how good that file is.

    Drawings are read from Quick, Draw! files in the simplified form (.ndjson, also .ndjson.gz)
    or from sketch-rnn files (.npz). Both are public: https://github.com/googlecreativelab/quickdraw-dataset
    """


def _shares(
    _context: click.Context, _option: click.Parameter, values: tuple[str, ...]
) -> dict[str, float]:
    """Options like cat=0.1 as a dictionary."""
    shares = {}
    for value in values:
        name, _, share = value.rpartition("=")
        try:
            shares[name] = float(share)
        except ValueError as error:
            raise click.BadParameter(f"{value!r} is not like cat=0.1") from error
    return shares


@main.command()
@click.argument("train_file", type=FILE)
@click.argument("valid_file", type=FILE)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="Folder for checkpoints and log. If a run was begun there, it goes on.",
)
@click.option("--minutes", default=0.0, help="How long to train, in minutes…")
@click.option("--steps", default=0, help="…or in steps, which can be repeated exactly.")
@click.option(
    "--share",
    "shares",
    multiple=True,
    callback=_shares,
    metavar="CLASS=PART",
    help="Part of all points that a class is to have, for example cat=0.1. Can be repeated.",
)
@click.option(
    "--start-from",
    type=FILE,
    help="Begin with the weights of this checkpoint instead of random ones.",
)
@click.option("--lr", default=TrainConfig.lr, show_default=True, help="Learning rate.")
@click.option(
    "--decay-from",
    default=TrainConfig.decay_from,
    show_default=True,
    help="Part of the run after which the learning rate falls…",
)
@click.option(
    "--last-lr",
    default=TrainConfig.last_lr,
    show_default=True,
    help="…to this part of itself at the end.",
)
@click.option(
    "--points", default=TrainConfig.points, show_default=True, help="Points in a batch."
)
@click.option(
    "--choose-by",
    default="",
    metavar="CLASS",
    help="Call those weights the best that do best on this class, instead of on all.",
)
@click.option("--threads", default=0, help="CPU threads to use; as many as torch likes if 0.")
@click.option("--device", default="cpu", show_default=True, help="cpu or cuda.")
@click.option(
    "--seed", default=1, show_default=True, help="Everything random follows from it."
)
@one_sentence
def train(
    *,
    train_file: Path,
    valid_file: Path,
    out: Path,
    start_from: Path | None,
    threads: int,
    device: str,
    **settings: Any,
) -> None:
    """Learn from TRAIN_FILE, choose by VALID_FILE.

    Stopped with Ctrl-C or killed, the same command goes on from the last checkpoint.
    """
    config = dataclasses.replace(TrainConfig(steps=1), **settings)
    torch.manual_seed(config.seed)
    if threads:
        torch.set_num_threads(threads)
    if device == "cuda" and not torch.cuda.is_available():
        raise TrainingError("there is no CUDA device here: leave --device out")
    model, classes = load_model(start_from) if start_from else (None, None)
    longest = model.config.max_points if model else ModelConfig.max_points
    drawings = gather(read_drawings(train_file, "train"), longest, classes)
    valid = gather(read_drawings(valid_file, "valid"), longest, drawings.classes)
    if model is None:
        model = SketchModel(ModelConfig(classes=len(drawings.classes)))
    click.echo(
        f"{len(drawings)} drawings of {len(drawings.classes)} classes; "
        f"{drawings.too_long} left out for having over {longest} points"
    )
    run = Run(model, drawings, valid, config, out, device=device, say=click.echo)
    if run.resume():
        click.echo(f"going on from step {run.step}")
    run.train()


@main.command()
@click.argument("checkpoint", type=FILE)
@click.argument("train_file", type=FILE)
@click.argument("model_file", type=click.Path(dir_okay=False, path_type=Path))
@one_sentence
def export(*, checkpoint: Path, train_file: Path, model_file: Path) -> None:
    """Turn CHECKPOINT into MODEL_FILE (.safetensors), which catplotter draws with.

    TRAIN_FILE is what the model learned from: it says how many strokes and points and how much
    ink are usual in each class, so that catplotter can refuse a drawing that failed.
    """
    state = load_checkpoint(checkpoint)
    model, classes = load_model(checkpoint)
    drawings = gather(read_drawings(train_file, "train"), model.config.max_points, classes)
    about = {
        "data": SOURCE,
        "data_licence": LICENCE,
        "training_drawings": str(len(drawings)),
        "steps_of_last_run": str(state["step"]),
        "minutes_of_last_run": f"{state['seconds'] / 60:.1f}",
    }
    made = export_file(model, drawings, model_file, about)
    click.echo(f"{model_file}: {model_file.stat().st_size} bytes, model {made.hash[:12]}")


@main.command()
@click.argument("model_file", type=FILE)
@click.argument("test_file", type=FILE)
@click.option("--class", "class_name", default="cat", show_default=True, help="To look at.")
@click.option("--samples", default=500, show_default=True, help="How many the model draws.")
@click.option(
    "--json",
    "json_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write it here.",
)
@one_sentence
def evaluate(
    *, model_file: Path, test_file: Path, class_name: str, samples: int, json_file: Path | None
) -> None:
    """Measure MODEL_FILE on the drawings in TEST_FILE, which it must not have learned from."""
    file = read_model_file(model_file)
    longest = file.config.max_points
    drawings = gather(read_drawings(test_file, "test"), longest, file.classes)
    report = evaluate_file(file, drawings, class_name, samples=samples)
    click.echo(table(report))
    if json_file:
        json_file.write_text(json.dumps(report.as_dict(), indent=1) + "\n", encoding="utf-8")
