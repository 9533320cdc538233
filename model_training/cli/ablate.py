"""The command `ablate`: what the parts of the model are worth."""

from __future__ import annotations

import time
from pathlib import Path

import click
import torch

from model_training.ablation import TRIALS, Trial
from model_training.cli.common import DRAWINGS, FOLDER, one_sentence
from model_training.data.dataset import SketchSet
from model_training.data.sources import read_set
from model_training.training.parallel import Team
from model_training.training.settings import TrainConfig
from model_training.training.train import Run
from model_training.training.validate import losses_by_class
from pi_service.sketching.config import ModelConfig


@click.command()
@click.argument("train_file", type=DRAWINGS)
@click.argument("valid_file", type=DRAWINGS)
@click.option("--out", type=FOLDER, required=True, help="A folder for each variant's run.")
@click.option("--steps", default=1000, show_default=True, help="Length of each run.")
@click.option("--points", default=2048, show_default=True, help="Points in a batch.")
@click.option("--width", default=64, show_default=True, help="Of the model.")
@click.option("--layers", default=3, show_default=True)
@click.option("--only", multiple=True, help="A variant's name; all if not given.")
@click.option("--threads", default=1, show_default=True, help="CPU threads.")
@click.option("--device", default="cpu", show_default=True, help="cpu or cuda.")
@one_sentence
def ablate(
    *,
    train_file: Path,
    valid_file: Path,
    out: Path,
    steps: int,
    points: int,
    width: int,
    layers: int,
    only: tuple[str, ...],
    threads: int,
    device: str,
) -> None:
    """Train every variant alike on TRAIN_FILE; print their nats on VALID_FILE as a table.

    Steps, and not minutes, are the same for all, so that a busy machine changes nothing; the
    time that each took stands beside. What is done already is not done again.
    """
    torch.set_num_threads(threads)
    team = Team.from_environment(device)
    drawings = read_set(train_file, "train", ModelConfig.max_points)
    valid = read_set(valid_file, "valid", ModelConfig.max_points, drawings.classes)
    config = ModelConfig(
        classes=len(drawings.classes), width=width, layers=layers, hidden=4 * width
    )
    click.echo("| variant | parameters | nats/point | cat | CPU s |\n|---|---|---|---|---|")
    for trial in TRIALS:
        if only and trial.name not in only:
            continue
        training = {"steps": steps, "points": points, "evaluate_every": steps}
        run = _run(
            trial, config, (drawings, valid), training, out / _file_name(trial.name), team
        )
        run.resume()
        run.train()
        losses = losses_by_class(run.averaged, valid, team.device)
        count = sum(p.numel() for p in run.model.parameters() if p.requires_grad)
        click.echo(
            f"| {trial.name} | {count} | {losses['all']:.4f} | "
            f"{losses.get('cat', float('nan')):.4f} | {run.seconds:.0f} |"
        )


def _file_name(name: str) -> str:
    return name.replace(" ", "-").replace(",", "").replace("'", "")


def _run(  # noqa: PLR0917 - one caller
    trial: Trial,
    config: ModelConfig,
    drawings: tuple[SketchSet, SketchSet],
    training: dict[str, int],
    folder: Path,
    team: Team,
) -> Run:
    """The run of one variant, in a folder of its own."""
    torch.manual_seed(trial.training.get("seed", 1))
    return Run(
        trial.make(config),
        *drawings,
        TrainConfig(**{**training, **trial.training}),
        folder,
        team=team,
        say=lambda _: None,
        clock=time.process_time if team.device == "cpu" else time.monotonic,
    )
