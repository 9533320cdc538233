"""The commands that judge: `judge train`, `judge test`, `evaluate` and `card`."""

from __future__ import annotations

import json
from pathlib import Path

import click
import numpy as np
import torch

from model_training.cli.common import DRAWINGS, FILE, FOLDER, LICENCE, SOURCE, one_sentence
from model_training.data.dataset import DataError, SketchSet
from model_training.data.sources import read_set
from model_training.evaluate import Evaluation, Question
from model_training.judge.card import contact_sheet, with_figures
from model_training.judge.files import write_whole
from model_training.judge.generators import AS_DRAWN, Generator, load_generator
from model_training.judge.intervals import mean_figure
from model_training.judge.judge_training import JudgeRun, JudgeTraining, correct
from model_training.judge.network import DEFAULT_JUDGE, JudgeError, load_judge
from model_training.judge.raster import render_set
from model_training.judge.report import plain
from model_training.judge.table import percent, table

NEW_FILE = click.Path(dir_okay=False, path_type=Path)
ANY_LENGTH = 100_000
"""Points; the judge takes drawings of any length."""
DEFAULT = JudgeTraining()


@click.group("judge")
def judge_commands() -> None:
    """Teach the network that says what drawings look like; `evaluate` asks it."""


@judge_commands.command("train")
@click.argument("train_file", type=DRAWINGS)
@click.argument("valid_file", type=DRAWINGS)
@click.option(
    "--out",
    type=FOLDER,
    required=True,
    help="Folder for checkpoint and judge. If a run was begun there, it goes on.",
)
@click.option("--epochs", default=DEFAULT.epochs, show_default=True, help="Rounds.")
@click.option("--batch", default=DEFAULT.batch, show_default=True, help="Drawings in a batch.")
@click.option("--lr", default=DEFAULT.lr, show_default=True, help="Learning rate.")
@click.option(
    "--bf16", is_flag=True, help="Half precision, quicker where the processor knows it."
)
@click.option("--threads", default=0, help="CPU threads to use; as many as torch likes if 0.")
@click.option("--device", default="cpu", show_default=True, help="cpu or cuda.")
@click.option("--seed", default=DEFAULT.seed, show_default=True, help="Of all that is random.")
@one_sentence
def judge_train(
    *,
    train_file: Path,
    valid_file: Path,
    out: Path,
    epochs: int,
    batch: int,
    lr: float,
    bf16: bool,
    threads: int,
    device: str,
    seed: int,
) -> None:
    """Learn from TRAIN_FILE to name drawings; the round that did best on VALID_FILE is kept.

    Stopped with Ctrl-C or killed, the same command goes on from the last checkpoint.
    """
    if threads:
        torch.set_num_threads(threads)
    if device == "cuda" and not torch.cuda.is_available():
        raise JudgeError("there is no CUDA device here: leave --device out")
    config = JudgeTraining(epochs=epochs, batch=batch, lr=lr, bf16=bf16, seed=seed)
    train = read_set(train_file, "train", ANY_LENGTH)
    valid = read_set(valid_file, "valid", ANY_LENGTH, train.classes)
    about = {"data": SOURCE, "data_licence": LICENCE}
    run = JudgeRun(train, valid, config, out, about=about, device=device, say=click.echo)
    click.echo(f"{len(train)} drawings of {len(train.classes)} classes, {run.steps} steps")
    if run.resume():
        click.echo(f"going on from step {run.step}")
    made = run.train()
    click.echo(f"{made}: {made.stat().st_size} bytes, judge {load_judge(made).hash[:12]}")


@judge_commands.command("test")
@click.argument("drawings_file", type=DRAWINGS)
@click.option("--judge", "judge_file", type=FILE, help="Another judge than the shipped one.")
@click.option("--part", default="test", show_default=True, help="Of a sketch-rnn file.")
@one_sentence
def judge_test(*, drawings_file: Path, judge_file: Path | None, part: str) -> None:
    """Say how often the judge is right about the drawings in DRAWINGS_FILE."""
    judge = load_judge(judge_file or DEFAULT_JUDGE)
    drawings = read_set(drawings_file, part, ANY_LENGTH, judge.classes)
    first, five = correct(judge.look(render_set(drawings)), drawings.labels)
    rng = np.random.default_rng(0)
    click.echo(
        f"judge {judge.hash[:12]}, {len(drawings)} drawings: right "
        f"{percent(mean_figure(first, rng))} %, among its first five "
        f"{percent(mean_figure(five, rng))} %"
    )


