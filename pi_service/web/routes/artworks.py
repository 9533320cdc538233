"""Files that the staff have drawn, pen by pen: shown as they would be, and asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Response, request

from pi_service.studio.core.errors import StudioError
from pi_service.studio.jobs.artwork import Artwork, ArtworkError, File
from pi_service.studio.jobs.preview import Previews
from pi_service.web.access import asked_by
from pi_service.web.blueprints import JSON, APIBlueprint, answer
from pi_service.web.connections import MOST_FILE
from pi_service.web.problems import ApiError
from pi_service.web.routes.api import NEW
from pi_service.web.schemas.jobs import (
    ArtworkJobSchema,
    ArtworkSchema,
    KeyHeaders,
    PreviewSchema,
)

if TYPE_CHECKING:
    from pi_service.studio.studio import Studio


def blueprint(studio: Studio) -> APIBlueprint:
    """The routes for files."""
    routes = APIBlueprint("artworks", __name__, url_prefix="/api/v1")
    previews = Previews()

    @routes.before_request
    def take_more() -> None:
        """A file is larger than other requests."""
        request.max_content_length = MOST_FILE

    @routes.post("/artworks")
    @routes.input(ArtworkSchema)
    @routes.input(KeyHeaders, location="headers")
    @routes.output(ArtworkJobSchema, 201, headers=NEW, tags=["jobs"])
    def draw(json_data: dict[str, Any], headers_data: dict[str, Any]) -> Response:
        """Have an SVG file, or the lines of G-code, drawn; the machine waits for each pen."""
        source = asked_by(json_data.pop("source"))
        artwork = _artwork(json_data)
        try:
            picked, told = studio.wish(artwork).read()
        except ArtworkError as error:
            raise ApiError(error.fact, status=400) from error
        job = studio.jobs.request(artwork.request(source, picked, **headers_data), picked)
        found = job.as_dict() | {
            "told": " ".join(map(str, told)),
            "told_facts": [each.as_dict() for each in told],
        }
        return answer(found, 201, {"Location": f"{request.script_root}/api/v1/jobs/{job.id}"})

    @routes.post("/artworks/preview")
    @routes.input(ArtworkSchema)
    @routes.output(PreviewSchema, tags=["jobs"])
    def preview(json_data: dict[str, Any]) -> Response:
        """Plan it as it would be drawn; nothing is asked for, nothing kept."""
        json_data.pop("source")
        try:
            made = previews.make(studio.wish(_artwork(json_data)))
        except StudioError as error:
            raise ApiError(error.fact, status=400) from error
        return Response(made, mimetype=JSON)

    return routes


def _artwork(given: dict[str, Any]) -> Artwork:
    return Artwork(**{**given, "more": tuple(File(**each) for each in given["more"])})
