"""The command `good`: drawings that are known to be good, for `train --good` to learn from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click
import numpy as np
import torch

from model_training.cli.common import DRAWINGS, FILE, FOLDER, one_sentence, temperature
from model_training.data.prepared import Writer
from model_training.data.sources import read_set
from model_training.good import Chosen, evident, hung, own
from model_training.judge.doodlenet import DoodleNet
from model_training.verdicts.book import BOOK, Source, Verdict, read_book
from model_training.verdicts.candidates import remake
from pi_service.sketching.model_file import read_model_file
from pi_service.sketching.stroke import Sketch


@click.command()
@click.argument("model_file", type=FILE)
@click.argument("train_file", type=DRAWINGS)
@click.option("--out", type=FOLDER, required=True, help="Folder to make, as `prepare` does.")
@click.option("--teacher", type=FOLDER, required=True, help="A folder with DoodleNet.")
@click.option(
    "--published", "published_folder", type=DRAWINGS, help="Sketches that `published` made."
)
@click.option("--class", "class_name", default="cat", show_default=True, help="Main class.")
@click.option("--people", default=720, show_default=True, help="Drawings of it by people.")
@click.option("--bodies", default=0.33, show_default=True, help="Share of those with a body.")
@click.option("--seeds", default=3000, show_default=True, help="Seeds of the model's own…")
@click.option("--tries", default=24, show_default=True, help="…the best of so many of each…")
@click.option("--details", default="0.35/0.2", help="…with these temperatures.")
@click.option(
    "--sure",
    default=0.7,
    show_default=True,
    help="How probable another drawing's class must be to the teacher.",
)
@click.option("--first", type=int, help="Only so many first drawings of other classes.")
@click.option("--threads", default=0, help="CPU threads; as many as torch likes if 0.")
@one_sentence
def good(
    *,
    model_file: Path,
    train_file: Path,
    out: Path,
    teacher: Path,
    published_folder: Path | None,
    class_name: str,
    people: int,
    bodies: float,
    seeds: int,
    tries: int,
    details: str,
    sure: float,
    first: int | None,
    threads: int,
) -> None:
    """Choose good drawings by the critic of MODEL_FILE, and by a teacher; write them to OUT.

    Of the main class: people's in TRAIN_FILE that the critic likes best, those of the book
    that a verdict would hang, and of many seeds the best of the model's own. Of the other
    classes: people's drawings and published sketches that the teacher is sure about.
    """
    if threads:
        torch.set_num_threads(threads)
    model = read_model_file(model_file)
    manner = replace(model.manner, details=temperature(details))
    drawings = read_set(train_file, "train", model.config.max_points, model.classes)
    net = DoodleNet.load(teacher, model.classes)
    book = [verdict for verdict in read_book(BOOK) if verdict.number == 1]
    known = remake([v.source for v in book], [model], [train_file])
    said = {v.source.sketch: v.hang for v in book}
    taken: list[tuple[str, Sequence[Chosen]]] = [
        ("people's", hung(model, drawings, class_name, said, count=people, bodies=bodies)),
        ("hung", [(class_name, known[v.source]) for v in book if _by_model(v, known)]),
        (
            "its own",
            own(model, class_name, seeds=seeds, tries=tries, manner=manner),
        ),
        ("others", evident(model, net, drawings, sure, np.arange(len(drawings))[:first])),
    ]
    if published_folder:
        some = read_set(published_folder, "train", model.config.max_points, model.classes)
        taken.append(("published", evident(model, net, some, sure / 2, np.arange(len(some)))))
    writer = Writer(out, model.config.max_points)
    for name, chosen in taken:
        for word, sketch in chosen:
            writer.add(word, sketch)
        click.echo(f"{name}: {len(chosen)}")
    writer.close({"sources": [train_file.name, model_file.name]})
    click.echo(f"{out}: {len(writer)} drawings")


def _by_model(verdict: Verdict, known: dict[Source, Sketch]) -> bool:
    """Whether a model's drawing was hung, and can be shown."""
    return verdict.hang and bool(verdict.source.model) and verdict.source in known
