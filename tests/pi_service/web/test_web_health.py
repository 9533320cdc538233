"""What those ask who watch over the service: alive, ready, figures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from firmware_gcode.grbl.events import LinkState
from pi_service.studio.core.database import StoreError
from pi_service.studio.core.notices import Troubles
from pi_service.studio.jobs.job import Request
from pi_service.web.routes.app import create_app
from pi_service.web.vitals import PATIENCE_S, Vitals
from tests.pi_service.people import detail
from tests.pi_service.studio.gallery import Gallery, HandMachine
from tests.pi_service.web.fake_studio import FakeStudio, fake_app


@dataclass
class Parts:
    """Parts that a test can have hang."""

    now: float = 100.0
    turned: dict[str, float] = field(default_factory=dict)
    refuses: str | None = None

    def vitals(self) -> Vitals:
        self.turned = dict.fromkeys(("link", "worker", "schedule"), self.now)
        loops = {name: lambda name=name: self.turned[name] for name in self.turned}
        return Vitals(loops, self.read, lambda: {"absent": 2}, lambda: self.now)

    def read(self) -> None:
        if self.refuses is not None:
            raise StoreError(self.refuses)


@pytest.fixture
def parts() -> Parts:
    return Parts()


@pytest.fixture
def app(studio: FakeStudio, parts: Parts) -> Flask:
    return fake_app(studio, vitals=parts.vitals(), allowed_hosts=["localhost"])


@pytest.fixture
def anybody(app: Flask) -> FlaskClient:
    return app.test_client()


def figures(client: FlaskClient) -> dict[str, float]:
    """The figures by name and labels, such as ``catplotter_jobs_total done``."""
    answer = client.get("/metrics")
    assert answer.status_code == 200
    return {
        " ".join((sample.name, *(sample.labels[key] for key in sorted(sample.labels)))): (
            sample.value
        )
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_it_is_ready_while_all_parts_live(anybody: FlaskClient) -> None:
    answer = anybody.get("/readyz")
    assert answer.status_code == 200
    assert answer.json == {
        "status": "ready",
        "parts": ["link", "worker", "schedule", "database", "disk"],
    }


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("link", "The link to the plotter has not moved for 16 s."),
        ("worker", "The worker, who has drawings drawn, has not moved for 16 s."),
        ("schedule", "The schedule has not moved for 16 s."),
    ],
)
def test_a_part_that_hangs_is_named(
    anybody: FlaskClient, parts: Parts, name: str, says: str
) -> None:
    parts.now += PATIENCE_S + 1
    parts.turned = {**dict.fromkeys(parts.turned, parts.now), name: 100.0}
    answer = anybody.get("/readyz")
    assert answer.status_code == 503
    assert answer.mimetype == "application/problem+json"
    assert answer.get_json(force=True)["detail"] == says
    assert int(answer.headers["Retry-After"]) > 0
    assert anybody.get("/healthz").status_code == 200


def test_a_database_that_cannot_be_read_is_told(anybody: FlaskClient, parts: Parts) -> None:
    parts.refuses = "The database is damaged."
    answer = anybody.get("/readyz")
    assert answer.status_code == 503
    assert answer.get_json(force=True)["detail"] == "The database is damaged."


def test_the_figures_tell_the_state(anybody: FlaskClient, studio: FakeStudio) -> None:
    for _ in range(3):
        studio.jobs.request(Request("button"))
    studio.advance(10)
    found = figures(anybody)
    assert found["catplotter_queue_jobs"] == 2
    assert found["catplotter_machine_state drawing"] == 1
    assert found["catplotter_machine_state ready"] == 0
    assert found["catplotter_machine_troubles_total absent"] == 2
    assert found["catplotter_interrupted_jobs"] == 0
    assert found["catplotter_live_listeners"] == 0
    assert found["catplotter_paper_free_cells"] == 0
    assert found[f"catplotter_build_info {version('catplotter')}"] == 1
    assert found["process_resident_memory_bytes"] > 1e6
    assert found["process_cpu_seconds_total"] > 0


def test_commands_are_timed(anybody: FlaskClient) -> None:
    for _ in range(3):
        anybody.post("/api/v1/jobs")
    anybody.post("/api/v1/jobs", json={"seed": -1})
    found = figures(anybody)
    name = "catplotter_http_request_duration_seconds"
    assert found[f"{name}_count command 2xx"] == 3
    assert found[f"{name}_count command 4xx"] == 1
    assert 0 < found[f"{name}_sum command 2xx"] < 5
    assert found[f"{name}_bucket command +Inf 2xx"] == 3


@pytest.fixture
def gallery(tmp_path: Path) -> Iterator[Gallery]:
    place = Gallery(tmp_path)
    place.open()
    yield place
    place.close()


def test_the_figures_tell_what_was_drawn(gallery: Gallery) -> None:
    for _ in range(2):
        gallery.draw_one()
    job = gallery.studio.jobs.request(Request("page"))
    gallery.studio.jobs.cancel(job.id)
    app = create_app(gallery.studio, allowed_hosts=["localhost"])
    found = figures(app.test_client())
    assert found["catplotter_jobs_total done"] == 2
    assert found["catplotter_jobs_total failed"] == 0
    ink = sum(job.ink_drawn_mm for job in gallery.studio.jobs.latest()) / 1000
    assert found["catplotter_ink_metres_total"] == pytest.approx(ink)
    assert found["catplotter_drawing_seconds_total"] >= 0
    assert found["catplotter_pen_left_metres"] == pytest.approx(400 - ink, abs=0.01)


def test_what_was_refused_is_counted(anybody: FlaskClient) -> None:
    for _ in range(2):
        anybody.get("/nowhere")
    anybody.post("/api/v1/machine/home", json={})
    found = figures(anybody)
    assert found["catplotter_refusals_total address-unknown"] == 2
    assert found["catplotter_refusals_total staff-only"] == 1


def test_it_is_not_ready_on_a_full_disk(gallery: Gallery) -> None:
    studio = gallery.studio
    studio.supplies._free_bytes = lambda: 1_000_000
    vitals = Vitals(room=studio.supplies.lack_of_room)
    answer = fake_app(FakeStudio(), vitals=vitals).test_client().get("/readyz")
    assert answer.status_code == 503
    assert "the disk is full (1 MB free)" in detail(answer)


def test_the_database_is_read_when_it_is_asked_whether_it_is_ready(gallery: Gallery) -> None:
    vitals = Vitals(read=gallery.store.database.ping)
    assert vitals.missing() == {}
    gallery.store.database.close()
    assert "database" in vitals.missing()


def test_troubles_are_counted_once_each() -> None:
    machine = HandMachine()
    troubles = Troubles(machine)
    for state in (
        *(LinkState.READY, LinkState.ABSENT, LinkState.ABSENT, LinkState.CONNECTING),
        *(LinkState.LOCKED, LinkState.READY, LinkState.ABSENT),
    ):
        machine.become(state)
    assert troubles.counts() == {"absent": 2, "locked": 1, "faulted": 0}
