"""Ask me first: what waits, its picture, yes and no; and what its visitor is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Response

from pi_service.studio.core.errors import StudioError
from pi_service.studio.keepsake.scene import both_hands
from pi_service.web.blueprints import APIBlueprint
from pi_service.web.problems import ApiError
from pi_service.web.routes.api import NEW, new_job
from pi_service.web.routes.files import PICTURE_POLICY, SVG, as_thumbnail, closeup
from pi_service.web.schemas.approvals import (
    ApprovalsSchema,
    AskedSchema,
    NewApprovalRulesSchema,
)
from pi_service.web.schemas.base import DoneSchema, NothingSchema
from pi_service.web.schemas.jobs import JobSchema

if TYPE_CHECKING:
    from pi_service.studio.jobs.picked import Picked
    from pi_service.studio.proposals.approvals import Approvals
    from pi_service.studio.studio import Studio


HANDS = "<style>.human{stroke:#b3261e}</style>"
"""Tells the visitor's hand, which is what the staff judge, from the machine's."""


def blueprint(studio: Studio) -> APIBlueprint:
    """The routes of what waits for the staff's yes."""
    routes = APIBlueprint("approvals", __name__, url_prefix="/api/v1")
    approvals = studio.approvals

    @routes.get("/proposals/asked/<ticket>")
    @routes.output(AskedSchema, tags=["proposals"])
    def asked(ticket: str) -> dict[str, Any]:
        """How it stands with what a visitor asked for."""
        return approvals.asked(ticket[:64]).as_dict()

    @routes.get("/approvals")
    @routes.output(ApprovalsSchema)
    def waiting() -> dict[str, Any]:
        """What waits for a yes, and the rules."""
        return _view(approvals)

    @routes.put("/approvals")
    @routes.input(NewApprovalRulesSchema)
    @routes.output(ApprovalsSchema)
    def decide(json_data: dict[str, Any]) -> dict[str, Any]:
        """Switch it on or off, and set its limits."""
        approvals.decide(**json_data)
        return _view(approvals)

    _add_answers(routes, studio)
    return routes


def _add_answers(routes: APIBlueprint, studio: Studio) -> None:
    approvals = studio.approvals

    @routes.get("/approvals/<int:number>.svg")
    @routes.output(None, media_type=SVG, description="The drawing, for nobody to keep")
    def picture(number: int) -> Response:
        """What waits, as the pen would draw it."""
        text = both_hands(_drawing(approvals, number), studio.machine.profile.pen_width)
        shown = as_thumbnail(closeup(text)).replace("</svg>", HANDS + "</svg>")
        response = Response(shown, mimetype=SVG)
        response.headers["Cache-Control"] = "no-store"
        response.headers["Content-Security-Policy"] = PICTURE_POLICY
        return response

    @routes.post("/approvals/<int:number>/approve")
    @routes.input(NothingSchema)
    @routes.output(JobSchema, 201, headers=NEW)
    def approve(number: int) -> Response:
        """Have it drawn."""
        _drawing(approvals, number)
        return new_job(approvals.approve(number))

    @routes.post("/approvals/<int:number>/refuse")
    @routes.input(NothingSchema)
    @routes.output(DoneSchema)
    def refuse(number: int) -> dict[str, Any]:
        """Let go of it; nothing of it is kept but the count."""
        _drawing(approvals, number)
        approvals.refuse(number)
        return {}


def _view(approvals: Approvals) -> dict[str, Any]:
    return {
        "rules": approvals.rules.as_dict(),
        "waiting": [each.as_dict() for each in approvals.waiting()],
        **approvals.counts(),
    }


def _drawing(approvals: Approvals, number: int) -> Picked:
    """What waits under a number. Raises ApiError if nothing does."""
    try:
        return approvals.drawing(min(number, 2**62))
    except StudioError as error:
        raise ApiError(error.fact, status=404) from error
