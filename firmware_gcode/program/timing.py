"""How long each line of a program takes on a machine."""

from __future__ import annotations

from collections.abc import Sequence

from firmware_gcode.motion.estimate import time_program
from firmware_gcode.program.pen import ZPen
from firmware_gcode.program.profile import Profile


def line_seconds(
    lines: Sequence[str], profile: Profile, start: tuple[float, float]
) -> tuple[float, ...]:
    """Seconds that each line takes on the profile's machine, by the motion model.

    The pen is up at first, above `start`, (x, y) in mm.
    """
    height = profile.pen.up if isinstance(profile.pen, ZPen) else 0.0
    begin = (start[0], start[1], height)
    return time_program(lines, profile.motion, start=begin).per_line
