"""Jobs: asked for, listed, decided on."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from firmware_gcode.facts import CodedError, fact
from pi_service.studio.jobs.job import JobState
from pi_service.studio.jobs.jobs import LARGEST_MM
from pi_service.studio.machine.status import STATES
from pi_service.web.schemas.base import (
    MAX_SEED,
    Answer,
    AtMost,
    Body,
    Choice,
    FactSchema,
    Flag,
    Headers,
    Measure,
    Query,
    Text,
    Whole,
    about,
    following,
    list_of,
    told,
    word,
)

SOURCES = ("page", "cli")
"""Who may ask through the API."""

POINTS = "One list of [x, y] for each stroke, mm from the paper's lower left corner"
MOST_SVG = 8_000_000
"""Characters of an SVG file."""
MOST_FURTHER = 15
"""Files beside the first one of a drawing."""
AT = "seconds since 1970"
MOST_PRINTS = 999
"""Of one edition."""


def strokes() -> fields.List[Any]:
    """The field with the lines of a drawing."""
    return fields.List(fields.List(fields.List(fields.Float())), **about(POINTS))


def source() -> Choice:
    """The field that says who asks."""
    return Choice(SOURCES, load_default="page", **about("Who asks"))


def size() -> Measure:
    """The field for the size of a drawing."""
    return Measure(
        allow_none=True,
        load_default=None,
        **about("The drawing's longer side, mm; null if it is to fill its cell or sheet"),
    )


def _printable(text: str) -> None:
    if any(not "!" <= letter <= "~" for letter in text):
        raise CodedError(
            "field-wrong", field="Idempotency-Key", must=fact("must-be-printable")
        )


class KeyHeaders(Headers):
    """What the asker names a request by."""

    request_key = Text(
        128,
        fact("must-be-printable"),
        check=_printable,
        data_key="Idempotency-Key",
        load_default=None,
        **about(
            "Repeated under the same one, a request is carried out only once",
            pattern="^[!-~]{1,128}$",
        ),
    )


class StoppedHeaders(Headers):
    """Which Stop the asker knows of."""

    seen = Measure(
        0.0,
        1e12,
        inclusive=True,
        data_key="Stopped-At",
        load_default=None,
        **about("“at” of “stopped” in the state, or 0; after a later Stop nothing moves"),
    )


class NewJobSchema(Body):
    """What is to be drawn."""

    class_name = Text(
        64,
        fact("must-be-class"),
        data_key="class",
        load_default="cat",
        **about("One of “classes” in the state", examples=["cat", "owl"]),
    )
    seed = Whole(
        0,
        MAX_SEED,
        allow_none=True,
        load_default=None,
        **about("The same seed, the same drawing; null for a new one"),
    )
    size_mm = size()
    source = source()


def _middle(axis: str) -> Measure:
    text = f"Its middle along {axis}, mm from its room's lower left corner; null: the room's"
    return Measure(
        -LARGEST_MM,
        LARGEST_MM,
        inclusive=True,
        allow_none=True,
        load_default=None,
        **about(text),
    )


def corners(text: str) -> fields.List[Any]:
    """The field of a rectangle on the paper."""
    where = "[x0, y0, x1, y1], mm from the paper's lower left corner"
    return fields.List(fields.Float(), **about(f"{text}: {where}", minItems=4, maxItems=4))


def _file() -> Text:
    return Text(
        MOST_SVG, fact("must-be-svg"), data_key="svg", required=True, **about("The file")
    )


class FurtherFileSchema(Body):
    """A further SVG file of one drawing."""

    text = _file()
    name = Text(64, fact("must-be-name"), required=True, **about("What its pen is called"))


class ArtworkSchema(Body):
    """A file that is to be drawn."""

    kind = Choice(
        ("svg", "gcode"),
        load_default="svg",
        **about("What “svg” holds; of G-code the lines are drawn at the plotter's own speeds"),
    )
    turn = Measure(
        -360.0,
        360.0,
        inclusive=True,
        load_default=0.0,
        **about("Degrees by which it is turned counter-clockwise"),
    )
    x = _middle("x")
    y = _middle("y")

    text = _file()
    more = fields.List(
        fields.Nested(FurtherFileSchema),
        validate=AtMost(MOST_FURTHER),
        load_default=list,
        **about("Further SVG files of the same drawing, in register with it by their pages"),
    )
    name = Text(
        64,
        fact("must-be-name"),
        load_default="drawing",
        **about("What it is called, where others say “cat”"),
    )
    passes = Choice(
        ("layer", "colour"),
        allow_none=True,
        load_default=None,
        **about("What gets a pen of its own: the machine waits for each; null: a file"),
    )
    hatch = Measure(
        0.05,
        100.0,
        inclusive=True,
        allow_none=True,
        load_default=None,
        **about("Distance of the lines that fill areas, mm; null: areas are outlines"),
    )
    occlude = Flag(load_default=False, **about("Whether what areas hide is left out"))
    actual_size = Flag(
        load_default=False,
        **about(
            "Whether an SVG file keeps its own size, instead of “size_mm”, and its place on "
            "its page, whose middle is the room's"
        ),
    )
    whole_sheet = Flag(
        load_default=False,
        **about("Whether it takes a whole sheet; it waits for new paper if this one is begun"),
    )
    size_mm = size()
    source = source()


class AgainSchema(Body):
    """How a drawing is to be drawn again."""

    size_mm = size()
    prints = Whole(
        1,
        MOST_PRINTS,
        allow_none=True,
        load_default=None,
        **about("It is the next print of an edition of so many; null: no print"),
    )
    source = source()


class FinishSchema(Body):
    """From where a drawing is gone on with."""

    from_stroke = Whole(
        0,
        MAX_SEED,
        allow_none=True,
        load_default=None,
        **about(
            "The stroke from which it goes on, counted from 0; null: the first that is not "
            "whole on the paper. Needed for a drawing that is done"
        ),
    )


class FeedSchema(Body):
    """How fast to draw."""

    percent = Whole(10, 200, required=True, **about("Percent of the planned feed"))


class FavouriteSchema(Body):
    """Whether somebody likes it."""

    favourite = Flag(load_default=True, **about("Whether it is marked"))


class PictureQuery(Query):
    """How a picture is to be given."""

    drawn = Flag(load_default=False, **about("Only the strokes that the pen came to"))
    thumbnail = Flag(
        load_default=False, **about("For a small picture: fewer digits, visible lines")
    )
    closeup = Flag(load_default=False, **about("The drawing alone, without the paper around"))
    download = Flag(load_default=False, **about("To be kept as a file, not shown"))
    strokes = Whole(
        0,
        MAX_SEED,
        load_default=None,
        **about("Changes nothing: another address for a picture that has changed"),
    )


class JobSchema(Answer):
    """One request to draw, and what became of it."""

    id = fields.Integer(**about("Number of the job; never reused"))
    state = word(tuple(JobState), "Where it stands")
    source = fields.String(**about("Who asked: button, page, schedule, cli …"))
    class_name = fields.String(**about("What to draw"))
    seed = fields.Integer(**about("The seed of the whole drawing"))
    requested_at = fields.Float(**about(f"When it was asked for, {AT}"))
    started_at = fields.Float(allow_none=True, **about(f"When the pen began, {AT}"))
    ended_at = fields.Float(allow_none=True, **about(f"When it ended or broke off, {AT}"))
    reason = fields.String(
        **about("Why it waits, failed or broke off, in a sentence; empty if all is well")
    )
    reason_fact = told("The same as a code; null if all is well", allow_none=True)
    strokes_total = fields.Integer(**about("Strokes of the toolpath; 0 before it is composed"))
    strokes_drawn = fields.Integer(**about("Strokes that are whole on the paper"))
    strokes_before = fields.Integer(
        **about("How many were, before some are drawn again; else 0")
    )
    seconds_estimated = fields.Float(
        allow_none=True, **about("The motion model's time for the whole, s")
    )
    ink_mm = fields.Float(allow_none=True, **about("Length of the pen's lines, mm"))
    model_hash = fields.String(allow_none=True, **about("Which model drew the sketch"))
    sheet = fields.Integer(allow_none=True, **about("The sheet it is drawn on"))
    cell = fields.Integer(
        allow_none=True,
        **about("Its cell there, from 0, row by row from the top left; 0 if it has all"),
    )
    edition = fields.Integer(
        allow_none=True, **about("The drawing's number, given when the pen first starts")
    )
    priority = fields.Integer(**about("Lower is drawn earlier"))
    program_hash = fields.String(allow_none=True, **about("SHA-256 of the program"))
    caption = fields.String(**about("What is written under it"))
    again_of = fields.Integer(allow_none=True, **about("The job whose drawing it repeats"))
    print_number = fields.Integer(
        allow_none=True, **about("Which print of an edition it is, from 1; null for none")
    )
    print_total = fields.Integer(
        allow_none=True, **about("How many prints that edition has; null likewise")
    )
    size_mm = fields.Float(allow_none=True, **about("Its longer side, mm; null: the room's"))
    whole_sheet = fields.Boolean(**about("Whether it takes all cells of its sheet"))
    ink_drawn_mm = fields.Float(**about("How much of its ink is on the paper, mm"))
    seconds_drawn = fields.Float(**about("How long the machine was at it, s"))
    favourite = fields.Boolean(**about("Whether somebody marked it"))
    deleted = fields.Boolean(**about("Whether somebody deleted it"))
    proposal = fields.String(
        allow_none=True, **about("What a visitor and the machine drew together", optional=True)
    )
    pen_change = fields.Boolean(
        **about("Whether the pen is changed between the two hands", optional=True)
    )


class PassSchema(Answer):
    """A pen of a drawing."""

    first = fields.Integer(**about("The first stroke that it draws"))
    name = fields.String(**about("A layer, a colour, or what a file says"))


class PreviewSchema(Answer):
    """A file as it would be drawn."""

    strokes = strokes()
    pens = list_of(PassSchema, "The pens, in their order; none for one that draws all")
    seconds = fields.Float(**about("The motion model's time, without changes of pens, s"))
    ink_mm = fields.Float(**about("Length of the pen's lines, mm"))
    travel_mm = fields.Float(**about("Length of its ways between them, mm"))
    cell = fields.Integer(**about("The cell that is next, from 0; 0 for a whole sheet"))
    room = corners("What a drawing may have of that")
    box = corners("What this one takes")
    told = fields.String(**about("What was left out or is drawn otherwise; empty: nothing"))
    told_facts = list_of(FactSchema, "The same as codes")


class ArtworkJobSchema(JobSchema):
    """The job that draws an SVG file, and what of the file is not drawn as it is."""

    told = fields.String(**about("What was left out or is drawn otherwise; empty: nothing"))
    told_facts = list_of(FactSchema, "The same as codes")


class JobPageSchema(Answer):
    """Jobs, the newest first."""

    jobs = list_of(JobSchema, "The newest first")
    before = following()


class MachineSchema(Answer):
    """The machine as a person would put it."""

    state = word(STATES, "What it does")
    sentence = fields.String(**about("What it does or lacks, in a sentence"))
    fact = told("The same as a code")
    fault = fields.String(allow_none=True, **about("What is wrong with it, or null"))
    fault_fact = told("The same as a code", allow_none=True)
    feed_percent = fields.Integer(**about("How fast it draws, percent of the planned feed"))
    position = fields.List(
        fields.Float(),
        allow_none=True,
        **about("The pen's place, [x, y] in mm from the paper's lower left corner, or null"),
    )


class ActedSchema(Answer):
    """What the machine does now."""

    machine = fields.Nested(MachineSchema, **about("What the machine does now"))


class StoppedSchema(ActedSchema):
    """What came of a Stop: at the machine, and for the queue."""

    sentence = fields.String(**about("What came of it, in sentences"))
    facts = list_of(FactSchema, "The same as codes: of the machine, of the queue")
