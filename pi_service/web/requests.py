"""What a request may say, checked before anything is asked of the studio."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Request

from pi_service.web.problems import ApiError

MAX_SEED = 2**53 - 1
"""The largest seed: JSON numbers above it would be rounded on their way through a browser."""

MAX_PAGE = 100
"""The most jobs that one answer lists."""

SOURCES = ("page", "cli")
"""Who may ask through the API."""

MAX_CELLS = 99
"""The most columns or rows of a sheet."""

_KEY = re.compile(r"[\x21-\x7e]{1,128}")


@dataclass(frozen=True, slots=True)
class JobRequest:
    """A request to draw.

    Attributes:
        class_name: What to draw.
        seed: The seed of the whole drawing, or None for a new one.
        request_key: What the asker calls this request, so that asking twice gives one job.
        source: Who asks: the page, or the command line if it says so.
        size_mm: The drawing's longer side, mm; None if it is to fill its cell.
    """

    class_name: str = "cat"
    seed: int | None = None
    request_key: str | None = None
    source: str = "page"
    size_mm: float | None = None


def read_job_request(request: Request) -> JobRequest:
    """Read the body and headers of ``POST /api/v1/jobs``.

    Raises:
        ApiError: With the sentence that says which value is wrong, and what it may be.
    """
    body = read_object(request, known=("class", "seed", "size_mm", "source"))
    class_name = body.get("class", "cat")
    if not isinstance(class_name, str) or not 0 < len(class_name) <= 64:
        raise ApiError(400, "“class” must be the name of something to draw, such as “cat”.")
    seed = body.get("seed")
    if seed is not None and not _is_seed(seed):
        raise ApiError(400, f"“seed” must be a whole number from 0 to {MAX_SEED}.")
    return JobRequest(
        class_name, seed, read_key(request), read_source(body), read_measure(body, "size_mm")
    )


def read_source(body: Mapping[str, Any]) -> str:
    """Who asks, from a body: the page if nothing else is said.

    Raises:
        ApiError: If it is nobody who may ask here.
    """
    source = body.get("source", "page")
    if source not in SOURCES:
        raise ApiError(
            400, f"“source” must be {' or '.join(f'“{name}”' for name in SOURCES)}."
        )
    return str(source)


def read_measure(body: Mapping[str, Any], name: str) -> float | None:
    """A number above 0 from a body, or None if it is not there.

    Raises:
        ApiError: If it is no such number.
    """
    value = body.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e9:
        raise ApiError(400, f"“{name}” must be a number above 0.")
    return float(value)


def read_sheet(request: Request) -> dict[str, Any]:
    """Read the body of ``POST /api/v1/sheets``: what is to be other than in the settings.

    Raises:
        ApiError: If a number of cells is no such number, or “caption” neither true nor false.
    """
    body = read_object(request, known=("columns", "rows", "caption"))
    for name in ("columns", "rows"):
        if name in body and not (_is_seed(body[name]) and 1 <= body[name] <= MAX_CELLS):
            raise ApiError(400, f"“{name}” must be a whole number from 1 to {MAX_CELLS}.")
    if not isinstance(body.get("caption", True), bool):
        raise ApiError(400, "“caption” must be true or false.")
    return body


def read_flag(request: Request, name: str) -> bool | None:
    """Read ``?name=true`` or ``=false`` from the address; None if it is not there.

    Raises:
        ApiError: If it is neither.
    """
    text = read_choice(request, name, ("true", "false"))
    return None if text is None else text == "true"


def read_choice(request: Request, name: str, choices: tuple[str, ...]) -> str | None:
    """Read one of some words from the address; None if it is not there.

    Raises:
        ApiError: If it is none of them.
    """
    text = request.args.get(name)
    if text is not None and text not in choices:
        words = ", ".join(f"“{choice}”" for choice in choices)
        raise ApiError(400, f"“{name}” must be one of {words}.")
    return text


def _is_seed(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_SEED


def read_object(request: Request, *, known: tuple[str, ...]) -> dict[str, Any]:
    """Read a JSON object of which every name is known; no body at all counts as an empty one.

    Raises:
        ApiError: If the body is not JSON, not an object, or has an unknown name.
    """
    if not request.get_data():
        return {}
    if not request.is_json:
        raise ApiError(415, "Send the request as JSON, with Content-Type: application/json.")
    try:
        body = json.loads(request.get_data())
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise ApiError(400, 'The request is not a JSON object, such as {} or {"seed": 7}.')
    unknown = sorted(set(body) - set(known))
    if unknown:
        names = " and ".join(f"“{name}”" for name in known) or "nothing"
        raise ApiError(400, f"“{unknown[0][:64]}” is not known here; known are {names}.")
    return body


def read_key(request: Request) -> str | None:
    """Read the header ``Idempotency-Key``.

    Raises:
        ApiError: If it is too long or not printable ASCII.
    """
    key = request.headers.get("Idempotency-Key")
    if key is not None and not _KEY.fullmatch(key):
        raise ApiError(400, "“Idempotency-Key” must be 1 to 128 printable ASCII characters.")
    return key


def read_number(
    request: Request, name: str, default: int | None, *, low: int, high: int
) -> Any:
    """Read a whole number from the address, such as ``?limit=20``.

    Args:
        request: The request.
        name: The parameter.
        default: What counts where it is absent.
        low: The smallest number allowed.
        high: The largest number allowed.

    Raises:
        ApiError: If it is there but not such a number.
    """
    text = request.args.get(name)
    if text is None:
        return default
    if not re.fullmatch(r"[0-9]{1,16}", text) or not low <= int(text) <= high:
        raise ApiError(400, f"“{name}” must be a whole number from {low} to {high}.")
    return int(text)
