"""Number and date under each drawing, and drawing again."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from firmware_gcode.drawing.geometry import bounds
from firmware_gcode.grbl.events import LinkState
from firmware_gcode.program.program import Program
from pi_service.sketching.stroke import Sketch
from pi_service.studio.core.errors import StudioError
from pi_service.studio.core.settings import StudioSettings
from pi_service.studio.jobs.job import JobState, Request
from tests.pi_service.studio.gallery import ZONE, Gallery, ZigzagArtist, eventually


@pytest.fixture
def signed(gallery: Gallery) -> Gallery:
    """A gallery that writes under its drawings."""
    gallery.settings = StudioSettings(columns=2, rows=2, caption=True)
    gallery.now = datetime(2026, 11, 22, 15, 0, tzinfo=ZONE).timestamp()
    return gallery


def box(program: Program, first: int, last: int | None = None) -> Any:
    return bounds(list(program.strokes[first:last]))


def test_number_and_date_stand_under_the_drawing(signed: Gallery) -> None:
    signed.open()
    job = signed.draw_one()
    assert (job.caption, job.edition) == ("No. 1, 22 Nov 2026", 1)
    program = signed.machine.programs[0]
    drawing, text = box(program, 0, 4), box(program, 4)
    assert text.y1 < drawing.y0, "it never touches the drawing"
    assert text.y0 >= 10.0, "it stays inside of the margin"
    assert 2.0 < text.height < 3.5
    assert signed.draw_one().caption == "No. 2, 22 Nov 2026"


def test_an_attendant_who_comes_first_gets_the_number_first(signed: Gallery) -> None:
    signed.machine.become(LinkState.ABSENT)
    studio = signed.open()
    visitor = studio.jobs.request(Request("button"))
    signed.wait_for(visitor, JobState.WAITING)
    assert studio.jobs.get(visitor.id).caption.startswith("No. 1,")
    attendant = studio.jobs.request(Request("page"))
    signed.wait_for(attendant, JobState.WAITING)
    signed.machine.become(LinkState.READY)
    signed.wait_for(attendant, JobState.DRAWING)
    signed.machine.finish()
    drawn = signed.wait_for(visitor, JobState.DRAWING)
    assert (drawn.edition, drawn.caption) == (2, "No. 2, 22 Nov 2026")
    assert studio.jobs.get(attendant.id).caption == "No. 1, 22 Nov 2026"
    assert studio.history.gcode(visitor.id) == signed.machine.programs[-1].text


def test_what_waits_over_midnight_is_dated_the_day_it_is_drawn(signed: Gallery) -> None:
    signed.machine.become(LinkState.ABSENT)
    studio = signed.open()
    job = studio.jobs.request(Request("page"))
    signed.wait_for(job, JobState.WAITING)
    signed.now += 86400.0
    eventually(lambda: studio.jobs.get(job.id).caption == "No. 1, 23 Nov 2026")
    signed.machine.become(LinkState.READY)
    assert signed.wait_for(job, JobState.DRAWING).caption == "No. 1, 23 Nov 2026"


def test_no_date_is_written_by_a_clock_that_is_not_set(signed: Gallery) -> None:
    signed.now = 1000.0
    signed.open()
    assert signed.draw_one().caption == "No. 1"


@pytest.mark.parametrize("other_model", [False, True])
def test_a_drawing_that_broke_off_is_finished_with_its_own_caption(
    signed: Gallery, tmp_path: Path, other_model: bool
) -> None:
    studio = signed.open()
    job = studio.jobs.request(Request("page"))
    signed.wait_for(job, JobState.DRAWING)
    whole = signed.machine.programs[0]
    signed.machine.draw_strokes(6)
    eventually(lambda: studio.jobs.get(job.id).strokes_drawn == 6)
    after = signed.after_power_cut(tmp_path / "after")
    after.now = signed.now + 86400.0
    if other_model:
        after.artist = Stranger()
    again = after.open()
    again.jobs.finish(job.id)
    drawn = after.wait_for(job, JobState.DRAWING)
    assert (drawn.edition, drawn.caption) == (1, "No. 1, 22 Nov 2026")
    rest = after.machine.programs[0]
    assert rest.first_stroke == 6
    for before, later in zip(whole.strokes, rest.strokes, strict=True):
        assert np.abs(before[[0, -1]] - later[[0, -1]]).max() < 0.02
    after.close()


class Stranger(ZigzagArtist):
    """Another model, which knows other things and draws them otherwise."""

    classes = ("owl", "cat")
    model_hash = "stranger"

    def draw(
        self, class_name: str = "cat", *, seed: int, candidates: int | None = None
    ) -> Sketch:
        return super().draw(class_name, seed=seed + 1)


def test_a_sheet_may_have_its_own_grid_and_no_captions(signed: Gallery) -> None:
    studio = signed.open()
    sheet = studio.sheets.new_sheet(columns=1, rows=1, caption=False)
    assert (sheet.columns, sheet.rows, sheet.caption) == (1, 1, False)
    assert signed.draw_one().caption == ""
    assert studio.sheets.new_sheet().caption is True
    with pytest.raises(StudioError, match="cannot be divided like that"):
        studio.sheets.new_sheet(columns=90, rows=90)
    with pytest.raises(StudioError, match="9 x 9 cells are too small to write"):
        studio.sheets.new_sheet(columns=9, rows=9, caption=True)


def test_cells_that_are_too_small_have_no_captions(signed: Gallery) -> None:
    signed.settings = StudioSettings(columns=9, rows=9, caption=True)
    studio = signed.open()
    assert studio.snapshot()["sheet"]["caption"] is False
    assert signed.draw_one().caption == ""


def test_drawing_again_gives_the_same_cat_in_another_cell(signed: Gallery) -> None:
    studio = signed.open()
    first = signed.draw_one()
    again = studio.jobs.again("page", first.id)
    drawn = signed.wait_for(again, JobState.DRAWING)
    assert (drawn.seed, drawn.again_of, drawn.cell, drawn.edition) == (first.seed, 1, 1, 2)
    a, b = signed.machine.programs
    shift = b.strokes[0][0] - a.strokes[0][0]
    for one, other in zip(a.strokes[:4], b.strokes[:4], strict=True):
        assert np.allclose(one + shift, other, atol=0.01)


@pytest.mark.parametrize("other_model", ["", "other file", "other software"])
def test_drawing_again_on_another_size_keeps_the_shape(
    signed: Gallery, other_model: str
) -> None:
    studio = signed.open()
    first = signed.draw_one()
    if other_model:
        signed.close()
        signed.artist = Stranger()
        if other_model == "other software":
            signed.artist.model_hash = first.model_hash or ""
        studio = signed.open()
    again = studio.jobs.again("page", first.id, size_mm=20.0)
    signed.wait_for(again, JobState.DRAWING)
    a, b = signed.machine.programs
    before, after = box(a, 0, 4), box(b, 0, 4)
    assert max(after.width, after.height) == pytest.approx(20.0, abs=0.3)
    assert after.width / after.height == pytest.approx(before.width / before.height, rel=0.03)
    signed.machine.finish()
    signed.wait_for(again, JobState.DONE)
    third = studio.jobs.again("page", again.id, size_mm=5000.0 / 3)
    signed.wait_for(third, JobState.DRAWING)
    assert studio.jobs.get(third.id).again_of == first.id
    filled = box(signed.machine.programs[2], 0, 4)
    assert filled.width == pytest.approx(before.width, abs=0.3), "it fills its cell at most"


def test_what_cannot_be_drawn_again_is_refused(signed: Gallery) -> None:
    studio = signed.open()
    with pytest.raises(StudioError, match=r"There is no job 5\."):
        studio.jobs.again("page", 5)
    job = signed.draw_one()
    with pytest.raises(StudioError, match=r"A size of 0\.5 mm cannot be"):
        studio.jobs.again("page", job.id, size_mm=0.5)
    studio.history.delete(job.id)
    with pytest.raises(StudioError, match="it was deleted"):
        studio.jobs.again("page", job.id)
