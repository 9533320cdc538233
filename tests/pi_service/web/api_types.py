"""What the API takes and answers, as types for the page's JavaScript; `make check` makes them.

They are written anew from the OpenAPI document at every check, so that the page is held to the
API as it is. `Api.Job` is the schema of that name, `Api.Events` says what each event of the
live stream tells; `Api.Get`, `Api.Post`, `Api.Put` and `Api.Delete` say for every address
below ``/api/v1`` what is answered and what may be sent.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from pi_service.web.openapi import document
from pi_service.web.schemas.state import EVENTS
from tests.pi_service.people import with_password
from tests.pi_service.studio.workshop.machine_room import Room
from tests.pi_service.web.whole import whole_app

ROOT = "/api/v1"
METHODS = ("get", "post", "put", "delete")
NAMES = {
    **{"integer": "number", "number": "number", "string": "string", "boolean": "boolean"},
    **{"null": "null", "any": "any"},
}
"""What JSON schemas call a type and what TypeScript calls it."""

_REFERENCE = "#/components/schemas/"
_VARIABLE = re.compile(r"\{(\w+)\}")


def typed(schema: Mapping[str, Any]) -> str:
    """The type of what a JSON schema describes.

    Raises:
        KeyError: The schema is of a kind that the API has not used so far.
    """
    kinds = schema.get("type", "any")
    either = schema.get("anyOf") or (
        [{**schema, "type": kind} for kind in kinds] if isinstance(kinds, list) else []
    )
    if "$ref" in schema:
        return str(schema["$ref"]).removeprefix(_REFERENCE)
    if "enum" in schema:
        return " | ".join(json.dumps(value) for value in schema["enum"])
    if either:
        return " | ".join(typed(each) for each in either)
    if kinds == "array":
        return f"Array<{typed(schema['items'])}>"
    return _object(schema) if kinds == "object" else NAMES[kinds]


def _object(schema: Mapping[str, Any]) -> str:
    fields = schema.get("properties", {})
    if not fields:
        others = schema.get("additionalProperties", {})
        return f"Record<string, {'never' if others is False else typed(others or {})}>"
    required = set(schema.get("required", ()))
    lines = (
        f"{_comment(each)}{json.dumps(name)}{'' if name in required else '?'}: {typed(each)};"
        for name, each in fields.items()
    )
    return "{ " + " ".join(lines) + " }"


def _comment(schema: Mapping[str, Any]) -> str:
    return f"/** {schema['description']} */ " if "description" in schema else ""


def addresses(path: str, operation: Mapping[str, Any]) -> Iterator[str]:
    """How TypeScript writes the addresses of an operation, with a query and without."""
    variables = {
        each["name"]: each["schema"]
        for each in operation["parameters"]
        if each["in"] == "path"
    }

    def variable(found: re.Match[str]) -> str:
        schema = variables[found[1]]
        return "${" + ("number" if schema["type"] == "integer" else typed(schema)) + "}"

    plain = _VARIABLE.sub(variable, path.removeprefix(ROOT))
    yield f"`{plain}`"
    if any(each["in"] == "query" for each in operation["parameters"]):
        yield f"`{plain}?${{string}}`"


def _routes(paths: Mapping[str, Any], method: str) -> Iterator[str]:
    for path, methods in paths.items():
        if method not in methods or not path.startswith(ROOT):
            continue
        operation = methods[method]
        sent = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
        body = typed(sent["schema"]) if sent else "Nothing"
        for status, answer in operation["responses"].items():
            content = answer.get("content", {}).get("application/json")
            if status.startswith("2") and content is not None:
                answers = typed(content["schema"]) if "schema" in content else "any"
                for address in addresses(path, operation):
                    yield f"    | {{ path: {address}; answer: {answers}; body: {body} }}"


def types(api: Mapping[str, Any]) -> str:
    """The declarations for an OpenAPI document, all of them in the namespace ``Api``."""
    lines = ["// Made by tests/pi_service/web/api_types.py; not to be changed by hand.", ""]
    lines.append("declare namespace Api {")
    for name, schema in sorted(api["components"]["schemas"].items()):
        lines.append(f"  type {name} = {typed(schema)};")
    events = (
        f"{kind}: {schema.__name__.removesuffix('Schema')};" for kind, schema in EVENTS.items()
    )
    lines += ["  type Events = {", *(f"    {event}" for event in events), "  };"]
    for method in METHODS:
        routes = list(_routes(api["paths"], method)) or ["    never"]
        lines += [f"  type {method.capitalize()} =", *routes, "  ;"]
    return "\n".join([*lines, "}", ""])


def main(target: Path) -> None:
    """Write the declarations of the whole API into a file."""
    with tempfile.TemporaryDirectory() as folder:
        room, doors = Room(Path(folder)), with_password(Path(folder) / "doors")
        with closing(room), closing(doors):
            found = types(document(whole_app(room, doors)))
    target.parent.mkdir(exist_ok=True)
    target.write_text(found)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
