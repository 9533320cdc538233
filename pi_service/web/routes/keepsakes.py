"""What visitors take home: a finished cat with its number as a picture, and as a film."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from flask import Response, request

from pi_service.studio.core.errors import StudioError
from pi_service.studio.keepsake.film import FilmsBusyError
from pi_service.web.blueprints import APIBlueprint
from pi_service.web.problems import ApiError
from pi_service.web.routes.api import known_job
from pi_service.web.routes.files import TAGGED, job_name

if TYPE_CHECKING:
    from pi_service.studio.studio import Studio

PNG, GIF = "image/png", "image/gif"
BUSY_S = 5
"""After so many seconds it is worth asking again where many films are made."""


def blueprint(studio: Studio) -> APIBlueprint:
    """The routes of what is kept of a job."""
    routes = APIBlueprint("keepsakes", __name__, url_prefix="/api/v1")

    def keepsake(
        job_id: int, make: Callable[[int], bytes], suffix: str, media_type: str
    ) -> Response:
        found = known_job(studio.jobs, job_id)
        try:
            body = make(job_id)
        except FilmsBusyError as error:
            raise ApiError(error.fact, status=503, retry_after=BUSY_S) from error
        except StudioError as error:
            raise ApiError(error.fact, status=404) from error
        response = Response(body, content_type=media_type)
        name = f"{job_name(found)}.{suffix}"
        response.headers.set("Content-Disposition", "inline", filename=name)
        response.headers["Cache-Control"] = "private, no-cache"
        response.add_etag()
        response.make_conditional(request)
        return response

    @routes.get("/jobs/<int:job_id>.png")
    @routes.output(None, media_type=PNG, description="The picture", headers=TAGGED)
    @routes.output(
        None, 304, media_type="", description="It is still the same", tags=["files"]
    )
    def picture(job_id: int) -> Response:
        """A job's drawing with its number, cut out of its sheet."""
        return keepsake(job_id, studio.history.png, "png", PNG)

    @routes.get("/jobs/<int:job_id>.gif")
    @routes.output(None, media_type=GIF, description="The film", headers=TAGGED)
    @routes.output(
        None,
        304,
        media_type="",
        description="It is still the same",
        refuses=[503],
        tags=["files"],
    )
    def film(job_id: int) -> Response:
        """The same as a film of a few seconds in which it draws itself."""
        return keepsake(job_id, studio.history.gif, "gif", GIF)

    return routes
