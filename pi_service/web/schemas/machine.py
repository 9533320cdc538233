"""The machine in a maker's hands: moved, tried, set up."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from firmware_gcode.facts import fact
from pi_service.studio.workshop.workshop import (
    FATES,
    LONGEST_RISE,
    LONGEST_WAY,
    PLACES,
    STEPS,
    TOWARD,
)
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
    always,
    list_of,
    told,
    word,
)
from pi_service.web.schemas.jobs import AT, MachineSchema, corners
from pi_service.web.schemas.service import WorkshopSchema
from pi_service.web.schemas.state import PaperSchema

MOST_KEYS = 100
LARGEST = 100_000.0


def _way(axis: str, most: float) -> Measure:
    return Measure(-most, most, inclusive=True, load_default=0.0, **about(f"Along {axis}, mm"))


def _point(text: str) -> fields.List[Any]:
    each = Measure(-LARGEST, LARGEST, inclusive=True, **about("mm"))
    must = fact("must-be-point")
    return fields.List(
        each, error_messages=always(must), **about(text, minItems=2, maxItems=2)
    )


def _triple(text: str) -> fields.List[Any]:
    return fields.List(
        fields.Float(), allow_none=True, **about(f"{text}, mm; null if unknown")
    )


def _at(text: str) -> fields.Float:
    return fields.Float(allow_none=True, **about(f"{text}: when, {AT}; null for never"))


class JogSchema(Body):
    """How far the pen is to be moved."""

    dx = _way("x", LONGEST_WAY)
    dy = _way("y", LONGEST_WAY)
    dz = _way("z", LONGEST_RISE)


class StopsHeaders(Headers):
    """What the asker knows of the machine."""

    stops = Whole(
        0,
        MAX_SEED,
        data_key="Stops-Seen",
        load_default=None,
        **about("“stops” of the machine as the asker knows it; after another nothing moves"),
    )


class GoSchema(Body):
    """Where the lifted pen is to go."""

    place = Choice(PLACES, required=True, **about("A place on the paper, or where it waits"))


def _place(axis: str) -> Measure:
    where = f"Along {axis} from the paper's lower left corner, mm"
    return Measure(-LARGEST, LARGEST, inclusive=True, required=True, **about(where))


class PointSchema(Body):
    """Where on the bed the lifted pen is to go."""

    x = _place("x")
    y = _place("y")


class NewHoldSchema(Body):
    """How the lifted pen is to move while it is held."""

    toward = Choice(tuple(TOWARD), required=True, **about("Which way, seen from the front"))
    percent = Whole(1, 100, load_default=100, **about("Of the highest speed for this"))


class HoldSchema(Answer):
    """A move that is held."""

    hold = fields.Integer(**about("Its number"))
    held = fields.Boolean(**about("Whether it goes on"))
    work = _triple("Where the pen is, in work coordinates")


class PenDownSchema(Body):
    """Where the pen is to be."""

    down = Flag(required=True, **about("Whether it is lowered onto the paper"))


class PenTrialSchema(Body):
    """Values of the pen to be tried, by the keys of the profile's pen."""

    values = fields.Dict(
        keys=Text(40, fact("must-be-pen-value")),
        values=Measure(-LARGEST, LARGEST, inclusive=True),
        load_default=dict,
        error_messages=always(fact("must-be-pen-values")),
        **about("Heights in mm above the paper, or S values; feeds in mm/min; times in s"),
    )
    show = Choice(
        ("up", "down", "dot"),
        allow_none=True,
        load_default=None,
        **about("Lift the pen, lower it, or make a dot; null moves nothing"),
    )


class LineSchema(Body):
    """A line for GRBL."""

    line = Text(
        200,
        fact("must-be-line"),
        required=True,
        **about("A question, a setting, or a straight move"),
    )


class ConsoleQuery(Query):
    """Which lines are listed."""

    after = Whole(0, MAX_SEED, load_default=0, **about("Only lines with a larger number"))


class SettingKeysSchema(Body):
    """Which settings."""

    keys = fields.List(
        Text(8, fact("must-be-setting")),
        allow_none=True,
        load_default=None,
        error_messages=always(fact("must-be-settings")),
        validate=AtMost(MOST_KEYS),
        **about("Their names; null for all that differ"),
    )


class RestoreSchema(Body):
    """How a backup is brought back."""

    from_another = Flag(
        load_default=False, **about("Even if it is another machine's or version's")
    )


class ProfileChangeSchema(Body):
    """What of the profile is to be other than it is."""

    draw_feed = Measure(1.0, 60_000.0, inclusive=True, **about("Speed of drawing, mm/min"))
    travel_feed = Measure(
        1.0, 60_000.0, inclusive=True, **about("Speed with the pen up, mm/min")
    )
    paper_origin = _point("The paper's lower left corner, from that of the travel")
    park = _point("Where the pen waits, from the paper's corner")


class StepSchema(Body):
    """Which step of the calibration is begun."""

    step = Choice(STEPS, required=True, **about("Its name"))


