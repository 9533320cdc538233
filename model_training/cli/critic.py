"""The command `critic`: a model file gets the critic that chooses among its sketches."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click
import numpy as np
import torch

from model_training.cli.common import DRAWINGS, FILE, one_sentence
from model_training.critic import (
    PEAK_RATE,
    Exhibits,
    exhibits,
    finished,
    humans,
    load_net,
    opinions,
    own,
    train,
    with_critic_of,
)
from model_training.data.sources import read_set
from pi_service.sketching.config import CriticConfig
from pi_service.sketching.model_file import ModelFile, read_model_file, write_model_file
from pi_service.sketching.sketcher import DEFAULT_TEMPERATURE, Sketcher
from pi_service.sketching.stroke import Sketch


@click.command()
@click.argument("model_file", type=FILE)
@click.argument("train_file", type=DRAWINGS)
@click.argument("output", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--valid", "valid_file", type=DRAWINGS, help="Drawings to say how good the critic is."
)
@click.option(
    "--start-from",
    type=FILE,
    help="Learn on from the critic of this model file, such as that of the model before.",
)
@click.option(
    "--class", "class_name", default="cat", show_default=True, help="The main class."
)
@click.option(
    "--own",
    "own_count",
    default=24,
    show_default=True,
    help="The model's tries at each class…",
)
@click.option(
    "--main", "main_count", default=1500, show_default=True, help="…and the main one."
)
@click.option(
    "--most", default=2000, show_default=True, help="Humans' drawings of any other class."
)
@click.option("--epochs", default=6, show_default=True, help="How often those are seen.")
@click.option(
    "--rate",
    default=PEAK_RATE,
    show_default=True,
    help="Highest learning rate; less to go on.",
)
@click.option(
    "--class-share",
    default=CriticConfig.class_share,
    show_default=True,
    help="What a nat of class evidence counts beside one of the odds of a human's hand.",
)
@click.option("--seed", default=0, show_default=True)
@one_sentence
def critic(
    *,
    model_file: Path,
    train_file: Path,
    output: Path,
    valid_file: Path | None,
    start_from: Path | None,
    class_name: str,
    own_count: int,
    main_count: int,
    most: int,
    epochs: int,
    rate: float,
    class_share: float,
    seed: int,
) -> None:
    """Teach the critic of MODEL_FILE from the drawings in TRAIN_FILE; write both to OUTPUT.

    The critic looks at sketches and says what they show and whether a human may have drawn
    them; `catplotter` draws several and keeps the one it likes best. Where MODEL_FILE already
    has one, that one learns on; so does that of --start-from: after a change of the model,
    one or two epochs are enough.
    """
    torch.manual_seed(seed)
    model = read_model_file(model_file)
    if start_from:
        model = with_critic_of(model, read_model_file(start_from))
    sizes = model.critic or CriticConfig()
    net = load_net(model)
    net.config = replace(sizes, class_share=class_share)
    drawings = read_set(train_file, "train", model.config.max_points, model.classes)
    people = exhibits(humans(drawings, most, class_name, seed), model)
    click.echo(f"{len(people)} drawings by people")
    counts = dict.fromkeys(model.classes, own_count)
    if main_count:
        counts[class_name] = main_count
    drawn = exhibits(own(model, counts, DEFAULT_TEMPERATURE), model)
    click.echo(f"{len(drawn)} sketches by the model")
    train(net, people, drawn, epochs=epochs, seed=seed, rate=rate, report=_say)
    learned = f"{len(people)} drawings, {len(drawn)} sketches of its own, {epochs} epochs"
    before = model.about.get("critic")
    about = {**model.about, "critic": f"{before}; then {learned}" if before else learned}
    made = finished(replace(model, about=about), net.eval(), people)
    write_model_file(output, made)
    click.echo(f"{output}: {output.stat().st_size} bytes, model {made.hash[:12]}")
    if valid_file:
        _judge(made, valid_file, class_name)


def _say(step: int, steps: int, naming: float, hand: float) -> None:
    click.echo(f"step {step} of {steps}: naming {naming:.3f}, telling hands {hand:.3f} nats")


def _judge(model: ModelFile, valid_file: Path, class_name: str) -> None:
    """Say how good the critic is on drawings and sketches that it has not learned from."""
    drawings = read_set(valid_file, "valid", model.config.max_points, model.classes)
    net = load_net(model).eval()
    people = exhibits(humans(drawings, len(drawings), class_name, 0), model)
    named = opinions(net, people)[2]
    right = float(np.mean(named == people.labels))
    drawn = exhibits(iter(_others(model, class_name)), model)
    number = model.classes.index(class_name)
    mine = people.labels == number
    some = Exhibits(people.pictures[mine], people.labels[mine], people.measures[mine])
    ahead = opinions(net, some)[1][:, None] > opinions(net, drawn)[1]
    click.echo(
        f"valid: {100 * right:.1f} % of people's drawings named right; a human's {class_name} "
        f"seems the more human one in {100 * float(ahead.mean()):.1f} % of pairs with the "
        "model's"
    )


def _others(model: ModelFile, class_name: str) -> list[tuple[int, Sketch]]:
    """Sketches of a class by other seeds than those learned from."""
    sketcher = Sketcher(model)
    number = sketcher.class_number(class_name)
    tries = sketcher.attempts(class_name, [(seed, 0) for seed in range(200)])
    return [(number, made.sketch) for made in tries if made.failure is None]
