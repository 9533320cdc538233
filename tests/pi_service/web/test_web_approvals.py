"""Ask me first over the wire: fifty visitors at once, the staff's yes and no, the commands."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask

from firmware_gcode.grbl.events import LinkState
from pi_service.cli.approvals import approvals
from pi_service.cli.client import VARIABLE
from pi_service.studio.access.access import Access
from pi_service.studio.access.caller import Role
from pi_service.studio.jobs.picked import Picked
from pi_service.web.access import VisitorLimits
from pi_service.web.routes.app import create_app
from pi_service.web.server import WebServer
from tests.pi_service.people import staff_client
from tests.pi_service.studio.gallery import Gallery
from tests.pi_service.studio.proposals.drawing_artist import DrawingArtist
from tests.pi_service.studio.proposals.test_proposals import WISH, offered
from tests.pi_service.web.contract import Contract

VISITORS = 50


class Hall(Gallery):
    """A gallery behind a proxy: each visitor has an address of their own."""

    app: Flask
    server: WebServer
    picked: Picked

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """One request over a socket of its own: its status, and what is answered."""
        line = http.client.HTTPConnection("localhost", self.server.port, timeout=60)
        try:
            sent = {"Content-Type": "application/json", **headers}
            line.request(method, f"/api/v1/{path}", json.dumps(body or {}), sent)
            answer = line.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            line.close()

    def want(self, visitor: int) -> tuple[int, Any]:
        """A visitor wants what is proposed drawn."""
        wish = {
            "class": "cat",
            "strokes": WISH.strokes,
            "frame": {"width": WISH.frame.width, "height": WISH.frame.height},
            "seed": self.picked.seed,
            "proposal": self.picked.id,
        }
        who = {"X-Forwarded-For": f"10.0.{visitor}.1", "Idempotency-Key": f"v{visitor}"}
        return self.ask("POST", "proposals/draw", wish, **who)


@pytest.fixture
def hall(tmp_path: Path, doors: Access) -> Iterator[Hall]:
    place = Hall(tmp_path)
    place.artist = DrawingArtist()
    place.machine.become(LinkState.ABSENT)
    place.settings = replace(place.settings, ask_first=True)
    place.app = create_app(place.open(), doors=doors, visitors=VisitorLimits(drawings=2))
    contract = Contract(place.app)
    with WebServer(place.app, "127.0.0.1", 0, proxy="127.0.0.1") as server:
        place.server = server
        (place.picked,) = offered(place, count=1)
        yield place
    place.close()
    assert contract.broken == []


def test_fifty_at_once_hold_the_limit_and_hear_it_kindly(hall: Hall) -> None:
    together = threading.Barrier(VISITORS)

    def come(visitor: int) -> tuple[int, Any]:
        together.wait()
        return hall.want(visitor)

    with ThreadPoolExecutor(VISITORS) as crowd:
        found = list(crowd.map(come, range(VISITORS)))
    waiting = [body for status, body in found if status == 202]
    later = [body for status, body in found if status == 409]
    assert (len(waiting), len(later)) == (20, 30)
    assert {body["code"] for body in later} == {"approval-full"}
    assert {body["state"] for body in waiting} == {"waits"}
    assert len({body["ticket"] for body in waiting}) == 20
    assert hall.studio.approvals.count == 20
    assert hall.studio.jobs.queue() == []


def test_a_visitor_hears_what_became_of_it_and_nobody_else_does(
    hall: Hall, doors: Access
) -> None:
    _, first = hall.want(1)
    _, second = hall.want(2)
    staff = staff_client(hall.app, doors)
    assert hall.ask("GET", "approvals")[0] == 401
    assert hall.ask("GET", "approvals/1.svg")[0] == 401
    found = staff.get("/api/v1/approvals").json
    assert found is not None
    assert [each["class_name"] for each in found["waiting"]] == ["cat", "cat"]
    assert first["ticket"] not in json.dumps(found)
    shown = staff.get("/api/v1/approvals/1.svg")
    assert shown.text.count('class="human"') == 3
    assert shown.headers["Cache-Control"] == "no-store"
    job = staff.post("/api/v1/approvals/1/approve").json
    assert staff.post("/api/v1/approvals/2/refuse").status_code == 200
    assert staff.get("/api/v1/approvals/2.svg").status_code == 404
    assert staff.post("/api/v1/approvals/1/approve").status_code == 404
    yes = hall.ask("GET", f"proposals/asked/{first['ticket']}")[1]
    no = hall.ask("GET", f"proposals/asked/{second['ticket']}")[1]
    assert job is not None
    assert (yes["state"], yes["job"]["id"]) == ("approved", job["id"])
    assert (no["state"], no["job"], no["fact"]["code"]) == (
        "refused",
        None,
        "approval-refused",
    )


def test_the_command_line_says_yes_and_no(
    hall: Hall, doors: Access, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _, secret = doors.keys.add("desk", Role.STAFF)
    monkeypatch.setenv(VARIABLE, secret)

    def run(*words: str) -> str:
        done = CliRunner().invoke(approvals, ["--url", hall.server.url, *words])
        assert done.exit_code == 0, done.output
        return done.output

    for visitor in range(3):
        hall.want(visitor)
    assert run().count("cat") == 3
    assert "is job 1" in run("approve")
    assert "Drawing 3 is refused" in run("refuse", "3")
    target = tmp_path / "look.svg"
    run("picture", "2", "-o", str(target))
    assert target.read_text().startswith("<svg")
    told = run(
        "rules", "--off", "--never", "dog, ", "--most-mm", "1500", "--most-strokes", "9"
    )
    assert "first: no" in told
    assert "Never:     dog" in told
    assert "1500 mm" in told
    assert "strokes" not in run("rules", "--most-strokes", "0")
