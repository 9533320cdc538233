"""A gallery's year in minutes: the whole studio and its schedule on a clock that jumps.

Visitors press, rules fire, an attendant comes now and then with paper and pens. The machine
takes as long as the motion model says. Afterwards everything that happened is compared with
what somebody would expect who only watched the clock on the wall.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from firmware_gcode.grbl.events import LinkEvent, LinkState, StateChanged
from firmware_gcode.program.program import Program
from pi_service.studio.core.errors import StudioError
from pi_service.studio.core.settings import StudioSettings
from pi_service.studio.jobs.job import Job, JobState, Request
from pi_service.triggers.schedule import Schedule
from tests.pi_service.studio import wall_clock
from tests.pi_service.studio.gallery import Gallery, HandMachine

STEP_S = 300.0


class PatientMachine(HandMachine):
    """Says when a drawing will be done, and waits for that to be."""

    def __init__(self, clock: Callable[[], float]) -> None:
        super().__init__()
        self._clock = clock
        self.ends = 0.0
        self.told = 0

    def tell(self, event: LinkEvent) -> None:
        super().tell(event)
        self.told += isinstance(event, StateChanged)

    def finish(self) -> None:
        program = self.programs.pop()
        self.end("done", len(program.strokes))

    def draw(self, program: Program) -> None:
        super().draw(program)
        self.programs[:] = [program]
        self.ends = self._clock() + program.seconds


@dataclass(frozen=True)
class Report:
    """What a year came to."""

    zone: str
    jobs: int
    drawn: int
    firings: int
    sheets: int
    pens: int
    bytes_on_disk: int


class YearGallery(Gallery):
    """The gallery in a time zone, its schedule, its visitors and its attendant.

    Args:
        folder: Where its database is.
        zone: Its time zone.
        seed: Decides what people do.
        presses: How likely a visitor presses within five open minutes.
    """

    def __init__(self, folder: Path, zone: str, *, seed: int, presses: float) -> None:
        super().__init__(folder)
        self.zone = ZoneInfo(zone)
        self.plotter = PatientMachine(lambda: self.now)
        self.machine = self.plotter
        self.settings = StudioSettings(columns=3, rows=3, caption=True, pen_m=100.0)
        self.timer = lambda: self.now
        self.people = random.Random(seed)
        self.presses = presses
        self.heard = 0
        self.seen = 0

    def run(self, begin: datetime, end: datetime) -> Report:
        """Live from `begin` to `end`, then check all of it."""
        self.now = begin.timestamp() - 1.0
        studio = self.open(start=False)
        self.seen = studio.events.last_id
        studio.start()
        self.schedule = Schedule(studio, clock=lambda: self.now)
        studio.calendar.set_hours(wall_clock.HOURS)
        for rule in (wall_clock.EVERY, wall_clock.DAILY, wall_clock.CHRISTMAS):
            studio.calendar.add(rule)
        at = begin.timestamp()
        while at < end.timestamp():
            self.now = max(self.now, at)
            self.schedule.tick()
            self._visitors()
            self._attendant()
            self._draw_until(at + STEP_S - 1.0)
            at += STEP_S
        return self._check(begin, end)

    def _visitors(self) -> None:
        wall = datetime.fromtimestamp(self.now, self.zone)
        if wall_clock.is_open(wall)[0] and self.people.random() < self.presses:
            try:
                self.studio.jobs.request(Request("button"))
            except StudioError:
                return  # five of them wait already

    def _attendant(self) -> None:
        """Comes every half hour or so, also when there is nothing to do."""
        if self.people.random() > 0.15:
            return
        sheet = self.studio.snapshot()["sheet"]
        if sheet["free"] == 0:
            with suppress(StudioError):  # the last one is being drawn: later, then
                self.studio.sheets.new_sheet()
        if self.studio.supplies.pen().low:
            self.studio.supplies.new_pen()

    def _draw_until(self, until: float) -> None:
        """Let the machine draw what it is given, as long as that takes."""
        while self.machine.state is LinkState.DRAWING or self.studio.jobs.queue(1):
            self._settle()
            if self.machine.state is not LinkState.DRAWING:
                return
            if self.plotter.ends > until:
                return
            self.now = max(self.now, self.plotter.ends)
            self.plotter.finish()
            self._settle()

    def _settle(self) -> None:
        """Wait until the worker has nothing more to do at this instant."""
        composing = self.studio.worker._prefetch._plans
        quiet = 0
        while quiet < 2:
            self._turn()
            quiet = 0 if composing.busy else quiet + 1
            if composing.busy:
                time.sleep(0.001)  # it is another thread's turn

    def _turn(self) -> None:
        """Have the worker look at everything once: it has when it hears the second word.

        It says ``machine`` once for each state that it was told, and once when it begins.
        """
        for _ in range(2):
            self.machine.tell(StateChanged(self.machine.state))
        while self.heard <= self.plotter.told:
            news = self.studio.events.read(self.seen, 10.0)
            assert news, "the worker does not turn"
            self.seen = news[-1].id
            self.heard += sum(event.kind == "machine" for event in news)

    def _check(self, begin: datetime, end: datetime) -> Report:
        self._check_firings(begin, end)
        jobs = self.store.jobs(10**6)[::-1]
        drawn = [job for job in jobs if job.started_at is not None]
        for job in drawn:
            self._check_hours(job)
        by_time = sorted(drawn, key=lambda job: job.started_at or 0.0)
        assert [job.edition for job in by_time] == list(range(1, len(drawn) + 1))
        assert len({(job.sheet, job.cell) for job in drawn}) == len(drawn)
        firings = len(self.studio.calendar.firings(10**6))
        report = Report(
            zone=str(self.zone),
            jobs=len(jobs),
            drawn=len(drawn),
            firings=firings,
            sheets=self.studio.snapshot()["sheet"]["id"],
            pens=self.studio.supplies.pen().id,
            bytes_on_disk=sum(f.stat().st_size for f in self.path.parent.iterdir()),
        )
        self.close()
        return report

    def _check_firings(self, begin: datetime, end: datetime) -> None:
        """Every rule fired exactly when somebody who watches the clock says it is due."""
        watcher = wall_clock.Watcher(str(self.zone))
        watcher.watch(begin - timedelta(days=2), end)  # to know when it opened
        rules = {entry.id: entry.rule for entry in self.studio.calendar.entries()}
        fired: dict[str, list[float]] = {rule: [] for rule in rules.values()}
        for firing in self.studio.calendar.firings(10**6):
            assert firing.outcome is None or firing.outcome.code != "run-missed", firing
            assert firing.fired_at == firing.due_at, firing
            fired[rules[firing.schedule_id]].append(firing.due_at)
        for rule, dues in watcher.due.items():
            expected = sorted(due for due in dues if due >= begin.timestamp())
            assert sorted(fired[rule]) == expected, rule

    def _check_hours(self, job: Job) -> None:
        """Nothing is drawn while it is closed or to be quiet, not even its last second."""
        assert job.started_at is not None
        ends = job.ended_at if job.state is JobState.DONE else None
        for at in (job.started_at, (ends or job.started_at) - 0.5):
            wall = datetime.fromtimestamp(at, self.zone).replace(tzinfo=None)
            assert wall_clock.is_open(wall)[0], f"job {job.id} was drawn at {wall}"
            assert not wall_clock.is_quiet(wall), f"job {job.id} was drawn at {wall}"


def year(folder: Path, zone: str, *, presses: float = 0.06, seed: int = 1) -> Report:
    """The whole of 2026."""
    begin, end = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
    return YearGallery(folder, zone, seed=seed, presses=presses).run(begin, end)
