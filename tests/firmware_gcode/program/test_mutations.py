"""Thousands of damaged programs: none that leaves the paper gets past the checker."""

from __future__ import annotations

import math
import random
import re
import string
from collections.abc import Iterator

import numpy as np
import pytest

from firmware_gcode.drawing.geometry import Drawing
from firmware_gcode.drawing.paper import Paper
from firmware_gcode.gcode.actions import Arc, Move
from firmware_gcode.gcode.errors import GcodeError
from firmware_gcode.gcode.interpreter import Interpreter
from firmware_gcode.program.checker import ProgramError, check_program
from firmware_gcode.program.profile import Profile
from firmware_gcode.program.writer import write_program
from firmware_gcode.toolpath.plan import plan_toolpath

PAPER = Paper(60.0, 50.0, 2.0)
MUTATIONS = 900
LEAVING = 1_500
ANGLES = np.linspace(0.0, np.pi, 6)
DRAWING = Drawing(
    (
        np.column_stack([40.0 + 15.0 * np.cos(ANGLES), 25.0 + 20.0 * np.sin(ANGLES)]),
        np.array([[5.0, 5.0], [20.0, 45.0]]),
    )
)
BOW = Drawing((DRAWING.strokes[0][1:5],))
SIGNS = string.digits + ".-XYZGFRS"


def mutated(text: str, chance: random.Random) -> str:
    """The text with one thing wrong: a sign changed, lost or added, a line lost or moved."""
    place = chance.randrange(len(text) - 1)
    kind = chance.randrange(6)
    if kind == 0:
        return text[:place] + chance.choice(SIGNS) + text[place + 1 :]
    if kind == 1:
        return text[:place] + text[place + 1 :]
    if kind == 2:
        return text[:place] + chance.choice(SIGNS) + text[place:]
    lines = text.splitlines(keepends=True)
    first, second = chance.randrange(len(lines)), chance.randrange(len(lines))
    if kind == 3:
        del lines[first]
    elif kind == 4:
        lines.insert(second, lines[first])
    else:
        lines[first], lines[second] = lines[second], lines[first]
    return "".join(lines)


def places(text: str) -> Iterator[tuple[float, float]]:
    """Every place that the pen passes, by the interpreter alone, arcs in twenty points.

    Ends at a line that GRBL would refuse: the link stops there.
    """
    interpreter = Interpreter()
    moved = {"X": False, "Y": False}
    for line in text.splitlines():
        try:
            actions = interpreter.execute(line)
        except GcodeError:
            return
        moved |= {letter: True for letter in "XY" if letter in line}
        for action in actions:
            if isinstance(action, Arc):
                yield from on_arc(action)
            elif isinstance(action, Move) and all(moved.values()):
                yield action.target[:2]


def on_arc(arc: Arc) -> Iterator[tuple[float, float]]:
    """Points on an arc."""
    cx, cy = arc.start[0] + arc.offset[0], arc.start[1] + arc.offset[1]
    radius, first = math.hypot(*arc.offset), math.atan2(-arc.offset[1], -arc.offset[0])
    turn = math.atan2(arc.target[1] - cy, arc.target[0] - cx) - first
    turn = -(-turn % math.tau) if arc.clockwise else turn % math.tau
    for share in range(1, 21):
        angle = first + turn * share / 20
        yield cx + radius * math.cos(angle), cy + radius * math.sin(angle)


def is_inside(text: str) -> bool:
    """Whether every place that the pen passes is on the paper, by the interpreter alone."""
    return all(
        -0.001 <= x <= PAPER.width + 0.001 and -0.001 <= y <= PAPER.height + 0.001
        for x, y in places(text)
    )


@pytest.mark.parametrize("name", ["simulated", "servo-pen"])
def test_no_mutation_that_leaves_the_paper_passes(name: str) -> None:
    profile = Profile.load(name)
    text = write_program(plan_toolpath(DRAWING, profile), profile).text
    assert "G2" in text or "G3" in text
    chance = random.Random(7)
    refused = passed = 0
    for _ in range(MUTATIONS):
        damaged = mutated(text, chance)
        try:
            check_program(damaged, profile, PAPER)
        except ProgramError:
            refused += 1
        else:
            passed += 1
            assert is_inside(damaged), f"passed, but leaves the paper:\n{damaged}"
    assert refused > MUTATIONS / 4
    assert passed > MUTATIONS / 50


def misplaced(text: str, chance: random.Random) -> str:
    """The text with one number changed: its sign, its point, a digit more, or a leap."""
    number = chance.choice(list(re.finditer(r"(?<=[XYR])-?[\d.]+", text)))
    value = float(number[0])
    other = chance.choice(
        [-value, value * 10.0, value + 60.0 * chance.random(), value - 60.0 * chance.random()]
    )
    return f"{text[: number.start()]}{other:.2f}{text[number.end() :]}"


@pytest.mark.parametrize("name", ["simulated", "servo-pen"])
def test_thousands_of_programs_that_leave_the_paper_are_refused(name: str) -> None:
    profile = Profile.load(name)
    text = write_program(plan_toolpath(BOW, profile), profile).text
    assert "G2" in text or "G3" in text
    chance = random.Random(3)
    left = 0
    while left < LEAVING:
        damaged = misplaced(text, chance)
        if not is_inside(damaged):
            left += 1
            with pytest.raises(ProgramError):
                check_program(damaged, profile, PAPER)
