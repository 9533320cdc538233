"""Every route that the service has: visitors come to few, the staff to all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import AnyConverter, IntegerConverter, Rule

from firmware_gcode.drawing.paper import Paper
from firmware_gcode.program.profile import Profile
from pi_service.fleet.membership import Membership, Topics
from pi_service.service import Service, ServiceConfig
from pi_service.studio.access.access import Access
from pi_service.studio.access.caller import Role
from pi_service.web.access import COOKIE, NEAR, PEOPLES, VISITORS, named
from pi_service.web.openapi import document
from pi_service.web.routes.app import create_app
from tests.pi_service.people import (
    detail,
    staff_client,
    with_password,
)
from tests.pi_service.web.fake_studio import FakeStudio, fake_app

Ways = list[tuple[str, str, str]]


@pytest.fixture(scope="module")
def doors(tmp_path_factory: pytest.TempPathFactory) -> Access:
    """The doors of `whole`, which closes them."""
    return with_password(tmp_path_factory.mktemp("doors"))


@contextmanager
def serving(folder: Path, doors: Access, model: Path) -> Iterator[Flask]:
    """The app as the service makes it, with every route that there is."""
    made: list[Flask] = []

    def make(*args: Any, **options: Any) -> Flask:
        made.append(create_app(*args, **options))
        return made[-1]

    config = ServiceConfig(
        data=folder,
        profile=Profile.load("simulated"),
        paper=Paper.named("A5"),
        find_port=lambda: None,
        model=model,
        camera="http://127.0.0.1:9/stream",  # where nothing listens; it is off
        http_port=0,
        button_pin=None,
        fleet=Membership(topics=Topics("one"), host="127.0.0.1", port=9),
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pi_service.service.create_app", make)
        patch.setattr("pi_service.service.Access", lambda _: doors)
        with Service(config):
            yield made[0]


@pytest.fixture(scope="module")
def whole(
    tmp_path_factory: pytest.TempPathFactory, doors: Access, plain_model: Path
) -> Iterator[Flask]:
    """One for all who are refused: nothing comes of what they ask."""
    with serving(tmp_path_factory.mktemp("whole"), doors, plain_model) as app:
        yield app


@pytest.fixture
def own_doors(tmp_path: Path) -> Access:
    """The doors of `own`, which closes them."""
    return with_password(tmp_path / "doors")


@pytest.fixture
def own(tmp_path: Path, own_doors: Access, plain_model: Path) -> Iterator[Flask]:
    """One for a test that gets what it asks for."""
    with serving(tmp_path / "data", own_doors, plain_model) as app:
        yield app


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
    for route, method, path in ways(whole):
        if route == "POST /api/v1/machine/stop":
            continue  # nobody who wants to stop it is asked who they are
        headers = {"Authorization": f"Bearer {key}"}
        answer = client.open(path, method=method, json={}, headers=headers)
        assert answer.status_code == 401, path
        assert "opens nothing" in detail(answer)


def test_the_staff_comes_to_every_route(own: Flask, own_doors: Access) -> None:
    for route, method, path in ways(own):
        client = staff_client(own, own_doors)
        answer = client.open(path, method=method, json={}, buffered=False)
        assert answer.status_code not in {401, 403} or route == "POST /api/v1/session", route
        answer.close()


def test_visitors_come_to_all_that_is_listed_and_the_list_names_what_there_is(
    own: Flask,
) -> None:
    there = {route for route, _, _ in ways(own)}
    assert VISITORS - there == set()
    assert PEOPLES - there == set()
    for route, method, path in ways(own):
        if route in VISITORS:
            client = own.test_client()
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
    client = fake_app(studio, allowed_hosts=["localhost"]).test_client()
    assert client.get("/api/v1/session").get_json() == {"role": "visitor", "set_up": True}
    assert client.post("/api/v1/machine/home").status_code == 401
    assert client.delete("/api/v1/session").status_code == 200
    for path in ("session", "setup"):
        nobody = client.post(f"/api/v1/{path}", json={"password": "seven sleepy cats"})
        assert nobody.status_code == 503
        assert "Nobody can log in" in detail(nobody)
    wrong = client.get("/api/v1/state", headers={"Authorization": "Bearer x"})
    assert wrong.status_code == 401


def test_visitors_have_a_share_of_the_queue(own: Flask, own_doors: Access) -> None:
    client = own.test_client()
    answers = [
        client.post("/api/v1/jobs", json={}, environ_base={"REMOTE_ADDR": f"10.0.0.{number}"})
        for number in range(14)
    ]
    assert [answer.status_code for answer in answers][-1] == 409
    assert "that the visitor asked for are waiting" in detail(answers[-1])
    assert staff_client(own, own_doors).post("/api/v1/jobs", json={}).status_code == 201


@pytest.mark.parametrize(
    ("path", "something"), [("/api/v1/hours", "mon"), ("/api/v1/plugins/rules", "quiet")]
)
def test_nothing_is_not_put_in_place_of_all_that_is_kept(
    own: Flask, own_doors: Access, path: str, something: str
) -> None:
    """As by ``curl -X PUT`` without data: it closed the gallery for good."""
    client, said = staff_client(own, own_doors), document(own)
    body = said["paths"][path]["put"]["requestBody"]
    name = body["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    least = said["components"]["schemas"][name]["minProperties"]
    assert (body["required"], least) == (True, 1)
    for refused in (client.put(path), client.put(path, json={})):
        assert (refused.status_code, refused.get_json()["code"]) == (400, "body-empty")
    assert client.put(path, json={something: ""}).status_code == 200


def test_a_bare_request_does_not_go_back_to_the_version_before(
    own: Flask, own_doors: Access
) -> None:
    refused = staff_client(own, own_doors).post("/api/v1/update", json={})
    assert refused.get_json()["params"]["field"] == "name"
