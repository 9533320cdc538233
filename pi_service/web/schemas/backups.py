"""The backups of the gallery."""

from __future__ import annotations

from marshmallow import fields

from pi_service.studio.history.keeper import PLACES
from pi_service.web.schemas.base import Answer, about, list_of, told, word
from pi_service.web.schemas.jobs import AT


class BackupSchema(Answer):
    """A backup of all that the service keeps."""

    place = word(
        PLACES,
        "Where it is: beside the gallery, in the second folder, or what was put aside by a "
        "restore",
    )
    name = fields.String(**about("Its name there"))
    made = fields.Float(allow_none=True, **about(f"When it was made, {AT}"))
    cats = fields.Integer(allow_none=True, **about("Cats in it; null where nobody counted"))
    bytes = fields.Integer(allow_none=True, **about("Its size; null where it is not known"))


class BackupPlaceSchema(Answer):
    """The second folder for backups."""

    folder = fields.String(**about("Where it is"))
    free = fields.Integer(allow_none=True, **about("Bytes that are free there; null: unknown"))
    fact = told("Why nothing can be kept there; null: it can", allow_none=True)


class BackupsSchema(Answer):
    """All backups of the gallery."""

    backups = list_of(BackupSchema, "The newest first")
    elsewhere = fields.Nested(
        BackupPlaceSchema, allow_none=True, **about("The second folder; null: none is named")
    )


class LostCatSchema(Answer):
    """A cat that is not in a backup."""

    id = fields.Integer(**about("Its job"))
    edition = fields.Integer(allow_none=True, **about("Its number"))
    class_name = fields.String(**about("What it is"))
    ended_at = fields.Float(allow_none=True, **about(f"When it was done, {AT}"))


class BackupLossSchema(Answer):
    """What would be lost if a backup were put back."""

    cats = fields.Integer(**about("Cats of the gallery that are not in it"))
    latest = list_of(LostCatSchema, "The latest of them")
    settings = fields.Boolean(**about("Whether hours and other settings are not as in it"))
    rules = fields.Boolean(**about("Whether the rules of the clock are not as in it"))


class BackupContentsSchema(Answer):
    """What is in a backup."""

    cats = fields.Integer(**about("Cats that are done"))
    jobs = fields.Integer(**about("All jobs"))
    sheets = fields.Integer(**about("Sheets of paper"))
    rules = fields.Integer(**about("Rules by which it is drawn by the clock"))
    form = fields.Integer(**about("Which form its tables have"))
    first_at = fields.Float(allow_none=True, **about(f"When its first cat was done, {AT}"))
    last_at = fields.Float(allow_none=True, **about(f"When its last cat was done, {AT}"))
    profile = fields.Boolean(**about("Whether the machine's profile is in it"))
    lost = fields.Nested(
        BackupLossSchema,
        allow_none=True,
        **about("What would be lost; null where the gallery of now cannot be read"),
    )
