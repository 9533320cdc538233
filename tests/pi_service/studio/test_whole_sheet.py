"""A drawing that takes a whole sheet: it waits for an unused one, and has it for itself."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import replace
from typing import Any

import pytest

from firmware_gcode.drawing.geometry import Rectangle, bounds
from firmware_gcode.facts import fact
from firmware_gcode.grbl.events import LinkState
from firmware_gcode.program.profile import Profile
from pi_service.studio.core.settings import StudioSettings
from pi_service.studio.jobs.artwork import Artwork, ArtworkError, File
from pi_service.studio.jobs.display import Shown
from pi_service.studio.jobs.job import Job, JobState, Request
from pi_service.studio.jobs.preview import Previews
from tests.pi_service.studio.gallery import Gallery, eventually
from tests.pi_service.studio.test_artworks import SVG, break_off, waits

BEGUN = "hold-paper-sheet"
BUTTON = Request("button")


def ask(gallery: Gallery, source: str = "page", **how: Any) -> Job:
    wanted: dict[str, Any] = {"text": SVG, "whole_sheet": True} | how
    artwork = Artwork("poster", **wanted)
    picked, _ = gallery.studio.wish(artwork).read()
    return gallery.studio.jobs.request(artwork.request(source, picked), picked)


def free(gallery: Gallery) -> int:
    """How many cells the sheet on the bed has left."""
    sheet = gallery.studio.sheets.current
    assert sheet is not None
    return sheet.free


def drawn(gallery: Gallery) -> Rectangle:
    """What the program that was sent last takes of the paper."""
    return bounds(list(gallery.machine.programs[-1].strokes))


def test_it_has_all_of_an_unused_sheet(gallery: Gallery) -> None:
    studio = gallery.open()
    job = gallery.wait_for(ask(gallery), JobState.DRAWING)
    area = gallery.paper.drawable
    assert drawn(gallery).width == pytest.approx(area.width, abs=0.01)
    assert drawn(gallery).centre == pytest.approx(area.centre, abs=0.01)
    assert (job.cell, job.whole_sheet, free(gallery)) == (0, True, 0)
    cat = studio.jobs.request(BUTTON)
    eventually(lambda: "sheet is full" in str(studio.jobs.get(cat.id).reason))
    gallery.machine.finish()
    gallery.wait_for(job, JobState.DONE)
    studio.sheets.new_sheet()
    assert free(gallery) == 4
    assert gallery.wait_for(cat, JobState.DRAWING).cell == 0


def test_on_a_sheet_that_is_begun_it_waits_for_new_paper(gallery: Gallery) -> None:
    studio = gallery.open()
    gallery.draw_one()
    job, cat = ask(gallery), studio.jobs.request(BUTTON)
    reason = fact(BEGUN, name="poster")
    eventually(lambda: studio.jobs.get(job.id).reason == reason)
    assert (studio.board.now().state, studio.board.now().told) == (Shown.NEEDS_PAPER, reason)
    assert "“poster” takes a whole sheet" in str(reason)
    assert [c.fault for c in studio.preflight.checks() if c.fault] == [reason]
    assert free(gallery) == 3
    studio.sheets.new_sheet()
    gallery.wait_for(job, JobState.DRAWING)
    gallery.machine.finish()
    eventually(lambda: studio.board.now().told.code == "hold-paper")
    assert studio.jobs.get(cat.id).state is JobState.REQUESTED


def test_nobody_is_told_when_a_sheet_is_full_that_it_will_not_have(gallery: Gallery) -> None:
    studio = gallery.open()
    for _ in range(3):
        gallery.draw_one()
    assert studio.snapshot()["sheet_full_at"] is not None
    job = ask(gallery)
    assert studio.snapshot()["sheet_full_at"] is None, "the sheet is taken away before"
    studio.jobs.cancel(job.id)
    studio.jobs.request(Request("page"))
    ask(gallery)
    full = studio.snapshot()["sheet_full_at"]
    assert full is not None, "what waits before it fills the sheet"


@pytest.mark.parametrize("strokes", [0, 3])
def test_after_a_power_cut_it_is_finished_where_it_lies(
    gallery: Gallery, strokes: int
) -> None:
    gallery.open()
    job = gallery.wait_for(ask(gallery, passes="colour"), JobState.DRAWING)
    before = gallery.machine.programs[-1].strokes
    gallery.machine.draw_strokes(strokes)
    gallery.close()  # the pen stops where it is
    gallery.machine.become(LinkState.READY)
    studio = gallery.open()
    assert studio.jobs.get(job.id).state is JobState.INTERRUPTED
    assert free(gallery) == 0
    studio.jobs.finish(job.id)
    gallery.wait_for(job, JobState.DRAWING)
    program = gallery.machine.programs[-1]
    assert program.first_stroke == studio.jobs.get(job.id).strokes_drawn >= strokes
    assert [line.tolist() for line in program.strokes] == [line.tolist() for line in before]
    assert min(waits(gallery)) == program.first_stroke


def test_what_was_stopped_and_let_go_leaves_no_room_on_its_sheet(gallery: Gallery) -> None:
    studio = gallery.open()
    job = gallery.wait_for(ask(gallery), JobState.DRAWING)
    break_off(gallery, job, 1)
    studio.jobs.cancel(job.id)
    assert free(gallery) == 0
    assert studio.board.now().told.code == "hold-paper"
    assert studio.history.svg(job.id).count("<path") > 1


def test_taken_out_before_the_pen_began_it_leaves_the_sheet(gallery: Gallery) -> None:
    gallery.machine.become(LinkState.ABSENT)
    studio = gallery.open()
    job = gallery.wait_for(ask(gallery), JobState.WAITING)
    assert free(gallery) == 0
    studio.jobs.cancel(job.id)
    assert free(gallery) == 4


def test_who_comes_before_it_has_the_sheet_that_it_waits_for(gallery: Gallery) -> None:
    gallery.machine.become(LinkState.ABSENT)
    studio = gallery.open()
    poster = gallery.wait_for(ask(gallery, "button"), JobState.WAITING)
    cat = gallery.wait_for(studio.jobs.request(Request("page")), JobState.WAITING)
    assert studio.jobs.get(poster.id).state is JobState.REQUESTED
    gallery.machine.become(LinkState.READY)
    gallery.wait_for(cat, JobState.DRAWING)
    gallery.machine.finish()
    eventually(lambda: studio.board.now().told.code == BEGUN)
    studio.sheets.new_sheet()
    gallery.wait_for(poster, JobState.DRAWING)


def test_who_comes_before_has_the_last_cell_too(gallery: Gallery) -> None:
    gallery.settings = StudioSettings(columns=1, rows=1, caption=False)
    gallery.machine.become(LinkState.ABSENT)
    studio = gallery.open()
    visitor = gallery.wait_for(studio.jobs.request(BUTTON), JobState.WAITING)
    attendant = studio.jobs.request(Request("page"))
    assert gallery.wait_for(attendant, JobState.WAITING).cell == 0
    assert studio.jobs.get(visitor.id).cell is None


def small(profile: Profile) -> Profile:
    """The same machine with a bed on which a postcard has room."""
    return replace(profile, width=100.0, height=100.0)


def test_it_is_refused_where_the_machine_does_not_reach(gallery: Gallery) -> None:
    gallery.machine.become(LinkState.ABSENT)
    studio = gallery.open()
    job = gallery.wait_for(ask(gallery), JobState.WAITING)
    studio.use_profile(small(gallery.profile))
    with pytest.raises(ArtworkError, match="148 x 210 mm"):
        ask(gallery)
    with pytest.raises(Exception, match="148 x 210 mm"):
        Previews().make(studio.wish(Artwork("poster", SVG, whole_sheet=True)))
    gallery.wait_for(job, JobState.FAILED)
    assert free(gallery) == 4, "it never began"


@pytest.mark.parametrize("caption", [True, False])
def test_number_and_date_stand_under_it_as_under_others(
    gallery: Gallery, caption: bool
) -> None:
    gallery.settings = StudioSettings(columns=2, rows=2, caption=caption)
    gallery.open()
    job = gallery.wait_for(ask(gallery), JobState.DRAWING)
    assert job.caption.startswith("No. 1, ") is caption
    kept = gallery.store.drawing(job.id)
    assert kept is not None
    assert bool(kept.settings["caption_strokes"]) is caption
    area = gallery.paper.drawable
    assert drawn(gallery).width == pytest.approx(area.width, abs=0.01)
    assert area.y0 <= drawn(gallery).y0 < drawn(gallery).y1 <= area.y1
    text = bounds(list(gallery.machine.programs[-1].strokes[5:])) if caption else None
    assert text is None or text.y1 < bounds(list(gallery.machine.programs[-1].strokes[:5])).y0


def test_it_is_drawn_again_on_a_whole_sheet(gallery: Gallery) -> None:
    studio = gallery.open()
    job = gallery.wait_for(ask(gallery), JobState.DRAWING)
    first = drawn(gallery)
    gallery.machine.finish()
    gallery.wait_for(job, JobState.DONE)
    again = studio.jobs.again("page", job.id, prints=3)
    eventually(lambda: studio.board.now().state is Shown.NEEDS_PAPER)
    studio.sheets.new_sheet()
    assert gallery.wait_for(again, JobState.DRAWING).whole_sheet
    assert drawn(gallery).width > 0.9 * first.width  # less the strip of its signature


def test_the_preview_is_what_is_drawn_then(gallery: Gallery) -> None:
    studio = gallery.open()
    gallery.draw_one()
    how: dict[str, Any] = {"size_mm": 90.0, "x": 60.0, "y": 100.0}
    wish = studio.wish(Artwork("poster", SVG, whole_sheet=True, **how))
    plan = json.loads(Previews().make(wish))
    area = gallery.paper.drawable
    assert plan["room"] == pytest.approx([area.x0, area.y0, area.x1, area.y1])
    ask(gallery, **how)
    studio.sheets.new_sheet()
    eventually(lambda: len(gallery.machine.programs) == 2)
    box = drawn(gallery)
    assert [box.x0, box.y0, box.x1, box.y1] == pytest.approx(plan["box"], abs=0.01)
    assert box.centre == pytest.approx((area.x0 + 60.0, area.y0 + 100.0), abs=0.01)


def test_the_database_itself_keeps_others_off_its_sheet(gallery: Gallery) -> None:
    studio = gallery.open()
    job = gallery.wait_for(ask(gallery), JobState.DRAWING)
    cat = studio.jobs.request(BUTTON)
    with pytest.raises(sqlite3.IntegrityError, match="the sheet is taken"):
        gallery.store.note(cat.id, sheet=job.sheet, cell=3)


PAGE = (
    "<svg xmlns='http://www.w3.org/2000/svg' width='148mm' height='210mm'"
    " viewBox='0 0 148 210'><path stroke='black' fill='none' d='{}'/></svg>"
)
BLACK, RED = PAGE.format("M20 30H60"), PAGE.format("M60 30V180H100")


def where(gallery: Gallery) -> list[set[tuple[float, float]]]:
    """The ends of each stroke, as the page has them: mm, y down."""
    height = gallery.paper.height
    return [
        {(round(float(x), 2), round(height - float(y), 2)) for x, y in line[[0, -1]]}
        for line in gallery.machine.programs[-1].strokes
    ]


def test_files_of_one_drawing_are_its_passes_in_register(gallery: Gallery) -> None:
    gallery.open()
    files: dict[str, Any] = {"text": BLACK, "more": (File("red", RED),)}
    job = gallery.wait_for(ask(gallery, actual_size=True, **files), JobState.DRAWING)
    assert (job.class_name, job.strokes_total) == ("poster", 2)
    assert waits(gallery) == {0: "poster", 1: "red"}
    assert where(gallery) == [{(20.0, 30.0), (60.0, 30.0)}, {(60.0, 30.0), (100.0, 180.0)}]


def test_they_stay_in_register_at_any_size_and_turn(gallery: Gallery) -> None:
    how: dict[str, Any] = {"turn": 90.0, "more": (File("red", RED),)}
    picked, _ = Artwork("black", BLACK, **how).read((150.0, 80.0), gallery.profile)
    black, red = picked.added
    assert black[-1] == pytest.approx(red[0], abs=1e-5)
    assert bounds([black, red]).width == pytest.approx(150.0)


def test_what_keeps_its_size_is_refused_where_there_is_no_room(gallery: Gallery) -> None:
    gallery.open()
    with pytest.raises(ArtworkError, match=r"takes 40 × 0 mm and would go beyond its room"):
        ask(gallery, text=BLACK, actual_size=True, whole_sheet=False)
    with pytest.raises(ArtworkError, match="no SVG file"):
        ask(gallery, text="G0X1", kind="gcode", more=(File("red", RED),))


def test_it_is_never_made_smaller_for_a_caption(gallery: Gallery) -> None:
    studio = gallery.open()
    gallery.draw_one()
    low = PAGE.format("M20 30V199")
    kept, gone = (ask(gallery, text=text, actual_size=True) for text in (RED, low))
    studio.sheets.new_sheet(caption=True)
    gallery.wait_for(kept, JobState.DRAWING)
    drawn_red = bounds(list(gallery.machine.programs[-1].strokes[:1]))
    assert (drawn_red.width, drawn_red.height) == pytest.approx((40.0, 150.0), abs=0.01)
    gallery.machine.finish()
    gallery.wait_for(kept, JobState.DONE)
    studio.sheets.new_sheet(caption=True)
    reason = gallery.wait_for(gone, JobState.FAILED).reason
    assert "would go beyond its room" in str(reason)


def test_drawn_again_it_is_the_same_however_it_would_be_planned_now(gallery: Gallery) -> None:
    studio = gallery.open()
    how: dict[str, Any] = {"text": BLACK, "more": (File("red", RED),), "actual_size": True}
    job = gallery.wait_for(ask(gallery, **how), JobState.DRAWING)
    before = where(gallery)
    gallery.machine.finish()
    gallery.wait_for(job, JobState.DONE)
    kept = gallery.store.drawing(job.id)
    assert kept is not None
    gallery.store.keep_drawing(job.id, replace(kept, strokes=kept.strokes[::-1]))
    studio.sheets.new_sheet()
    gallery.wait_for(studio.jobs.again("page", job.id), JobState.DRAWING)
    assert where(gallery) == before
    assert set(waits(gallery).values()) == {"poster", "red"}
