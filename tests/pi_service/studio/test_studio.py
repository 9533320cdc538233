"""From a request to ink: the studio as its callers see it."""

from __future__ import annotations

from typing import Any

import pytest

from firmware_gcode.facts import fact
from firmware_gcode.grbl.events import LinkState, Notice
from pi_service.studio.core.errors import StudioError
from pi_service.studio.core.settings import SourceRule, StudioSettings
from pi_service.studio.jobs import snapshot
from pi_service.studio.jobs.active_job import ActiveJob
from pi_service.studio.jobs.job import JobState, Request
from pi_service.studio.jobs.store import Store
from pi_service.studio.machine.control import Act
from tests.pi_service.studio.gallery import Gallery, eventually


def test_a_request_becomes_ink(gallery: Gallery) -> None:
    studio = gallery.open()
    job = studio.jobs.request(Request("page"))
    assert job.state is JobState.REQUESTED
    gallery.wait_for(job, JobState.DRAWING)
    gallery.machine.finish()
    done = gallery.wait_for(job, JobState.DONE)
    assert done.strokes_drawn == done.strokes_total == 4
    assert (done.edition, done.sheet, done.cell) == (1, 1, 0)
    assert done.seconds_estimated is not None
    assert done.seconds_estimated > 1
    assert done.model_hash == "zigzag"


def test_a_drawing_can_be_had_as_svg_and_gcode(gallery: Gallery) -> None:
    studio = gallery.open()
    job = gallery.draw_one()
    assert studio.history.svg(job.id).count("<path") == 4
    assert studio.history.gcode(job.id) == gallery.machine.programs[0].text


def test_the_same_seed_draws_the_same_cat_in_another_studio(gallery: Gallery) -> None:
    studio = gallery.open()
    first = studio.jobs.request(Request("page", seed=7))
    gallery.wait_for(first, JobState.DRAWING)
    gallery.machine.finish()
    gcode = gallery.machine.programs[0].text
    gallery.wait_for(first, JobState.DONE)
    studio.sheets.new_sheet()
    again = studio.jobs.request(Request("page", seed=7))
    gallery.wait_for(again, JobState.DRAWING)
    gallery.machine.finish()
    assert gallery.machine.programs[1].text == gcode
    assert studio.history.svg(again.id) == studio.history.svg(first.id)


def test_every_cat_stands_in_a_cell_of_its_own(gallery: Gallery) -> None:
    gallery.open()
    boxes = []
    for _ in range(4):
        gallery.draw_one()
        points = [p for s in gallery.machine.programs[-1].strokes for p in s.tolist()]
        xs, ys = zip(*points, strict=True)
        boxes.append((min(xs), min(ys), max(xs), max(ys)))
    for i, a in enumerate(boxes):
        for b in boxes[i + 1 :]:
            assert a[2] < b[0] or b[2] < a[0] or a[3] < b[1] or b[3] < a[1]


def test_a_full_sheet_asks_for_paper_and_waits(gallery: Gallery) -> None:
    gallery.settings = StudioSettings(columns=1, rows=1, caption=False)
    studio = gallery.open()
    gallery.draw_one()
    job = studio.jobs.request(Request("page"))
    eventually(lambda: "sheet is full" in str(studio.jobs.get(job.id).reason))
    assert studio.sheets.new_sheet().as_dict() == {
        **{"id": 2, "columns": 1, "rows": 1, "used": 0, "free": 1},
        "caption": False,
    }
    drawn = gallery.wait_for(job, JobState.DRAWING)
    assert (drawn.sheet, drawn.cell, drawn.edition) == (2, 0, 2)


def test_jobs_wait_for_the_machine_and_say_so(gallery: Gallery) -> None:
    gallery.machine.become(LinkState.ABSENT)
    studio = gallery.open()
    job = studio.jobs.request(Request("page"))
    eventually(lambda: "No plotter is connected" in str(studio.jobs.get(job.id).reason))
    assert studio.jobs.get(job.id).state is JobState.WAITING
    assert any("No plotter" in problem for problem in studio.snapshot()["problems"])
    gallery.machine.become(LinkState.READY)
    gallery.wait_for(job, JobState.DRAWING)
    assert studio.snapshot()["problems"] == []


def test_one_job_at_a_time_in_the_order_of_asking(gallery: Gallery) -> None:
    studio = gallery.open()
    jobs = [studio.jobs.request(Request("page")) for _ in range(3)]
    for job in jobs:
        gallery.wait_for(job, JobState.DRAWING)
        later = [studio.jobs.get(other.id).state for other in jobs if other.id > job.id]
        assert JobState.DRAWING not in later
        gallery.machine.finish()
        gallery.wait_for(job, JobState.DONE)
    assert gallery.machine.calls == ["draw"] * 3


