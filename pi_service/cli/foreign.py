"""G-code that somebody else wrote, made ready to be sent to a plotter that nobody watches."""

from __future__ import annotations

import re
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
from firmware_gcode.program.writer import SYNC

_MODES: Final = "G0G17G21G54G90G94"
_END: Final = re.compile(r"M0*(?:2|30)(?![\d.])")
_STOP: Final = re.compile(r"M0+")
_ELSEWHERE: Final = frozenset(
    {10.0, 28.0, 28.1, 30.0, 30.1, 53.0, 55.0, 56.0, 57.0, 58.0, 59.0, 92.0}
    | {38.2, 38.3, 38.4, 38.5, 43.1}
)
"""G words that move or leave the coordinates that the paper is in, or search for a probe."""
_SLACK_MM: Final = 1e-6


def prepare_program(text: str, profile: Profile, paper: Paper | None = None) -> Program:
    """Understand any GRBL program, and make sure that it begins and ends well.

    It begins in millimetres, absolute, and, if it has relative moves, at the park place; it
    ends where M2 or M30 stands, and with the pen up. Comments and ``%`` lines are left out.

    Args:
        paper: The paper under the pen; every ink must lie on it. None: only the machine's
            reach counts.

    Raises:
        ProgramError: The first line that GRBL would refuse, that leaves the machine's reach
            or the paper, or that cannot be sent unattended.
    """
    body = _body(text)
    program = read_program("\n".join(body), profile)
    begin = [_MODES]
    if "G91" in "".join(line.text for line in program.lines):
        x, y = profile.park
        begin.append(f"G1X{number(x)}Y{number(y)}F{number(profile.travel_feed)}")
    acting = [line for line in program.lines if line.text != SYNC]
    end = _lift(profile) if acting[-1].pen_down else []
    program = read_program("\n".join([*begin, *body, *end]), profile)
    if paper is not None:
        _check_paper(program, paper)
    return program


def _body(text: str) -> list[str]:
    """The lines up to the program's end, each at its place."""
    body = []
    for count, raw in enumerate(text.splitlines(), start=1):
        if raw.strip() == "%":
            body.append("")
            continue
        try:
            line = strip_line(raw)
            words = list(words_of(line)) if line[:1] != "$" else []
        except GcodeError:
            body.append(raw)  # The reader says what is wrong with it.
            continue
        for letter, value in words:
            if letter == "G" and round(value, 3) in _ELSEWHERE:
                text = raw.strip()
                raise ProgramError(count, fact("program-leaves-coordinates", text=text))
        body.append(raw if _STOP.fullmatch(line) else _END.sub("", line))
        if _END.search(line):
            break
    return body


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
