"""The options of `catplotter serve`, made of the settings that its parts declare."""

from __future__ import annotations

import functools
import os
import re
import socket
import textwrap
import types
from collections.abc import Callable
from dataclasses import fields
from enum import Enum, StrEnum
from pathlib import Path
from typing import Any, Union, get_args, get_origin, get_type_hints

import click
from click.core import ParameterSource

from pi_service.fleet.membership import Membership, Topics
from pi_service.studio.core.settings import Setting, declared

PORT, TLS_PORT = 1883, 8883
PASSWORD = "CATPLOTTER_MQTT_PASSWORD"  # noqa: S105 - a variable's name
"""No option: everybody can read a command line."""

ORIGINS = {ParameterSource.ENVIRONMENT: "file", ParameterSource.COMMANDLINE: "command line"}
"""Where a value that is not the default is from, as the API says it."""


class SettingOption(click.Option):
    """An option that knows its unit."""

    def __init__(self, *args: Any, unit: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.unit = unit


def settings_options(
    kind: type, keyword: str
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Add an option for each setting that a dataclass declares.

    Args:
        keyword: The command gets the values under this name, a dict by the field's name.
    """
    hints, found = get_type_hints(kind), declared(kind)
    defaults = {each.name: each.default for each in fields(kind)}

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(command)
        def wrapped(**given: Any) -> None:
            values = {name: given.pop(f"{keyword}_{name}") for name in found}
            for name, hint in hints.items():
                if isinstance(hint, type) and issubclass(hint, StrEnum) and name in values:
                    values[name] = hint(values[name])
            command(**{keyword: values}, **given)

        decorated: Callable[..., None] = wrapped
        for name, about in reversed(found.items()):
            option = _option(f"{keyword}_{name}", name, about, hints[name], defaults[name])
            decorated = option(decorated)
        return decorated

    return decorate


def _option(key: str, name: str, about: Setting, hint: Any, default: Any) -> Any:
    """The click option for a field."""
    flag = f"--{(about.option or name).replace('_', '-')}"
    default = str(default) if isinstance(default, StrEnum) else default
    how: dict[str, Any] = {"help": about.help, "unit": about.unit, "cls": SettingOption}
    if get_origin(hint) in (Union, types.UnionType):
        hint = next(each for each in get_args(hint) if each is not type(None))
    if hint is bool:
        names = f"{flag}/--{about.secondary}" if about.secondary else flag
        how |= {"is_flag": True, "show_default": True}
        return click.option(names, key, default=default, **how)
    if get_origin(hint) is tuple:
        how["multiple"], hint = True, get_args(hint)[0]
    if about.unit:
        how["metavar"] = about.unit.upper()
    shown = default not in (None, (), "")
    return click.option(
        flag, key, type=_type(hint, about), default=default, show_default=shown, **how
    )


def _type(hint: Any, about: Setting) -> Any:
    if issubclass(hint, StrEnum):
        return click.Choice([str(each) for each in hint])
    if hint is int:
        return click.IntRange(
            None if about.least is None else int(about.least),
            None if about.most is None else int(about.most),
        )
    if hint is float:
        return click.FloatRange(about.least, about.most)
    return click.Path(path_type=Path) if hint is Path else hint


def listed(context: click.Context) -> list[dict[str, Any]]:
    """Every setting of a command with its value, for the API and the page.

    Returns:
        For each: ``name``, ``variable`` (in the configuration file), ``value``, ``default``,
        ``unit``, ``minimum``, ``maximum``, ``choices``, ``help``, and ``source``: whether the
        value is the ``default``, or from the ``file`` or the ``command line``.
    """
    return [
        _listed(context, option)
        for option in context.command.params
        if isinstance(option, click.Option) and not option.hidden
    ]


def _listed(context: click.Context, option: click.Option) -> dict[str, Any]:
    name = max(option.opts, key=len).lstrip("-")
    source = context.get_parameter_source(option.name or "")
    kind = option.type
    ends = (kind.min, kind.max) if isinstance(kind, click.IntRange | click.FloatRange) else ()
    least, most = ends or (None, None)
    return {
        "name": name,
        "variable": option.envvar,
        "value": _of(option, context.params.get(option.name or "")),
        "default": _of(option, option.get_default(context)),
        "unit": getattr(option, "unit", ""),
        "minimum": least,
        "maximum": most,
        "choices": list(kind.choices) if isinstance(kind, click.Choice) else [],
        "help": option.help or "",
        "source": ORIGINS.get(source, "default") if source else "default",
    }


def _of(option: click.Option, value: Any) -> Any:
    """An option's value as JSON has it; a pair, such as 2x3, is one value."""
    if isinstance(value, tuple) and not option.multiple:
        return "x".join(map(str, value))
    return _plain(value)


def _plain(value: Any) -> Any:
    """A value as JSON has it; null for none."""
    if isinstance(value, Enum):  # click's own mark for a value that is not given
        return None
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value if value is None or isinstance(value, bool | int | float) else str(value)


def configuration(command: click.Command) -> str:
    """A configuration file with every setting of a command, commented out."""
    context = click.Context(command)
    lines = []
    for option in command.params:
        if not isinstance(option, click.Option) or option.hidden or option.is_eager:
            continue
        described = re.sub(r"\s+", " ", option.help or "")
        unit = getattr(option, "unit", "")
        default = option.show_default if isinstance(option.show_default, str) else None
        value = "" if default else _plain(option.get_default(context))
        lines += textwrap.wrap(
            described + (f" In {unit}." if unit else ""),
            width=95,
            initial_indent="# ",
            subsequent_indent="# ",
        )
        if default:
            lines.append(f"# By default {default}.")
        lines.append(f"#{option.envvar}={_written(value)}\n")
    return "\n".join(lines)


def _written(value: Any) -> str:
    """A value as the configuration file has it."""
    if isinstance(value, list):
        return " ".join(map(_written, value))
    if value is None or isinstance(value, bool):
        return "1" if value else ""
    return f"{value:g}" if isinstance(value, float) else str(value)


def own_name() -> str:
    """This machine's name, as far as it can be part of a topic."""
    return socket.gethostname().partition(".")[0]


def fleet_options(command: Callable[..., None]) -> Callable[..., None]:
    """Adds the options, and gives the command what they mean as ``fleet``."""

    @click.option(
        "--mqtt",
        metavar="HOST[:PORT]",
        help="An MQTT broker that this plotter reports to, and Home Assistant with it.",
    )
    @click.option("--mqtt-user", help=f"The user there; its password is read from {PASSWORD}.")
    @click.option("--mqtt-tls", is_flag=True, help="Talk to it encrypted.")
    @click.option(
        "--name",
        default=own_name,
        show_default="this machine's name",
        help="What the plotter is called there.",
    )
    @functools.wraps(command)
    def wrapped(
        *,
        mqtt: str | None,
        mqtt_user: str | None,
        mqtt_tls: bool,
        name: str,
        **others: Any,
    ) -> None:
        fleet = None
        if mqtt is not None:
            host, port = broker_place(mqtt, "--mqtt", tls=mqtt_tls)
            try:
                topics = Topics(name)
            except ValueError as error:
                raise click.UsageError(f"{error} Choose a --name.") from error
            fleet = Membership(
                topics=topics,
                host=host,
                port=port,
                user=mqtt_user,
                password=os.environ.get(PASSWORD),
                tls=mqtt_tls,
            )
        command(fleet=fleet, **others)

    return wrapped


def broker_place(text: str, option: str, *, tls: bool) -> tuple[str, int]:
    """Host and port of a broker, as an option named them.

    Raises:
        click.UsageError: It is not HOST or HOST:PORT.
    """
    host, colon, port = text.rpartition(":")
    if not colon:
        host, port = text, str(TLS_PORT if tls else PORT)
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise click.UsageError(f"{option} {text} is not HOST or HOST:PORT.")
    return host, int(port)
