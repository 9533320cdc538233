"""The API's heart under ``/api/v1``: the state, jobs, the machine's reins, sheets."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from flask import Response, request

from firmware_gcode.facts import Fact, fact
from pi_service.studio.access.limiter import Allowance, TooOftenError, network_of
from pi_service.studio.core.errors import StudioError
from pi_service.studio.jobs.job import Request
from pi_service.studio.machine.control import Act
from pi_service.studio.machine.standstill import visitor
from pi_service.web.access import address, asked_by, caller, person
from pi_service.web.blueprints import APIBlueprint, answer
from pi_service.web.problems import ApiError
from pi_service.web.schemas.base import MAX_SEED, NothingSchema, PageQuery
from pi_service.web.schemas.jobs import (
    ActedSchema,
    FeedSchema,
    FinishSchema,
    JobPageSchema,
    JobSchema,
    KeyHeaders,
    NewJobSchema,
    StoppedHeaders,
    StoppedSchema,
)
from pi_service.web.schemas.state import NewSheetSchema, SheetSchema, StateSchema

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pi_service.studio.jobs.job import Job
    from pi_service.studio.jobs.jobs import Jobs
    from pi_service.studio.studio import Studio

VISITORS_STOPS = 3
"""Stops from one address within `STOPS_WITHIN_S`; after them it can pause, and no more."""
STOPS_WITHIN_S = 600.0
NEW = {"Location": "Where the new job is"}


def known_job(jobs: Jobs, job_id: int) -> Job:
    """The job of that number. Raises ApiError if there is none."""
    if job_id > MAX_SEED:
        raise ApiError("job-unknown", status=404, job=job_id)
    try:
        return jobs.get(job_id)
    except StudioError as error:
        raise ApiError(error.fact, status=404) from error


def new_job(job: Job) -> Response:
    """The answer that tells of a job just asked for."""
    return answer(
        job.as_dict(), 201, {"Location": f"{request.script_root}/api/v1/jobs/{job.id}"}
    )


def job_page(found: Sequence[Job], limit: int) -> dict[str, Any]:
    """A page of jobs.

    Args:
        found: The page, and one more if there is one.
    """
    page = found[:limit]
    following = page[-1].id if len(found) > limit else None
    return {"jobs": [job.as_dict() for job in page], "before": following}


def blueprint(studio: Studio, whole_state: Callable[[], dict[str, Any]]) -> APIBlueprint:
    """The routes of the API's heart."""
    api = APIBlueprint("api", __name__, url_prefix="/api/v1")

    @api.get("/state")
    @api.output(StateSchema)
    def state() -> dict[str, Any]:
        """Everything that a page shows at once."""
        return whole_state()

    _add_jobs(api, studio.jobs)
    _add_machine(api, studio, Allowance(VISITORS_STOPS, STOPS_WITHIN_S, time.monotonic))
    return api


def _stop(studio: Studio, stops: Allowance) -> list[Fact]:
    """Stop; a visitor who did so too often only pauses. The last Stop is told the staff.

    Who it is may take long to look up, so the machine is told before.
    """
    network = network_of(address())
    if stops.left(network) <= 0:
        told = studio.machine.calm(visitor(network))
        return studio.machine.stop(person) if caller().is_staff else told
    told = studio.machine.stop(person)
    if not caller().is_staff:
        with suppress(TooOftenError):
            stops.take(network)
        if stops.left(network) <= 0:
            studio.notices.say(fact("stops-repeated", network=network, times=VISITORS_STOPS))
    return told


def _add_jobs(api: APIBlueprint, jobs: Jobs) -> None:
    @api.post("/jobs")
    @api.input(NewJobSchema)
    @api.input(KeyHeaders, location="headers")
    @api.output(JobSchema, 201, headers=NEW, tags=["jobs"])
    def request_job(json_data: dict[str, Any], headers_data: dict[str, Any]) -> Response:
        """Ask for a drawing."""
        source = asked_by(json_data.pop("source"))
        return new_job(jobs.request(Request(source, **json_data, **headers_data)))

    @api.get("/jobs")
    @api.input(PageQuery, location="query")
    @api.output(JobPageSchema, tags=["jobs"])
    def latest(query_data: dict[str, Any]) -> dict[str, Any]:
        """All jobs, the newest first."""
        limit = query_data["limit"]
        return job_page(jobs.latest(limit + 1, query_data["before"]), limit)

    @api.get("/jobs/<int:job_id>")
    @api.output(JobSchema, tags=["jobs"])
    def job(job_id: int) -> dict[str, Any]:
        """One job."""
        return known_job(jobs, job_id).as_dict()

    @api.post("/jobs/<int:job_id>/cancel")
    @api.input(NothingSchema)
    @api.output(JobSchema, tags=["jobs"])
    def cancel(job_id: int) -> dict[str, Any]:
        """Let a job go; one that is on the paper is stopped, and the next one follows."""
        if not jobs.on_paper(job_id):  # else the machine is told before anything is looked up
            known_job(jobs, job_id)
        return jobs.cancel(job_id).as_dict()

    @api.post("/jobs/<int:job_id>/finish")
    @api.input(FinishSchema)
    @api.input(StoppedHeaders, location="headers")
    @api.output(JobSchema, tags=["jobs"])
    def finish(
        job_id: int, json_data: dict[str, int | None], headers_data: dict[str, Any]
    ) -> dict[str, Any]:
        """Have a drawing that broke off drawn on, or strokes of one that ended again."""
        known_job(jobs, job_id)
        first = json_data["from_stroke"]
        return jobs.finish(job_id, first=first, who=person(), **headers_data).as_dict()


def _add_machine(api: APIBlueprint, studio: Studio, stops: Allowance) -> None:
    @api.post("/machine/<any(pause, resume, home, unlock, zero):action>")
    @api.input(NothingSchema)
    @api.input(StoppedHeaders, location="headers")
    @api.output(ActedSchema, 202, tags=["machine"])
    def act(action: str, headers_data: dict[str, Any]) -> dict[str, Any]:
        """Pause, go on, find the position, unlock, or call this place the corner."""
        studio.machine.act(Act(action), person(), **headers_data)
        return {"machine": studio.machine.view()}

    @api.post("/machine/adopt")
    @api.input(NothingSchema)
    @api.output(ActedSchema, 202, tags=["machine"])
    def adopt() -> dict[str, Any]:
        """Say that the board that is there is the plotter, though another one was before."""
        studio.machine.adopt()
        return {"machine": studio.machine.view()}

    @api.post("/machine/feed")
    @api.input(FeedSchema)
    @api.output(ActedSchema, 202, tags=["machine"])
    def feed(json_data: dict[str, int]) -> dict[str, Any]:
        """Draw faster or slower than planned, until this drawing ends."""
        studio.machine.feed(json_data["percent"])
        return {"machine": studio.machine.view()}

    @api.post("/machine/stop")
    @api.output(StoppedSchema, 202, tags=["machine"])
    def stop() -> dict[str, Any]:
        """Stop the machine and lift the pen; anybody may, whatever they show or send."""
        told = _stop(studio, stops)
        return {
            "machine": studio.machine.view(),
            "sentence": " ".join(map(str, told)),
            "facts": [each.as_dict() for each in told],
        }

    @api.post("/sheets")
    @api.input(NewSheetSchema)
    @api.output(SheetSchema, 201, tags=["sheets"])
    def new_sheet(json_data: dict[str, Any]) -> dict[str, Any]:
        """Say that a new sheet of paper is on the bed."""
        return studio.sheets.new_sheet(**json_data).as_dict()
