"""What is kept of the past, what goes, and what the log remembers."""

from __future__ import annotations

import contextlib
import os
import sqlite3

import pytest

from firmware_gcode.facts import fact
from firmware_gcode.grbl.events import LinkState, Notice
from pi_service.studio.calendar.schedules import Firing
from pi_service.studio.core.errors import StudioError
from pi_service.studio.core.settings import Patience, StudioSettings
from pi_service.studio.history.housekeeping import Housekeeping
from pi_service.studio.jobs.job import JobState, Request
from tests.pi_service.studio.gallery import Gallery, eventually


def tidy(gallery: Gallery, *, gcode: int = 500, mb: float = 500.0) -> Housekeeping:
    keeper = Housekeeping(
        gallery.store.database, gallery.studio.events, keep_gcode=gcode, keep_mb=mb
    )
    keeper.tidy()
    return keeper


def drawn(gallery: Gallery, count: int) -> None:
    gallery.settings = StudioSettings(columns=4, rows=4, caption=True)
    gallery.open()
    for _ in range(count):
        gallery.draw_one()


def kept(gallery: Gallery) -> list[int]:
    """The jobs whose pictures are still there."""
    return [n for n in range(1, 20) if gallery.store.drawing(n) is not None]


def test_old_programs_go_and_are_written_again_when_somebody_asks(gallery: Gallery) -> None:
    drawn(gallery, 4)
    before = [gallery.studio.history.gcode(n) for n in (1, 2, 3, 4)]
    tidy(gallery, gcode=2)
    programs = [gallery.store.drawing(n) for n in (1, 2, 3, 4)]
    assert [bool(each and each.gcode) for each in programs] == [False, False, True, True]
    assert [gallery.studio.history.gcode(n) for n in (1, 2, 3, 4)] == before


def test_the_oldest_pictures_go_when_there_are_too_many_but_favourites_stay(
    gallery: Gallery,
) -> None:
    drawn(gallery, 5)
    gallery.studio.history.mark(2, favourite=True)
    tidy(gallery, mb=0.001)
    assert kept(gallery) == [2]
    with pytest.raises(StudioError, match=r"was let go to make room\. Its seed \d+ still"):
        gallery.studio.history.svg(1)
    job = gallery.studio.jobs.again("page", 1)
    assert gallery.wait_for(job, JobState.DRAWING).seed == gallery.studio.jobs.get(1).seed


def test_what_waits_or_broke_off_keeps_its_picture(gallery: Gallery) -> None:
    gallery.machine.become(LinkState.ABSENT)
    studio = gallery.open()
    job = studio.jobs.request(Request("page"))
    gallery.wait_for(job, JobState.WAITING)
    tidy(gallery, gcode=0, mb=0.001)
    assert kept(gallery) == [1]


def test_of_the_runs_of_schedules_the_newest_is_always_kept(gallery: Gallery) -> None:
    studio = gallery.open()
    rare = studio.calendar.add("daily at 14:00").id
    often = studio.calendar.add("every 20 minutes").id
    book = studio.calendar
    book.record(Firing(rare, "a", 1.0, 1.0, None, None))
    with gallery.store.transaction():
        for n in range(5100):
            book.record(Firing(often, str(n), float(n), float(n), None, None))
    tidy(gallery)
    firings = book.firings(10_000)
    assert 5000 <= len(firings) <= 5002
    assert book.last_due(rare, 1e10) == 1.0


def test_the_backup_is_brought_up_to_date_while_the_service_runs(gallery: Gallery) -> None:
    drawn(gallery, 1)
    backup = gallery.path.with_name("catplotter.backup.sqlite3")
    os.utime(backup, (0, 0))
    tidy(gallery)
    with contextlib.closing(sqlite3.connect(backup)) as copy:
        assert copy.execute("SELECT state FROM jobs").fetchone()[0] == "done"


