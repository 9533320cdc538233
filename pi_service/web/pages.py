"""The addresses that people see: one page for all, each asking at once for its view's files.

A view imports modules, which import others; a browser would find them one after the other. So
the page names them all in its head.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Flask, Response, request

from pi_service.studio.core.errors import StudioError
from pi_service.web.assets import Assets
from pi_service.web.schemas.state import StateSchema

VIEWS = {
    "/": "home",
    "/draw": "draw",
    "/gallery": "gallery",
    "/hours": "hours",
    "/machine": "machine",
    "/login": "login",
    "/kiosk": "kiosk",
}
"""The view that belongs to an address; the page's router has the same table."""

_IMPORT = re.compile(r'^(?:import|export) (?:[^;"]+ from )?"(\.[^"]+)";', re.MULTILINE)


def modules(files: Assets, view: str) -> list[str]:
    """The modules that a view needs, in the order in which they are found."""
    found: dict[str, None] = {}
    waiting = ["js/main.js", f"js/views/{view}.js"]
    while waiting:
        name = waiting.pop(0)
        text = files.text(name)
        if name in found or text is None:
            continue
        found[name] = None
        folder = posixpath.dirname(name)
        waiting += [posixpath.normpath(f"{folder}/{path}") for path in _IMPORT.findall(text)]
    return list(found)


def head(files: Assets, view: str) -> str:
    """The lines of the page's head that fetch a view's styles and modules at once."""
    own = f"css/{view}.css"
    styles = [] if files.text(own) is None else [own]
    lines = [f'<link rel="stylesheet" href="{files.base}/{name}">' for name in styles]
    lines += [
        f'<link rel="modulepreload" href="{files.base}/{name}">'
        for name in modules(files, view)
        if name != "js/main.js"
    ]
    return "\n  ".join(lines)


def install(app: Flask, files: Assets, whole_state: Callable[[], dict[str, Any]]) -> None:
    """Serve the page at every address of `VIEWS`."""
    template = files.text("index.html") or ""
    for path, view in VIEWS.items():
        page = template.replace("{preloads}", head(files, view)).replace("{view}", view)
        app.add_url_rule(path, f"page_{view}", partial(_answer, page, whole_state))


def _answer(page: str, whole_state: Callable[[], dict[str, Any]]) -> Response:
    if not request.environ.get("PATH_INFO"):  # a prefix without its slash: nothing is below it
        return Response(status=308, headers={"Location": f"{request.script_root}/"})
    text = page.replace("{state}", _inscribed(whole_state))
    return Response(text, mimetype="text/html", headers={"Cache-Control": "no-cache"})


def _inscribed(whole_state: Callable[[], dict[str, Any]]) -> str:
    """The state as it stands in the page, whose first picture is true by it; null without."""
    try:
        state = StateSchema().dump(whole_state())
    except StudioError:  # the page says so by itself, as soon as it has asked
        return "null"
    return json.dumps(state, separators=(",", ":")).replace("<", "\\u003c")
