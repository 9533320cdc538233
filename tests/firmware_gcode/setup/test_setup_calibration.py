"""The guided calibration on a simulated machine: every step, every slip of the finger."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from firmware_gcode.drawing.paper import Paper
from firmware_gcode.grbl.dialects.registry import BY_KEY
from firmware_gcode.grbl.events import LinkState
from firmware_gcode.program.prompts import Dialogue
from firmware_gcode.setup.calibration import reading
from firmware_gcode.setup.calibration.guide import Guide
from firmware_gcode.setup.calibration.reading import read_step, sheet_step, skew
from firmware_gcode.setup.calibration.scale import corner_step, corrected, scale_step
from firmware_gcode.setup.calibration.sheet import calibration_sheet, ordered_program
from firmware_gcode.setup.calibration.shop import Shop
from firmware_gcode.setup.calibration.steps import CALIBRATION, pen_step
from firmware_gcode.setup.files import SetupError
from firmware_gcode.setup.profile_file import ProfileFile

if TYPE_CHECKING:
    from tests.firmware_gcode.setup.conftest import Workplace

Open = Callable[..., AbstractContextManager["Workplace"]]
Own = Callable[[str], ProfileFile]
NOW = datetime(2026, 11, 22, 12, 0, 0)  # noqa: DTZ001 - a fixed time
A6 = Paper.named("A6")


def shop(place: Workplace, file: ProfileFile, paper: Paper = A6) -> Shop:
    return Shop(place.machine, file, paper, now=lambda: NOW)


def answers(dialogue: Dialogue, *given: str) -> Guide:
    """Goes through a dialogue; every answer must be one."""
    guide = Guide(dialogue)
    for text in given:
        assert guide.prompt is not None, (text, guide.result)
        guide.answer(text)
        assert not guide.problem, (text, guide.problem)
    return guide


def said(file: ProfileFile) -> dict[str, object]:
    return tomllib.loads(file.path.read_text())


AT_CORNER = ("x 10", "y -0.5", "done")


def test_steps_per_mm_are_corrected_in_machine_and_profile(
    workplace: Open, own_file: Own
) -> None:
    file = own_file("simulated-plain")
    before = file.path.read_text()
    with workplace(file.profile) as place:
        guide = answers(scale_step(shop(place, file), "x"), *AT_CORNER, "yes", "76", "yes")
        assert guide.prompt is None
        assert not guide.failed, guide.result
        assert "$100=84.211" in str(guide.result)
        assert place.settings()["$100"] == pytest.approx(84.211, abs=1e-3)
        assert place.machine.state is LinkState.UNREFERENCED
        xs = sorted(float(np.array(stroke)[:, 0].max()) for stroke in place.behind.ink[-2:])
        assert xs[-1] - xs[0] == pytest.approx(80.0, abs=0.02)
        assert file.profile.grbl["$100"] == 84.211
    kept = file.path.with_name("my.toml.20261122-120000.bak")
    assert kept.read_text() == before
    assert file.path.read_text() == before.replace('"$100" = 80.0', '"$100" = 84.211')


@pytest.mark.parametrize(
    ("key", "told"),
    [("grblhal", "$100=84.211"), ("fluidnc", "axes/x/steps_per_mm: 84.211")],
)
def test_a_scale_is_written_or_told_where_the_dialect_keeps_it(
    key: str, told: str, workplace: Open, own_file: Own
) -> None:
    file = own_file("simulated-plain")
    with workplace(file.profile, dialect=BY_KEY[key]) as place:
        guide = answers(scale_step(shop(place, file), "x"), *AT_CORNER, "yes", "76")
        if guide.prompt is not None:
            guide.answer("yes")
        assert told in str(guide.result)
        assert guide.failed == (key == "fluidnc")
        filed = place.settings()["$100"] == 80.0
        assert filed == guide.failed == (file.profile.grbl["$100"] == 80.0)


@pytest.mark.parametrize("length", ["0", "-80", "nan", "inf", "800", "8", "eighty"])
def test_a_length_that_cannot_be_is_asked_for_again(
    workplace: Open, own_file: Own, length: str
) -> None:
    file = own_file("simulated-plain")
    with workplace(file.profile) as place:
        guide = answers(scale_step(shop(place, file), "y"), "done", "yes")
        guide.answer(length)
        assert str(guide.problem).startswith("Answer a number from")
        guide.answer("120.1")
        assert "as right as a ruler can tell" in str(guide.result)
    assert file.profile.grbl["$101"] == 80.0


@pytest.mark.parametrize("measured", [0.0, -1.0, math.nan, math.inf, 1000.0, 10.0])
def test_no_steps_are_worked_out_from_nonsense(measured: float) -> None:
    with pytest.raises(SetupError):
        corrected(80.0, 100.0, measured)
    assert corrected(80.0, 100.0, 98.0) == 81.633


@pytest.mark.parametrize("no_at", [1, 3])
def test_a_person_says_no(workplace: Open, own_file: Own, no_at: int) -> None:
    file = own_file("simulated-plain")
    before = file.path.read_text()
    given = [*["done", "yes", "76", "yes"][:no_at], "no"]
    with workplace(file.profile) as place:
        guide = answers(scale_step(shop(place, file), "x"), *given)
        assert guide.prompt is None
        assert "Nothing was" in str(guide.result)
        assert place.settings()["$100"] == 80.0
    assert file.path.read_text() == before


def test_a_profile_that_cannot_be_written_is_told_with_what_the_machine_has(
    workplace: Open, own_file: Own, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = own_file("simulated-plain")

    def full(*_: object) -> Path:
        raise SetupError("file-unwritable", path="my.toml", why="No space left on device")

    with workplace(file.profile) as place:
        monkeypatch.setattr(file, "change", full)
        guide = answers(scale_step(shop(place, file), "x"), "done", "yes", "76", "yes")
        assert guide.failed
        assert "The machine has $100=84.211 now, but the profile has not" in str(guide.result)
        assert "No space left" in str(guide.result)


def test_a_speed_that_the_new_steps_do_not_allow_is_told_before_writing(
    workplace: Open, own_file: Own
) -> None:
    file = own_file("simulated-plain")
    with workplace(file.profile) as place:
        guide = answers(scale_step(shop(place, file), "x"), "done", "yes", "25")
        assert guide.failed
        assert "Lower $110 below" in str(guide.result)
        assert place.settings()["$100"] == 80.0


def test_the_cable_is_pulled_while_the_marks_are_drawn(workplace: Open, own_file: Own) -> None:
    file = own_file("simulated-plain")
    with workplace(file.profile) as place:
        guide = answers(scale_step(shop(place, file), "x"), "done")
        with place.behind.lock:
            place.behind.machine.faults.unplug_after = 60
        guide.answer("yes")
        assert guide.failed
        assert "unplugged" in str(guide.result)


def test_the_heights_of_a_pen_on_a_homed_z_axis(workplace: Open, own_file: Own) -> None:
    file = own_file("simulated")
    with workplace(file.profile) as place:
        guide = answers(
            pen_step(shop(place, file)),
            *("yes", "z -5", "z -4", "z -0.5", "done"),  # home, at the top; touches at -10.5
            *("z 1", "z 9", "z -0.5", "done"),  # 3.5 mm; 13 would be above the top
            *("", "deeper", "dot", "good", "yes"),
        )
        assert not guide.failed, guide.result
        assert place.machine.ready
        assert not place.behind.machine.ink.down
        assert place.machine.machine_height() == pytest.approx(-10.5 + 3.5, abs=0.01)
    pen = said(file)["pen"]
    assert isinstance(pen, dict)
    assert (pen["paper_z"], pen["up"], pen["down"]) == (-10.5, 3.5, -0.1)
    assert (pen["landing"], pen["kind"]) == (0.5, "z")


def test_the_pen_stays_at_the_top_until_the_paper_s_height_is_known(
    workplace: Open, own_file: Own
) -> None:
    """The profile may have the paper far too low: homing must not drive the pen into it."""
    file = own_file("simulated")
    with workplace(file.profile) as place:
        answers(pen_step(shop(place, file)), "yes").cancel()
        assert place.machine.machine_height() == pytest.approx(-1.0, abs=0.01)


def test_the_heights_of_a_pen_on_a_z_axis_without_switches(
    workplace: Open, own_file: Own
) -> None:
    file = own_file("simulated-plain")
    with workplace(file.profile) as place:
        guide = answers(
            pen_step(shop(place, file)),
            "done",
            "z -0.5",
            "done",
            "0.8",
            "lighter",
            "good",
            "yes",
        )
        assert not guide.failed, guide.result
        assert place.machine.position == pytest.approx((10.0, 10.0), abs=0.02)
        assert place.machine.machine_height() == pytest.approx(2.5, abs=0.01)
    pen = said(file)["pen"]
    assert isinstance(pen, dict)
    assert (pen["up"], pen["down"], pen["landing"]) == (2.5, 0.1, 0.8)


def test_a_lift_above_the_top_is_refused_and_told(workplace: Open, own_file: Own) -> None:
    file = own_file("simulated")
    with workplace(file.profile) as place:
        guide = answers(pen_step(shop(place, file)), "yes", "z -3", "done", "z 8")
        assert guide.prompt is not None
        assert "above the top of the Z axis" in guide.prompt.text
        assert "lifted by 3 mm at most" in guide.prompt.text
        guide.cancel()
        assert place.machine.profile == file.profile
        assert place.machine.ready


def test_a_step_that_is_cancelled_with_the_pen_on_the_paper_lifts_it(
    workplace: Open, own_file: Own
) -> None:
    file = own_file("simulated")
    before = file.path.read_text()
    with workplace(file.profile) as place:
        guide = answers(pen_step(shop(place, file)), "yes", "z -3")
        lowered = place.behind.machine.shaft[2]
        guide.cancel()
        assert str(guide.result) == "Cancelled."
        assert place.behind.machine.shaft[2] == lowered + 3 * 400
    assert file.path.read_text() == before


def test_ctrl_c_with_the_pen_lowered_by_hand_lifts_it(workplace: Open, own_file: Own) -> None:
    """Letting go of the link is what Ctrl-C comes to."""
    file = own_file("simulated-plain")
    with workplace(file.profile) as place:
        answers(corner_step(shop(place, file)), "z 1", "z -1")
        at_paper = place.behind.machine.shaft[2]
    assert place.behind.machine.shaft[2] > at_paper


def test_the_values_of_a_servo(workplace: Open, own_file: Own) -> None:
    file = own_file("servo-pen")
    with workplace(file.profile) as place:
        guide = answers(
            pen_step(shop(place, file)),
            *("s 50", "s -20", "s 200", "s 200", "done", "s -40", "done", "yes"),
        )
        assert not guide.failed, guide.result
        assert place.behind.machine.board.tool.rpm == 930.0
    pen = said(file)["pen"]
    assert isinstance(pen, dict)
    assert (pen["up"], pen["down"]) == (930.0, 260.0)


def test_the_corner_of_a_machine_that_homes(workplace: Open, own_file: Own) -> None:
    file = own_file("simulated")
    with workplace(file.profile) as place:
        guide = answers(
            corner_step(shop(place, file)), "yes", "x 4", "y 2.5", "x -0.5", "done", "yes"
        )
        assert not guide.failed, guide.result
        assert place.machine.position == pytest.approx((0.0, 0.0), abs=0.02)
        again = answers(corner_step(shop(place, file)), "done")
        assert "where the profile says" in str(again.result)
    assert said(file)["paper_origin"] == [8.5, 7.5]


def test_a_zero_that_is_set_anew_may_lie_left_of_the_old_one(
    workplace: Open, own_file: Own
) -> None:
    file = own_file("simulated-plain")
    with workplace(file.profile) as place:
        first = answers(corner_step(shop(place, file)), "x 20", "done")
        assert "The zero is set" in str(first.result)
        kept = answers(corner_step(shop(place, file)), "no")
        assert "stays where it is" in str(kept.result)
        again = answers(corner_step(shop(place, file)), "yes", "x -15", "z -3", "done")
        assert "The zero is set" in str(again.result)
        assert place.machine.position == pytest.approx((0.0, 0.0), abs=0.02)
        with place.behind.lock:
            assert place.behind.machine.shaft[:2] == (5 * 80, 0)


def test_what_the_machine_refuses_by_hand_is_told_and_the_step_goes_on(
    workplace: Open, own_file: Own
) -> None:
    file = own_file("simulated")
    with workplace(file.profile) as place:
        guide = answers(corner_step(shop(place, file)), "yes", "x -50")
        assert guide.prompt is not None
        assert guide.prompt.text.endswith(
            "Take it over the corner of the paper that lies there."
        )
        assert len(guide.prompt.text) > 150, "why it did not move stands before the question"
        assert place.machine.position == pytest.approx((0.0, 0.0), abs=0.02)
        guide.answer("z 1")
        assert "axes: x, y" in str(guide.problem)
        guide.answer("x 500")
        assert "at most 100" in str(guide.problem)
        guide.cancel()


def test_nothing_moves_without_a_yes(workplace: Open, own_file: Own) -> None:
    file = own_file("simulated")
    with workplace(file.profile) as place:
        for name in ("corner", "pen", "scale-x", "scale-y"):
            guide = answers(CALIBRATION[name][1](shop(place, file)), "no")
            assert guide.failed
            assert "before the position is known" in str(guide.result)
        assert place.behind.machine.shaft == (0, 0, 0)


def test_the_test_sheet_is_drawn_and_read(
    workplace: Open, own_file: Own, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the first rows are drawn here; `test_setup_sheet.py` looks at the whole."""
    file = own_file("simulated-plain")
    paper = Paper.named("A5")
    whole = calibration_sheet(file.profile, paper)
    few = [*whole.settle[2].strokes[:3], *whole.speed[5].strokes]
    few_sheet = replace(whole, program=ordered_program(few, whole.allowed))
    heard: list[tuple[int, int]] = []
    with workplace(file.profile) as place:
        there = replace(shop(place, file, paper), drawn=lambda n, of: heard.append((n, of)))
        with monkeypatch.context() as patched:
            patched.setattr(reading, "calibration_sheet", lambda *_: few_sheet)
            guide = answers(sheet_step(there), "done", "yes")
        assert not guide.failed, guide.result
        assert heard[-1] == (7, 7)
        ink = place.behind.ink[-7:]
        assert all(
            np.allclose(drawn[0], wanted[0], atol=0.02)
            for drawn, wanted in zip(ink, few, strict=True)
        )
        reading_guide = answers(
            read_step(there), "2", "1", "4", "4", "3", "-1", "yes", "224.0", "223.2", "yes"
        )
        assert not reading_guide.failed, reading_guide.result
    assert "x has 0.3 mm of backlash" in str(reading_guide.result)
    assert "y has little backlash" in str(reading_guide.result)
    assert "off square" in str(reading_guide.result)
    found = said(file)
    assert found["draw_feed"] == 4800.0
    pen = found["pen"]
    assert isinstance(pen, dict)
    assert (pen["settle_down"], pen["settle_up"]) == (0.05, 0.0)
    assert (pen["clearance"], pen["low"]) == (0.5, 1.0)


