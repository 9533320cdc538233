"""Proposals over the wire: a line each, dropped when nobody waits, refused in sentences."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from pi_service.studio.access.access import Access
from pi_service.studio.jobs.job import JobState
from pi_service.studio.proposals.queue import ProposalQueue
from pi_service.web.access import VisitorLimits
from pi_service.web.routes.app import create_app
from pi_service.web.routes.proposals import MAX_BODY
from pi_service.web.server import WebServer
from tests.pi_service.people import staff_client
from tests.pi_service.studio.gallery import Gallery, eventually
from tests.pi_service.studio.proposals.drawing_artist import DrawingArtist
from tests.pi_service.studio.proposals.test_proposals import head
from tests.pi_service.studio.proposals.test_queue import Gate

ASKED: dict[str, Any] = {
    "class": "cat",
    "strokes": [head()],
    "frame": {"width": 200, "height": 140},
    "seed": 5,
    "count": 3,
}


@dataclass
class Place:
    """A gallery whose artist draws on by rule, its app, and its server."""

    gallery: Gallery
    artist: DrawingArtist
    app: Flask
    server: WebServer
    connections: list[http.client.HTTPConnection] = field(default_factory=list)

    def ask(self, **other: Any) -> http.client.HTTPResponse:
        """Ask for proposals over a connection of its own, and wait for the first."""
        return self.begin(**other).getresponse()

    @property
    def queue(self) -> ProposalQueue:
        """Who draws on."""
        found = self.gallery.studio.proposals._queue
        assert found is not None
        return found

    def begin(self, **other: Any) -> http.client.HTTPConnection:
        """Ask for proposals without waiting for any."""
        connection = http.client.HTTPConnection("localhost", self.server.port, timeout=20)
        self.connections.append(connection)
        body = json.dumps({**ASKED, **other})
        headers = {"Content-Type": "application/json"}
        connection.request("POST", "/api/v1/proposals", body, headers)
        return connection


@pytest.fixture
def place(tmp_path: Path, doors: Access) -> Iterator[Place]:
    gallery, artist = Gallery(tmp_path), DrawingArtist()
    gallery.artist = artist
    studio = gallery.open()
    app = create_app(studio, doors=doors, visitors=VisitorLimits(drawings=2))
    with WebServer(app, "127.0.0.1", 0) as server:
        made = Place(gallery, artist, app, server)
        yield made
        for connection in made.connections:
            connection.close()
    artist.before = lambda: None
    gallery.close()


@pytest.fixture
def visitor(place: Place) -> FlaskClient:
    return place.app.test_client()


@pytest.fixture
def staff(place: Place, doors: Access) -> FlaskClient:
    return staff_client(place.app, doors)


def lines(answer: http.client.HTTPResponse) -> list[dict[str, Any]]:
    return [json.loads(line) for line in answer.read().splitlines()]


def detail(answer: Any) -> str:
    return str(answer.get_json(force=True)["detail"])


def test_each_proposal_is_sent_as_soon_as_it_is_drawn(place: Place) -> None:
    gate = Gate(place.artist)
    gate.open()
    answer = place.ask()
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("application/x-ndjson")
    first = json.loads(answer.readline())
    assert len(place.artist.made) == 1
    gate.open(2)
    rest = lines(answer)
    assert [each["seed"] for each in (first, *rest)] == [5, 6, 7]
    assert set(first) == {"id", "seed", "own", "strokes", "place"}
    assert len(first["strokes"]) == 2


def test_whoever_goes_away_is_not_drawn_on_for(place: Place) -> None:
    gate = Gate(place.artist)
    gate.open()
    answer = place.ask(count=8)
    answer.readline()
    answer.close()
    place.connections[0].close()
    gate.open(100)
    eventually(lambda: place.queue.visitors == 0)


def test_newer_lines_of_the_same_visitor_come_first(place: Place) -> None:
    gate = Gate(place.artist)
    gate.open()
    old = place.ask(visitor="a", count=8)
    old.readline()
    errands = place.queue._requests
    (before,) = errands.values()
    new = place.begin(visitor="a", seed=100, count=2)
    eventually(lambda: before not in errands.values())
    gate.open(20)
    assert [each["seed"] for each in lines(new.getresponse())] == [100, 101]
    assert len(lines(old)) <= 1


def test_what_was_picked_becomes_a_job(place: Place, visitor: FlaskClient) -> None:
    second = lines(place.ask())[1]
    wish = {name: ASKED[name] for name in ("class", "strokes", "frame")}
    body = {**wish, "seed": second["seed"], "proposal": second["id"]}
    answer = visitor.post(
        "/api/v1/proposals/draw", json=body, headers={"Idempotency-Key": "once"}
    )
    assert answer.status_code == 201
    job = answer.json
    assert job is not None
    assert answer.headers["Location"] == f"/api/v1/jobs/{job['id']}"
    assert (job["source"], job["proposal"]) == ("visitor drawing", second["id"])
    again = visitor.post(
        "/api/v1/proposals/draw", json=body, headers={"Idempotency-Key": "once"}
    )
    assert again.json is not None
    assert again.json["id"] == job["id"]
    changed = {**body, "strokes": [head(radius=20.0)], "proposal": "0" * 64}
    other = visitor.post("/api/v1/proposals/draw", json=changed)
    assert other.status_code == 409
    assert "changed its mind" in detail(other)


def test_visitors_have_so_many_and_no_more(place: Place, visitor: FlaskClient) -> None:
    made = lines(place.ask())
    wish = {name: ASKED[name] for name in ("class", "strokes", "frame")}
    answers = [
        visitor.post(
            "/api/v1/proposals/draw",
            json={**wish, "seed": each["seed"], "proposal": each["id"]},
        ).status_code
        for each in made
    ]
    assert answers == [201, 201, 429]


@pytest.mark.parametrize(
    ("other", "status", "said"),
    [
        ({"strokes": []}, 400, "draw a line first"),
        ({"strokes": [[[1, 1]]]}, 400, "hardly more than a dot"),
        ({"strokes": [[[1, 1], [300, 1]]]}, 400, "Stroke 1 leaves the paper."),
        ({"strokes": [[[1, "1"]]]}, 400, "“strokes” must be a list of strokes"),
        ({"strokes": [[[1, True]]]}, 400, "“strokes” must be a list of strokes"),
        ({"strokes": [[]]}, 400, "“strokes” must be a list of strokes"),
        ({"strokes": "all"}, 400, "“strokes” must be a list of strokes"),
        ({"strokes": [[[1, 1], [100, 100]]] * 61}, 400, "These are 61 strokes"),
        ({"strokes": [[[1, 1], [100, 100]]] * 51}, 400, "Take some back."),
        ({"frame": {"width": 1}}, 400, "“frame.height” must be"),
        ({"frame": {"width": 1, "height": 1000}}, 400, "cannot stand for the paper"),
        ({"class": "dog"}, 409, "“dog” is not drawn for visitors here."),
        ({"class": "unicorn"}, 409, "Nobody here can draw “unicorn”."),
        ({"count": 0}, 400, "“count” must be a whole number from 1 to 8."),
        ({"seed": -1}, 400, "“seed” must be"),
        ({"size": 3}, 400, "“size” is not known here"),
    ],
)
def test_a_refusal_is_a_sentence(
    visitor: FlaskClient, other: dict[str, Any], status: int, said: str
) -> None:
    answer = visitor.post("/api/v1/proposals", json={**ASKED, **other})
    assert answer.status_code == status
    assert said in detail(answer)


def test_more_than_it_can_take_in(visitor: FlaskClient) -> None:
    strokes = [[[1.25, 1.25]] * (MAX_BODY // 10)]
    answer = visitor.post("/api/v1/proposals", json={**ASKED, "strokes": strokes})
    assert answer.status_code == 413
    assert (
        detail(answer) == "These lines are more than the machine can take in. Take some back."
    )


def test_a_drawing_may_be_larger_than_other_requests(place: Place) -> None:
    line = [[100 + x / 50, 70 + (x % 7) / 9] for x in range(1800)]
    assert place.ask(strokes=[line], count=1).status == 200


def test_too_many_at_once_are_asked_to_come_again(place: Place) -> None:
    gate = Gate(place.artist)
    waiting = [place.begin(visitor=name, count=2) for name in "abcd"]
    eventually(lambda: place.queue.visitors == 4)
    answer = place.ask(visitor="e")
    assert answer.status == 503
    assert answer.headers["Retry-After"] == "2"
    gate.open(100)
    assert [len(lines(each.getresponse())) for each in waiting] == [2] * 4


def test_the_desk_says_on_what_one_draws(visitor: FlaskClient, place: Place) -> None:
    found = visitor.get("/api/v1/proposals").json
    assert found is not None
    assert found["problem"] is None
    assert found["room"]["width"] == pytest.approx((148 - 20 - 6) / 2)
    place.gallery.studio.sheets.new_sheet(columns=1, rows=1)
    found = visitor.get("/api/v1/proposals").json
    assert found is not None
    assert found["room"]["width"] == pytest.approx(128)


def test_what_visitors_may_choose_is_the_staffs_to_decide(
    visitor: FlaskClient, staff: FlaskClient
) -> None:
    assert visitor.put("/api/v1/classes", json={"rule": "all"}).status_code == 401
    for rule in (7, [7], None, {"a": 1}):
        assert staff.put("/api/v1/classes", json={"rule": rule}).status_code == 400
    assert staff.put("/api/v1/classes", json={"rule": "most"}).status_code == 409
    found = visitor.get("/api/v1/classes").json
    assert found == {"default": "cat", "offered": ["cat"], "rule": "default"}
    assert staff.put("/api/v1/classes", json={"rule": ["dog"]}).status_code == 200
    found = visitor.get("/api/v1/classes").json
    assert found == {"default": "cat", "offered": ["cat", "dog"], "rule": ["dog"]}
    assert visitor.post("/api/v1/jobs", json={"class": "dog"}).status_code == 201


def test_a_finished_drawing_can_be_taken_home(
    place: Place, visitor: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = place.gallery.draw_one()
    assert place.gallery.studio.jobs.get(job.id).state is JobState.DONE
    for suffix, begins in (("png", b"\x89PNG"), ("gif", b"GIF89a")):
        answer = visitor.get(f"/api/v1/jobs/{job.id}.{suffix}")
        assert answer.status_code == 200
        assert answer.content_type == f"image/{suffix}"
        assert answer.data.startswith(begins)
        name = f"cat-0001-seed-{job.seed}.{suffix}"
        assert name in answer.headers["Content-Disposition"]
        tagged = {"If-None-Match": answer.headers["ETag"]}
        with monkeypatch.context() as made_once:
            made_once.setattr("pi_service.studio.history.history.scene", None)
            address = f"/api/v1/jobs/{job.id}.{suffix}"
            assert visitor.get(address, headers=tagged).status_code == 304
            assert visitor.get(address).data == answer.data
        assert visitor.get(f"/api/v1/jobs/99.{suffix}").status_code == 404
