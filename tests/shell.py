"""`catplotter` as somebody types it, without starting Python anew: a tenth of the time.

How the command starts, hears signals and ends as a process is tested where that matters: with
`serve`, `simulate`, `send` and `calibrate`.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from subprocess import CompletedProcess
from unittest import mock

from click.testing import CliRunner

from pi_service.__main__ import main

PATIENCE_S = 120
"""A command that has not ended by then never will."""


def catplotter(
    *words: str | Path,
    typed: str = "",
    cwd: Path | None = None,
    told: Mapping[str, str] | None = None,
) -> CompletedProcess[str]:
    """Run a command to its end; an error that is not told in a sentence comes through.

    Args:
        words: What follows `catplotter`.
        typed: What is typed while it runs; then the input ends.
        cwd: The folder to be in.
        told: Environment variables, besides those that are there.
    """
    line = ["catplotter", *map(str, words)]
    with (
        contextlib.chdir(cwd or Path.cwd()),
        mock.patch.object(sys, "argv", line),
        CliRunner(env=told or {}).isolation(input=typed) as (output, errors, _),
        _put_back(),
    ):
        code = _exit_code()
        sys.stdout.flush()
        sys.stderr.flush()
        return CompletedProcess(
            line, code, output.getvalue().decode(), errors.getvalue().decode()
        )


@contextlib.contextmanager
def _put_back() -> Iterator[None]:
    """Undo what a command does to its process, and end one that runs on for ever."""

    def late(*_: object) -> None:
        raise TimeoutError(f"{sys.argv} has not ended after {PATIENCE_S} s")

    ends = (signal.SIGTERM, signal.SIGINT, signal.SIGALRM)
    before = {number: signal.getsignal(number) for number in ends}
    mask = os.umask(0o077)
    os.umask(mask)
    signal.signal(signal.SIGALRM, late)
    signal.alarm(PATIENCE_S)
    try:
        yield
    finally:
        signal.alarm(0)
        os.umask(mask)
        for number, handler in before.items():
            signal.signal(number, handler)


def _exit_code() -> int:
    try:
        main()
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    return 0
