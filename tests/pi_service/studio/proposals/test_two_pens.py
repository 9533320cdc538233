"""Two hands, two pens: on the real link and the simulated machine behind a real pty."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware_gcode.drawing.paper import Paper
from firmware_gcode.grbl.events import LinkState
from firmware_gcode.grbl.link import Link
from pi_service.studio.core.settings import StudioSettings
from pi_service.studio.jobs.job import Job, JobState
from pi_service.studio.jobs.pens import CHANGE_PEN
from pi_service.studio.jobs.store import Store
from pi_service.studio.machine.control import Act
from pi_service.studio.studio import Studio
from tests.pi_service.studio.gallery import eventually
from tests.pi_service.studio.proposals.drawing_artist import DrawingArtist
from tests.pi_service.studio.proposals.test_proposals import WISH
from tests.pi_service.studio.test_with_a_simulated_plotter import PlotterGallery


class TwoHands(PlotterGallery):
    """A plotter gallery whose artist draws on from people's lines."""

    def open(self) -> Studio:
        self.store = Store.open(self.folder / "catplotter.sqlite3")
        journal = self.folder / "strokes.journal"
        self.link = Link(lambda: self.plotter.port, self.profile, journal=journal)
        self.studio = Studio(
            store=self.store,
            link=self.link,
            sketcher=DrawingArtist(),
            profile=self.profile,
            paper=Paper.named("A5"),
            settings=StudioSettings(columns=2, rows=2, caption=False),
            journal=journal,
        )
        self.link.start()
        self.studio.start()
        self.running = True
        return self.studio


@pytest.fixture
def gallery(tmp_path: Path) -> Iterator[TwoHands]:
    made = TwoHands(tmp_path)
    yield made
    made.close()
    made.plotter.close()


def test_the_machine_waits_for_the_other_pen_between_the_hands(gallery: TwoHands) -> None:
    studio = gallery.open()
    gallery.zero()
    picked = next(studio.proposals.offer("somebody", WISH, seed=5))
    job = studio.proposals.pick(WISH, seed=picked.seed, proposal=picked.id, pen_change=True)
    assert isinstance(job, Job)
    gallery.wait_for(job, JobState.PAUSED)
    assert studio.jobs.get(job.id).strokes_drawn == 3
    assert len(gallery.plotter.ink) == 3
    assert studio.snapshot()["machine"]["sentence"] == str(CHANGE_PEN)
    assert gallery.link.state is LinkState.PAUSED
    studio.machine.act(Act.RESUME)
    done = gallery.wait_for(job, JobState.DONE)
    assert done.strokes_total == len(gallery.plotter.ink)
    gallery.assert_inked(gallery.strokes(done))


def test_a_pulled_plug_while_it_waits_is_no_harm(gallery: TwoHands) -> None:
    studio = gallery.open()
    gallery.zero()
    picked = next(studio.proposals.offer("somebody", WISH, seed=5))
    job = studio.proposals.pick(WISH, seed=picked.seed, proposal=picked.id, pen_change=True)
    assert isinstance(job, Job)
    gallery.wait_for(job, JobState.PAUSED)
    gallery.plotter.unplug()
    gallery.wait_for(job, JobState.INTERRUPTED)
    gallery.plotter.plug()
    studio.jobs.finish(job.id)
    gallery.zero()
    eventually(lambda: studio.jobs.get(job.id).state is JobState.PAUSED, timeout=40)
    assert studio.jobs.get(job.id).strokes_drawn == 3
    before = len(gallery.plotter.ink)
    studio.machine.act(Act.RESUME)
    done = gallery.wait_for(job, JobState.DONE)
    assert len(gallery.plotter.ink) - before == done.strokes_total - 3
