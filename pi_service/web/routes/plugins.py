"""The plug-ins' part of the API: all of it is the staff's, and no secret is ever answered."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from firmware_gcode.facts import sentence
from pi_service.plugins.api import Group
from pi_service.plugins.plugins import Plugins, PluginUnknownError
from pi_service.plugins.settings import Rules
from pi_service.web.blueprints import APIBlueprint
from pi_service.web.problems import problem
from pi_service.web.schemas import plugins as schemas
from pi_service.web.schemas.base import DoneSchema, NothingSchema

if TYPE_CHECKING:
    from flask import Response


def blueprint(plugins: Plugins) -> APIBlueprint:
    """The routes ``/api/v1/plugins``."""
    routes = APIBlueprint("plugins", __name__, url_prefix="/api/v1/plugins")

    @routes.errorhandler(PluginUnknownError)
    def unknown(error: PluginUnknownError) -> Response:
        return problem(404, error.fact)

    @routes.get("")
    @routes.output(schemas.PluginsSchema)
    def view() -> dict[str, Any]:
        """What is set up, without its secrets."""
        return plugins.view()

    @routes.put("/rules")
    @routes.input(schemas.NewRulesSchema)
    @routes.output(schemas.RulesSchema)
    def rules(json_data: dict[str, Any]) -> dict[str, Any]:
        """Set when and how people are told."""
        found = Rules(**json_data)
        plugins.set_rules(found)
        return asdict(found)

    _add_kinds(routes, plugins)
    _add_changes(routes, plugins)
    return routes


def _add_kinds(routes: APIBlueprint, plugins: Plugins) -> None:
    @routes.get("/kinds")
    @routes.output(schemas.KindsSchema)
    def kinds() -> dict[str, Any]:
        """What is installed; nothing of it is loaded."""
        return {"kinds": plugins.kinds()}

    @routes.get("/options")
    @routes.input(schemas.OptionsQuery, location="query")
    @routes.output(schemas.OptionsSchema)
    def options(query_data: dict[str, Any]) -> dict[str, Any]:
        """What a plug-in is set up with; it is loaded for that, in a process of its own."""
        group, kind = Group(query_data["group"]), query_data["kind"]
        return {"options": plugins.options(group, kind)}


def _add_changes(routes: APIBlueprint, plugins: Plugins) -> None:
    @routes.post("")
    @routes.input(schemas.NewPluginSchema)
    @routes.output(schemas.PluginSchema, 201)
    def add(json_data: dict[str, Any]) -> dict[str, Any]:
        """Set a plug-in up, and set it to work."""
        return plugins.add(
            Group(json_data["group"]),
            json_data["kind"],
            json_data["name"],
            json_data["options"],
        )

    @routes.put("/<int:plugin_id>")
    @routes.input(schemas.ChangedPluginSchema)
    @routes.output(schemas.PluginSchema)
    def change(plugin_id: int, json_data: dict[str, Any]) -> dict[str, Any]:
        """Change a plug-in: an option that is not named stays, an empty one is taken away."""
        return plugins.change(plugin_id, **json_data)

    @routes.delete("/<int:plugin_id>")
    @routes.output(DoneSchema)
    def remove(plugin_id: int) -> dict[str, Any]:
        """Take a plug-in away, with its options."""
        plugins.remove(plugin_id)
        return {}

    @routes.post("/<int:plugin_id>/test")
    @routes.input(NothingSchema)
    @routes.output(schemas.TestedSchema)
    def test(plugin_id: int) -> dict[str, Any]:
        """Have a notifier send a message now."""
        told = plugins.test(plugin_id)
        return {"text": sentence(told), "fact": told.as_dict()}
