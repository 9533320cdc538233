"""The schedules' part of the API: what is drawn by the clock."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from pi_service.studio.calendar.rules import Rule
from pi_service.studio.calendar.schedules import ScheduleEntry, ScheduleError
from pi_service.web.blueprints import APIBlueprint
from pi_service.web.problems import ApiError
from pi_service.web.schemas.base import MAX_SEED, DoneSchema, NothingSchema
from pi_service.web.schemas.schedules import (
    NewScheduleSchema,
    RunsQuery,
    RunsSchema,
    ScheduleSchema,
    SchedulesSchema,
)

if TYPE_CHECKING:
    from pi_service.studio.calendar.calendar import Calendar
    from pi_service.studio.studio import Studio


def blueprint(studio: Studio) -> APIBlueprint:
    """The routes ``/api/v1/schedules``."""
    calendar = studio.calendar
    routes = APIBlueprint("schedules", __name__, url_prefix="/api/v1/schedules")

    @routes.get("")
    @routes.output(SchedulesSchema)
    def schedules() -> dict[str, Any]:
        """All rules, with their next five runs in local time."""
        return {"schedules": [_view(calendar, each) for each in calendar.entries()]}

    @routes.post("")
    @routes.input(NewScheduleSchema)
    @routes.output(ScheduleSchema, 201)
    def add(json_data: dict[str, Any]) -> dict[str, Any]:
        """Follow a new rule from now on."""
        return _view(calendar, calendar.add(**json_data))

    @routes.post("/<int:schedule_id>/<any(enable, disable):action>")
    @routes.input(NothingSchema)
    @routes.output(ScheduleSchema)
    def enable(schedule_id: int, action: str) -> dict[str, Any]:
        """Follow a rule from now on, or not."""
        try:
            calendar.enable(min(schedule_id, MAX_SEED), enabled=action == "enable")
        except ScheduleError as error:
            raise ApiError(error.fact, status=404) from error
        entry = next(each for each in calendar.entries() if each.id == schedule_id)
        return _view(calendar, entry)

    @routes.get("/runs")
    @routes.input(RunsQuery, location="query")
    @routes.output(RunsSchema)
    def runs(query_data: dict[str, Any]) -> dict[str, Any]:
        """What came of the newest runs."""
        return {"runs": [run.as_dict() for run in calendar.firings(query_data["limit"])]}

    @routes.delete("/<int:schedule_id>")
    @routes.output(DoneSchema)
    def remove(schedule_id: int) -> dict[str, Any]:
        """Forget a rule."""
        if schedule_id > MAX_SEED:
            raise ApiError("schedule-unknown", status=404, schedule=schedule_id)
        try:
            calendar.remove(schedule_id)
        except ScheduleError as error:
            raise ApiError(error.fact, status=404) from error
        return {}

    return routes


def _view(calendar: Calendar, entry: ScheduleEntry) -> dict[str, Any]:
    """A schedule as JSON, with its next five runs in local time."""
    rule_fact = Rule.parse(entry.rule).told.as_dict()
    return {**asdict(entry), "rule_fact": rule_fact, "next_runs": calendar.next_runs(entry)}
