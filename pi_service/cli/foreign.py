"""G-code that somebody else wrote, made ready to be sent to a plotter that nobody watches."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Final

from firmware_gcode.drawing.paper import Paper
from firmware_gcode.facts import fact
from firmware_gcode.gcode.errors import GcodeError
from firmware_gcode.gcode.words import number, strip_line, words_of
from firmware_gcode.grbl.moves import MODES
from firmware_gcode.program.checker import ProgramError
from firmware_gcode.program.pens.pen import step_line
from firmware_gcode.program.profile import Profile
from firmware_gcode.program.program import Program
from firmware_gcode.program.reader import read_program
from firmware_gcode.program.source import program_lines
from firmware_gcode.program.writer import SYNC

_MODES: Final = "G0G17G21G54G90G94"
_ELSEWHERE: Final = frozenset(
    {10.0, 28.0, 28.1, 30.0, 30.1, 53.0, 55.0, 56.0, 57.0, 58.0, 59.0, 92.0}
    | {38.2, 38.3, 38.4, 38.5, 43.1}
)
"""G words that move or leave the coordinates that the paper is in, or search for a probe."""
_SLACK_MM: Final = 1e-6


def prepare_program(
    lines: Iterable[str], profile: Profile, paper: Paper | None = None
) -> Program:
    """Understand any GRBL program, and make sure that it begins and ends well.

    It begins in millimetres, absolute, and, if it has relative moves, at the park place; it
    ends with the pen up.

    Args:
        lines: Of a file, as `read_lines` gives them.
        paper: The paper under the pen; every ink must lie on it. None: only the machine's
            reach counts.

    Raises:
        ProgramError: The first line that GRBL would refuse, that leaves the machine's reach
            or the paper, or that cannot be sent unattended.
    """
    body = list(program_lines(lines))
    _check_coordinates(body)
    program = read_program(body, profile)
    begin = [_MODES]
    if "G91" in "".join(line.text for line in program.lines):
        x, y = profile.park
        begin.append(f"G1X{number(x)}Y{number(y)}F{number(profile.travel_feed)}")
    acting = [line for line in program.lines if line.text != SYNC]
    end = _lift(profile) if acting[-1].pen_down else []
    program = read_program([*begin, *body, *end], profile)
    if paper is not None:
        _check_paper(program, paper)
    return program


def _check_coordinates(body: Sequence[str]) -> None:
    for count, raw in enumerate(body, start=1):
        with suppress(GcodeError):  # the reader says what is wrong with the line
            line = strip_line(raw)
            words = words_of(line) if line[:1] != "$" else ()
            if any(letter == "G" and round(value, 3) in _ELSEWHERE for letter, value in words):
                text = raw.strip()
                raise ProgramError(count, fact("program-leaves-coordinates", text=text))


def _lift(profile: Profile) -> list[str]:
    lines = [step_line(step) for step in profile.pen.lift_steps()]
    return [MODES, *lines]


def _check_paper(program: Program, paper: Paper) -> None:
    for count, stroke in enumerate(program.strokes, start=1):
        low, high = stroke.min(axis=0), stroke.max(axis=0)
        inside = low.min() >= -_SLACK_MM and (
            high[0] <= paper.width + _SLACK_MM and high[1] <= paper.height + _SLACK_MM
        )
        if not inside:
            (x0, y0), (x1, y1) = low.round(2).tolist(), high.round(2).tolist()
            span = {"x0": x0, "y0": y0, "x1": x1, "y1": y1}
            size = {"width": paper.width, "height": paper.height}
            fault = fact("program-leaves-paper", stroke=count, **size, **span)
            raise ProgramError(line=0, fault=fault)
