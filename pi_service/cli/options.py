"""What several commands have in common: options, error sentences, and files written whole."""

from __future__ import annotations

import functools
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar

import click

from firmware_gcode.drawing.paper import Paper, PaperError

P = ParamSpec("P")
R = TypeVar("R")


class PaperType(click.ParamType):
    """A paper on the command line: a name such as A5, or WIDTHxHEIGHT in mm."""

    name = "paper"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Paper:
        """The paper that `value` names; a usage error with the reason otherwise."""
        if isinstance(value, Paper):
            return value
        try:
            return Paper.parse(str(value))
        except PaperError as error:
            self.fail(str(error), param, ctx)


def sentences(*kinds: type[Exception]) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A decorator: errors of these kinds end the command with their message, exit code 1."""

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(function)
        def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
            try:
                return function(*args, **kwargs)
            except kinds as error:
                raise click.ClickException(str(error)) from error

        return wrapped

    return decorate


def write_file(path: Path, content: bytes | str) -> None:
    """Write the file whole or not at all: a new file beside it is synced, then takes its name.

    Raises:
        click.ClickException: the folder is missing, cannot be written, or is full.
    """
    try:
        _write_whole(path, content.encode() if isinstance(content, str) else content)
    except OSError as error:
        raise click.ClickException(
            f"Cannot write {path}: {error.strerror}. Choose a folder that exists, "
            "that you may write to, and that has room."
        ) from error


def _write_whole(path: Path, data: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
