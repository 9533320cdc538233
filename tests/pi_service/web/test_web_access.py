"""Logging in and out, passwords, keys, and what visitors may ask for."""

from __future__ import annotations

import logging
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from pi_service.studio.access.access import IDLE_S, Access
from pi_service.studio.access.caller import Role
from pi_service.studio.access.limiter import FREE_TRIES
from pi_service.studio.access.tokens import LocalKey
from pi_service.studio.jobs.job import Request
from pi_service.web.access import COOKIE, PEOPLES, VisitorLimits
from pi_service.web.server import WebServer
from tests.pi_service.people import (
    PHRASE,
    Clock,
    QuickHasher,
    detail,
    staff_client,
    staff_token,
)
from tests.pi_service.web.fake_studio import FakeStudio, fake_app


def test_the_first_run(studio: FakeStudio, tmp_path: Path) -> None:
    doors = Access(tmp_path / "new", hasher=QuickHasher())
    client = fake_app(studio, doors=doors, allowed_hosts=["localhost"]).test_client()
    assert client.get("/api/v1/session").get_json() == {"role": "visitor", "set_up": False}
    assert "access token" in detail(client.post("/api/v1/machine/home"))
    early = client.post("/api/v1/session", json={"password": "whatever it is"})
    assert early.status_code == 409
    assert "No password is set yet" in detail(early)
    wrong = client.post("/api/v1/setup", json={"token": "guessed", "password": PHRASE})
    assert wrong.status_code == 403
    body = {"token": doors.setup_token, "password": PHRASE}
    done = client.post("/api/v1/setup", json=body)
    assert done.get_json() == {"role": "staff", "set_up": True}
    assert client.post("/api/v1/machine/home").status_code == 202
    again = client.post("/api/v1/setup", json=body)
    assert again.status_code == 409
    assert "set already" in detail(again)
    doors.close()


def test_logging_in_and_out(visitor: FlaskClient) -> None:
    assert visitor.post("/api/v1/machine/home").status_code == 401
    wrong = visitor.post("/api/v1/session", json={"password": "seven sleepy dogs"})
    assert (wrong.status_code, "Set-Cookie" in wrong.headers) == (403, False)
    right = visitor.post("/api/v1/session", json={"password": PHRASE})
    assert right.get_json() == {"role": "staff", "set_up": True}
    cookie = right.headers["Set-Cookie"]
    assert "; HttpOnly" in cookie
    assert "; SameSite=Strict" in cookie
    assert "Domain" not in cookie
    assert right.headers["Cache-Control"] == "no-store"
    assert visitor.get("/api/v1/session").get_json()["role"] == "staff"
    kept = visitor.get_cookie(COOKIE)
    assert kept is not None
    assert visitor.delete("/api/v1/session").get_json()["role"] == "visitor"
    assert visitor.get_cookie(COOKIE) is None
    visitor.set_cookie(COOKIE, kept.value)
    assert visitor.post("/api/v1/machine/home").status_code == 401, "it is over here, too"


def test_logging_in_again_ends_the_session_before(client: FlaskClient) -> None:
    before = client.get_cookie(COOKIE)
    client.post("/api/v1/session", json={"password": PHRASE})
    after = client.get_cookie(COOKIE)
    assert before is not None
    assert after is not None
    assert after.value != before.value
    client.set_cookie(COOKIE, before.value)
    assert client.get("/api/v1/session").get_json()["role"] == "visitor"
    assert client.get_cookie(COOKIE) is None, "a browser need not keep what is over"


@pytest.mark.parametrize(
    "body",
    [{}, {"password": ""}, {"password": 1}, {"password": "x" * 201}, {"password": "\ud800"}],
)
def test_what_is_no_password_is_refused(visitor: FlaskClient, body: dict[str, Any]) -> None:
    answer = visitor.post("/api/v1/session", json=body)
    assert answer.status_code == 400
    assert "“password” must be" in detail(answer)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def timed(studio: FakeStudio, tmp_path: Path, clock: Clock) -> Iterator[FlaskClient]:
    """A visitor where a clock tells the time that a test makes up."""
    made = Access(tmp_path / "timed", clock=clock, monotonic=clock, hasher=QuickHasher())
    made.reset_password(PHRASE)
    limits = VisitorLimits(drawings=2, within_s=600)
    app = fake_app(
        studio, doors=made, visitors=limits, monotonic=clock, allowed_hosts=["localhost"]
    )
    yield app.test_client()
    made.close()


def test_a_session_ends_by_itself(timed: FlaskClient, clock: Clock) -> None:
    timed.post("/api/v1/session", json={"password": PHRASE})
    clock.now += IDLE_S - 1
    assert timed.post("/api/v1/machine/home").status_code == 202
    clock.now += IDLE_S + 1
    assert timed.post("/api/v1/machine/home").status_code == 401