def test_the_pen_goes_from_one_cell_to_the_next_and_parks_when_nothing_waits(
    gallery: Gallery,
) -> None:
    studio, machine = gallery.open(), gallery.machine
    jobs = [studio.jobs.request(Request("page")) for _ in range(3)]
    gallery.wait_for(jobs[0], JobState.DRAWING)
    eventually(lambda: machine.goes_on)
    machine.finish()
    gallery.wait_for(jobs[1], JobState.DRAWING)
    assert machine.calls[-2:] == ["draw", "draw"], "not parked between"
    machine.goes_on = False
    eventually(lambda: machine.goes_on)
    studio.jobs.cancel(jobs[2].id)
    eventually(lambda: not machine.goes_on)
    machine.finish()
    gallery.wait_for(jobs[1], JobState.DONE)
    eventually(lambda: machine.calls[-1] == "park")


def test_a_pen_that_stayed_for_a_drawing_that_may_not_begin_is_parked(
    gallery: Gallery,
) -> None:
    studio, machine = gallery.open(), gallery.machine
    jobs = [studio.jobs.request(Request("page")) for _ in range(2)]
    gallery.wait_for(jobs[0], JobState.DRAWING)
    eventually(lambda: machine.goes_on)
    gallery.free_bytes = 0
    machine.finish()
    eventually(lambda: "park" in machine.calls)
    assert machine.calls.count("draw") == 1
    assert studio.jobs.get(jobs[1].id).state is not JobState.DRAWING


def test_pause_and_resume_show_in_the_job(gallery: Gallery) -> None:
    studio = gallery.open()
    job = studio.jobs.request(Request("page"))
    gallery.wait_for(job, JobState.DRAWING)
    studio.machine.act(Act.PAUSE)
    gallery.wait_for(job, JobState.PAUSED)
    studio.machine.act(Act.RESUME)
    gallery.wait_for(job, JobState.DRAWING)
    gallery.machine.finish()
    gallery.wait_for(job, JobState.DONE)


def test_a_job_that_is_let_go_on_the_paper_makes_room_for_the_next(gallery: Gallery) -> None:
    studio = gallery.open()
    job = studio.jobs.request(Request("page"))
    gallery.wait_for(job, JobState.DRAWING)
    studio.jobs.cancel(job.id)
    gallery.wait_for(job, JobState.CANCELLED)
    following = studio.jobs.request(Request("page"))
    assert gallery.wait_for(following, JobState.DRAWING).cell == 1


def test_cancelling_a_waiting_job_frees_its_cell(gallery: Gallery) -> None:
    gallery.machine.become(LinkState.ABSENT)
    studio = gallery.open()
    first, second = studio.jobs.request(Request("page")), studio.jobs.request(Request("page"))
    gallery.wait_for(first, JobState.WAITING)
    studio.jobs.cancel(first.id)
    assert gallery.wait_for(second, JobState.WAITING).cell == 0
    assert [job.id for job in studio.jobs.queue()] == [second.id]


def test_cancelling_what_is_on_the_paper_stops_the_machine(gallery: Gallery) -> None:
    studio = gallery.open()
    job = studio.jobs.request(Request("page"))
    gallery.wait_for(job, JobState.DRAWING)
    studio.jobs.cancel(job.id)
    gallery.wait_for(job, JobState.CANCELLED)
    assert gallery.machine.calls == ["draw", "stop"]


def test_what_has_ended_cannot_be_cancelled(gallery: Gallery) -> None:
    studio = gallery.open()
    job = gallery.draw_one()
    with pytest.raises(StudioError, match=r"Job 1 is done and cannot become cancelled\."):
        studio.jobs.cancel(job.id)


@pytest.mark.parametrize(
    ("request_", "sentence"),
    [
        ({"class_name": "unicorn"}, "Nobody here can draw 'unicorn'"),
        ({"seed": -1}, "The seed -1 cannot be"),
        ({"seed": 2**63}, "cannot be"),
    ],
)
def test_bad_requests_are_refused_with_a_sentence(
    gallery: Gallery, request_: dict[str, Any], sentence: str
) -> None:
    studio = gallery.open()
    with pytest.raises(StudioError, match=sentence):
        studio.jobs.request(Request("page", **request_))
    assert studio.jobs.latest() == []


