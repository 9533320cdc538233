"""An SVG file in the gallery: pass by pass, with the right pen, whatever comes between."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from firmware_gcode.grbl.events import LinkState, StateChanged
from pi_service.studio.jobs.artwork import Artwork, ArtworkError
from pi_service.studio.jobs.display import Shown
from pi_service.studio.jobs.job import Job, JobState, Request
from tests.pi_service.studio.gallery import Gallery, eventually

SVG = (
    "<svg xmlns='http://www.w3.org/2000/svg' width='60mm' height='40mm'>"
    "<g fill='none'><path stroke='red' d='M5 5H90M5 20H90'/>"
    "<path stroke='blue' d='M5 60H90'/><path stroke='red' d='M5 80H90'/>"
    "<rect fill='lime' x='100' width='50' height='50'/></g></svg>"
)
HATCHED = (
    "<svg xmlns='http://www.w3.org/2000/svg' width='60mm' height='60mm'>"
    "<circle fill='red' cx='50' cy='50' r='40'/>"
    "<circle fill='none' stroke='blue' cx='50' cy='50' r='20'/></svg>"
)
RED, BLUE, LIME = "#ff0000", "#0000ff", "#00ff00"


def ask(gallery: Gallery, text: str = SVG, **how: Any) -> Job:
    artwork = Artwork("star", text, **({"passes": "colour"} | how))
    picked, _ = artwork.read(gallery.studio.proposals.room)
    request = Request(
        "cli",
        class_name=artwork.name,
        seed=picked.seed,
        proposal=picked.id,
        pen_change=picked.pen_change,
    )
    return gallery.studio.jobs.request(request, picked)


def waits(gallery: Gallery) -> dict[int, str]:
    """Before which strokes the program that was sent last waits, and for which pen."""
    program = gallery.machine.programs[-1]
    return {at: str(told.params.get("name", told.code)) for at, told in program.pauses.items()}


def begun(gallery: Gallery, programs: int) -> None:
    eventually(lambda: len(gallery.machine.programs) == programs)


def break_off(gallery: Gallery, job: Job, drawn: int, first: int = 0) -> None:
    gallery.machine.draw_strokes(drawn, first)
    gallery.machine.end("failed", drawn, "The cable was pulled.")
    gallery.wait_for(job, JobState.INTERRUPTED)


def test_each_colour_is_a_pass_and_the_machine_waits_for_its_pen(gallery: Gallery) -> None:
    gallery.open()
    job = gallery.wait_for(ask(gallery), JobState.DRAWING)
    assert (job.class_name, job.strokes_total) == ("star", 5)
    assert waits(gallery) == {0: RED, 3: BLUE, 4: LIME}
    told = gallery.machine.programs[-1].pauses[3]
    gallery.machine.become(LinkState.PAUSING)
    gallery.machine._state = LinkState.PAUSED
    gallery.machine.tell(StateChanged(LinkState.PAUSED, told))
    gallery.wait_for(job, JobState.PAUSED)
    shown = gallery.studio.board.now()
    assert (shown.state, shown.told) == (Shown.NEEDS_SOMEBODY, told)
    assert "Waits for the pen “#0000ff”" in str(shown.told)


@pytest.mark.parametrize(
    ("drawn", "wanted"),
    [
        (0, {0: RED, 3: BLUE, 4: LIME}),
        (1, {1: RED, 3: BLUE, 4: LIME}),
        (3, {3: BLUE, 4: LIME}),
        (4, {4: LIME}),
    ],
)
def test_after_a_power_cut_it_asks_for_the_pen_of_the_pass(
    gallery: Gallery, drawn: int, wanted: dict[int, str]
) -> None:
    gallery.open()
    job = gallery.wait_for(ask(gallery), JobState.DRAWING)
    break_off(gallery, job, drawn)
    gallery.close()
    gallery.open()
    gallery.studio.jobs.finish(job.id)
    begun(gallery, 2)
    assert gallery.machine.programs[-1].first_stroke == drawn
    assert waits(gallery) == wanted


def test_from_an_earlier_stroke_it_asks_for_the_pen_of_that(gallery: Gallery) -> None:
    gallery.open()
    job = gallery.wait_for(ask(gallery), JobState.DRAWING)
    break_off(gallery, job, 4)
    gallery.studio.jobs.finish(job.id, first=2)
    begun(gallery, 2)
    assert waits(gallery) == {2: RED, 3: BLUE, 4: LIME}


def test_the_next_drawing_waits_for_the_usual_pen(gallery: Gallery) -> None:
    gallery.open()
    job = gallery.wait_for(ask(gallery), JobState.DRAWING)
    cat = gallery.studio.jobs.request(Request("button"))
    gallery.machine.finish()
    gallery.wait_for(job, JobState.DONE)
    gallery.wait_for(cat, JobState.DRAWING)
    assert waits(gallery) == {0: "pen-usual"}
    break_off(gallery, cat, 0)
    gallery.studio.jobs.finish(cat.id)
    begun(gallery, 3)
    assert waits(gallery) == {0: "pen-usual"}  # nobody has said yet that it is in
    gallery.machine.finish()
    gallery.wait_for(cat, JobState.DONE)
    gallery.wait_for(gallery.studio.jobs.request(Request("button")), JobState.DRAWING)
    assert waits(gallery) == {}


def test_one_pen_is_not_asked_for(gallery: Gallery) -> None:
    gallery.open()
    job = gallery.wait_for(ask(gallery, passes=None), JobState.DRAWING)
    assert waits(gallery) == {}
    assert job.pen_change is False


def test_it_is_drawn_again_with_the_same_pens(gallery: Gallery) -> None:
    gallery.open()
    job = gallery.wait_for(ask(gallery), JobState.DRAWING)
    gallery.machine.finish()
    gallery.wait_for(job, JobState.DONE)
    gallery.wait_for(gallery.studio.jobs.again("page", job.id), JobState.DRAWING)
    assert waits(gallery) == {0: RED, 3: BLUE, 4: LIME}


def test_areas_are_hatched_at_the_pitch_of_the_paper(gallery: Gallery) -> None:
    gallery.open()
    picked, told = Artwork("a", SVG, hatch=2.0).read((80.0, 80.0))
    assert told == ()
    assert [exact for *_, exact in picked.passes] == [True, False]
    lines = [line for line in picked.added if len(line) > 8]
    assert len(lines) == 1
    turned = (lines[0] @ [1.0, -1.0]) / 2**0.5
    steps = sorted({round(float(level), 1) for level in turned})
    assert {round(b - a, 1) for a, b in pairwise(steps)} == {2.0}


@pytest.mark.parametrize(
    "text", ["/etc/passwd", "", "<svg", "<html/>", "<svg xmlns='http://www.w3.org/2000/svg'/>"]
)
def test_what_is_no_drawing_is_refused(text: str) -> None:
    with pytest.raises(ArtworkError):
        Artwork("a", text).read((80.0, 80.0))


def test_what_the_gallery_cannot_keep_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pi_service.studio.jobs.artwork.MOST_STROKES", 4)
    with pytest.raises(ArtworkError, match="5 lines"):
        Artwork("a", SVG).read((80.0, 80.0))
    with pytest.raises(ArtworkError):
        Artwork("a", SVG, hatch=1e-7).read((80.0, 80.0))
