"""What the dashboard asks of the studio, and nothing more: its half of the agreement."""

from __future__ import annotations

from typing import Any, Protocol

from pi_service.studio.core.events import EventStream
from pi_service.studio.jobs.job import Job


class StudioLike(Protocol):
    """The part of `pi_service.studio.studio.Studio` that the dashboard uses.

    Refusals are `pi_service.studio.core.errors.StudioError`, with a sentence for people.
    """

    events: EventStream

    def request(
        self,
        source: str,
        *,
        class_name: str | None = None,
        seed: int | None = None,
        request_key: str | None = None,
        size_mm: float | None = None,
    ) -> Job:
        """Ask for a drawing."""

    def cancel(self, job_id: int) -> Job:
        """Take a job out of the queue, stop it on the paper, or let it go if interrupted."""

    def finish(self, job_id: int) -> Job:
        """Have an interrupted job drawn on."""

    def pause(self) -> None:
        """Halt the drawing and lift the pen."""

    def resume(self) -> None:
        """Go on with the paused drawing."""

    def stop(self) -> None:
        """Stop the machine and lift the pen."""

    def home(self) -> None:
        """Have the machine find its position."""

    def unlock(self) -> None:
        """Release the machine's alarm lock."""

    def set_zero(self) -> None:
        """Call the pen's place the paper's lower left corner."""

    def new_sheet(
        self,
        *,
        columns: int | None = None,
        rows: int | None = None,
        caption: bool | None = None,
    ) -> dict[str, Any]:
        """Note that a person has put a new sheet of paper on the bed."""

    def job(self, job_id: int) -> Job:
        """The job of that number."""

    def jobs(self, limit: int = 50, before: int | None = None) -> list[Job]:
        """The history, newest first."""

    def job_svg(self, job_id: int) -> str:
        """The job's drawing on its paper as SVG."""

    def job_gcode(self, job_id: int) -> str:
        """The job's program."""

    def snapshot(self) -> dict[str, Any]:
        """Everything that a page shows at once, ready for JSON."""
