"""The studio with the real link and the simulated GRBL machine behind a real pty."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from firmware_gcode.drawing.paper import Paper
from firmware_gcode.grbl.events import LinkState
from firmware_gcode.grbl.link import Link
from firmware_gcode.grbl.simulator.pty import PtyMachine
from firmware_gcode.program.profile import Profile
from pi_service.studio.core.settings import StudioSettings
from pi_service.studio.jobs.job import ENDED, Job, JobState, Request
from pi_service.studio.jobs.store import Store
from pi_service.studio.machine.control import Act
from pi_service.studio.studio import Studio
from tests.pi_service.studio.gallery import ZigzagArtist, eventually

SPEED = 20.0


class PlotterGallery:
    """Studio, link and plotter; the service can end while the plotter stays on."""

    def __init__(self, folder: Path, *, homing: bool = False) -> None:
        self.folder = folder
        profile = Profile.load("simulated")
        self.profile = replace(profile, homing=homing, home_at_start=homing)
        settings = {**profile.grbl, "$20": float(homing), "$22": float(homing)}
        self.plotter = PtyMachine(settings=settings, speed=SPEED)
        self.running = False

    def open(self) -> Studio:
        self.store = Store.open(self.folder / "catplotter.sqlite3")
        journal = self.folder / "strokes.journal"
        profile = replace(self.profile, home_at_start=False)  # the studio decides
        self.link = Link(lambda: self.plotter.port, profile, journal=journal)
        self.studio = Studio(
            store=self.store,
            link=self.link,
            sketcher=ZigzagArtist(),
            profile=self.profile,
            paper=Paper.named("A5"),
            settings=StudioSettings(columns=2, rows=2, caption=False),
            journal=journal,
        )
        self.link.start()
        self.studio.start()
        self.running = True
        return self.studio

    def zero(self) -> None:
        """What a person does who has put the pen over the paper's corner."""
        eventually(lambda: self.link.state is LinkState.UNREFERENCED, timeout=40)
        self.studio.machine.act(Act.ZERO)
        # What waits may go on at once.
        at_work = (LinkState.READY, LinkState.DRAWING, LinkState.PAUSED)
        eventually(lambda: self.link.state in at_work, timeout=40)

    def close(self) -> None:
        if self.running:
            self.studio.close()
            self.link.close()
            self.store.close()
            self.running = False

    def wait_for(self, job: Job, *states: JobState) -> Job:
        over = (*states, *ENDED, JobState.INTERRUPTED)
        eventually(lambda: self.studio.jobs.get(job.id).state in over, timeout=40)
        found = self.studio.jobs.get(job.id)
        assert found.state in states, found
        return found

    def wait_for_a_stroke(self, job: Job) -> None:
        """Wait until at least one stroke is on the paper and the drawing goes on."""
        self.wait_for(job, JobState.DRAWING)
        eventually(
            lambda: (
                (now := self.studio.jobs.get(job.id)).strokes_drawn >= 1
                or now.state is not JobState.DRAWING
            ),
            timeout=40,
        )
        assert self.studio.jobs.get(job.id).state is JobState.DRAWING, self.studio.jobs.get(
            job.id
        )

    def strokes(self, job: Job) -> list[list[list[float]]]:
        kept = self.store.drawing(job.id)
        assert kept is not None
        return kept.strokes

    def assert_inked(self, drawn: list[list[list[float]]]) -> None:
        """The ink on the simulated paper is these strokes, to 0.05 mm."""
        assert len(self.plotter.ink) == len(drawn)
        for ink, stroke in zip(self.plotter.ink, drawn, strict=True):
            ends = np.array([ink[0], ink[-1]])[:, :2]
            assert np.abs(ends - np.array([stroke[0], stroke[-1]])).max() < 0.05


@pytest.fixture
def gallery(tmp_path: Path) -> Iterator[PlotterGallery]:
    made = PlotterGallery(tmp_path)
    yield made
    made.close()
    made.plotter.close()


def test_what_was_asked_for_is_on_the_paper(gallery: PlotterGallery) -> None:
    studio = gallery.open()
    start = studio.snapshot()["event"]
    job = studio.jobs.request(Request("page"))
    gallery.zero()
    job = gallery.wait_for(job, JobState.DONE)
    assert job.strokes_drawn == job.strokes_total == 4
    gallery.assert_inked(gallery.strokes(job))
    events = studio.events.read(start)
    kinds = {event.kind for event in events}
    assert {"job", "drawing", "progress", "machine"} <= kinds


def test_stop_lifts_the_pen_and_the_next_one_follows(gallery: PlotterGallery) -> None:
    studio = gallery.open()
    gallery.zero()
    job = studio.jobs.request(Request("page"))
    gallery.wait_for_a_stroke(job)
    studio.jobs.cancel(job.id)
    gallery.wait_for(job, JobState.CANCELLED)
    following = gallery.wait_for(studio.jobs.request(Request("page")), JobState.DONE)
    assert following.cell == 1


def test_pause_and_resume(gallery: PlotterGallery) -> None:
    studio = gallery.open()
    gallery.zero()
    job = studio.jobs.request(Request("page"))
    gallery.wait_for_a_stroke(job)
    studio.machine.act(Act.PAUSE)
    gallery.wait_for(job, JobState.PAUSED)
    studio.machine.act(Act.RESUME)
    gallery.wait_for(job, JobState.DONE)
    gallery.assert_inked(gallery.strokes(job))


def test_a_pulled_plug_holds_the_rest_until_a_person_has_it_finished(
    gallery: PlotterGallery,
) -> None:
    studio = gallery.open()
    gallery.zero()
    job, waiting = studio.jobs.request(Request("page")), studio.jobs.request(Request("page"))
    gallery.wait_for_a_stroke(job)
    gallery.plotter.unplug()
    broken = gallery.wait_for(job, JobState.INTERRUPTED)
    assert 1 <= broken.strokes_drawn < 4
    assert broken.reason
    gallery.plotter.plug()
    studio.jobs.finish(job.id)
    gallery.zero()
    assert gallery.wait_for(job, JobState.DONE).strokes_drawn == 4
    gallery.wait_for(waiting, JobState.DONE)


def test_the_service_ends_in_the_middle_and_the_drawing_is_finished_later(
    gallery: PlotterGallery,
) -> None:
    studio = gallery.open()
    gallery.zero()
    job = studio.jobs.request(Request("page"))
    gallery.wait_for_a_stroke(job)
    gallery.close()
    studio = gallery.open()
    broken = studio.jobs.get(job.id)
    assert broken.state is JobState.INTERRUPTED
    studio.jobs.finish(job.id)
    gallery.zero()
    assert gallery.wait_for(job, JobState.DONE).strokes_drawn == 4


def test_it_homes_by_itself_at_the_start(tmp_path: Path) -> None:
    gallery = PlotterGallery(tmp_path, homing=True)
    studio = gallery.open()
    gallery.wait_for(studio.jobs.request(Request("page")), JobState.DONE)
    gallery.close()
    gallery.plotter.close()
