"""Who may talk to the service: host names, origins, and what a page of ours may do.

No tokens are needed against forged requests: a browser says where a request comes from in
``Sec-Fetch-Site`` or, on plain HTTP, in ``Origin``. What stays is a foreign name that is made
to point at this machine (DNS rebinding); a list of the names that are ours closes that.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import time
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flask import Flask, Response, request

from firmware_gcode.facts import Fact, fact
from pi_service.web.problems import ApiError

if TYPE_CHECKING:
    from pi_service.studio.studio import Studio

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

PAGE_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)
"""What our page may do: load its own files and talk to its own service, nothing else."""

HEADERS = {
    "Content-Security-Policy": PAGE_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
"""Sent with every answer that does not set them itself."""


OF_DOCUMENTS = (
    "Content-Security-Policy",
    "X-Frame-Options",
    "Referrer-Policy",
    "Permissions-Policy",
)
PARTS = frozenset({"text/javascript", "text/css"})
"""What a document is made of: its rules say nothing to these, and cost half a kilobyte. Nor to
drawings, which are in a sandbox of their own."""


_SECOND = re.compile(r"-\d{1,3}(?=\.local$)")
"""What mDNS adds to a name that another machine has already (RFC 6762, 9)."""


def own_names() -> tuple[str, ...]:
    """The names under which this machine is reached: localhost, and its own on a network."""
    name = socket.gethostname().lower()
    short = name.partition(".")[0]
    there = ("localhost", name, short, f"{short}.local", f"{short}.lan")
    return tuple(dict.fromkeys(there))


def host_is_ours(host: str, names: Iterable[str]) -> bool:
    """Whether a ``Host`` header names this service.

    An address in digits is always ours: only a name can be made to point elsewhere.

    Args:
        host: The header, with or without a port.
        names: Allowed names in lower case; one with a leading dot allows all below it.
    """
    try:
        name = (urlsplit(f"//{host}").hostname or "").removesuffix(".")
    except ValueError:
        return False
    forms = {name, _SECOND.sub("", name)}
    return is_digits(name) or any(
        allowed in forms or (allowed.startswith(".") and name.endswith(allowed))
        for allowed in names
    )


def is_digits(name: str) -> bool:
    """Whether a host is named by its address."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def origin_is_ours(fetch_site: str | None, origin: str | None, host: str) -> bool:
    """Whether a request that changes something comes from our own page, or from no page.

    Args:
        fetch_site: The header ``Sec-Fetch-Site``, which browsers send on HTTPS and localhost.
        origin: The header ``Origin``, which browsers send with every POST.
    """
    if fetch_site is not None:
        return fetch_site in {"same-origin", "none"}
    if origin is not None:
        return urlsplit(origin).netloc.lower() == host.lower()
    return True  # not a browser: curl, the command line


def why_not_ours(origin: str | None, host: str) -> Fact:
    """What to tell whose request does not come from our page, as far as one can see.

    A proxy that passes its own name on, or leaves out the port, looks like a foreign page.
    """
    page, reached = urlsplit(origin or ""), urlsplit(f"//{host}")
    if page.hostname and page.hostname == reached.hostname:
        return fact("proxy-drops-port", page=page.netloc[:100], host=host[:100])
    name = reached.hostname or ""
    if page.hostname and (name == "localhost" or is_digits(name)):
        return fact("proxy-drops-host", page=page.netloc[:100], host=host[:100])
    return fact("other-page")


class Proxies:
    """Notices a proxy that nobody has named: to the service all of its visitors are one.

    Args:
        studio: Tells the staff.
        clock: Monotonic seconds.
    """

    def __init__(self, studio: Studio, clock: Callable[[], float] = time.monotonic) -> None:
        self._studio = studio
        self._clock = clock
        self._told_at = float("-inf")

    def look(self, address: str, environ: Mapping[str, Any]) -> None:
        """Look at a request; `address` is that of whoever has the connection."""
        if environ.get(FORWARDED) and self._clock() - self._told_at >= TELL_EVERY_S:
            self._told_at = self._clock()
            self._studio.notices.say(fact("proxy-unnamed", address=address))


FORWARDED = "catplotter.forwarded"
"""In a request's environment: whether somebody passed it on who is not believed about it."""
TELL_EVERY_S = 3600.0
INGRESS = "X-Ingress-Path"
"""Set by Home Assistant, which shows the page within its own, from the same host."""


def install(
    app: Flask, allowed_hosts: Iterable[str] | None, proxies: Proxies | None = None
) -> None:
    """Check host and origin of every request to `app`, and set the headers of every answer.

    Args:
        allowed_hosts: Names of the service, besides digits; None for this machine's own.
        proxies: Looks at requests that somebody passed on.
    """
    ours = own_names() if allowed_hosts is None else allowed_hosts
    names = tuple(name.lower() for name in ours)

    @app.before_request
    def check() -> None:
        host = request.headers.get("Host", "")
        if proxies is not None:
            proxies.look(request.remote_addr or "", request.environ)
        if not host_is_ours(host, names):
            raise ApiError("host-unknown", status=400, host=host[:100])
        fetch_site, origin = (
            request.headers.get("Sec-Fetch-Site"),
            request.headers.get("Origin"),
        )
        if request.method not in SAFE_METHODS and not origin_is_ours(fetch_site, origin, host):
            raise ApiError(why_not_ours(origin, host), status=403)

    @app.after_request
    def add_headers(response: Response) -> Response:
        picture = response.mimetype == "image/svg+xml" and OF_DOCUMENTS[0] in response.headers
        part = picture or response.mimetype in PARTS
        if not part and INGRESS in request.headers:
            policy = PAGE_POLICY.replace("frame-ancestors 'none'", "frame-ancestors 'self'")
            response.headers.setdefault("Content-Security-Policy", policy)
            response.headers.setdefault("X-Frame-Options", "SAMEORIGIN")
        for name, value in HEADERS.items():
            if not (part and name in OF_DOCUMENTS):
                response.headers.setdefault(name, value)
        return response
