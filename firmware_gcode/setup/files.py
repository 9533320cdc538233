"""Files that are whole or not there: written beside, synced, then renamed."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

from firmware_gcode.facts import CodedError


class SetupError(CodedError):
    """Something that set-up cannot do; the fact says why and what to do."""


def free_name(folder: Path, stem: str, ending: str) -> Path:
    """The first name that is free: the stem alone, or with -2, -3 and so on behind it."""
    names = (f"{stem}{more}{ending}" for more in ("", *(f"-{n}" for n in range(2, 1000))))
    return next(path for name in names if not (path := folder / name).exists())


def write_whole(path: Path, text: str) -> None:
    """Write a text file whole or not at all; an existing one keeps its permissions.

    Raises:
        SetupError: The folder is missing, must not be written to, or is full.
    """
    try:
        replace_file(path.resolve(), [text.encode()])
    except OSError as error:
        why = error.strerror or str(error)
        raise SetupError("file-unwritable", path=str(path), why=why) from error


def replace_file(target: Path, pieces: Iterable[bytes]) -> int:
    """Write a file that comes in pieces, whole or not at all; gives its size in bytes.

    Raises:
        OSError: It cannot be written; whatever stood there still does.
    """
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    fresh = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            size = sum(file.write(piece) for piece in pieces)
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
    return size
