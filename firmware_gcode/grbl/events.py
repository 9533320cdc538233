"""What the link tells its listeners: facts about the machine, as they happen.

Listeners are called on the link's own thread, one event at a time and in order. They must be
quick and must not block; they may call the link's requests.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, TypeAlias

from firmware_gcode.facts import CodedError, Fact


class LinkState(StrEnum):
    """The link in one word. A request is possible in some states only; see `Link`."""

    ABSENT = "absent"
    """No port: nothing is plugged in, or the port cannot be opened (`Link.fault` says why)."""
    CONNECTING = "connecting"
    """The port is open; finding out what is there."""
    LOCKED = "locked"
    """GRBL is in an alarm, or was not homed since power-on: `home()` or `unlock()`."""
    UNREFERENCED = "unreferenced"
    """The machine would move, but nobody knows where the pen is: `home()` or `set_zero()`."""
    HOMING = "homing"
    """The machine is finding its position; wait for the end, or `stop()`."""
    READY = "ready"
    """Connected, the position is known, the pen is up: `draw()`."""
    DRAWING = "drawing"
    """A program is being drawn."""
    PAUSING = "pausing"
    """The stroke on the paper is being finished, then the pen is lifted."""
    PAUSED = "paused"
    """The pen is up in the middle of a program: `resume()` or `stop()`."""
    STOPPING = "stopping"
    """The machine is being brought to a stop; then the pen is lifted and parked."""
    FAULTED = "faulted"
    """Something went wrong and the machine cannot be spoken to, or is being made safe."""


@dataclass(frozen=True, slots=True)
class StateChanged:
    """The link entered `state`; `reason` says why, None when all is well."""

    state: LinkState
    reason: Fact | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the pen has really come, from the machine's own reports; at most ten a second.

    Attributes:
        stroke: Index of the stroke being drawn or travelled to, as in `ProgramLine.stroke`.
        length_mm: How much of that stroke is inked, along its polyline.
        x: Where the pen is, work coordinates, mm.
        y: Likewise.
        pen_down: Whether the pen is on the paper.
    """

    stroke: int
    length_mm: float
    x: float
    y: float
    pen_down: bool


@dataclass(frozen=True, slots=True)
class StrokeDrawn:
    """The machine has executed the stroke to its end and lifted the pen; it is journalled."""

    stroke: int


@dataclass(frozen=True, slots=True)
class ProgramStarted:
    """A program was accepted; nothing of it has been sent yet.

    Attributes:
        program: SHA-256 of its text, in hexadecimal.
        first_stroke: The first stroke that it draws.
        strokes: How many strokes the whole toolpath has.
    """

    program: str
    first_stroke: int
    strokes: int


Outcome: TypeAlias = Literal["done", "stopped", "failed"]


@dataclass(frozen=True, slots=True)
class ProgramEnded:
    """The program is over; exactly one of these follows every accepted `draw()`.

    Attributes:
        outcome: "done", "stopped" (asked for) or "failed".
        strokes_drawn: How many strokes, counted from the toolpath's first, are on the paper
            from end to end. The one after these may be there in part. To go on later, write
            the program with `from_stroke=strokes_drawn`.
        reason: Why it ended and what to do; None when done.
    """

    outcome: Outcome
    strokes_drawn: int
    reason: Fact | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """Something a person may want to know that changes no state."""

    fact: Fact


@dataclass(frozen=True, slots=True)
class PenRisk:
    """What has to be known of the pen after a kill; told before it becomes true.

    Attributes:
        may_be_down: Whether the pen could be on the paper.
        raised: By how much it was raised since its height was last known, mm.
    """

    may_be_down: bool
    raised: float


LinkEvent: TypeAlias = (
    StateChanged | ProgramStarted | Progress | StrokeDrawn | ProgramEnded | Notice | PenRisk
)


class LinkError(CodedError):
    """A request that is not possible now; the fact says why and what to do instead."""


_WHY: dict[LinkState, str] = {
    LinkState.ABSENT: "link-is-absent",
    LinkState.CONNECTING: "link-is-connecting",
    LinkState.LOCKED: "link-is-locked",
    LinkState.UNREFERENCED: "link-is-unreferenced",
    LinkState.HOMING: "link-is-homing",
    LinkState.READY: "link-is-ready",
    LinkState.DRAWING: "link-is-drawing",
    LinkState.PAUSING: "link-is-pausing",
    LinkState.PAUSED: "link-is-paused",
    LinkState.STOPPING: "link-is-stopping",
    LinkState.FAULTED: "link-is-faulted",
}


def state_fact(state: LinkState) -> Fact:
    """Why a request is not possible in a state, and what to do instead."""
    return Fact(_WHY[state])


def refuse(state: LinkState, allowed: Collection[LinkState], fault: Fact | None) -> None:
    """Raise LinkError unless the state allows it; a fault is told where there is one."""
    if state not in allowed:
        raise LinkError(fault if state is LinkState.FAULTED and fault else state_fact(state))
