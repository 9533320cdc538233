"""Prints of what was drawn on a day or on a sheet."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from pi_service.studio.calendar.calendar import Calendar
from pi_service.studio.core.errors import StudioError
from pi_service.studio.history.history import History
from pi_service.studio.jobs.job import Job, JobState
from pi_service.studio.jobs.store import Store
from pi_service.studio.keepsake.darkroom import PATIENCE_S, PicturesBusyError
from pi_service.studio.keepsake.scene import Scene
from pi_service.studio.prints.pdf import Format
from pi_service.studio.prints.sheets import STOCKS, Label, contact, labels
from pi_service.studio.prints.site import site

MOST = 400
"""Drawings on one PDF: twenty pages."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which drawings are printed: those of a day, of a sheet, or one.

    Attributes:
        span: When the day begins and ends, seconds since 1970, or None.
        name: What they are, for the title: a date, or the number of the sheet.
    """

    name: str
    span: tuple[float, float] | None = None
    sheet: int | None = None
    job: int | None = None


class Prints:
    """Makes them, one at a time."""

    def __init__(self, store: Store, history: History, calendar: Calendar) -> None:
        self._store = store
        self._history = history
        self._calendar = calendar
        self._making = threading.Lock()

    def contact_sheet(self, chosen: Chosen, paper: Format) -> bytes:
        """Small pictures of all of them, as a PDF.

        Raises:
            StudioError: Nothing was drawn then, too much, or too many prints are being made.
        """
        with self._one():
            jobs = self._jobs(chosen)
            return contact((scene for _, scene in self._scenes(jobs)), chosen.name, paper)

    def label_sheet(self, chosen: Chosen, stock: str, first: int, page: str) -> bytes:
        """A label for each of them, with a QR code to its page, as a PDF.

        Args:
            stock: One of `STOCKS`.
            page: The gallery's address, to which a job's number is added.

        Raises:
            StudioError: As `contact_sheet`; also if there is no such label on the sheet.
        """
        kind = STOCKS[stock]
        if not 1 <= first <= kind.count:
            raise StudioError("print-first-label", most=kind.count)
        with self._one():
            jobs = self._jobs(chosen)
            return labels(
                (
                    Label(f"{page}{job.id}", self._lines(job), scene)
                    for job, scene in self._scenes(jobs)
                ),
                kind,
                first,
            )

    def exhibition(
        self,
        language: str,
        named: Callable[[str], str] = str,
        photo: Callable[[int], bytes | None] = lambda _: None,
        photographed: Callable[[int], bool] = lambda _: False,
    ) -> Iterator[bytes]:
        """All finished drawings as a static site in a zip, piece by piece; see `site`."""
        return site(
            self._store,
            self._history,
            self._calendar.zone,
            language=language,
            named=named,
            photo=photo,
            photographed=photographed,
        )

    @contextmanager
    def _one(self) -> Iterator[None]:
        if not self._making.acquire(timeout=PATIENCE_S):
            raise PicturesBusyError("pictures-busy")
        try:
            yield
        finally:
            self._making.release()

    def _jobs(self, chosen: Chosen) -> list[Job]:
        """The finished drawings that are meant, the first one first."""
        where = ["deleted = 0", "edition IS NOT NULL", "state = :done"]
        values: dict[str, object] = {"done": JobState.DONE, "before": None, "limit": MOST + 1}
        if chosen.span is not None:
            where.append("started_at >= :since AND started_at < :until")
            values["since"], values["until"] = chosen.span
        if chosen.sheet is not None:
            where.append("sheet = :sheet")
            values["sheet"] = chosen.sheet
        if chosen.job is not None:
            where.append("id = :job")
            values["job"] = chosen.job
        found = self._store.find(" AND ".join(where), values)
        if not found:
            raise StudioError("print-nothing")
        if len(found) > MOST:
            raise StudioError("print-too-many", most=MOST)
        return found[::-1]

    def _scenes(self, jobs: list[Job]) -> Iterator[tuple[Job, Scene]]:
        """What can still be shown of them; a picture that was let go is left out."""
        for job in jobs:
            try:
                yield job, self._history.scene(job.id)
            except StudioError:
                continue

    def _lines(self, job: Job) -> tuple[str, ...]:
        begun: datetime | None = self._history.begun(job)
        day = [] if begun is None else [f"{begun:%Y-%m-%d}"]
        return (f"No. {job.edition}", *day, f"seed {job.seed}")
