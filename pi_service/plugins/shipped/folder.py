"""A folder of SVG files, drawn one after the other and then from the first again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from pi_service.plugins.api import Drawing, Needs, Option

LARGEST = 8_000_000
"""Bytes of a file; the gallery takes no larger one."""
LONGEST_NAME = 64


class Folder:
    """Draws the files by their names; what is put there or taken away counts at once."""

    OPTIONS: ClassVar = (
        Option("folder", "where the SVG files are, such as /srv/drawings", secret=False),
    )

    def __init__(self, options: Mapping[str, str], /) -> None:
        self._folder = Path(options["folder"])
        if not self._folder.is_absolute():
            raise ValueError("The folder must be a whole path, such as /srv/drawings.")

    def needs(self) -> Needs:
        """To see into it."""
        return Needs(folders=(str(self._folder),))

    def drawing(self, turn: int, width: float, height: float, /) -> Drawing | None:
        """The file whose turn it is; OSError says why it cannot be read."""
        del width, height  # it is placed by whoever draws it
        files = sorted(
            path for path in self._folder.iterdir() if path.suffix.lower() == ".svg"
        )
        if not files:
            return None
        path = files[turn % len(files)]
        if path.stat().st_size > LARGEST:
            raise OSError(f"{path.name} is larger than {LARGEST // 10**6} MB.")
        text = path.read_text(encoding="utf-8", errors="replace")
        return Drawing(path.stem[:LONGEST_NAME], text)
