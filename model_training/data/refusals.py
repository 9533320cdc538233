"""Damaged rows: refused one by one, named, counted, and never passed over in silence."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from model_training.data.dataset import DataError

T = TypeVar("T")

SHOWN = 5
"""How many refused rows are named in full."""
SOON = 1000
"""Rows after which a file that is mostly damaged is given up."""


class Refusals:
    """Counts the rows that were read and those that were refused.

    Args:
        bearable: Share of damaged rows up to which the others are used; 0 stops at the first.
    """

    def __init__(self, bearable: float = 0.0) -> None:
        self.bearable = bearable
        self.rows = 0
        self.refused = 0
        self.named: list[str] = []

    def read(self, where: object, reader: Callable[[], T]) -> T | None:
        """What the reader makes of one row; None if the row is refused.

        Args:
            where: Names the row, as text or when it is made one.
            reader: Reads it; a ValueError, TypeError or the like means that it is damaged.

        Raises:
            DataError: It is the first, and none is bearable; or most rows are damaged.
        """
        self.rows += 1
        try:
            return reader()
        except (ValueError, TypeError, KeyError, IndexError, OverflowError) as error:
            why = f"{where}: {error}"
            self.refused += 1
            if len(self.named) < SHOWN:
                self.named.append(why)
            if self.bearable == 0:
                raise DataError(why) from error
            self.check_soon()
        return None

    def add(self, rows: int, refused: int, named: list[str]) -> None:
        """Takes note of rows that were read elsewhere."""
        self.rows += rows
        self.refused += refused
        self.named += named[: SHOWN - len(self.named)]

    def check_soon(self) -> None:
        """As `check`, once there are enough rows to say."""
        if self.rows >= SOON:
            self.check()

    def check(self) -> None:
        """Raises a DataError where more rows were refused than is bearable."""
        if self.refused > self.bearable * self.rows:
            raise DataError(
                f"{self.refused} of {self.rows} rows are damaged, more than a share of "
                f"{self.bearable:g}: {'; '.join(self.named)}"
            )

    def summary(self) -> str:
        """What was refused, in words; empty if nothing was."""
        if not self.refused:
            return ""
        more = self.refused - len(self.named)
        rest = [f"and {more} more"] if more else []
        lines = "\n  ".join([*self.named, *rest])
        return f"{self.refused} of {self.rows} rows are damaged and left out:\n  {lines}"