@click.command()
@click.argument("models", nargs=-1, required=True, type=FILE, metavar="MODEL...")
@click.option("--test", "test_file", type=DRAWINGS, required=True, help="What none has seen.")
@click.option("--train", "train_file", type=DRAWINGS, required=True, help="What they learned.")
@click.option("--judge", "judge_file", type=FILE, help="Another judge than the shipped one.")
@click.option("--class", "class_name", default="cat", show_default=True, help="To look at.")
@click.option(
    "--classes", default="", metavar="A,B,…", help="Further classes, looked at in short."
)
@click.option(
    "--samples", default=Question.samples, show_default=True, help="Drawings, each way."
)
@click.option(
    "--class-samples",
    default=Question.class_samples,
    show_default=True,
    help="Drawings of a further class.",
)
@click.option("--seed", default=0, show_default=True, help="Everything random follows on it.")
@click.option("--json", "json_file", type=NEW_FILE, help="Write everything here.")
@one_sentence
def evaluate(
    *,
    models: tuple[Path, ...],
    test_file: Path,
    train_file: Path,
    judge_file: Path | None,
    class_name: str,
    classes: str,
    samples: int,
    class_samples: int,
    seed: int,
    json_file: Path | None,
) -> None:
    """Measure each MODEL beside the humans.

    A MODEL is a model file (.safetensors), a checkpoint of any kind, or a decoder as Google
    published it with sketch-rnn (dog.gen.json), which is measured on its class alone.

    Everything is measured on drawings that no model learned from; those that it did learn
    from say whether it copies.
    """
    judge = load_judge(judge_file or DEFAULT_JUDGE)
    generators = [load_generator(path) for path in models]
    longest = min(model.max_points for model in generators)
    question = Question(
        class_name=class_name,
        classes=tuple(filter(None, (name.strip() for name in classes.split(",")))),
        samples=samples,
        class_samples=class_samples,
        seed=seed,
    )
    train, test = (
        _drawings(path, part, longest, judge.classes)
        for path, part in ((train_file, "train"), (test_file, "test"))
    )
    evaluation = Evaluation(
        judge, train, test, question, say=lambda text: click.echo(text, err=True)
    )
    try:
        report = evaluation.report(generators)
    except np.linalg.LinAlgError as error:
        raise DataError(
            f"{len(test)} test drawings and {samples} samples are too few for distances "
            f"between sets ({error})"
        ) from error
    click.echo(table(report))
    if json_file:
        text = json.dumps(plain(report), indent=1, ensure_ascii=False) + "\n"
        _write(json_file, text.encode())


@click.command()
@click.argument("report_file", type=FILE, metavar="REPORT.json")
@click.argument("model_file", type=FILE)
@click.option(
    "--card", "card_file", type=FILE, required=True, help="Its figures are replaced."
)
@click.option("--sheet", "sheet_file", type=NEW_FILE, required=True, help="PNG to write.")
@click.option("--class", "class_name", default="cat", show_default=True, help="To draw.")
@click.option("--n", default=200, show_default=True, help="How many, none left out.")
@one_sentence
def card(
    *,
    report_file: Path,
    model_file: Path,
    card_file: Path,
    sheet_file: Path,
    class_name: str,
    n: int,
) -> None:
    """Make the model card's figures from REPORT.json, and the contact sheet from MODEL_FILE.

    In the card only what stands between the two marks is replaced.
    """
    try:
        report = json.loads(report_file.read_text(encoding="utf-8"))
        text = with_figures(card_file.read_text(encoding="utf-8"), report)
    except (OSError, ValueError) as error:
        raise DataError(f"{card_file} cannot be made from {report_file}: {error}") from error
    model = load_generator(model_file)
    _held_to(model, report, report_file)
    way = AS_DRAWN if AS_DRAWN in model.ways else model.ways[0]
    _write(sheet_file, contact_sheet(model.draw(class_name, n, 0, way)))
    _write(card_file, text.encode())
    click.echo(f"{card_file}; {sheet_file}: {n} of {class_name}, seeds 0 to {n - 1}, {way}")


def _held_to(model: Generator, report: dict[str, object], where: Path) -> None:
    """Refuses a report of other models than this."""
    rows = report.get("models")
    known = [row.get("hash") for row in rows] if isinstance(rows, list) else []
    if model.hash not in known:
        raise DataError(f"{where} says nothing of the model {model.hash[:12]}: evaluate it")


def _drawings(path: Path, part: str, longest: int, classes: tuple[str, ...]) -> SketchSet:
    """The drawings of a file that all models can measure; says how many are left out."""
    found = read_set(path, part, longest, classes)
    if found.too_long:
        click.echo(f"{path}: {found.too_long} of over {longest} points left out", err=True)
    return found


def _write(path: Path, content: bytes) -> None:
    try:
        write_whole(path, content)
    except OSError as error:
        raise DataError(f"{path} cannot be written: {error}") from error
