"""Plots one program on the machine at a port, and waits until it is drawn."""

from __future__ import annotations

import json
import os
import queue
import re
from dataclasses import asdict
from pathlib import Path
from types import FrameType

import click

from firmware_gcode.grbl.events import (
    LinkEvent,
    LinkState,
    ProgramEnded,
    StateChanged,
    StrokeDrawn,
)
from firmware_gcode.grbl.finder import PlotterFinder
from firmware_gcode.grbl.link import Link, LinkError
from firmware_gcode.program.profile import Profile
from firmware_gcode.program.program import Program
from pi_service.cli.options import ended_by

CONNECT_SECONDS = 15.0
"""An Uno restarts when its port is opened; a board that says nothing for this long is none."""
REFERENCE_SECONDS = 120.0
"""Longest homing cycle waited for."""
LOST = {LinkState.LOCKED, LinkState.UNREFERENCED, LinkState.HOMING}
"""The machine answers but does not know where the pen is."""


class PlotError(RuntimeError):
    """The drawing did not come onto the paper; the message says why and what to do."""


def plot(program: Program, profile: Profile, port: str, *, as_json: bool = False) -> None:
    """Draw a checked program on the machine at `port`, showing a progress bar or JSON lines.

    A machine with homing switches is homed first. One without must stand at the lower left
    corner of the paper, a Z pen touching it: the person at the keyboard is asked to say so.

    Raises:
        PlotError: If it could not be drawn to its end.
    """
    events: queue.Queue[LinkEvent] = queue.Queue()
    link = Link(PlotterFinder(port), profile, journal=_journal(port))
    link.subscribe(events.put)
    if as_json:
        link.subscribe(_print_json)
    with ended_by(_terminated):
        link.start()
        try:
            _make_ready(link, events, profile)
            link.draw(program)
            _follow(link, program, events, bar=not as_json)
            if not as_json:
                click.echo("Drawn to the end; the pen is up.")
        except LinkError as error:
            raise PlotError(str(error)) from error
        except KeyboardInterrupt:
            raise PlotError("Stopped; the pen is lifted.") from None
        finally:
            link.close()


def _terminated(_number: int, _frame: FrameType | None) -> None:
    """Leave as after Ctrl-C: with the pen up."""
    raise KeyboardInterrupt


def _journal(port: str) -> Path | None:
    """Where it is noted that the pen may be down, for whoever comes after a kill.

    Below XDG's folder for state, one file a port; None where nothing can be written.
    """
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    folder = Path(state) / "catplotter"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    name = re.sub(r"[^A-Za-z0-9]+", "-", str(Path(port).absolute())).strip("-")
    return folder / f"{name}.journal" if os.access(folder, os.W_OK) else None


def _make_ready(link: Link, events: queue.Queue[LinkEvent], profile: Profile) -> None:
    """Connect, and have the position known."""
    state = _wait_for(link, events, {LinkState.ABSENT, LinkState.CONNECTING}, CONNECT_SECONDS)
    if state is LinkState.READY:
        return
    if profile.homing:
        link.home()
    else:
        if state is LinkState.LOCKED:
            link.unlock()
            _wait_for(link, events, {LinkState.LOCKED}, CONNECT_SECONDS)
        corner = "touching" if profile.pen.by_height else "over"
        click.confirm(
            f"Is the pen {corner} the paper's lower left corner?", abort=True, err=True
        )
        link.set_zero()
    state = _wait_for(link, events, LOST, REFERENCE_SECONDS)
    if state is not LinkState.READY:
        raise PlotError(str(link.fault or f"The plotter is {state} and cannot draw."))


def _wait_for(
    link: Link, events: queue.Queue[LinkEvent], passing: set[LinkState], seconds: float
) -> LinkState:
    """The first state that is not one of the `passing` ones."""
    while (state := link.state) in passing:
        try:
            event = events.get(timeout=seconds)
        except queue.Empty:
            raise PlotError(f"The plotter is still {state} after {seconds:.0f} s.") from None
        match event:
            case StateChanged(state=LinkState.ABSENT | LinkState.FAULTED, reason=reason) if (
                reason
            ):
                raise PlotError(str(reason))
    return link.state


def _print_json(event: LinkEvent) -> None:
    click.echo(json.dumps({"event": type(event).__name__, **asdict(event)}))


def _follow(
    link: Link, program: Program, events: queue.Queue[LinkEvent], *, bar: bool
) -> None:
    """Show strokes as they are drawn until the program ends.

    Where the program waits for another pen, the person at the keyboard is asked to change it.
    """
    with click.progressbar(
        length=len(program.strokes), label="Drawing", hidden=not bar
    ) as shown:
        while not isinstance(event := events.get(), ProgramEnded):
            if isinstance(event, StrokeDrawn):
                shown.update(event.stroke + 1 - shown.pos)
            match event:
                case StateChanged(state=LinkState.PAUSED, reason=reason) if reason:
                    click.echo(err=True)
                    click.prompt(str(reason), default="", show_default=False, err=True)
                    link.resume()
    if event.outcome != "done":
        drawn = f"{event.strokes_drawn} of {len(program.strokes)} strokes are drawn."
        raise PlotError(f"{event.reason} {drawn}")
