"""Crashes, power cuts, pulled plugs, the end of the service: nothing moves or is lost."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from firmware_gcode.drawing.geometry import length
from firmware_gcode.drawing.paper import Paper
from firmware_gcode.grbl.events import LinkState
from pi_service.sketching.stroke import Sketch
from pi_service.studio.core.errors import StudioError
from pi_service.studio.core.settings import StudioSettings
from pi_service.studio.jobs.job import JobError, JobState, Request
from tests.pi_service.studio.gallery import Gallery, ZigzagArtist, eventually


@pytest.fixture
def afterwards(gallery: Gallery, tmp_path: Path) -> Iterator[Gallery]:
    """The gallery after a power cut in its first cat, with another one waiting."""
    studio = gallery.open()
    first, _ = studio.jobs.request(Request("page")), studio.jobs.request(Request("button"))
    gallery.wait_for(first, JobState.DRAWING)
    gallery.machine.draw_strokes(2)
    eventually(lambda: studio.jobs.get(first.id).strokes_drawn == 2)
    other = gallery.after_power_cut(tmp_path / "after")
    yield other
    if hasattr(other, "studio"):
        other.close()


def test_after_a_power_cut_nothing_moves_by_itself(afterwards: Gallery) -> None:
    afterwards.machine.become(LinkState.LOCKED)
    studio = afterwards.open()
    broken, waiting = studio.snapshot()["interrupted"][0], studio.jobs.queue()[0]
    assert broken["state"] == "interrupted"
    assert broken["strokes_drawn"] == 2
    afterwards.machine.become(LinkState.UNREFERENCED)
    eventually(lambda: "was interrupted" in str(studio.jobs.get(waiting.id).reason))
    afterwards.machine.become(LinkState.READY)
    eventually(lambda: studio.snapshot()["machine"]["state"] == "ready")
    assert afterwards.machine.calls == []


def test_a_persons_word_finishes_the_drawing_where_it_broke_off(
    gallery: Gallery, afterwards: Gallery
) -> None:
    afterwards.machine.become(LinkState.UNREFERENCED)
    studio = afterwards.open()
    job = studio.jobs.finish(1)
    finished = afterwards.wait_for(job, JobState.DRAWING)
    assert afterwards.machine.calls == ["home", "draw"]
    whole, rest = gallery.machine.programs[0], afterwards.machine.programs[0]
    assert rest.first_stroke == 2
    assert [s.tolist() for s in rest.strokes] == [s.tolist() for s in whole.strokes]
    assert rest.text.splitlines()[-6:] == whole.text.splitlines()[-6:]
    assert (finished.cell, finished.edition) == (0, 1)
    afterwards.machine.draw_strokes(4, first=2)
    afterwards.machine.end("done", 4)
    assert afterwards.wait_for(job, JobState.DONE).strokes_drawn == 4
    second = afterwards.wait_for(studio.jobs.latest()[0], JobState.DRAWING)
    assert (second.cell, second.edition) == (1, 2)


@pytest.mark.parametrize("seeds_fail", [False, True])
def test_what_was_kept_is_finished_even_if_the_model_is_another_one_now(
    gallery: Gallery, afterwards: Gallery, seeds_fail: bool
) -> None:
    class OtherArtist(ZigzagArtist):
        def draw(
            self, class_name: str = "cat", *, seed: int, candidates: int | None = None
        ) -> Sketch:
            if seeds_fail:
                raise ValueError("the model draws nothing")
            return super().draw(class_name, seed=seed + 1)

    afterwards.artist = OtherArtist()
    studio = afterwards.open()
    afterwards.wait_for(studio.jobs.finish(1), JobState.DRAWING)
    whole, rest = gallery.machine.programs[0], afterwards.machine.programs[0]
    assert rest.first_stroke == 2
    for before, after in zip(whole.strokes, rest.strokes, strict=True):
        assert np.abs(before[[0, -1]] - after[[0, -1]]).max() < 0.02
        assert abs(length(before) - length(after)) < 0.2


def test_a_person_may_let_it_go_and_the_rest_follows(afterwards: Gallery) -> None:
    studio = afterwards.open()
    studio.jobs.cancel(1)
    second = studio.jobs.latest()[0]
    drawn = afterwards.wait_for(second, JobState.DRAWING)
    assert drawn.cell == 1, "the cell that was begun is never drawn over"


def test_a_new_sheet_lets_interrupted_drawings_go(afterwards: Gallery) -> None:
    studio = afterwards.open()
    studio.sheets.new_sheet()
    assert studio.jobs.get(1).state is JobState.CANCELLED
    drawn = afterwards.wait_for(studio.jobs.latest()[0], JobState.DRAWING)
    assert (drawn.sheet, drawn.cell) == (2, 0)


def test_what_was_composed_for_the_old_sheet_never_takes_a_cell_of_the_new_one(
    gallery: Gallery,
) -> None:
    gallery.machine.become(LinkState.ABSENT)
    studio = gallery.open()
    job = studio.jobs.request(Request("page"))
    composed = gallery.wait_for(job, JobState.WAITING)
    kept = gallery.store.drawing(job.id)
    assert kept is not None
    studio.sheets.new_sheet()
    with pytest.raises(JobError, match="a sheet that is not there any more"):
        studio._book.composed(composed, kept, sheet=1, cell=0)
    # As if that had come a moment earlier; the worker, which composes anew, has to wait.
    with studio._book._lock:
        with gallery.store.transaction() as connection:
            connection.execute("UPDATE jobs SET sheet = 1, cell = 0, state = 'waiting'")
        with pytest.raises(JobError, match="a sheet that is not there any more"):
            studio._book.begin(composed, gallery.now, "G21")


def test_what_was_cancelled_while_it_was_composed_stays_so(gallery: Gallery) -> None:
    gallery.machine.become(LinkState.ABSENT)
    studio = gallery.open()
    composed = gallery.wait_for(studio.jobs.request(Request("page")), JobState.WAITING)
    kept = gallery.store.drawing(composed.id)
    assert kept is not None
    studio.jobs.cancel(composed.id)
    with pytest.raises(JobError):
        studio._book.composed(composed, kept, sheet=1, cell=0)
    assert studio.jobs.get(composed.id).state is JobState.CANCELLED


@pytest.mark.parametrize(
    ("lines", "state", "drawn"),
    [
        ((), JobState.INTERRUPTED, 2),
        (({"drawn": 2},), JobState.INTERRUPTED, 3),
        (({"drawn": 2}, {"ended": "done", "drawn": 3}), JobState.DONE, 4),
        (({"ended": "stopped", "drawn": 1},), JobState.INTERRUPTED, 2),
    ],
)
def test_the_links_journal_may_know_more_than_the_database(
    gallery: Gallery,
    afterwards: Gallery,
    lines: tuple[dict[str, object], ...],
    state: JobState,
    drawn: int,
) -> None:
    program = hashlib.sha256(gallery.machine.programs[0].text.encode()).hexdigest()
    first = {"program": program, "strokes": 4, "drawn": -1}
    afterwards.journal.write_text("".join(f"{json.dumps(x)}\n" for x in (first, *lines)))
    job = afterwards.open().jobs.get(1)
    assert (job.state, job.strokes_drawn) == (state, drawn)


def test_a_journal_of_another_program_says_nothing(afterwards: Gallery) -> None:
    afterwards.journal.write_text('{"program":"another","strokes":4,"drawn":3}\n')
    assert afterwards.open().jobs.get(1).strokes_drawn == 2


def test_a_persons_word_counts_also_while_the_machine_is_still_connecting(
    afterwards: Gallery,
) -> None:
    afterwards.machine.become(LinkState.CONNECTING)
    studio = afterwards.open()
    job = studio.jobs.finish(1)
    afterwards.machine.become(LinkState.LOCKED)
    afterwards.wait_for(job, JobState.DRAWING)
    assert afterwards.machine.calls == ["home", "draw"]


def test_only_what_is_interrupted_can_be_finished(afterwards: Gallery) -> None:
    studio = afterwards.open()
    with pytest.raises(StudioError, match="there is nothing to finish"):
        studio.jobs.finish(2)


def test_a_power_cut_during_the_rest_keeps_the_count(
    afterwards: Gallery, tmp_path: Path
) -> None:
    studio = afterwards.open()
    job = studio.jobs.finish(1)
    afterwards.wait_for(job, JobState.DRAWING)
    afterwards.machine.draw_strokes(3, first=2)
    eventually(lambda: studio.jobs.get(1).strokes_drawn == 3)
    third = afterwards.after_power_cut(tmp_path / "third")
    again = third.open()
    assert again.jobs.get(1).state is JobState.INTERRUPTED
    assert again.jobs.get(1).strokes_drawn == 3
    third.close()


def test_a_pulled_plug_interrupts_the_job_and_holds_the_rest(gallery: Gallery) -> None:
    studio = gallery.open()
    first, second = studio.jobs.request(Request("page")), studio.jobs.request(Request("page"))
    gallery.wait_for(first, JobState.DRAWING)
    gallery.machine.draw_strokes(1)
    gallery.machine.end("failed", 1, "The plotter was unplugged.")
    broken = gallery.wait_for(first, JobState.INTERRUPTED)
    assert (broken.strokes_drawn, str(broken.reason)) == (1, "The plotter was unplugged.")
    eventually(lambda: "was interrupted" in str(studio.jobs.get(second.id).reason))
    studio.jobs.finish(first.id)
    gallery.wait_for(first, JobState.DRAWING)
    assert gallery.machine.programs[-1].first_stroke == 1


def test_the_end_of_the_service_stops_the_pen_and_keeps_the_job(gallery: Gallery) -> None:
    studio = gallery.open()
    job = studio.jobs.request(Request("page"))
    gallery.wait_for(job, JobState.DRAWING)
    gallery.close()
    assert gallery.machine.calls == ["draw", "stop"]
    studio = gallery.open()
    broken = studio.jobs.get(job.id)
    assert broken.state is JobState.INTERRUPTED
    assert str(broken.reason) == "The service was ended while this was being drawn."
    gallery.wait_for(studio.jobs.finish(job.id), JobState.DRAWING)


def test_waiting_jobs_are_drawn_after_a_restart_as_they_were_composed(
    gallery: Gallery,
) -> None:
    gallery.machine.become(LinkState.ABSENT)
    studio = gallery.open()
    job = studio.jobs.request(Request("page"))
    gallery.wait_for(job, JobState.WAITING)
    picture = studio.history.svg(job.id)
    gallery.close()
    gallery.machine.become(LinkState.READY)
    studio = gallery.open()
    gallery.wait_for(job, JobState.DRAWING)
    assert studio.history.svg(job.id) == picture


def test_another_grid_in_the_settings_counts_from_the_next_sheet(gallery: Gallery) -> None:
    """It is the same paper: with other cells, what is on it would be drawn over."""
    gallery.open()
    gallery.draw_one()
    gallery.close()
    gallery.settings = StudioSettings(columns=3, rows=3, caption=False)
    studio = gallery.open()
    assert studio.snapshot()["sheet"]["id"] == 1
    assert studio.snapshot()["sheet"]["free"] == 3
    assert studio.sheets.new_sheet().free == 9


def test_an_untouched_sheet_takes_another_grid_at_once(gallery: Gallery) -> None:
    gallery.open()
    gallery.close()
    gallery.settings = StudioSettings(columns=3, rows=3, caption=False)
    assert gallery.open().snapshot()["sheet"]["free"] == 9


def test_paper_of_another_size_is_another_sheet(gallery: Gallery) -> None:
    gallery.open()
    gallery.draw_one()
    gallery.close()
    gallery.paper = Paper.named("A6")
    assert gallery.open().snapshot()["sheet"]["id"] == 2


def test_nothing_is_taken_in_once_the_service_ends(gallery: Gallery) -> None:
    studio = gallery.open()
    gallery.close()
    with pytest.raises(StudioError, match="The service is ending"):
        studio.jobs.request(Request("page"))
