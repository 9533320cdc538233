"""Drawings and programs as files: pictures of jobs, G-code, the table and the zip of all."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from flask import Response, request

from pi_service.studio.core.errors import StudioError
from pi_service.studio.keepsake.darkroom import PicturesBusyError
from pi_service.studio.keepsake.scene import CUT_OFF
from pi_service.web.blueprints import APIBlueprint
from pi_service.web.problems import ApiError
from pi_service.web.routes.api import known_job
from pi_service.web.schemas.jobs import PictureQuery

if TYPE_CHECKING:
    from pi_service.studio.jobs.job import Job
    from pi_service.studio.studio import Studio

MARGIN = 0.08
"""Of the drawing's longer side, left free around it."""
LEAST_MM = 10.0
"""A dot is not shown larger than this would be."""

_DATA = re.compile(r" d=[\"']([^\"']*)[\"']")
_PAIR = re.compile(r"(-?[\d.]+)[ ,](-?[\d.]+)")
_SIZE = re.compile(r" width=[\"'][^\"']*[\"'] height=[\"'][^\"']*[\"'](?= viewBox)")
_VIEW = re.compile(r"viewBox=([\"'])[^\"']*\1")


def closeup(svg: str) -> str:
    """The same picture with nothing around the drawing but a margin.

    Args:
        svg: A drawing on its paper, mm, in paths of straight lines.

    Returns:
        The SVG with another ``viewBox`` and no size of its own; as given if it is empty.
    """
    pairs = [pair for data in _DATA.findall(svg) for pair in _PAIR.findall(data)]
    if not pairs:
        return svg
    xs = [float(x) for x, _ in pairs]
    ys = [float(y) for _, y in pairs]
    side = max(max(xs) - min(xs), max(ys) - min(ys), LEAST_MM) * MARGIN
    x, y = min(xs) - side, min(ys) - side
    width, height = max(xs) - min(xs) + 2 * side, max(ys) - min(ys) + 2 * side
    view = f'viewBox="{x:.1f} {y:.1f} {width:.1f} {height:.1f}"'
    near = _VIEW.sub(view, _SIZE.sub("", svg, count=1), count=1)
    return _DATA.sub(lambda data: f' d="{_short(data[1])}"', near)


