"""Drawing with the machine: what a visitor began, what is proposed, what is picked."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from firmware_gcode.facts import fact
from pi_service.studio.proposals.beginning import (
    LARGEST_FRAME,
    MOST_POINTS,
    MOST_STROKES,
    SMALLEST_FRAME,
)
from pi_service.studio.proposals.proposals import MOST_PROPOSALS, PROPOSALS
from pi_service.web.schemas.base import (
    MAX_SEED,
    Answer,
    Body,
    Flag,
    Measure,
    Text,
    Whole,
    about,
    always,
    told,
)

LARGEST_SEED = MAX_SEED - 2 * MOST_PROPOSALS
"""Of a first proposal: the next ones have the seeds that follow."""


class Strokes(fields.List[Any]):
    """Strokes as lists of ``[x, y]``; what they hold is looked at more closely by the studio.

    Thousands of numbers are looked at one by one here, so that takes as little as it can.
    """

    def __init__(self, text: str) -> None:
        point = fields.List(fields.Float(), **about("[x, y]", minItems=2, maxItems=2))
        stroke = fields.List(point, **about("The points of a stroke", minItems=1))
        super().__init__(
            stroke,
            required=True,
            error_messages=always(fact("must-be-strokes")),
            **about(text, minItems=1, maxItems=MOST_STROKES),
        )

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> list[Any]:
        if not isinstance(value, list) or not all(map(_is_stroke, value)):
            raise self.make_error("invalid")
        return value


def _is_stroke(stroke: object) -> bool:
    return isinstance(stroke, list) and bool(stroke) and all(map(_is_point, stroke))


def _is_point(point: object) -> bool:
    return isinstance(point, list) and len(point) == 2 and all(map(_is_number, point))


def _is_number(value: object) -> bool:
    return type(value) in (int, float) and -1e9 < value < 1e9  # type: ignore[operator] # it is one


class FrameSchema(Body):
    """What was drawn on, in any unit: it stands for the room on paper."""

    width = Measure(
        SMALLEST_FRAME,
        LARGEST_FRAME,
        inclusive=True,
        required=True,
        **about("From 0, at left"),
    )
    height = Measure(
        SMALLEST_FRAME, LARGEST_FRAME, inclusive=True, required=True, **about("From 0, at top")
    )


class WishSchema(Body):
    """What a visitor has drawn, and what it is to become."""

    class_name = Text(
        64,
        fact("must-be-class"),
        data_key="class",
        required=True,
        **about("One of “offered” in the classes"),
    )
    strokes = Strokes(
        f"In the order of drawing, in the frame's unit, y down; {MOST_POINTS} points at most"
    )
    frame = fields.Nested(FrameSchema, required=True, **about("What they were drawn on"))


class NewProposalsSchema(WishSchema):
    """What the machine is to draw on from."""

    seed = Whole(
        0,
        LARGEST_SEED,
        allow_none=True,
        load_default=None,
        **about("Of the first proposal; null for any. The next have those that follow"),
    )
    count = Whole(1, MOST_PROPOSALS, load_default=PROPOSALS, **about("How many at most"))
    visitor = Text(
        64,
        fact("must-be-visitor"),
        load_default="",
        **about("Names the visitor: what was asked for under this name before is let go"),
    )


class PickSchema(WishSchema):
    """Which proposal is to be drawn; with what it was made of, it can be made again."""

    seed = Whole(0, MAX_SEED, required=True, **about("The proposal's"))
    proposal = Text(64, fact("must-be-proposal"), required=True, **about("Its “id”"))
    pen_change = Flag(
        load_default=False,
        **about("Whether the machine waits for another pen before its own strokes"),
    )


class PlaceSchema(Answer):
    """Where a drawing stands: a point goes to ``point * scale + (x, y)``."""

    scale = fields.Float(**about("1 as it was drawn; other if the machine's lines lead out"))
    x = fields.Float(**about("In the frame's unit"))
    y = fields.Float(**about("In the frame's unit"))


class ProposalSchema(Answer):
    """How the machine would draw on."""

    id = fields.String(**about("Names it"))
    seed = fields.Integer(**about("With the same strokes, the same proposal"))
    own = fields.List(
        fields.List(fields.List(fields.Float())),
        **about(
            "The visitor's strokes as the pen will draw them, in the frame's unit, y down"
        ),
    )
    strokes = fields.List(
        fields.List(fields.List(fields.Float())),
        **about("The machine's strokes alone, likewise"),
    )
    place = fields.Nested(PlaceSchema, **about("Where the whole will stand on paper"))


class RoomSchema(Answer):
    """What the next drawing may have of the paper."""

    width = fields.Float(**about("mm"))
    height = fields.Float(**about("mm"))


class ProposalRulesSchema(Answer):
    """Whether visitors can draw with the machine, and on what."""

    problem = fields.String(allow_none=True, **about("Why they cannot, or null"))
    problem_fact = told("The same as a code", allow_none=True)
    room = fields.Nested(RoomSchema, allow_none=True, **about("On the next cell, or null"))
    most_strokes = fields.Integer(**about("That a visitor may begin with"))
    most_points = fields.Integer(**about("Of all strokes together"))


class ClassesSchema(Answer):
    """What may be asked for."""

    default = fields.String(**about("What is drawn if nobody says otherwise"))
    offered = fields.List(
        fields.String(), **about("What the asker may have, the default first")
    )
    rule = fields.Raw(
        **about(
            "What the staff offer visitors: “default” alone, “animals”, “all”, or a list",
            oneOf=[{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
        )
    )


class NewClassesSchema(Body):
    """What visitors are offered."""

    rule = fields.Raw(
        required=True,
        **about(
            "“default” alone, “animals”, “all”, or a list of names",
            oneOf=[{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
        ),
    )