def test_the_log_tells_of_the_night(gallery: Gallery) -> None:
    studio = gallery.open()
    job = studio.jobs.request(Request("page"))
    gallery.wait_for(job, JobState.DRAWING)
    gallery.machine.tell(Notice(fact("text", text="The door was opened.")))
    gallery.machine.end("failed", 1, "The plotter was unplugged.")
    gallery.wait_for(job, JobState.INTERRUPTED)
    gallery.machine.become(LinkState.ABSENT)
    eventually(lambda: studio.snapshot()["problems"])
    gallery.machine.become(LinkState.READY)
    eventually(lambda: studio.snapshot()["problems"] == [])
    studio.supplies.new_pen()
    expected = [
        "Sheet 1 is on the bed.",
        "Pen 1 is in the holder.",
        "The door was opened.",
        "No. 1 is interrupted. The plotter was unplugged.",
        "No plotter is connected. Plug it in and switch it on.",
        "Over: No plotter is connected. Plug it in and switch it on.",
        "Pen 2 is in the holder.",
    ]
    eventually(lambda: len(studio.history.log.entries()) >= len(expected))
    entries = studio.history.log.entries()
    assert [entry["text"] for entry in reversed(entries)] == expected
    page = studio.history.log.entries(limit=1, before=entries[0]["id"])
    assert page == [entries[1]]


def test_the_log_does_not_grow_for_ever(gallery: Gallery) -> None:
    studio = gallery.open()
    studio.history.log.add(
        [(float(n), "notice", fact("text", text=str(n))) for n in range(5100)]
    )
    tidy(gallery)
    assert len(studio.history.log.entries(10_000)) <= 5002


def test_notices_are_told_to_those_who_come_within_the_hour(gallery: Gallery) -> None:
    studio = gallery.open()
    told = fact("queue-full", limit=3)
    studio.notices.say(told)
    assert studio.snapshot()["notices"] == [
        {"at": gallery.now, "text": str(told), "fact": told.as_dict()}
    ]
    gallery.now += 3700.0
    assert studio.snapshot()["notices"] == []


def test_a_failed_job_says_why_to_everybody(gallery: Gallery) -> None:
    class Helpless:
        classes = ("cat",)
        model_hash = "helpless"

        def draw(
            self, class_name: str = "cat", *, seed: int, candidates: int | None = None
        ) -> object:
            raise ValueError("the sketch is empty")

    gallery.artist = Helpless()  # type: ignore[assignment] # it never gives a sketch
    studio = gallery.open()
    job = studio.jobs.request(Request("page"))
    gallery.wait_for(job, JobState.FAILED)
    text = "Job 1 (cat) failed. This drawing could not be composed: the sketch is empty"
    eventually(lambda: [said["text"] for said in studio.snapshot()["notices"]] == [text])


def test_homing_is_a_state_of_its_own_and_no_trouble(gallery: Gallery) -> None:
    gallery.patience = Patience(home_within=0.0)
    gallery.machine.become(LinkState.ABSENT)
    studio = gallery.open()
    gallery.machine.become(LinkState.HOMING)
    eventually(lambda: studio.snapshot()["machine"]["state"] == "homing")
    seen = studio.snapshot()
    assert "being homed" in seen["machine"]["sentence"]
    eventually(lambda: studio.snapshot()["problems"] == [])


def test_who_waits_too_long_comes_before_those_who_asked_later(gallery: Gallery) -> None:
    gallery.settings = StudioSettings(columns=2, rows=2, patience_s=600.0, caption=False)
    gallery.patience = Patience(look_again=0.01, tend=0.0)
    gallery.machine.become(LinkState.ABSENT)
    studio = gallery.open()
    visitor = studio.jobs.request(Request("button"))
    gallery.now += 100.0
    earlier = studio.jobs.request(Request("page"))
    assert [job.id for job in studio.jobs.queue()] == [earlier.id, visitor.id]
    gallery.now += 550.0
    later = studio.jobs.request(Request("page"))
    eventually(
        lambda: [j.id for j in studio.jobs.queue()] == [visitor.id, earlier.id, later.id]
    )
