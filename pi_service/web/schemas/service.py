"""The plotter's computer, and what the service itself logged."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from pi_service.web.schemas.base import Answer, FactSchema, about, list_of, told
from pi_service.web.schemas.jobs import AT


class DoorSchema(Answer):
    """Where others find the page, for a screen to show."""

    url = fields.String(allow_none=True, **about("Null where only this machine reaches it"))
    side = fields.Integer(**about("Modules along a side of its QR code"))
    path = fields.String(**about("The dark ones as the path of an SVG, one unit each"))


class MemorySchema(Answer):
    """The computer's memory."""

    total = fields.Integer(**about("Bytes"))
    available = fields.Integer(**about("Bytes that are free or can be freed at once"))


class DiskSchema(Answer):
    """The disk that the service keeps everything on."""

    total = fields.Integer(**about("Bytes"))
    free = fields.Integer(**about("Bytes"))


def _trouble(each: fields.Field[Any], text: str) -> fields.List[Any]:
    return fields.List(each, allow_none=True, **about(f"{text}; null if it does not tell"))


class ComputerSchema(Answer):
    """The plotter's computer; what it does not tell is null."""

    version = fields.String(**about("Of catplotter"))
    python = fields.String(**about("Of Python"))
    system = fields.String(**about("Of the operating system"))
    model = fields.String(allow_none=True, **about("Of the board"))
    temperature_c = fields.Float(allow_none=True, **about("Its hottest place, °C"))
    trouble = _trouble(fields.String(), "What ails its power or cooling now")
    trouble_facts = _trouble(fields.Nested(FactSchema), "The same as codes")
    trouble_before = _trouble(fields.String(), "What did since it was switched on")
    trouble_before_facts = _trouble(fields.Nested(FactSchema), "The same as codes")
    memory = fields.Nested(MemorySchema, allow_none=True, **about("Its memory"))
    service_memory = fields.Integer(allow_none=True, **about("Bytes that the service takes"))
    disk = fields.Nested(DiskSchema, allow_none=True, **about("Its disk"))
    load_ = fields.Float(data_key="load", allow_none=True, **about("Of one minute"))
    up_s = fields.Float(allow_none=True, **about("Seconds since it was switched on"))
    commands = fields.Dict(
        values=fields.String(), **about("What is done at the computer itself, by name")
    )


class MessageSchema(Answer):
    """A message of the service."""

    id = fields.Integer(**about("Its number"))
    at = fields.Float(**about(f"When, {AT}"))
    level = fields.String(**about("Such as “info” or “warning”"))
    part = fields.String(**about("Which part said it"))
    text = fields.String(**about("What it said"))


class MessagesSchema(Answer):
    """The service's last messages."""

    messages = list_of(MessageSchema, "The newest first")


class ServiceSettingSchema(Answer):
    """A setting of the service."""

    name = fields.String(**about("Its option is this with two dashes"))
    variable = fields.String(**about("Its name in the configuration file"))
    value = fields.Raw(allow_none=True, **about("What holds"))
    default = fields.Raw(allow_none=True, **about("What holds where the owner says nothing"))
    unit = fields.String(**about("Of the value, such as “m”; empty where there is none"))
    minimum = fields.Float(allow_none=True, **about("The smallest value; null for no bound"))
    maximum = fields.Float(allow_none=True, **about("The largest value; null for no bound"))
    choices = fields.List(fields.String(), **about("The only values; empty: any"))
    help = fields.String(**about("What it decides"))
    source = fields.String(**about("“default”, “file” or “command line”"))


class ServiceSettingsSchema(Answer):
    """All settings of the service."""

    settings = list_of(ServiceSettingSchema, "In the order of its options")


class HealthSchema(Answer):
    """It lives."""

    status = fields.String(**about("“ok”"))
    version = fields.String(**about("The service's version"))


class ReadySchema(Answer):
    """It can work."""

    status = fields.String(**about("“ready”"))
    parts = fields.List(fields.String(), **about("What was looked at"))


class HandsSchema(Answer):
    """Whether somebody has the machine."""

    held = fields.Boolean(**about("The queue waits while it is so"))
    left_s = fields.Integer(**about("Seconds until it goes on, if nothing is touched"))


class WorkshopSchema(Answer):
    """What changes often while somebody works on the machine."""

    busy = fields.String(**about("What is being done, in words; empty if nothing is"))
    busy_fact = told("The same as a code; null if nothing is", allow_none=True)
    hands = fields.Nested(HandsSchema, **about("Whether somebody has the machine"))
    console = fields.Integer(**about("Number of the console's last line; 0 before the first"))
