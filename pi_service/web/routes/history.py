"""The history's part of the API: looked through, marked, drawn again, deleted, taken away."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from flask import Response

from pi_service.studio.core.errors import StudioError
from pi_service.studio.history.history import Wanted, day_bounds
from pi_service.studio.jobs.job import JobState
from pi_service.web.blueprints import APIBlueprint
from pi_service.web.problems import ApiError
from pi_service.web.routes.api import NEW, job_page, known_job, new_job
from pi_service.web.routes.files import NAMED, add_export, file_answer
from pi_service.web.schemas.base import DoneSchema, PageQuery
from pi_service.web.schemas.history import (
    HistoryQuery,
    LogSchema,
    StatisticsQuery,
    StatisticsSchema,
)
from pi_service.web.schemas.jobs import (
    AgainSchema,
    FavouriteSchema,
    JobPageSchema,
    JobSchema,
    KeyHeaders,
)

if TYPE_CHECKING:
    from pi_service.studio.studio import Studio


def blueprint(studio: Studio) -> APIBlueprint:
    """The routes of the history, of statistics and of the log."""
    routes = APIBlueprint("history", __name__, url_prefix="/api/v1")
    _add_search(routes, studio)
    _add_marks(routes, studio)
    add_export(routes, studio)

    @routes.get("/statistics")
    @routes.input(StatisticsQuery, location="query")
    @routes.output(StatisticsSchema)
    def statistics(query_data: dict[str, Any]) -> dict[str, Any]:
        """What was drawn, by the day and in all."""
        days = [asdict(day) for day in studio.history.days(query_data["days"])]
        kinds = [
            {"class_name": name, "drawn": drawn}
            for name, drawn in studio.history.kinds(query_data["days"]).items()
        ]
        return {"days": days, "kinds": kinds, "totals": studio.history.totals()}

    _add_tables(routes, studio)

    @routes.get("/log")
    @routes.input(PageQuery, location="query")
    @routes.output(LogSchema)
    def log(query_data: dict[str, Any]) -> dict[str, Any]:
        """What happened, the newest first."""
        limit = query_data["limit"]
        found = studio.history.log.entries(limit + 1, query_data["before"])
        page = found[:limit]
        following = page[-1]["id"] if len(found) > limit else None
        return {"entries": page, "before": following}

    return routes


def _add_tables(routes: APIBlueprint, studio: Studio) -> None:
    """Statistics as files for a spreadsheet."""

    def table(name: str, make: Callable[[int], Iterator[str]], days: int) -> Response:
        lines = [line.encode() for line in make(days)]
        return file_answer(lines, f"catplotter-{name}.csv", "text/csv; charset=utf-8")

    @routes.get("/statistics/days.csv")
    @routes.input(StatisticsQuery, location="query")
    @routes.output(None, media_type="text/csv", description="A row a day", headers=NAMED)
    def days_table(query_data: dict[str, Any]) -> Response:
        """What was drawn, by the day, as a table."""
        return table("days", studio.history.days_table, query_data["days"])

    @routes.get("/statistics/kinds.csv")
    @routes.input(StatisticsQuery, location="query")
    @routes.output(None, media_type="text/csv", description="A row a kind", headers=NAMED)
    def kinds_table(query_data: dict[str, Any]) -> Response:
        """What was drawn, by its kind, as a table."""
        return table("kinds", studio.history.kinds_table, query_data["days"])


def _add_search(routes: APIBlueprint, studio: Studio) -> None:
    @routes.get("/history")
    @routes.input(HistoryQuery, location="query")
    @routes.output(JobPageSchema)
    def history(query_data: dict[str, Any]) -> dict[str, Any]:
        """Jobs that are like what is wanted, the newest first."""
        limit, before = query_data.pop("limit"), query_data.pop("before")
        found = studio.history.search(_wanted(studio, **query_data), limit + 1, before)
        return job_page(found, limit)


def _wanted(studio: Studio, *, day: str | None, state: str | None, **rest: Any) -> Wanted:
    """What the address asks for."""
    since, until = (None, None) if day is None else _day(studio, day)
    stands = None if state is None else JobState(state)
    return Wanted(**rest, state=stands, since=since, until=until)


def _day(studio: Studio, day: str) -> tuple[float, float]:
    try:
        return day_bounds(day, studio.calendar)
    except StudioError as error:
        raise ApiError(error.fact, status=400) from error


def _add_marks(routes: APIBlueprint, studio: Studio) -> None:
    @routes.post("/jobs/<int:job_id>/favourite")
    @routes.input(FavouriteSchema)
    @routes.output(JobSchema, tags=["jobs"])
    def favourite(job_id: int, json_data: dict[str, Any]) -> dict[str, Any]:
        """Mark a drawing as a favourite, or not."""
        known_job(studio.jobs, job_id)
        return studio.history.mark(job_id, favourite=json_data["favourite"]).as_dict()

    @routes.post("/jobs/<int:job_id>/again")
    @routes.input(AgainSchema)
    @routes.input(KeyHeaders, location="headers")
    @routes.output(JobSchema, 201, headers=NEW, tags=["jobs"])
    def again(
        job_id: int, json_data: dict[str, Any], headers_data: dict[str, Any]
    ) -> Response:
        """Ask for the same drawing again."""
        known_job(studio.jobs, job_id)
        job = studio.jobs.again(
            json_data["source"],
            job_id,
            size_mm=json_data["size_mm"],
            prints=json_data["prints"],
            request_key=headers_data["request_key"],
        )
        return new_job(job)

    @routes.delete("/jobs/<int:job_id>")
    @routes.output(DoneSchema, tags=["jobs"])
    def delete(job_id: int) -> dict[str, Any]:
        """Delete a job that has ended: its picture and program are gone."""
        known_job(studio.jobs, job_id)
        studio.history.delete(job_id)
        return {}
