"""An SVG file in the gallery: pass by pass, with the right pen, whatever comes between."""

from __future__ import annotations

import json
import threading
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from firmware_gcode.drawing.geometry import bounds
from firmware_gcode.grbl.events import LinkState, StateChanged
from firmware_gcode.program.profile import Profile
from pi_service.studio.core.errors import StudioError
from pi_service.studio.jobs.artwork import Artwork, ArtworkError
from pi_service.studio.jobs.display import Shown
from pi_service.studio.jobs.job import Job, JobState, Request
from pi_service.studio.jobs.preview import Previews
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
PROFILE = Profile.load("simulated")
ROOM = (80.0, 60.0)
CORNER = "G21G90\nG0Z3X10Y10\nG1Z0F600\nG1X40F1000\nY30\nG0Z3\n"
RED, BLUE, LIME = "#ff0000", "#0000ff", "#00ff00"


def ask(gallery: Gallery, text: str = SVG, **how: Any) -> Job:
    artwork = Artwork("star", text, **({"passes": "colour"} | how))
    picked, _ = artwork.read(gallery.studio.proposals.room, PROFILE)
    return gallery.studio.jobs.request(artwork.request("cli", picked), picked)


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
    picked, told = Artwork("a", SVG, hatch=2.0).read((80.0, 80.0), PROFILE)
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
        Artwork("a", text).read((80.0, 80.0), PROFILE)


def test_what_the_gallery_cannot_keep_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pi_service.studio.jobs.artwork.MOST_STROKES", 4)
    with pytest.raises(ArtworkError, match="5 lines"):
        Artwork("a", SVG).read((80.0, 80.0), PROFILE)
    with pytest.raises(ArtworkError):
        Artwork("a", SVG, hatch=1e-7).read((80.0, 80.0), PROFILE)


def put(text: str = SVG, **how: Any) -> tuple[float, float, float, float]:
    """Where a drawing stands in a room, from its lower left corner: middle and size, mm."""
    picked, _ = Artwork("a", text, **how).read(ROOM, PROFILE)
    assert picked.room == ROOM
    box = bounds(picked.added)
    x, y = box.centre
    return x, ROOM[1] - y, box.width, box.height


def test_a_drawing_is_put_turned_and_sized_by_hand() -> None:
    assert put(x=40.0, y=20.0, size_mm=30.0) == pytest.approx((40, 20, 30, 16.6), abs=0.1)
    assert put(turn=90.0, size_mm=30.0) == pytest.approx((40, 30, 16.6, 30), abs=0.1)
    assert put(turn=90.0)[3] == pytest.approx(60.0)
    with pytest.raises(ArtworkError, match=r"takes 30 × 16\.6 mm"):
        put(x=10.0, size_mm=30.0)


def test_it_is_turned_counter_clockwise() -> None:
    flag = SVG.replace("M5 5H90M5 20H90", "M5 5H90").replace("M5 60H90", "M5 5V60")
    upright, _ = Artwork("a", flag, x=40.0, y=30.0, size_mm=40.0).read(ROOM, PROFILE)
    turned, _ = Artwork("a", flag, turn=90.0, size_mm=40.0).read(ROOM, PROFILE)
    for before, after in zip(upright.added, turned.added, strict=True):
        x, y = (before - (40.0, 30.0)).T
        assert after - (40.0, 30.0) == pytest.approx(np.column_stack((y, -x)), abs=1e-5)


def test_the_lines_of_gcode_are_drawn_as_any_drawing(gallery: Gallery) -> None:
    gallery.open()
    text = CORNER + "M0 (blue)\nG0X12Y12\nG1Z0F600\nX30\nG0Z3\nX0Y0\nM2\n"
    picked, told = Artwork("a", text, kind="gcode").read(ROOM, PROFILE)
    assert [each.code for each in told] == ["artwork-from-gcode"]
    assert [name for name, *_ in picked.passes] == ["-", "blue"]
    assert put(text, kind="gcode") == pytest.approx((40, 30, 30, 20))
    assert put(text, kind="gcode", size_mm=15.0)[2] == pytest.approx(15)
    job = gallery.wait_for(ask(gallery, text, kind="gcode"), JobState.DRAWING)
    assert job.strokes_total == 2
    assert waits(gallery)[1] == "blue"
    assert gallery.machine.programs[-1].strokes[0][:, 1].max() < gallery.studio._paper.height


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("G0X10\nG1X20F100\n", "never lowered"),
        (CORNER + "G1X900\n", "line 7"),
        ("$H\n" + CORNER, "line 1"),
        (CORNER + "G1Z0\nM0\n", "line 8"),
        ("hello", "line 1"),
    ],
)
def test_gcode_that_cannot_be_promised_for_is_refused(text: str, says: str) -> None:
    with pytest.raises(ArtworkError, match=says):
        Artwork("a", text, kind="gcode").read(ROOM, PROFILE)


def test_a_preview_is_what_is_drawn_then(gallery: Gallery) -> None:
    studio = gallery.open()
    how: dict[str, Any] = {"passes": "colour", "turn": 30.0, "size_mm": 20.0}
    plan = json.loads(Previews().make(studio.wish(Artwork("star", SVG, **how))))
    assert studio.jobs.latest() == []
    job = gallery.wait_for(ask(gallery, **how), JobState.DRAWING)
    drawn = gallery.store.drawing(job.id)
    assert drawn is not None
    count = len(drawn.strokes) - drawn.settings["caption_strokes"]
    for shown, kept in zip(plan["strokes"], drawn.strokes[:count], strict=True):
        assert shown == pytest.approx(np.array(kept), abs=0.006)
    assert [pen["name"] for pen in plan["pens"]] == [RED, BLUE, LIME]
    assert plan["cell"] == job.cell
    assert plan["seconds"] == pytest.approx(job.seconds_estimated, rel=0.3)
    x0, y0, x1, y1 = plan["room"]
    assert x0 < plan["box"][0] < plan["box"][2] < x1
    assert y0 < plan["box"][1] < plan["box"][3] < y1


def test_a_preview_ends_when_it_takes_too_long_or_another_is_wanted(gallery: Gallery) -> None:
    wish = gallery.open().wish(Artwork("star", SVG))
    with pytest.raises(StudioError, match=r"more than 0\.01 seconds"):
        Previews(0.01).make(wish)
    previews, ends = Previews(), []

    def first() -> None:
        with pytest.raises(StudioError) as refusal:
            previews.make(wish)
        ends.append(refusal.value.fact.code)

    waiting = threading.Thread(target=first)
    waiting.start()
    eventually(lambda: previews._running is not None)
    assert json.loads(previews.make(wish))["strokes"]
    waiting.join()
    assert ends == ["preview-ended"]
    with pytest.raises(StudioError, match="not valid SVG"):
        previews.make(gallery.studio.wish(Artwork("star", "<svg")))
