"""Puts the dashboard together: page, API, live stream, and the rules about who may ask."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from flask import Flask

from pi_service.web import access, assets, openapi, pages, problems, security, streaming
from pi_service.web.refusals import add_refusals
from pi_service.web.routes import (
    api,
    artworks,
    files,
    health,
    history,
    login,
    machine,
    proposals,
    schedules,
    supplies,
)
from pi_service.web.routes.metrics import Metrics
from pi_service.web.vitals import Vitals

if TYPE_CHECKING:
    from pi_service.studio.access.access import Access
    from pi_service.studio.studio import Studio
    from pi_service.studio.workshop.workshop import Workshop

MAX_BODY = 16 * 1024
"""Bytes that a request may carry."""


def create_app(
    studio: Studio,
    *,
    workshop: Workshop | None = None,
    doors: Access | None = None,
    visitors: access.VisitorLimits | None = None,
    vitals: Vitals | None = None,
    listed: Sequence[Mapping[str, Any]] = (),
    clock: Callable[[], float] = time.time,
    monotonic: Callable[[], float] = time.monotonic,
    allowed_hosts: Iterable[str] | None = None,
    heartbeat: float = streaming.HEARTBEAT,
    max_streams: int = streaming.MAX_STREAMS,
) -> Flask:
    """The dashboard as a WSGI app.

    Args:
        workshop: The machine set up by hand; None leaves it out.
        doors: Tells the staff from visitors; None makes everybody a visitor.
        visitors: What visitors may ask for; None for the usual.
        listed: The service's settings with their values.
        vitals: Tell whether the service's parts live; None where there are none.
        clock: Seconds since 1970, told to pages.
        monotonic: Seconds that never go back, for the signs of life.
        allowed_hosts: Names of the service, besides digits; None for this machine's own.
        heartbeat: Seconds of silence in the live stream before a sign of life.
        max_streams: Pages of visitors that may watch live.
    """
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    page = assets.Assets()
    streams = streaming.add_streams(app, max_streams)
    vitals = vitals or Vitals()
    figures = Metrics(studio, streams, vitals, add_refusals(app))

    def whole_state() -> dict[str, Any]:
        return {**studio.snapshot(), "now": clock(), "page": page.version}

    figures.watch(app)
    problems.install(app)
    assets.pack_answers(app)
    security.install(app, allowed_hosts, security.Proxies(studio))
    access.install(app, doors, limits=visitors, clock=monotonic)
    assets.install(app, page)
    pages.install(app, page, whole_state)
    for routes in (files, schedules, history, supplies, proposals, artworks):
        app.register_blueprint(routes.blueprint(studio))
    if workshop is not None:
        app.register_blueprint(machine.blueprint(workshop))
    for blueprint in (
        api.blueprint(studio, whole_state),
        login.blueprint(doors),
        streaming.blueprint(streams, studio.events, whole_state, monotonic, heartbeat),
        health.blueprint(vitals, figures),
        health.settings_blueprint(listed),
        files.keepsakes(studio),
    ):
        app.register_blueprint(blueprint)
    app.register_blueprint(openapi.blueprint(app))
    return app
