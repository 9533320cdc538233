"""SVG files that the staff have drawn, pen by pen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Response, request

from pi_service.studio.jobs.artwork import Artwork, ArtworkError
from pi_service.studio.jobs.job import Request
from pi_service.web.access import asked_by
from pi_service.web.blueprints import APIBlueprint, answer
from pi_service.web.problems import ApiError
from pi_service.web.routes.api import NEW
from pi_service.web.schemas.jobs import MOST_SVG, ArtworkJobSchema, ArtworkSchema, KeyHeaders

if TYPE_CHECKING:
    from pi_service.studio.studio import Studio


def blueprint(studio: Studio) -> APIBlueprint:
    """The route for SVG files."""
    routes = APIBlueprint("artworks", __name__, url_prefix="/api/v1")

    @routes.before_request
    def take_more() -> None:
        """A file is larger than other requests."""
        request.max_content_length = 2 * MOST_SVG

    @routes.post("/artworks")
    @routes.input(ArtworkSchema)
    @routes.input(KeyHeaders, location="headers")
    @routes.output(ArtworkJobSchema, 201, headers=NEW, tags=["jobs"])
    def draw(json_data: dict[str, Any], headers_data: dict[str, Any]) -> Response:
        """Have an SVG file drawn in the next cell; the machine waits for each pen."""
        source = asked_by(json_data.pop("source"))
        artwork = Artwork(**json_data)
        try:
            picked, told = artwork.read(studio.proposals.room)
        except ArtworkError as error:
            raise ApiError(error.fact, status=400) from error
        job = studio.jobs.request(
            Request(
                source,
                class_name=artwork.name,
                seed=picked.seed,
                size_mm=artwork.size_mm,
                proposal=picked.id,
                pen_change=picked.pen_change,
                **headers_data,
            ),
            picked,
        )
        found = job.as_dict() | {
            "told": " ".join(map(str, told)),
            "told_facts": [each.as_dict() for each in told],
        }
        return answer(found, 201, {"Location": f"{request.script_root}/api/v1/jobs/{job.id}"})

    return routes
