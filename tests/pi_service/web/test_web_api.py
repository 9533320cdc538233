"""The API: what it answers, and the sentence it refuses with."""

from __future__ import annotations

import gzip
from importlib.metadata import version
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from pi_service.studio.jobs.job import Request
from tests.pi_service.web.fake_studio import FakeStudio, fake_app


def test_the_state_is_the_studios_snapshot(client: FlaskClient, studio: FakeStudio) -> None:
    studio.jobs.request(Request("button"))
    studio.advance(30)
    state = client.get("/api/v1/state").json
    assert state is not None
    for name, value in studio.snapshot().items():
        assert state[name] == value


def test_the_state_tells_the_services_time_and_the_pages_version(studio: FakeStudio) -> None:
    app = fake_app(studio, clock=lambda: 1234.5, allowed_hosts=["localhost"])
    state = app.test_client().get("/api/v1/state").json
    assert state is not None
    assert state["now"] == 1234.5
    assert len(state["page"]) == 12


def test_no_body_asks_for_a_cat(client: FlaskClient, studio: FakeStudio) -> None:
    answer = client.post("/api/v1/jobs")
    assert answer.status_code == 201
    assert answer.headers["Location"] == "/api/v1/jobs/1"
    assert answer.json is not None
    assert answer.json["state"] == "waiting"
    assert studio.asked == [("page", "cat", None, None)]


def test_a_request_names_class_seed_and_key(client: FlaskClient, studio: FakeStudio) -> None:
    body = {"class": "owl", "seed": 7}
    client.post("/api/v1/jobs", json=body, headers={"Idempotency-Key": "abc-1"})
    assert studio.asked == [("page", "owl", 7, "abc-1")]


def test_the_same_key_gives_the_same_job(client: FlaskClient) -> None:
    first = client.post("/api/v1/jobs", json={}, headers={"Idempotency-Key": "k"})
    again = client.post("/api/v1/jobs", json={}, headers={"Idempotency-Key": "k"})
    assert first.json == again.json
    listed = client.get("/api/v1/jobs").json
    assert listed is not None
    assert len(listed["jobs"]) == 1


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"seed": -1}, "“seed” must be a whole number from 0"),
        ({"seed": 1.0}, "“seed” must be a whole number from 0"),
        ({"seed": True}, "“seed” must be a whole number from 0"),
        ({"seed": "7"}, "“seed” must be a whole number from 0"),
        ({"seed": 2**53}, "“seed” must be a whole number from 0"),
        ({"class": 3}, "“class” must be the name"),
        ({"class": ""}, "“class” must be the name"),
        ({"class": "x" * 65}, "“class” must be the name"),
        ({"sede": 7}, "“sede” is not known here; known are “class” and “seed” and"),
        ([], "not a JSON object"),
        ("cat", "not a JSON object"),
    ],
)
def test_a_wrong_request_is_refused_with_a_sentence(
    client: FlaskClient, studio: FakeStudio, body: Any, says: str
) -> None:
    answer = client.post("/api/v1/jobs", json=body)
    assert_problem(answer, 400, says)
    assert studio.asked == []


@pytest.mark.parametrize("text", ["{", "nonsense", '{"seed": 1', "\x00", "[" * 5000])
def test_broken_json_is_refused(client: FlaskClient, text: str) -> None:
    answer = client.post("/api/v1/jobs", data=text, content_type="application/json")
    assert_problem(answer, 400, "not a JSON object")


def test_other_media_types_are_refused(client: FlaskClient) -> None:
    answer = client.post("/api/v1/jobs", data={"seed": "7"})
    assert_problem(answer, 415, "Content-Type: application/json")


def test_a_request_that_is_too_large_is_refused(client: FlaskClient) -> None:
    answer = client.post("/api/v1/jobs", json={"class": "x" * 20_000})
    assert_problem(answer, 413, "too large")


@pytest.mark.parametrize("key", ["", "x" * 129, "two words", "käse"])
def test_a_wrong_idempotency_key_is_refused(client: FlaskClient, key: str) -> None:
    answer = client.post("/api/v1/jobs", json={}, headers={"Idempotency-Key": key})
    assert_problem(answer, 400, "Idempotency-Key")


