"""The camera's part of the API: what it sees and has kept, and its switch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Response, request

from pi_service.studio.access.limiter import network_of
from pi_service.studio.camera.camera import Camera
from pi_service.studio.camera.errors import CameraError
from pi_service.studio.keepsake.darkroom import PicturesBusyError
from pi_service.web.access import address, caller
from pi_service.web.blueprints import APIBlueprint
from pi_service.web.problems import ApiError
from pi_service.web.routes.api import known_job
from pi_service.web.routes.files import BUSY_S, job_name
from pi_service.web.schemas.base import MAX_SEED
from pi_service.web.schemas.camera import (
    CameraSchema,
    NewCameraSchema,
    PhotosSchema,
    ShotQuery,
)

if TYPE_CHECKING:
    from pi_service.studio.studio import Studio

JPEG, WEBP = "image/jpeg", "image/webp"
NUMBER = "X-Picture-Number"
AGAIN_S = 5
"""After so many seconds it is worth asking again."""
NAMED = {"Content-Disposition": "Under which name to keep it"}


def blueprint(studio: Studio, camera: Camera) -> APIBlueprint:
    """The routes of a camera."""
    routes = APIBlueprint("camera", __name__, url_prefix="/api/v1")
    _add_live(routes, camera)
    _add_kept(routes, studio, camera)

    @routes.get("/camera")
    @routes.output(CameraSchema)
    def known() -> dict[str, Any]:
        """What the camera does, and what is kept of it."""
        return camera.as_dict()

    @routes.put("/camera")
    @routes.input(NewCameraSchema)
    @routes.output(CameraSchema)
    def decide(json_data: dict[str, Any]) -> dict[str, Any]:
        """Switch the camera, or decide what nobody is to see."""
        return camera.decide(on=json_data["on"], masks=json_data["masks"])

    @routes.delete("/camera/pictures")
    @routes.output(CameraSchema)
    def forget() -> dict[str, Any]:
        """Let go of all photographs and films."""
        return camera.forget_all()

    return routes


def _add_live(routes: APIBlueprint, camera: Camera) -> None:
    @routes.get("/camera.jpg")
    @routes.input(ShotQuery, location="query")
    @routes.output(
        None,
        media_type=JPEG,
        description="The newest picture",
        headers={NUMBER: "Its number, for `after`"},
    )
    @routes.output(
        None, 204, media_type="", description="There is no newer one yet", refuses=[503]
    )
    def shot(query_data: dict[str, Any]) -> Response:
        """What the camera sees; asked for again and again by whoever looks."""
        who = caller()
        try:
            found = camera.look(
                network_of(address()),
                query_data["viewer"],
                after=query_data["after"],
                staff=who.is_staff,
            )
        except CameraError as error:
            raise ApiError(error.fact, status=503, retry_after=AGAIN_S) from error
        response = Response(status=204) if found is None else Response(found.data)
        if found is not None:
            response.content_type = JPEG
            response.headers[NUMBER] = str(found.number)
        response.headers["Cache-Control"] = "no-store"
        return response


def _add_kept(routes: APIBlueprint, studio: Studio, camera: Camera) -> None:
    @routes.get("/jobs/<int:job_id>/photos")
    @routes.output(PhotosSchema)
    def photos(job_id: int) -> dict[str, Any]:
        """What the camera has kept of a drawing."""
        job = known_job(studio.jobs, job_id)
        frames = [] if job.sheet is None else camera.album.frames(job.sheet)
        return {"photo": camera.album.has_photo(job_id), "film": len(frames) > 1}

    @routes.get("/jobs/<int:job_id>.jpg")
    @routes.output(None, media_type=JPEG, description="The photograph", headers=NAMED)
    def photo(job_id: int) -> Response:
        """The photograph of a finished drawing."""
        job = known_job(studio.jobs, job_id)
        data = camera.photo(job_id)
        if data is None:
            raise ApiError("camera-no-photo", status=404, job=job_id)
        return _kept(data, JPEG, f"{job_name(job)}.jpg")

    @routes.get("/sheets/<int:sheet_id>.webp")
    @routes.output(None, media_type=WEBP, description="The film", headers=NAMED, refuses=[503])
    def film(sheet_id: int) -> Response:
        """The film of a sheet, from its first cat to its last."""
        try:
            data = camera.film(min(sheet_id, MAX_SEED))
        except PicturesBusyError as error:
            raise ApiError(error.fact, status=503, retry_after=BUSY_S) from error
        except CameraError as error:
            raise ApiError(error.fact, status=404) from error
        return _kept(data, WEBP, f"sheet-{sheet_id}.webp")


def _kept(data: bytes, media_type: str, name: str) -> Response:
    response = Response(data, content_type=media_type)
    response.headers.set("Content-Disposition", "inline", filename=name)
    response.headers["Cache-Control"] = "private, no-cache"
    response.add_etag()
    response.make_conditional(request)
    return response
