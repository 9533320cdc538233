"""The dashboard over the real studio, its database and composer, and a machine by hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from firmware_gcode.grbl.events import LinkState
from pi_service.studio.access.access import Access
from pi_service.studio.jobs.job import Request
from pi_service.web.routes.app import create_app
from pi_service.web.server import WebServer
from tests.pi_service.people import staff_client
from tests.pi_service.studio.gallery import Gallery, eventually
from tests.pi_service.web.fake_studio import FakeStudio
from tests.pi_service.web.sse import Listening


@pytest.fixture
def gallery(tmp_path: Path) -> Iterator[Gallery]:
    place = Gallery(tmp_path)
    place.open()
    yield place
    place.close()


@pytest.fixture
def client(gallery: Gallery, doors: Access) -> FlaskClient:
    app = create_app(gallery.studio, doors=doors, allowed_hosts=["localhost"])
    return staff_client(app, doors)


def test_a_press_becomes_a_drawing_that_can_be_kept(
    gallery: Gallery, client: FlaskClient
) -> None:
    job = client.post("/api/v1/jobs", json={"seed": 7}).json
    assert job is not None
    eventually(lambda: gallery.machine.programs)
    state = client.get("/api/v1/state").json
    assert state is not None
    assert state["job"]["id"] == job["id"]
    gallery.machine.finish()
    eventually(lambda: gallery.studio.jobs.get(job["id"]).state == "done")
    svg = client.get(f"/api/v1/jobs/{job['id']}.svg?drawn")
    assert svg.text.count("<path ") == len(state["job"]["strokes"])
    gcode = client.get(f"/api/v1/jobs/{job['id']}.gcode")
    assert gcode.text == gallery.machine.programs[0].text
    assert gcode.headers["Content-Disposition"].endswith("filename=cat-0001-seed-7.gcode")


def test_a_stopped_drawing_shows_what_was_drawn(gallery: Gallery, client: FlaskClient) -> None:
    client.post("/api/v1/jobs", json={"seed": 7})
    eventually(lambda: gallery.machine.programs)
    gallery.machine.draw_strokes(1)
    assert client.post("/api/v1/machine/stop").status_code == 202
    eventually(lambda: gallery.studio.jobs.get(1).state == "interrupted")
    assert client.get("/api/v1/jobs/1.svg?drawn").text.count("<path ") == 1
    assert client.get("/api/v1/jobs/1.svg").text.count("<path ") > 1


@pytest.fixture
def stuck(gallery: Gallery) -> None:
    gallery.machine.refuses = "The pen is stuck."


@pytest.mark.usefixtures("stuck")
@pytest.mark.parametrize(
    ("path", "body", "status", "says"),
    [
        ("jobs", {"class": "unicorn of doom"}, 409, "unicorn of doom"),
        ("machine/pause", {}, 409, "The pen is stuck."),
        ("machine/home", {}, 409, "The pen is stuck."),
        ("jobs/99/cancel", {}, 404, "99"),
        ("jobs/99/finish", {}, 404, "99"),
    ],
)
def test_a_refusal_is_a_sentence(
    client: FlaskClient, path: str, body: dict[str, str], status: int, says: str
) -> None:
    answer = client.post(f"/api/v1/{path}", json=body)
    assert answer.status_code == status
    problem = answer.get_json(force=True)
    assert says in problem["detail"]
    assert problem["detail"].endswith(".")


def test_a_drawing_that_is_not_composed_has_no_file_yet(
    gallery: Gallery, client: FlaskClient
) -> None:
    gallery.machine.become(LinkState.ABSENT)
    assert client.get("/api/v1/jobs/1.svg").status_code == 404


def test_the_stream_tells_the_whole_drawing(gallery: Gallery) -> None:
    app = create_app(gallery.studio)
    with WebServer(app, "127.0.0.1", 0) as server, Listening(server.port) as listening:
        assert listening.next().kind == "state"
        gallery.studio.jobs.request(Request("button"))
        drawing = listening.until("drawing").data
        assert drawing["first_stroke"] == 0
        gallery.machine.draw_strokes(1)
        progress = listening.until("progress").data
        assert progress["job"] == drawing["job"]
        assert set(progress) >= {"stroke", "length_mm", "x", "y", "pen_down"}


def test_the_made_up_studio_tells_the_same_as_the_real_one(gallery: Gallery) -> None:
    """What the page's other tests draw with has not drifted from what the page really gets."""
    made_up = FakeStudio()
    real = gallery.studio.snapshot()
    assert set(made_up.snapshot()) <= set(real)
    for part in ("machine", "paper", "sheet"):
        assert set(made_up.snapshot()[part]) <= set(real[part]), part
    made_up.close()
