"""The supplies' part of the API: pen, opening hours, what keeps the pen from starting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pi_service.web.blueprints import APIBlueprint
from pi_service.web.schemas.base import NothingSchema
from pi_service.web.schemas.state import NewPenSchema, PenSchema
from pi_service.web.schemas.supplies import ChecksSchema, HoursSchema, NewHoursSchema

if TYPE_CHECKING:
    from pi_service.studio.studio import Studio


def blueprint(studio: Studio) -> APIBlueprint:
    """The routes for pens, hours and preflight."""
    routes = APIBlueprint("supplies", __name__, url_prefix="/api/v1")

    @routes.get("/preflight")
    @routes.output(ChecksSchema)
    def preflight() -> dict[str, Any]:
        """Everything that must be so before the pen starts."""
        return {"checks": [check.as_dict() for check in studio.preflight.checks()]}

    _add_pens(routes, studio)

    @routes.get("/hours")
    @routes.output(HoursSchema)
    def hours() -> dict[str, Any]:
        """When the gallery is open."""
        return _hours(studio)

    @routes.put("/hours")
    @routes.input(NewHoursSchema)
    @routes.output(HoursSchema)
    def set_hours(json_data: dict[str, Any]) -> dict[str, Any]:
        """Set when the gallery is open."""
        studio.calendar.set_hours(json_data)
        return _hours(studio)

    @routes.post("/clock")
    @routes.input(NothingSchema)
    @routes.output(HoursSchema)
    def vouch() -> dict[str, Any]:
        """Say that the service's clock is right; that holds until the computer is started."""
        studio.calendar.vouch()
        return _hours(studio)

    return routes


def _add_pens(routes: APIBlueprint, studio: Studio) -> None:
    @routes.get("/pen")
    @routes.output(PenSchema)
    def pen() -> dict[str, Any]:
        """The pen in the holder."""
        return studio.supplies.pen().as_dict()

    @routes.post("/pens")
    @routes.input(NewPenSchema)
    @routes.output(PenSchema, 201)
    def new_pen(json_data: dict[str, Any]) -> dict[str, Any]:
        """Say that a new pen is in the holder."""
        return studio.supplies.new_pen(json_data["metres"])

    @routes.post("/pens/keep")
    @routes.input(NothingSchema)
    @routes.output(PenSchema)
    def keep_pen() -> dict[str, Any]:
        """Say that the pen still writes, whatever its count says."""
        return studio.supplies.still_writes()


def _hours(studio: Studio) -> dict[str, object]:
    calendar = studio.calendar
    return {
        "hours": calendar.hours.as_settings(),
        "zone": str(calendar.zone),
        "clock_trusted": calendar.clock.trusted,
    }
