"""What the owner of the plotter decides."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StudioSettings:
    """What the owner of the plotter decides.

    Attributes:
        default_class: What is drawn if nobody says otherwise.
        columns: Cells of a sheet from left to right.
        rows: Cells of a sheet from top to bottom.
        queue_limit: Jobs that may wait; more are refused.
    """

    default_class: str = "cat"
    columns: int = 1
    rows: int = 1
    queue_limit: int = 20

    @property
    def grid(self) -> tuple[int, int]:
        """Columns and rows of a sheet."""
        return self.columns, self.rows
