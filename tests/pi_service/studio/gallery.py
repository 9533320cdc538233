"""A studio with a real database and composer, a simple artist, and a machine moved by hand."""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from firmware_gcode.drawing.paper import Paper
from firmware_gcode.facts import Fact, fact
from firmware_gcode.grbl.events import (
    LinkEvent,
    LinkState,
    Outcome,
    ProgramEnded,
    Progress,
    StateChanged,
    StrokeDrawn,
)
from firmware_gcode.grbl.link import LinkError
from firmware_gcode.program.profile import Profile
from firmware_gcode.program.program import Program
from pi_service.sketching.stroke import Sketch
from pi_service.studio.calendar.clock import ClockSigns
from pi_service.studio.core.parts import Artist
from pi_service.studio.core.settings import Patience, StudioSettings
from pi_service.studio.jobs.job import Job, JobState, Request
from pi_service.studio.jobs.store import Store
from pi_service.studio.studio import Studio

ZONE = ZoneInfo("Europe/Berlin")


def told(text: str) -> Fact | None:
    """What a machine gives as a reason."""
    return fact("text", text=text) if text else None


class ZigzagArtist:
    """Draws four zigzags whose shape the seed decides; quick, and like nothing else."""

    classes: tuple[str, ...] = ("cat", "dog")
    model_hash = "zigzag"

    def draw(
        self, class_name: str = "cat", *, seed: int, candidates: int | None = None
    ) -> Sketch:
        rng = random.Random(f"{class_name} {seed}")
        rows = [
            (rng.randrange(5, 60), rng.randrange(-60, 60), int(n % 5 == 4)) for n in range(20)
        ]
        return np.array(rows, dtype=np.int32)


class HandMachine:
    """A machine that does nothing by itself: the test says what it does next."""

    def __init__(self, state: LinkState = LinkState.READY) -> None:
        self._state = state
        self.fault: Fact | None = None
        self.position: tuple[float, float] | None = (0.0, 0.0)
        self.calls: list[str] = []
        self.programs: list[Program] = []
        self.refuses: str | None = None
        self.feed_percent = 100
        self.goes_on = False
        self._listeners: list[Callable[[LinkEvent], None]] = []

    @property
    def state(self) -> LinkState:
        return self._state

    def subscribe(self, listener: Callable[[LinkEvent], None]) -> Callable[[], None]:
        self._listeners = [*self._listeners, listener]

        def leave() -> None:
            self._listeners = [other for other in self._listeners if other is not listener]

        return leave

    def tell(self, event: LinkEvent) -> None:
        for listener in list(self._listeners):
            listener(event)

    def become(self, state: LinkState, reason: str = "") -> None:
        self._state = state
        self.tell(StateChanged(state, told(reason)))

    def draw_strokes(self, upto: int, first: int = 0) -> None:
        for stroke in range(first, upto):
            self.tell(Progress(stroke, 1.0, 10.0, 10.0, pen_down=True))
            self.tell(StrokeDrawn(stroke))

    def end(self, outcome: Outcome, strokes_drawn: int, reason: str = "") -> None:
        self.tell(ProgramEnded(outcome, strokes_drawn, told(reason)))
        self.become(LinkState.READY)

    def finish(self) -> None:
        """Draw the program that was sent to its end."""
        total = len(self.programs[-1].strokes)
        self.draw_strokes(total)
        self.end("done", total)

    def _do(self, name: str) -> None:
        if self.refuses is not None:
            raise LinkError("text", text=self.refuses)
        self.calls.append(name)

    def draw(self, program: Program) -> None:
        self._do("draw")
        self.programs.append(program)
        self.become(LinkState.DRAWING)

    def onward(self, *, follows: bool) -> None:
        self.goes_on = follows

    def park(self) -> None:
        self._do("park")

    @property
    def moving(self) -> bool:
        return self._state in {LinkState.DRAWING, LinkState.PAUSING, LinkState.PAUSED}

    def pause(self, *, at_once: bool = False) -> None:
        self._do("pause at once" if at_once else "pause")
        self.become(LinkState.PAUSED)

    def resume(self) -> None:
        self._do("resume")
        self.become(LinkState.DRAWING)

    def override_feed(self, percent: int) -> None:
        self._do(f"feed {percent}")
        self.feed_percent = percent

    def stop(self, *, park: bool = True) -> None:
        self._do("stop" if park else "stop without parking")
        if self.moving:
            self.tell(ProgramEnded("stopped", 1))
        self.become(LinkState.READY)

    def home(self) -> None:
        self._do("home")
        self.become(LinkState.READY)

    def unlock(self) -> None:
        self._do("unlock")

    def set_zero(self) -> None:
        self._do("set_zero")

    def pen_up(self) -> None:
        self._do("pen_up")

    def pen_down(self) -> None:
        self._do("pen_down")

    def jog(self, dx: float, dy: float) -> None:
        self._do(f"jog {dx} {dy}")


def eventually(condition: Callable[[], object], timeout: float = 10.0) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.002)


class Gallery:
    """A studio and what it was given; can be ended and started again on the same files."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "data" / "catplotter.sqlite3"
        self.journal = folder / "strokes.journal"
        self.machine = HandMachine()
        self.artist: Artist | str = ZigzagArtist()
        self.settings = StudioSettings(columns=2, rows=2, caption=False)
        self.paper = Paper.named("A5")
        self.profile = Profile.load("simulated")
        self.rng = random.Random(1)
        self.now = 1_800_000_000.0
        self.zone = ZONE
        self.signs: ClockSigns | None = None
        self.timer: Callable[[], float] = time.monotonic
        self.patience = Patience()
        self.free_bytes = 10**10
        self.store: Store
        self.studio: Studio

    def open(self, *, start: bool = True) -> Studio:
        self.store = Store.open(self.path)
        self.studio = Studio(
            store=self.store,
            link=self.machine,
            sketcher=fact("text", text=self.artist)
            if isinstance(self.artist, str)
            else self.artist,
            profile=self.profile,
            paper=self.paper,
            settings=self.settings,
            journal=self.journal,
            clock=lambda: self.now,
            zone=self.zone,
            signs=self.signs,
            rng=self.rng,
            timer=self.timer,
            patience=self.patience,
            free_bytes=lambda: self.free_bytes,
        )
        if start:
            self.studio.start()
        return self.studio

    def close(self) -> None:
        self.studio.close()
        self.store.close()

    def after_power_cut(self, folder: Path) -> Gallery:
        """Another gallery on the files as they are on the disk at this instant."""
        shutil.copytree(self.path.parent, folder / "data")
        other = Gallery(folder)
        other.settings = self.settings
        return other

    def wait_for(self, job: Job, state: JobState) -> Job:
        eventually(lambda: self.studio.jobs.get(job.id).state is state)
        if state is JobState.DRAWING:  # it is stored a moment before the machine is asked
            eventually(lambda: self.machine.state is LinkState.DRAWING)
        return self.studio.jobs.get(job.id)

    def draw_one(self) -> Job:
        """Ask for a drawing and have it drawn to its end."""
        job = self.studio.jobs.request(Request("page"))
        self.wait_for(job, JobState.DRAWING)
        self.machine.finish()
        return self.wait_for(job, JobState.DONE)
