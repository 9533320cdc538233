"""Requests that are not possible now, and the sentences that say so."""

from __future__ import annotations

from collections.abc import Collection

from firmware_gcode.grbl.events import LinkState


class LinkError(RuntimeError):
    """A request that is not possible now; the message says why and what to do instead."""


_WHY: dict[LinkState, str] = {
    LinkState.ABSENT: "No plotter is connected. Plug it in and try again.",
    LinkState.CONNECTING: "The plotter is still being connected. Try again in a moment.",
    LinkState.LOCKED: "The machine is locked. Home it, or unlock it and set its zero.",
    LinkState.UNREFERENCED: (
        "Nobody knows where the pen is. Home the machine or set its zero first."
    ),
    LinkState.READY: "Nothing is being drawn.",
    LinkState.DRAWING: "A drawing is being made. Wait for its end, or stop it first.",
    LinkState.PAUSING: "A drawing is being paused. Resume or stop it first.",
    LinkState.PAUSED: "A drawing is paused. Resume or stop it first.",
    LinkState.STOPPING: "The machine is being stopped. Try again in a moment.",
    LinkState.FAULTED: "Something went wrong. Look at the machine first.",
}


def refuse(state: LinkState, allowed: Collection[LinkState], fault: str | None) -> None:
    """Does nothing in an allowed state.

    Args:
        state: The state now.
        allowed: The states in which the request is possible.
        fault: What went wrong last, for the sentence.

    Raises:
        LinkError: In any other state.
    """
    if state not in allowed:
        raise LinkError(fault if state is LinkState.FAULTED and fault else _WHY[state])
