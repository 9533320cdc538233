"""Who may talk to the service: host names, origins, and what a page of ours may do.

No tokens are needed against forged requests: a browser says where a request comes from in
``Sec-Fetch-Site`` or, on plain HTTP, in ``Origin``. What stays is a foreign name that is made
to point at this machine (DNS rebinding); a list of the names that are ours closes that.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable
from urllib.parse import urlsplit

from flask import Flask, Response, request

from pi_service.web.problems import ApiError

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


def own_names() -> tuple[str, ...]:
    """The names under which this machine is reached: localhost, its name, and that in mDNS."""
    name = socket.gethostname().lower()
    short = name.partition(".")[0]
    return tuple(dict.fromkeys(("localhost", name, short, f"{short}.local")))


def host_is_ours(host: str, names: Iterable[str]) -> bool:
    """Whether a ``Host`` header names this service.

    An address in digits is always ours: only a name can be made to point elsewhere.

    Args:
        host: The header, with or without a port.
        names: Allowed names in lower case; one with a leading dot allows all below it.
    """
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return any(
            name == allowed or (allowed.startswith(".") and name.endswith(allowed))
            for allowed in names
        )
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


def install(app: Flask, allowed_hosts: Iterable[str]) -> None:
    """Check host and origin of every request to `app`, and set the headers of every answer."""
    names = tuple(name.lower() for name in allowed_hosts)

    @app.before_request
    def check() -> None:
        host = request.headers.get("Host", "")
        if not host_is_ours(host, names):
            raise ApiError("host-unknown", status=400, host=host[:100])
        fetch_site, origin = (
            request.headers.get("Sec-Fetch-Site"),
            request.headers.get("Origin"),
        )
        if request.method not in SAFE_METHODS and not origin_is_ours(fetch_site, origin, host):
            raise ApiError("other-page", status=403)

    @app.after_request
    def add_headers(response: Response) -> Response:
        picture = response.mimetype == "image/svg+xml" and OF_DOCUMENTS[0] in response.headers
        part = picture or response.mimetype in PARTS
        for name, value in HEADERS.items():
            if not (part and name in OF_DOCUMENTS):
                response.headers.setdefault(name, value)
        return response
