"""The history: what is looked for, statistics, the log."""

from __future__ import annotations

from marshmallow import fields

from firmware_gcode.facts import fact
from pi_service.studio.history.history import MOST_DAYS
from pi_service.studio.jobs.job import JobState
from pi_service.web.schemas.base import (
    MAX_SEED,
    Answer,
    Choice,
    Flag,
    PageQuery,
    Query,
    Text,
    Whole,
    about,
    following,
    list_of,
    told,
)
from pi_service.web.schemas.jobs import AT

DEFAULT_DAYS = 30
"""Days that are counted where the asker does not say how many."""


class HistoryQuery(PageQuery):
    """Which jobs are looked for."""

    number = Whole(
        0,
        MAX_SEED,
        load_default=None,
        **about("An edition number, a seed or a job's number"),
    )
    class_name = Text(
        64, fact("must-be-name"), data_key="class", load_default=None, **about("What is drawn")
    )
    source = Text(
        64,
        fact("must-be-name"),
        load_default=None,
        **about("Who asked: button, page, schedule, cli …"),
    )
    state = Choice(tuple(JobState), load_default=None, **about("Where the job stands"))
    favourite = Flag(load_default=None, **about("Whether somebody marked it"))
    drawn = Flag(load_default=None, **about("Whether the gallery shows it: it left a stroke"))
    day = fields.String(
        load_default=None,
        **about(
            "Begun on this day on the gallery's wall", format="date", examples=["2026-12-24"]
        ),
    )


class StatisticsQuery(Query):
    """What is counted."""

    days = Whole(1, MOST_DAYS, load_default=DEFAULT_DAYS, **about("Days up to and with today"))


class DaySchema(Answer):
    """What became of one day."""

    date = fields.String(**about("The day on the gallery's wall, ISO 8601"))
    asked = fields.Integer(**about("Jobs that were asked for"))
    drawn = fields.Integer(**about("Drawings that were begun on it and are done"))
    visitors = fields.Integer(**about("How many of them visitors had asked for"))
    broken = fields.Integer(**about("Drawings that were begun on it and are not whole"))
    ink_m = fields.Float(**about("Metres of line"))
    hours = fields.Float(**about("Hours that the machine was at it"))
    open_hours = fields.Float(**about("Hours that the gallery was open, by the rules of then"))


class TotalsSchema(Answer):
    """All days together."""

    asked = fields.Integer(**about("Jobs that were asked for"))
    drawn = fields.Integer(**about("Drawings that are done"))
    visitors = fields.Integer(**about("How many of them visitors had asked for"))
    broken = fields.Integer(**about("Drawings that broke off"))
    ink_m = fields.Float(**about("Metres of line of both"))
    hours = fields.Float(**about("Hours that the machine was at both"))
    first_at = fields.Float(allow_none=True, **about(f"When the first was begun, {AT}"))


class KindSchema(Answer):
    """How often something was drawn."""

    class_name = fields.String(**about("What"))
    drawn = fields.Integer(**about("Drawings that are done"))


class StatisticsSchema(Answer):
    """What was drawn, by the day and in all."""

    days = list_of(DaySchema, "The newest first")
    kinds = list_of(KindSchema, "What was drawn in these days, the most frequent first")
    totals = fields.Nested(TotalsSchema, **about("All days together"))


class LogEntrySchema(Answer):
    """Something that happened."""

    id = fields.Integer(**about("Number of the entry"))
    at = fields.Float(**about(f"When it was, {AT}"))
    kind = fields.String(**about("The kind of event"))
    text = fields.String(**about("A sentence"))
    fact = told("The same as a code")


class LogSchema(Answer):
    """What happened, the newest first."""

    entries = list_of(LogEntrySchema, "The newest first")
    before = following()
