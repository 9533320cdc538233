"""Updates of the service."""

from __future__ import annotations

from marshmallow import fields

from firmware_gcode.facts import fact
from pi_service.web.schemas.base import Answer, Body, Text, about, list_of
from pi_service.web.schemas.jobs import AT

PHASES = ("asked", "building", "waiting", "switching", "done", "failed")


class OfferedSchema(Answer):
    """A release that may be installed."""

    name = fields.String(**about("The archive's"))
    version = fields.String(**about("Its version"))
    changes = fields.List(
        fields.String(), **about("What its changelog says is new, in English")
    )


class LastUpdateSchema(Answer):
    """The last update."""

    version = fields.String(**about("To which version; empty: to the one before"))
    at = fields.Float(**about(f"When that was told, {AT}"))


class UpdatesSchema(Answer):
    """What runs, what is new, and what became of the last update."""

    version = fields.String(**about("The version that runs"))
    possible = fields.Boolean(**about("Whether this is an installed service that can do it"))
    folder = fields.String(**about("Where the owner puts releases"))
    offered = list_of(OfferedSchema, "Newer releases that lie there, the newest first")
    phase = fields.String(
        allow_none=True,
        **about("How far the last one is; null: there was none", enum=[*PHASES, None]),
    )
    last = fields.Nested(LastUpdateSchema, allow_none=True, **about("The last one"))
    why = fields.String(**about("Why it failed, in English; empty if it did not"))


class UpdateSchema(Body):
    """Which release is wanted."""

    name = Text(
        60,
        fact("must-be-name"),
        required=True,
        allow_none=True,
        **about("One of “offered”; null: the version before"),
    )
