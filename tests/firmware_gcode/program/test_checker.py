"""The checker lets good programs through and refuses everything else."""

from __future__ import annotations

import dataclasses

import pytest

from firmware_gcode.drawing.paper import Paper
from firmware_gcode.program.checker import ProgramError, check_program
from firmware_gcode.program.profile import Profile

PAPER = Paper(100.0, 80.0, 5.0)
Z, SERVO = Profile.load("simulated"), Profile.load("servo-pen")
HEAD = "G21G90G94G17G54\nG0Z3\n"
GOOD = HEAD + "X10Y10\nG1Z0F1200\nX20F3500\nG2X30Y20R10\nG0Z3\nG4P0\nX0Y0\n"
SERVO_GOOD = "G21G90G94G17G54\nM3S700\nG4P.1\nG0X10Y10\nM3S300\nG1X20F3000\nM3S700\nG4P0\n"


def test_good_programs_pass() -> None:
    check_program(GOOD, Z, PAPER)
    check_program(SERVO_GOOD, SERVO, PAPER)


BAD = [
    ("X10Y10", "X101Y10", 3, "not on the paper"),
    ("X10Y10", "X10Y-1", 3, "not on the paper"),
    ("X10Y10", "X-4Y10", 3, "not on the paper"),
    ("X10Y10", "X400Y10", 3, "machine's reach"),
    ("X20F3500", "X20F3600", 5, "allows 3500"),
    ("Z0F1200", "Z0F9000", 4, "allows 3000"),
    ("Z0F1200", "Z-1F1200", 4, "z = -1"),
    ("G0Z3\nX10", "G0Z4\nX10", 2, "z = 4"),
    ("R10", "R1", 6, "error:34"),
    ("G2X30Y20R10", "G2X30Y20R5000", 0, ""),
    ("X20F3500", "G0X20", 5, "rapid with the pen down"),
    ("X20F3500", "X20Z1F3500", 5, "sideways and up"),
    ("X20F3500", "X20F3500X21", 5, "error:25"),
    ("X20F3500", "X20?F3500", 5, "character"),
    ("X20F3500", "X20F3500é", 5, "character"),
    ("X20F3500", "X20F3500" + " " * 80, 5, "characters"),
    ("X20F3500", "G91X20F3500", 5, "G91"),
    ("X20F3500", "G20X1F100", 5, "G20"),
    ("X20F3500", "G53G1X20F3500", 5, "G53"),
    ("X20F3500", "G92X0", 5, "G92"),
    ("X20F3500", "G28", 5, "G28"),
    ("X20F3500", "M30", 5, "M30"),
    ("X20F3500", "M0", 5, "M0"),
    ("X20F3500", "M3S5", 5, "spindle"),
    ("X20F3500", "G4P100", 5, "waits"),
    ("X20F3500", "$H", 5, "error"),
    ("G4P0\n", "G4P0\nG1Z0F100\n", 0, "end with the pen up"),
    ("G0Z3\nX10Y10", "G0X10Y10\nZ3", 2, "lifted the pen"),
    ("G0Z3\nX10Y10", "G0Z3\nX10", 3, "reach"),
    ("G21G90", "G21", 2, "G90"),
    ("X0Y0\n", "X0Y0", 9, "newline"),
]


@pytest.mark.parametrize(("old", "new", "line", "words"), BAD)
def test_bad_programs_are_refused_with_line_and_reason(
    old: str, new: str, line: int, words: str
) -> None:
    assert old in GOOD
    text = GOOD.replace(old, new, 1)
    if not words:
        check_program(text, Z, PAPER)
        return
    with pytest.raises(ProgramError, match=words) as caught:
        check_program(text, Z, PAPER)
    assert caught.value.line == line


def test_an_arc_that_bulges_over_the_edge_is_refused() -> None:
    text = GOOD.replace("G2X30Y20R10", "G3X20Y30R30").replace("X10Y10", "X90Y10")
    text = text.replace("X20F3500", "X95F3500").replace("G3X20", "G3X95")
    check_program(text.replace("G3X95Y30R30", "G2X95Y30R30"), Z, PAPER)
    with pytest.raises(ProgramError, match="not on the paper"):
        check_program(text.replace("R30", "R10"), Z, PAPER)


def test_a_full_circle_is_followed_all_around() -> None:
    text = GOOD.replace("G2X30Y20R10", "G2X20Y10J15")
    check_program(text, Z, PAPER)
    with pytest.raises(ProgramError, match="not on the paper"):
        check_program(text.replace("J15", "J-6"), Z, PAPER)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("M3S300", "M3S900", "servo to 900"),
        ("G0X10Y10", "G0X10Y10Z1", "Z axis"),
        ("M3S300\n", "G0Z-1\n", "Z axis"),
        ("M3S700\nG4P0", "M5", "M5"),
    ],
)
def test_servo_programs_are_checked_too(old: str, new: str, words: str) -> None:
    with pytest.raises(ProgramError, match=words):
        check_program(SERVO_GOOD.replace(old, new, 1), SERVO, PAPER)


@pytest.mark.parametrize("text", ["", "\n", "G1X5\n", "G21G90G94G17G54\n"])
def test_programs_that_do_not_lift_the_pen_are_refused(text: str) -> None:
    with pytest.raises(ProgramError):
        check_program(text, Z, PAPER)


def test_park_place_beside_the_paper_is_allowed_with_the_pen_up() -> None:
    paper = Paper(100.0, 80.0, 5.0)
    profile = dataclasses.replace(Z, park=(200.0, 0.0))
    check_program(GOOD.replace("X0Y0", "X200Y0"), profile, paper)
    with pytest.raises(ProgramError, match="not on the paper"):
        check_program(GOOD.replace("X0Y0", "X200Y1"), profile, paper)
