"""What is printed: which drawings, on which paper."""

from __future__ import annotations

from firmware_gcode.facts import LANGUAGES, fact
from pi_service.studio.prints.pdf import Format
from pi_service.studio.prints.sheets import STOCKS
from pi_service.web.schemas.base import MAX_SEED, Choice, Query, Text, Whole, about


class ChosenQuery(Query):
    """Which drawings: of a day, of a sheet, or one; of today if nobody says."""

    day = Text(
        10,
        fact("must-be-date"),
        load_default=None,
        **about("Begun on that day of the gallery", examples=["2026-12-24"]),
    )
    sheet = Whole(0, MAX_SEED, load_default=None, **about("On that sheet"))
    job = Whole(0, MAX_SEED, load_default=None, **about("Of that job alone"))


class ContactQuery(ChosenQuery):
    """A contact sheet."""

    paper = Choice(
        tuple(Format), load_default=str(Format.A4), **about("What it is printed on")
    )


class LabelsQuery(ChosenQuery):
    """A sheet of labels."""

    stock = Choice(
        tuple(STOCKS), load_default="l7160", **about("Avery's number of the labels")
    )
    first = Whole(1, 99, load_default=1, **about("The first label that is still on the sheet"))


class ExhibitionQuery(Query):
    """The words of an exhibition."""

    language = Choice(LANGUAGES, load_default=LANGUAGES[0], **about("Which language they are"))
