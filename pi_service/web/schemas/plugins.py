"""Plug-ins: what is installed, what is set up, and when people are told."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields

from firmware_gcode.facts import LANGUAGES, fact
from pi_service.plugins.api import Group
from pi_service.web.schemas.base import (
    Answer,
    Body,
    Choice,
    Flag,
    Query,
    Replacing,
    Text,
    Whole,
    about,
    list_of,
    told,
    word,
)

GROUPS = tuple(map(str, Group))
MOST_OPTIONS = 40
LONGEST_VALUE = 2000
DAY_S = 86400


class Options(fields.Field[dict[str, str]]):
    """Values by the option's name."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> dict[str, str]:
        fine = isinstance(value, dict) and len(value) <= MOST_OPTIONS
        if not fine or not all(isinstance(v, str) and _fits(v) for v in value.values()):
            raise ValidationError([fact("must-be-options")])
        return {str(name): text.strip() for name, text in value.items()}


def _fits(text: str) -> bool:
    surrogate = any("\ud800" <= letter <= "\udfff" for letter in text)
    return len(text) <= LONGEST_VALUE and not surrogate and "\0" not in text


def _options(**how: Any) -> Options:
    return Options(**about("Values by the option's name", type="object"), **how)


def _kind() -> Text:
    return Text(
        100, fact("must-be-kind"), required=True, **about("Its entry point's name: “webhook”")
    )


def _group() -> Choice:
    return Choice(GROUPS, required=True, **about("What it does"))


class PluginKindSchema(Answer):
    """A plug-in that is installed."""

    group = word(GROUPS, "What it does")
    kind = fields.String(**about("Its entry point's name"))
    package = fields.String(**about("The distribution that brings it, and its version"))


class KindsSchema(Answer):
    """What is installed."""

    kinds = list_of(PluginKindSchema, "By group and name")


class OptionsQuery(Query):
    """Which plug-in."""

    group = _group()
    kind = _kind()


class OptionSchema(Answer):
    """One thing that the owner sets."""

    name = fields.String(**about("What it is called"))
    secret = fields.Boolean(**about("Whether it is never shown once it is kept"))
    required = fields.Boolean(**about("Whether the plug-in cannot be without it"))
    about = fields.String(**about("What it is"))  # the last: it has the helper's name


class OptionsSchema(Answer):
    """What a plug-in is set up with."""

    options = list_of(OptionSchema, "In the order in which they are asked for")


class RulesSchema(Answer):
    """When and how people are told."""

    language = word(LANGUAGES, "Of the messages")
    quiet = fields.String(**about("Nothing is told then, every day: “22:00-08:00”; or empty"))
    few_cells = fields.Integer(**about("So many free cells are few; 0: that is not told"))
    after_s = fields.Integer(**about("So long something holds before it is told, seconds"))
    waiting_min = fields.Integer(
        **about("So long a drawing waits before that is told, minutes; 0: never")
    )


class NewRulesSchema(Replacing):
    """Other rules; what is not named is as usual."""

    language = Choice(LANGUAGES, load_default=LANGUAGES[0], **about("Of the messages"))
    quiet = Text(
        20,
        fact("must-be-quiet"),
        shortest=0,
        load_default="",
        **about("Nothing is told then, every day: “22:00-08:00”; or empty"),
    )
    few_cells = Whole(0, 100, load_default=2, **about("So many free cells are few; 0: never"))
    after_s = Whole(
        0, DAY_S, load_default=60, **about("So long something holds before it is told, s")
    )
    waiting_min = Whole(
        0, DAY_S // 60, load_default=30, **about("So long a drawing waits, minutes; 0: never")
    )


class PluginSchema(Answer):
    """A plug-in that is set up."""

    id = fields.Integer(**about("Its number"))
    name = fields.String(**about("What people call it"))
    group = word(GROUPS, "What it does")
    kind = fields.String(**about("Its entry point's name"))
    enabled = fields.Boolean(**about("Whether it is to work"))
    options = fields.Dict(
        keys=fields.String(),
        values=fields.String(allow_none=True),
        **about("Values by the option's name; null for a secret that is kept"),
    )
    off = fields.Boolean(**about("Whether it failed too often and was switched off"))
    fault = fields.String(allow_none=True, **about("What is wrong with it, or null"))
    fault_fact = told("The same as data", allow_none=True)


class PluginsSchema(Answer):
    """All that are set up."""

    rules = fields.Nested(RulesSchema, **about("When and how people are told"))
    plugins = list_of(PluginSchema, "In the order in which they were set up")


class NewPluginSchema(Body):
    """A plug-in to be set up."""

    name = Text(40, fact("must-be-key-name"), required=True, **about("What people call it"))
    group = _group()
    kind = _kind()
    options = _options(load_default=dict)


class ChangedPluginSchema(Body):
    """What is changed of a plug-in."""

    options = _options(load_default=None)
    enabled = Flag(load_default=None, allow_none=True, **about("Whether it is to work"))


class TestedSchema(Answer):
    """What came of a test."""

    text = fields.String(**about("A sentence"))
    fact = told("The same as data")
