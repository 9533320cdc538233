"""Where there is time, a drawing is chosen among more sketches; how many is kept with it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from firmware_gcode.drawing.paper import Paper
from firmware_gcode.program.profile import Profile
from pi_service.sketching.stroke import Sketch
from pi_service.studio.jobs.job import JobState, Request
from pi_service.studio.jobs.planner import Placed, Planner
from pi_service.studio.jobs.prefetch import AHEAD, FEWEST, PRESS_S, Pace
from tests.pi_service.studio.gallery import Gallery, ZigzagArtist, eventually


class Choosing(ZigzagArtist):
    """What it draws hangs on the seed and on how many sketches it may choose from."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, int | None]] = []

    def draw(
        self, class_name: str = "cat", *, seed: int, candidates: int | None = None
    ) -> Sketch:
        self.asked.append((seed, candidates))
        rows = super().draw(class_name, seed=seed)
        return rows + np.array([candidates or 0, 0, 0], dtype=np.int32)


def _settings(gallery: Gallery, job_id: int) -> dict[str, Any]:
    kept = gallery.store.drawing(job_id)
    assert kept is not None
    return kept.settings


def test_what_is_drawn_after_a_rest_was_chosen_among_many(gallery: Gallery) -> None:
    gallery.artist = artist = Choosing()
    studio = gallery.open()
    eventually(lambda: len(artist.asked) == 2)
    (first, few), (again, many) = artist.asked
    assert (first, few, many) == (again, FEWEST, AHEAD)
    job = studio.jobs.request(Request("button"))
    drawn = gallery.wait_for(job, JobState.DRAWING)
    assert drawn.seed == first
    assert _settings(gallery, job.id)["candidates"] in (FEWEST, AHEAD)
    assert [seed for seed, _ in artist.asked].count(first) == 2


def test_what_waits_while_the_pen_draws_is_chosen_among_many(gallery: Gallery) -> None:
    gallery.artist = artist = Choosing()
    studio = gallery.open()
    first = studio.jobs.request(Request("page", seed=7))
    gallery.wait_for(first, JobState.DRAWING)
    second = studio.jobs.request(Request("page", seed=8))
    gallery.wait_for(second, JobState.WAITING)
    assert (8, AHEAD) in artist.asked
    assert _settings(gallery, second.id)["candidates"] == AHEAD
    assert _settings(gallery, first.id)["candidates"] % FEWEST == 0


def test_a_drawing_goes_on_with_the_sketch_that_was_chosen() -> None:
    artist = Choosing()
    planner = Planner(artist, Profile.load("simulated"), Paper.named("A5"))
    plain = Placed(Request("", class_name="cat", seed=5), 1, 0, (1, 1))
    careful = planner.compose(replace(plain, candidates=AHEAD))
    quick = planner.compose(plain)
    kept = careful.kept
    assert kept.strokes != quick.kept.strokes
    assert planner.compose_rest(plain, kept, 0).kept.strokes == kept.strokes
    elsewhere = replace(plain, sheet=2)
    assert planner.compose(elsewhere, (plain, kept)).kept.strokes == kept.strokes
    assert artist.asked[-1] == (5, AHEAD)


def test_at_the_press_there_are_as_many_as_there_is_time_for() -> None:
    pace = Pace()
    assert pace.at_press == FEWEST
    pace.note(FEWEST, FEWEST * PRESS_S / 30)
    assert pace.at_press == 24
    pace.note(FEWEST, 0.001)  # a few tell less than many
    assert pace.at_press == 24
    for _ in range(20):
        pace.note(AHEAD, AHEAD * PRESS_S / 50)
    assert pace.at_press == 48
    pace.note(AHEAD, 0.0001)
    pace.note(AHEAD, 0.0001)
    assert pace.at_press == AHEAD
    for _ in range(20):
        pace.note(AHEAD, AHEAD * PRESS_S)
    assert pace.at_press == FEWEST
