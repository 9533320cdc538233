"""How drawings are asked for."""

from __future__ import annotations

import random
from collections.abc import Callable

from pi_service.studio.controls import refusals
from pi_service.studio.core.errors import StudioError
from pi_service.studio.jobs.admission import Reception, Request
from pi_service.studio.jobs.job import Job
from pi_service.studio.jobs.planner import Composer
from pi_service.studio.jobs.store import Store
from pi_service.studio.proposals.together import open_desk

VISITOR = "visitor"
"""Who asks if it is nobody of the staff: may have what the staff offer."""


class Asking:
    """Takes requests, until the service ends.

    Args:
        reception: Decides which become jobs.
        find: Gives a job by its number; raises StudioError if there is none.
        accepted: Called when there is a new job.
    """

    def __init__(
        self, reception: Reception, find: Callable[[int], Job], accepted: Callable[[], None]
    ) -> None:
        self._reception = reception
        self._find = find
        self._accepted = accepted
        self._closing = False

    def open_desk(
        self,
        store: Store,
        composer: Composer | str,
        default_class: str,
        rng: random.Random | None,
    ) -> None:
        """Let visitors draw with the machine: gives the studio its menu and its desk."""
        self.menu, self.together = open_desk(
            store,
            composer,
            self._accept,
            default_class=default_class,
            rng=rng or random.SystemRandom(),
        )

    def request(
        self,
        source: str,
        *,
        class_name: str | None = None,
        seed: int | None = None,
        request_key: str | None = None,
        size_mm: float | None = None,
    ) -> Job:
        """Ask for a drawing. The job is stored on disk before this returns.

        Args:
            source: Who asks: ``button``, ``page``, ``schedule``, ``cli`` …
            class_name: What to draw; None for the studio's default (``cat``).
            seed: The seed of the drawing, 0 or more; None for a new one.
            request_key: Any text; asking again with the same one gives the job of the first.
            size_mm: The drawing's longer side, mm; None, or more than there is room, fills
                its cell.

        Raises:
            StudioError: If the queue is full, the class unknown, the seed negative, there is
                no model, or the job cannot be stored.
        """
        if source == VISITOR and class_name is not None:
            self.menu.check(class_name, staff=False)
        return self._accept(Request(source, class_name, seed, request_key, size_mm=size_mm))

    def draw_again(
        self,
        source: str,
        job_id: int,
        *,
        size_mm: float | None = None,
        request_key: str | None = None,
    ) -> Job:
        """Ask for a drawing that was there before: the same cat, in a cell of its own.

        Args:
            source: Who asks.
            job_id: The job to repeat.
            size_mm: The drawing's longer side, mm, on whatever paper is there now; None, or
                more than there is room, fills its cell.
            request_key: As in `request`.

        Raises:
            StudioError: As in `request`, or if there is no such job.
        """
        job = self._find(job_id)
        again_of = job.id if job.again_of is None else job.again_of
        return self._accept(
            Request(
                source,
                job.class_name,
                job.seed,
                request_key,
                again_of,
                size_mm,
                proposal=job.proposal,
                pen_change=job.pen_change,
            )
        )

    def _accept(self, request: Request) -> Job:
        with refusals():
            if self._closing:
                raise StudioError("service-ending-requests")
            job = self._reception.accept(request)
        self._accepted()
        return job
