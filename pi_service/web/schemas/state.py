"""Everything that a page shows at once, and the events that change it."""

from __future__ import annotations

from marshmallow import fields

from pi_service.studio.jobs.display import Shown
from pi_service.web.schemas.approvals import ApprovalCountSchema
from pi_service.web.schemas.base import (
    Answer,
    Body,
    DoneSchema,
    FactSchema,
    Flag,
    Headers,
    Measure,
    Query,
    Whole,
    about,
    list_of,
    told,
    word,
)
from pi_service.web.schemas.jobs import AT, JobSchema, MachineSchema, strokes
from pi_service.web.schemas.service import WorkshopSchema

MAX_CELLS = 99
"""The most columns or rows of a sheet."""

MAX_EVENT = 10**18 - 1
"""The largest number of an event."""


class NewSheetSchema(Body):
    """The paper that a person has put on the bed; what is not said is as in the settings."""

    columns = Whole(1, MAX_CELLS, **about("Cells from left to right"))
    rows = Whole(1, MAX_CELLS, **about("Cells from top to bottom"))
    caption = Flag(**about("Whether number and date are written under each drawing"))


class SheetSchema(Answer):
    """The sheet of paper on the bed."""

    id = fields.Integer(**about("Number of the sheet"))
    columns = fields.Integer(**about("Cells from left to right"))
    rows = fields.Integer(**about("Cells from top to bottom"))
    used = fields.Integer(**about("Cells that are taken"))
    free = fields.Integer(**about("Cells that are left"))
    caption = fields.Boolean(**about("Whether number and date are written under drawings"))


class PenSchema(Answer):
    """The pen in the holder."""

    id = fields.Integer(**about("Number of the pen; 0 before the first"))
    put_in_at = fields.Float(**about(f"When it was put in, {AT}"))
    used_m = fields.Float(**about("Metres of line that it has drawn"))
    limit_m = fields.Float(
        allow_none=True, **about("Metres that its ink is good for; null if nobody knows")
    )
    left_m = fields.Float(allow_none=True, **about("Metres that are left; null likewise"))
    low = fields.Boolean(**about("Whether a new one should be at hand"))


class NewPenSchema(Body):
    """A new pen."""

    metres = Measure(
        allow_none=True,
        load_default=None,
        **about("How far its ink goes, metres of line; null as in the settings"),
    )


class PaperSchema(Answer):
    """The paper that is used."""

    width = fields.Float(**about("mm"))
    height = fields.Float(**about("mm"))
    margin = fields.Float(**about("What stays free at each side, mm"))


class ProgressSchema(Answer):
    """Where the pen is on the drawing, by executed motion."""

    job = fields.Integer(**about("The job that is drawn"))
    stroke = fields.Integer(**about("The stroke that is drawn, from 0"))
    length_mm = fields.Float(**about("How much of that stroke is drawn, mm"))
    x = fields.Float(**about("mm from the paper's left"))
    y = fields.Float(**about("mm from the paper's lower edge"))
    pen_down = fields.Boolean(**about("Whether the pen is on the paper"))


class NoticeSchema(Answer):
    """Something of interest for a while."""

    at = fields.Float(**about(f"When it was said, {AT}"))
    text = fields.String(**about("A sentence"))
    fact = told("The same as a code")


class JobOnPaperSchema(JobSchema):
    """The job on the paper, with its lines."""

    strokes = strokes()


class ShownSchema(Answer):
    """What light, page, kiosk and MQTT show."""

    state = word(tuple(Shown), "The studio in one word")
    sentence = fields.String(**about("What goes on or is missing, in a sentence"))
    fact = told("The same as a code")


class StopSchema(Answer):
    """A person's Stop: nothing begins until the staff let it go on."""

    at = fields.Float(**about(f"When, {AT}"))
    sentence = fields.String(**about("Who stopped, in a sentence"))
    fact = told("The same as a code")


def stop() -> fields.Nested:
    """The field with the Stop that holds."""
    return fields.Nested(StopSchema, allow_none=True, **about("The Stop that holds, or null"))


