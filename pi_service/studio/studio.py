"""The studio's front door: everything that anybody may ask of it.

The page, the button, the schedule and the command line call this class and read its events;
nothing else decides what is drawn. Every method may be called from any thread and returns at
once: what becomes of a request is told by the events.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from tzlocal import get_localzone

from firmware_gcode.drawing.layout import grid
from firmware_gcode.drawing.paper import Paper
from firmware_gcode.drawing.svg import svg
from firmware_gcode.program.profile import Profile
from pi_service.studio import machine, on_paper
from pi_service.studio.calendar import Calendar
from pi_service.studio.composer import CELL_GAP_MM, Composer
from pi_service.studio.controls import Controls, refusals
from pi_service.studio.errors import StudioError
from pi_service.studio.events import EventStream
from pi_service.studio.job import ON_PAPER, Job, JobState
from pi_service.studio.jobs import JobBook
from pi_service.studio.parts import Artist, Machine
from pi_service.studio.problems import Problems
from pi_service.studio.reception import Reception
from pi_service.studio.recovery import read_back
from pi_service.studio.schedules import ScheduleBook
from pi_service.studio.seeds import Seeds
from pi_service.studio.settings import StudioSettings
from pi_service.studio.store import KeptDrawing, Sheet, Store
from pi_service.studio.worker import Worker

__all__ = ["Studio", "StudioError", "StudioSettings"]

FIRST = -1
"""Priority of a drawing that is to be finished: before everything else."""
QUEUE_SHOWN = 50
"""Jobs of the queue in a snapshot."""


class Studio(Controls):
    """Takes requests, keeps the queue and has one job drawn at a time.

    Args:
        store: The open store.
        link: The machine; started and closed by whoever made it.
        sketcher: Draws the sketches; or a sentence that says why there is none.
        profile: The machine's profile.
        paper: The paper on the bed.
        settings: What the owner decides.
        journal: The file in which the link records the strokes that it has drawn; after a
            crash it may know of more than the database. None if it keeps none.
        clock: Seconds since 1970.
        zone: The gallery's time zone; this machine's if None.
        rng: Where seeds come from; the system's own randomness if None.

    Raises:
        ProfileError: If the machine does not reach the whole paper.
        LayoutError: If the paper is too small for the cells.

    Attributes:
        events: The one stream of events. Kinds and their data:
            ``job`` (`Job.as_dict` of the job that changed),
            ``drawing`` (``job``, ``strokes`` as ``[[[x, y], …], …]`` in paper mm, ``seconds``,
            ``first_stroke``: the pen starts on this drawing),
            ``progress`` (``job``, ``stroke``, ``length_mm``, ``x``, ``y``, ``pen_down``),
            ``machine`` (as ``machine`` in `snapshot`), ``sheet`` (as ``sheet`` in `snapshot`),
            ``problem`` (``problems``: all sentences that hold now),
            ``notice`` (``text``: what the machine or a trigger has to say, of the moment).
        calendar: Opening hours and schedules.
    """

    def __init__(
        self,
        *,
        store: Store,
        link: Machine,
        sketcher: Artist | str,
        profile: Profile,
        paper: Paper,
        settings: StudioSettings | None = None,
        journal: Path | None = None,
        clock: Callable[[], float] = time.time,
        zone: ZoneInfo | None = None,
        rng: random.Random | None = None,
    ) -> None:
        super().__init__(link)
        profile.check_paper(paper)
        self.settings = settings or StudioSettings()
        grid(paper.drawable, *self.settings.grid, gap=CELL_GAP_MM)
        self._store = store
        self._sketcher = sketcher
        self._profile = profile
        self._paper = paper
        self._journal = journal
        self._clock = clock
        seeds = Seeds(rng or random.SystemRandom())
        self.events = EventStream(clock=clock)
        self._problems = Problems(self.events)
        self._book = JobBook(store, self.events)
        self._reception = Reception(
            store=store,
            book=self._book,
            artist=sketcher,
            seeds=seeds,
            settings=self.settings,
            clock=clock,
        )
        self.calendar = Calendar(
            ScheduleBook(store.database),
            clock=clock,
            zone=zone or get_localzone(),
            changed=self._look,
        )
        self._closing = False
        self._worker = Worker(
            store=store,
            book=self._book,
            link=link,
            composer=sketcher
            if isinstance(sketcher, str)
            else Composer(sketcher, profile, paper),
            events=self.events,
            problems=self._problems,
            seeds=seeds,
            default_class=self.settings.default_class,
            calendar=self.calendar,
            clock=clock,
        )

    def start(self) -> None:
        """Take up the work: read back what was left, listen to the machine, start the worker.

        Does not wait for the machine, and moves nothing except for one homing if the profile
        says `home_at_start` and no drawing was interrupted.
        """
        read_back(self._store, self._book, self._journal, self._clock())
        sheet = self._store.sheet()
        if sheet is None or not self._fits(sheet):
            self._book.new_sheet(self._clock(), self._paper, self.settings.grid)
        if isinstance(self._sketcher, str):
            self._problems.report("model", self._sketcher)
        home = self._profile.home_at_start and not self._store.interrupted()
        self._worker.start(home=home)

    @property
    def last_turn(self) -> float:
        """When the worker's loop last turned, in monotonic seconds: whether it lives."""
        return self._worker.last_turn

    def close(self) -> None:
        """Stop the pen, keep what was drawn, end the worker and the stream of events.

        A job on the paper becomes interrupted. The link and the store stay open: whoever
        opened them closes them, after this.
        """
        self._closing = True
        self._worker.close()
        self.events.close()

    def request(
        self,
        source: str,
        *,
        class_name: str | None = None,
        seed: int | None = None,
        request_key: str | None = None,
    ) -> Job:
        """Ask for a drawing. The job is stored on disk before this returns.

        Args:
            source: Who asks: ``button``, ``page``, ``schedule``, ``cli`` …
            class_name: What to draw; None for the studio's default (``cat``).
            seed: The seed of the drawing, 0 or more; None for a new one.
            request_key: Any text; asking again with the same one gives the job of the first.

        Raises:
            StudioError: If the queue is full, the class unknown, the seed negative, there is
                no model, or the job cannot be stored.
        """
        with refusals():
            if self._closing:
                raise StudioError("The service is ending and takes no more requests.")
            job = self._reception.accept(source, class_name, seed, request_key)
        self._look()
        return job

    def cancel(self, job_id: int) -> Job:
        """Take a job out of the queue, stop it on the paper, or let it go if interrupted.

        A job on the paper is returned as it is; it becomes cancelled when the pen has stopped.

        Raises:
            StudioError: If there is no such job or it has ended.
        """
        with refusals():
            job = self._book.cancel(job_id, self._clock())
            if job.state in ON_PAPER:
                self._stop(job)
                return job
        self._look()
        return job

    def finish(self, job_id: int) -> Job:
        """Have an interrupted job drawn on, in its place, from the first stroke not drawn.

        This is a person's word that things may move: it homes the machine where the position
        is lost and the machine can find it by itself.

        Raises:
            StudioError: If the job is not interrupted.
        """
        with refusals():
            job = self._store.job(job_id)
            sheet = self._store.sheet()
            if job.state is not JobState.INTERRUPTED:
                raise StudioError(f"Job {job_id} is {job.state}; there is nothing to finish.")
            if sheet is None or job.sheet != sheet.id:
                raise StudioError(f"The sheet of job {job_id} is not on the bed any more.")
            if self._profile.homing and self._link.state in machine.UNREFERENCED:
                self._link.home()
            job = self._book.move(job_id, JobState.WAITING, priority=FIRST, reason="")
        self._look()
        return job

    def stop(self) -> None:
        """Stop the machine and lift the pen; the job on the paper becomes cancelled.

        Raises:
            StudioError: If nothing moves.
        """
        with refusals():
            self._stop(self._store.on_paper())

    def new_sheet(self) -> dict[str, Any]:
        """Note that a person has put a new sheet of paper on the bed.

        Returns:
            The sheet, as in `snapshot`.

        Raises:
            StudioError: If a drawing is on the paper.
        """
        with refusals():
            sheet = self._book.new_sheet(self._clock(), self._paper, self.settings.grid)
        self._look()
        return sheet.as_dict()

    def long_press(self) -> None:
        """What an attendant means who holds the button: stop, or "here is new paper".

        Raises:
            StudioError: If nothing is drawn and the sheet has room: nothing is to be done.
        """
        with refusals():
            drawn = self._store.on_paper()
            if drawn is not None:
                self._stop(drawn)
                return
            sheet = self._store.sheet()
        if sheet is not None and sheet.next_cell is not None:
            raise StudioError(
                f"Nothing is being drawn, and the sheet has room for {sheet.free} more. For "
                "new paper all the same, use the page."
            )
        self.new_sheet()

    def job(self, job_id: int) -> Job:
        """The job as it stands. Raises StudioError if there is none of that number."""
        with refusals():
            return self._store.job(job_id)

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
        """The job's drawing on its paper as SVG. Raises StudioError if not composed yet."""
        kept = self._kept(job_id)
        paper = Paper(*(float(kept.settings[key]) for key in ("width", "height", "margin")))
        strokes = [np.asarray(points, dtype=np.float64) for points in kept.strokes]
        job = self.job(job_id)
        title = f"{job.class_name}, seed {job.seed}"
        return svg(strokes, paper, pen_width=self._profile.pen_width, title=title)

    def job_gcode(self, job_id: int) -> str:
        """The job's program. Raises StudioError if not composed yet."""
        return self._kept(job_id).gcode

    def report(self, part: str, problem: str | None) -> None:
        """Note that a part of the service has a problem, or (None) has none any more.

        Args:
            part: Name of the part: ``button``, ``schedule`` …
            problem: One sentence for people: what is missing and what to do.
        """
        self._problems.report(part, problem)

    def notice(self, text: str) -> None:
        """Tell everybody who listens now something that is of interest only now."""
        self.events.publish("notice", {"text": text})

    def snapshot(self) -> dict[str, Any]:
        """Everything that a page shows at once, ready for JSON.

        Returns:
            ``event``: number of the event to go on from;
            ``machine``: ``state`` (a `LinkState`), ``sentence``, ``fault`` (or None),
            ``position`` (``[x, y]`` in paper mm, or None);
            ``job``: the job on the paper (`Job.as_dict` and its ``strokes``), or None;
            ``progress``: ``stroke``, ``length_mm``, ``x``, ``y``, ``pen_down`` of it, or None;
            ``queue``: the next 50 jobs to come, ``queue_length`` of them all;
            ``interrupted``: jobs that a person must decide on;
            ``sheet``: ``id``, ``columns``, ``rows``, ``used`` (cells), ``free`` (cells);
            None before `start`;
            ``paper``: ``width``, ``height``, ``margin`` in mm; ``pen_width`` in mm;
            ``classes``: what can be drawn; ``default_class``;
            ``problems``: sentences, the oldest first.
        """
        with refusals():
            after = self.events.last_id
            artist = self._sketcher
            sheet = self._store.sheet()
            return {
                "event": after,
                "machine": self._worker.machine_view(),
                **on_paper.view(self._worker.on_paper()),
                "queue": [job.as_dict() for job in self._store.queue(limit=QUEUE_SHOWN)],
                "queue_length": self._store.count_queued(),
                "interrupted": [job.as_dict() for job in self._store.interrupted()],
                "sheet": None if sheet is None else sheet.as_dict(),
                "paper": {
                    "width": self._paper.width,
                    "height": self._paper.height,
                    "margin": self._paper.margin,
                },
                "pen_width": self._profile.pen_width,
                "classes": [] if isinstance(artist, str) else list(artist.classes),
                "default_class": self.settings.default_class,
                "problems": self._problems.sentences(),
            }

    def _stop(self, drawn: Job | None) -> None:
        self._link.stop()
        if drawn is not None:  # the worker may be just about to start the pen on it
            self._worker.stop(drawn.id)

    def _look(self) -> None:
        self._worker.look()

    def _fits(self, sheet: Sheet) -> bool:
        """Whether the sheet that was on the bed is the one that the settings speak of."""
        paper = self._paper
        return (sheet.width, sheet.height, sheet.margin) == (
            paper.width,
            paper.height,
            paper.margin,
        ) and (sheet.columns, sheet.rows) == self.settings.grid

    def _kept(self, job_id: int) -> KeptDrawing:
        with refusals():
            job, kept = self._store.job(job_id), self._store.drawing(job_id)
        if kept is None:
            raise StudioError(f"Job {job_id} is {job.state}: it has no drawing to show.")
        return kept
