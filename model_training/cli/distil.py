"""The commands that pass on what a large model learned: `dream` and `distil`."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import click
import numpy as np
import torch

from model_training.cli.common import DRAWINGS, FILE, FOLDER, one_sentence, pairs
from model_training.cli.train import prepared, with_options
from model_training.data.dataset import DataError
from model_training.data.prepared import Writer
from model_training.distil import DistilConfig, lesson, load_teacher
from model_training.sampler import Boldness, dream
from model_training.training.parallel import Team
from model_training.training.settings import TrainingError

CANVAS = 512
"""Pixels from the middle beyond which a drawing has left the canvas by far."""
TOGETHER = 512
"""Sketches that are drawn side by side."""


@click.command("dream")
@click.argument("checkpoint", type=FILE)
@click.option("--out", type=FOLDER, required=True, help="Folder to make, as `prepare` does.")
@click.option("--count", default=100_000, show_default=True, help="How many sketches.")
@click.option(
    "--share",
    "shares",
    multiple=True,
    callback=pairs("cat=0.1"),
    metavar="CLASS=PART",
    help="Part of the sketches that is of a class; all others are alike. Can be repeated.",
)
@click.option("--temperature", default=1.0, show_default=True, help="How boldly to draw.")
@click.option("--threads", default=0, help="CPU threads; as many as torch likes if 0.")
@click.option("--device", default="cpu", show_default=True, help="cpu or cuda.")
@click.option(
    "--seed", default=1, show_default=True, help="Everything random follows from it."
)
@one_sentence
def dream_command(
    *,
    checkpoint: Path,
    out: Path,
    count: int,
    shares: dict[str, float],
    temperature: float,
    threads: int,
    device: str,
    seed: int,
) -> None:
    """Let the model of CHECKPOINT draw sketches from which `distil --dreams OUT` teaches."""
    if threads:
        torch.set_num_threads(threads)
    device = Team.from_environment(device).device
    model, classes = load_teacher(checkpoint)
    labels = _labels(classes, shares, count, np.random.default_rng(seed))
    generator = torch.Generator(device).manual_seed(seed)
    writer = Writer(out / "train", model.config.max_points)
    model.to(device)
    boldness = Boldness(temperature, temperature, temperature)
    unfinished = far = 0
    try:
        for part in _parts(torch.from_numpy(labels).to(device)):
            dreams = dream(model, part, generator, boldness)
            unfinished += dreams.unfinished
            for sketch, label in zip(dreams.sketches, dreams.labels, strict=True):
                if np.abs(np.cumsum(sketch[:, :2], axis=0)).max() > CANVAS:
                    far += 1
                else:
                    writer.add(classes[label], sketch)
    except BaseException:
        writer.give_up()
        raise
    made = len(writer)
    writer.close({"sources": [f"dreams of {checkpoint.name}"], "seed": seed})
    click.echo(f"{out}: {made} sketches; {unfinished} never ended, {far} left the canvas")


def _parts(labels: torch.Tensor) -> list[torch.Tensor]:
    return [labels[k : k + TOGETHER] for k in range(0, len(labels), TOGETHER)]


def _labels(
    classes: tuple[str, ...], shares: dict[str, float], count: int, rng: np.random.Generator
) -> Any:
    """A class number for every sketch, shape (count,)."""
    unknown = sorted(set(shares) - set(classes))
    if unknown or not 0 <= sum(shares.values()) <= 1 or min(shares.values(), default=1) < 0:
        raise DataError(f"the shares {shares} are not of known classes and at most 1 together")
    odds = np.full(
        len(classes), (1 - sum(shares.values())) / (len(classes) - len(shares) or 1)
    )
    for name, share in shares.items():
        odds[classes.index(name)] = share
    return rng.choice(len(classes), count, p=odds / odds.sum())


@click.command("distil")
@click.argument("train_file", type=DRAWINGS)
@click.argument("valid_file", type=DRAWINGS)
@with_options(
    click.option("--teacher", type=FILE, required=True, help="Checkpoint to learn from."),
    click.option(
        "--teacher-share",
        default=DistilConfig.share,
        show_default=True,
        help="Part of the loss, at each point, that comes from the teacher.",
    ),
    click.option(
        "--draws",
        default=DistilConfig.draws,
        show_default=True,
        help="Places that the teacher draws at each point.",
    ),
    click.option("--dreams", type=DRAWINGS, help="Sketches of the teacher, from `dream`…"),
    click.option(
        "--dream-share",
        "extra_share",
        type=float,
        help="…and the part of all points that they are to have.",
    ),
)
@one_sentence
def distil(
    *,
    teacher: Path,
    teacher_share: float,
    draws: int,
    dreams: Path | None,
    **options: Any,
) -> None:
    """Train a small model on TRAIN_FILE and on what a large one, the teacher, makes of it.

    Begin with --start-from, a checkpoint of the small model that `train` made.
    """
    if bool(dreams) != bool(options["extra_share"]):
        raise TrainingError("--dreams and --dream-share belong together: give both or none")
    config = DistilConfig(teacher_share, draws)
    teach = partial(lesson, teacher, config)
    with prepared(options, extra_file=dreams, teach=teach) as run:
        run.train()
