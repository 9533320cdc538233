"""The whole exhibition as a static site in a zip: unpacked, it opens from its folder.

Nothing of it asks a server or the network: a page, its script and styles, the table of all
finished drawings as a script, a picture of each, and its photograph where one is kept. It is
made piece by piece, so that ten thousand drawings take no more memory than ten.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Iterator
from datetime import datetime
from html import escape
from importlib.resources import files
from zoneinfo import ZoneInfo

from firmware_gcode.drawing.svg import svg
from firmware_gcode.facts import fact, sentence
from pi_service.studio.core.errors import StudioError
from pi_service.studio.history.export import Pipe, all_jobs, facts, with_metadata
from pi_service.studio.history.history import History
from pi_service.studio.jobs.job import Job, JobState
from pi_service.studio.jobs.store import Store

ROOT = "exhibition"
"""The folder that all files are in."""
WORDS = {
    "title": fact("site-title"),
    "about": fact("site-about"),
    "search": fact("site-search"),
    "from": fact("site-from"),
    "until": fact("site-until"),
    "more": fact("site-more"),
    "none": fact("site-none"),
    "count": fact("site-count", n="{n}"),
    "photo": fact("site-photo"),
}
"""What the page says; it counts by itself."""
_OWN = ("page.html", "page.css", "page.js")


def site(
    store: Store,
    history: History,
    zone: ZoneInfo,
    *,
    language: str,
    named: Callable[[str], str] = str,
    photo: Callable[[int], bytes | None] = lambda _: None,
    photographed: Callable[[int], bool] = lambda _: False,
) -> Iterator[bytes]:
    """The zip, piece by piece.

    Args:
        language: Of the page's words, such as ``de``.
        named: What a class is called in that language.
        photo: The photograph of a job, as JPEG; `photographed` tells whether there is one.
    """
    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, text in _page(language):
            zipped.writestr(f"{ROOT}/{name}", text)
        with zipped.open(f"{ROOT}/cats.js", "w") as table:
            table.write(b"const CATS = [\n")
            for job in all_jobs(store):
                if _hangs(store, job):
                    row = _row(job, zone, named(job.class_name), seen=photographed(job.id))
                    table.write(f"{json.dumps(row, ensure_ascii=False)},\n".encode())
                    yield from pipe.take()
            table.write(b"];\n")
        for job in all_jobs(store):
            if not _hangs(store, job):
                continue
            zipped.writestr(f"{ROOT}/cats/{job.id}.svg", _picture(history, job, zone))
            data = photo(job.id)
            if data is not None:
                zipped.writestr(f"{ROOT}/photos/{job.id}.jpg", data, zipfile.ZIP_STORED)
            yield from pipe.take()
    yield from pipe.take()


def _hangs(store: Store, job: Job) -> bool:
    """Whether a job is shown: finished, and its picture is kept."""
    shown = job.state is JobState.DONE and job.edition is not None
    return shown and store.drawing_digest(job.id) is not None


def _row(job: Job, zone: ZoneInfo, name: str, *, seen: bool) -> list[object]:
    """What the page knows of a drawing: id, number, what, when, seed, whether photographed."""
    begun = ""
    if job.started_at is not None:
        begun = f"{datetime.fromtimestamp(job.started_at, zone):%Y-%m-%d %H:%M}"
    return [job.id, job.edition, name, begun, str(job.seed), int(seen)]


def _picture(history: History, job: Job, zone: ZoneInfo) -> str:
    try:
        shown = history.scene(job.id)
    except StudioError:  # let go between two looks
        return '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"/>\n'
    title = f"{job.class_name}, seed {job.seed}"
    drawn = svg(shown.strokes, shown.paper, pen_width=shown.pen_width, title=title)
    return with_metadata(drawn, facts(job, zone))


def _page(language: str) -> Iterator[tuple[str, str]]:
    """The page's own files, in a language."""
    words = {name: sentence(told, language) for name, told in WORDS.items()}
    page, styles, script = (
        files(__package__).joinpath("site", name).read_text("utf-8") for name in _OWN
    )
    for name, text in {**words, "language": language}.items():
        page = page.replace(f"{{{name}}}", escape(text))
    yield "index.html", page
    yield "page.css", styles
    yield "page.js", script
