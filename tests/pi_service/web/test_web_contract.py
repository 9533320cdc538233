"""The document: it holds every route, and what is answered is what it says."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from flask import Flask

from firmware_gcode.facts import fact
from pi_service.studio.jobs.job import Job, JobState, Request
from pi_service.studio.machine.control import Act
from pi_service.studio.machine.standstill import STAFF
from pi_service.web.blueprints import operation_of
from pi_service.web.openapi import PATH, document
from pi_service.web.routes.app import create_app
from pi_service.web.schemas.base import Answer
from pi_service.web.schemas.jobs import JobSchema
from pi_service.web.schemas.state import EVENTS
from tests.pi_service.people import with_password
from tests.pi_service.studio.gallery import Gallery
from tests.pi_service.studio.workshop.machine_room import Room
from tests.pi_service.web.contract import Contract
from tests.pi_service.web.fake_studio import FakeStudio, fake_app
from tests.pi_service.web.whole import whole_app

NO_API = ("/static/", "/favicon.ico")


@pytest.fixture
def gallery(tmp_path: Path) -> Iterator[Gallery]:
    place = Gallery(tmp_path)
    place.open()
    yield place
    place.close()


@pytest.fixture
def whole(tmp_path: Path) -> Iterator[Flask]:
    """The dashboard with everything that it can have."""
    with closing(Room(tmp_path)) as room, closing(with_password(tmp_path / "doors")) as doors:
        yield whole_app(room, doors)


@pytest.fixture
def paths(whole: Flask) -> dict[str, Any]:
    found: dict[str, Any] = document(whole)["paths"]
    return found


def operations(paths: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in paths.items():
        for method, operation in methods.items():
            yield f"{method} {path}", operation


def test_every_route_is_in_the_document(whole: Flask) -> None:
    undeclared = {
        rule.rule
        for rule in whole.url_map.iter_rules()
        if operation_of(whole.view_functions[rule.endpoint]) is None
        and not rule.endpoint.startswith("page_")
        and not rule.rule.startswith(NO_API)
    }
    assert undeclared == set()


def test_the_document_is_one_that_tools_understand(whole: Flask) -> None:
    answer = whole.test_client().get(PATH)
    assert answer.status_code == 200
    assert answer.mimetype == "application/json"
    found = json.loads(answer.data)
    assert found["openapi"].startswith("3.1")
    schemathesis.openapi.from_dict(found).validate()


def test_every_operation_says_what_it_does(paths: dict[str, Any]) -> None:
    for name, operation in operations(paths):
        assert operation["summary"].endswith("."), name
        assert operation["tags"], name
        assert "400" in operation["responses"], name
        for status, answer in operation["responses"].items():
            assert answer["description"], (name, status)
            if int(status) >= 400:
                assert list(answer["content"]) == ["application/problem+json"], name
        for parameter in operation["parameters"]:
            assert parameter.get("description") or parameter["in"] == "path", name


def test_every_operation_has_a_name_of_its_own(paths: dict[str, Any]) -> None:
    names = Counter(operation["operationId"] for _, operation in operations(paths))
    assert [name for name, count in names.items() if count > 1] == []


def test_every_field_says_what_it_is(whole: Flask) -> None:
    for name, schema in document(whole)["components"]["schemas"].items():
        assert not schema["additionalProperties"], name
        for field, declared in schema.get("properties", {}).items():
            assert declared.get("description"), (name, field)


def test_the_staffs_operations_ask_for_proof(paths: dict[str, Any]) -> None:
    assert paths["/api/v1/state"]["get"]["security"] == []
    assert paths["/api/v1/machine/stop"]["post"]["security"] == []
    proofs: list[Any] = [{"key": []}, {"session": []}]
    assert paths["/api/v1/hours"]["put"]["security"] == proofs
    assert {"401", "403"} <= set(paths["/api/v1/hours"]["put"]["responses"])


def test_the_document_and_the_jobs_know_the_same_facts() -> None:
    job = Job(
        source="page", id=1, state=JobState.WAITING, class_name="cat", seed=7, requested_at=0.0
    )
    assert set(JobSchema().fields) == set(job.as_dict())


def test_the_state_and_every_event_are_as_declared(gallery: Gallery) -> None:
    app = create_app(gallery.studio, allowed_hosts=["localhost"])
    contract = Contract(app)
    seen = gallery.studio.events.last_id
    job = gallery.draw_one()
    gallery.studio.sheets.new_sheet(columns=1, rows=1)
    gallery.studio.supplies.new_pen(12.0)
    gallery.studio.notices.say(fact("text", text="Something of interest."))
    gallery.studio.problems.report("light", fact("text", text="The light is out."))
    gallery.studio.history.delete(job.id)
    gallery.studio.approvals.decide(on=True)
    gallery.studio.machine.stop(STAFF)
    gallery.studio.machine.act(Act.RESUME)
    kinds = set()
    for event in gallery.studio.events.read(seen):
        kinds.add(event.kind)
        schema = {"$ref": f"#/components/schemas/{name_of(EVENTS[event.kind])}"}
        assert contract.valid(schema, json.loads(json.dumps(event.data))) is None, event
    assert kinds == set(EVENTS) - {"state", "heartbeat", "workshop", "camera"}
    assert app.test_client().get("/api/v1/state").status_code == 200
    assert contract.broken == []


def test_the_made_up_studio_keeps_to_the_document(studio: FakeStudio) -> None:
    app = fake_app(studio, allowed_hosts=["localhost"])
    contract = Contract(app)
    studio.jobs.request(Request("button"))
    studio.advance(40)
    client = app.test_client()
    for path in ("state", "jobs", "jobs/1", "jobs/1.svg", "jobs/1.gcode", "jobs/7"):
        client.get(f"/api/v1/{path}")
    assert contract.looked_at == 6
    assert contract.broken == []


def test_a_broken_promise_is_found(studio: FakeStudio, monkeypatch: Any) -> None:
    app = fake_app(studio, allowed_hosts=["localhost"])
    contract = Contract(app)
    monkeypatch.setattr(studio, "snapshot", lambda: {"event": "7"})
    app.test_client().get("/api/v1/state")
    (found,) = contract.broken
    assert found.startswith("GET /api/v1/state: ")


def name_of(schema: type[Answer]) -> str:
    return schema.__name__.removesuffix("Schema")
