"""How long each line of a program takes on a machine."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from firmware_gcode.gcode.actions import Arc, Move
from firmware_gcode.gcode.errors import GcodeError
from firmware_gcode.gcode.interpreter import Interpreter
from firmware_gcode.motion.arcs import arc_angle
from firmware_gcode.motion.estimate import time_program
from firmware_gcode.motion.settings import MotionSettings
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
    return tuple(replace(line, seconds=s) for line, s in zip(lines, seconds, strict=True))


def seconds_at_full_speed(lines: Sequence[str], settings: MotionSettings) -> list[float]:
    """Seconds that each line takes at least, found quickly: no ramps, corners or dwells.

    What GRBL would refuse takes none. Used to refuse programs that are too long to be timed.
    """
    interpreter = Interpreter()
    fastest = max(settings.max_rate) * math.sqrt(3.0)
    found = []
    for line in lines:
        before, taken = interpreter.position, 0.0
        try:
            actions = () if line[:1] == "$" else interpreter.execute(line)
        except GcodeError:
            actions = ()
        for action in actions:
            if isinstance(action, Move | Arc):
                feed = fastest if isinstance(action, Move) and action.rapid else action.feed
                turned = isinstance(action, Arc) and abs(arc_angle(action)) * action.radius
                way = turned or math.dist(before, action.target)
                speed = feed * way if action.inverse_time else min(feed, fastest)
                taken += 60.0 * way / speed if way else 0.0
                before = action.target
        found.append(taken)
    return found
