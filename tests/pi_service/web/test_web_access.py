"""Who may do what: visitors little, the staff all, and nobody who only pretends."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import AnyConverter, IntegerConverter, Rule
from werkzeug.test import TestResponse

from firmware_gcode.drawing.paper import Paper
from firmware_gcode.program.profile import Profile
from pi_service.service import Service, ServiceConfig
from pi_service.studio.access.access import IDLE_S, Access
from pi_service.studio.access.caller import Role
from pi_service.studio.access.limiter import FREE_TRIES
from pi_service.studio.access.tokens import LocalKey
from pi_service.web.access import COOKIE, NEAR, PEOPLES, VISITORS, VisitorLimits, named
from pi_service.web.app import create_app
from tests.pi_service.web.fake_studio import FakeStudio
from tests.pi_service.web.people import (
    PHRASE,
    QuickHasher,
    staff_client,
    staff_token,
    with_password,
)

Ways = list[tuple[str, str, str]]


@pytest.fixture
def doors(tmp_path: Path) -> Iterator[Access]:
    made = with_password(tmp_path)
    yield made
    made.close()


@pytest.fixture
def whole(tmp_path: Path, doors: Access, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """The app as the service makes it, with every route that there is."""
    made: list[Flask] = []

    def make(*args: Any, **options: Any) -> Flask:
        made.append(create_app(*args, **options))
        return made[-1]

    monkeypatch.setattr("pi_service.service.create_app", make)
    monkeypatch.setattr("pi_service.service.Access", lambda _: doors)
    config = ServiceConfig(
        data=tmp_path / "data",
        profile=Profile.load("simulated"),
        paper=Paper.named("A5"),
        find_port=lambda: None,
        http_port=0,
        button_pin=None,
    )
    with Service(config):
        yield made[0]


def ways(app: Flask) -> Ways:
    """Every way into an app: its route's name, its method, an address that leads there."""
    found = [
        (named(rule, method, values), method, address)
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
        for values, address in addresses(rule)
    ]
    assert len(found) > 80
    return found


def addresses(rule: Rule) -> Iterator[tuple[dict[str, Any], str]]:
    """Values for a rule's variables, each choice once, and the address they make."""
    values: dict[str, Any] = {}
    choices: dict[str, list[str]] = {}
    for name, converter in rule._converters.items():
        if isinstance(converter, AnyConverter):
            choices[name] = sorted(converter.items)
        values[name] = 1 if isinstance(converter, IntegerConverter) else "x"
    assert len(choices) <= 1
    for name, words in choices.items() or [("", [""])]:
        for word in words:
            filled = {**values, **({name: word} if name else {})}
            built = rule.build(filled)
            assert built is not None
            yield filled, built[1]


def detail(answer: TestResponse) -> str:
    assert answer.mimetype == "application/problem+json"
    text = answer.get_json(force=True)["detail"]
    assert text.endswith(".")
    return str(text)


# Every route there is


def test_every_route_that_is_not_listed_is_the_staffs(whole: Flask, doors: Access) -> None:
    anybody, program = whole.test_client(), whole.test_client()
    _, secret = doors.keys.add("visitors", Role.VISITOR)
    bearer = {"Authorization": f"Bearer {secret}"}
    closed = [way for way in ways(whole) if way[0] not in VISITORS | NEAR]
    assert {method for _, method, _ in closed} >= {"GET", "POST", "PUT", "DELETE"}
    for route, method, path in closed:
        answer = anybody.open(path, method=method, json={})
        assert (answer.status_code, route) == (401, route)
        assert "staff" in detail(answer)
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        refused = program.open(path, method=method, json={}, headers=bearer)
        assert (refused.status_code, route) == (403, route)


@pytest.mark.parametrize("token", ["", "garbage", "x" * 4000, "é\ud800", '"', "0" * 43])
def test_a_made_up_session_opens_nothing(whole: Flask, token: str) -> None:
    client = whole.test_client()
    client.environ_base["HTTP_COOKIE"] = f"{COOKIE}={token}".encode(
        "utf-8", "surrogatepass"
    ).decode("latin-1")
    for route, method, path in ways(whole):
        if route not in VISITORS | NEAR:
            assert client.open(path, method=method, json={}).status_code == 401, route
    assert client.get("/api/v1/state").status_code == 200


