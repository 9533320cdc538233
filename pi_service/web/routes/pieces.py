"""Files that are too large to be held in memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

BLOCK = 64 * 1024


def pieces(path: Path) -> Iterator[bytes]:
    """A file, piece by piece."""
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            yield block
