"""Every error as problem+json (RFC 9457) with a sentence that a person can act on."""

from __future__ import annotations

import json
import logging

from flask import Flask, Response
from werkzeug.exceptions import HTTPException

from pi_service.studio.core.errors import StudioError

log = logging.getLogger(__name__)

SENTENCES = {
    400: "The request could not be understood.",
    404: "There is nothing at this address.",
    405: "This address does not answer that kind of request.",
    413: "The request is too large; a few hundred bytes are enough.",
    415: "Send the request as JSON, with the header Content-Type: application/json.",
}
"""What a person is told where the framework would speak in its own words."""


class ApiError(RuntimeError):
    """A request that is answered with a problem.

    Args:
        status: The HTTP status, 400 to 599.
        detail: One sentence: what was wrong and what to do.
        retry_after: Seconds after which it is worth trying again, or None.
    """

    def __init__(self, status: int, detail: str, *, retry_after: int | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.retry_after = retry_after


def problem(status: int, detail: str, *, retry_after: int | None = None) -> Response:
    """An answer of type ``application/problem+json``.

    Args:
        status: The HTTP status.
        detail: One sentence for a person.
        retry_after: Seconds for the header ``Retry-After``, or None for no such header.
    """
    response = Response(status=status, mimetype="application/problem+json")
    body = {"type": "about:blank", "title": title(status), "status": status, "detail": detail}
    response.set_data(json.dumps(body, ensure_ascii=False))
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    return response


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
    return problem(error.status, error.detail, retry_after=error.retry_after)


def _not_now(error: StudioError) -> Response:
    return problem(409, str(error))


def _http_error(error: HTTPException) -> Response:
    status = error.code or 500
    answer = problem(status, SENTENCES.get(status, error.description or title(status)))
    for name, value in error.get_headers():
        if name.lower() not in {"content-type", "content-length"}:
            answer.headers[name] = value
    return answer


def _unexpected(error: Exception) -> Response:
    log.error("a request failed unexpectedly", exc_info=error)
    return problem(500, "Something went wrong inside the service; its log says what.")
