"""From a visitor's strokes to a job: stored before it is told, drawn as it was shown."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from firmware_gcode.drawing.geometry import Polyline, distances, farthest
from firmware_gcode.drawing.layout import grid
from firmware_gcode.grbl.events import LinkState
from pi_service.studio.core.errors import StudioError
from pi_service.studio.core.settings import SourceRule, StudioSettings
from pi_service.studio.jobs.job import Job, JobState, Request
from pi_service.studio.jobs.picked import Picked, let_go, look_up, stand
from pi_service.studio.jobs.planner import CELL_GAP_MM
from pi_service.studio.proposals.beginning import Frame
from pi_service.studio.proposals.proposals import SOURCE, VisitorDrawing
from tests.pi_service.studio.gallery import Gallery, eventually
from tests.pi_service.studio.proposals.drawing_artist import DrawingArtist

FRAME = Frame(200.0, 140.0)


def head(points: int = 60, radius: float = 40.0) -> list[list[float]]:
    angles = np.linspace(0.1, 6.2, points)
    circle = np.stack(
        [100 + radius * np.cos(angles), 70 + 0.9 * radius * np.sin(angles)], axis=1
    )
    return [[float(x), float(y)] for x, y in circle.round(2)]


WISH = VisitorDrawing(
    "cat", [head(), [[85.0, 60.0]], [[92.0, 80.0], [100.0, 84.0], [108.0, 80.0]]], FRAME
)


@pytest.fixture
def artist(gallery: Gallery) -> DrawingArtist:
    made = DrawingArtist()
    gallery.artist = made
    return made


@pytest.fixture
def studio_gallery(gallery: Gallery, artist: DrawingArtist) -> Gallery:
    del artist
    gallery.open()
    return gallery


def offered(
    gallery: Gallery, wish: VisitorDrawing = WISH, *, seed: int = 5, count: int = 3
) -> list[Picked]:
    return list(gallery.studio.proposals.offer("somebody", wish, seed=seed, count=count))


def pick(gallery: Gallery, picked: Picked, **how: object) -> Job:
    job = gallery.studio.proposals.pick(
        WISH,
        seed=picked.seed,
        proposal=picked.id,
        **how,  # type: ignore[arg-type] # passed on
    )
    assert isinstance(job, Job)
    return job


def assert_both_hands(gallery: Gallery, job: Job, picked: Picked) -> list[Polyline]:
    """The program sent inks the human's strokes in order, then the machine's, to 0.3 mm."""
    program = gallery.machine.programs[-1]
    sheet = gallery.store.sheet(job.sheet)
    assert sheet is not None
    assert job.cell is not None
    cells = grid(gallery.paper.drawable, sheet.columns, sheet.rows, gap=CELL_GAP_MM)
    given, added = stand(picked, cells[job.cell])
    inked = list(program.strokes)
    for drawn, wanted in zip(inked, given, strict=False):
        assert farthest(wanted, drawn) < 0.3
        assert farthest(drawn, wanted) < 0.3
        assert np.abs(drawn[0] - wanted[0]).max() < 0.3
        assert np.abs(drawn[-1] - wanted[-1]).max() < 0.3
    rest = inked[len(given) :]
    for wanted in added:
        reached = np.min([_away(wanted, line) for line in rest], axis=0)
        assert reached.max() < 0.3
    for line in rest:
        assert np.min([_away(line, wanted) for wanted in added], axis=0).max() < 0.3
    return rest


def _away(points: Polyline, line: Polyline) -> Polyline:
    return distances(points, line)


def test_a_picked_proposal_is_drawn_both_hands(studio_gallery: Gallery) -> None:
    found = offered(studio_gallery)
    job = pick(studio_gallery, found[1])
    assert (job.source, job.seed, job.proposal) == (SOURCE, 6, found[1].id)
    drawn = studio_gallery.wait_for(job, JobState.DRAWING)
    assert_both_hands(studio_gallery, drawn, found[1])
    svg = studio_gallery.studio.history.svg(job.id)
    assert svg.count('<path class="human"') == 3
    assert svg.count('<path class="machine"') == drawn.strokes_total - 3
    assert studio_gallery.machine.programs[-1].pauses == {}


def test_it_is_on_the_disk_before_anybody_hears_of_it(
    studio_gallery: Gallery, tmp_path: Path
) -> None:
    studio_gallery.machine.become(LinkState.ABSENT)
    (picked,) = offered(studio_gallery, count=1)
    job = pick(studio_gallery, picked, pen_change=True)
    other = studio_gallery.after_power_cut(tmp_path / "other")
    other.artist = DrawingArtist()
    studio = other.open()
    kept = look_up(other.store.database, picked.id)
    assert kept is not None
    assert kept.text == picked.text
    found = studio.jobs.get(job.id)
    assert (found.proposal, found.pen_change, found.seed) == (picked.id, True, picked.seed)
    other.machine.become(LinkState.READY)
    drawn = other.wait_for(found, JobState.DRAWING)
    assert_both_hands(other, drawn, picked)
    other.close()


def test_the_seed_gives_the_same_again(studio_gallery: Gallery) -> None:
    found = offered(studio_gallery)
    again = offered(studio_gallery, seed=found[2].seed, count=1)
    assert again[0].text == found[2].text


def test_it_is_made_again_where_the_service_has_forgotten_it(
    gallery: Gallery, artist: DrawingArtist
) -> None:
    gallery.open()
    (picked,) = offered(gallery, count=1)
    gallery.close()
    gallery.open()
    artist.made.clear()
    job = pick(gallery, picked)
    assert job.proposal == picked.id
    assert artist.made == [picked.seed]


def test_what_would_come_out_otherwise_is_not_drawn(
    gallery: Gallery, artist: DrawingArtist
) -> None:
    gallery.open()
    (picked,) = offered(gallery, count=1)
    gallery.close()
    gallery.open()
    artist.reach = 0.5
    with pytest.raises(StudioError, match="changed its mind"):
        pick(gallery, picked)
    assert gallery.studio.jobs.latest() == []


def test_asking_twice_under_one_name_gives_one_job(studio_gallery: Gallery) -> None:
    found = offered(studio_gallery)
    first = pick(studio_gallery, found[0], request_key="k")
    assert pick(studio_gallery, found[0], request_key="k").id == first.id


def test_the_pen_is_changed_between_the_hands(studio_gallery: Gallery) -> None:
    found = offered(studio_gallery)
    job = pick(studio_gallery, found[0], pen_change=True)
    studio_gallery.wait_for(job, JobState.DRAWING)
    (at,) = studio_gallery.machine.programs[-1].pauses.items()
    assert at[0] == 3
    assert "Put in the pen" in str(at[1])


@pytest.mark.parametrize(
    ("drawn", "waits"),
    [
        (1, {1: "pen-usual", 3: "change-pen"}),
        (3, {3: "change-pen"}),
        (4, {4: "change-pen"}),
    ],
)
def test_after_a_break_it_asks_for_the_pen_with_which_it_goes_on(
    studio_gallery: Gallery, drawn: int, waits: dict[int, str]
) -> None:
    found = offered(studio_gallery)
    job = pick(studio_gallery, found[0], pen_change=True)
    studio_gallery.wait_for(job, JobState.DRAWING)
    whole = studio_gallery.machine.programs[-1]
    studio_gallery.machine.draw_strokes(drawn)
    studio_gallery.machine.end("failed", drawn, "The cable was pulled.")
    studio_gallery.wait_for(job, JobState.INTERRUPTED)
    studio_gallery.studio.jobs.finish(job.id)
    eventually(lambda: len(studio_gallery.machine.programs) == 2)
    rest = studio_gallery.machine.programs[-1]
    assert rest.first_stroke == drawn
    assert {at: told.code for at, told in rest.pauses.items()} == waits
    assert all(np.array_equal(a, b) for a, b in zip(rest.strokes, whole.strokes, strict=True))


def test_drawing_it_again_draws_both_hands_again(
    gallery: Gallery, artist: DrawingArtist
) -> None:
    gallery.open()
    found = offered(gallery)
    job = pick(gallery, found[0])
    gallery.wait_for(job, JobState.DRAWING)
    gallery.machine.finish()
    gallery.wait_for(job, JobState.DONE)
    artist.reach = 0.1  # the model is another one by now
    again = gallery.studio.jobs.again("page", job.id)
    drawn = gallery.wait_for(again, JobState.DRAWING)
    assert drawn.proposal == found[0].id
    assert drawn.cell == 1
    assert_both_hands(gallery, drawn, found[0])


def test_a_cell_that_became_free_is_not_drawn_with_what_was_composed_for_another(
    studio_gallery: Gallery,
) -> None:
    """The same seed and cell, but other strokes: another drawing."""
    studio_gallery.machine.become(LinkState.ABSENT)
    (one,) = offered(studio_gallery, count=1)
    first = pick(studio_gallery, one)
    studio_gallery.wait_for(first, JobState.WAITING)
    studio_gallery.studio.jobs.cancel(first.id)
    wish = VisitorDrawing("cat", [head(radius=30.0)], FRAME)
    (other,) = offered(studio_gallery, wish, count=1)
    job = studio_gallery.studio.proposals.pick(wish, seed=other.seed, proposal=other.id)
    assert isinstance(job, Job)
    studio_gallery.machine.become(LinkState.READY)
    drawn = studio_gallery.wait_for(job, JobState.DRAWING)
    assert (drawn.cell, drawn.seed) == (0, one.seed)
    assert_both_hands(studio_gallery, drawn, other)


def test_captions_stand_under_it_and_what_leads_out_is_fitted(
    gallery: Gallery, artist: DrawingArtist
) -> None:
    gallery.settings = StudioSettings(caption=True)
    artist.reach = 6.0
    gallery.open()
    found = offered(gallery)
    job = pick(gallery, found[0])
    drawn = gallery.wait_for(job, JobState.DRAWING)
    assert drawn.caption.startswith("No. 1, ")
    strokes = gallery.machine.programs[-1].strokes
    area = gallery.paper.drawable
    assert all(area.contains(line, tolerance=0.02) for line in strokes)
    assert gallery.studio.history.svg(job.id).count('<path class="caption"') > 5


def test_deleting_it_takes_the_visitors_strokes_along(studio_gallery: Gallery) -> None:
    found = offered(studio_gallery)
    job = pick(studio_gallery, found[0])
    studio_gallery.wait_for(job, JobState.DRAWING)
    studio_gallery.machine.finish()
    studio_gallery.wait_for(job, JobState.DONE)
    studio_gallery.studio.history.delete(job.id)
    assert look_up(studio_gallery.store.database, found[0].id) is None


def test_visitors_have_a_limit_of_their_own(gallery: Gallery, artist: DrawingArtist) -> None:
    del artist
    gallery.settings = StudioSettings(sources={SOURCE: SourceRule(limit=1)}, caption=False)
    gallery.machine.become(LinkState.ABSENT)
    gallery.open()
    found = offered(gallery)
    pick(gallery, found[0])
    with pytest.raises(StudioError, match="1 drawings that the canvas asked for are waiting"):
        pick(gallery, found[1])


@pytest.mark.parametrize("artist_", ["There is no model file.", "a plain one"])
def test_without_anybody_who_draws_on_it_says_so(gallery: Gallery, artist_: str) -> None:
    if artist_ != "a plain one":
        gallery.artist = artist_
    studio = gallery.open()
    assert studio.proposals.problem is not None
    with pytest.raises(StudioError, match=r"no model file|does not draw on"):
        studio.proposals.offer("somebody", WISH)


def test_the_staff_decide_what_visitors_may_choose(studio_gallery: Gallery) -> None:
    menu = studio_gallery.studio.menu
    assert menu.as_dict(staff=False) == {
        "default": "cat",
        "offered": ["cat"],
        "rule": "default",
    }
    assert menu.as_dict(staff=True)["offered"] == ["cat", "dog"]
    with pytest.raises(StudioError, match="“dog” is not drawn for visitors here"):
        menu.check("dog", staff=False)
    menu.check("dog", staff=True)
    menu.decide("animals")
    menu.check("dog", staff=False)
    menu.decide(["cat"])
    assert menu.offered == ["cat"]
    with pytest.raises(StudioError, match="Nobody here can draw “unicorn”"):
        menu.decide(["unicorn"])
    with pytest.raises(StudioError, match="“sometimes”"):
        menu.decide("sometimes")
    with pytest.raises(StudioError, match="not drawn for visitors"):
        studio_gallery.studio.jobs.request(Request("visitor", class_name="dog"))
    studio_gallery.studio.jobs.request(Request("page", class_name="dog"))


def test_what_nothing_draws_any_more_is_tidied_away(studio_gallery: Gallery) -> None:
    found = offered(studio_gallery)
    kept, gone = pick(studio_gallery, found[0]), pick(studio_gallery, found[1])
    studio_gallery.wait_for(kept, JobState.DRAWING)
    studio_gallery.studio.jobs.cancel(gone.id)
    studio_gallery.wait_for(gone, JobState.CANCELLED)
    studio_gallery.store.forget_drawing(gone.id)
    with studio_gallery.store.transaction() as connection:
        assert let_go(connection) == 1
    database = studio_gallery.store.database
    assert look_up(database, found[0].id) is not None
    assert look_up(database, found[1].id) is None
