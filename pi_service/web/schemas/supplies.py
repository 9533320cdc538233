"""Opening hours, and what keeps the pen from starting."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, validates_schema

from firmware_gcode.facts import fact
from pi_service.studio.calendar.hours import Hours, HoursError
from pi_service.web.schemas.base import (
    Answer,
    AtMost,
    Body,
    Replacing,
    Text,
    about,
    always,
    list_of,
    told,
    whole,
)

MOST = 400
"""The most entries of a list of days."""


def _spans(text: str = "") -> Text:
    """The hours of a day."""
    must = fact("must-be-hours")
    words = about(text or "Closed if it is not there", examples=["10:00-18:00"])
    return Text(200, must, shortest=0, **words)


def _days(example: str, text: str) -> fields.List[Any]:
    """A list of days or times."""
    must = fact("must-be-list", example=example)
    day = Text(60, fact("must-be-like", example=example))
    most = AtMost(MOST)
    words = about(text, examples=[[example]])
    return fields.List(day, error_messages=always(must), validate=most, **words)


class HoursFields(Body):
    """Opening hours as people write them; a weekday that is not named is closed."""

    mon = _spans("Such as 10:00-12:00, 14:00-18:00; closed if it is not there")
    tue = _spans()
    wed = _spans()
    thu = _spans()
    fri = _spans()
    sat = _spans()
    sun = _spans()
    closed = _days("2026-12-25", "Days on which it stays closed")
    dates = fields.Dict(
        keys=Text(60, fact("must-be-date")),
        values=_spans(),
        error_messages=always(fact("must-be-dates")),
        **about(
            "Dates with hours of their own, in place of the week's",
            examples=[{"2026-12-24": "10:00-14:00"}],
        ),
    )
    quiet = _days(
        "13:00-14:00",
        "When nothing is drawn although it is open: “13:00-14:00”, “sun 10:00-11:00”",
    )


class NewHoursSchema(Replacing, HoursFields):
    """The opening hours from now on."""

    @validates_schema
    def understood(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse what does not make opening hours."""
        try:
            Hours.from_settings(data)
        except HoursError as error:
            raise whole(error) from error


class HoursSchema(Answer):
    """When the gallery is open."""

    hours = fields.Nested(HoursFields, **about("As people write them"))
    zone = fields.String(**about("The gallery's time zone, such as Europe/Berlin"))
    clock_trusted = fields.Boolean(
        **about("Whether time server, battery or a person say that the clock is right")
    )


class CheckSchema(Answer):
    """One thing that must be so before the pen starts."""

    name = fields.String(**about("What is looked at"))
    ok = fields.Boolean(**about("Whether it is so"))
    text = fields.String(**about("What is missing, in a sentence"))
    fact = told("The same as a code")


class ChecksSchema(Answer):
    """Everything that must be so before the pen starts."""

    checks = list_of(CheckSchema, "Each of them")
