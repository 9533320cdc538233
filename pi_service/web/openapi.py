"""The OpenAPI document, made of what the routes declare, when it is first asked for."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import version
from inspect import getdoc
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.openapi import OpenAPIConverter
from flask import Flask, Response
from marshmallow import Schema
from marshmallow.fields import Field
from werkzeug.routing import AnyConverter, IntegerConverter, Rule

from pi_service.studio.access.caller import ANYBODY
from pi_service.web import access
from pi_service.web.blueprints import JSON, APIBlueprint, Declared, Operation, operation_of
from pi_service.web.schemas.base import Flag, ProblemSchema, Replacing
from pi_service.web.schemas.state import EVENTS
from pi_service.web.security import SAFE_METHODS

OWN = "/api/"
PROBLEM = "application/problem+json"
PATH = "/api/v1/openapi.json"
ABOUT = (
    "Everything that the page can do. Every refusal is a problem (RFC 9457) whose “detail” is "
    "an English sentence, and “code” with “params” the same as data; so is what else is told "
    "to people. Times are seconds since 1970, places millimetres from the "
    "paper's lower left corner, unless it is said otherwise. Requests that change something "
    "are taken from the service's own page and from programs, not from other pages."
)
SECURITY = {
    "key": {"type": "http", "scheme": "bearer", "description": "A key for programs"},
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": access.COOKIE,
        "description": "Of a person who logged in by POST /api/v1/session",
    },
}
"""What shows that somebody is the staff."""
WHY = {
    400: "The request is not as it must be, or the service does not go by that name",
    401: "Nobody is logged in, or the key is none",
    403: "Another site's page asks, or who asks may not do that",
    404: "There is no such thing",
    409: "It cannot be done now",
    413: "The request is too large",
    415: "The request is not JSON",
    429: "Too many tries; “Retry-After” says when to try again",
    503: "Not now; “Retry-After” says when to try again",
}
"""What a problem's status means here."""
WITH = {
    401: {"WWW-Authenticate": "How a program shows who it is"},
    429: {"Retry-After": "Seconds after which it is worth trying again"},
    503: {"Retry-After": "Seconds after which it is worth trying again"},
}
"""Headers that come with a problem's status."""

_VARIABLE = re.compile(r"<(?:[^<>:]+:)?([^<>]+)>")


def blueprint(app: Flask) -> APIBlueprint:
    """The route of the document."""
    routes = APIBlueprint("document", __name__)

    @cache
    def packed() -> str:
        return json.dumps(document(app), ensure_ascii=False, separators=(",", ":"))

    @routes.get(PATH)
    @routes.output(None, media_type=JSON, description="OpenAPI 3.1", tags=["service"])
    def openapi() -> Response:
        """This document."""
        response = Response(packed(), mimetype=JSON)
        response.headers["Cache-Control"] = "no-cache"
        return response

    return routes


class _Converter(OpenAPIConverter):  # type: ignore[misc, unused-ignore]
    """Says of a body in place of all that is kept that it is not empty."""

    def schema2jsonschema(self, schema: Schema | type[Schema]) -> dict[str, Any]:
        found = super().schema2jsonschema(schema)  # type: ignore[no-untyped-call]
        return {**found, **({"minProperties": 1} if isinstance(schema, Replacing) else {})}


class _Plugin(MarshmallowPlugin):  # type: ignore[misc, unused-ignore]
    Converter = _Converter


def document(app: Flask) -> dict[str, Any]:
    """The OpenAPI document of an app."""
    plugin = _Plugin(schema_name_resolver=_name)
    spec = APISpec(
        title="catplotter",
        version=version("catplotter"),
        openapi_version="3.1.0",
        info={"description": ABOUT},
        plugins=[plugin],
    )
    converter = plugin.converter
    assert converter is not None  # noqa: S101 - made with the specification
    for name, scheme in SECURITY.items():
        spec.components.security_scheme(name, scheme)
    for schema in EVENTS.values():
        if _name(schema) not in spec.components.schemas:
            spec.components.schema(_name(schema), schema=schema)
    for rule, method, operation in described(app):
        view = app.view_functions[rule.endpoint]
        words = (getdoc(view) or "").partition("\n")
        spec.path(
            path=_VARIABLE.sub(r"{\1}", rule.rule),
            operations={
                method.lower(): {
                    "operationId": f"{rule.endpoint.replace('.', '_')}",
                    "summary": words[0],
                    "description": words[2].strip(),
                    "tags": operation.tags or [rule.endpoint.partition(".")[0]],
                    "security": _security(rule, method),
                    **_input(operation, rule, converter),
                    "responses": _answers(operation, rule, method),
                }
            },
        )
    return spec.to_dict()


