"""Asks the running service through its HTTP API, as its page does."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from http import HTTPStatus
from http.client import HTTPException
from pathlib import Path
from typing import Any, NoReturn
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import click
from tzlocal import get_localzone

from pi_service.cli.options import INSTALLED, data_folder
from pi_service.studio.access.tokens import LocalKey

VARIABLE = "CATPLOTTER_API_KEY"
"""No option: everybody can read a command line."""
PATIENCE_S, PAUSE_S = 6.0, 0.1
"""For how long `insist` asks again, and how often: longer than one address is kept waiting."""
LET_GO = (ConnectionResetError, ConnectionAbortedError, BrokenPipeError)
FULL = {HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT}
"""What a proxy says where it was let go of."""
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
ADVICE = (
    "Only the staff may do that. On the plotter's computer, ask as the service's owner does "
    "(of an installed one: with sudo); elsewhere put an API key of the staff's into "
    f"{VARIABLE}."
)


def key_for(url: str, environment: Mapping[str, str] = os.environ) -> str | None:
    """The key to show to the service at an address; None for none.

    The key of this machine is shown to no other machine, and to no other port than that of
    the service which made it.
    """
    handed_out = environment.get(VARIABLE)
    if handed_out:
        return handed_out
    try:
        place = urlsplit(url)
        port = place.port or {"http": 80, "https": 443}.get(place.scheme)
    except ValueError:
        return None
    if place.hostname not in LOOPBACK:
        return None
    return next((key.secret for key in _local_keys() if key.port == port), None)


def _local_keys() -> Iterator[LocalKey]:
    """The keys of the services on this machine that this user may read."""
    for folder in _folders():
        try:
            key = LocalKey.read(folder)
        except OSError:
            continue  # somebody else's: then we ask as a visitor does
        if key is not None:
            yield key


def _folders() -> list[Path]:
    """Where services keep their state, as this user would look for it."""
    return list(dict.fromkeys((data_folder(), INSTALLED)))


url_option = click.option(
    "--url",
    default="http://127.0.0.1:8080",
    show_default=True,
    help="Where the service's page is.",
)

same_url = click.option(
    "--url",
    callback=lambda context, _, value: value or context.obj,
    help="Where the service's page is.",
)
"""For the subcommands of a group that has `url_option` and hands it on as its object."""


class Told(dict[str, Any]):
    """A JSON object of an answer; whoever looks for what it has not hears whose it is not."""

    def __init__(self, url: str, found: dict[str, Any]) -> None:
        super().__init__(found)
        self._url = url

    def __missing__(self, name: str) -> NoReturn:
        raise click.ClickException(f"What answers at {self._url} is not catplotter.")


def ask(
    url: str,
    path: str,
    *,
    method: str = "GET",
    body: dict[str, Any] | None = None,
    key: str | None = None,
    within_s: float = 10.0,
) -> dict[str, Any]:
    """One request to the service's API; gives the JSON object that it answers.

    Args:
        path: Below ``/api/v1/``.
        key: Repeated under the same one, a request is carried out only once.
        within_s: How long the answer may take, seconds.

    Raises:
        click.ClickException: Nothing answers there, it is not catplotter, or it refuses; the
            message is the service's own sentence.
    """
    request = _request(url, path, method, body)
    if key is not None:
        request.add_header("Idempotency-Key", key)
    with _answers(url), urlopen(request, timeout=within_s) as answer:  # noqa: S310 - see `_request`
        found = json.load(answer, object_hook=lambda told: Told(url, told))
    if not isinstance(found, dict):
        raise click.ClickException(f"What answers at {url} is not catplotter.")
    return found


class SentAwayError(click.ClickException):
    """Service or proxy ended the connection without an answer of its own: they are full."""


def insist(url: str, path: str) -> dict[str, Any]:
    """As `ask` by POST, for some seconds again where it is sent away; done twice is as once.

    Raises:
        click.ClickException: As `ask`.
    """
    until = time.monotonic() + PATIENCE_S
    while True:
        try:
            return ask(url, path, method="POST")
        except SentAwayError:
            if time.monotonic() >= until:
                raise
            time.sleep(PAUSE_S)


def pieces(url: str, path: str) -> Iterator[bytes]:
    """A file from the service, piece by piece: it may be larger than the memory.

    Raises:
        click.ClickException: As `ask`; also if it breaks off.
    """
    request = _request(url, path, "GET", None)
    with _answers(url), urlopen(request, timeout=60) as answer:  # noqa: S310 - see `_request`
        while piece := answer.read(1 << 16):
            yield piece


def local(at: float | None) -> str:
    """An instant (seconds since 1970) by this machine's clock; empty for none."""
    if at is None:
        return ""
    return datetime.fromtimestamp(at, get_localzone()).strftime("%Y-%m-%d %H:%M")


def _request(url: str, path: str, method: str, body: dict[str, Any] | None) -> Request:
    if not _is_address(url):
        raise click.ClickException(
            f"{url} is not a web address; one is such as http://127.0.0.1:8080"
        )
    request = Request(  # noqa: S310 - the scheme was checked
        f"{url.rstrip('/')}/api/v1/{path}",
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
        method=method,
    )
    secret = key_for(url)
    if secret is not None:  # not sent on to wherever the answer may point
        request.add_unredirected_header("Authorization", f"Bearer {secret}")
    return request


def _is_address(url: str) -> bool:
    try:
        place = urlsplit(url)
        return place.scheme in {"http", "https"} and bool(place.hostname) and place.port != 0
    except ValueError:
        return False


@contextmanager
def _answers(url: str) -> Iterator[None]:
    """Whatever goes wrong on the way to the service and back is told in a sentence."""
    try:
        yield
    except HTTPError as error:
        kind = SentAwayError if error.code in FULL else click.ClickException
        with error:
            raise kind(_sentence(url, error)) from error
    except (HTTPException, OSError, ValueError) as error:
        why = getattr(error, "reason", error)
        kind = SentAwayError if isinstance(why, LET_GO) else click.ClickException
        raise kind(
            f"No catplotter answers at {url} ({why}). "
            "Start it with `catplotter serve`, or name its address with --url."
        ) from error


def _sentence(url: str, error: HTTPError) -> str:
    """What the service said; it answers every refusal with a problem in words."""
    if error.code == HTTPStatus.UNAUTHORIZED and key_for(url) is None:
        return ADVICE
    try:
        return str(json.load(error)["detail"])
    except (ValueError, KeyError, TypeError):
        return f"What answers at {url} is not catplotter ({error.code} {error.reason})."
