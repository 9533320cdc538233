"""The camera beside the plotter: its picture, its switch, what nobody is to see."""

from __future__ import annotations

from marshmallow import fields

from firmware_gcode.facts import fact
from pi_service.studio.camera.camera import MOST_MASKS
from pi_service.web.schemas.base import (
    Answer,
    AtMost,
    Body,
    Flag,
    Measure,
    Query,
    Text,
    Whole,
    about,
    always,
    told,
)


class ShotQuery(Query):
    """Who looks, and what they have seen."""

    viewer = Text(
        32,
        fact("must-be-text", longest=32),
        load_default="-",
        **about("Which page of one address it is"),
    )
    after = Whole(
        0, 2**53 - 1, load_default=0, **about("Number of the picture that one has already")
    )


class CameraSchema(Answer):
    """The camera, as the staff know it."""

    on = fields.Boolean(**about("Whether the staff switched it on"))
    masks = fields.List(
        fields.List(fields.Float()),
        **about("What nobody sees: left, top, width, height as parts of the picture's"),
    )
    connected = fields.Boolean(**about("Whether the connection to the camera is open"))
    viewers = fields.Integer(**about("How many look just now"))
    photos = fields.Integer(**about("Photographs of drawings that are kept"))
    frames = fields.Integer(**about("Frames of sheets that are kept"))
    used_mb = fields.Float(**about("Megabytes of both"))
    limit_mb = fields.Float(**about("Megabytes from which on the oldest are let go"))
    fact = told("What is wrong with it; null for nothing", allow_none=True)


class NewCameraSchema(Body):
    """What is to be different; what is not there stays as it is."""

    on = Flag(load_default=None, **about("Whether it is on"))
    masks = fields.List(
        fields.List(Measure(0.0, 1.0, inclusive=True), validate=AtMost(4)),
        load_default=None,
        validate=AtMost(MOST_MASKS),
        error_messages=always(fact("must-be-masks")),
        **about("What nobody is to see, in place of what was", examples=[[[0, 0, 0.3, 1]]]),
    )


class PhotosSchema(Answer):
    """What the camera has kept of a drawing."""

    photo = fields.Boolean(**about("Whether there is a photograph of it"))
    film = fields.Boolean(**about("Whether there is a film of its sheet"))
