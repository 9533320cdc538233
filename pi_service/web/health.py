"""Whether the service lives, for whoever watches over it."""

from __future__ import annotations

from importlib.metadata import version

from pi_service.web.blueprints import APIBlueprint
from pi_service.web.schemas.health import HealthSchema


def blueprint() -> APIBlueprint:
    """The route ``/healthz``."""
    routes = APIBlueprint("service", __name__)

    @routes.get("/healthz")
    @routes.output(HealthSchema)
    def healthz() -> dict[str, str]:
        """Say that the page answers."""
        return {"status": "ok", "version": version("catplotter")}

    return routes
