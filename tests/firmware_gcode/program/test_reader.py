"""Any G-code as a program: strokes found, lines kept, and refused where it cannot be sent."""

from __future__ import annotations

import numpy as np
import pytest

from firmware_gcode.drawing.geometry import Drawing
from firmware_gcode.program.checker import ProgramError
from firmware_gcode.program.profile import Profile
from firmware_gcode.program.reader import read_program
from firmware_gcode.program.writer import SYNC, write_program
from firmware_gcode.toolpath.plan import plan_toolpath

Z = Profile.load("simulated")
SERVO = Profile.load("servo-pen")
SQUARE = Drawing(
    (
        np.array([[10.0, 10.0], [20.0, 10.0], [20.0, 20.0]]),
        np.array([[40.0, 40.0], [45.0, 45.0]]),
    )
)


@pytest.mark.parametrize("profile", [Z, SERVO], ids=lambda profile: profile.name)
def test_our_own_programs_are_read_back_as_they_were_written(profile: Profile) -> None:
    written = write_program(plan_toolpath(SQUARE, profile), profile)
    found = read_program(written.text.splitlines(), profile)
    assert [line.text for line in found.lines] == [line.text for line in written.lines]
    assert [line.stroke for line in found.lines] == [line.stroke for line in written.lines]
    assert len(found.strokes) == len(written.strokes)
    for a, b in zip(found.strokes, written.strokes, strict=True):
        assert np.allclose(a[[0, -1]], b[[0, -1]], atol=1e-3)
    assert found.seconds == pytest.approx(written.seconds, abs=0.01)


def test_a_stroke_is_what_lies_between_two_lifts() -> None:
    program = read_program(
        ["G21 G90 (setup)", "; nothing", "g0 x5 y5", "G1 Z0 F500", "X9", "G0 Z3", "X0"], Z
    )
    texts = [line.text for line in program.lines]
    assert texts == ["G21G90", "G0X5Y5", "G1Z0F500", "X9", "G0Z3", "X0", SYNC]
    assert [line.stroke for line in program.lines] == [None, 0, 0, 0, 0, None, None]
    assert program.strokes[0].tolist() == [[5.0, 5.0], [9.0, 5.0]]


def test_a_program_that_only_travels_has_no_stroke() -> None:
    program = read_program(["G0X10", "G0X0"], Z)
    assert program.strokes == ()
    assert {line.stroke for line in program.lines} == {None}


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "empty"),
        ("(only words)\n", "empty"),
        ("G0X1\nhello\n", "line 2"),
        ("G1X5\n", "line 1"),  # no feed
        ("G0X5000\n", "reach"),
        ("G0X280Y10\nG3X280Y90R40F900\n", "line 2.*reach"),  # only the arc between leaves it
        ("$100=80\n", "line 1"),
        ("%\nM30\nG0X1\n", "empty"),
        ("%O1\nG0X1\n", "line 1"),
        ("G0X1\nG1Z0F600\nM0\n", "line 3.*pen is down"),
        ("G0X" + "1" * 90, "line 1"),
    ],
)
def test_what_cannot_be_sent_is_refused_with_its_line(text: str, named: str) -> None:
    with pytest.raises(ProgramError, match=named):
        read_program(text.splitlines(), Z)