def test_nothing_clean_changes_nothing(workplace: Open, own_file: Own) -> None:
    file = own_file("simulated-plain")
    with workplace(file.profile) as place:
        given = ("none", "none", "none", "none", "0", "0", "no")
        guide = answers(read_step(shop(place, file, Paper.named("A5"))), *given)
    assert str(guide.result).endswith("Nothing was changed.")


def test_a_paper_that_is_too_small_for_the_sheet(workplace: Open, own_file: Own) -> None:
    file = own_file("simulated-plain")
    with workplace(file.profile) as place:
        guide = Guide(sheet_step(shop(place, file)))
        assert guide.failed
        assert "Take A5 or larger" in str(guide.result)


@pytest.mark.parametrize("degrees", [-2.0, -0.1, 0.0, 0.5, 3.0])
def test_skew_is_found_from_the_diagonals(degrees: float) -> None:
    angle = math.radians(90.0 - degrees)
    a, b = np.array([124.0, 0.0]), 186.0 * np.array([math.cos(angle), math.sin(angle)])
    found = skew(124.0, 186.0, float(np.hypot(*(a + b))), float(np.hypot(*(a - b))))
    assert found.degrees == pytest.approx(degrees, abs=1e-9)
    assert found.mm_in_100 == pytest.approx(100 * math.tan(math.radians(degrees)))