def described(app: Flask) -> Iterator[tuple[Rule, str, Operation]]:
    """Every route that declares something: its rule, its method, what it declares."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        operation = operation_of(app.view_functions[rule.endpoint])
        methods = (rule.methods or set()) - {"HEAD", "OPTIONS"}
        for method in sorted(methods):
            if operation is not None:
                yield rule, method, operation


def _name(schema: Any) -> str:
    """The name of a schema in the document."""
    kind = schema if isinstance(schema, type) else type(schema)
    return kind.__name__.removesuffix("Schema")


def _input(operation: Operation, rule: Rule, converter: OpenAPIConverter) -> dict[str, Any]:
    """Parameters and body of an operation."""
    parameters = [_variable(rule, name) for name in _VARIABLE.findall(rule.rule)]
    found: dict[str, Any] = {}
    for location, schema in operation.inputs.items():
        if location == "json":
            fields = schema().fields.values()
            required = issubclass(schema, Replacing) or any(each.required for each in fields)
            found["requestBody"] = {
                "required": required,
                "content": {JSON: {"schema": schema}},
            }
        else:
            where = {"headers": "header"}.get(location, location)
            for name, field in schema().fields.items():
                parameters.append(_parameter(converter, field, field.data_key or name, where))
    return {**found, "parameters": parameters}


def _parameter(
    converter: OpenAPIConverter, field: Field[Any], name: str, where: str
) -> dict[str, Any]:
    """A part of the address, or a header: null cannot be said there, it is left out.

    A flag may be said by its mere name.
    """
    found: dict[str, Any] = converter._field2parameter(field, name=name, location=where)
    schema = found["schema"]
    if isinstance(schema.get("type"), list):
        (schema["type"],) = (kind for kind in schema["type"] if kind != "null")
    if schema.get("default", ...) is None:
        del schema["default"]
    if where == "query" and isinstance(field, Flag):
        found["allowEmptyValue"] = True
    return found


def _variable(rule: Rule, name: str) -> dict[str, Any]:
    """A variable part of an address."""
    converter = rule._converters[name]
    schema: dict[str, Any] = {"type": "string"}
    if isinstance(converter, IntegerConverter):
        schema = {"type": "integer", "minimum": 0}
    elif isinstance(converter, AnyConverter):
        schema["enum"] = sorted(converter.items)
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _answers(operation: Operation, rule: Rule, method: str) -> dict[str, Any]:
    """Answers and problems of an operation, by status."""
    found = {str(status): _answer(each) for status, each in operation.answers.items()}
    for status in sorted(_refusals(operation, rule, method)):
        found[str(status)] = {
            "description": WHY[status],
            "content": {PROBLEM: {"schema": ProblemSchema}},
            **({"headers": _headers(WITH[status])} if status in WITH else {}),
        }
    return found


def _headers(texts: Mapping[str, str]) -> dict[str, Any]:
    """Headers of an answer, all of them texts."""
    return {
        name: {"description": text, "schema": {"type": "string"}}
        for name, text in texts.items()
    }


def _security(rule: Rule, method: str) -> list[dict[str, list[str]]]:
    """What somebody must show: nothing where visitors may go."""
    route = access.named(rule, method)
    if access.may(ANYBODY, route, near=False):
        return []
    nothing: list[dict[str, list[str]]] = [{}] if route in access.NEAR else []
    return nothing + [{name: []} for name in SECURITY]


def _refusals(operation: Operation, rule: Rule, method: str) -> set[int]:
    """The problems that an operation may answer with."""
    statuses = {400, 401} | operation.refusals | access.refusals(rule, method)
    if method not in SAFE_METHODS:
        statuses |= {403, 413}
    if "json" in operation.inputs:
        statuses.add(415)
    if rule.rule.startswith(OWN):
        statuses.add(409)  # whatever it is, the disk may be full or damaged
    if rule._converters:
        statuses.add(404)
    return statuses - operation.answers.keys()


def _answer(declared: list[Declared]) -> dict[str, Any]:
    """One answer, perhaps in several media types."""
    first = declared[0]
    words = first.description or (first.schema.__doc__ if first.schema else "") or "As asked"
    found: dict[str, Any] = {"description": words}
    content = {each.media_type: _contents(each) for each in declared if each.media_type}
    if content:
        found["content"] = content
    if first.headers:
        found["headers"] = _headers(first.headers)
    return found


def _contents(declared: Declared) -> dict[str, Any]:
    if declared.schema is not None:
        return {"schema": declared.schema}
    return {} if declared.media_type == JSON else {"schema": {"type": "string"}}
