"""The sheet of paper on the bed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Sheet:
    """A piece of paper on the bed, divided into cells.

    Attributes:
        id: Number of the sheet.
        opened_at: When it was put there, seconds since 1970.
        width: Of the paper, mm; `height` and `margin` likewise.
        columns: Cells from left to right; `rows` from top to bottom.
        taken: The cells that a job has, drawn or about to be.
        caption: Whether number and date are written under each drawing.
    """

    id: int
    opened_at: float
    width: float
    height: float
    margin: float
    columns: int
    rows: int
    taken: frozenset[int]
    caption: bool = False

    @property
    def free(self) -> int:
        """How many cells are left."""
        return self.columns * self.rows - len(self.taken)

    @property
    def next_cell(self) -> int | None:
        """The first cell that no job has, row by row from the top left; None when full."""
        return next((c for c in range(self.columns * self.rows) if c not in self.taken), None)

    def as_dict(self) -> dict[str, Any]:
        """The sheet ready for JSON, as in `Studio.snapshot`."""
        return {
            "id": self.id,
            "columns": self.columns,
            "rows": self.rows,
            "used": len(self.taken),
            "free": self.free,
            "caption": self.caption,
        }
