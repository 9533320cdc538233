"""What runs out: cells of the sheet on the bed, the pen's ink, room on the disk."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from firmware_gcode.facts import Fact, fact
from pi_service.studio.core.database import Database, StoreError
from pi_service.studio.core.errors import StudioError
from pi_service.studio.core.events import EventStream
from pi_service.studio.core.notices import Problems

WARN_AT = 0.9
"""A pen that has given this part of its ink is said to run dry soon."""
STILL_WRITES = 0.1
"""A pen that still writes gives this part of its ink before it is doubted again."""
LONGEST_M = 100_000.0
"""No pen goes further."""
DISK_LOW = 200_000_000
"""With less than this many bytes free, people are told."""
DISK_FULL = 20_000_000
"""With less than this many bytes free, nothing is begun: what is drawn must be stored."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A piece of paper on the bed, divided into cells.

    Attributes:
        width: Of the paper, mm; `height` and `margin` likewise.
        columns: Cells from left to right; `rows` from top to bottom.
        taken: The cells that a job has, drawn or about to be.
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

    def grid(self, *, whole: bool) -> tuple[int, int]:
        """Columns and rows, as a drawing has them that takes a cell, or the whole sheet."""
        return (1, 1) if whole else (self.columns, self.rows)

    def next_cell(self, *, whole: bool) -> int | None:
        """The first cell of `grid` that no job has, row by row from the top left.

        None when the sheet is full, or for a drawing that takes all of it when it is begun.
        """
        columns, rows = self.grid(whole=whole)
        if whole and self.taken:
            return None
        return next((c for c in range(columns * rows) if c not in self.taken), None)

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


@dataclass(frozen=True, slots=True)
class Pen:
    """The pen in the holder; mm of line: used so far, and in all (None if nobody knows)."""

    id: int
    put_in_at: float
    limit_mm: float | None
    used_mm: float

    @property
    def left_mm(self) -> float | None:
        """How much line is left in it, mm; None if nobody knows."""
        return None if self.limit_mm is None else max(0.0, self.limit_mm - self.used_mm)

    @property
    def low(self) -> bool:
        """Whether a new one should be at hand."""
        return self.limit_mm is not None and self.used_mm >= WARN_AT * self.limit_mm

    def lasts_for(self, ink_mm: float) -> bool:
        """Whether it has so much line left."""
        return self.left_mm is None or ink_mm <= self.left_mm

    def as_dict(self) -> dict[str, Any]:
        """The pen ready for JSON, as in `Studio.snapshot`."""
        limit, left = self.limit_mm, self.left_mm
        return {
            "id": self.id,
            "put_in_at": self.put_in_at,
            "used_m": round(self.used_mm / 1000, 2),
            "limit_m": None if limit is None else round(limit / 1000, 2),
            "left_m": None if left is None else round(left / 1000, 2),
            "low": self.low,
        }


class Supplies:
    """Keeps count of the pen's ink and watches the disk.

    Args:
        pen_m: How far a new pen's ink goes, metres of line; None if nobody knows.
        free_bytes: How much room the disk has; None for the one with the database.
    """

    def __init__(
        self,
        database: Database,
        *,
        events: EventStream,
        problems: Problems,
        clock: Callable[[], float],
        pen_m: float | None,
        changed: Callable[[], None] = lambda: None,
        free_bytes: Callable[[], int] | None = None,
    ) -> None:
        self._database = database
        self._events = events
        self._problems = problems
        self._clock = clock
        self._pen_m = pen_m
        self._free_bytes = free_bytes or (lambda: _free_bytes(database.path.parent))
        self._changed = changed
        self._lock = threading.Lock()
        self._told: dict[str, Any] | None = None

    def start(self) -> None:
        """Take the first pen for a new one if none is known yet."""
        if self._newest() is None:
            self._put_in(self._pen_m)
        self.look()

    def pen(self) -> Pen:
        """The pen in the holder."""
        return self._newest() or Pen(0, self._clock(), self._limit(self._pen_m), 0.0)

    def new_pen(self, metres: float | None = None) -> dict[str, Any]:
        """Note that a person has put in a new pen; gives it as in `Studio.snapshot`.

        Args:
            metres: How far its ink goes, metres of line; None: as far as every pen's.

        Raises:
            StudioError: If no pen goes that far, or not at all, or it cannot be kept.
        """
        if metres is not None and not 1.0 <= metres <= LONGEST_M:
            raise StudioError("pen-range", metres=float(metres), most=LONGEST_M)
        self._change(lambda: self._put_in(self._pen_m if metres is None else metres))
        return self.pen().as_dict()

    def still_writes(self) -> dict[str, Any]:
        """Note a person's word that the pen is not dry: it is trusted with some more metres.

        Raises:
            StudioError: If it was not thought to be near its end, or it cannot be kept.
        """
        pen = self.pen()
        if pen.limit_mm is None or not pen.low:
            raise StudioError("pen-not-low")
        more = max(pen.limit_mm, pen.used_mm) * (1.0 + STILL_WRITES) / WARN_AT
        self._change(lambda: self._extend(pen.id, more))
        return self.pen().as_dict()

    def look(self) -> None:
        """Tell everybody if something is running out, or is there again."""
        with self._lock:
            pen, free = self.pen(), self._free_bytes()
            limit, low = round((pen.limit_mm or 0.0) / 1000), round(DISK_LOW / 1e6)
            self._problems.report("pen", fact("pen-low", limit=limit) if pen.low else None)
            self._problems.report(
                "disk", fact("disk-low", mb=low) if free < DISK_LOW else None
            )
            view = pen.as_dict()
            if view != self._told:
                self._told = view
                self._events.publish("pen", view)

    def lack_of_room(self) -> Fact | None:
        """Why the disk takes no drawing now; None if it does."""
        free = self._free_bytes()
        if free >= DISK_FULL:
            return None
        return fact("hold-disk", mb=round(free / 1e6))

    def lack_of_ink(self, ink_mm: float) -> Fact | None:
        """Why the pen will not do for so much line; None if it will."""
        pen = self.pen()
        if pen.lasts_for(ink_mm):
            return None
        used, limit = round(pen.used_mm / 1000), round((pen.limit_mm or 0.0) / 1000)
        return fact("hold-pen", used=used, limit=limit)

    def _change(self, change: Callable[[], None]) -> None:
        try:
            change()
        except StoreError as error:
            raise StudioError(error.fact) from error
        self.look()
        self._changed()

    def _newest(self) -> Pen | None:
        with self._database.read() as connection:
            row = connection.execute("SELECT * FROM pens ORDER BY id DESC LIMIT 1").fetchone()
        return None if row is None else Pen(**dict(row))

    def _put_in(self, metres: float | None) -> None:
        with self._database.write() as connection:
            connection.execute(
                "INSERT INTO pens (put_in_at, limit_mm) VALUES (?, ?)",
                (self._clock(), self._limit(metres)),
            )

    def _extend(self, pen: int, limit_mm: float) -> None:
        with self._database.write() as connection:
            connection.execute("UPDATE pens SET limit_mm = ? WHERE id = ?", (limit_mm, pen))

    @staticmethod
    def _limit(metres: float | None) -> float | None:
        return None if metres is None else metres * 1000.0


def _free_bytes(folder: Path) -> int:
    try:
        return shutil.disk_usage(folder).free
    except OSError:  # a folder that is not there is the store's problem, and told by it
        return DISK_LOW
