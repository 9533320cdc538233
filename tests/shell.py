"""`catplotter` as somebody types it, without starting Python anew: a tenth of the time.

How the command starts, hears signals and ends as a process is tested where that matters: with
`serve`, `simulate`, `send` and `calibrate`.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Mapping
from pathlib import Path
from subprocess import CompletedProcess
from unittest import mock

from click.testing import CliRunner

from pi_service.__main__ import main


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
    ):
        code = _exit_code()
        sys.stdout.flush()
        sys.stderr.flush()
        return CompletedProcess(
            line, code, output.getvalue().decode(), errors.getvalue().decode()
        )


def _exit_code() -> int:
    try:
        main()
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    return 0
