"""What `catplotter serve` says on the terminal, and the keys that press its button."""

from __future__ import annotations

import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import click

from firmware_gcode.facts import Fact, sentence
from firmware_gcode.grbl.finder import describe_ports
from pi_service.service import Service
from pi_service.studio.core.events import Event
from pi_service.studio.jobs.display import Shown
from pi_service.studio.jobs.job import ACTIVE, ENDED, JobState

if TYPE_CHECKING:
    from gpiozero.pins.mock import MockFactory

AWAITED = frozenset({Shown.NEEDS_SOMEBODY, Shown.STOPPED, Shown.FAULT})
"""States, besides that without paper, that last until a person does something."""
PRESSES = frozenset({"", "b"})
"""Lines that press the simulated button, without the space around them: Enter, space, b."""


def greet(service: Service, *, simulated_button: bool) -> None:
    """Say what a person needs to know to begin."""
    click.echo(f"\n  The page:    {service.web.url}")
    if simulated_button:
        click.echo("  The button:  press Enter here, or 'Draw a cat' on the page")
    else:
        click.echo("  The button:  the one on the plotter, or 'Draw a cat' on the page")
    if service.simulated:
        click.echo("  The plotter: simulated (name a real one's profile with --profile)")
        for found in describe_ports():
            click.echo(f"               (a real one may be at {found}; it is not used)")
    if link := _setup_link(service):
        click.echo(f"  The staff:   set a password at {link}")
    click.echo("  To stop:     Ctrl-C\n")


def _setup_link(service: Service) -> str:
    """Where the first password is set; empty once there is one."""
    token = None if service.access is None else service.access.setup_token
    return "" if token is None else f"{service.url}login?token={token}"


class Story:
    """Makes a line of each event that a person at the terminal wants to know of."""

    def __init__(self) -> None:
        self._drawn: int | None = None

    def line(self, event: Event, page: str, setup: str) -> str | None:
        """The line; None where there is nothing to be said.

        Args:
            page: The page's address.
            setup: Where the first password is set; empty once there is one.
        """
        if event.kind == "job":
            return self._job(event.data, page)
        if event.kind != "shown":
            return None
        if event.data["state"] == Shown.NEEDS_PAPER:
            first = f" (first set a password: {setup})" if setup else ""
            return f"{event.data['sentence']} Then press 'New paper is in' on {page}{first}"
        return str(event.data["sentence"]) if event.data["state"] in AWAITED else None

    def _job(self, job: dict[str, Any], page: str) -> str | None:
        """Of a job that the pen begins or leaves; marks and notes of others say nothing."""
        state, name = JobState(job["state"]), f"{job['class_name']} No. {job['edition']}"
        name = name[0].upper() + name[1:]
        if state in ACTIVE and job["id"] != self._drawn:
            self._drawn = job["id"]
            takes = job["seconds_estimated"]
            lasting = "" if takes is None else f", about {round(takes)} s"
            return f"{name} is begun{lasting}. Watch it on {page}"
        if state not in {*ENDED, JobState.INTERRUPTED} or job["id"] != self._drawn:
            return None
        self._drawn = None
        if state is JobState.DONE:
            return f"{name} is done."
        why = (
            "" if job["reason_fact"] is None else sentence(Fact.from_dict(job["reason_fact"]))
        )
        drawn = f"{job['strokes_drawn']} of {job['strokes_total']} strokes"
        return f"{name} ended after {drawn}. {why}".rstrip()


def tell(service: Service) -> None:
    """Say a line for each thing that happens, until the service closes; for its own thread."""
    events, story = service.studio.events, Story()
    page, seen = service.url, events.last_id
    while not events.closed:
        for event in events.read(seen, None):
            seen = event.id
            line = story.line(event, page, _setup_link(service))
            if line is not None:
                with suppress(OSError):  # the terminal may be closed
                    click.echo(f"  {line}")


def press_on_enter(pins: MockFactory, number: int) -> None:
    """The simulated button: Enter, space or b presses the pin and lets it go."""
    pin = pins.pin(number)
    for line in sys.stdin:
        if line.strip().lower() not in PRESSES:
            click.echo("  Enter draws a cat; Ctrl-C ends the service.")
            continue
        pin.drive_low()
        threading.Event().wait(0.15)
        pin.drive_high()
