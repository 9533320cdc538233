"""Every error as problem+json (RFC 9457) with a sentence that a person can act on."""

from __future__ import annotations

import json
import logging

from flask import Flask, Response, g
from werkzeug.exceptions import HTTPException

from firmware_gcode.facts import CodedError, Fact, Value, fact, sentence
from pi_service.studio.core.errors import StudioError

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
FACTS = {
    400: fact("request-not-understood"),
    404: fact("address-unknown"),
    405: fact("method-not-answered"),
    413: fact("request-too-large"),
    415: fact("request-not-json"),
}
"""What a person is told where the framework would speak in its own words."""


class ApiError(CodedError, RuntimeError):
    """A request that is answered with a problem.

    Args:
        status: The HTTP status, 400 to 599.
        retry_after: Seconds after which it is worth trying again, or None.
    """

    def __init__(
        self,
        told: Fact | str,
        /,
        *,
        status: int,
        retry_after: int | None = None,
        **params: Value,
    ) -> None:
        super().__init__(told, **params)
        self.status = status
        self.retry_after = retry_after


def problem(status: int, told: Fact, *, retry_after: int | None = None) -> Response:
    """An answer of type ``application/problem+json``: the fact, and its English sentence.

    Args:
        retry_after: Seconds for the header ``Retry-After``, or None for no such header.
    """
    g.refused = told.code
    response = Response(body(status, told), status=status, mimetype=MEDIA_TYPE)
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    return response


def body(status: int, told: Fact) -> str:
    """What is answered: the standard's names, and the fact."""
    found = {
        "type": "about:blank",
        "title": title(status),
        "status": status,
        "detail": sentence(told),
        **told.as_dict(),
    }
    return json.dumps(found, ensure_ascii=False)


def title(status: int) -> str:
    """The standard's words for a status, such as ``Not Found``."""
    return Response(status=status).status.partition(" ")[2].title()


def install(app: Flask) -> None:
    """Answer every error of `app`, expected or not, with a problem."""
    app.register_error_handler(ApiError, _refused)
    app.register_error_handler(StudioError, _not_now)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _unexpected)


def _refused(error: ApiError) -> Response:
    return problem(error.status, error.fact, retry_after=error.retry_after)


def _not_now(error: StudioError) -> Response:
    return problem(409, error.fact)


def _http_error(error: HTTPException) -> Response:
    status = error.code or 500
    words = fact("text", text=error.description or title(status))
    answer = problem(status, FACTS.get(status, words))
    for name, value in error.get_headers():
        if name.lower() not in {"content-type", "content-length"}:
            answer.headers[name] = value
    return answer


def _unexpected(error: Exception) -> Response:
    log.error("a request failed unexpectedly", exc_info=error)
    return problem(500, fact("service-error"))
