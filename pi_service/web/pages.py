"""The addresses that people see: one page for all, each with what its view asks for first.

A view imports modules, which import others; a browser would find them one after the other. So
the page names them all in its head: first what says how the plotter is, then the view. What
the API would answer first stands in the page too, with the sentences that tell it: its first
picture is true, and nothing moves when the answers come.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, partial
from typing import Any

from flask import Flask, Response, request

from firmware_gcode.facts import LANGUAGES, CodedError, catalogue
from pi_service.web.assets import Assets

VIEWS = {
    "/": "home",
    "/draw": "draw",
    "/gallery": "gallery",
    "/approvals": "approvals",
    "/hours": "hours",
    "/machine": "machine",
    "/login": "login",
    "/kiosk": "kiosk",
}
"""The view that belongs to an address; the page's router has the same table."""

OF_STAFF = frozenset({"approvals", "hours", "machine", "login"})
"""Views with words of the staff."""
FIRST = ("/state", "/session", "/jobs?limit=20")
FIRST_OF_VIEW = {
    "home": ("/classes",),
    "draw": ("/classes", "/proposals"),
    "kiosk": ("/door",),
    "machine": ("/machine", "/machine/setup"),
}
"""What every view, and some of them, would ask for at once, below ``/api/v1``."""
FIRST_OF_PART = {"computer": ("/computer",)}
"""The same for parts of a view, by what its address shows (``?show=computer``)."""
PART = {"machine": "js/machine/hand.js"}
"""What a view imports by itself where its address asks for no other part."""

USUAL = (
    *("ready", "machine-ready", "thinking", "begins", "machine-drawing"),
    *("machine-pausing", "machine-paused", "machine-stopping"),
)
"""What is told of a drawing from its request to its end, and of Pause and Stop, which nobody
waits for: a usual visit has no other sentences than these and those of what came first, which
are a fifth of its bytes less."""

MAIN = "js/main.js"
_PLACE = re.compile(r"\{(part|language|told|sentences)\}")
_IMPORT = re.compile(r'^(?:import|export) (?:[^;"]+ from )?"(\.[^"]+)";', re.MULTILINE)


def needed(files: Assets, first: Iterable[str]) -> list[str]:
    """Modules, and all that they import."""
    found: dict[str, None] = {}
    waiting = list(first)
    while waiting:
        name = waiting.pop(0)
        text = files.text(name)
        if name in found or text is None:
            continue
        found[name] = None
        folder = posixpath.dirname(name)
        waiting += [posixpath.normpath(f"{folder}/{path}") for path in _IMPORT.findall(text)]
    return list(found)


@cache
def head(files: Assets, view: str, language: str) -> str:
    """The lines of the page's head that fetch at once what a view needs."""
    own = f"css/{view}.css"
    styles = [] if files.text(own) is None else [own]
    words = _words(files, language, *(["-staff"] if view in OF_STAFF else []))
    parts = dict.fromkeys((*needed(files, [MAIN]), *words, *_modules(files, view)))
    return _links(files, styles, parts)


@cache
def first_part(files: Assets, view: str) -> str:
    """Those that fetch the part of it that is shown first."""
    known = _modules(files, view)
    first = needed(files, [PART[view]]) if view in PART else []
    return _links(files, (), [name for name in first if name not in known])


@cache
def _modules(files: Assets, view: str) -> list[str]:
    return needed(files, [MAIN, f"js/views/{view}.js"])


def _words(files: Assets, language: str, *parts: str) -> list[str]:
    """The catalogues of a language's words; English has none, its sentences are the keys."""
    names = [f"lang/{language}{part}.json" for part in ("", "-classes", *parts)]
    return [name for name in names if files.text(name) is not None]


