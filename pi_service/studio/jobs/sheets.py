"""The bed of the plotter: which paper lies there, and how it is divided."""

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
from pi_service.studio.paper.sheet import Sheet


class Bed:
    """Takes note of new paper.

    Args:
        store: Where sheets are.
        book: Tells of new ones.
        paper: Its size.
        settings: How it is divided if nobody says otherwise.
        clock: Seconds since 1970.

    Raises:
        LayoutError: If the paper is too small for the cells of the settings.
    """

    def __init__(
        self,
        *,
        store: Store,
        book: JobBook,
        paper: Paper,
        settings: StudioSettings,
        clock: Callable[[], float],
    ) -> None:
        grid(paper.drawable, *settings.grid, gap=CELL_GAP_MM)
        self._store = store
        self._book = book
        self._paper = paper
        self._settings = settings
        self._clock = clock

    def start(self) -> None:
        """Take the paper for new if it cannot be the sheet that was there last."""
        sheet = self._store.sheet()
        if sheet is None or not self._fits(sheet):
            self._lay(self._settings.grid, self._settings.caption)

    def new_sheet(self, columns: int | None, rows: int | None, caption: bool | None) -> Sheet:
        """Note that a person has put new paper there; None: as in the settings.

        Raises:
            StudioError: If the cells are too small for a drawing, or to write under it.
            JobError: If a drawing is on the paper.
        """
        cells = columns or self._settings.columns, rows or self._settings.rows
        try:
            grid(self._paper.drawable, *cells, gap=CELL_GAP_MM)
        except LayoutError as error:
            raise StudioError("cells-wrong", why=fact_of(error)) from error
        if caption and not has_room_for_captions(self._paper, *cells):
            raise StudioError("cells-no-caption", columns=cells[0], rows=cells[1])
        return self._lay(cells, self._settings.caption if caption is None else caption)

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
