"""The options of `catplotter serve` that make the plotter one of many."""

from __future__ import annotations

import functools
import os
import socket
from collections.abc import Callable
from typing import Any

import click

from pi_service.fleet.membership import Membership
from pi_service.fleet.topics import Topics
from pi_service.web.access import VisitorLimits

PORT, TLS_PORT = 1883, 8883
VARIABLE = "CATPLOTTER_MQTT_PASSWORD"
"""No option: everybody can read a command line."""


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
    @click.option("--mqtt-user", help=f"The user there; its password is read from {VARIABLE}.")
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
            host, port = _broker(mqtt, TLS_PORT if mqtt_tls else PORT)
            try:
                topics = Topics(name)
            except ValueError as error:
                raise click.UsageError(f"{error} Choose a --name.") from error
            fleet = Membership(
                topics=topics,
                host=host,
                port=port,
                user=mqtt_user,
                password=os.environ.get(VARIABLE),
                tls=mqtt_tls,
            )
        command(fleet=fleet, **others)

    return wrapped


def _broker(text: str, usual_port: int) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not colon:
        host, port = text, str(usual_port)
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise click.UsageError(f"--mqtt {text} is not HOST or HOST:PORT.")
    return host, int(port)


USUAL = VisitorLimits()


def visitor_options(command: Callable[..., None]) -> Callable[..., None]:
    """Adds the options, and gives the command what they mean as ``visitors``."""

    @click.option(
        "--visitor-drawings",
        type=click.IntRange(0, 1000),
        default=USUAL.drawings,
        show_default=True,
        help="Drawings that visitors at one address may ask for in ten minutes; 0: only the "
        "staff, the button and the schedule ask.",
    )
    @click.option(
        "--visitor-queue",
        type=click.IntRange(1, 1000),
        default=USUAL.waiting,
        show_default=True,
        help="Drawings of visitors that may wait at a time; the queue has room for 20 in all.",
    )
    @functools.wraps(command)
    def wrapped(*, visitor_drawings: int, visitor_queue: int, **others: Any) -> None:
        limits = VisitorLimits(drawings=visitor_drawings, waiting=visitor_queue)
        command(visitors=limits, **others)

    return wrapped
