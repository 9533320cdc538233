"""Stop over the API: for anybody, whatever they show or send; who stopped; how often."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from pi_service.studio.access.access import Access
from pi_service.studio.access.caller import Caller, Role
from pi_service.studio.jobs.job import JobState, Request
from pi_service.studio.machine.standstill import STAFF
from pi_service.web.access import COOKIE
from pi_service.web.routes.app import create_app
from tests.pi_service.people import staff_client
from tests.pi_service.studio.gallery import Gallery, eventually

STOP = "/api/v1/machine/stop"


@pytest.fixture
def gallery(tmp_path: Path) -> Iterator[Gallery]:
    made = Gallery(tmp_path)
    made.open()
    yield made
    made.close()


@pytest.fixture
def app(gallery: Gallery, doors: Access) -> Flask:
    return create_app(gallery.studio, doors=doors, allowed_hosts=["localhost"])


@pytest.fixture
def staff(app: Flask, doors: Access) -> FlaskClient:
    return staff_client(app, doors)


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer catplotter_" + "x" * 43},
        {"Authorization": "Bearer "},
        {"Cookie": f"{COOKIE}=stale"},
        {"Content-Type": "text/plain"},
    ],
)
def test_nothing_that_is_shown_or_sent_is_in_the_way_of_a_stop(
    gallery: Gallery, app: Flask, headers: dict[str, str]
) -> None:
    answer = app.test_client().post(STOP, headers=headers, data=b"{stop it!")
    assert answer.status_code == 202
    assert gallery.machine.calls == ["stop"]
    assert answer.get_json()["sentence"] == (
        "Nothing was moving. Nothing begins until the staff let it go on."
    )


def test_the_machine_is_told_before_anybody_asks_who_it_is(
    gallery: Gallery, staff: FlaskClient, doors: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A card that hangs holds up the book-keeping for seconds; the pen stands by then."""
    looked_up = doors.session_owner
    job = gallery.studio.jobs.request(Request("page"))
    gallery.wait_for(job, JobState.DRAWING)

    def slowly(token: str) -> Caller:
        assert gallery.machine.calls[-1] == "stop"
        stopped = gallery.wait_for(job, JobState.INTERRUPTED)
        assert str(stopped.reason) == "Stopped by somebody."
        return looked_up(token)

    monkeypatch.setattr(doors, "session_owner", slowly)
    assert staff.post(STOP).status_code == 202
    assert gallery.studio.standstill.stopped is not None
    assert gallery.studio.standstill.stopped.who == STAFF
    eventually(lambda: str(gallery.studio.jobs.get(job.id).reason) == "Stopped by the staff.")


def test_who_stopped_is_said(
    gallery: Gallery, app: Flask, staff: FlaskClient, doors: Access
) -> None:
    _, secret = doors.keys.add("robot", Role.VISITOR)
    visitor = app.test_client()

    def who() -> str:
        return str(staff.get("/api/v1/state").get_json()["stopped"]["sentence"])

    visitor.post(STOP, environ_base={"REMOTE_ADDR": "fd00:1:2:3:4::5"})
    assert who() == "Stopped by a visitor at fd00:1:2:3::/64."
    visitor.post(STOP, headers={"Authorization": f"Bearer {secret}"})
    assert who() == "Stopped by the API key “robot”."
    staff.post(STOP)
    assert who() == "Stopped by the staff."
    job = gallery.studio.jobs.request(Request("page"))
    assert staff.post("/api/v1/machine/resume").status_code == 202
    gallery.wait_for(job, JobState.DRAWING)
    visitor.post(STOP)
    gallery.wait_for(job, JobState.INTERRUPTED)
    told = visitor.get(f"/api/v1/jobs/{job.id}").get_json()
    assert told["reason"] == "Stopped by a visitor."


def test_a_visitor_who_stops_again_and_again_can_only_pause(
    gallery: Gallery, app: Flask, staff: FlaskClient
) -> None:
    visitor = app.test_client()
    for _ in range(3):
        assert gallery.studio.notices.recent() == []
        visitor.post(STOP)
        staff.post("/api/v1/machine/resume")
    (notice,) = gallery.studio.notices.recent()
    assert notice["text"].startswith("A visitor at 127.0.0.1 has stopped the plotter 3 times")
    job = gallery.studio.jobs.request(Request("page"))
    gallery.wait_for(job, JobState.DRAWING)
    fourth = visitor.post(STOP)
    assert fourth.status_code == 202
    assert [told["code"] for told in fourth.get_json()["facts"]] == ["stop-pauses"]
    assert gallery.machine.calls[-1] == "pause at once"
    gallery.wait_for(job, JobState.PAUSED)
    assert gallery.studio.standstill.stopped is None, "the staff's “Go on” is enough"
    visitor.post(STOP, environ_base={"REMOTE_ADDR": "10.0.0.9"})
    gallery.wait_for(job, JobState.INTERRUPTED)


def test_a_drawing_goes_on_from_a_stroke(gallery: Gallery, staff: FlaskClient) -> None:
    job = gallery.draw_one()
    answer = staff.post(f"/api/v1/jobs/{job.id}/finish", json={"from_stroke": 2})
    assert answer.get_json()["strokes_drawn"] == 2
    gallery.wait_for(job, JobState.DRAWING)
    assert gallery.machine.programs[-1].first_stroke == 2
    assert staff.post("/api/v1/machine/feed", json={"percent": 150}).status_code == 202
    assert staff.get("/api/v1/state").get_json()["machine"]["feed_percent"] == 150
    for wrong in (9, 201, "fast"):
        assert staff.post("/api/v1/machine/feed", json={"percent": wrong}).status_code == 400


def test_the_job_on_the_paper_is_let_go_whatever_the_database_says(
    gallery: Gallery, staff: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = gallery.studio.jobs.request(Request("page"))
    gallery.wait_for(job, JobState.DRAWING)
    monkeypatch.delattr(type(gallery.store), "shown")
    assert staff.post(f"/api/v1/jobs/{job.id}/cancel").status_code == 200
    assert gallery.machine.calls[-1] == "stop"
    monkeypatch.undo()
    gallery.wait_for(job, JobState.CANCELLED)
