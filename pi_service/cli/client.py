"""Asks the running service through its HTTP API, as its page does."""

from __future__ import annotations

import json
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import click

url_option = click.option(
    "--url",
    default="http://127.0.0.1:8080",
    show_default=True,
    help="Where the service's page is.",
)


def ask(
    url: str, path: str, *, method: str = "GET", body: dict[str, Any] | None = None
) -> dict[str, Any]:
    """One request to the service's API.

    Args:
        url: Where the page is.
        path: Below ``/api/v1/``.
        method: The HTTP method.
        body: Sent as JSON, if any.

    Returns:
        The JSON object that it answers.

    Raises:
        click.ClickException: Nothing answers there, it is not catplotter, or it refuses; the
            message is the service's own sentence.
    """
    if not url.startswith(("http://", "https://")):
        raise click.ClickException(f"{url} is not a web address; it begins with http://")
    request = Request(  # noqa: S310 - the scheme was checked
        f"{url.rstrip('/')}/api/v1/{path}",
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
        method=method,
    )
    try:
        with urlopen(request, timeout=10) as answer:  # noqa: S310 - the scheme was checked
            found = json.load(answer)
    except HTTPError as error:
        with error:
            raise click.ClickException(_sentence(url, error)) from error
    except (HTTPException, OSError, ValueError) as error:
        raise click.ClickException(
            f"No catplotter answers at {url} ({getattr(error, 'reason', error)}). "
            "Start it with `catplotter serve`, or name its address with --url."
        ) from error
    if not isinstance(found, dict):
        raise click.ClickException(f"What answers at {url} is not catplotter.")
    return found


def _sentence(url: str, error: HTTPError) -> str:
    """What the service said; it answers every refusal with a problem in words."""
    try:
        return str(json.load(error)["detail"])
    except (ValueError, KeyError, TypeError):
        return f"What answers at {url} is not catplotter ({error.code} {error.reason})."