@pytest.mark.parametrize("key", ["", "garbage", "catplotter_" + "x" * 43, "x" * 4000])
def test_a_key_that_is_none_is_said_to_be_none_everywhere(whole: Flask, key: str) -> None:
    client = whole.test_client()
    for _, method, path in ways(whole):
        headers = {"Authorization": f"Bearer {key}"}
        answer = client.open(path, method=method, json={}, headers=headers)
        assert answer.status_code == 401, path
        assert "opens nothing" in detail(answer)


def test_the_staff_comes_to_every_route(whole: Flask, doors: Access) -> None:
    for route, method, path in ways(whole):
        client = staff_client(whole, doors)
        answer = client.open(path, method=method, json={}, buffered=False)
        assert answer.status_code not in {401, 403} or route == "POST /api/v1/session", route
        answer.close()


def test_visitors_come_to_all_that_is_listed_and_the_list_names_what_there_is(
    whole: Flask,
) -> None:
    there = {route for route, _, _ in ways(whole)}
    assert VISITORS - there == set()
    assert PEOPLES - there == set()
    for route, method, path in ways(whole):
        if route in VISITORS:
            client = whole.test_client()
            answer = client.open(path, method=method, json={}, buffered=False)
            assert answer.status_code != 401, route
            answer.close()


@pytest.mark.parametrize("origin", ["http://evil.example", "http://localhost:9999", "null"])
def test_a_foreign_page_changes_nothing_though_the_staff_looks_at_it(
    whole: Flask, doors: Access, origin: str
) -> None:
    client = staff_client(whole, doors)
    for route, method, path in ways(whole):
        if method != "GET":
            answer = client.open(path, method=method, json={}, headers={"Origin": origin})
            assert answer.status_code == 403, route
            assert "own page" in detail(answer)


def test_a_foreign_name_is_not_answered_whoever_asks(whole: Flask, doors: Access) -> None:
    _, secret = doors.keys.add("robot", Role.STAFF)
    headers = {"Host": "evil.example", "Authorization": f"Bearer {secret}"}
    for route, method, path in ways(whole):
        answer = whole.test_client().open(path, method=method, json={}, headers=headers)
        assert answer.status_code == 400, route


def test_without_doors_everybody_is_a_visitor(studio: FakeStudio) -> None:
    client = create_app(studio, allowed_hosts=["localhost"]).test_client()
    assert client.get("/api/v1/session").get_json() == {"role": "visitor", "set_up": True}
    assert client.post("/api/v1/machine/home").status_code == 401
    assert client.delete("/api/v1/session").status_code == 200
    wrong = client.get("/api/v1/state", headers={"Authorization": "Bearer x"})
    assert wrong.status_code == 401


# Logging in and out


def test_the_first_run(studio: FakeStudio, tmp_path: Path) -> None:
    doors = Access(tmp_path / "new", hasher=QuickHasher())
    client = create_app(studio, doors=doors, allowed_hosts=["localhost"]).test_client()
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


class Clock:
    def __init__(self) -> None:
        self.now = 1_795_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def timed(studio: FakeStudio, tmp_path: Path, clock: Clock) -> Iterator[FlaskClient]:
    """A visitor where a clock tells the time that a test makes up."""
    made = Access(tmp_path / "timed", clock=clock, monotonic=clock, hasher=QuickHasher())
    made.reset_password(PHRASE)
    limits = VisitorLimits(drawings=2, within_s=600)
    app = create_app(
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
    key = LocalKey.read(tmp_path)
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
    app = create_app(studio, visitors=VisitorLimits(drawings=0), allowed_hosts=["localhost"])
    refused = app.test_client().post("/api/v1/jobs", json={})
    assert refused.status_code == 403
    assert "Only the staff" in detail(refused)


def test_a_visitor_stops_the_machine_and_no_more(
    visitor: FlaskClient, studio: FakeStudio
) -> None:
    studio.request("button")
    studio.advance(10)
    assert visitor.post("/api/v1/machine/pause").status_code == 401
    assert visitor.post("/api/v1/machine/stop").status_code == 202
    assert studio.job(1).state == "cancelled"


def test_visitors_have_a_share_of_the_queue(whole: Flask, doors: Access) -> None:
    client = whole.test_client()
    answers = [asked(client, f"10.0.0.{number}") for number in range(14)]
    assert [answer.status_code for answer in answers][-1] == 409
    assert "that the visitor asked for are waiting" in detail(answers[-1])
    assert staff_client(whole, doors).post("/api/v1/jobs", json={}).status_code == 201


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
