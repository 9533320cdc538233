"""Ask me first: what waits for the staff's yes, the rules about it, what a visitor is told."""

from __future__ import annotations

from marshmallow import fields

from firmware_gcode.facts import fact
from pi_service.studio.proposals.approval_rules import LONGEST_MINUTES, MOST_WAITING
from pi_service.studio.proposals.approvals import Answer as Stands
from pi_service.web.schemas.base import (
    Answer,
    AtMost,
    Body,
    Flag,
    Measure,
    Text,
    Whole,
    about,
    list_of,
    told,
    word,
)
from pi_service.web.schemas.jobs import AT, JobSchema

MOST_STROKES = 1000
MOST_KINDS = 400


class AskedSchema(Answer):
    """How it stands with a drawing that the staff are asked about."""

    ticket = fields.String(**about("Only its visitor knows it: /proposals/asked/{ticket}"))
    state = word(tuple(Stands), "Whether it waits, is approved or refused")
    sentence = fields.String(**about("The same in a sentence, for the visitor"))
    fact = told("The same as a code")
    job = fields.Nested(JobSchema, allow_none=True, **about("What became of it, or null"))


class WaitingSchema(Answer):
    """A visitor's drawing that waits for the staff."""

    id = fields.Integer(**about("Its number"))
    asked_at = fields.Float(**about(f"Since when, {AT}"))
    until = fields.Float(**about(f"When it is refused by itself, {AT}"))
    class_name = fields.String(**about("What is drawn"))
    strokes = fields.Integer(**about("Of both hands"))
    ink_mm = fields.Float(**about("Millimetres of line"))
    seconds = fields.Float(**about("That the pen is down"))
    pen_change = fields.Boolean(**about("Whether it asks for another pen on its way"))


def _kinds(text: str) -> fields.List[str]:
    name = Text(64, fact("must-be-name"))
    return fields.List(name, validate=AtMost(MOST_KINDS), **about(text))


class NewApprovalRulesSchema(Body):
    """What is to be changed about the rules; what is left out stays."""

    on = Flag(**about("Whether the staff are asked first"))
    minutes = Measure(0, LONGEST_MINUTES, **about("So long a drawing waits"))
    most = Whole(1, MOST_WAITING, **about("Drawings that wait at a time"))
    allowed = _kinds("Kinds that may be asked for; empty for all")
    barred = _kinds("Kinds that may not")
    most_mm = Measure(allow_none=True, **about("Millimetres of line; null for any"))
    most_seconds = Measure(allow_none=True, **about("Seconds of pen down; null for any"))
    most_strokes = Whole(1, MOST_STROKES, allow_none=True, **about("Strokes; null for any"))


class ApprovalRulesSchema(Answer):
    """Whether the staff are asked first, and what is not even asked about."""

    on = fields.Boolean(**about("Whether the staff are asked first"))
    minutes = fields.Float(**about("So long a drawing waits; then it is refused by itself"))
    most = fields.Integer(**about("Drawings that wait at a time"))
    allowed = fields.List(
        fields.String(), **about("Kinds that may be asked for; empty for all")
    )
    barred = fields.List(fields.String(), **about("Kinds that may not"))
    most_mm = fields.Float(allow_none=True, **about("Millimetres of line that one may have"))
    most_seconds = fields.Float(allow_none=True, **about("Seconds that the pen may be down"))
    most_strokes = fields.Integer(allow_none=True, **about("Strokes that one may have"))


class ApprovalsSchema(Answer):
    """What waits for the staff, and by what rules."""

    rules = fields.Nested(ApprovalRulesSchema, **about("What holds now"))
    waiting = list_of(WaitingSchema, "The oldest first")
    approved = fields.Integer(**about("How many were approved so far"))
    refused = fields.Integer(**about("How many were refused; nothing else is kept of them"))


class ApprovalCountSchema(Answer):
    """How many drawings wait for the staff."""

    approvals = fields.Integer(**about("How many"))
