"""The commands of `python -m model_training`."""

from __future__ import annotations

from pathlib import Path

import click

from model_training.cli.ablate import ablate
from model_training.cli.common import DRAWINGS, FILE, LICENCE, SOURCE, one_sentence
from model_training.cli.critic import critic, hang
from model_training.cli.data import download, prepare
from model_training.cli.distil import distil, dream_command
from model_training.cli.faces import faces
from model_training.cli.good import good
from model_training.cli.judge import card, evaluate, judge_commands
from model_training.cli.label import label
from model_training.cli.mix import mixed
from model_training.cli.published import published
from model_training.cli.train import train
from model_training.cli.vary import vary
from model_training.data.sources import read_set
from model_training.export import export as export_file
from model_training.model import SketchModel
from model_training.training.checkpoint import load_checkpoint, load_model
from model_training.training.settings import TrainingError


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Teach a small network to draw, and make the model file that catplotter draws with.

    Data: `download` fetches humans' drawings, `prepare` makes them quick to read.
    Training: `train` learns from them and leaves checkpoints in a folder; a large model's
    `dream` and `distil` pass on to a small one what it learned; `ablate` says what the parts
    of the model are worth. Use: `export` turns a checkpoint into a model file, `critic` gives
    it the eye of the critic that chooses among its sketches, `evaluate` says how good it is,
    and `card` writes that down. Taste: `label` takes people's verdicts, would they hang it?,
    `hang` teaches them to the critic, `vary` makes it choose what is unlike; `published` and
    `good` find good drawings, of which `train --good` learns, and `mix` puts what was learned
    into a model file.

    Drawings are read from Quick, Draw! files (simplified or raw .ndjson, also .ndjson.gz,
    and .bin), from sketch-rnn files (.npz), and from SVGs. The first two are public:
    https://github.com/googlecreativelab/quickdraw-dataset
    """


main.add_command(download)
main.add_command(prepare)
main.add_command(train)
main.add_command(dream_command)
main.add_command(distil)
main.add_command(ablate)
main.add_command(judge_commands)
main.add_command(evaluate)
main.add_command(card)
main.add_command(critic)
main.add_command(hang)
main.add_command(vary)
main.add_command(faces)
main.add_command(good)
main.add_command(mixed)
main.add_command(published)
main.add_command(label)


@main.command()
@click.argument("checkpoint", type=FILE)
@click.argument("train_file", type=DRAWINGS)
@click.argument("model_file", type=click.Path(dir_okay=False, path_type=Path))
@one_sentence
def export(*, checkpoint: Path, train_file: Path, model_file: Path) -> None:
    """Turn CHECKPOINT into MODEL_FILE (.safetensors), which catplotter draws with.

    TRAIN_FILE is what the model learned from: it says how many strokes and points and how much
    ink are usual in each class, so that catplotter can refuse a drawing that failed.
    """
    state = load_checkpoint(checkpoint)
    model, classes = load_model(checkpoint)
    if not isinstance(model, SketchModel):
        raise TrainingError(
            f"{checkpoint} holds a {state['kind']}, which catplotter cannot use"
        )
    drawings = read_set(train_file, "train", model.config.max_points, classes)
    about = {
        "data": SOURCE,
        "data_licence": LICENCE,
        "training_drawings": str(len(drawings)),
        "steps_of_last_run": str(state["step"]),
        "minutes_of_last_run": f"{state['seconds'] / 60:.1f}",
    }
    made = export_file(model, drawings, model_file, about)
    click.echo(f"{model_file}: {model_file.stat().st_size} bytes, model {made.hash[:12]}")