def test_a_full_queue_refuses(gallery: Gallery) -> None:
    gallery.settings = StudioSettings(queue_limit=3, caption=False)
    gallery.machine.become(LinkState.ABSENT)
    studio = gallery.open()
    for _ in range(3):
        studio.jobs.request(Request("button"))
    with pytest.raises(StudioError, match="The queue is full: 3 drawings are waiting"):
        studio.jobs.request(Request("button"))


def test_each_source_has_a_limit_of_its_own(gallery: Gallery) -> None:
    gallery.settings = StudioSettings(sources={"button": SourceRule(limit=2)}, caption=False)
    gallery.machine.become(LinkState.ABSENT)
    studio = gallery.open()
    for _ in range(2):
        studio.jobs.request(Request("button"))
    with pytest.raises(StudioError, match="2 drawings that the button asked for are waiting"):
        studio.jobs.request(Request("button"))
    studio.jobs.request(Request("page"))


def test_a_source_cools_down(gallery: Gallery) -> None:
    gallery.settings = StudioSettings(
        sources={"button": SourceRule(cooldown_s=30.0)}, caption=False
    )
    studio = gallery.open()
    studio.jobs.request(Request("button"))
    gallery.now += 12.5
    with pytest.raises(StudioError, match=r"Try again in 18 s\."):
        studio.jobs.request(Request("button"))
    gallery.now += 17.5
    studio.jobs.request(Request("button"))
    gallery.now -= 365 * 86400.0
    studio.jobs.request(Request("button"))


def test_the_attendant_comes_before_the_schedule_before_visitors(gallery: Gallery) -> None:
    gallery.machine.become(LinkState.ABSENT)
    studio = gallery.open()
    for source in ("button", "schedule", "button", "page", "schedule"):
        studio.jobs.request(Request(source))
    assert [job.source for job in studio.jobs.queue()] == [
        *("page", "schedule", "schedule", "button", "button")
    ]


def test_the_same_request_key_gives_the_same_job(gallery: Gallery) -> None:
    studio = gallery.open()
    job = studio.jobs.request(Request("page", request_key="a"))
    assert studio.jobs.request(Request("page", request_key="a")).id == job.id
    assert studio.jobs.request(Request("page", request_key="b")).id != job.id


