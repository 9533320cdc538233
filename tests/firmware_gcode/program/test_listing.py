"""A program's text alone is that of the program."""

from __future__ import annotations

import numpy as np
import pytest

from firmware_gcode.drawing.geometry import Drawing
from firmware_gcode.facts import fact
from firmware_gcode.program.listing import inked, write_listing
from firmware_gcode.program.profile import Profile
from firmware_gcode.program.writer import write_program
from firmware_gcode.toolpath.plan import plan_toolpath


def test_a_listing_is_the_text_of_the_program_and_comes_to_the_same() -> None:
    profile = Profile.load("simulated")
    generator = np.random.default_rng(4)
    strokes = generator.uniform(10.0, 90.0, (600, 3, 2))  # Several groups.
    toolpath = plan_toolpath(Drawing(tuple(strokes)), profile, fast=True)
    told = {300: fact("pen-for-pass", name="red")}
    program = write_program(toolpath, profile, pauses=told)
    listing = write_listing(toolpath, profile, pauses=told)
    assert "".join(listing.parts) == program.text
    assert listing.size_bytes == program.size_bytes
    assert listing.seconds == pytest.approx(program.seconds)
    assert listing.ink_mm == pytest.approx(program.ink_mm)
    assert listing.travel_mm == pytest.approx(program.travel_mm)
    assert all(map(np.array_equal, inked(toolpath), program.strokes))
    before, _, after = b"".join(listing.pieces).decode().partition("M0 (")
    first = int(np.flatnonzero(program.lines.stroke == 300)[0])
    assert before == program.lines[:first].text
    assert after.partition("\n")[2] == program.lines[first:].text
