"""The pens of one drawing: before which strokes a person is waited for, and what is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, TypeAlias

from firmware_gcode.facts import Fact, fact
from firmware_gcode.program.program import Program

CHANGE_PEN: Final = fact("change-pen")
"""What is said where the pen is to be changed between a person's strokes and the machine's."""
USUAL_PEN: Final = fact("pen-usual")
_CODES: Final = frozenset({CHANGE_PEN.code, USUAL_PEN.code, "pen-wanted"})

Passes: TypeAlias = Sequence[tuple[int, str]]
"""Where each pass begins, by its first stroke, and its pen's name; "" for the machine's own
strokes after a person's."""


def is_awaited(told: Fact) -> bool:
    """Whether a machine that says so waits for a pen."""
    return told.code in _CODES


def with_pens(program: Program, passes: Passes, *, other_before: bool) -> Program:
    """The program, waiting for the right pen at each pass that it draws.

    Where it goes on after a break nobody knows which pen is in; so it asks there too.

    Args:
        program: All of a drawing, or what is missing of it.
        passes: The drawing's, in their order; none if it has one pen.
        other_before: Whether the drawing before it has left another pen in the machine.
    """
    first = program.first_stroke
    pauses = {at: wanted(name) for at, name in passes if at >= first}
    if first > 0 and passes:
        under_way = [name for at, name in passes if at <= first]
        pauses[first] = wanted(under_way[-1]) if under_way else USUAL_PEN
    elif other_before:
        pauses.setdefault(first, USUAL_PEN)
    return replace(program, pauses=pauses) if pauses else program


def wanted(name: str) -> Fact:
    """What is asked for before a pass."""
    return fact("pen-wanted", name=name) if name else CHANGE_PEN
