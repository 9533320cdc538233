"""The studio's front door: everything that anybody may ask of it.

The page, the button, the schedule and the command line call this class and read its events;
nothing else decides what is drawn. Every method may be called from any thread and returns at
once: what becomes of a request is told by the events.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from tzlocal import get_localzone

from firmware_gcode.drawing.paper import Paper
from firmware_gcode.program.profile import Profile
from pi_service.studio.asking import Asking
from pi_service.studio.calendar.calendar import Calendar
from pi_service.studio.calendar.schedules import ScheduleBook
from pi_service.studio.controls import Controls, refusals
from pi_service.studio.core.errors import StudioError
from pi_service.studio.core.events import EventStream
from pi_service.studio.core.notices import Notices, Problems
from pi_service.studio.core.parts import Artist, Machine
from pi_service.studio.core.settings import LongPress, Patience, StudioSettings
from pi_service.studio.history.archive import Archive
from pi_service.studio.history.housekeeping import Housekeeping
from pi_service.studio.history.records import Records
from pi_service.studio.jobs import active_job as on_paper
from pi_service.studio.jobs import machine_status as machine
from pi_service.studio.jobs import snapshot
from pi_service.studio.jobs.admission import Reception, Seeds
from pi_service.studio.jobs.book import JobBook
from pi_service.studio.jobs.job import ON_PAPER, SPOKEN, Job, JobState
from pi_service.studio.jobs.picked import look_up
from pi_service.studio.jobs.planner import composer_of
from pi_service.studio.jobs.preflight import Preflight
from pi_service.studio.jobs.recovery import read_back
from pi_service.studio.jobs.sheets import Bed
from pi_service.studio.jobs.store import Store
from pi_service.studio.jobs.worker import Worker
from pi_service.studio.paper.supplies import Supplies

__all__ = ["Studio", "StudioError", "StudioSettings"]

FIRST = -1
"""Priority of a drawing that is to be finished: before everything else."""


class Studio(Asking, Controls, Records):
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
        timer: Monotonic seconds.
        patience: For how long the worker waits.
        free_bytes: How much room the disk has; None for the one with the database.

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
            ``pen`` (as ``pen`` in `snapshot`), ``deleted`` (``job``: its number),
            ``problem`` (``problems``: all sentences that hold now),
            ``notice`` (``at``, ``text``: what the machine, a trigger or a failed job has to
            say, of the moment).
        calendar: Opening hours and schedules.
        archive: The history.
        supplies: Pen and disk.
        preflight: Everything that must be so before the pen starts.
        log: What happened.
        menu, together: What visitors may choose, and whom they draw with.
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
        timer: Callable[[], float] = time.monotonic,
        patience: Patience | None = None,
        free_bytes: Callable[[], int] | None = None,
    ) -> None:
        self.settings = settings or StudioSettings()
        composer = composer_of(sketcher, profile, paper, partial(look_up, store.database))
        self._zone = zone or get_localzone()
        Controls.__init__(self, link)
        Records.__init__(self, store, composer, profile, self._zone)
        profile.check_paper(paper)
        self._sketcher = sketcher
        self._paper = paper
        self._journal = journal
        self._clock = clock
        self._timer = timer
        self._seeds = Seeds(rng or random.SystemRandom())
        self.events = EventStream(clock=clock)
        self._problems = Problems(self.events)
        self._notices = Notices(self.events, clock)
        self._book = JobBook(store, self.events, self._notices)
        reception = Reception(
            store=store,
            book=self._book,
            artist=sketcher,
            seeds=self._seeds,
            settings=self.settings,
            clock=clock,
        )
        Asking.__init__(self, reception, self.job, self._look)
        self.open_desk(store, composer, self.settings.default_class, rng)
        self._equip(free_bytes)
        self._worker = self._employ(patience or Patience())

    def _equip(self, free_bytes: Callable[[], int] | None) -> None:
        """Give the studio its bed, its calendar, its archive and its stocks."""
        store, settings, clock = self._store, self.settings, self._clock
        self._bed = Bed(
            store=store, book=self._book, paper=self._paper, settings=settings, clock=clock
        )
        self.calendar = Calendar(
            ScheduleBook(store.database), clock=clock, zone=self._zone, changed=self._look
        )
        self.archive = Archive(store, self._book, self.calendar)
        self.supplies = Supplies(
            store.database,
            events=self.events,
            problems=self._problems,
            clock=clock,
            pen_m=settings.pen_m,
            changed=self._look,
            free_bytes=free_bytes,
        )
        self.preflight = Preflight(
            store=store,
            link=self._link,
            calendar=self.calendar,
            supplies=self.supplies,
            hands=self.hands,
            model=self._sketcher if isinstance(self._sketcher, str) else None,
        )
        self._housekeeping = Housekeeping(
            store.database,
            self.events,
            keep_gcode=settings.keep_gcode,
            keep_mb=settings.keep_mb,
            timer=self._timer,
        )
        self.log = self._housekeeping.log

    def _employ(self, patience: Patience) -> Worker:
        return Worker(
            store=self._store,
            book=self._book,
            link=self._link,
            composer=self._composer,
            events=self.events,
            problems=self._problems,
            notices=self._notices,
            preflight=self.preflight,
            supplies=self.supplies,
            seeds=self._seeds,
            default_class=self.settings.default_class,
            calendar=self.calendar,
            clock=self._clock,
            timer=self._timer,
            patience=patience,
            late_after_s=self.settings.patience_s,
        )

    def start(self) -> None:
        """Take up the work: read back what was left, listen to the machine, start the worker.

        Does not wait for the machine, and moves nothing except for one homing if the profile
        says `home_at_start` and no drawing was interrupted.
        """
        read_back(self._store, self._book, self._journal, self._clock())
        self._bed.start()
        self.supplies.start()
        self._housekeeping.start()
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
        self.together.close()
        self._worker.close()
        self.events.close()
        self._housekeeping.close()

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
                raise StudioError("job-not-broken", job=job_id, state=SPOKEN[job.state])
            if sheet is None or job.sheet != sheet.id:
                raise StudioError("job-sheet-not-on-bed", job=job_id)
            if self._profile.homing and self._link.state in machine.UNREFERENCED:
                self._link.home()
            elif self._profile.homing and self._link.state in machine.NOT_THERE:
                self._worker.home_when_met()
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

    def new_sheet(
        self,
        *,
        columns: int | None = None,
        rows: int | None = None,
        caption: bool | None = None,
    ) -> dict[str, Any]:
        """Note that a person has put a new sheet of paper on the bed.

        Args:
            columns: Cells from left to right; None: as in the settings.
            rows: Cells from top to bottom; None: as in the settings.
            caption: Whether number and date are written under each drawing; None: as in the
                settings.

        Returns:
            The sheet, as in `snapshot`.

        Raises:
            StudioError: If a drawing is on the paper, or the cells are too small.
        """
        with refusals():
            sheet = self._bed.new_sheet(columns, rows, caption)
        self._look()
        return sheet.as_dict()

    def long_press(self) -> None:
        """What an attendant means who holds the button: stop, or "here is new paper".

        Raises:
            StudioError: If nothing is drawn and the sheet has room: nothing is to be done.
        """
        meaning = self.settings.long_press
        if meaning is LongPress.NOTHING:
            return
        with refusals():
            drawn = self._store.on_paper()
            if drawn is not None and meaning is not LongPress.SHEET:
                self._stop(drawn)
                return
            sheet = self._store.sheet()
        if meaning is LongPress.STOP:
            raise StudioError("nothing-to-stop")
        room = sheet is not None and sheet.next_cell is not None
        if meaning is LongPress.AUTO and sheet is not None and room:
            raise StudioError("nothing-to-do", free=sheet.free)
        self.new_sheet()

    def report(self, part: str, problem: str | None) -> None:
        """Note that a part of the service has a problem, or (None) has none any more.

        Args:
            part: Name of the part: ``button``, ``schedule`` …
            problem: One sentence for people: what is missing and what to do.
        """
        self._problems.report(part, problem)

    def notice(self, text: str) -> None:
        """Tell everybody who listens now something that is of interest only for a while."""
        self._notices.say(text)

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
            ``sheet``: ``id``, ``columns``, ``rows``, ``used`` (cells), ``free`` (cells),
            ``caption``; None before `start`;
            ``sheet_full_at``: when it will be full, seconds since 1970, or None;
            ``pen``: ``id``, ``put_in_at``, ``used_m``, ``limit_m``, ``left_m`` (metres of
            line, None where nobody knows), ``low``;
            ``paper``: ``width``, ``height``, ``margin`` in mm; ``pen_width`` in mm;
            ``classes``: what can be drawn; ``default_class``;
            ``problems``: sentences, the oldest first;
            ``notices``: what was said within the last hour, oldest first: ``at``, ``text``.
        """
        with refusals():
            after = self.events.last_id
            artist = self._sketcher
            queue = snapshot.queue_view(self._store)
            length = queue["queue_length"]
            return {
                "event": after,
                "machine": self._worker.machine_view(),
                **on_paper.view(self._worker.on_paper()),
                **queue,
                **snapshot.paper_view(self._store, self.calendar, self._paper, length),
                "pen": self.supplies.pen().as_dict(),
                "pen_width": self._profile.pen_width,
                "classes": [] if isinstance(artist, str) else list(artist.classes),
                "default_class": self.settings.default_class,
                "problems": self._problems.sentences(),
                "notices": self._notices.recent(),
            }

    def checks(self) -> list[dict[str, Any]]:
        """Everything that must be so before the pen starts: ``name``, ``ok``, ``text``."""
        with refusals():
            reason = self._worker.machine_reason
            return [check.as_dict() for check in self.preflight.checks(reason)]

    def _stop(self, drawn: Job | None) -> None:
        self._link.stop()
        if drawn is not None:  # the worker may be just about to start the pen on it
            self._worker.stop(drawn.id)

    def _look(self) -> None:
        self._worker.look()
