"""Whether the service lives, and whether it can work."""

from __future__ import annotations

from marshmallow import fields

from pi_service.web.schemas.base import Answer, about


class HealthSchema(Answer):
    """It lives."""

    status = fields.String(**about("“ok”"))
    version = fields.String(**about("The service's version"))


class ReadySchema(Answer):
    """It can work."""

    status = fields.String(**about("“ready”"))
    parts = fields.List(fields.String(), **about("What was looked at"))
