"""The schedules' part of the API: what is drawn by the clock."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, request

from pi_service.studio.rules import RuleError
from pi_service.studio.schedules import ScheduleEntry, ScheduleError
from pi_service.web.api import DEFAULT_PAGE, answer
from pi_service.web.problems import ApiError
from pi_service.web.requests import MAX_PAGE, MAX_SEED, read_number, read_object

if TYPE_CHECKING:
    from pi_service.studio.calendar import Calendar

DEFAULT_CATCH_UP = 10
"""Minutes within which a missed run is made up for, where nobody says otherwise."""


def blueprint(calendar: Calendar) -> Blueprint:
    """The routes ``/api/v1/schedules``.

    Args:
        calendar: Whom they ask.
    """
    routes = Blueprint("schedules", __name__, url_prefix="/api/v1/schedules")

    @routes.get("")
    def schedules() -> Response:
        return answer({"schedules": [_view(calendar, each) for each in calendar.entries()]})

    @routes.post("")
    def add() -> Response:
        body = read_object(request, known=("rule", "class", "catch_up_minutes"))
        rule, class_name = body.get("rule"), body.get("class")
        if not isinstance(rule, str) or not isinstance(class_name, str | None):
            raise ApiError(400, "“rule” must be a text, such as “every 20 minutes”.")
        late = body.get("catch_up_minutes", DEFAULT_CATCH_UP)
        if not isinstance(late, int) or isinstance(late, bool) or not 0 <= late <= 1440:
            raise ApiError(400, "“catch_up_minutes” must be a whole number from 0 to 1440.")
        try:
            entry = calendar.add(rule, class_name=class_name, catch_up_minutes=late)
        except RuleError as error:
            raise ApiError(400, str(error)) from error
        return answer(_view(calendar, entry), 201)

    @routes.post("/<int:schedule_id>/<any(enable, disable):action>")
    def enable(schedule_id: int, action: str) -> Response:
        read_object(request, known=())
        try:
            calendar.enable(min(schedule_id, MAX_SEED), enabled=action == "enable")
        except ScheduleError as error:
            raise ApiError(404, str(error)) from error
        entry = next(each for each in calendar.entries() if each.id == schedule_id)
        return answer(_view(calendar, entry))

    @routes.get("/runs")
    def runs() -> Response:
        limit = read_number(request, "limit", DEFAULT_PAGE, low=1, high=MAX_PAGE)
        return answer({"runs": [asdict(firing) for firing in calendar.firings(limit)]})

    @routes.delete("/<int:schedule_id>")
    def remove(schedule_id: int) -> Response:
        if schedule_id > MAX_SEED:
            raise ApiError(404, f"There is no schedule {schedule_id}.")
        try:
            calendar.remove(schedule_id)
        except ScheduleError as error:
            raise ApiError(404, str(error)) from error
        return answer({})

    return routes


def _view(calendar: Calendar, entry: ScheduleEntry) -> dict[str, Any]:
    """A schedule as JSON, with its next five runs in local time."""
    return {**asdict(entry), "next_runs": calendar.next_runs(entry)}
