"""Whether the service lives and can work, and its figures and its settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from flask import Response

from pi_service.web.blueprints import APIBlueprint
from pi_service.web.problems import ApiError
from pi_service.web.schemas.service import HealthSchema, ReadySchema, ServiceSettingsSchema
from pi_service.web.vitals import Vitals

if TYPE_CHECKING:
    from pi_service.web.routes.metrics import Metrics

VERSION = version("catplotter")
RETRY_AFTER = 5
"""Seconds after which it is worth asking again whether the service can work."""


def blueprint(vitals: Vitals, metrics: Metrics) -> APIBlueprint:
    """The routes ``/healthz``, ``/readyz`` and ``/metrics``."""
    routes = APIBlueprint("service", __name__)

    @routes.get("/healthz")
    @routes.output(HealthSchema)
    def healthz() -> dict[str, str]:
        """Say that the page answers."""
        return {"status": "ok", "version": VERSION}

    @routes.get("/readyz")
    @routes.output(ReadySchema, refuses=[503])
    def readyz() -> dict[str, Any]:
        """Say whether link, worker, schedule and database live, and the disk has room."""
        missing = vitals.missing()
        if missing:
            raise ApiError(
                "sentences",
                status=503,
                retry_after=RETRY_AFTER,
                facts=list(missing.values()),
            )
        return {"status": "ready", "parts": [*vitals.turned, "database", "disk"]}

    @routes.get("/metrics")
    @routes.output(None, media_type="text/plain", description="In Prometheus's text format")
    def figures() -> Response:
        """Figures for Prometheus."""
        response = Response(metrics.text(), content_type=metrics.CONTENT_TYPE)
        response.headers["Cache-Control"] = "no-store"
        return response

    return routes


def settings_blueprint(listed: Sequence[Mapping[str, Any]]) -> APIBlueprint:
    """The route for the settings."""
    routes = APIBlueprint("settings", __name__, url_prefix="/api/v1")

    @routes.get("/settings")
    @routes.output(ServiceSettingsSchema)
    def settings() -> dict[str, Any]:
        """The service's settings; its configuration file changes them at the next start."""
        return {"settings": listed}

    return routes
