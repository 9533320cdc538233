"""What the owner decided when the service was started, for the staff to read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pi_service.web.blueprints import APIBlueprint
from pi_service.web.schemas.service import ServiceSettingsSchema


def blueprint(listed: Sequence[Mapping[str, Any]]) -> APIBlueprint:
    """The route for the settings."""
    routes = APIBlueprint("settings", __name__, url_prefix="/api/v1")

    @routes.get("/settings")
    @routes.output(ServiceSettingsSchema)
    def settings() -> dict[str, Any]:
        """The service's settings; its configuration file changes them at the next start."""
        return {"settings": listed}

    return routes
