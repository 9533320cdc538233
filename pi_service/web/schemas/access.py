"""Who somebody is: password, session, keys."""

from __future__ import annotations

from marshmallow import fields

from firmware_gcode.facts import fact
from pi_service.studio.access.caller import Role
from pi_service.studio.access.passwords import LONGEST, SHORTEST
from pi_service.studio.access.tokens import LONGEST_TOKEN
from pi_service.web.schemas.base import Answer, Body, Choice, Text, about, list_of, word

ROLES = tuple(map(str, Role))


def new_password() -> Text:
    """The field for a password that is to be set."""
    must = fact("must-be-password", least=SHORTEST, most=LONGEST)
    return Text(LONGEST, must, shortest=SHORTEST, required=True, **about("The new password"))


def password(text: str) -> Text:
    """The field for a password that is tried."""
    return Text(LONGEST, fact("must-be-the-password"), required=True, **about(text))


class SessionSchema(Answer):
    """Who asks."""

    role = word(ROLES, "What they may do: the staff everything")
    set_up = fields.Boolean(**about("Whether a password was set"))


class LogInSchema(Body):
    """The staff's password."""

    password = password("The staff's password")


class SetUpSchema(Body):
    """The first password, and the token that shows who may set it."""

    token = Text(
        LONGEST_TOKEN,
        fact("must-be-token"),
        required=True,
        **about("From the service's log, or from `catplotter access token`"),
    )
    password = new_password()


class NewPasswordSchema(Body):
    """Another password."""

    password = new_password()
    current = Text(
        LONGEST,
        fact("must-be-old-password"),
        load_default=None,
        allow_none=True,
        **about("The password until now; the machine's own command line needs none"),
    )


class NewKeySchema(Body):
    """A key for a program."""

    name = Text(
        40,
        fact("must-be-key-name"),
        required=True,
        **about("What people call it"),
    )
    role = Choice(ROLES, load_default=str(Role.STAFF), **about("What it may do"))


class KeySchema(Answer):
    """A key; its secret is shown only once."""

    id = fields.Integer(**about("Its number"))
    name = fields.String(**about("What people call it"))
    role = word(ROLES, "What it may do")
    made_at = fields.Float(**about("Seconds since 1970"))
    used_at = fields.Float(
        allow_none=True, **about("When it was last used, to about an hour; null if never")
    )


class MadeKeySchema(KeySchema):
    """A key that was just made."""

    secret = fields.String(**about("What is sent as “Authorization: Bearer …”"))


class KeysSchema(Answer):
    """All keys."""

    keys = list_of(KeySchema, "The oldest first")
