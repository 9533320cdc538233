"""Declared inputs: what is taken, and the sentence with which all else is refused."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from marshmallow import fields

from firmware_gcode.facts import CodedError, fact
from pi_service.web import problems
from pi_service.web.blueprints import APIBlueprint, answer, operation_of
from pi_service.web.openapi import document
from pi_service.web.schemas.base import (
    Answer,
    Body,
    Choice,
    Flag,
    Headers,
    Measure,
    NothingSchema,
    Query,
    Text,
    Whole,
    about,
    word,
)


def even(text: str) -> None:
    if len(text) % 2:
        raise CodedError("text", text="A text must have an even number of letters.")


class InnerSchema(Body):
    """Something within."""

    low = Whole(1, 3, required=True, **about("A number"))


class ThingSchema(Body):
    """Something of everything."""

    count = Whole(1, 9, **about("A number"))
    width = Measure(**about("mm"))
    angle = Measure(-90, 90, inclusive=True, **about("degrees"))
    share = Measure(0, 1, **about("A part"))
    name = Text(10, fact("must-be-name"), check=even, **about("A name"))
    colour = Choice(("red", "green"), **about("A colour"))
    size = Choice(("small", "middle", "large"), **about("A size"))
    wet = Flag(**about("Whether it is wet"))
    inner = fields.Nested(InnerSchema, **about("Within"))
    marks = fields.List(Whole(0, 5), **about("Marks"))


class WhereQuery(Query):
    """Where."""

    level = Whole(-3, 3, load_default=0, **about("Which level"))
    wet = Flag(load_default=None, **about("Whether it is wet"))
    ratio = Measure(load_default=None, **about("A ratio"))


class NoteHeaders(Headers):
    """A note."""

    note = Text(5, fact("must-be-printable"), data_key="X-Note", load_default=None)


class SeenSchema(Answer):
    """What was taken."""

    seen = fields.Dict(**about("All of it"))
    kind = word(("a", "b"), "A kind", allow_none=True)


@pytest.fixture
def app() -> Flask:
    made = Flask(__name__)
    problems.install(made)
    routes = APIBlueprint("things", __name__)

    @routes.post("/things")
    @routes.input(ThingSchema)
    @routes.input(NoteHeaders, location="headers")
    @routes.output(SeenSchema, 201, refuses=[409])
    def make(json_data: dict[str, Any], headers_data: dict[str, Any]) -> dict[str, Any]:
        """Make a thing."""
        return {"seen": {**json_data, **headers_data}, "kind": None}

    @routes.get("/things/<int:number>/<any(left, right):side>")
    @routes.input(WhereQuery, location="query")
    @routes.output(SeenSchema)
    def look(query_data: dict[str, Any], **where: Any) -> Any:
        """Look at a thing."""
        return answer({"seen": {**query_data, **where}, "kind": "a"}, headers={"X-By": "me"})

    @routes.post("/rest")
    @routes.input(NothingSchema)
    @routes.output(SeenSchema)
    def rest() -> dict[str, Any]:
        """Rest a while."""
        return {"seen": {}, "kind": None}

    made.register_blueprint(routes)
    return made


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def refusal(answer: Any) -> str:
    assert answer.status_code == 400
    assert answer.mimetype == "application/problem+json"
    return str(answer.get_json(force=True)["detail"])


def test_what_is_as_declared_is_handed_on(client: FlaskClient) -> None:
    body = {
        **{"count": 3, "width": 2, "angle": -90, "share": 1.0, "name": "käse"},
        **{"colour": "red", "size": "large", "wet": False, "inner": {"low": 3}, "marks": [1]},
    }
    made = client.post("/things", json=body, headers={"X-Note": "hm"})
    assert made.status_code == 201
    assert made.get_json()["seen"] == {**body, "note": "hm"}
    assert made.headers["Cache-Control"] == "no-store"
    assert client.post("/rest").status_code == 200


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"count": 0}, "“count” must be a whole number from 1 to 9."),
        ({"count": 3.0}, "“count” must be a whole number from 1 to 9."),
        ({"count": "3"}, "“count” must be a whole number from 1 to 9."),
        ({"count": True}, "“count” must be a whole number from 1 to 9."),
        ({"count": None}, "“count” must be a whole number from 1 to 9."),
        ({"width": 0}, "“width” must be a number above 0."),
        ({"width": "2"}, "“width” must be a number above 0."),
        ({"width": 10**400}, "“width” must be a number above 0."),
        ({"angle": 91}, "“angle” must be a number from -90 to 90."),
        ({"share": 1.1}, "“share” must be a number above 0, and at most 1."),
        ({"name": ""}, "“name” must be a name."),
        ({"name": 7}, "“name” must be a name."),
        ({"name": "\ud800 "}, "“name” must be a name."),
        ({"name": "odd"}, "A text must have an even number of letters."),
        ({"colour": "blue"}, "“colour” must be “red” or “green”."),
        ({"size": []}, "“size” must be one of “small”, “middle”, “large”."),
        ({"wet": 1}, "“wet” must be true or false."),
        ({"wet": "true"}, "“wet” must be true or false."),
        ({"inner": {"low": 7}}, "“inner.low” must be a whole number from 1 to 3."),
        ({"inner": {}}, "“inner.low” must be a whole number from 1 to 3."),
        ({"inner": {"low": 1, "high": 1}}, "“inner.high” is not known here."),
        ({"marks": [0, 9]}, "“marks.1” must be a whole number from 0 to 5."),
    ],
)
def test_what_is_not_is_refused_with_a_sentence(
    client: FlaskClient, body: dict[str, Any], says: str
) -> None:
    assert refusal(client.post("/things", json=body)) == says


def test_names_that_are_not_known_are_told_first(client: FlaskClient) -> None:
    found = refusal(client.post("/things", json={"count": 0, "zebra": 1, "colur": "red"}))
    assert found.startswith("“colur” is not known here; known are “count” and “width” and ")
    nothing = refusal(client.post("/rest", json={"now": True}))
    assert nothing == "“now” is not known here; known are nothing."


def test_not_a_number_is_no_number(client: FlaskClient) -> None:
    for word_ in ("NaN", "Infinity", "-Infinity"):
        body = f'{{"width": {word_}}}'
        made = client.post("/things", data=body, content_type="application/json")
        assert refusal(made) == "“width” must be a number above 0."


def test_an_address_says_numbers_and_flags_in_letters(client: FlaskClient) -> None:
    found = client.get("/things/7/left?level=-2&wet&ratio=0.5&more=1")
    seen = found.get_json()["seen"]
    assert seen == {"level": -2, "wet": True, "ratio": 0.5, "number": 7, "side": "left"}
    assert found.headers["X-By"] == "me"
    assert client.get("/things/7/left?wet=false").get_json()["seen"]["wet"] is False


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("level=4", "“level” must be a whole number from -3 to 3."),
        ("level=+1", "“level” must be a whole number from -3 to 3."),
        ("level=1_0", "“level” must be a whole number from -3 to 3."),
        ("level=٣", "“level” must be a whole number from -3 to 3."),
        ("level=", "“level” must be a whole number from -3 to 3."),
        ("wet=maybe", "“wet” must be true or false."),
        ("ratio=x", "“ratio” must be a number above 0."),
        ("ratio=nan", "“ratio” must be a number above 0."),
    ],
)
def test_a_wrong_address_is_refused(client: FlaskClient, query: str, says: str) -> None:
    assert refusal(client.get(f"/things/7/left?{query}")) == says


def test_a_wrong_header_is_refused(client: FlaskClient) -> None:
    made = client.post("/things", headers={"X-Note": "too long"})
    assert refusal(made) == "“X-Note” must be 1 to 128 printable ASCII characters."


def test_what_is_declared_is_the_document(app: Flask) -> None:
    found = document(app)
    make = found["paths"]["/things"]["post"]
    assert make["summary"] == "Make a thing."
    assert make["tags"] == ["things"]
    assert make["requestBody"]["required"] is False
    assert {"201", "400", "403", "409", "413", "415"} <= set(make["responses"])
    look = found["paths"]["/things/{number}/{side}"]["get"]
    named = {parameter["name"]: parameter for parameter in look["parameters"]}
    assert named["number"]["schema"] == {"type": "integer", "minimum": 0}
    assert named["side"]["schema"]["enum"] == ["left", "right"]
    assert named["level"]["schema"] == {
        **{"type": "integer", "default": 0, "minimum": -3, "maximum": 3}
    }
    assert named["wet"]["schema"] == {"type": "boolean"}
    thing = found["components"]["schemas"]["Thing"]
    assert thing["additionalProperties"] is False
    assert thing["properties"]["width"]["exclusiveMinimum"] == 0
    seen = found["components"]["schemas"]["Seen"]
    assert seen["required"] == ["kind", "seen"]
    assert seen["properties"]["kind"]["enum"] == ["a", "b", None]


def test_a_view_that_declares_nothing_is_not_described(app: Flask) -> None:
    assert operation_of(app.view_functions["static"]) is None
    assert operation_of(app.view_functions["things.rest"]) is not None
