"""One HTTP request to somebody else's server, for the notifiers that come with catplotter."""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from collections.abc import Mapping
from http.client import HTTPException
from urllib.parse import urlsplit

from pi_service.plugins.api import NotSentError

WITHIN_S = 15.0
MOST_READ = 1 << 16
"""Bytes of an answer, which nobody reads: the connection is closed in order."""
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


class _Stay(urllib.request.HTTPRedirectHandler):
    """What is told here is told nowhere else."""

    def redirect_request(self, *_: object) -> None:
        """Follow nothing: the answer counts as what it is, no success."""


def check_address(url: str) -> str:
    """The host of a web address. Raises ValueError if it is none."""
    found = urlsplit(url)
    if found.scheme not in {"http", "https"} or not found.hostname:
        raise ValueError("The url must be a web address: https://host/path.")
    return found.hostname


def header(line: str) -> tuple[str, str]:
    """A header as “Name: value”. Raises ValueError if it is none."""
    name, colon, value = line.partition(":")
    if not colon or not _HEADER.fullmatch(name) or not value.strip().isprintable():
        raise ValueError("The header must be written as Name: value.")
    return name, value.strip()


def post(url: str, body: bytes, headers: Mapping[str, str]) -> None:
    """Send it. Raises NotSentError where it is not taken."""
    request = urllib.request.Request(  # noqa: S310 - the scheme was checked
        url, data=body, headers={"User-Agent": "catplotter", **headers}, method="POST"
    )
    opener = urllib.request.build_opener(_Stay)
    try:
        with opener.open(request, timeout=WITHIN_S) as answer:
            answer.read(MOST_READ)
    except urllib.error.HTTPError as error:
        with error:
            raise NotSentError(f"The server answers {error.code} {error.reason}.") from error
    except urllib.error.URLError as error:
        raise NotSentError(str(error.reason)) from error
    except (HTTPException, OSError) as error:
        raise NotSentError(str(error) or type(error).__name__) from error
