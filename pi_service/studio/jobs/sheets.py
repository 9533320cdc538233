"""The sheet of paper on the bed, and how it is divided."""

from __future__ import annotations

from collections.abc import Callable

from firmware_gcode.drawing.layout import LayoutError, grid
from firmware_gcode.drawing.paper import Paper
from firmware_gcode.facts import fact_of
from pi_service.studio.core.errors import StudioError
from pi_service.studio.core.settings import StudioSettings
from pi_service.studio.jobs.book import JobBook
from pi_service.studio.jobs.planner import CELL_GAP_MM, has_room_for_captions
from pi_service.studio.jobs.store import Store
from pi_service.studio.paper.supplies import Sheet


class Sheets:
    """Takes note of new paper. Raises LayoutError if it is too small for its cells."""

    def __init__(
        self,
        *,
        store: Store,
        book: JobBook,
        paper: Paper,
        settings: StudioSettings,
        clock: Callable[[], float],
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        grid(paper.drawable, *settings.grid, gap=CELL_GAP_MM)
        self._store = store
        self._book = book
        self._paper = paper
        self._settings = settings
        self._clock = clock
        self._changed = changed

    def start(self) -> None:
        """Take the paper for new if it cannot be the sheet that was there last."""
        sheet = self._store.sheet()
        if sheet is None or not self._fits(sheet):
            self._lay(self._settings.grid, self._settings.caption)

    @property
    def current(self) -> Sheet | None:
        """The sheet on the bed; None before the first."""
        return self._store.sheet()

    def cells(self) -> list[list[float]]:
        """The cells of the sheet on the bed, [x0, y0, x1, y1] in mm, row by row."""
        sheet = self.current
        if sheet is None:
            return []
        found = grid(self._paper.drawable, sheet.columns, sheet.rows, gap=CELL_GAP_MM)
        return [[each.x0, each.y0, each.x1, each.y1] for each in found]

    def new_sheet(
        self,
        *,
        columns: int | None = None,
        rows: int | None = None,
        caption: bool | None = None,
    ) -> Sheet:
        """Note that a person has put a new sheet of paper on the bed.

        Args:
            columns: Cells from left to right; None: as in the settings.
            rows: Cells from top to bottom; None: as in the settings.
            caption: Whether number and date are written under each drawing; None: as in the
                settings.

        Raises:
            StudioError: A drawing is on the paper, or the cells are too small for a drawing,
                or to write under it.
        """
        cells = columns or self._settings.columns, rows or self._settings.rows
        try:
            grid(self._paper.drawable, *cells, gap=CELL_GAP_MM)
        except LayoutError as error:
            raise StudioError("cells-wrong", why=fact_of(error)) from error
        if caption and not has_room_for_captions(self._paper, *cells):
            raise StudioError("cells-no-caption", columns=cells[0], rows=cells[1])
        sheet = self._lay(cells, self._settings.caption if caption is None else caption)
        self._changed()
        return sheet

    def _lay(self, cells: tuple[int, int], caption: bool) -> Sheet:
        written = caption and has_room_for_captions(self._paper, *cells)
        return self._book.new_sheet(self._clock(), self._paper, cells, caption=written)

    def _fits(self, sheet: Sheet) -> bool:
        """Whether the sheet that was on the bed is still the one that is there.

        Only paper of another size is other paper. Another grid in the settings counts from
        the next sheet if there is ink on this one, or cells would be drawn over.
        """
        paper = self._paper
        size = paper.width, paper.height, paper.margin
        if (sheet.width, sheet.height, sheet.margin) != size:
            return False
        return bool(sheet.taken) or (sheet.columns, sheet.rows) == self._settings.grid