def _links(files: Assets, styles: Iterable[str], parts: Iterable[str]) -> str:
    lines = [f'<link rel="stylesheet" href="{files.base}/{name}">' for name in styles]
    for name in parts:
        module = name.endswith(".js")
        kind = 'rel="modulepreload"' if module else 'rel="preload" as="fetch" crossorigin'
        lines.append(f'<link {kind} href="{files.base}/{name}">')
    return "\n  ".join(lines)


def install(
    app: Flask, files: Assets, told: Mapping[str, Callable[[], Any]], *, hall: bool = False
) -> None:
    """Serve the page at every address of `VIEWS`.

    Args:
        told: What the API answers at each of `FIRST`, `FIRST_OF_VIEW` and `FIRST_OF_PART`.
        hall: Whether its menu leads to the page of all plotters.
    """
    template = (files.text("index.html") or "").replace("{hall}", " data-hall" if hall else "")
    for path, view in VIEWS.items():
        page = template.replace("{view}", view)
        pages = {}
        for each in LANGUAGES:
            links = f"{head(files, view, each)}\n  {{part}}"
            pages[each] = page.replace("{preloads}", links)
        first = (*FIRST, *FIRST_OF_VIEW.get(view, ()))
        app.add_url_rule(
            path, f"page_{view}", partial(_answer, pages, first, told, first_part(files, view))
        )


def install_hall(
    app: Flask, files: Assets, session: Callable[[], Any], paths: Iterable[str]
) -> None:
    """Serve the page of all plotters, which knows nothing of a studio, at some addresses.

    Args:
        session: Tells who asks, as the API does.
    """
    template = files.text("hall.html") or ""
    own = needed(files, [HALL, HALL_PART])
    pages = {}
    for each in LANGUAGES:
        words = _words(files, each, "-staff", "-hall")
        links = _links(files, ["css/hall.css"], [*own, *words])
        pages[each] = template.replace("{preloads}", links)
    for path in paths:
        view = partial(_answer, pages, ("/session",), {"/session": session})
        app.add_url_rule(path, f"page_hall_{path}", view)


HALL, HALL_PART = "js/hall/main.js", "js/hall/page.js"
"""The hall's first module, and what that fetches once the words are there."""


def _answer(
    pages: Mapping[str, str],
    first: tuple[str, ...],
    told: Mapping[str, Callable[[], Any]],
    part: str = "",
) -> Response:
    if not request.environ.get("PATH_INFO"):  # a prefix without its slash: nothing is below it
        return Response(status=308, headers={"Location": f"{request.script_root}/"})
    show = request.args.get("show", "")
    wanted = (*first, *FIRST_OF_PART.get(show, ()))
    asks = {path: told[path] for path in wanted if path in told}
    known = {path: known for path, ask in asks.items() if (known := _known(ask)) is not None}
    language = _language()
    every = catalogue(language)
    sentences = {code: every[code] for code in (*USUAL, *_codes(known)) if code in every}
    filled = {
        "part": "" if show else part,
        "language": language,
        "told": _json(known),
        "sentences": _json(sentences),
    }
    page = _PLACE.sub(lambda place: filled[place[1]], pages[language])
    return Response(page, mimetype="text/html", headers={"Cache-Control": "no-store"})


def _json(content: Any) -> str:
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c")


def _language() -> str:
    """What the browser likes best; the page knows whether the visitor has chosen another."""
    wished = (tag[:2].lower() for tag, _ in request.accept_languages)
    return next((code for code in wished if code in LANGUAGES), LANGUAGES[0])


def _codes(told: Any) -> Iterator[str]:
    """The codes of all facts in what is told, of those within facts too."""
    inner: Iterable[Any] = told if isinstance(told, list) else ()
    if isinstance(told, dict):
        inner = told.values()
        if told.keys() == {"code", "params"}:
            yield told["code"]
    for each in inner:
        yield from _codes(each)


def _known(ask: Callable[[], Any]) -> Any:
    """What is answered, or None where the page asks again by itself, and says why not."""
    try:
        return ask()
    except CodedError:
        return None
