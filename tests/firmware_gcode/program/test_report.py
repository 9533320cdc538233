"""Figures before and after planning."""

from __future__ import annotations

import json

import numpy as np

from firmware_gcode.drawing.geometry import Drawing
from firmware_gcode.program.listing import write_listing
from firmware_gcode.program.profile import Profile
from firmware_gcode.program.report import Figures, Report, as_it_came
from firmware_gcode.toolpath.plan import plan_toolpath


def test_planning_is_compared_with_the_drawing_as_it_came() -> None:
    profile = Profile.load("simulated")
    generator = np.random.default_rng(1)
    drawing = Drawing(tuple(generator.uniform(10.0, 90.0, (2, 2)) for _ in range(12)))
    listing = write_listing(plan_toolpath(drawing, profile), profile)
    found = Report(as_it_came(drawing, profile), Figures.of(listing))
    assert found.before.strokes == 12
    assert found.after.travel_mm < found.before.travel_mm
    assert found.after.seconds < found.before.seconds
    assert json.loads(json.dumps(found.as_dict()))["after"]["strokes"] == listing.strokes
    assert "travel, mm" in found.text()
    assert found.text().count("\n") == 7
