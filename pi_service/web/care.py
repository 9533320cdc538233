"""The caretaker's part of the API: pen, opening hours, what keeps the pen from starting."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, request

from pi_service.studio.hours import DAYS, HoursError
from pi_service.web.api import answer
from pi_service.web.problems import ApiError
from pi_service.web.requests import read_measure, read_object

if TYPE_CHECKING:
    from pi_service.studio.studio import Studio


def blueprint(studio: Studio) -> Blueprint:
    """The routes for pens, hours and preflight.

    Args:
        studio: Whom they ask.
    """
    routes = Blueprint("care", __name__, url_prefix="/api/v1")

    @routes.get("/preflight")
    def preflight() -> Response:
        return answer({"checks": studio.checks()})

    @routes.get("/pen")
    def pen() -> Response:
        return answer(studio.supplies.pen().as_dict())

    @routes.post("/pens")
    def new_pen() -> Response:
        body = read_object(request, known=("metres",))
        return answer(studio.supplies.new_pen(read_measure(body, "metres")), 201)

    @routes.post("/pens/keep")
    def keep_pen() -> Response:
        read_object(request, known=())
        return answer(studio.supplies.still_writes())

    @routes.get("/hours")
    def hours() -> Response:
        return answer(_hours(studio))

    @routes.put("/hours")
    def set_hours() -> Response:
        body = read_object(request, known=(*DAYS, "closed", "dates", "quiet"))
        try:
            studio.calendar.set_hours(body)
        except HoursError as error:
            raise ApiError(400, str(error)) from error
        return answer(_hours(studio))

    return routes


def _hours(studio: Studio) -> dict[str, object]:
    calendar = studio.calendar
    return {"hours": calendar.hours.as_settings(), "zone": str(calendar.zone)}
