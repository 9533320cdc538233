"""Numbers and lines of G-code as text, thousands at once.

A line is a row of a table of bytes, in which every word has its place; bytes of no word are 0
and left out in the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from firmware_gcode.gcode.words import number
from firmware_gcode.toolpath.ragged import Floats, Integers, Places

Bytes: TypeAlias = NDArray[np.uint8]
_TIE = 1e-6


def rounded(values: Floats, places: int) -> Integers:
    """Values times 10 to the power of `places`, as whole numbers, rounded as `round` does."""
    scale = 10.0**places
    whole = np.rint(values * scale)
    ties = np.abs(np.abs(values * scale - whole) - 0.5) < _TIE
    whole[ties] = [round(round(value, places) * scale) for value in values[ties].tolist()]
    return whole.astype(np.int64)


def numerals(whole: Integers, places: int) -> Bytes:
    """The shortest texts that GRBL reads, `.5`, `-3`, `12.25`: shape (n, width).

    They are of whole numbers divided by 10 to the power of `places`.
    """
    size = np.abs(whole)
    width = max(places + 1, len(str(size.max(initial=0))))
    digits = size[:, None] // 10 ** np.arange(width - 1, -1, -1) % 10
    front, back = digits[:, : width - places], digits[:, width - places :]
    shown = np.maximum.accumulate(front > 0, axis=1)
    shown[:, -1] |= size == 0
    after = np.maximum.accumulate(back[:, ::-1] > 0, axis=1)[:, ::-1]
    minus = np.where(whole < 0, ord("-"), 0)[:, None]
    point = np.where(after.any(axis=1), ord("."), 0)[:, None]
    parts = [minus, np.where(shown, front + 48, 0), point, np.where(after, back + 48, 0)]
    return np.concatenate(parts, axis=1).astype(np.uint8)


def shortest(value: float, places: int) -> str:
    """One such text."""
    text = number(value, places)
    return text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text


class Table:
    """Lines that are written word by word.

    Args:
        count: How many lines there are.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._columns: list[Bytes] = []

    def word(self, letter: str, lines: Places, texts: Bytes) -> None:
        """Put a word into some lines: a letter, and a text for each."""
        column = np.zeros((self._count, 1 + texts.shape[1]), np.uint8)
        column[lines, 0] = ord(letter)
        column[lines, 1:] = texts
        self._columns.append(column)

    def whole(self, lines: Places, texts: Sequence[str], which: Places) -> None:
        """Make some lines consist of one of a few texts each."""
        width = max(map(len, texts), default=0)
        table = np.array([list(text.ljust(width, "\0").encode()) for text in texts], np.uint8)
        column = np.zeros((self._count, width), np.uint8)
        column[lines] = table[which]
        self._columns.append(column)

    def text(self) -> tuple[str, Integers]:
        """The lines, a newline behind each; how long each is with it."""
        newline = np.full((self._count, 1), ord("\n"), np.uint8)
        table = np.concatenate([*self._columns, newline], axis=1)
        used = table != 0
        return table[used].tobytes().decode("ascii"), used.sum(axis=1)
