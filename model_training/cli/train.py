"""The command that trains."""

from __future__ import annotations

import os
import signal
import threading
import time
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import click
import torch
from torch import Tensor

from model_training.cli.common import DRAWINGS, FILE, FOLDER, P, R, one_sentence, pairs
from model_training.data.augment import Augmentation
from model_training.data.dataset import SketchSet
from model_training.data.sources import read_set
from model_training.judge.sheets import Sheets
from model_training.model import StrokeModel, Tensors
from model_training.training.checkpoint import load_model
from model_training.training.journal import open_board
from model_training.training.kinds import KINDS, build, kind_of
from model_training.training.parallel import Team
from model_training.training.settings import (
    OPTIMISERS,
    PRECISIONS,
    SCHEDULES,
    TrainConfig,
    TrainingError,
)
from model_training.training.train import Run, of_data
from pi_service.sketching.config import ModelConfig

Objective = Callable[[StrokeModel, Tensors], Tensor]
OF_AUGMENTATION = ("mirror", "stretch", "turn", "drop")
OF_COMMAND = (
    *("train_file", "valid_file", "out", "kind", "sizes", "start_from", "clock", "threads"),
    *("device", "tensorboard", "damaged", "sheet_every", "good"),
)
"""Options that are no fields of `TrainConfig`."""


def _share(name: str, what: str) -> Any:
    return click.option(
        f"--{name}", multiple=True, callback=pairs("cat=0.1"), metavar="CLASS=PART", help=what
    )


def _from_file(
    context: click.Context, _option: click.Parameter, path: Path | None
) -> Path | None:
    """Takes the options that are not given from a TOML file."""
    if path is None:
        return None
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise click.BadParameter(f"{path} cannot be read as TOML: {error}") from error
    names = {o.lstrip("-"): p.name for p in context.command.params for o in p.opts}
    unknown = sorted(set(found) - set(names))
    if unknown:
        raise click.BadParameter(f"{path} names {unknown[0]!r}, which is no option here")
    context.default_map = {str(names[name]): value for name, value in found.items()}
    return path


OPTIONS: tuple[Any, ...] = (
    click.option(
        "--config",
        type=FILE,
        is_eager=True,
        expose_value=False,
        callback=_from_file,
        help="A TOML file with any of these options; what is given here counts more.",
    ),
    click.option(
        "--out",
        type=FOLDER,
        required=True,
        help="Folder for checkpoints and log. If a run was begun there, it goes on.",
    ),
    click.option(
        "--model",
        "kind",
        type=click.Choice(list(KINDS)),
        help="What to train: catplotter (if not given), or one of the baselines.",
    ),
    click.option(
        "--size",
        "sizes",
        multiple=True,
        callback=pairs("width=192"),
        metavar="NAME=NUMBER",
        help="A size that is to differ: width=192, layers=6… Can be repeated.",
    ),
    click.option(
        "--start-from",
        type=FILE,
        help="Begin with the weights of this checkpoint, or model file, and not random ones.",
    ),
    click.option("--minutes", type=float, help="How long to train, in minutes…"),
    click.option("--steps", type=int, help="…or in steps, which can be repeated exactly."),
    click.option(
        "--clock",
        type=click.Choice(["wall", "cpu"]),
        default="wall",
        show_default=True,
        help="What the minutes are: of the clock on the wall, or of work of the CPU.",
    ),
    _share("share", "Part of all points that a class is to have. Can be repeated."),
    _share("finish", "These shares instead in the last part of the run…"),
    click.option("--finish-from", type=float, help="…after this part of it."),
    click.option("--good", type=DRAWINGS, help="Drawings known to be good, from `good`…"),
    click.option("--good-share", type=float, help="…the part of all points that they have…"),
    click.option(
        "--good-class",
        "good_classes",
        multiple=True,
        callback=pairs("cat=0.4"),
        metavar="CLASS=PART",
        help="…and the part of theirs that a class is to have. Can be repeated.",
    ),
    click.option("--points", type=int, help="Points in a batch."),
    click.option("--only", help="Learn only parameters whose names begin so: start."),
    click.option("--mirror/--no-mirror", default=None, help="Show half of them mirrored."),
    click.option("--stretch", type=float, help="Most that an axis grows, as a logarithm."),
    click.option("--turn", type=float, help="Most that a drawing is turned, in degrees."),
    click.option("--drop", type=float, help="Share of inner points that is left out."),
    click.option("--any-class", type=float, help="Share whose class is hidden."),
    click.option("--optimiser", type=click.Choice(OPTIMISERS), help="What moves weights."),
    click.option("--schedule", type=click.Choice(SCHEDULES), help="Of the learning rate."),
    click.option("--lr", type=float, help=f"Learning rate; {TrainConfig.lr} for catplotter."),
    click.option("--warm-up", type=int, help="Steps in which the learning rate rises."),
    click.option("--weight-decay", type=float, help="How strongly weights are pulled to 0."),
    click.option("--ema", type=float, help="What averaged weights keep of themselves."),
    click.option("--decay-from", type=float, help="Part of the run after which lr falls…"),
    click.option("--last-lr", type=float, help="…to this part of itself at the end."),
    click.option(
        "--choose-by",
        metavar="CLASS",
        help="Call those weights the best that do best on this class, instead of on all.",
    ),
    click.option("--evaluate-every", type=int, metavar="STEPS", help="Between evaluations."),
    click.option("--save-seconds", type=float, help="Longest time between checkpoints."),
    click.option("--precision", type=click.Choice(PRECISIONS), help="Numbers to count in."),
    click.option("--compile/--no-compile", default=None, help="Let torch compile the blocks."),
    click.option("--workers", type=int, help="Processes that make batches; 0 on a CPU."),
    click.option("--threads", default=0, help="CPU threads; as many as torch likes if 0."),
    click.option("--device", default="cpu", show_default=True, help="cpu or cuda."),
    click.option(
        "--sheet-every",
        default=1,
        metavar="EVALUATIONS",
        help="Between contact sheets of samples; 0 draws none.",
    ),
    click.option("--tensorboard", is_flag=True, help="Keep a TensorBoard log in --out too."),
    click.option("--damaged", default=0.01, help="Share of damaged rows that is borne."),
    click.option("--seed", type=int, help="Everything random follows from it."),
)
"""What every kind of training can be told."""


