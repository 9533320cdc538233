"""The commands `critic` and `hang`: a model file gets what chooses among its sketches."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click
import numpy as np
import torch

from model_training.cli.common import DRAWINGS, FILE, FOLDER, one_sentence
from model_training.critic import (
    PEAK_RATE,
    exhibits,
    finished,
    load_net,
    look,
    some_of_each,
    train,
    with_critic_of,
)
from model_training.data.sources import read_set
from model_training.hanging import (
    learned,
    lessons,
    ranked_right,
    unseen,
    with_hanging,
    with_verdicts,
)
from model_training.judge.doodlenet import DoodleNet
from model_training.verdicts.book import BOOK, read_book
from model_training.verdicts.candidates import remake
from pi_service.sketching.config import CriticConfig
from pi_service.sketching.model_file import read_model_file, write_model_file

OUTPUT = click.Path(dir_okay=False, path_type=Path)
CLASS = click.option("--class", "class_name", default="cat", help="The main class.")
SEED = click.option("--seed", default=0, help="Everything random follows from it.")


@click.command()
@click.argument("model_file", type=FILE)
@click.argument("train_file", type=DRAWINGS)
@click.argument("output", type=OUTPUT)
@click.option(
    "--valid", "valid_file", type=DRAWINGS, help="Drawings to say how good the critic is."
)
@click.option(
    "--start-from", type=FILE, help="Learn on from the critic of this model file instead."
)
@click.option("--teacher", type=FOLDER, help="A folder with DoodleNet, to learn from too.")
@CLASS
@click.option("--most", default=2000, help="Drawings of any other class.")
@click.option("--first", type=int, help="Only so many first drawings of TRAIN_FILE.")
@click.option("--epochs", default=6, help="How often those are seen; 0 only takes it over.")
@click.option("--rate", default=PEAK_RATE, help="Highest learning rate; less to go on.")
@click.option(
    "--class-share",
    default=CriticConfig.class_share,
    help="What a nat of class evidence counts beside one of the odds of being hung.",
)
@click.option("--threads", default=0, help="CPU threads; as many as torch likes if 0.")
@SEED
@one_sentence
def critic(
    *,
    model_file: Path,
    train_file: Path,
    output: Path,
    valid_file: Path | None,
    start_from: Path | None,
    teacher: Path | None,
    class_name: str,
    most: int,
    first: int | None,
    epochs: int,
    rate: float,
    class_share: float,
    threads: int,
    seed: int,
) -> None:
    """Teach the critic of MODEL_FILE to see, from the drawings in TRAIN_FILE; write OUTPUT.

    The critic looks at sketches and says what they show; `catplotter` draws several and keeps
    the one that it likes best. Where MODEL_FILE already has one, that one learns on. What
    people would hang, it learns with `hang` after that.
    """
    if threads:
        torch.set_num_threads(threads)
    torch.manual_seed(seed)
    model = read_model_file(model_file)
    if start_from:
        model = with_critic_of(model, read_model_file(start_from))
    if epochs == 0:
        write_model_file(output, model)
        return
    net = load_net(model, CriticConfig(class_share=class_share))
    drawings = read_set(train_file, "train", model.config.max_points, model.classes)
    chosen = some_of_each(drawings, most, class_name, seed)
    chosen = chosen[chosen < (first or len(drawings))]
    taught = DoodleNet.load(teacher, model.classes).look if teacher else None
    people = exhibits(drawings, chosen, net.config, taught)
    click.echo(f"{len(people)} drawings by people")
    train(net, people, epochs=epochs, seed=seed, rate=rate, report=_say)
    said = f"{len(people)} drawings, {epochs} epochs" + (", DoodleNet" if teacher else "")
    before = model.about.get("critic")
    about = {**model.about, "critic": f"{before}; then {said}" if before else said}
    about.pop("hanging", None)
    made = finished(replace(model, about=about), net.eval(), people)
    write_model_file(output, made)
    click.echo(f"{output}: {output.stat().st_size} bytes, model {made.hash[:12]}")
    if valid_file:
        others = read_set(valid_file, "valid", model.config.max_points, model.classes)
        shown = exhibits(others, np.arange(len(others)), net.config)
        named = look(net, shown.pictures)[1].argmax(axis=1)
        right = 100 * float(np.mean(named == shown.labels))
        click.echo(f"valid: {right:.1f} % of people's drawings named right")


def _say(step: int, steps: int, loss: float) -> None:
    click.echo(f"step {step} of {steps}: {loss:.3f} nats")


@click.command()
@click.argument("model_file", type=FILE)
@click.argument("train_file", type=DRAWINGS)
@click.argument("output", type=OUTPUT)
@click.option("--book", type=OUTPUT, default=BOOK, help="The verdicts, if other ones.")
@click.option(
    "--sheets", multiple=True, help="Only verdicts on sheets with names that begin so."
)
@click.option("--for-body", default=1.5, help="Log-odds added where there is a body.")
@CLASS
@SEED
@one_sentence
def hang(
    *,
    model_file: Path,
    train_file: Path,
    output: Path,
    book: Path,
    sheets: tuple[str, ...],
    for_body: float,
    class_name: str,
    seed: int,
) -> None:
    """Teach the critic of MODEL_FILE what people would hang, from verdicts; write OUTPUT.

    TRAIN_FILE holds the people's drawings on which verdicts were given with `label`.
    """
    torch.set_num_threads(1)  # for such a small network more only wait
    model = read_model_file(model_file)
    verdicts = [v for v in read_book(book) if v.sheet.startswith(sheets or "")]
    found = remake([v.source for v in verdicts], [model], [train_file])
    sketches = {source.sketch: sketch for source, sketch in found.items()}
    shown, share = with_verdicts(verdicts, class_name, sketches)
    some = lessons(model, class_name, shown, share)
    people = {v.source.sketch for v in verdicts if not v.source.model}
    right = ranked_right(unseen(some, seed), some.hang)
    about = {
        **model.about,
        "hanging": f"{len(shown)} drawings of {class_name} with verdicts, "
        f"{len(people)} of them people's; of drawings that it did not learn from it ranks "
        f"{100 * right:.1f} % of pairs right",
    }
    made = with_hanging(replace(model, about=about), class_name, learned(some, seed), for_body)
    write_model_file(output, made)
    click.echo(f"{about['hanging']}; {output}: model {made.hash[:12]}")