class AnswerSchema(Body):
    """An answer to the calibration's question."""

    answer = Text(
        40,
        fact("must-be-answer"),
        shortest=0,
        required=True,
        **about("As in a terminal; empty for what the question proposes"),
    )


# What is answered


class DetailsSchema(Answer):
    """The controller as it reports itself."""

    port = fields.String(**about("What its port is called"))
    grbl = fields.String(**about("GRBL's own word for its state, such as “Idle”"))
    work = _triple("Position from the paper's corner, as the machine counts")
    machine = _triple("Position in machine coordinates")
    feed = fields.Float(allow_none=True, **about("Speed now, mm/min"))
    pins = fields.String(**about("Letters of the inputs that are active"))
    version = fields.String(**about("The firmware's version"))
    label = fields.String(**about("The text that is stored in the board"))
    options = fields.String(**about("The letters of the build's options"))
    buffer = fields.Integer(**about("Bytes of its receive buffer"))
    referenced = fields.Boolean(**about("Whether the position is known"))
    pen_may_be_down = fields.Boolean(**about("Whether the pen could be on the paper"))
    moving = fields.Boolean(**about("Whether something is being done with it"))


class ChoiceSchema(Answer):
    """A value of the profile that may be changed while the service runs."""

    key = fields.String(**about("Its name in the profile"))
    title = fields.String(**about("What it is"))
    title_fact = told("The same as a code")
    unit = fields.String(**about("Its unit"))
    low = fields.Float(**about("The smallest value"))
    high = fields.Float(**about("The largest value"))
    value = fields.Raw(**about("A number, or [x, y]"))


class OwnProfileSchema(Answer):
    """The machine's profile."""

    name = fields.String(**about("Its name"))
    description = fields.String(**about("What machine it is for"))
    homing = fields.Boolean(**about("Whether the machine finds its position by itself"))
    home_at_start = fields.Boolean(**about("Whether it does when the service starts"))
    width = fields.Float(**about("Travel in x, mm"))
    height = fields.Float(**about("Travel in y, mm"))
    baud = fields.Integer(**about("Speed of the port"))
    file = fields.String(**about("The file that changes are written to"))
    source = fields.String(**about("The file that the owner named"))
    copied = fields.Boolean(**about("Whether the service goes by a copy of its own"))
    said = fields.String(**about("What the owner should know about the files, or empty"))
    said_fact = told("The same as a code", allow_none=True)
    choices = list_of(ChoiceSchema, "What may be changed while the service runs")


class PenFieldSchema(Answer):
    """A value of the pen."""

    key = fields.String(**about("Its name in the profile"))
    title = fields.String(**about("What it is"))
    title_fact = told("The same as a code")
    unit = fields.String(**about("Its unit; S for a servo's value"))
    low = fields.Float(**about("The smallest value"))
    high = fields.Float(**about("The largest value"))
    whole = fields.Boolean(**about("Whether it is a whole number"))
    value = fields.Float(allow_none=True, **about("As it is tried"))
    kept = fields.Float(allow_none=True, **about("As the profile has it"))


class PenRoomSchema(Answer):
    """The pen's values."""

    kind = word(("z", "servo"), "How it is lifted")
    fields_ = fields.List(
        fields.Nested(PenFieldSchema), data_key="fields", **about("All its values")
    )
    pending = fields.Boolean(**about("Whether something is tried that is not kept"))
    at = word(("", "up", "down"), "Where it was sent last; empty before that")


class NamedStepSchema(Answer):
    """A step of the calibration."""

    name = fields.String(**about("Its name"))
    title = fields.String(**about("What it finds out"))
    title_fact = told("The same as a code")


class PromptSchema(Answer):
    """A question of the calibration."""

    kind = word(("confirm", "number", "choice", "nudge"), "What answers it")
    text = fields.String(**about("The question"))
    fact = told("The same as a code")
    choices = fields.List(
        fields.String(), **about("What can be chosen, or the axes that can be nudged")
    )
    unit = fields.String(**about("Unit of the number"))
    low = fields.Float(allow_none=True, **about("The smallest number that can be meant"))
    high = fields.Float(allow_none=True, **about("The largest"))
    default = fields.String(allow_none=True, **about("What an empty answer stands for"))


class CalibrationSchema(Answer):
    """The calibration as it stands."""

    steps = list_of(NamedStepSchema, "All steps, in the order in which they are taken")
    step = fields.String(allow_none=True, **about("The one taken last"))
    open = fields.Boolean(**about("Whether it goes on"))
    prompt = fields.Nested(PromptSchema, allow_none=True, **about("The question now"))
    problem = fields.String(**about("Why the last answer was none"))
    problem_fact = told("The same as a code; null for none", allow_none=True)
    result = fields.String(**about("What came of it"))
    result_fact = told("The same as a code; null for none", allow_none=True)
    failed = fields.Boolean(**about("Whether something did not work"))
    drawn = fields.List(
        fields.Integer(), allow_none=True, **about("Strokes that are drawn, of how many")
    )