class StopEventSchema(Answer):
    """A person has stopped the plotter, or let it go on."""

    stopped = stop()
    fact = told("Who did it, as a code")


class CameraOnSchema(Answer):
    """The camera beside the plotter, as everybody knows it."""

    on = fields.Boolean(**about("Whether the staff switched it on"))


class StateSchema(Answer):
    """Everything that a page shows at once."""

    event = fields.Integer(**about("The number of the event to go on from"))
    now = fields.Float(**about(f"The service's clock, {AT}"))
    zone = fields.String(**about("The gallery's time zone, such as Europe/Berlin"))
    page = fields.String(**about("Which version of the page the service has"))
    shown = fields.Nested(ShownSchema, **about("What everybody shows"))
    stopped = stop()
    machine = fields.Nested(MachineSchema, **about("What the machine does"))
    job = fields.Nested(JobOnPaperSchema, allow_none=True, **about("What is being drawn"))
    progress = fields.Nested(ProgressSchema, allow_none=True, **about("Where the pen is"))
    approvals = fields.Integer(**about("Visitors' drawings that wait for the staff's yes"))
    queue = list_of(JobSchema, "The next 50 jobs to come, the first one first")
    queue_length = fields.Integer(**about("How many are to come in all"))
    interrupted = list_of(JobSchema, "Drawings that broke off: a person decides")
    sheet = fields.Nested(SheetSchema, allow_none=True, **about("The sheet on the bed"))
    sheet_full_at = fields.Float(allow_none=True, **about(f"When it will be full, {AT}"))
    pen = fields.Nested(PenSchema, **about("The pen in the holder"))
    paper = fields.Nested(PaperSchema, **about("The paper that is used"))
    pen_width = fields.Float(**about("Of the pen's lines, mm"))
    camera = fields.Nested(
        CameraOnSchema, allow_none=True, **about("The camera; null where there is none")
    )
    classes = fields.List(fields.String(), **about("What can be drawn"))
    default_class = fields.String(**about("What is drawn where nobody says"))
    problems = fields.List(
        fields.String(), **about("What keeps it from drawing, in sentences, the oldest first")
    )
    problem_facts = list_of(FactSchema, "The same as codes")
    notices = list_of(NoticeSchema, "What was said within the last hour, the oldest first")


class EventsHeaders(Headers):
    """Where a listener was when its stream broke off."""

    last_seen = Whole(
        0,
        MAX_EVENT,
        data_key="Last-Event-ID",
        load_default=None,
        **about("The last event that the listener knows; without it the state comes first"),
    )


class EventsQuery(Query):
    """The same for those who cannot set a header."""

    after = Whole(0, MAX_EVENT, load_default=None, **about("As the header Last-Event-ID"))


class DrawingSchema(Answer):
    """The pen starts on a drawing."""

    job = fields.Integer(**about("The job that is drawn"))
    strokes = strokes()
    seconds = fields.Float(allow_none=True, **about("How long it takes"))
    first_stroke = fields.Integer(**about("Where it is gone on from, if it broke off"))


class ProblemsSchema(Answer):
    """What is wrong now."""

    problems = fields.List(fields.String(), **about("All sentences that hold now"))
    problem_facts = list_of(FactSchema, "The same as codes")


class DeletedSchema(Answer):
    """A job is gone."""

    job = fields.Integer(**about("Its number"))


EVENTS: dict[str, type[Answer]] = {
    "state": StateSchema,
    "job": JobSchema,
    "shown": ShownSchema,
    "stopped": StopEventSchema,
    "drawing": DrawingSchema,
    "progress": ProgressSchema,
    "machine": MachineSchema,
    "sheet": SheetSchema,
    "pen": PenSchema,
    "problem": ProblemsSchema,
    "notice": NoticeSchema,
    "approvals": ApprovalCountSchema,
    "deleted": DeletedSchema,
    "camera": CameraOnSchema,
    "workshop": WorkshopSchema,
    "heartbeat": DoneSchema,
}
"""What each kind of event of the live stream tells."""
