"""An SVG file over the wire: the staff's, drawn pen by pen, refused in sentences."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient

from pi_service.cli.gallery import request as request_command
from pi_service.studio.access.access import Access
from pi_service.studio.jobs.job import JobState
from pi_service.web.access import COOKIE
from pi_service.web.lanes import lane_of
from pi_service.web.routes.app import create_app
from pi_service.web.server import WebServer
from tests.pi_service.people import staff_client, staff_token
from tests.pi_service.studio.gallery import Gallery
from tests.pi_service.studio.test_artworks import SVG

WHERE = "/api/v1/artworks"


@pytest.fixture
def gallery(tmp_path: Path) -> Iterator[Gallery]:
    made = Gallery(tmp_path)
    yield made
    made.close()


@pytest.fixture
def staff(gallery: Gallery, doors: Access) -> FlaskClient:
    return staff_client(create_app(gallery.open(), doors=doors), doors)


def test_the_staff_have_a_file_drawn_in_passes(staff: FlaskClient, gallery: Gallery) -> None:
    text = SVG.replace("</svg>", "<image href='x.png' width='9' height='9'/></svg>")
    body = {"svg": text, "name": "star", "passes": "colour", "hatch": 2}
    answer = staff.post(WHERE, json=body, headers={"Idempotency-Key": "k"})
    assert answer.status_code == 201
    job = answer.get_json()
    assert answer.headers["Location"].endswith(f"/jobs/{job['id']}")
    assert (job["class_name"], job["source"], job["pen_change"]) == ("star", "page", True)
    assert job["told"] == "Left out: 1 picture."
    assert [told["code"] for told in job["told_facts"]] == ["svg-told-left"]
    again = staff.post(WHERE, json=body, headers={"Idempotency-Key": "k"})
    assert again.get_json()["id"] == job["id"]
    gallery.wait_for(gallery.studio.jobs.get(job["id"]), JobState.DRAWING)
    assert len(gallery.machine.programs[-1].pauses) == 3


def test_a_file_as_large_as_promised_reaches_the_service_from_the_staff(
    gallery: Gallery, doors: Access
) -> None:
    svg = SVG.replace("</svg>", f"<!--{'x' * 7_900_000}--></svg>")
    cookie = {"Cookie": f"{COOKIE}={staff_token(doors)}"}
    app = create_app(gallery.open(), doors=doors, allowed_hosts=["localhost"])
    with WebServer(app, "127.0.0.1", 0) as server:

        def asked(path: str, body: dict[str, str] | None, headers: dict[str, str]) -> int:
            data = None if body is None else json.dumps(body).encode()
            sent = {"Content-Type": "application/json", **headers}
            question = Request(f"{server.url}api/v1/{path}", data, sent)
            try:
                with urlopen(question) as answer:
                    return int(answer.status)
            except HTTPError as error:
                with error:
                    return error.code

        assert asked("session", None, cookie) == 200
        assert asked("artworks", {"svg": svg}, cookie) == 201
        with socket.create_connection(("127.0.0.1", server.port)) as stranger:
            head = (
                f"POST {WHERE} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 7900000\r\n\r\n"
            )
            stranger.sendall(head.encode())
            assert stranger.recv(64).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({}, "“svg” must be the text of an SVG file"),
        ({"svg": "<svg"}, "not valid SVG"),
        ({"svg": "/etc/passwd"}, "This is no SVG file."),
        ({"svg": SVG, "passes": "pen"}, "“passes” must be"),
        ({"svg": SVG, "hatch": 0.01}, "“hatch” must be"),
        ({"svg": SVG, "size_mm": 9999}, "size"),
    ],
)
def test_what_cannot_be_drawn_is_refused_with_a_sentence(
    staff: FlaskClient, body: dict[str, object], says: str
) -> None:
    answer = staff.post(WHERE, json=body)
    assert 400 <= answer.status_code < 500
    assert says in answer.get_json()["detail"]


def test_a_preview_asks_for_nothing(staff: FlaskClient, gallery: Gallery) -> None:
    answer = staff.post(f"{WHERE}/preview", json={"svg": SVG, "turn": 90.0, "size_mm": 20.0})
    assert answer.status_code == 200, answer.text
    plan = answer.get_json()
    assert plan["seconds"] > 0
    _, low, _, high = plan["box"]
    assert high - low == pytest.approx(20.0, abs=0.1)
    refused = staff.post(f"{WHERE}/preview", json={"svg": "G0X1", "kind": "gcode"})
    assert refused.status_code == 400
    assert "never lowered" in refused.get_json()["detail"]
    assert staff.get("/api/v1/jobs").get_json()["jobs"] == []
    assert lane_of("POST", f"{WHERE}/preview", staff=True) == "previews"


def test_a_file_takes_the_whole_sheet(staff: FlaskClient, gallery: Gallery) -> None:
    body = {"svg": SVG, "whole_sheet": True}
    plan = staff.post(f"{WHERE}/preview", json=body).get_json()
    low, _, high, _ = plan["box"]
    assert high - low == pytest.approx(gallery.paper.drawable.width, abs=0.1)
    job = staff.post(WHERE, json=body).get_json()
    assert (job["whole_sheet"], job["cell"]) == (True, None)
    gallery.wait_for(gallery.studio.jobs.get(job["id"]), JobState.DRAWING)
    sheet = staff.get("/api/v1/state").get_json()["sheet"]
    assert (sheet["used"], sheet["free"]) == (4, 0)


def test_several_files_are_passes_of_one_drawing(staff: FlaskClient) -> None:
    more = [{"svg": SVG, "name": "second"}]
    body = {
        "svg": SVG,
        "name": "first",
        "more": more,
        "whole_sheet": True,
        "actual_size": True,
    }
    plan = staff.post(f"{WHERE}/preview", json=body).get_json()
    assert [pen["name"] for pen in plan["pens"]] == ["first", "second"]
    assert len(plan["strokes"]) == 10
    assert staff.post(WHERE, json=body).get_json()["pen_change"] is True
    wrong = staff.post(WHERE, json=body | {"more": [{"svg": SVG}]})
    assert wrong.status_code == 400
    assert "name" in wrong.get_json()["detail"]


def test_visitors_have_no_files_drawn(gallery: Gallery, doors: Access) -> None:
    staff_client(create_app(gallery.open(), doors=doors), doors)
    visitor = create_app(gallery.studio, doors=doors).test_client()
    for where in (WHERE, f"{WHERE}/preview"):
        assert visitor.post(where, json={"svg": SVG}).status_code == 401


def test_the_command_sends_the_file_as_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, dict[str, object]]] = []

    def ask(
        _: str, path: str, *, body: dict[str, object] | None = None, **__: str
    ) -> dict[str, object]:
        if body is None:
            return {"role": "staff"}
        asked.append((path, body))
        return {"id": 7, "class_name": body["name"], "told": "Left out: 1 picture."}

    monkeypatch.setattr("pi_service.cli.gallery.ask", ask)
    path = tmp_path / "star.svg"
    path.write_bytes(SVG.encode("utf-16"))
    done = CliRunner().invoke(request_command, ["--svg", str(path), "--passes", "layer"])
    assert done.stdout == "Job 7: star.\n"
    assert "1 picture" in done.stderr
    wanted = {"svg": SVG, "name": "star", "passes": "layer", "source": "cli"}
    assert asked == [("artworks", wanted)]
    CliRunner().invoke(request_command, ["--svg", str(path), "--whole-sheet"])
    assert asked[1][1]["whole_sheet"] is True
    red = tmp_path / "red.svg"
    red.write_text(SVG)
    several = ["--svg", str(path), "--svg", str(red), "--actual-size"]
    CliRunner().invoke(request_command, several)
    assert asked[2][1]["more"] == [{"svg": SVG, "name": "red"}]
    assert asked[2][1]["actual_size"] is True
    both = CliRunner().invoke(request_command, [*several, "--size", "9"])
    assert "--size and --actual-size cannot both be" in both.output
    for option in (["--hatch", "1"], ["--whole-sheet"]):
        wrong = CliRunner().invoke(request_command, option)
        assert "for --svg" in wrong.output
