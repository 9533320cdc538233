"""Drawing with the machine: proposals come line by line, a picked one becomes a job."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
from flask import Response, request

from firmware_gcode.facts import fact, sentence
from pi_service.studio.access.limiter import network_of
from pi_service.studio.jobs.picked import Picked, as_planned, placement
from pi_service.studio.proposals.approvals import Asked
from pi_service.studio.proposals.beginning import (
    MOST_POINTS,
    MOST_STROKES,
    BeginningError,
    Frame,
)
from pi_service.studio.proposals.proposals import VisitorDrawing
from pi_service.studio.proposals.queue import BusyError
from pi_service.web.access import address, caller
from pi_service.web.blueprints import APIBlueprint, answer
from pi_service.web.problems import ApiError
from pi_service.web.routes.api import NEW, new_job
from pi_service.web.schemas.approvals import AskedSchema
from pi_service.web.schemas.jobs import JobSchema, KeyHeaders
from pi_service.web.schemas.proposals import (
    ClassesSchema,
    NewClassesSchema,
    NewProposalsSchema,
    PickSchema,
    ProposalRulesSchema,
    ProposalSchema,
)

if TYPE_CHECKING:
    from pi_service.studio.studio import Studio

LINES = "application/x-ndjson"
MAX_BODY = 192 * 1024
"""Bytes that a visitor's strokes may take: the most points, with digits to spare."""
BUSY_S = 2
"""After so many seconds it is worth asking again where too many draw."""
DIGITS = 5
"""Significant digits of a frame that coordinates are answered with."""


def blueprint(studio: Studio) -> APIBlueprint:
    """The routes for visitors who draw with the machine, and for what they may choose."""
    routes = APIBlueprint("proposals", __name__, url_prefix="/api/v1")

    @routes.before_request
    def take_more() -> None:
        """A drawing is larger than other requests."""
        request.max_content_length = MAX_BODY
        if (request.content_length or 0) > MAX_BODY:
            raise ApiError("lines-too-large", status=413)

    @routes.get("/proposals")
    @routes.output(ProposalRulesSchema)
    def how() -> dict[str, Any]:
        """Whether visitors can draw with the machine, and on what."""
        return rules(studio)

    _add_proposals(routes, studio)
    _add_classes(routes, studio)
    return routes


def rules(studio: Studio) -> dict[str, Any]:
    """What ``GET /proposals`` answers."""
    problem = studio.proposals.problem
    width, height = (0.0, 0.0) if problem else studio.proposals.room
    room = None if problem else {"width": width, "height": height}
    limits = {"most_strokes": MOST_STROKES, "most_points": MOST_POINTS}
    told = None if problem is None else problem.as_dict()
    text = None if problem is None else sentence(problem)
    return {"problem": text, "problem_fact": told, "room": room, **limits}


def menu(studio: Studio) -> dict[str, Any]:
    """What ``GET /classes`` answers whoever asks."""
    return studio.menu.as_dict(staff=caller().is_staff)


