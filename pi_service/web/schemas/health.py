"""Whether the service lives."""

from __future__ import annotations

from marshmallow import fields

from pi_service.web.schemas.base import Answer, about


class HealthSchema(Answer):
    """It lives."""

    status = fields.String(**about("“ok”"))
    version = fields.String(**about("The service's version"))
