"""From outside to the job table: a real gpiozero pin, a scheduled run, the shipped model."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from gpiozero.pins.mock import MockFactory

from firmware_gcode.grbl.events import LinkState
from pi_service.sketching.sketcher import Sketcher
from pi_service.studio.core.errors import StudioError
from pi_service.studio.core.settings import StudioSettings
from pi_service.studio.jobs.job import JobState, Request
from pi_service.triggers.button import Button
from pi_service.triggers.schedule import Schedule
from tests.pi_service.studio.gallery import Gallery, eventually


@pytest.fixture
def pins() -> Iterator[MockFactory]:
    factory = MockFactory()
    yield factory
    factory.reset()


def test_a_press_on_the_pin_becomes_a_job_that_is_drawn(
    gallery: Gallery, pins: MockFactory
) -> None:
    studio = gallery.open()
    button = Button(studio, 17, pin_factory=pins)
    pins.pin(17).drive_low()
    eventually(studio.jobs.latest)
    (job,) = studio.jobs.latest()
    assert job.source == "button"
    gallery.wait_for(job, JobState.DRAWING)
    pins.pin(17).drive_high()
    gallery.machine.finish()
    gallery.wait_for(job, JobState.DONE)
    button.close()


def test_a_stuck_crowd_at_the_button_fills_the_queue_and_no_more(
    gallery: Gallery, pins: MockFactory
) -> None:
    gallery.machine.become(LinkState.ABSENT)
    studio = gallery.open()
    ticks = iter(range(10_000))
    button = Button(studio, 17, pin_factory=pins, clock=lambda: next(ticks) * 0.6)
    start = studio.events.last_id

    def told() -> list[str]:
        return [e.data["text"] for e in studio.events.read(start) if e.kind == "notice"]

    for _ in range(200):
        pins.pin(17).drive_low()
        pins.pin(17).drive_high()
    eventually(lambda: "drawings that the button asked for" in str(told()))
    button.close()
    assert len(studio.jobs.latest()) == 5
    studio.jobs.cancel(1)
    button = Button(studio, 17, pin_factory=pins)
    pins.pin(17).drive_low()
    eventually(lambda: len(studio.jobs.latest()) == 6)
    button.close()


def test_a_long_press_on_the_pin_stops_and_brings_new_paper(
    gallery: Gallery, pins: MockFactory
) -> None:
    gallery.settings = StudioSettings(columns=1, rows=1, caption=False)
    studio = gallery.open()
    now = [0.0]
    button = Button(studio, 17, pin_factory=pins, clock=lambda: now[0], settled_s=0.0)
    pin = pins.pin(17)

    def press(seconds: float) -> None:
        now[0] += 5.0
        pin.drive_low()
        now[0] += seconds
        pin.drive_high()

    press(0.2)
    eventually(studio.jobs.latest)
    gallery.wait_for(studio.jobs.latest()[0], JobState.DRAWING)
    press(3.0)
    gallery.wait_for(studio.jobs.get(1), JobState.INTERRUPTED)
    eventually(lambda: studio.jobs.latest()[0].state is JobState.CANCELLED)
    assert str(studio.jobs.get(1).reason) == "Stopped by a long press of the button."
    press(3.0)
    eventually(lambda: studio.snapshot()["sheet"]["id"] == 2)
    button.close()


def test_a_long_press_right_away_stops_the_cat_that_it_began(
    gallery: Gallery, pins: MockFactory
) -> None:
    studio = gallery.open()
    now = [0.0]
    button = Button(studio, 17, pin_factory=pins, clock=lambda: now[0], settled_s=0.0)
    pins.pin(17).drive_low()
    eventually(studio.jobs.latest)
    gallery.wait_for(studio.jobs.latest()[0], JobState.DRAWING)
    now[0] += 3.0
    pins.pin(17).drive_high()
    gallery.wait_for(studio.jobs.latest()[0], JobState.INTERRUPTED)
    assert studio.snapshot()["sheet"]["id"] == 1
    with pytest.raises(StudioError, match="the sheet has room for 3 more"):
        button._long_press()
    button.close()


def test_a_scheduled_run_becomes_a_job_that_is_drawn(gallery: Gallery) -> None:
    studio = gallery.open()
    zone = ZoneInfo("Europe/Berlin")
    schedule = Schedule(studio, clock=lambda: gallery.now)
    studio.calendar.add("daily at 14:00")
    gallery.now = datetime(2027, 1, 16, 14, 0, tzinfo=zone).timestamp()
    (firing,) = schedule.tick()
    assert firing.outcome is None
    job = studio.jobs.latest()[0]
    assert (job.id, job.source) == (firing.job, "schedule")
    gallery.wait_for(job, JobState.DRAWING)
    schedule.close()


def test_a_press_is_drawn_by_the_shipped_model(gallery: Gallery) -> None:
    gallery.artist = Sketcher.load()
    gallery.settings = StudioSettings(columns=2, rows=3, caption=False)
    studio = gallery.open()
    job = studio.jobs.request(Request("page"))
    eventually(lambda: gallery.machine.programs)
    drawn = studio.jobs.get(job.id)
    assert drawn.model_hash == gallery.artist.model_hash
    assert drawn.strokes_total == len(gallery.machine.programs[0].strokes)