def test_guessing_takes_time(timed: FlaskClient, clock: Clock) -> None:
    def tried(password: str, address: str = "10.0.0.9") -> TestResponse:
        environ = {"REMOTE_ADDR": address}
        body = {"password": password}
        return timed.post("/api/v1/session", json=body, environ_base=environ)

    for _ in range(FREE_TRIES):
        assert tried("guessed").status_code == 403
    slow = tried(PHRASE)
    assert slow.status_code == 429
    assert int(slow.headers["Retry-After"]) >= 1
    assert "Try again in 1 second." in detail(slow)
    assert tried(PHRASE, "10.0.0.10").status_code == 200
    clock.now += 1
    assert tried(PHRASE).status_code == 200


# The password


def test_another_password_ends_other_sessions(app: Flask, doors: Access) -> None:
    mine, other = staff_client(app, doors), staff_client(app, doors)
    url, body = "/api/v1/password", {"password": "eight sleepy cats"}
    assert "“current” must be" in detail(mine.put(url, json=body))
    assert mine.put(url, json={**body, "current": "guessed"}).status_code == 403
    short = mine.put(url, json={"password": "short", "current": PHRASE})
    assert (short.status_code, "8 to 200 characters" in detail(short)) == (400, True)
    common = mine.put(url, json={"password": "password", "current": PHRASE})
    assert (common.status_code, "first to be tried" in detail(common)) == (400, True)
    assert other.get("/api/v1/session").get_json()["role"] == "staff"
    assert mine.put(url, json={**body, "current": PHRASE}).status_code == 200
    assert mine.get("/api/v1/session").get_json()["role"] == "staff"
    assert other.get("/api/v1/session").get_json()["role"] == "visitor"


def test_logging_out_everywhere(app: Flask, doors: Access) -> None:
    mine, other = staff_client(app, doors), staff_client(app, doors)
    assert mine.delete("/api/v1/sessions").get_json()["role"] == "visitor"
    assert other.get("/api/v1/session").get_json()["role"] == "visitor"


# Keys


def test_a_key_is_made_used_and_revoked(client: FlaskClient, visitor: FlaskClient) -> None:
    made = client.post("/api/v1/keys", json={"name": "Home Assistant"})
    assert made.status_code == 201
    key = made.get_json()
    assert key["role"] == "staff"
    bearer = {"Authorization": f"Bearer {key['secret']}"}
    assert visitor.post("/api/v1/machine/home", headers=bearer).status_code == 202
    listed = client.get("/api/v1/keys").get_json()["keys"]
    assert [each["name"] for each in listed] == ["Home Assistant"]
    assert "secret" not in listed[0]
    assert listed[0]["used_at"] is not None
    assert client.post("/api/v1/keys", json={"name": "Home Assistant"}).status_code == 409
    assert client.delete("/api/v1/keys/99").status_code == 404
    assert client.delete(f"/api/v1/keys/{key['id']}").get_json()["id"] == key["id"]
    assert visitor.post("/api/v1/machine/home", headers=bearer).status_code == 401


def test_a_key_in_wrong_hands_makes_no_other_and_locks_nobody_out(
    visitor: FlaskClient, doors: Access
) -> None:
    _, secret = doors.keys.add("robot", Role.STAFF)
    bearer = {"Authorization": f"Bearer {secret}"}
    for route in sorted(PEOPLES):
        method, _, rule = route.partition(" ")
        path = rule.replace("<int>", "1")
        answer = visitor.open(path, method=method, json={}, headers=bearer)
        assert (answer.status_code, route) == (403, route)


def test_the_machines_own_key_sets_a_forgotten_password(
    visitor: FlaskClient, doors: Access, tmp_path: Path
) -> None:
    doors.keys.serve_local(8080)
    key = LocalKey.read(tmp_path / "doors")
    assert key is not None
    bearer = {"Authorization": f"Bearer {key.secret}"}
    body = {"password": "eight sleepy cats"}
    answer = visitor.put("/api/v1/password", json=body, headers=bearer)
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    assert visitor.post("/api/v1/session", json=body).status_code == 200


# What visitors ask for


def test_a_visitors_drawing_is_a_visitors_whatever_it_says(
    visitor: FlaskClient, client: FlaskClient
) -> None:
    assert visitor.post("/api/v1/jobs", json={}).get_json()["source"] == "visitor"
    claimed = visitor.post("/api/v1/jobs", json={"source": "cli"}).get_json()
    assert claimed["source"] == "visitor"
    assert client.post("/api/v1/jobs", json={}).get_json()["source"] == "page"


