"""The API under ``/api/v1``: everything the page can do, and nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, request

from pi_service.studio.errors import StudioError
from pi_service.studio.job import JobState
from pi_service.web.problems import ApiError
from pi_service.web.requests import (
    MAX_PAGE,
    MAX_SEED,
    read_job_request,
    read_number,
    read_object,
    read_sheet,
)

if TYPE_CHECKING:
    from pi_service.studio.job import Job
    from pi_service.web.facade import StudioLike

DEFAULT_PAGE = 24
"""Jobs that one answer lists where the asker does not say how many."""

THUMBNAIL_STYLE = "<style>path{vector-effect:non-scaling-stroke;stroke-width:1.3px}</style>"
"""Keeps lines as thick as a fine pen's on the screen, however small the picture is shown."""

_FINER_THAN_A_TENTH = re.compile(r"(\.\d)\d+")
_PATH = re.compile(r"<path [^>]*/>\n?")


def answer(data: Any, status: int = 200) -> Response:
    """Data as a JSON answer that nobody stores."""
    body = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    response = Response(body, status=status, mimetype="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response


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
        job: Whose drawing it is.
    """
    if job.state not in {JobState.CANCELLED, JobState.INTERRUPTED}:
        return svg
    paths = iter(range(svg.count("<path ")))
    return _PATH.sub(lambda path: path[0] if next(paths) < job.strokes_drawn else "", svg)


def blueprint(studio: StudioLike, whole_state: Callable[[], dict[str, Any]]) -> Blueprint:
    """The routes of the API.

    Args:
        studio: Whom they ask.
        whole_state: Gives everything that the page shows at once.
    """
    api = Blueprint("api", __name__, url_prefix="/api/v1")

    @api.get("/state")
    def state() -> Response:
        return answer(whole_state())

    _add_jobs(api, studio)
    _add_files(api, studio)
    _add_machine(api, studio)
    return api


def known_job(studio: StudioLike, job_id: int) -> Job:
    """The job of that number.

    Raises:
        ApiError: If there is none.
    """
    if job_id > MAX_SEED:
        raise ApiError(404, f"There is no job {job_id}.")
    try:
        return studio.job(job_id)
    except StudioError as error:
        raise ApiError(404, str(error)) from error


def _add_jobs(api: Blueprint, studio: StudioLike) -> None:
    @api.post("/jobs")
    def request_job() -> Response:
        wanted = read_job_request(request)
        size = {} if wanted.size_mm is None else {"size_mm": wanted.size_mm}
        job = studio.request(
            wanted.source,
            class_name=wanted.class_name,
            seed=wanted.seed,
            request_key=wanted.request_key,
            **size,
        )
        response = answer(job.as_dict(), 201)
        response.headers["Location"] = f"/api/v1/jobs/{job.id}"
        return response

    @api.get("/jobs")
    def jobs() -> Response:
        limit = read_number(request, "limit", DEFAULT_PAGE, low=1, high=MAX_PAGE)
        before = read_number(request, "before", None, low=1, high=MAX_SEED)
        found = studio.jobs(limit + 1, before)
        page = found[:limit]
        following = page[-1].id if len(found) > limit else None
        return answer({"jobs": [job.as_dict() for job in page], "before": following})

    @api.get("/jobs/<int:job_id>")
    def job(job_id: int) -> Response:
        return answer(known_job(studio, job_id).as_dict())

    @api.post("/jobs/<int:job_id>/<any(cancel, finish):action>")
    def decide(job_id: int, action: str) -> Response:
        read_object(request, known=())
        known_job(studio, job_id)
        decided = studio.cancel(job_id) if action == "cancel" else studio.finish(job_id)
        return answer(decided.as_dict())


def _add_files(api: Blueprint, studio: StudioLike) -> None:
    def file(
        job_id: int, text: Callable[[int], str], suffix: str, media_type: str
    ) -> Response:
        found = known_job(studio, job_id)
        try:
            body = text(job_id)
        except StudioError as error:
            raise ApiError(404, str(error)) from error
        response = Response(body, content_type=media_type)
        kept = "attachment" if suffix == "gcode" or "download" in request.args else "inline"
        name = f"{job_name(found)}.{suffix}"
        response.headers.set("Content-Disposition", kept, filename=name)
        response.headers["Cache-Control"] = "private, no-cache"
        response.add_etag()
        response.make_conditional(request)
        return response

    def picture(job_id: int) -> str:
        text = studio.job_svg(job_id)
        if "drawn" in request.args:
            text = as_drawn(text, studio.job(job_id))
        if "thumbnail" in request.args:
            text = as_thumbnail(text)
        return text

    @api.get("/jobs/<int:job_id>.svg")
    def svg(job_id: int) -> Response:
        response = file(job_id, picture, "svg", "image/svg+xml")
        policy = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
        response.headers["Content-Security-Policy"] = policy
        return response

    @api.get("/jobs/<int:job_id>.gcode")
    def gcode(job_id: int) -> Response:
        return file(job_id, studio.job_gcode, "gcode", "text/x-gcode; charset=us-ascii")


def _add_machine(api: Blueprint, studio: StudioLike) -> None:
    actions = {
        "pause": studio.pause,
        "resume": studio.resume,
        "stop": studio.stop,
        "home": studio.home,
        "unlock": studio.unlock,
        "zero": studio.set_zero,
    }

    @api.post(f"/machine/<any({', '.join(actions)}):action>")
    def act(action: str) -> Response:
        read_object(request, known=())
        actions[action]()
        return answer({"machine": studio.snapshot()["machine"]}, 202)

    @api.post("/sheets")
    def new_sheet() -> Response:
        return answer(studio.new_sheet(**read_sheet(request)), 201)