def test_the_studios_refusal_reaches_the_asker(
    client: FlaskClient, studio: FakeStudio
) -> None:
    studio.full_at = 0
    assert_problem(client.post("/api/v1/jobs"), 409, "The queue is full")
    assert_problem(client.post("/api/v1/machine/pause"), 409, "nothing to pause")


def test_the_history_is_listed_in_pages(client: FlaskClient, studio: FakeStudio) -> None:
    for _ in range(5):
        studio.jobs.request(Request("button"))
    pages: list[list[int]] = []
    before: int | None = None
    while not pages or before is not None:
        query = "?limit=2" + ("" if before is None else f"&before={before}")
        page = client.get("/api/v1/jobs" + query).json
        assert page is not None
        pages.append([job["id"] for job in page["jobs"]])
        before = page["before"]
    assert pages == [[5, 4], [3, 2], [1]]


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "before=-3"])
def test_a_wrong_page_is_refused(client: FlaskClient, query: str) -> None:
    name = query.partition("=")[0]
    assert_problem(
        client.get(f"/api/v1/jobs?{query}"), 400, f"“{name}” must be a whole number"
    )


def test_one_job(client: FlaskClient, studio: FakeStudio) -> None:
    job = studio.jobs.request(Request("button", seed=7))
    assert client.get("/api/v1/jobs/1").json == job.as_dict()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/v1/jobs/99"),
        ("GET", "/api/v1/jobs/99.svg"),
        ("GET", "/api/v1/jobs/99.gcode"),
        ("POST", "/api/v1/jobs/99/cancel"),
        ("POST", "/api/v1/jobs/99/finish"),
        ("GET", f"/api/v1/jobs/{10**30}"),
    ],
)
def test_a_job_that_does_not_exist(client: FlaskClient, method: str, path: str) -> None:
    assert_problem(client.open(path, method=method), 404, "There is no job")


def test_a_drawing_is_downloaded_under_a_good_name(
    client: FlaskClient, studio: FakeStudio
) -> None:
    studio.jobs.request(Request("button", seed=7))
    studio.finish_drawing()
    svg = client.get("/api/v1/jobs/1.svg?download")
    assert svg.text == studio.history.svg(1)
    assert svg.mimetype == "image/svg+xml"
    assert svg.headers["Content-Disposition"] == "attachment; filename=cat-0001-seed-7.svg"
    gcode = client.get("/api/v1/jobs/1.gcode")
    assert gcode.text == studio.history.gcode(1)
    assert gcode.headers["Content-Disposition"] == "attachment; filename=cat-0001-seed-7.gcode"


def test_a_picture_is_shown_in_the_page_but_can_do_nothing(
    client: FlaskClient, studio: FakeStudio
) -> None:
    studio.jobs.request(Request("button", seed=7))
    svg = client.get("/api/v1/jobs/1.svg")
    assert svg.headers["Content-Disposition"].startswith("inline")
    policy = svg.headers["Content-Security-Policy"]
    assert "sandbox" in policy
    assert "default-src 'none'" in policy