def test_a_snapshot_is_of_one_instant(
    gallery: Gallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio = gallery.open()
    first = studio.jobs.request(Request("page"))
    gallery.wait_for(first, JobState.DRAWING)
    second = studio.jobs.request(Request("page"))
    gallery.wait_for(second, JobState.WAITING)
    read = snapshot.jobs_view
    before = studio.snapshot()["sheet"]

    def meanwhile(store: Store, active: ActiveJob | None) -> dict[str, Any]:
        found = read(store, active)
        gallery.machine.finish()  # the next job is taken up between two reads
        eventually(lambda: (up := studio.worker.active) and up.job.id == second.id)
        studio.jobs.request(Request("page"))
        return found

    monkeypatch.setattr(snapshot, "jobs_view", meanwhile)
    seen = studio.snapshot()
    assert seen["job"]["id"] == first.id
    assert [job["id"] for job in seen["queue"]] == [second.id]
    assert seen["sheet"] == before


def test_without_a_model_the_rest_goes_on(gallery: Gallery) -> None:
    gallery.artist = "There is no model file. Put one there."
    studio = gallery.open()
    assert studio.snapshot()["problems"] == ["There is no model file. Put one there."]
    assert studio.snapshot()["classes"] == []
    with pytest.raises(StudioError, match=r"There is no model file\."):
        studio.jobs.request(Request("page"))
    studio.machine.act(Act.HOME)
    assert gallery.machine.calls == ["home"]


def test_jobs_asked_for_before_wait_for_the_model(gallery: Gallery) -> None:
    studio = gallery.open(start=False)
    job = studio.jobs.request(Request("page"))
    gallery.close()
    gallery.artist = "There is no model file."
    studio = gallery.open()
    eventually(lambda: str(studio.jobs.get(job.id).reason) == "There is no model file.")
    assert studio.jobs.get(job.id).state is JobState.REQUESTED


def test_a_drawing_that_cannot_be_composed_fails_and_the_next_follows(
    gallery: Gallery,
) -> None:
    artist = gallery.artist
    assert not isinstance(artist, str)
    draw = artist.draw

    def fail_once(class_name: str = "cat", *, seed: int, candidates: int | None = None) -> Any:
        if seed == 13:
            raise ValueError("the sketch is empty")
        return draw(class_name, seed=seed)

    artist.draw = fail_once  # type: ignore[method-assign]
    studio = gallery.open()
    bad, good = (
        studio.jobs.request(Request("page", seed=13)),
        studio.jobs.request(Request("page", seed=14)),
    )
    failed = gallery.wait_for(bad, JobState.FAILED)
    assert str(failed.reason) == "This drawing could not be composed: the sketch is empty"
    gallery.wait_for(good, JobState.DRAWING)


def test_a_machine_that_refuses_leaves_the_job_waiting(gallery: Gallery) -> None:
    studio = gallery.open()
    gallery.machine.refuses = "The machine is busy."
    job = studio.jobs.request(Request("page"))
    eventually(lambda: str(studio.jobs.get(job.id).reason) == "The machine is busy.")
    gallery.machine.refuses = None
    gallery.wait_for(job, JobState.DRAWING)
    gallery.machine.refuses = "Nothing is being drawn."
    with pytest.raises(StudioError, match="Nothing is being drawn"):
        studio.machine.act(Act.PAUSE)


def test_a_program_that_a_ready_machine_never_takes_fails(gallery: Gallery) -> None:
    studio = gallery.open()
    gallery.machine.refuses = "Line 3 could be misread."
    job = studio.jobs.request(Request("page"))
    eventually(lambda: studio.jobs.get(job.id).state is JobState.WAITING)
    for _ in range(5):
        studio.problems.report("test", None)
        gallery.machine.tell(Notice(fact("text", text="look")))
    failed = gallery.wait_for(job, JobState.FAILED)
    assert (str(failed.reason), failed.strokes_drawn) == ("Line 3 could be misread.", 0)


def test_it_homes_once_at_the_start_and_never_later(gallery: Gallery) -> None:
    gallery.machine.become(LinkState.ABSENT)
    studio = gallery.open()
    gallery.machine.become(LinkState.LOCKED)
    eventually(lambda: gallery.machine.calls == ["home"])
    eventually(lambda: studio.snapshot()["machine"]["state"] == "ready")
    gallery.machine.become(LinkState.LOCKED)
    gallery.machine.tell(Notice(fact("text", text="hello")))
    start = studio.snapshot()["event"]
    eventually(lambda: any(e.kind == "notice" for e in studio.events.read(start - 3)))
    assert gallery.machine.calls == ["home"]


def test_the_snapshot_shows_the_drawing_and_the_events_go_on_from_it(
    gallery: Gallery,
) -> None:
    studio = gallery.open()
    job = studio.jobs.request(Request("page"))
    gallery.wait_for(job, JobState.DRAWING)
    gallery.machine.draw_strokes(2)
    eventually(lambda: studio.jobs.get(job.id).strokes_drawn == 2)
    seen = studio.snapshot()
    assert seen["job"]["id"] == job.id
    assert len(seen["job"]["strokes"]) == 4
    assert seen["progress"]["stroke"] == 1
    assert seen["sheet"]["used"] == 1
    assert seen["paper"] == {"width": 148.0, "height": 210.0, "margin": 10.0}
    gallery.machine.draw_strokes(4, first=2)
    gallery.machine.end("done", 4)
    gallery.wait_for(job, JobState.DONE)
    kinds = [event.kind for event in studio.events.read(seen["event"])]
    assert kinds.count("progress") == 2
    assert "job" in kinds


def test_the_stream_tells_how_the_sheet_fills(gallery: Gallery) -> None:
    studio = gallery.open()
    start = studio.events.last_id
    gallery.machine.become(LinkState.ABSENT)
    job = studio.jobs.request(Request("page"))
    gallery.wait_for(job, JobState.WAITING)
    studio.jobs.cancel(job.id)
    studio.sheets.new_sheet()
    sheets = [event.data for event in studio.events.read(start) if event.kind == "sheet"]
    assert [(sheet["id"], sheet["free"]) for sheet in sheets] == [(1, 3), (1, 4), (2, 4)]


def test_history_is_paged_newest_first(gallery: Gallery) -> None:
    gallery.machine.become(LinkState.ABSENT)
    studio = gallery.open()
    ids = [studio.jobs.request(Request("page")).id for _ in range(5)]
    page = studio.jobs.latest(2)
    assert [job.id for job in page] == ids[:-3:-1]
    assert [job.id for job in studio.jobs.latest(2, before=page[-1].id)] == [ids[2], ids[1]]


def test_unknown_jobs_and_undrawn_ones_are_told_in_a_sentence(gallery: Gallery) -> None:
    studio = gallery.open(start=False)
    with pytest.raises(StudioError, match=r"There is no job 9\."):
        studio.jobs.get(9)
    job = studio.jobs.request(Request("page"))
    with pytest.raises(StudioError, match="Job 1 is requested: it has no drawing to show"):
        studio.history.svg(job.id)
