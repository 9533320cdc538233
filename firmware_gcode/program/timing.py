"""How long each line of a program takes on a machine."""

from __future__ import annotations

import math
from collections.abc import Sequence

from firmware_gcode.gcode.actions import Action, Arc, Dwell, Move
from firmware_gcode.gcode.interpreter import Interpreter
from firmware_gcode.program.profile import Profile


def line_seconds(lines: Sequence[str], profile: Profile) -> tuple[float, ...]:
    """Seconds that each line takes on the profile's machine, from rest to rest."""
    interpreter = Interpreter()
    seconds = []
    for line in lines:
        before = interpreter.position
        actions = interpreter.execute(line)
        seconds.append(sum(_action(before, action, profile) for action in actions))
    return tuple(seconds)


def _action(before: tuple[float, float, float], action: Action, profile: Profile) -> float:
    if isinstance(action, Dwell):
        return action.seconds
    if not isinstance(action, Move | Arc):
        return 0.0
    axis = 0 if action.target[2] == before[2] else 2
    distance = math.dist(before, action.target)
    rapid = isinstance(action, Move) and action.rapid
    limit = profile.grbl[f"$11{axis}"]
    speed = (limit if rapid else min(limit, action.feed)) / 60.0
    acceleration = profile.grbl[f"$12{axis}"]
    if distance < speed**2 / acceleration:
        return 2.0 * math.sqrt(distance / acceleration)
    return distance / speed + speed / acceleration
