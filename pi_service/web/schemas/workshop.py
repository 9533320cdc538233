"""What changes often while somebody works on the machine; also an event of the stream."""

from __future__ import annotations

from marshmallow import fields

from pi_service.web.schemas.base import Answer, about


class HandsSchema(Answer):
    """Whether somebody has the machine."""

    held = fields.Boolean(**about("The queue waits while it is so"))
    left_s = fields.Integer(**about("Seconds until it goes on, if nothing is touched"))


class WorkshopSchema(Answer):
    """What changes often while somebody works on the machine."""

    busy = fields.String(**about("What is being done, in words; empty if nothing is"))
    hands = fields.Nested(HandsSchema, **about("Whether somebody has the machine"))
    console = fields.Integer(**about("Number of the console's last line; 0 before the first"))
