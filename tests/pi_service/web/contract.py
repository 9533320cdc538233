"""Holds what the dashboard answers to what its document says."""

from __future__ import annotations

import json
from functools import cached_property
from typing import Any

import jsonschema_rs
from flask import Flask, Response, request
from werkzeug.routing import Rule

from pi_service.web.openapi import described, document

Problem = str


class Contract:
    """Looks at answers of an app and keeps what is wrong with them.

    Args:
        app: The dashboard; every answer that it gives from now on is looked at.
    """

    def __init__(self, app: Flask) -> None:
        self._app = app
        self.broken: list[Problem] = []
        self.looked_at = 0
        app.after_request_funcs.setdefault(None, []).append(self._look)

    @cached_property
    def document(self) -> dict[str, Any]:
        """The app's OpenAPI document."""
        return document(self._app)

    @cached_property
    def _operations(self) -> dict[tuple[str, str], dict[str, Any]]:
        paths = [
            (path, method, operation)
            for path, methods in self.document["paths"].items()
            for method, operation in methods.items()
        ]
        by_id = {operation["operationId"]: operation for _, _, operation in paths}
        return {
            (rule.rule, method): by_id[rule.endpoint.replace(".", "_")]
            for rule, method, _ in described(self._app)
        }

    def valid(self, schema: dict[str, Any], data: Any) -> str | None:
        """What is wrong with some data, or None."""
        whole = {**schema, "components": self.document["components"]}
        for error in jsonschema_rs.Draft202012Validator(whole).iter_errors(data):
            return f"{'/'.join(map(str, error.instance_path))}: {error.message[:200]}"
        return None

    def complaint(self, rule: Rule, method: str, response: Response) -> Problem | None:
        """What an answer has that the document does not say, or None."""
        operation = self._operations.get((rule.rule, "GET" if method == "HEAD" else method))
        if operation is None:
            return None
        declared = operation["responses"].get(str(response.status_code))
        if declared is None:
            return f"status {response.status_code} is not declared"
        if response.is_streamed or method == "HEAD":
            return None
        return self._contents(declared.get("content", {}), response)

    def _contents(self, declared: dict[str, Any], response: Response) -> Problem | None:
        kind, data = response.mimetype or "", response.get_data()
        if not data:
            return "no contents" if declared else None
        if kind not in declared:
            return f"media type {kind} is not declared"
        if not kind.endswith("json"):
            return None
        return self.valid(declared[kind].get("schema", {}), json.loads(data))

    def _look(self, response: Response) -> Response:
        rule = request.url_rule
        if rule is not None and request.method != "OPTIONS":
            self.looked_at += 1
            found = self.complaint(rule, request.method, response)
            if found is not None:
                self.broken.append(f"{request.method} {request.path}: {found}")
        return response
