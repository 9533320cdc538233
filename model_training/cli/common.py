"""What the commands of `python -m model_training` have in common."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

import click

from model_training.data.dataset import DataError
from model_training.training.settings import TrainingError
from pi_service.sketching.manner import Temperature
from pi_service.sketching.model_file import ModelFileError

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)
DRAWINGS = click.Path(exists=True, path_type=Path)
"""A file of drawings of any kind that is read, or a folder that `prepare` made."""
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


def _pair(value: str, example: str) -> tuple[str, float | int]:
    """An option like cat=0.1 or width=192."""
    name, _, number = value.rpartition("=")
    try:
        return name, float(number) if "." in number else int(number)
    except ValueError as error:
        raise click.BadParameter(f"{value!r} is not like {example}") from error


def pairs(
    example: str,
) -> Callable[[click.Context, click.Parameter, tuple[str, ...]], dict[str, float | int]]:
    """Makes options like cat=0.1, given any number of times, a dictionary."""

    def callback(
        _context: click.Context, _option: click.Parameter, values: tuple[str, ...]
    ) -> dict[str, float | int]:
        return dict(_pair(value, example) for value in values)

    return callback


def temperature(text: str) -> Temperature:
    """Temperatures of weights and offsets; the pen's habits were measured with the model."""
    try:
        components, offsets = map(float, text.split("/"))
        return Temperature(components, offsets, least_weight=0.03, lift=-0.2, end=0.7)
    except ValueError as error:
        raise TrainingError(f"{text!r} is not like 0.35/0.2: {error}") from error
