"""The maker's API over a real studio, a real link and a simulated plotter behind a pty."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
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


def test_to_a_point_and_held(client: FlaskClient, room: Room) -> None:
    told(client, "/machine/point", {"x": 30.0, "y": 40.0}, 202)
    assert room.place[:2] == pytest.approx((30.0, 40.0), abs=0.02)
    refused = told(client, "/machine/point", {"x": 999.0, "y": 40.0}, 409)
    assert "out of the machine's travel" in refused["detail"]
    held = told(client, "/machine/holds", {"toward": "right", "percent": 2}, 202)
    where = f"{API}/machine/holds/{held['hold']}"
    assert client.put(where, json={}).get_json()["held"]
    assert not client.delete(where).get_json()["held"]
    assert 30.0 <= room.place[0] < 290.0
    assert not client.put(where, json={}).get_json()["held"]


def test_nothing_moves_that_was_asked_for_before_a_stop(
    client: FlaskClient, room: Room
) -> None:
    told(client, "/machine/calibration", {"step": "corner"})
    eventually(lambda: asked(client, "/machine")["calibration"]["prompt"], timeout=WAIT)
    room.still()
    seen = {"Stops-Seen": str(asked(client, "/machine")["stops"])}
    told(client, "/machine/stop", status=202)

    def refused(path: str, body: Mapping[str, object]) -> bool:
        answer = client.post(f"{API}/machine/{path}", json=body, headers=seen)
        detail = answer.get_json()["detail"]
        return answer.status_code == 409 and "pressed Stop meanwhile" in detail

    assert refused("calibration/answer", {"answer": "x 2"})
    assert refused("calibration", {"step": "pen"})
    assert client.delete(f"{API}/machine/calibration", headers=seen).status_code == 409
    assert client.delete(f"{API}/machine/calibration").status_code == 200
    eventually(lambda: not asked(client, "/machine")["calibration"]["open"], timeout=WAIT)
    before = room.place
    told(client, "/machine/hand/done", status=202)
    for path, body in (
        ("point", {"x": 30.0, "y": 40.0}),
        ("go", {"place": "corner"}),
        ("jog", {"dx": -1.0}),
        ("holds", {"toward": "left"}),
        ("pen", {"down": True}),
        ("hand/home", {}),
        ("console", {"line": "G0 X5"}),
        ("pen/try", {"values": {}, "show": "dot"}),
        ("pen/keep", {}),
    ):
        assert refused(path, body), path
    assert client.delete(f"{API}/machine/pen/try", headers=seen).status_code == 409
    assert room.place == before
    assert not asked(client, "/machine")["hands"]["held"]
    told(client, "/machine/jog", {"dx": -1.0}, 202)


def test_what_lies_where_and_what_was_done(client: FlaskClient, room: Room) -> None:
    bed = asked(client, "/machine/bed")
    assert bed["reach"] == [-5.0, -5.0, 295.0, 295.0]
    sheet = asked(client, "/state")["sheet"]
    assert len(bed["cells"]) == sheet["columns"] * sheet["rows"]
    done = asked(client, "/machine/setup")
    assert done["place"] > 0
    assert done["paper"] > 0
    assert (done["settings"], done["backup"]) == (None, None)
    told(client, "/machine/backups", status=201)
    assert asked(client, "/machine/setup")["backup"] > 0
    assert asked(client, "/machine/setup")["settings"] is None
    told(client, "/machine/settings/write", {"keys": ["$110"]})
    done = asked(client, "/machine/setup")
    assert done["settings"] == done["backup"]
    told(client, "/machine/hand/forget", status=202)
    room.still()
    assert asked(client, "/machine/setup")["place"] is None


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
            values = {"action": "home", "number": 1, "name": "machine-20260101-000000.json"}
            values["place"] = "here"
            path = app.url_map.bind("localhost").build(
                rule.endpoint, {key: values[key] for key in rule.arguments}
            )
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            answer = visitor.open(path, method=method, json={})
            assert answer.status_code in {401, 403}, (method, path)
            tried += 1
    assert tried > 20