def with_options(
    *more: Callable[[Any], Any],
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Gives a command all of `OPTIONS`, and some more."""

    def decorate(command: Callable[P, R]) -> Callable[P, R]:
        for option in reversed((*more, *OPTIONS)):
            command = option(command)
        return command

    return decorate


@click.command()
@click.argument("train_file", type=DRAWINGS)
@click.argument("valid_file", type=DRAWINGS)
@with_options()
@one_sentence
def train(**options: Any) -> None:
    """Learn from TRAIN_FILE, choose by VALID_FILE: files of drawings, or prepared folders.

    Stopped with Ctrl-C (or SIGTERM) it saves first; stopped so or killed, the same command
    goes on from the last checkpoint. Started by torchrun, all its processes train one model,
    each with batches of its own.
    """
    with prepared(options) as run:
        run.train()


@contextmanager
def prepared(
    options: dict[str, Any],
    *,
    extra_file: Path | None = None,
    teach: Callable[[tuple[str, ...], str], Objective] | None = None,
) -> Iterator[Run]:
    """A run as the options want it, resumed if it was begun before.

    Args:
        options: The values of `OPTIONS`, with train_file and valid_file.
        extra_file: Further drawings to learn from.
        teach: Gives, for some classes and a device, what is to become small, if it is not
            the nats of the drawings.

    Raises:
        Errors: DataError and TrainingError, as reading and `Run` raise them.
    """
    own = {name: options.pop(name) for name in OF_COMMAND}
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    if own["threads"]:
        torch.set_num_threads(own["threads"])
    if bool(own["good"]) != bool(options["good_share"]):
        raise TrainingError("--good and --good-share belong together: give both or none")
    if own["start_from"] and (own["kind"] or own["sizes"]):
        raise TrainingError("--start-from says what is trained: leave --model and --size out")
    with Team.from_environment(own["device"]) as team:
        say = click.echo if team.leads else lambda _text: None
        read = partial(read_set, bearable=own["damaged"], say=say)
        model, classes = load_model(own["start_from"]) if own["start_from"] else (None, None)
        longest = model.config.max_points if model else ModelConfig.max_points
        drawings = read(own["train_file"], "train", longest, classes)
        valid = read(own["valid_file"], "valid", longest, drawings.classes)
        extra = read(extra_file, "train", longest, drawings.classes) if extra_file else None
        good = read(own["good"], "train", longest, drawings.classes) if own["good"] else None
        team.agree("drawings", drawings.summary)
        kind = kind_of(model) if model else own["kind"] or "catplotter"
        config = _config(kind, options, own["device"])
        torch.manual_seed(config.seed)
        model = model or build(kind, drawings, own["sizes"])
        say(_about(kind, model, drawings))
        run = Run(
            model,
            drawings,
            valid,
            config,
            own["out"],
            team=team,
            objective=teach(drawings.classes, team.device) if teach else of_data,
            extra=extra,
            good=good,
            say=say,
            board=open_board(own["out"]) if own["tensorboard"] and team.leads else None,
            evaluated=_sheets(own["sheet_every"], config),
            clock=time.process_time if own["clock"] == "cpu" else time.monotonic,
        )
        if run.resume():
            say(f"going on from step {run.step}")
        yield run


def _sheets(every: int, config: TrainConfig) -> Callable[[Run], None]:
    return Sheets(every, config.choose_by) if every else lambda _run: None


def _config(kind: str, options: dict[str, Any], device: str) -> TrainConfig:
    """How to train: what was asked for, else what suits the kind of model and the device."""
    given = {name: value for name, value in options.items() if value is not None}
    changes = {name: given.pop(name) for name in OF_AUGMENTATION if name in given}
    workers = 0 if device == "cpu" else min(8, os.cpu_count() or 1)
    settings = {"workers": workers, **KINDS[kind].training, **given}
    settings["shares"] = settings.pop("share")
    return TrainConfig(augmentation=Augmentation(**changes), **settings)


def _about(kind: str, model: StrokeModel, drawings: SketchSet) -> str:
    """What is trained on what, in words."""
    return (
        f"{len(drawings)} drawings of {len(drawings.classes)} classes; {drawings.too_long} "
        f"left out for having over {model.config.max_points} points\n"
        f"{kind}: {sum(p.numel() for p in model.parameters())} parameters"
    )
