"""The options of `catplotter serve` about those who are not the staff."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import click

from pi_service.web.access import VisitorLimits

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
