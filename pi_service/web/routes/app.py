"""Puts the dashboard together: page, API, live stream, and the rules about who may ask."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from flask import Flask, redirect, request

from pi_service.web import access, assets, openapi, pages, problems, security, streaming
from pi_service.web.refusals import add_refusals
from pi_service.web.routes import (
    api,
    approvals,
    artworks,
    door,
    files,
    hall,
    health,
    history,
    login,
    machine,
    prints,
    proposals,
    schedules,
    supplies,
)
from pi_service.web.routes import plugins as plugin_routes
from pi_service.web.routes.metrics import Metrics
from pi_service.web.vitals import Vitals

if TYPE_CHECKING:
    from pi_service.plugins.plugins import Plugins
    from pi_service.studio.access.access import Access
    from pi_service.studio.studio import Studio
    from pi_service.studio.workshop.workshop import Workshop
    from pi_service.web.blueprints import APIBlueprint

OF_STUDIO = (
    *(
        each.blueprint
        for each in (files, schedules, history, supplies, proposals, approvals, artworks)
    ),
    files.keepsakes,
)
"""The routes that need nothing but the studio."""
MAX_BODY = 16 * 1024
"""Bytes that a request may carry."""


def create_app(
    studio: Studio,
    *,
    workshop: Workshop | None = None,
    plugins: Plugins | None = None,
    plotters: hall.HallOfPlotters | None = None,
    doors: Access | None = None,
    visitors: access.VisitorLimits | None = None,
    vitals: Vitals | None = None,
    listed: Sequence[Mapping[str, Any]] = (),
    url: Callable[[], str] = str,
    clock: Callable[[], float] = time.time,
    monotonic: Callable[[], float] = time.monotonic,
    allowed_hosts: Iterable[str] | None = None,
    heartbeat: float = streaming.HEARTBEAT,
    max_streams: int = streaming.MAX_STREAMS,
) -> Flask:
    """The dashboard as a WSGI app.

    Args:
        workshop: The machine set up by hand; None leaves it out.
        plugins: What others have added; None leaves it out.
        plotters: All plotters of a broker; None where there is none.
        doors: Tells the staff from visitors; None makes everybody a visitor.
        visitors: What visitors may ask for; None for the usual.
        listed: The service's settings with their values.
        url: The page's address, as others would most likely open it.
        vitals: Tell whether the service's parts live; None where there are none.
        clock: Seconds since 1970, told to pages.
        monotonic: Seconds that never go back, for the signs of life.
        allowed_hosts: Names of the service, besides digits; None for this machine's own.
        heartbeat: Seconds of silence in the live stream before a sign of life.
        max_streams: Pages of visitors that may watch live.
    """
    app = Flask(__name__, static_folder=None)
    page = assets.shipped()
    streams = streaming.add_streams(app, max_streams)
    figures = Metrics(studio, streams, vitals := vitals or Vitals(), add_refusals(app))
    whole_state = partial(_whole_state, studio, clock, page.version)
    figures.watch(app)
    guard(app, allowed_hosts, security.Proxies(studio))
    access.install(app, doors, limits=visitors, clock=monotonic)
    assets.install(app, page)
    told = _told(studio, doors, whole_state, url, workshop)
    pages.install(app, page, told, hall=plotters is not None)
    for blueprint in (
        *(blueprint(studio) for blueprint in OF_STUDIO),
        *_optional(studio, workshop, plugins),
        api.blueprint(studio, whole_state),
        login.blueprint(doors),
        streaming.blueprint(streams, studio.events, whole_state, monotonic, heartbeat),
        health.blueprint(vitals, figures),
        health.settings_blueprint(listed),
        door.blueprint(url),
        prints.blueprint(studio, url),
    ):
        app.register_blueprint(blueprint)
    hall.install(app, page, plotters, doors=doors, streams=streams, clock=monotonic)
    app.register_blueprint(openapi.blueprint(app))
    return app


def guard(
    app: Flask, allowed_hosts: Iterable[str] | None, proxies: security.Proxies | None = None
) -> None:
    """What every app has: short bodies, errors in sentences, packed answers, known hosts."""
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    problems.install(app)
    assets.pack_answers(app)
    security.install(app, allowed_hosts, proxies)


def _optional(
    studio: Studio, workshop: Workshop | None, plugins: Plugins | None
) -> Iterator[APIBlueprint]:
    """The routes of what may not be there, and is not imported then."""
    if workshop is not None:
        yield machine.blueprint(workshop, studio)
    if plugins is not None:
        yield plugin_routes.blueprint(plugins)
    if studio.camera is not None:
        from pi_service.web.routes import camera  # noqa: PLC0415 - see above

        yield camera.blueprint(studio, studio.camera)


def _whole_state(studio: Studio, clock: Callable[[], float], page: str) -> dict[str, Any]:
    """Everything that a page shows at once, and which page it is."""
    return {**studio.snapshot(), "now": clock(), "page": page}


def create_hall_app(
    plotters: hall.HallOfPlotters,
    doors: Access,
    *,
    allowed_hosts: Iterable[str] | None = None,
    monotonic: Callable[[], float] = time.monotonic,
) -> Flask:
    """The page of all plotters as an app of its own, beside no plotter.

    Args:
        doors: Tells the staff from visitors.
        allowed_hosts: Names of the service, besides digits; None for this machine's own.
        monotonic: Seconds that never go back.
    """
    app = Flask(__name__, static_folder=None)
    page = assets.shipped()
    streams = streaming.add_streams(app, streaming.MAX_STREAMS)
    add_refusals(app)
    guard(app, allowed_hosts)
    access.install(app, doors, clock=monotonic)
    assets.install(app, page)
    app.register_blueprint(login.blueprint(doors))
    hall.install(app, page, plotters, doors=doors, streams=streams, clock=monotonic)
    pages.install_hall(app, page, lambda: login.session(doors), ["/login"])
    app.add_url_rule("/", "page_first", lambda: redirect(f"{request.script_root}/hall", 307))
    return app


def _told(
    studio: Studio,
    doors: Access | None,
    whole_state: Callable[[], dict[str, Any]],
    url: Callable[[], str],
    workshop: Workshop | None,
) -> dict[str, Callable[[], Any]]:
    """What the API answers at addresses that pages ask for first; None where it refuses."""

    def makers(ask: Callable[[Workshop], Any]) -> Any:
        return ask(workshop) if workshop is not None and access.caller().is_staff else None

    return {
        "/state": whole_state,
        "/session": lambda: login.session(doors),
        "/jobs?limit=20": lambda: api.job_page(studio.jobs.latest(21), 20),
        "/classes": lambda: proposals.menu(studio),
        "/proposals": lambda: proposals.rules(studio),
        "/door": lambda: door.door(url()),
        "/machine": lambda: makers(lambda room: room.view()),
        "/computer": lambda: makers(lambda room: room.computer.view()),
        "/machine/setup": lambda: makers(partial(machine.made_ready, studio)),
    }