class StepDoneSchema(Answer):
    """What became of a value that was to be written."""

    name = fields.String(**about("Such as “$110”"))
    before = fields.Raw(allow_none=True, **about("What the machine had"))
    wanted = fields.Raw(**about("What it was to have"))
    fate = word(FATES, "What became of it")
    note = fields.String(**about("Why it was refused, or empty"))


class WrittenSchema(Answer):
    """What was written into the machine and what was not."""

    complete = fields.Boolean(**about("Whether every value is there, read back"))
    text = fields.String(**about("What happened, for people"))
    facts = list_of(FactSchema, "The same as codes")
    place_lost = fields.Boolean(**about("Whether the position is unknown because of it"))
    backup = fields.String(**about("The backup that was made before, or empty"))
    steps = list_of(StepDoneSchema, "In the order of writing")
    left = fields.List(
        fields.String(), **about("What cannot be brought back: sentences", optional=True)
    )
    left_facts = fields.List(
        fields.Nested(FactSchema), **about("The same as codes", optional=True)
    )


class MakersMachineSchema(MachineSchema, WorkshopSchema):
    """Everything about the machine that a maker wants to see at once."""

    details = fields.Nested(DetailsSchema, **about("The controller"))
    profile = fields.Nested(OwnProfileSchema, **about("The machine's profile"))
    paper = fields.Nested(PaperSchema, **about("The paper on the bed"))
    pen = fields.Nested(PenRoomSchema, **about("The pen's values"))
    calibration = fields.Nested(CalibrationSchema, **about("The calibration"))
    written = fields.Nested(
        WrittenSchema, allow_none=True, **about("What came of writing last")
    )
    stops = fields.Integer(**about("How often it was told to stop"))


class BedSchema(Answer):
    """What lies where on the bed."""

    reach = corners("Where the pen can go")
    park = fields.List(fields.Float(), **about("Where it waits: [x, y], mm"))
    cells = fields.List(corners("A cell"), **about("Those of the sheet, row by row"))


class MachineSetUpSchema(Answer):
    """What was done to set the machine up."""

    place = _at("The pen's place was found out, and is known")
    paper = _at("The sheet was put on the bed")
    pen = _at("The pen was put into the holder")
    profile = _at("The profile was changed, by a calibration too")
    settings = _at("Settings were written into the machine from here")
    backup = _at("What the machine has stored was kept")


class ConsoleEntrySchema(Answer):
    """A line that was sent to GRBL."""

    id = fields.Integer(**about("Its number"))
    at = fields.Float(**about(f"When, {AT}"))
    line = fields.String(**about("As it was sent"))
    answers = fields.List(fields.String(), **about("What GRBL said to it"))
    state = word(("sent", "ok", "refused"), "“sent” until it is answered")
    note = fields.String(**about("What the answer means, or why there is none"))
    note_fact = told("The same as a code; null for none", allow_none=True)


class ConsoleEntriesSchema(Answer):
    """Lines that were sent to GRBL."""

    entries = list_of(ConsoleEntrySchema, "The oldest first")


class FirmwareSchema(Answer):
    """What `$I` says."""

    version = fields.String(**about("The firmware's version"))
    label = fields.String(**about("The text that is stored in the board"))
    options = fields.String(**about("The letters of the build's options"))
    buffer = fields.Integer(**about("Bytes of its receive buffer"))


class SettingSchema(Answer):
    """One of the machine's settings."""

    key = fields.String(**about("Such as “$110”"))
    meaning = fields.String(**about("What it is"))
    meaning_fact = told("The same as a code")
    unit = fields.String(**about("Its unit"))
    machine = fields.Float(allow_none=True, **about("What the machine has; null for none"))
    profile = fields.Float(allow_none=True, **about("What the profile says; null: nothing"))
    differs = fields.Boolean(**about("Whether they differ"))


class CheckupSchema(Answer):
    """The profile against what the machine has stored."""

    firmware = fields.Nested(FirmwareSchema, **about("What it is"))
    settings = list_of(SettingSchema, "All of “$$”, and what the profile says")
    warnings = fields.List(
        fields.String(), **about("What would go wrong all the same, in sentences")
    )
    warning_facts = list_of(FactSchema, "The same as codes")
    offsets = fields.Dict(
        values=fields.List(fields.Float()), **about("Stored positions by name, mm")
    )
    startup = fields.Dict(values=fields.String(), **about("Start-up lines by name"))


class SaidSchema(Answer):
    """What was done."""

    text = fields.String(**about("In a sentence"))
    fact = told("The same as a code")


class MachineBackupSchema(Answer):
    """A backup of what a machine has stored."""

    name = fields.String(**about("Its name"))
    at = fields.Float(**about(f"When it was made, {AT}"))
    bytes = fields.Integer(**about("Its size"))


class MachineBackupsSchema(Answer):
    """All backups of machines."""

    backups = list_of(MachineBackupSchema, "The newest first")


class NameSchema(Answer):
    """A backup that was made."""

    name = fields.String(**about("Its name"))
