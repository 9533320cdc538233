"""The studio: the parts put together, each with its own work and its own methods.

``studio.jobs`` takes requests, ``studio.sheets`` and ``studio.supplies`` know what there is to
draw with, ``studio.machine`` is the plotter, ``studio.calendar`` the opening hours,
``studio.history`` all that was drawn, ``studio.proposals`` visitors who draw with the machine,
``studio.approvals`` what of it waits for the staff's yes.
Their methods may be called on any thread and return at once: what becomes of a request is told
by ``studio.events``.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from firmware_gcode.drawing.paper import Paper
from firmware_gcode.facts import Fact
from firmware_gcode.program.profile import Profile
from pi_service.studio.calendar.calendar import Calendar
from pi_service.studio.calendar.clock import ClockSigns, LocalZone, WallClock
from pi_service.studio.core.errors import StudioError
from pi_service.studio.core.events import EventStream
from pi_service.studio.core.notices import Notices, Problems
from pi_service.studio.core.parts import Artist, Machine
from pi_service.studio.core.settings import Patience, StudioSettings
from pi_service.studio.history.history import History
from pi_service.studio.history.housekeeping import Housekeeping
from pi_service.studio.jobs import snapshot
from pi_service.studio.jobs.artwork import Artwork
from pi_service.studio.jobs.book import JobBook
from pi_service.studio.jobs.display import Board
from pi_service.studio.jobs.jobs import Jobs
from pi_service.studio.jobs.menu import Menu
from pi_service.studio.jobs.picked import look_up
from pi_service.studio.jobs.planner import Placed, Planner
from pi_service.studio.jobs.prefetch import Prefetch, Seeds
from pi_service.studio.jobs.preflight import Preflight
from pi_service.studio.jobs.preview import Wish
from pi_service.studio.jobs.recovery import read_back
from pi_service.studio.jobs.sheets import Sheets
from pi_service.studio.jobs.store import Store
from pi_service.studio.jobs.worker import Worker
from pi_service.studio.machine.control import MachineControl
from pi_service.studio.machine.standstill import Standstill
from pi_service.studio.paper.supplies import Supplies
from pi_service.studio.prints.prints import Prints
from pi_service.studio.proposals.approvals import Approvals
from pi_service.studio.proposals.proposals import Proposals

if TYPE_CHECKING:
    from pi_service.studio.camera.camera import Camera


class Studio:
    """Puts the parts together, starts and closes them.

    Args:
        link: The machine; started and closed by whoever made it.
        journal: The file in which the link records the strokes that it has drawn; after a
            crash it may know of more than the database. None if it keeps none.
        signs: By what the computer shows that its clock is right; None: it is.
        zone: The gallery's time zone; this machine's, as it changes, if None.
        rng: Where seeds come from; the system's own randomness if None.
        free_bytes: How much room the disk has; None for the one with the database.

    Raises:
        ProfileError: If the machine does not reach the whole paper.
        LayoutError: If the paper is too small for the cells.

    Attributes:
        camera: The camera beside the plotter; None where none is configured.
        events: The one stream of events. Kinds and their data:
            ``job`` (`Job.as_dict` of the job that changed),
            ``drawing`` (``job``, ``strokes`` as ``[[[x, y], …], …]`` in paper mm, ``seconds``,
            ``first_stroke``: the pen starts on this drawing),
            ``progress`` (``job``, ``stroke``, ``length_mm``, ``x``, ``y``, ``pen_down``),
            ``machine`` (as ``machine`` in `snapshot`), ``sheet`` (as ``sheet`` in `snapshot`),
            ``pen`` (as ``pen`` in `snapshot`), ``deleted`` (``job``: its number),
            ``problem`` (``problems``, ``problem_facts``: all that is wrong now),
            ``shown`` (as ``shown`` in `snapshot`), ``approvals`` (likewise),
            ``camera`` (as ``camera`` in `snapshot`),
            ``stopped`` (as in `snapshot`, and ``fact``: who stopped, or let it go on),
            ``notice`` (``at``, ``text``, ``fact``: what the machine, a trigger or a failed
            job has to say, of the moment).
    """

    def __init__(
        self,
        *,
        store: Store,
        link: Machine,
        sketcher: Artist | Fact,
        profile: Profile,
        paper: Paper,
        settings: StudioSettings | None = None,
        journal: Path | None = None,
        clock: Callable[[], float] = time.time,
        signs: ClockSigns | None = None,
        zone: ZoneInfo | None = None,
        rng: random.Random | None = None,
        timer: Callable[[], float] = time.monotonic,
        patience: Patience | None = None,
        free_bytes: Callable[[], int] | None = None,
    ) -> None:
        profile.check_paper(paper)
        self.settings = settings = settings or StudioSettings()
        self._store = store
        self._paper = paper
        self._journal = journal
        self._clock = clock
        self._model = sketcher if isinstance(sketcher, Fact) else None
        self._classes = [] if isinstance(sketcher, Fact) else list(sketcher.classes)
        self._planner: Planner | Fact = (
            sketcher
            if isinstance(sketcher, Fact)
            else Planner(sketcher, profile, paper, partial(look_up, store.database))
        )
        self.camera: Camera | None = None
        self.events = EventStream(clock=clock)
        self.problems = Problems(self.events)
        self.notices = Notices(self.events, clock)
        self.standstill = Standstill(store.database, events=self.events, clock=clock)
        self.machine = MachineControl(link, profile, self.standstill)
        self._book = JobBook(store, self.events, self.notices)
        self._add_supplies(zone or LocalZone(), signs, free_bytes)
        self._housekeeping = Housekeeping(
            store.database,
            self.events,
            keep_gcode=settings.keep_gcode,
            keep_mb=settings.keep_mb,
            tend=self._tend,
            timer=timer,
        )
        rng = rng or random.SystemRandom()
        self._add_jobs(sketcher, Seeds(rng), timer, patience or Patience())
        self.history = History(
            store=store,
            book=self._book,
            calendar=self.calendar,
            planner=self._planner,
            machine=self.machine,
            log=self._housekeeping.log,
        )
        self.prints = Prints(store, self.history, self.calendar)
        self._add_visitors(rng)

    def _add_supplies(
        self,
        zone: ZoneInfo | LocalZone,
        signs: ClockSigns | None,
        free_bytes: Callable[[], int] | None,
    ) -> None:
        """Give the studio what it draws with: hours, paper, pen, and the look at all of it."""
        store, settings, clock = self._store, self.settings, self._clock
        say = self.notices.say
        wall = WallClock(
            store.database, clock, signs=signs, patience_s=settings.clock_patience_s, say=say
        )
        self.calendar = Calendar(
            store.database, clock=clock, zone=zone, wall=wall, changed=self._look, say=say
        )
        self.sheets = Sheets(
            store=store,
            book=self._book,
            paper=self._paper,
            settings=settings,
            clock=clock,
            changed=self._look,
        )
        self.supplies = Supplies(
            store.database,
            events=self.events,
            problems=self.problems,
            clock=clock,
            pen_m=settings.pen_m,
            changed=self._look,
            free_bytes=free_bytes,
        )
        self.preflight = Preflight(
            store=store,
            machine=self.machine,
            calendar=self.calendar,
            supplies=self.supplies,
            model=self._model,
        )

    def _add_jobs(
        self,
        sketcher: Artist | Fact,
        seeds: Seeds,
        timer: Callable[[], float],
        patience: Patience,
    ) -> None:
        """Give the studio its worker, and the jobs that it has drawn."""
        store, settings = self._store, self.settings
        self.board = Board(
            store=store,
            machine=self.machine,
            preflight=self.preflight,
            drawing=lambda: self.worker.active is not None,
            events=self.events,
        )
        prefetch = Prefetch(
            store=store,
            book=self._book,
            planner=self._planner,
            seeds=seeds,
            default_class=settings.default_class,
            on_ready=self._look,
            calendar=self.calendar,
            clock=self._clock,
        )
        self.worker = Worker(
            store=store,
            book=self._book,
            machine=self.machine,
            prefetch=prefetch,
            events=self.events,
            problems=self.problems,
            notices=self.notices,
            preflight=self.preflight,
            board=self.board,
            supplies=self.supplies,
            clock=self._clock,
            timer=timer,
            patience=patience,
            late_after_s=settings.patience_s or None,
        )
        self.menu = Menu(store.database, classes=self._classes, default=settings.default_class)
        self.jobs = Jobs(
            store=store,
            book=self._book,
            artist=sketcher,
            menu=self.menu,
            seeds=seeds,
            settings=settings,
            machine=self.machine,
            worker=self.worker,
            clock=self._clock,
        )

    def _add_visitors(self, rng: random.Random) -> None:
        """Give the studio those who draw with it, and what of theirs waits for a yes."""
        store = self._store
        self.approvals = Approvals(
            store=store,
            book=self._book,
            jobs=self.jobs,
            menu=self.menu,
            events=self.events,
            feed=lambda: self.machine.profile.draw_feed,
            clock=self._clock,
            rng=rng,
            on=self.settings.ask_first,
        )
        self.proposals = Proposals(
            planner=self._planner,
            store=store,
            jobs=self.jobs,
            approvals=self.approvals,
            rng=rng,
        )

    def start(self) -> None:
        """Take up the work: read back what was left, listen to the machine, start the worker.

        Does not wait for the machine, and moves nothing except for one homing if the profile
        says `home_at_start` and no drawing was interrupted.
        """
        self.standstill.start()
        lost = self._store.database.fault
        self.problems.report("database", lost)
        if lost is None:
            read_back(self._store, self._book, self._journal, self._clock())
            self.sheets.start()
            self.supplies.start()
            self.approvals.start()
            self._housekeeping.start()
        self.problems.report("model", self._model)
        home = self.machine.profile.home_at_start and not self._store.interrupted()
        self.worker.start(home=home and lost is None)

    def close(self) -> None:
        """Stop the pen, keep what was drawn, end the worker and the stream of events.

        The active job becomes interrupted. The link and the store stay open: whoever opened
        them closes them, after this.
        """
        self.jobs.close()
        self.proposals.close()
        self.worker.close()
        self.machine.close()
        self.events.close()
        self._housekeeping.close()

    def wish(self, artwork: Artwork) -> Wish:
        """A file as it would be drawn in the cell that is next, or on the whole sheet.

        Its plan is made elsewhere.

        Raises:
            StudioError: There is no model.
        """
        if isinstance(self._planner, Fact):
            raise StudioError(self._planner)
        placed = Placed.next_on(self.sheets.current, whole=artwork.whole_sheet)
        room = self._planner.room_size(placed)
        return Wish(artwork, room, placed, self.machine.profile, self._paper)

    def use_profile(self, profile: Profile) -> None:
        """Take the machine for this from now on; what is composed already is composed anew."""
        self.machine.profile = profile
        if isinstance(self._planner, Planner):
            self._planner.profile = profile

    def snapshot(self) -> dict[str, Any]:
        """Everything that a page shows at once, ready for JSON.

        Returns:
            ``event``: number of the event to go on from;
            ``machine``: ``state`` (a `LinkState`), ``sentence``, ``fault`` (or None),
            ``position`` (``[x, y]`` in paper mm, or None);
            ``shown``: ``state`` (a `Shown`), ``sentence``, ``fact``: what everybody shows;
            ``stopped``: a person's Stop that holds: ``at``, ``sentence``, ``fact``; or None;
            ``job``: the active job (`Job.as_dict` and its ``strokes``), or None;
            ``progress``: ``stroke``, ``length_mm``, ``x``, ``y``, ``pen_down`` of it, or None;
            ``queue``: the next 50 jobs to come, ``queue_length`` of them all;
            ``interrupted``: jobs that a person must decide on;
            ``sheet``: ``id``, ``columns``, ``rows``, ``used`` (cells), ``free`` (cells),
            ``caption``; None before `start`;
            ``sheet_full_at``: when it will be full, seconds since 1970, or None;
            ``pen``: ``id``, ``put_in_at``, ``used_m``, ``limit_m``, ``left_m`` (metres of
            line, None where nobody knows), ``low``;
            ``paper``: ``width``, ``height``, ``margin`` in mm; ``pen_width`` in mm;
            ``classes``: what can be drawn; ``default_class``; ``zone``: the time zone's name;
            ``approvals``: how many visitors' drawings wait for the staff's yes;
            ``camera``: ``on``; None where there is none;
            ``problems``: sentences, the oldest first; ``problem_facts``: the same as data;
            ``notices``: what was said within the last hour, oldest first: ``at``, ``text``,
            ``fact``.
        """
        after = self.events.last_id
        with self._store.database.at_once():
            return {"event": after, **self._seen()}

    def _seen(self) -> dict[str, Any]:
        return {
            "machine": self.machine.view(),
            "shown": self.board.now().as_dict(),
            **self.standstill.view(),
            **snapshot.jobs_view(self._store, self.worker.active),
            **snapshot.paper_view(self._store, self.calendar, self._paper),
            "pen": self.supplies.pen().as_dict(),
            "pen_width": self.machine.profile.pen_width,
            "classes": self._classes,
            "default_class": self.settings.default_class,
            "zone": str(self.calendar.zone),
            "approvals": self.approvals.count,
            "camera": None if self.camera is None else self.camera.view(),
            **self.problems.view(),
            "notices": self.notices.recent(),
        }

    def _look(self) -> None:
        self.worker.look()

    def _tend(self) -> None:
        self.approvals.tend()