def test_a_picture_that_did_not_change_is_neither_made_nor_sent_again(
    client: FlaskClient, studio: FakeStudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio.jobs.request(Request("button"))
    etag = client.get("/api/v1/jobs/1.svg").headers["ETag"]
    assert client.get("/api/v1/jobs/1.svg?closeup").headers["ETag"] != etag
    monkeypatch.setattr(studio.history, "svg", None)
    again = client.get("/api/v1/jobs/1.svg", headers={"If-None-Match": etag})
    assert again.status_code == 304
    assert again.data == b""


def test_a_thumbnail_keeps_its_lines_thick(client: FlaskClient, studio: FakeStudio) -> None:
    studio.jobs.request(Request("button"))
    assert "non-scaling-stroke" in client.get("/api/v1/jobs/1.svg?thumbnail").text
    assert "non-scaling-stroke" not in client.get("/api/v1/jobs/1.svg").text


def test_the_picture_of_a_broken_off_drawing_is_what_is_on_the_paper(
    client: FlaskClient, studio: FakeStudio
) -> None:
    studio.jobs.request(Request("button"))
    studio.advance(400)
    studio.break_off("The plotter was unplugged.")
    drawn = studio.jobs.get(1).strokes_drawn
    assert 0 < drawn < 14
    assert client.get("/api/v1/jobs/1.svg?drawn").text.count("<path ") == drawn
    assert client.get("/api/v1/jobs/1.svg").text.count("<path ") == 14


def test_a_job_is_taken_out_of_the_queue(client: FlaskClient, studio: FakeStudio) -> None:
    studio.jobs.request(Request("button"))
    answer = client.post("/api/v1/jobs/1/cancel").json
    assert answer is not None
    assert answer["state"] == "cancelled"
    assert_problem(client.post("/api/v1/jobs/1/cancel"), 409, "already ended")


def test_a_broken_off_job_is_finished(client: FlaskClient, studio: FakeStudio) -> None:
    studio.jobs.request(Request("button"))
    studio.advance(100)
    studio.break_off("The plotter was unplugged.")
    assert_problem(
        client.post("/api/v1/jobs/1/finish", json={"x": 1}), 400, "“x” is not known"
    )
    answer = client.post("/api/v1/jobs/1/finish").json
    assert answer is not None
    assert answer["state"] == "waiting"


def test_the_machine_is_paused_resumed_and_stopped(
    client: FlaskClient, studio: FakeStudio
) -> None:
    studio.jobs.request(Request("button"))
    studio.advance(10)
    states = []
    for action in ("pause", "resume", "stop"):
        answer = client.post(f"/api/v1/machine/{action}")
        assert answer.status_code == 202
        assert answer.json is not None
        states.append(answer.json["machine"]["state"])
    assert states == ["paused", "drawing", "ready"]
    assert studio.jobs.get(1).state == "interrupted"


@pytest.mark.parametrize("action", ["home", "unlock", "zero"])
def test_a_locked_machine_is_freed(
    client: FlaskClient, studio: FakeStudio, action: str
) -> None:
    studio.set_machine("locked", "The plotter is locked.")
    client.post(f"/api/v1/machine/{action}")
    assert studio.machine_state == "ready"


def test_new_paper(client: FlaskClient, studio: FakeStudio) -> None:
    answer = client.post("/api/v1/sheets")
    assert answer.status_code == 201
    assert answer.json is not None
    assert answer.json["id"] == 2


def test_it_says_that_it_is_alive(client: FlaskClient) -> None:
    assert client.get("/healthz").json == {"status": "ok", "version": version("catplotter")}


def test_unknown_addresses_and_methods(client: FlaskClient) -> None:
    assert_problem(client.get("/api/v1/dogs"), 404, "nothing at this address")
    assert_problem(client.post("/api/v1/machine/explode"), 404, "nothing at this address")
    wrong = client.put("/api/v1/jobs")
    assert_problem(wrong, 405, "does not answer that kind")
    assert "POST" in wrong.headers["Allow"]


def test_a_fault_of_our_own_is_no_traceback(
    app: Flask,
    studio: FakeStudio,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken() -> dict[str, Any]:
        raise KeyError("secret")

    monkeypatch.setattr(studio, "snapshot", broken)
    answer = app.test_client().get("/api/v1/state")
    assert_problem(answer, 500, "Something went wrong inside the service")
    assert "secret" not in answer.text
    assert "KeyError" in caplog.text


def test_long_answers_are_compressed_for_those_who_ask(
    client: FlaskClient, studio: FakeStudio
) -> None:
    studio.jobs.request(Request("button"))
    studio.advance(1)
    plain = client.get("/api/v1/state")
    packed = client.get("/api/v1/state", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert len(packed.data) < len(plain.data) / 2
    assert b'"strokes"' in gzip.decompress(packed.data)


def assert_problem(answer: Any, status: int, says: str) -> None:
    """The answer is problem+json with a sentence that contains `says`."""
    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"
    body = answer.get_json(force=True)
    assert body["status"] == status
    assert body["title"]
    assert says in body["detail"]
    assert body["detail"].endswith(".")
