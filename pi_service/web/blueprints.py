"""Routes that declare what they take and answer: it is held to, and it is the document.

`webargs` reads and checks requests by `marshmallow` schemas; `pi_service.web.openapi` makes
the document of the same declarations with `apispec`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, Literal, NoReturn, TypeAlias

from flask import Blueprint, Request, Response
from marshmallow import Schema, ValidationError
from webargs.core import missing
from webargs.flaskparser import FlaskParser

from firmware_gcode.facts import CodedError, Fact, chain, fact
from pi_service.web.problems import ApiError

View: TypeAlias = Callable[..., Any]
Location: TypeAlias = Literal["json", "query", "headers"]

JSON = "application/json"
_KEY = "_operation"


@dataclass(frozen=True, slots=True)
class Declared:
    """An answer as it is declared.

    Attributes:
        schema: Of a JSON answer; None for a file or no contents.
        media_type: Its media type; empty for no contents.
        headers: Names of headers of its own, and what they say.
    """

    schema: type[Schema] | None
    media_type: str
    description: str
    headers: Mapping[str, str]


@dataclass(slots=True)
class Operation:
    """What is declared about one view.

    Attributes:
        inputs: Where each schema of its input applies.
        answers: By status.
        refusals: Statuses of problems, beside those that any route may give.
        tags: Under which heading it stands in the document; None for its blueprint's name.
    """

    inputs: dict[Location, type[Schema]] = field(default_factory=dict)
    answers: dict[int, list[Declared]] = field(default_factory=dict)
    refusals: set[int] = field(default_factory=set)
    tags: list[str] | None = None


def operation_of(view: View) -> Operation | None:
    """What is declared about a view; None if nothing is."""
    found = getattr(view, _KEY, None)
    return found if isinstance(found, Operation) else None


def answer(data: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Data as a JSON answer that nobody stores."""
    body = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    response = Response(body, status=status, mimetype=JSON)
    response.headers["Cache-Control"] = "no-store"
    response.headers.update(headers or {})
    return response


class APIBlueprint(Blueprint):
    """A blueprint whose views declare what they take and answer.

    ::

        @bp.post("/pens")
        @bp.input(NewPenSchema)
        @bp.output(PenSchema, 201)
        def new_pen(json_data: dict[str, Any]) -> dict[str, Any]:
            '''Put a new pen in.'''
    """

    def input(
        self, schema: type[Schema], *, location: Location = "json"
    ) -> Callable[[View], View]:
        """Check a part of the request, and hand it to the view.

        Args:
            location: Which part; the view gets it as ``json_data``, ``query_data`` or
                ``headers_data``; of an empty schema it gets nothing.
        """
        held_to, name = schema(), f"{location}_data"

        def declare(view: View) -> View:
            _operation(view).inputs[location] = schema

            @wraps(view)
            def checking(*args: Any, **kwargs: Any) -> Any:
                found = _PARSER.parse(held_to, location=location)
                return view(*args, **kwargs, **({name: found} if held_to.fields else {}))

            return checking

        return declare

    def output(
        self,
        schema: type[Schema] | None,
        status: int = 200,
        *,
        media_type: str = JSON,
        description: str = "",
        headers: Mapping[str, str] | None = None,
        refuses: Iterable[int] = (),
        tags: list[str] | None = None,
    ) -> Callable[[View], View]:
        """Declare what is answered; data that a view returns becomes a JSON answer.

        Answers are not passed through their schema, which would take long for a drawing: the
        tests hold each of them to it.

        Args:
            schema: Of a JSON answer; None for a file.
            status: Its status.
            media_type: Its media type; empty for no contents.
            description: What it is; empty for the schema's own words.
            headers: Names of headers of its own, and what they say.
            refuses: Statuses of its problems, beside 400, 403, 404 (where the address has a
                number), 409 (the studio cannot do it now), 413 and 415, which are known by
                themselves.
            tags: Under which heading it stands in the document.
        """
        declared = Declared(schema, media_type, description, headers or {})

        def declare(view: View) -> View:
            operation = _operation(view)
            operation.answers.setdefault(status, []).append(declared)
            operation.refusals |= set(refuses)
            operation.tags = tags or operation.tags

            @wraps(view)
            def answering(*args: Any, **kwargs: Any) -> Response:
                found = view(*args, **kwargs)
                return found if isinstance(found, Response) else answer(found, status)

            return answering

        return declare


def _operation(view: View) -> Operation:
    """What is declared about a view so far; decorators hand the same object on."""
    operation: Operation = view.__dict__.setdefault(_KEY, Operation())
    return operation


class _Parser(FlaskParser):
    """Reads requests, and refuses them in sentences."""

    def load_json(self, req: Request, *_: Any) -> Any:
        """The body; no body at all counts as an empty object.

        Raises:
            ApiError: If it is not JSON or not an object.
        """
        data = req.get_data(cache=True)
        if not data:
            return missing
        if not req.is_json:
            raise ApiError("body-not-json", status=415)
        try:
            body = json.loads(data)
        except (ValueError, RecursionError):
            body = None
        if not isinstance(body, dict):
            raise ApiError("body-no-object", status=400)
        return body

    def handle_error(
        self, error: ValidationError, req: Request, schema: Schema, **_: Any
    ) -> NoReturn:
        """Say what is wrong and what it may be.

        Raises:
            ApiError: Always.
        """
        del req
        (messages,) = error.messages_dict.values()  # of the one location that was looked at
        raise ApiError(refusal(messages, schema), status=400) from error


def refusal(messages: Mapping[Any, Any], schema: Schema) -> Fact:
    """The first of marshmallow's messages as a fact for people; unknown names go first.

    Args:
        messages: By the names of fields. A fact goes on from the name, such as “must be true
            or false”; an error tells the whole.
    """
    unknown = [name for name in messages if _is_unknown(messages[name], schema)]
    if unknown:
        known = [
            fact("quoted", text=field.data_key or name)
            for name, field in schema.load_fields.items()
        ]
        name = min(map(str, unknown))[:64]
        names = chain("and", known) if known else fact("nothing")
        return fact("field-unknown", field=name, known=names)
    path, told = _first(messages)
    if isinstance(told, CodedError):
        return told.fact
    if _is_unknown([told], schema):
        return fact("field-not-known", field=path)
    must = told if isinstance(told, Fact) else fact("must-be-there")
    return fact("field-wrong", field=path, must=must)


def _is_unknown(messages: Any, schema: Schema) -> bool:
    return bool(messages == [schema.error_messages["unknown"]])


def _first(messages: Any, path: str = "") -> tuple[str, object]:
    """Where the first message is, such as ``dates.2026-12-24``, and what it says."""
    while isinstance(messages, Mapping):
        name, messages = next(iter(messages.items()))
        if name not in {"_schema", "value", "key"}:
            path = f"{path}.{name}" if path else str(name)
    return path[:64], messages[0] if isinstance(messages, list) else messages


_PARSER = _Parser()
