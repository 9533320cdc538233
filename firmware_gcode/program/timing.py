"""How long each line of a program takes on a machine."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from firmware_gcode.motion.estimate import time_program
from firmware_gcode.program.profile import Profile
from firmware_gcode.program.program import Lines


def timed(lines: Lines, profile: Profile, start: tuple[float, float]) -> Lines:
    """The lines with their seconds on the profile's machine, by the motion model.

    The pen is up at first, above `start`, (x, y) in mm.
    """
    begin = (start[0], start[1], profile.pen.lifted_z)
    seconds = time_program(lines.texts, profile.motion, start=begin).per_line
    return replace(lines, seconds=np.frombuffer(seconds))
