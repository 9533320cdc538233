"""Where phones find the page: as words, and as a QR code on the screen beside the plotter."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby
from typing import Any
from urllib.parse import urlsplit

import segno

from pi_service.web.blueprints import APIBlueprint
from pi_service.web.schemas.service import DoorSchema
from pi_service.web.security import own_names

NOBODY_ELSES = {own_names()[0], "127.0.0.1", "::1"}
"""Names under which only this machine reaches the page."""


def blueprint(url: Callable[[], str]) -> APIBlueprint:
    """The route of the page's address.

    Args:
        url: The page's address, as others would most likely open it.
    """
    routes = APIBlueprint("door", __name__, url_prefix="/api/v1")

    @routes.get("/door")
    @routes.output(DoorSchema, tags=["state"])
    def where() -> dict[str, Any]:
        """Where others find the page."""
        return door(url())

    return routes


def door(url: str) -> dict[str, Any]:
    """What ``GET /door`` answers; nothing where nobody else reaches that address."""
    if urlsplit(url).hostname in {None, *NOBODY_ELSES}:
        return {"url": None, "side": 0, "path": ""}
    rows = segno.make(url, error="m", micro=False).matrix
    path = "".join(_row(y, row) for y, row in enumerate(rows))
    return {"url": url, "side": len(rows), "path": path}


def _row(y: int, row: bytearray) -> str:
    """The dark modules of a row, each run of them as a rectangle of an SVG's path."""
    path, x = "", 0
    for dark, run in groupby(row):
        wide = len(list(run))
        path += f"M{x} {y}h{wide}v1h-{wide}z" if dark else ""
        x += wide
    return path
