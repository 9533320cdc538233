"""The page's types are those of the API."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from pi_service.web.openapi import document
from tests.pi_service.web.api_types import addresses, typed, types

REPOSITORY = Path(__file__).resolve().parents[3]
DENO = Path(sys.executable).with_name("deno")

JOB = {"type": "object", "properties": {"id": {"type": "integer"}}, "required": ["id"]}


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "integer"}, "number"),
        ({"type": ["string", "null"]}, "string | null"),
        ({"enum": ["up", "down"]}, '"up" | "down"'),
        ({"$ref": "#/components/schemas/Job"}, "Job"),
        ({"anyOf": [{"$ref": "#/components/schemas/Job"}, {"type": "null"}]}, "Job | null"),
        ({"type": "array", "items": {"type": ["number", "null"]}}, "Array<number | null>"),
        ({"type": "object", "additionalProperties": False}, "Record<string, never>"),
        ({"type": "object"}, "Record<string, any>"),
        ({}, "any"),
        (JOB, '{ "id": number; }'),
        ({**JOB, "required": []}, '{ "id"?: number; }'),
    ],
)
def test_a_schema_as_a_type(schema: dict[str, Any], expected: str) -> None:
    assert typed(schema) == expected


def test_an_address_with_a_number_and_a_query() -> None:
    parameters = [
        {"name": "job_id", "in": "path", "schema": {"type": "integer"}},
        {"name": "limit", "in": "query", "schema": {"type": "integer"}},
    ]
    found = list(addresses("/api/v1/jobs/{job_id}", {"parameters": parameters}))
    assert found == ["`/jobs/${number}`", "`/jobs/${number}?${string}`"]


LINES = {
    "const id = job.id + 1;": None,
    "const id = job.number;": "Property 'number' does not exist",
    "/** @type {Api.Get['path']} */ const at = '/job/1';": "is not assignable to type",
}
"""Lines of a page, and what the checker says of each; None: nothing."""


def test_the_checker_holds_a_page_to_them(app: Flask, tmp_path: Path) -> None:
    (tmp_path / "api.d.ts").write_text(types(document(app)))
    for number, line in enumerate(LINES):
        (tmp_path / f"page-{number}.js").write_text(
            f"export function f(/** @type {{Api.Job}} */ job) {{\n{line}\n}}"
        )
    config = json.loads((REPOSITORY / ".ci/web-types.json").read_text())
    config["compilerOptions"]["types"] = ["./api.d.ts"]
    (tmp_path / "deno.json").write_text(json.dumps(config))
    done = subprocess.run(
        [DENO, "check", "--quiet", *(f"page-{number}.js" for number in range(len(LINES)))],
        cwd=tmp_path,
        env={"DENO_DIR": str(tmp_path / "deno"), "NO_COLOR": "1", "DENO_NO_UPDATE_CHECK": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    for number, complaint in enumerate(LINES.values()):
        assert (f"page-{number}.js:" in done.stderr) == (complaint is not None)
        assert complaint is None or complaint in done.stderr