def _short(data: str) -> str:
    """The same line in steps from point to point, tenths of a millimetre: half as long."""
    points = [(round(10 * float(x)), round(10 * float(y))) for x, y in _PAIR.findall(data)]
    steps = [(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(points)]
    words = [_joined(step) for step in steps if step != (0, 0)]
    return f"M{_joined(points[0])}" + (f"l{' '.join(words)}" if words else "h0")


def _joined(pair: tuple[int, int]) -> str:
    x, y = (_tenths(value) for value in pair)
    return x + y if y.startswith("-") else f"{x} {y}"


def _tenths(value: int) -> str:
    """12 as 1.2, 10 as 1, -5 as -.5."""
    whole, rest = divmod(abs(value), 10)
    digits = (str(whole) if whole or not rest else "") + (f".{rest}" if rest else "")
    return f"-{digits}" if value < 0 else digits


THUMBNAIL_STYLE = "<style>path{vector-effect:non-scaling-stroke;stroke-width:1.3px}</style>"
"""Keeps lines as thick as a fine pen's on the screen, however small the picture is shown."""

PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
SVG, GCODE = "image/svg+xml", "text/x-gcode"
PNG, GIF = "image/png", "image/gif"
BUSY_S = 5
"""After so many seconds it is worth asking again where many pictures are made."""
NAMED = {"Content-Disposition": "Under which name to keep it"}
TAGGED = {**NAMED, "ETag": "Sent back as If-None-Match, the same is not sent again"}

_FINER_THAN_A_TENTH = re.compile(r"(\.\d)\d+")
_PATH = re.compile(r"<path [^>]*/>\n?")


def job_name(job: Job) -> str:
    """A file name for a job's drawing without its suffix, such as ``cat-0042-seed-7``."""
    number = job.edition if job.edition is not None else job.id
    words = "-".join(job.class_name.split())
    kind = (
        "".join(letter for letter in words if letter.isalnum() or letter == "-") or "drawing"
    )
    return f"{kind}-{number:04d}-seed-{job.seed}"


def as_thumbnail(svg: str) -> str:
    """Round to a tenth of a millimetre, and keep the lines visible."""
    return _FINER_THAN_A_TENTH.sub(r"\1", svg).replace("</svg>", THUMBNAIL_STYLE + "</svg>")


def as_drawn(svg: str, job: Job) -> str:
    """Leave out the strokes of an ended drawing that the pen did not come to.

    Args:
        svg: The whole drawing, one path a stroke, in the order of drawing.
    """
    if job.state not in CUT_OFF:
        return svg
    paths = iter(range(svg.count("<path ")))
    return _PATH.sub(lambda path: path[0] if next(paths) < job.strokes_drawn else "", svg)


@dataclass(frozen=True, slots=True)
class JobFile:
    """A kind of file of a job.

    Attributes:
        options: How it is made, beside what it is made of.
        keep: Whether it is to be kept, rather than shown.
    """

    suffix: str
    media_type: str
    options: str = ""
    keep: bool = False

    def answer(
        self, studio: Studio, job_id: int, make: Callable[[int], str | bytes]
    ) -> Response:
        """The file of one job; for who has it already it is not even made."""
        found = known_job(studio.jobs, job_id)
        try:
            tag = f"{studio.history.stamp(job_id)}-{self.suffix}{self.options}"
            had = request.if_none_match.contains_weak(tag)
            response = Response(status=304) if had else Response(make(job_id))
        except PicturesBusyError as error:
            raise ApiError(error.fact, status=503, retry_after=BUSY_S) from error
        except StudioError as error:
            raise ApiError(error.fact, status=404) from error
        if not had:
            response.content_type = self.media_type
        kept, name = "attachment" if self.keep else "inline", job_name(found)
        response.headers.set("Content-Disposition", kept, filename=f"{name}.{self.suffix}")
        response.headers["Cache-Control"] = "private, no-cache"
        response.set_etag(tag)
        return response


def blueprint(studio: Studio) -> APIBlueprint:
    """The routes of the files of one job."""
    files = APIBlueprint("files", __name__, url_prefix="/api/v1")

    @files.get("/jobs/<int:job_id>.svg")
    @files.input(PictureQuery, location="query")
    @files.output(None, media_type=SVG, description="The drawing", headers=TAGGED)
    @files.output(None, 304, media_type="", description="It is still the same")
    def svg(job_id: int, query_data: dict[str, Any]) -> Response:
        """A job's drawing on its paper."""

        def picture(job_id: int) -> str:
            text = studio.history.svg(job_id)
            if query_data["drawn"]:
                text = as_drawn(text, studio.jobs.get(job_id))
            if query_data["closeup"]:
                text = closeup(text)
            return as_thumbnail(text) if query_data["thumbnail"] else text

        options = "".join(
            name[0] for name in ("drawn", "closeup", "thumbnail") if query_data[name]
        )
        shown = JobFile("svg", SVG, options, keep=query_data["download"])
        response = shown.answer(studio, job_id, picture)
        response.headers["Content-Security-Policy"] = PICTURE_POLICY
        return response

    @files.get("/jobs/<int:job_id>.gcode")
    @files.output(None, media_type=GCODE, description="The program", headers=TAGGED)
    @files.output(None, 304, media_type="", description="It is still the same")
    def gcode(job_id: int) -> Response:
        """A job's program for the machine."""
        file = JobFile("gcode", f"{GCODE}; charset=us-ascii", keep=True)
        return file.answer(studio, job_id, studio.history.gcode)

    return files


def keepsakes(studio: Studio) -> APIBlueprint:
    """The routes of what visitors take home: a finished cat as a picture, and as a film."""
    routes = APIBlueprint("keepsakes", __name__, url_prefix="/api/v1")

    @routes.get("/jobs/<int:job_id>.png")
    @routes.output(None, media_type=PNG, description="The picture", headers=TAGGED)
    @routes.output(
        None,
        304,
        media_type="",
        description="It is still the same",
        refuses=[503],
        tags=["files"],
    )
    def picture(job_id: int) -> Response:
        """A job's drawing with its number, cut out of its sheet."""
        return JobFile("png", PNG).answer(studio, job_id, studio.history.png)

    @routes.get("/jobs/<int:job_id>.gif")
    @routes.output(None, media_type=GIF, description="The film", headers=TAGGED)
    @routes.output(
        None,
        304,
        media_type="",
        description="It is still the same",
        refuses=[503],
        tags=["files"],
    )
    def film(job_id: int) -> Response:
        """The same as a film of a few seconds in which it draws itself."""
        return JobFile("gif", GIF).answer(studio, job_id, studio.history.gif)

    return routes


def file_answer(body: Iterable[bytes], name: str, media_type: str) -> Response:
    """A file to keep, which nobody stores on its way."""
    response = Response(body, content_type=media_type)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    response.headers["Cache-Control"] = "no-store"
    return response


def add_export(routes: APIBlueprint, studio: Studio) -> None:
    """The routes of everything there ever was."""

    @routes.get("/export.csv")
    @routes.output(None, media_type="text/csv", description="A row a job", headers=NAMED)
    def table() -> Response:
        """All jobs as a table."""
        lines = (line.encode() for line in studio.history.table())
        return file_answer(lines, "catplotter.csv", "text/csv; charset=utf-8")

    @routes.get("/export.zip")
    @routes.output(
        None,
        media_type="application/zip",
        description="jobs.csv, and an SVG of every drawing that is kept",
        headers=NAMED,
    )
    def everything() -> Response:
        """The table and all pictures."""
        pieces = studio.history.everything(job_name)
        return file_answer(pieces, "catplotter.zip", "application/zip")
