"""What the studio tells about its jobs: each one, all of them, their pictures and programs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from zoneinfo import ZoneInfo

from firmware_gcode.drawing.png import png
from firmware_gcode.facts import fact_of
from firmware_gcode.program.profile import Profile
from pi_service.studio.controls import refusals
from pi_service.studio.core.errors import StudioError
from pi_service.studio.history import export
from pi_service.studio.jobs.job import SPOKEN, Job
from pi_service.studio.jobs.planner import Composer, order_of
from pi_service.studio.jobs.store import KeptDrawing, Store
from pi_service.studio.keepsake.film import drawing_itself
from pi_service.studio.keepsake.films import Films
from pi_service.studio.keepsake.picture import picture
from pi_service.studio.keepsake.scene import scene

PIXELS_PER_MM = 8.0
"""Of pictures to keep: sharp on every screen, and 200 dpi on paper."""


class Records:
    """Answers questions about jobs from the store.

    Args:
        store: Where jobs are.
        composer: Writes programs that were not kept; or a sentence that says why nobody can.
        profile: The machine's profile, for the width of the pen's lines.
        zone: The gallery's time zone.
    """

    def __init__(
        self, store: Store, composer: Composer | str, profile: Profile, zone: ZoneInfo
    ) -> None:
        self._zone = zone
        self._store = store
        self._composer = composer
        self._profile = profile
        self._films = Films()

    @property
    def profile(self) -> Profile:
        """The machine's profile."""
        return self._profile

    def use_profile(self, profile: Profile) -> None:
        """Take the machine for this from now on; what is composed already is composed anew."""
        self._profile = profile
        if isinstance(self._composer, Composer):
            self._composer.profile = profile

    def job(self, job_id: int) -> Job:
        """The job as it stands. Raises StudioError if there is none of that number."""
        with refusals():
            job = self._store.job(job_id)
        if job.deleted:
            raise StudioError("job-deleted", job=job_id)
        return job

    def jobs(self, limit: int = 50, before: int | None = None) -> list[Job]:
        """The history: jobs, newest first.

        Args:
            limit: At most this many.
            before: Only jobs with a smaller number (the last one of the page before).
        """
        with refusals():
            return self._store.jobs(limit, before)

    def queue(self, limit: int = 200) -> list[Job]:
        """The next jobs to be drawn, the first one first; without the one on the paper."""
        with refusals():
            return self._store.queue(limit)

    def job_svg(self, job_id: int) -> str:
        """The job's drawing on its paper as SVG. Raises StudioError if there is none."""
        job, kept = self._kept(job_id)
        return picture(job, kept, self._profile.pen_width)

    def job_png(self, job_id: int) -> bytes:
        """The job's drawing, cut out with its number, as PNG. Raises StudioError if none."""
        job, kept = self._kept(job_id)
        shown = scene(job, kept, self._profile.pen_width)
        return png(
            shown.strokes, shown.paper, pixels_per_mm=PIXELS_PER_MM, pen_width=shown.pen_width
        )

    def job_gif(self, job_id: int) -> bytes:
        """The same as a film in which it draws itself. Raises StudioError if there is none."""
        job, kept = self._kept(job_id)
        width = self._profile.pen_width
        return self._films.film(job, lambda: drawing_itself(scene(job, kept, width)))

    def job_gcode(self, job_id: int) -> str:
        """The job's program. Raises StudioError if not composed yet."""
        job, kept = self._kept(job_id)
        return kept.gcode or self._written_again(job, kept)

    def export_table(self) -> Iterator[str]:
        """All jobs as CSV, line by line; see `export.table`."""
        return export.table(self._store, self._zone)

    def export_all(self, name: Callable[[Job], str]) -> Iterator[bytes]:
        """Everything as a zip, piece by piece; see `export.archive`."""
        width = self._profile.pen_width
        return export.archive(self._store, self._zone, pen_width=width, name=name)

    def _kept(self, job_id: int) -> tuple[Job, KeptDrawing]:
        job = self.job(job_id)
        with refusals():
            kept = self._store.drawing(job_id)
        if kept is None and job.edition is not None:
            raise StudioError("picture-let-go", job=job_id, seed=job.seed)
        if kept is None:
            raise StudioError("job-no-drawing", job=job_id, state=SPOKEN[job.state])
        return job, kept

    def _written_again(self, job: Job, kept: KeptDrawing) -> str:
        """The program of an old drawing, which is not kept."""
        composer = self._composer
        if isinstance(composer, str):
            raise StudioError(composer)
        with refusals():
            order = order_of(job, self._store.sheet(job.sheet))
            try:
                return composer.compose_rest(order, kept, 0).program.text
            except ValueError as error:
                raise StudioError("program-not-again", why=fact_of(error)) from error