def _add_proposals(routes: APIBlueprint, studio: Studio) -> None:
    @routes.post("/proposals")
    @routes.input(NewProposalsSchema)
    @routes.output(
        ProposalSchema,
        media_type=LINES,
        description="A proposal a line, as each is drawn",
        refuses=[503],
    )
    def propose(json_data: dict[str, Any]) -> Response:
        """Have the machine draw on from a visitor's strokes, in several ways."""
        drawing = _drawing(studio, json_data)
        sender = network_of(address())
        try:
            found = studio.proposals.offer(
                f"{sender} {json_data['visitor']}",
                drawing,
                seed=json_data["seed"],
                count=json_data["count"],
                address=sender,
            )
            first = next(found)  # what cannot be is refused before anything is answered
        except BeginningError as error:
            raise ApiError(error.fact, status=400) from error
        except BusyError as error:
            raise ApiError(error.fact, status=503, retry_after=BUSY_S) from error
        except StopIteration:
            raise ApiError("lines-newer", status=409) from None
        return _told(chain([first], found), found, drawing.frame)

    @routes.post("/proposals/draw")
    @routes.input(PickSchema)
    @routes.input(KeyHeaders, location="headers")
    @routes.output(JobSchema, 201, headers=NEW)
    @routes.output(AskedSchema, 202, refuses=[429, 503])
    def draw(json_data: dict[str, Any], headers_data: dict[str, Any]) -> Response:
        """Have a proposal drawn: the visitor's strokes, and the machine's after them.

        Where the staff are asked first it waits for them: 202, and a ticket to ask with.
        """
        drawing = _drawing(studio, json_data)
        try:
            found = studio.proposals.pick(
                drawing,
                seed=json_data["seed"],
                proposal=json_data["proposal"],
                pen_change=json_data["pen_change"],
                request_key=headers_data["request_key"],
                address=network_of(address()),
                staff=caller().is_staff,
            )
        except BeginningError as error:
            raise ApiError(error.fact, status=400) from error
        except BusyError as error:
            raise ApiError(error.fact, status=503, retry_after=BUSY_S) from error
        return answer(found.as_dict(), 202) if isinstance(found, Asked) else new_job(found)


def _drawing(studio: Studio, data: dict[str, Any]) -> VisitorDrawing:
    """What somebody has drawn.

    Raises:
        ApiError: On nothing that is a frame.
        StudioError: It is to become what they may not have.
    """
    studio.menu.check(data["class_name"], staff=caller().is_staff)
    try:
        frame = Frame(**data["frame"])
    except BeginningError as error:
        raise ApiError(error.fact, status=400) from error
    return VisitorDrawing(data["class_name"], data["strokes"], frame)


def _told(proposals: Iterator[Picked], source: Iterator[Picked], frame: Frame) -> Response:
    """Proposals, each sent as soon as it is there; who goes away ends the work."""

    def lines() -> Iterator[bytes]:
        for picked in proposals:
            yield json.dumps(view(picked, frame), separators=(",", ":")).encode() + b"\n"

    response = Response(lines(), mimetype=LINES)
    response.headers["Cache-Control"] = "no-store"
    response.call_on_close(getattr(source, "close", lambda: None))
    return response


def view(picked: Picked, frame: Frame) -> dict[str, Any]:
    """A proposal as a visitor sees it: in the unit of what was drawn on."""
    room = picked.room
    digits = max(0, DIGITS - len(str(int(max(frame.width, frame.height)))))
    own, added = (
        [frame.from_paper(line, room).round(digits).tolist() for line in lines]
        for lines in as_planned(picked)
    )
    where = placement(picked.strokes, room, room)
    corner = frame.from_paper(where.of(frame.on_paper(np.zeros(2), room)), room)
    return {
        "id": picked.id,
        "seed": picked.seed,
        "own": own,
        "strokes": added,
        "place": {
            "scale": round(where.scale, 6),
            "x": round(float(corner[0]), digits),
            "y": round(float(corner[1]), digits),
        },
    }


def _add_classes(routes: APIBlueprint, studio: Studio) -> None:
    @routes.get("/classes")
    @routes.output(ClassesSchema, tags=["classes"])
    def classes() -> dict[str, Any]:
        """What may be asked for: by visitors what the staff offer, by the staff anything."""
        return menu(studio)

    @routes.put("/classes")
    @routes.input(NewClassesSchema)
    @routes.output(ClassesSchema, tags=["classes"])
    def offer(json_data: dict[str, Any]) -> dict[str, Any]:
        """Decide what visitors may ask for."""
        rule = json_data["rule"]
        if not isinstance(rule, str) and not _is_list_of_names(rule):
            raise ApiError(
                "field-wrong", status=400, field="rule", must=fact("must-be-menu-rule")
            )
        studio.menu.decide(rule)
        return menu(studio)


def _is_list_of_names(rule: object) -> bool:
    return isinstance(rule, list) and all(isinstance(name, str) for name in rule)
