"""What runs out: the pen's ink and the disk, told before it is too late."""

from __future__ import annotations

from pathlib import Path

import pytest

from firmware_gcode.grbl.events import LinkState
from pi_service.studio.core.errors import StudioError
from pi_service.studio.core.settings import StudioSettings
from pi_service.studio.jobs.job import Job, JobState, Request
from pi_service.studio.jobs.preflight import Hold
from tests.pi_service.studio.gallery import Gallery, eventually


def begins(gallery: Gallery, job: Job) -> bool:
    """Whether the pen starts on a job; False if it waits for a pen."""
    eventually(
        lambda: (
            gallery.machine.state is LinkState.DRAWING
            or "pen" in str(gallery.studio.jobs.get(job.id).reason)
        )
    )
    return gallery.machine.state is LinkState.DRAWING


def test_ink_is_counted_by_the_stroke_and_shown_in_metres(gallery: Gallery) -> None:
    studio = gallery.open()
    job = studio.jobs.request(Request("page"))
    gallery.wait_for(job, JobState.DRAWING)
    gallery.machine.draw_strokes(2)
    eventually(lambda: studio.jobs.get(job.id).strokes_drawn == 2)
    half = studio.jobs.get(job.id).ink_drawn_mm
    whole = studio.jobs.get(job.id).ink_mm
    assert whole is not None
    assert 0 < half < whole
    assert studio.snapshot()["pen"]["used_m"] == pytest.approx(half / 1000, abs=0.006)
    gallery.machine.draw_strokes(4, first=2)
    gallery.machine.end("done", 4)
    done = gallery.wait_for(job, JobState.DONE)
    assert done.ink_drawn_mm == pytest.approx(whole, rel=0.01)
    assert studio.supplies.pen().used_mm == pytest.approx(done.ink_drawn_mm)


def test_a_drawing_for_which_the_ink_may_not_do_waits_for_a_pen(gallery: Gallery) -> None:
    studio = gallery.open()
    studio.supplies.new_pen(1.0)
    drawn, job = 0, studio.jobs.request(Request("page"))
    while begins(gallery, job):
        gallery.machine.finish()
        gallery.wait_for(job, JobState.DONE)
        drawn += 1
        if studio.snapshot()["sheet"]["free"] == 0:
            studio.sheets.new_sheet()
        job = studio.jobs.request(Request("page"))
    assert drawn > 0
    assert studio.supplies.pen().used_mm <= 1000.0, "it never ran dry on the paper"
    reason = studio.jobs.get(job.id).reason
    assert reason is not None
    assert reason.code == "hold-pen"
    pen = studio.supplies.new_pen()
    assert (pen["used_m"], pen["limit_m"]) == (0.0, 400.0)
    gallery.wait_for(job, JobState.DRAWING)
    assert studio.snapshot()["problems"] == []


def test_a_pen_that_still_writes_is_trusted_some_more(gallery: Gallery) -> None:
    studio = gallery.open()
    with pytest.raises(StudioError, match="not near its end"):
        studio.supplies.still_writes()
    studio.supplies.new_pen(1.0)
    with gallery.store.transaction() as connection:
        connection.execute("UPDATE pens SET used_mm = 950")
    studio.supplies.look()
    assert studio.snapshot()["problems"] == [
        "The pen has drawn most of its 1 m and runs dry soon. Have a new one ready."
    ]
    assert studio.supplies.still_writes()["low"] is False
    assert studio.snapshot()["problems"] == []


@pytest.mark.parametrize("metres", [0.0, -3.0, float("nan"), 1e9])
def test_pens_that_cannot_be_are_refused(gallery: Gallery, metres: float) -> None:
    with pytest.raises(StudioError, match="cannot be; say between 1 and 100000 metres"):
        gallery.open().supplies.new_pen(metres)


def test_a_pen_of_which_nobody_knows_how_far_it_goes_is_only_counted(
    gallery: Gallery,
) -> None:
    gallery.settings = StudioSettings(columns=2, rows=2, pen_m=None, caption=False)
    studio = gallery.open()
    gallery.draw_one()
    pen = studio.snapshot()["pen"]
    assert (pen["limit_m"], pen["left_m"], pen["low"]) == (None, None, False)
    assert pen["used_m"] > 0


def test_the_count_survives_a_power_cut_with_the_links_journal(
    gallery: Gallery, tmp_path: Path
) -> None:
    studio = gallery.open()
    job = studio.jobs.request(Request("page"))
    gallery.wait_for(job, JobState.DRAWING)
    gallery.machine.draw_strokes(2)
    eventually(lambda: studio.jobs.get(job.id).strokes_drawn == 2)
    after = gallery.after_power_cut(tmp_path / "after")
    used = studio.supplies.pen().used_mm
    again = after.open()
    assert again.supplies.pen().used_mm == pytest.approx(used)
    again.jobs.finish(job.id)
    after.wait_for(job, JobState.DRAWING)
    after.machine.draw_strokes(4, first=2)
    after.machine.end("done", 4)
    done = after.wait_for(job, JobState.DONE)
    assert again.supplies.pen().used_mm == pytest.approx(done.ink_drawn_mm)
    after.close()


def test_a_disk_that_fills_up_is_told_and_then_nothing_is_begun(gallery: Gallery) -> None:
    studio = gallery.open()
    gallery.free_bytes = 150_000_000
    studio.supplies.look()
    assert studio.snapshot()["problems"] == [
        "The disk is almost full: less than 200 MB are free. Delete something there soon."
    ]
    gallery.free_bytes = 3_000_000
    job = studio.jobs.request(Request("page"))
    eventually(lambda: "the disk is full (3 MB free)" in str(studio.jobs.get(job.id).reason))
    gallery.free_bytes = 10**10
    gallery.wait_for(job, JobState.DRAWING)
    studio.supplies.look()
    assert studio.snapshot()["problems"] == []


def test_every_check_is_listed_with_what_is_wrong(gallery: Gallery) -> None:
    gallery.settings = StudioSettings(columns=1, rows=1, caption=False)
    studio = gallery.open()
    assert all(check.fault is None for check in studio.preflight.checks())
    assert [check.name for check in studio.preflight.checks()] == [
        *(
            "database",
            "stopped",
            "interrupted",
            "update",
            "hands",
            "machine",
            "clock",
            "hours",
            "disk",
            "model",
            "paper",
            "pen",
        )
    ]
    gallery.draw_one()
    gallery.machine.become(LinkState.ABSENT)
    gallery.free_bytes = 0
    studio.calendar.set_hours({})
    studio.supplies.new_pen(1.0)
    with gallery.store.transaction() as connection:
        connection.execute("UPDATE pens SET used_mm = 999")
    wrong = {check.name: check.fault for check in studio.preflight.checks() if check.fault}
    assert set(wrong) == {"machine", "paper", "hours", "disk", "pen"}
    assert str(wrong[Hold.CLOSED]) == "Waits: the gallery is closed."
