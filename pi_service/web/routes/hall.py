"""The hall: all plotters of a broker, watched live and told what to do, for the staff."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from flask import Flask, Response, request

from pi_service.studio.access.limiter import network_of
from pi_service.studio.core.events import EventStream
from pi_service.web import assets, pages, streaming
from pi_service.web.access import address, caller
from pi_service.web.blueprints import APIBlueprint
from pi_service.web.problems import ApiError
from pi_service.web.routes import login
from pi_service.web.routes.files import PICTURE_POLICY, SVG, as_thumbnail, closeup
from pi_service.web.schemas.base import DoneSchema
from pi_service.web.schemas.hall import HallCommandSchema, HallErrandSchema, HallSchema
from pi_service.web.schemas.state import EventsHeaders

if TYPE_CHECKING:
    from pi_service.studio.access.access import Access

_TELLS = (
    "First `state` (Hall), then `hall` whenever something has changed: the same, but of the "
    "plotters those alone that are not as they were, and `gone`, the names of those that left"
)


class HallOfPlotters(Protocol):
    """What the page needs of a hall; `pi_service.fleet.hall.Hall` is one."""

    @property
    def events(self) -> EventStream:
        """What changes."""

    def view(self) -> dict[str, Any]:
        """The whole hall."""

    def watch(self) -> Callable[[], None]:
        """Listen for somebody who watches; the returned function says that they have left."""

    def picture(self, name: str) -> str | None:
        """The last cat of a plotter as SVG."""

    def command(self, command: str, to: Sequence[str] | None) -> dict[str, Any]:
        """Tell plotters to do something."""

    def forget(self, name: str) -> None:
        """Have the broker forget a plotter."""


def blueprint(
    hall: HallOfPlotters, streams: streaming.Streams, clock: Callable[[], float]
) -> APIBlueprint:
    """The routes of the hall.

    Args:
        streams: Counts those who watch live.
        clock: Seconds that never go back.
    """
    routes = APIBlueprint("hall", __name__, url_prefix="/api/v1/hall")

    @routes.get("")
    @routes.output(HallSchema)
    def plotters() -> dict[str, Any]:
        """All plotters of the broker, and what they were told."""
        return hall.view()

    @routes.get("/events")
    @routes.input(EventsHeaders, location="headers")
    @routes.output(None, media_type="text/event-stream", description=_TELLS, refuses=[503])
    def events(headers_data: dict[str, Any]) -> Response:
        """The same live, as server-sent events."""
        leave = streams.enter(network_of(address()), staff=caller().is_staff)
        left = hall.watch()
        listener = streaming.Listener(
            hall.events,
            streams,
            whole_state=hall.view,
            after=headers_data["last_seen"],
            gone=request.environ.get("waitress.client_disconnected", lambda: False),
            clock=clock,
            heartbeat=streaming.HEARTBEAT,
        )
        response = Response(iter(listener), mimetype="text/event-stream")
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Accel-Buffering"] = "no"
        response.call_on_close(leave)
        response.call_on_close(left)
        return response

    @routes.post("/commands")
    @routes.input(HallCommandSchema)
    @routes.output(HallErrandSchema, 202)
    def command(json_data: dict[str, Any]) -> dict[str, Any]:
        """Tell one, some or all plotters to do something, until each has answered."""
        return hall.command(json_data["command"], json_data["to"])

    _add_each(routes, hall)
    return routes


def _add_each(routes: APIBlueprint, hall: HallOfPlotters) -> None:
    """The routes of one plotter."""

    @routes.get("/plotters/<name>/picture.svg")
    @routes.output(None, media_type=SVG, description="Nothing but the drawing")
    @routes.output(None, 304, media_type="", description="It is still the same", refuses=[404])
    def picture(name: str) -> Response:
        """The last cat of a plotter."""
        found = hall.picture(name)
        if found is None:
            raise ApiError("hall-no-picture", status=404, name=name[:40])
        tag = hashlib.sha256(found.encode("utf-8", "replace")).hexdigest()[:16]
        had = request.if_none_match.contains_weak(tag)
        response = Response(status=304) if had else Response(_shown(found))
        response.content_type = SVG
        response.headers["Content-Security-Policy"] = PICTURE_POLICY
        response.headers["Cache-Control"] = "private, no-cache"
        response.set_etag(tag)
        return response

    @routes.delete("/plotters/<name>")
    @routes.output(DoneSchema, refuses=[409])
    def forget(name: str) -> dict[str, Any]:
        """Have the broker forget a plotter that is not there any more."""
        hall.forget(name)
        return {}


def _shown(svg: str) -> str:
    """Nothing but the drawing; of an SVG that is none of ours, all of it."""
    try:
        return as_thumbnail(closeup(svg))
    except (ValueError, OverflowError):
        return svg


def install(
    app: Flask,
    files: assets.Assets,
    hall: HallOfPlotters | None,
    *,
    doors: Access | None,
    streams: streaming.Streams,
    clock: Callable[[], float],
) -> None:
    """Serve the hall, its page and its routes; without one, nothing."""
    if hall is not None:
        app.register_blueprint(blueprint(hall, streams, clock))
        pages.install_hall(app, files, lambda: login.session(doors), ["/hall"])
