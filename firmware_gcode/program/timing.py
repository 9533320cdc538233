"""How long each line of a program takes on a machine."""

from __future__ import annotations

from collections.abc import Sequence

from firmware_gcode.motion.estimate import time_program
from firmware_gcode.program.profile import Profile
from firmware_gcode.program.program import ProgramLine


def timed(
    lines: Sequence[ProgramLine], profile: Profile, start: tuple[float, float]
) -> tuple[ProgramLine, ...]:
    """The lines with their seconds on the profile's machine, by the motion model.

    The pen is up at first, above `start`, (x, y) in mm.
    """
    begin = (start[0], start[1], profile.pen.lifted_z)
    texts = [line.text for line in lines]
    seconds = time_program(texts, profile.motion, start=begin).per_line
    return tuple(
        ProgramLine(line.text, line.stroke, line.x, line.y, line.pen_down, taken, line.sync)
        for line, taken in zip(lines, seconds, strict=True)
    )
