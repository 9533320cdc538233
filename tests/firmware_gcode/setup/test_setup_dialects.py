"""Each dialect on a real pty: compared, written, kept, brought back, drawn with."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from firmware_gcode.drawing.paper import Paper
from firmware_gcode.facts import Fact
from firmware_gcode.grbl.dialects.fluidnc import FLUIDNC
from firmware_gcode.grbl.dialects.grblhal import GRBLHAL
from firmware_gcode.grbl.dialects.registry import BY_KEY
from firmware_gcode.program.profile import Profile
from firmware_gcode.setup.backup import (
    Backup,
    load_backup,
    plan_restore,
    save_backup,
    stranger,
)
from firmware_gcode.setup.calibration.sheet import ordered_program
from firmware_gcode.setup.compare import left_out, notes, plan_apply, unlike, warnings
from firmware_gcode.setup.writing import Step

if TYPE_CHECKING:
    from tests.firmware_gcode.setup.conftest import Workplace

Open = Callable[..., AbstractContextManager["Workplace"]]
SPOKEN = [key for key, each in BY_KEY.items() if each.known]


@pytest.mark.parametrize("key", SPOKEN)
def test_a_machine_is_checked_written_kept_brought_back_and_draws(
    key: str, workplace: Open, servo: Profile, tmp_path: Path
) -> None:
    has = {**servo.grbl, "$110": 500.0, "$30": 900.0}
    filed, path = key == "fluidnc", tmp_path / "machine.json"
    with workplace(servo, has, dialect=BY_KEY[key]) as place:
        machine = place.machine
        found = machine.read()
        assert found.dialect.name == BY_KEY[key].name
        assert [each.key for each in unlike(servo.grbl, found)] == (
            [] if filed else ["$30", "$110"]
        )
        save_backup(Backup(found, "now"), path)
        report = machine.write(plan_apply(servo.grbl, found), confirmed=True)
        assert report.complete, report.text()
        written = machine.read()
        assert unlike(servo.grbl, written) == []
        assert stranger(load_backup(path), written) is None
        steps, _ = plan_restore(load_backup(path), written)
        assert [step.name for step in steps] == ([] if filed else ["$30", "$110"])
        assert machine.write(steps, confirmed=True).complete
        assert machine.read() == found
        machine.set_zero()
        strokes = [np.array([[5.0, 5.0], [9.0, 5.0]]), np.array([[5.0, 8.0], [9.0, 8.0]])]
        machine.draw(ordered_program(strokes, servo), Paper.named("A5"))
        assert len(place.behind.ink) == 2


def codes(said: list[Fact]) -> set[str]:
    return {each.code for each in said}


def test_what_fluidnc_keeps_in_its_file_is_told_by_its_own_names(
    workplace: Open, servo: Profile
) -> None:
    with workplace(servo, dialect=FLUIDNC) as place:
        found = place.machine.read()
        assert plan_apply(servo.grbl, found) == []
        said = warnings(servo, found) + notes(servo, found)
        told = {each.code: str(each) for each in said}
        assert "axes/x/steps_per_mm: 80 ($100)" in told["setting-in-file"]
        assert "grbl-version-odd" not in told
        assert 'build = "FluidNC"' in told["servo-in-file"]
        assert found.startup == {}


def test_a_mask_of_grblhal_is_left_alone(workplace: Open, homing: Profile) -> None:
    profile = replace(homing, grbl={**homing.grbl, "$10": 3.0})
    with workplace(profile, dialect=GRBLHAL) as place:
        found = place.machine.read()
        assert (found.settings["$10"], found.texts["$74"]) == (511.0, "plotter")
        assert found.texts["$76"] == ""
        assert unlike(profile.grbl, found) == []
        assert codes(notes(profile, found)) == {"setting-means-other"}
        servo = Profile.load("servo-pen")
        assert "set $33=50" in " ".join(map(str, warnings(servo, found)))
        slow = replace(found, settings={**found.settings, "$33": 50.0})
        assert servo.pen.warnings(slow) == []
        several = replace(found, settings={**found.settings, "$22": 6.0})
        assert [step.line for step in plan_apply(profile.grbl, several)] == ["$22=7"]
        assert place.machine.write([Step("$74", "plotter", "ATTIC", "$74=ATTIC")]).complete


def test_two_axes_without_build_info(workplace: Open, servo: Profile, plain: Profile) -> None:
    with workplace(servo, dialect=BY_KEY["servo-xy"]) as place:
        found = place.machine.read()
        assert (found.version, found.axes, found.settings["$141"]) == ("", 2, 1.0)
        assert codes(warnings(servo, found)) == {"servo-build-unsaid"}
        assert unlike(servo.grbl, found) == []
        assert codes(left_out(servo.grbl, found)) == {"setting-absent"}
        assert "pen-needs-z" in codes(warnings(plain, found))
        assert [len(each) for each in found.offsets.values()] == [2] * 8
