"""The history's part of the API: looked through, marked, drawn again, deleted, taken away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, request

from pi_service.studio.archive import MOST_DAYS, Wanted, day_bounds
from pi_service.studio.errors import StudioError
from pi_service.studio.job import JobState
from pi_service.web.api import DEFAULT_PAGE, answer, job_name, known_job
from pi_service.web.problems import ApiError
from pi_service.web.requests import (
    MAX_PAGE,
    MAX_SEED,
    read_choice,
    read_flag,
    read_key,
    read_measure,
    read_number,
    read_object,
    read_source,
)

if TYPE_CHECKING:
    from pi_service.studio.studio import Studio

DEFAULT_DAYS = 30
"""Days that are counted where the asker does not say how many."""


def blueprint(studio: Studio) -> Blueprint:
    """The routes of the history, of statistics and of the log.

    Args:
        studio: Whom they ask.
    """
    routes = Blueprint("history", __name__, url_prefix="/api/v1")
    _add_search(routes, studio)
    _add_marks(routes, studio)
    _add_export(routes, studio)

    @routes.get("/statistics")
    def statistics() -> Response:
        count = read_number(request, "days", DEFAULT_DAYS, low=1, high=MOST_DAYS)
        days = [day.as_dict() for day in studio.archive.days(count)]
        return answer({"days": days, "totals": studio.archive.totals()})

    @routes.get("/log")
    def log() -> Response:
        limit = read_number(request, "limit", DEFAULT_PAGE, low=1, high=MAX_PAGE)
        before = read_number(request, "before", None, low=1, high=MAX_SEED)
        found = studio.log.entries(limit + 1, before)
        page = found[:limit]
        following = page[-1]["id"] if len(found) > limit else None
        return answer({"entries": page, "before": following})

    return routes


def _add_search(routes: Blueprint, studio: Studio) -> None:
    @routes.get("/history")
    def history() -> Response:
        limit = read_number(request, "limit", DEFAULT_PAGE, low=1, high=MAX_PAGE)
        before = read_number(request, "before", None, low=1, high=MAX_SEED)
        found = studio.archive.search(_wanted(studio), limit + 1, before)
        page = found[:limit]
        following = page[-1].id if len(found) > limit else None
        return answer({"jobs": [job.as_dict() for job in page], "before": following})


def _wanted(studio: Studio) -> Wanted:
    """What the address asks for."""
    state = read_choice(request, "state", tuple(map(str, JobState)))
    day = request.args.get("day")
    since, until = (None, None) if day is None else _day(studio, day)
    return Wanted(
        number=read_number(request, "number", None, low=0, high=MAX_SEED),
        class_name=request.args.get("class"),
        source=request.args.get("source"),
        state=None if state is None else JobState(state),
        favourite=read_flag(request, "favourite"),
        drawn=read_flag(request, "drawn"),
        since=since,
        until=until,
    )


def _day(studio: Studio, day: str) -> tuple[float, float]:
    try:
        return day_bounds(day, studio.calendar)
    except StudioError as error:
        raise ApiError(400, str(error)) from error


def _add_marks(routes: Blueprint, studio: Studio) -> None:
    @routes.post("/jobs/<int:job_id>/favourite")
    def favourite(job_id: int) -> Response:
        marked = read_object(request, known=("favourite",)).get("favourite", True)
        if not isinstance(marked, bool):
            raise ApiError(400, "“favourite” must be true or false.")
        known_job(studio, job_id)
        return answer(studio.archive.mark(job_id, favourite=marked).as_dict())

    @routes.post("/jobs/<int:job_id>/again")
    def again(job_id: int) -> Response:
        body = read_object(request, known=("size_mm", "source"))
        known_job(studio, job_id)
        job = studio.draw_again(
            read_source(body),
            job_id,
            size_mm=read_measure(body, "size_mm"),
            request_key=read_key(request),
        )
        response = answer(job.as_dict(), 201)
        response.headers["Location"] = f"/api/v1/jobs/{job.id}"
        return response

    @routes.delete("/jobs/<int:job_id>")
    def delete(job_id: int) -> Response:
        known_job(studio, job_id)
        studio.archive.delete(job_id)
        return answer({})


def _add_export(routes: Blueprint, studio: Studio) -> None:
    def file(body: Any, name: str, media_type: str) -> Response:
        response = Response(body, content_type=media_type)
        response.headers.set("Content-Disposition", "attachment", filename=name)
        response.headers["Cache-Control"] = "no-store"
        return response

    @routes.get("/export.csv")
    def table() -> Response:
        lines = (line.encode() for line in studio.export_table())
        return file(lines, "catplotter.csv", "text/csv; charset=utf-8")

    @routes.get("/export.zip")
    def everything() -> Response:
        return file(studio.export_all(job_name), "catplotter.zip", "application/zip")