def asked(client: FlaskClient, address: str = "10.0.0.9", key: str = "") -> TestResponse:
    headers = {"Idempotency-Key": key} if key else {}
    environ = {"REMOTE_ADDR": address}
    return client.post("/api/v1/jobs", json={}, headers=headers, environ_base=environ)


def test_a_visitor_has_so_many_drawings(timed: FlaskClient, clock: Clock) -> None:
    assert [asked(timed, key=key).status_code for key in ("a", "b", "a")] == [201] * 3
    clock.now += 100
    refused = asked(timed, key="c")
    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == "501"
    assert "2 drawings within 10 minutes" in detail(refused)
    assert asked(timed, "10.0.0.10").status_code == 201
    clock.now += 500
    assert asked(timed, key="c").status_code == 201
    timed.post("/api/v1/session", json={"password": PHRASE})
    assert [asked(timed).status_code for _ in range(5)] == [201] * 5


def test_a_drawing_that_was_refused_does_not_count(
    timed: FlaskClient, studio: FakeStudio
) -> None:
    studio.full_at = 0
    assert [asked(timed).status_code for _ in range(5)] == [409] * 5
    studio.full_at = 20
    assert [asked(timed).status_code for _ in range(3)] == [201, 201, 429]


def test_visitors_may_be_given_no_drawings_at_all(studio: FakeStudio) -> None:
    app = fake_app(studio, visitors=VisitorLimits(drawings=0), allowed_hosts=["localhost"])
    refused = app.test_client().post("/api/v1/jobs", json={})
    assert refused.status_code == 403
    assert "Only the staff" in detail(refused)


def test_a_visitor_stops_the_machine_and_no_more(
    visitor: FlaskClient, studio: FakeStudio
) -> None:
    studio.jobs.request(Request("button"))
    studio.advance(10)
    assert visitor.post("/api/v1/machine/pause").status_code == 401
    assert visitor.post("/api/v1/machine/stop").status_code == 202
    assert studio.jobs.get(1).state == "interrupted"
    assert visitor.post("/api/v1/machine/resume").status_code == 401


def test_a_proxy_is_believed_about_who_asks_and_nobody_else(
    studio: FakeStudio, doors: Access
) -> None:
    limits = VisitorLimits(drawings=1)

    def asked_by(address: str, *, proxy: str | None) -> list[int]:
        app = fake_app(studio, doors=doors, visitors=limits)
        with WebServer(app, "127.0.0.1", 0, proxy=proxy) as server:
            found = []
            for path, method in (("api/v1/jobs", "POST"), ("metrics", "GET")):
                headers = {"X-Forwarded-For": address, "X-Forwarded-Proto": "https"}
                request = urllib.request.Request(
                    f"{server.url}{path}", method=method, headers=headers
                )
                for _ in range(2):
                    try:
                        with urlopen(request, timeout=10) as answer:
                            found.append(answer.status)
                    except HTTPError as error:
                        with error:
                            found.append(error.code)
            return found

    assert asked_by("10.0.0.9", proxy="127.0.0.1") == [201, 429, 401, 401]
    assert asked_by("10.0.0.9", proxy="10.1.1.1") == [201, 429, 200, 200]
    assert asked_by("10.0.0.9", proxy=None) == [201, 429, 200, 200]


def test_a_session_is_for_encrypted_pages_only_where_they_are(
    app: Flask, visitor: FlaskClient
) -> None:
    body = {"password": PHRASE}
    assert "Secure" not in visitor.post("/api/v1/session", json=body).headers["Set-Cookie"]
    secure = app.test_client().post("/api/v1/session", json=body, base_url="https://localhost")
    assert "; Secure" in secure.headers["Set-Cookie"]


# Secrets


def test_no_secret_is_logged(
    visitor: FlaskClient, doors: Access, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    token = staff_token(doors)
    _, secret = doors.keys.add("robot", Role.STAFF)
    visitor.post("/api/v1/session", json={"password": "my bank's password"})
    visitor.post("/api/v1/session", json={"password": PHRASE})
    visitor.get("/api/v1/state", headers={"Authorization": f"Bearer {secret}"})
    for text in (token, secret, PHRASE, "my bank's password"):
        assert text not in caplog.text


@pytest.mark.parametrize(
    "send",
    [
        lambda client: client.get("/api/v1/session"),
        lambda client: client.post("/api/v1/session", json={"password": PHRASE}),
        lambda client: client.post("/api/v1/machine/home"),
    ],
)
def test_an_answer_that_depends_on_who_asks_is_kept_by_nobody(
    client: FlaskClient, send: Callable[[FlaskClient], TestResponse]
) -> None:
    assert send(client).headers["Cache-Control"] == "no-store"
