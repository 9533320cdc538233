"""Random drawings on random machines: no hop moves X or Y while the pen is not clear.

Each program passes the checker, and a follower of its own, which knows nothing of the
checker, sees that X and Y move only at the drawing height or from the clearance on. Then one
line is broken so that they would: the checker refuses it. `make hunt-hops` tries ten thousand.
"""

from __future__ import annotations

import argparse
import random
import sys
from dataclasses import replace

import numpy as np

from firmware_gcode.drawing.geometry import Drawing
from firmware_gcode.drawing.paper import Paper
from firmware_gcode.facts import fact
from firmware_gcode.gcode.actions import Arc, Dwell, Move, Spindle
from firmware_gcode.gcode.interpreter import Interpreter
from firmware_gcode.program.checker import ProgramError, check_program
from firmware_gcode.program.pens.pen import Pen
from firmware_gcode.program.pens.servo import ServoPen
from firmware_gcode.program.pens.z import ZPen
from firmware_gcode.program.profile import Profile
from firmware_gcode.program.writer import write_program
from firmware_gcode.toolpath.plan import plan_toolpath

PAPER = Paper(120.0, 90.0, 0.0)
PROFILES = {name: Profile.load(name) for name in Profile.shipped()}


def random_profile(chance: random.Random) -> Profile:
    """A shipped profile with other heights, times, corners and park place."""
    profile = PROFILES[chance.choice(sorted(PROFILES))]
    pen: Pen = profile.pen
    if isinstance(pen, ZPen):
        up = round(chance.uniform(0.2, 6.0), 2)
        down = round(chance.choice([0.0, chance.uniform(-1.0, 0.15)]), 2)
        pen = replace(
            pen,
            up=up,
            down=down,
            clearance=round(chance.uniform(0.05, 3.0), 3),
            low=round(chance.uniform(0.1, 6.0), 3),
            landing=round(chance.uniform(0.0, up - down), 2),
            up_feed=chance.choice([300.0, 600.0, profile.grbl["$112"]]),
            down_feed=chance.choice([300.0, 600.0, profile.grbl["$112"]]),
            landing_feed=chance.choice([100.0, 300.0, 600.0]),
        )
    elif isinstance(pen, ServoPen):
        pen = replace(pen, clear_time=chance.choice([0.0, 0.05, 0.1, 0.4]))
    return replace(
        profile,
        pen=pen,
        park=chance.choice([(0.0, 0.0), (200.0, 0.0), (60.0, 150.0), (50.0, 40.0)]),
        travel_feed=chance.choice([profile.travel_feed, profile.draw_feed + 10.0]),
        plain_hops=chance.random() < 0.1,
        grbl={**profile.grbl, "$11": chance.choice([0.002, 0.01, 0.02, 0.2])},
    )


def random_drawing(chance: random.Random) -> Drawing:
    """Strokes of any length, some of them dots, some that begin where another one ended."""
    strokes, end = [], (60.0, 45.0)
    for _ in range(chance.randrange(1, 9)):
        near = chance.random() < 0.3
        first = end if near else (chance.uniform(0.0, 120.0), chance.uniform(0.0, 90.0))
        reach = chance.choice([0.3, 3.0, 20.0])
        steps = [
            (chance.uniform(-reach, reach), chance.uniform(-reach, reach))
            for _ in range(chance.randrange(6))
        ]
        points = np.cumsum([first, *steps], axis=0).clip((1.0, 1.0), (119.0, 89.0)).round(2)
        strokes.append(points)
        end = (float(points[-1, 0]), float(points[-1, 1]))
    return Drawing(tuple(strokes))


def touching(text: str, profile: Profile) -> int:
    """How often X or Y moves while the pen neither draws nor is clear."""
    pen, found = profile.pen, 0
    interpreter, begun = Interpreter(), False
    spindle = waited = 0.0
    interpreter.position = (-1.0, -1.0, -1.0)
    for line in text.splitlines():
        before = interpreter.position
        for action in interpreter.execute(line):
            if isinstance(action, Dwell):
                waited += action.seconds
            elif isinstance(action, Spindle):
                if action.speed != spindle:
                    waited = 0.0
                spindle = action.speed
            elif isinstance(action, Move | Arc) and action.target[:2] != before[:2]:
                heights = before[2], action.target[2]
                if isinstance(pen, ZPen):
                    clear = min(pen.up, max(0.0, pen.down) + pen.clearance) - 1e-3
                    level = max(heights) <= pen.down + 1e-3
                    found += not (min(heights) >= clear or level)
                elif isinstance(pen, ServoPen):
                    enough = min(pen.clear_time, pen.settle_up) - 1e-3
                    rises = spindle == pen.up and waited < enough
                    found += rises or spindle not in {pen.up, pen.down}
                begun = True
    return found if begun else 1


def broken(text: str, profile: Profile, chance: random.Random) -> str | None:
    """The program with a hop that touches; None if what was broken does no harm."""
    lines = text.split("\n")
    at = chance.randrange(2, len(lines))
    line, pen = lines[at], profile.pen
    if isinstance(pen, ZPen) and "Z" in line:
        low = max(pen.down + 0.03, min(pen.up, pen.down + pen.clearance) * chance.random())
        lines[at] = f"{line.partition('Z')[0]}Z{low:.3f}" + (
            f"F{line.partition('F')[2]}" if "F" in line else ""
        )
    elif isinstance(pen, ServoPen) and (line.startswith("G4") or "M3" in line):
        del lines[at]
    other = "\n".join(lines)
    return other if touching(other, profile) else None


def hunt(count: int, seed: int) -> tuple[int, int]:
    """Try so many drawings.

    Returns:
        How many broken programs were refused, all of them; and lines written.

    Raises:
        AssertionError: A hop that touches, or a broken program that was let through.
    """
    refused = written = 0
    for number in range(count):
        chance = random.Random(f"{seed}/{number}")
        profile, drawing = random_profile(chance), random_drawing(chance)
        toolpath = plan_toolpath(drawing, profile, area=PAPER.sheet)
        first = chance.randrange(len(toolpath.strokes)) if chance.random() < 0.2 else 0
        stops = {chance.randrange(9): fact("pen-for-pass", name="red")}
        program = write_program(toolpath, profile, from_stroke=first, pauses=stops)
        try:
            check_program(program.text, profile, PAPER)
        except ProgramError as error:
            raise AssertionError(f"{seed}/{number}: {error}\n{program.text}") from error
        assert not touching(program.text, profile), f"{seed}/{number}\n{program.text}"
        written += len(program.lines)
        if other := broken(program.text, profile, chance):
            try:
                check_program(other, profile, PAPER)
            except ProgramError:
                refused += 1
            else:
                raise AssertionError(f"{seed}/{number} was let through:\n{other}")
    return refused, written


def main(arguments: list[str]) -> int:
    """Hunt for hops that touch."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--drawings", type=int, default=10_000)
    wanted = parser.parse_args(arguments)
    refused, lines = hunt(wanted.drawings, wanted.seed)
    print(f"{wanted.drawings} drawings, {lines} lines: no hop touches")
    print(f"{refused} broken programs, all refused")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
