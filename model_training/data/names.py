"""What names a drawing, and in which part it comes to stand by that."""

from __future__ import annotations

import hashlib

import numpy as np

from model_training.data.dataset import DataError
from model_training.data.readers import Row

PARTS = 1_000_000
"""Into how many parts all drawings are divided by their names, to hold some of them out."""


def part_of(row: Row, hold_out: float) -> str:
    """Whether a drawing is for train, valid or test, by a hash of what names it."""
    check_hold_out(hold_out)
    name = _key(row) or _content(row)
    place = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") % PARTS / PARTS
    return "valid" if place < hold_out else "test" if place < 2 * hold_out else "train"


def check_hold_out(hold_out: float) -> None:
    """Refuses a share to hold out that leaves too little to learn from."""
    if not 0 <= hold_out <= 0.4:
        raise DataError(f"valid and test each hold a share of 0 to 0.4, not {hold_out}")


def names_of(row: Row) -> list[str]:
    """What names a drawing: its key, if it has one, and always its content."""
    return [*filter(None, [_key(row)]), _content(row)]


def _key(row: Row) -> str:
    return f"{row.word}/{row.key}" if row.key else ""


def _content(row: Row) -> str:
    return hashlib.sha256(np.ascontiguousarray(row.sketch, dtype="<i4").tobytes()).hexdigest()
