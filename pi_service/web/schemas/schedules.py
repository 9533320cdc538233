"""What is drawn by the clock."""

from __future__ import annotations

from marshmallow import fields

from firmware_gcode.facts import fact
from pi_service.studio.calendar.rules import Rule
from pi_service.web.schemas.base import (
    DEFAULT_PAGE,
    MAX_PAGE,
    Answer,
    Body,
    Query,
    Text,
    Whole,
    about,
    list_of,
    told,
)
from pi_service.web.schemas.jobs import AT

DEFAULT_CATCH_UP = 10
"""Minutes within which a missed run is made up for, where nobody says otherwise."""

DAY_MINUTES = 1440


class NewScheduleSchema(Body):
    """A rule to be followed."""

    rule = Text(
        500,
        fact("must-be-rule"),
        check=Rule.parse,
        required=True,
        **about(
            "When it draws",
            examples=["every 20 minutes", "daily at 14:00, 16:30", "on sat, sun at 11:00"],
        ),
    )
    class_name = Text(
        64,
        fact("must-be-class"),
        data_key="class",
        allow_none=True,
        load_default=None,
        **about("What to draw; null for what is usual"),
    )
    catch_up_minutes = Whole(
        0,
        DAY_MINUTES,
        load_default=DEFAULT_CATCH_UP,
        **about("A run that was missed is made up for within this time"),
    )


class ScheduleSchema(Answer):
    """A rule that is followed."""

    id = fields.Integer(**about("Its number"))
    rule = fields.String(**about("As a person wrote it"))
    rule_fact = told("What it means, as a code")
    class_name = fields.String(allow_none=True, **about("What to draw; null: what is usual"))
    enabled = fields.Boolean(**about("Whether it is followed"))
    catch_up_minutes = fields.Integer(
        **about("A run that was missed is made up for within this time")
    )
    created_at = fields.Float(**about(f"Followed since then, {AT}"))
    next_runs = fields.List(
        fields.String(),
        **about("The next five runs, local times with their offset, ISO 8601"),
    )


class SchedulesSchema(Answer):
    """All rules."""

    schedules = list_of(ScheduleSchema, "The oldest first")


class RunSchema(Answer):
    """A run that was due."""

    schedule_id = fields.Integer(**about("Whose it was"))
    scheduled_for = fields.String(**about("Local time with its offset, ISO 8601"))
    due_at = fields.Float(**about(f"The same instant, {AT}"))
    fired_at = fields.Float(**about(f"When it was seen to, {AT}"))
    job = fields.Integer(allow_none=True, **about("The job that was asked for"))
    outcome = fields.String(**about("“asked”, or a sentence that says why not"))
    outcome_fact = told("Why not, as a code; null if it was asked for", allow_none=True)


class RunsQuery(Query):
    """How many runs."""

    limit = Whole(1, MAX_PAGE, load_default=DEFAULT_PAGE, **about("How many entries at most"))


class RunsSchema(Answer):
    """What came of the newest runs."""

    runs = list_of(RunSchema, "The newest first")
