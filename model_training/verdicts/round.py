"""A round of judging: contact sheets in a folder, their key, and the answers.

Drawings of all origins stand shuffled and unmarked on numbered sheets. ``key.csv`` says which
is which; whoever judges does not look into it. Answers are appended to ``answers.csv``, a line
a sheet, and lie on the disk before `take` returns, so that nothing is lost if it is killed.
The key is opened, and rates are known, only when every sheet is answered.
"""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import astuple
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import numpy as np

from model_training.data.dataset import DataError
from model_training.judge.card import contact_sheet
from model_training.judge.files import write_whole
from model_training.judge.measures import Drawn
from model_training.verdicts.book import SOURCE_COLUMNS, Source, Verdict, source_of
from model_training.verdicts.candidates import Original

CELL, COLUMNS, PER_SHEET = 144, 8, 48
"""Pixels of a cell's side; cells in a row; cells on a sheet: large enough to see an eye."""
KEY, ANSWERS = "key.csv", "answers.csv"
NONE = "none"
"""Typed for a sheet of which nothing is to be hung."""


def shuffled(originals: Iterable[Original], seed: int) -> list[Original]:
    """The drawings in an order that says nothing of their origin."""
    some = list(originals)
    return [some[k] for k in np.random.default_rng([seed, len(some)]).permutation(len(some))]


def numbers_of(text: str, most: int) -> list[int]:
    """Numbers of cells, such as ``1 4 7-9``, or `NONE`, in order and each once.

    Raises:
        DataError: It is something else, or a cell that is not there.
    """
    if text.strip() == NONE:
        return []
    found: set[int] = set()
    for word in text.replace(",", " ").split():
        match = re.fullmatch(r"(\d+)(?:-(\d+))?", word)
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
        if not 1 <= first <= last <= most:
            raise DataError(f"{word!r} is no cell of 1 to {most}, nor a range of them")
        found.update(range(first, last + 1))
    if not found:
        raise DataError(f"no number was given: say {NONE!r} where nothing is to be hung")
    return sorted(found)


class Round:
    """One round of judging in a folder.

    Args:
        folder: Where it lies; its name is part of the sheets' names.

    Raises:
        DataError: There is no round, or it cannot be read.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            with (folder / KEY).open(encoding="utf-8", newline="") as file:
                rows = list(csv.DictReader(file))
                cells = [(int(row["sheet"]), source_of(row)) for row in rows]
                self.number = int(rows[0]["pass"])
        except (OSError, KeyError, ValueError, IndexError) as error:
            raise DataError(f"there is no round of judging in {folder}: {error}") from error
        self._sheets: dict[int, list[Source]] = {}
        for sheet, source in cells:
            self._sheets.setdefault(sheet, []).append(source)

    @classmethod
    def make(
        cls,
        folder: Path,
        originals: Sequence[Original],
        number: int = 1,
        per_sheet: int = PER_SHEET,
    ) -> Round:
        """Writes the sheets of some drawings, in their order, then the key.

        Raises:
            DataError: The folder holds a round already, or cannot be written.
        """
        if (folder / KEY).exists():
            raise DataError(f"{folder} holds a round already: take another folder")
        text = StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(("sheet", "pass", *SOURCE_COLUMNS))
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for first in range(0, len(originals), per_sheet):
                some = originals[first : first + per_sheet]
                sheet = first // per_sheet + 1
                drawn = [Drawn(one.sketch) for one in some]
                page = contact_sheet(drawn, cell=CELL, columns=COLUMNS, numbered=True)
                write_whole(folder / f"sheet-{sheet:03d}.png", page)
                writer.writerows((sheet, number, *astuple(one.source)) for one in some)
            write_whole(folder / KEY, text.getvalue().encode())
        except OSError as error:
            raise DataError(f"{folder} cannot be written: {error}") from error
        return cls(folder)

    @property
    def sheets(self) -> dict[int, int]:
        """Number of cells by the number of the sheet."""
        return {sheet: len(cells) for sheet, cells in self._sheets.items()}

    def picture(self, sheet: int) -> Path:
        """The PNG of a sheet."""
        return self.folder / f"sheet-{sheet:03d}.png"

    def waiting(self) -> list[int]:
        """Sheets without an answer."""
        return sorted(self._sheets.keys() - self._answers().keys())

    def take(
        self, sheet: int, hang: str, rater: str, now: Callable[[], datetime] | None = None
    ) -> int:
        """Writes down which cells of a sheet are to be hung; a later answer replaces it.

        Returns:
            How many.

        Raises:
            DataError: There is no such sheet or cell.
        """
        if sheet not in self._sheets:
            raise DataError(f"{self.folder} has no sheet {sheet}")
        numbers = numbers_of(hang, len(self._sheets[sheet]))
        time = (now or _now)().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        text = StringIO()
        csv.writer(text, lineterminator="\n").writerow(
            (sheet, rater, time, " ".join(map(str, numbers)) or NONE)
        )
        self._append(text.getvalue())
        return len(numbers)

    def verdicts(self) -> list[Verdict]:
        """Opens the key.

        Raises:
            DataError: A sheet has no answer yet.
        """
        if waiting := self.waiting():
            some = ", ".join(map(str, waiting))
            raise DataError(f"the key stays closed until these sheets are judged: {some}")
        answers = self._answers()
        found = []
        for sheet, cells in self._sheets.items():
            rater, time, hang = answers[sheet]
            hung = set(numbers_of(hang, len(cells)))
            name = f"{self.folder.name}-{sheet:03d}"
            for cell, source in enumerate(cells, start=1):
                found.append(Verdict(source, cell in hung, rater, self.number, name, time))
        return found

    def _append(self, line: str) -> None:
        try:
            with (self.folder / ANSWERS).open("a+b") as file:
                file.seek(0)
                file.truncate(len(_whole_lines(file.read())))
                file.write(line.encode())
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise DataError(f"the answer cannot be written: {error}") from error

    def _answers(self) -> dict[int, tuple[str, str, str]]:
        """Rater, time and cells to hang by sheet; a line cut short by a kill is left out."""
        path = self.folder / ANSWERS
        if not path.exists():
            return {}
        lines = _whole_lines(path.read_bytes()).decode().splitlines()
        return {int(row[0]): (row[1], row[2], row[3]) for row in csv.reader(lines)}


def _whole_lines(content: bytes) -> bytes:
    return content[: content.rfind(b"\n") + 1]


def _now() -> datetime:
    return datetime.now(UTC)
