"""The maker's API over a real studio, a real link and a simulated plotter behind a pty."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from pi_service.studio.access.access import Access
from pi_service.web.routes.app import create_app
from tests.pi_service.people import staff_client
from tests.pi_service.studio.gallery import eventually
from tests.pi_service.studio.workshop.machine_room import WAIT, Room
from tests.pi_service.web.contract import Contract

API = "/api/v1"


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    made = Room(tmp_path, settings={"$110": 5000.0})
    made.open()
    yield made
    made.close()


@pytest.fixture
def app(room: Room, doors: Access) -> Iterator[Flask]:
    made = create_app(room.studio, workshop=room.workshop, doors=doors)
    contract = Contract(made)
    yield made
    assert contract.broken == []
    assert contract.looked_at > 0


@pytest.fixture
def client(app: Flask, doors: Access) -> FlaskClient:
    return staff_client(app, doors)


def told(client: FlaskClient, path: str, body: Any = None, status: int = 200) -> Any:
    answer = client.post(f"{API}{path}", json={} if body is None else body)
    assert answer.status_code == status, answer.text
    return answer.json


def asked(client: FlaskClient, path: str) -> Any:
    answer = client.get(f"{API}{path}")
    assert answer.status_code == 200, answer.text
    return answer.json


def test_the_whole_room_at_once(client: FlaskClient) -> None:
    view = asked(client, "/machine")
    assert view["state"] == "ready"
    assert view["details"]["grbl"] == "Idle"
    assert [step["name"] for step in view["calibration"]["steps"]][:2] == ["corner", "pen"]
    assert {field["key"] for field in view["pen"]["fields"]} >= {"up", "down", "paper_z"}


def test_jog_go_and_pen(client: FlaskClient, room: Room) -> None:
    assert told(client, "/machine/go", {"place": "corner"}, 202)["hands"]["held"]
    room.still()
    told(client, "/machine/jog", {"dx": 10, "dy": 5.5}, 202)
    assert room.place[:2] == pytest.approx((10.0, 5.5), abs=0.02)
    told(client, "/machine/pen", {"down": True}, 202)
    assert room.place[2] == pytest.approx(0.0, abs=0.02)
    refused = told(client, "/machine/jog", {"dx": -100}, 409)
    assert "out of the machine's travel" in refused["detail"]
    assert "“dx” must be a number" in told(client, "/machine/jog", {"dx": 1e6}, 400)["detail"]
    assert not told(client, "/machine/hand/done", status=202)["hands"]["held"]


def test_the_console(client: FlaskClient) -> None:
    entry = told(client, "/machine/console", {"line": "$$"})
    assert "$110=5000.000" in entry["answers"]
    assert "wipe" in told(client, "/machine/console", {"line": "$RST=*"}, 409)["detail"]
    entries = asked(client, "/machine/console?after=0")["entries"]
    assert [each["line"] for each in entries] == ["$$"]


def test_a_difference_is_shown_and_written(client: FlaskClient, room: Room) -> None:
    found = asked(client, "/machine/settings")
    differing = [each for each in found["settings"] if each["differs"]]
    assert [each["key"] for each in differing] == ["$110"]
    done = told(client, "/machine/settings/write", {"keys": ["$110"]})
    assert done["complete"]
    assert room.settings()["$110"] == 8000.0
    names = [each["name"] for each in asked(client, "/machine/backups")["backups"]]
    assert names == [done["backup"]]
    file = client.get(f"{API}/machine/backups/{names[0]}")
    assert json.loads(file.data)["settings"]["$110"] == 5000.0
    assert client.get(f"{API}/machine/backups/other.json").status_code == 404
    told(client, f"/machine/backups/{names[0]}/restore")
    assert room.settings()["$110"] == 5000.0
    assert asked(client, "/machine")["written"]["complete"]
    assert "is changed" in told(client, "/machine/settings/keep", {"keys": None})["text"]
    assert room.studio.machine.profile.grbl["$110"] == 5000.0
    assert "name" in told(client, "/machine/backups", status=201)


def test_the_pen_is_tried_and_kept(client: FlaskClient, room: Room) -> None:
    view = told(client, "/machine/pen/try", {"values": {"up": 2.5}, "show": "up"})
    assert view["pending"]
    assert room.place[2] == pytest.approx(2.5, abs=0.02)
    assert "is changed" in told(client, "/machine/pen/keep")["text"]
    wrong = told(client, "/machine/pen/try", {"values": {"up": 99}}, 409)
    assert "must be a number" in wrong["detail"]


def test_the_profile_is_changed(client: FlaskClient, room: Room) -> None:
    answer = client.put(f"{API}/machine/profile", json={"draw_feed": 2500, "park": [1, 2]})
    assert answer.status_code == 200, answer.text
    assert (room.studio.machine.profile.draw_feed, room.studio.machine.profile.park) == (
        2500.0,
        (1.0, 2.0),
    )
    assert client.put(f"{API}/machine/profile", json={"park": [1]}).status_code in {400, 409}
    assert client.put(f"{API}/machine/profile", json={}).status_code == 409


def test_a_step_of_the_calibration(client: FlaskClient, room: Room) -> None:
    told(client, "/machine/calibration", {"step": "corner"})
    eventually(lambda: asked(client, "/machine")["calibration"]["prompt"], timeout=WAIT)
    assert "calibration" in told(client, "/machine/jog", {"dx": 1}, 409)["detail"]
    eventually(lambda: not room.workshop.view()["busy"], timeout=WAIT)
    told(client, "/machine/calibration/answer", {"answer": "x 2"})
    eventually(lambda: not room.workshop.view()["busy"], timeout=WAIT)
    ended = client.delete(f"{API}/machine/calibration")
    assert ended.status_code == 200
    eventually(lambda: not asked(client, "/machine")["calibration"]["open"], timeout=WAIT)


def test_the_computer_and_its_backup(client: FlaskClient, room: Room) -> None:
    found = asked(client, "/computer")
    assert found["version"]
    assert found["disk"]["free"] > 0
    assert isinstance(asked(client, "/messages")["messages"], list)
    archive = client.get(f"{API}/backup")
    assert archive.data[:2] == b"\x1f\x8b"
    archive.close()
    assert list(room.data.glob(".backup-*")) == []


def test_visitors_may_do_nothing_here(app: Flask) -> None:
    visitor = app.test_client()
    tried = 0
    for rule in app.url_map.iter_rules():
        if not rule.endpoint.startswith("workshop."):
            continue
        with app.test_request_context():
            values = {"action": "home", "name": "machine-20260101-000000.json"}
            path = app.url_map.bind("localhost").build(
                rule.endpoint, {key: values[key] for key in rule.arguments}
            )
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            answer = visitor.open(path, method=method, json={})
            assert answer.status_code in {401, 403}, (method, path)
            tried += 1
    assert tried > 20
