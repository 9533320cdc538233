"""All plotters of a broker, and what they are told."""

from __future__ import annotations

from marshmallow import fields

from firmware_gcode.facts import fact
from pi_service.studio.jobs.display import Shown
from pi_service.web.schemas.base import (
    Answer,
    AtMost,
    Body,
    Choice,
    FactSchema,
    Text,
    about,
    always,
    list_of,
    told,
    word,
)
from pi_service.web.schemas.jobs import AT

COMMANDS = ("draw", "pause", "resume", "stop", "new_sheet")
MOST_NAMED = 300
LONGEST_NAME = 40


class HallCatSchema(Answer):
    """A cat of a plotter."""

    edition = fields.Integer(allow_none=True, **about("Its number; null before it has one"))
    class_name = fields.String(**about("What it is"))


class HallPlotterSchema(Answer):
    """A plotter as it was last heard at the broker."""

    name = fields.String(**about("Its name there"))
    online = fields.Boolean(**about("Whether it is there, as the broker says"))
    heard_at = fields.Float(
        allow_none=True, **about(f"When it last said something itself, {AT}; null: not yet")
    )
    silent_at = fields.Float(
        allow_none=True, **about(f"When it fell silent, {AT}; null where nobody saw it")
    )
    needs = fields.Boolean(**about("Whether somebody has to come; “fact”, “problems”: why"))
    nonsense = fields.Boolean(**about("Whether the last it said could not be understood"))
    shown = fields.String(
        **about("As in the state of a plotter; empty before it was told", enum=["", *Shown])
    )
    fact = told("What it shows, as a code; null before it was told", allow_none=True)
    job = fields.Nested(HallCatSchema, allow_none=True, **about("What is on the paper"))
    last = fields.Nested(HallCatSchema, allow_none=True, **about("The last that is done"))
    queue = fields.Integer(**about("Drawings that wait"))
    places_left = fields.Integer(allow_none=True, **about("Free places on its sheet"))
    pen_low = fields.Boolean(**about("Whether a new pen should be at hand"))
    broken_off = fields.Integer(**about("Drawings that somebody must decide on"))
    problems = list_of(FactSchema, "What is wrong with it")
    next_run = fields.String(allow_none=True, **about("When it draws by the clock, ISO 8601"))
    picture = fields.String(
        allow_none=True, **about("Changes with the picture of its last cat; null for none")
    )
    url = fields.String(allow_none=True, **about("Its own page"))


class HallRefusalSchema(Answer):
    """A plotter that does not follow."""

    name = fields.String(**about("Which one"))
    fact = told("Why")


class HallErrandSchema(Answer):
    """What plotters were told to do, and what became of it."""

    id = fields.String(**about("The command's"))
    command = word(COMMANDS, "What they were told")
    at = fields.Float(**about(f"When, {AT}"))
    asked = fields.Integer(**about("How many plotters"))
    done = fields.Integer(**about("How many follow it"))
    waiting = fields.Integer(**about("How many have not answered yet"))
    refused = list_of(HallRefusalSchema, "Who does not follow, the first of them")
    silent = fields.List(fields.String(), **about("Who never answered, the first of them"))
    seconds = fields.Float(
        allow_none=True, **about("How long the last answer took; null before the first")
    )


class HallBrokerSchema(Answer):
    """The broker that all of them talk to."""

    host = fields.String(**about("Its name"))
    port = fields.Integer(**about("Its port"))
    connected = fields.Boolean(**about("Whether it talks to us"))
    fact = told("Why it does not; null if it does", allow_none=True)


class HallSchema(Answer):
    """All plotters of the broker."""

    event = fields.Integer(**about("Number of the live stream's last event"))
    plotters = list_of(HallPlotterSchema, "By name")
    broker = fields.Nested(HallBrokerSchema, **about("The broker"))
    turned_away = fields.Integer(
        **about("Names that say nothing a plotter says, or were too many")
    )
    errands = list_of(HallErrandSchema, "The last commands, the newest first")


class HallCommandSchema(Body):
    """What plotters are to do."""

    command = Choice(COMMANDS, required=True, **about("What; after a stop nothing begins"))
    to = fields.List(
        Text(LONGEST_NAME, fact("must-be-name")),
        load_default=None,
        allow_none=True,
        validate=AtMost(MOST_NAMED),
        error_messages=always(fact("must-be-list", example="north-3")),
        **about("Which plotters; null: all that are there"),
    )
