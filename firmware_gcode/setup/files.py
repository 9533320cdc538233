"""Files that are whole or not there: written beside, synced, then renamed."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from firmware_gcode.facts import CodedError


class SetupError(CodedError):
    """Something that set-up cannot do; the fact says why and what to do."""


def write_whole(path: Path, text: str) -> None:
    """Write a text file whole or not at all; an existing one keeps its permissions.

    Raises:
        SetupError: The folder is missing, must not be written to, or is full.
    """
    target = path.resolve()
    try:
        _replace(target, text.encode())
    except OSError as error:
        why = error.strerror or str(error)
        raise SetupError("file-unwritable", path=str(path), why=why) from error


def _replace(target: Path, data: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    fresh = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            shutil.copymode(target, fresh)
        else:
            fresh.chmod(0o644)
        fresh.replace(target)
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
