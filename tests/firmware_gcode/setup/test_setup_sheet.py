"""The test sheet: on every paper inside the margins, with every row as its number says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from firmware_gcode.drawing.paper import Paper
from firmware_gcode.program.checker import check_program
from firmware_gcode.program.profile import Profile
from firmware_gcode.setup.calibration import features
from firmware_gcode.setup.calibration.scale import Axis, ruler
from firmware_gcode.setup.calibration.sheet import (
    Part,
    as_strokes,
    calibration_sheet,
    joined,
    settle_values,
    settled,
    speed_values,
)
from firmware_gcode.setup.files import SetupError
from tests.firmware_gcode.virtual_time import VirtualTimeLink


def machine(name: str, width: float = 600.0) -> Profile:
    """A shipped profile of a machine large enough for any paper."""
    shipped = Profile.load(name)
    grbl = {**shipped.grbl, "$130": width, "$131": width}
    return replace(shipped, width=width, height=width, grbl=grbl)


@pytest.mark.parametrize("name", ["simulated", "servo-pen"])
@pytest.mark.parametrize(
    ("size", "landscape"), [("A5", False), ("A5", True), ("A4", False), ("A3", True)]
)
def test_the_sheet_passes_the_check_and_stays_inside_the_margins(
    name: str, size: str, landscape: bool
) -> None:
    profile = machine(name)
    paper = Paper.named(size, landscape=landscape)
    sheet = calibration_sheet(profile, paper)
    check_program(sheet.program.text, sheet.allowed, paper)
    assert paper.drawable.contains(np.concatenate(sheet.program.strokes), 0.006)
    assert [row.number for row in sheet.settle] == [row.number for row in sheet.speed]
    assert [row.value for row in sheet.speed] == sorted({row.value for row in sheet.speed})
    assert sheet.speed[-1].value == min(profile.grbl["$110"], profile.grbl["$111"])
    assert sheet.program.text == calibration_sheet(profile, paper).program.text


def test_no_two_features_lie_on_each_other() -> None:
    """Every row, both combs and the square keep at least half a millimetre apart."""
    sheet = calibration_sheet(machine("simulated"), Paper.named("A5"))
    rows = [np.concatenate(row.strokes) for row in (*sheet.settle, *sheet.speed, *sheet.clear)]
    boxes = [(*points.min(axis=0), *points.max(axis=0)) for points in rows]
    for index, (x0, y0, x1, y1) in enumerate(boxes):
        for a0, b0, a1, b1 in boxes[index + 1 :]:
            assert a0 > x1 + 0.5 or a1 < x0 - 0.5 or b0 > y1 + 0.5 or b1 < y0 - 0.5


def test_each_row_is_drawn_with_its_own_value() -> None:
    profile = machine("servo-pen")
    sheet = calibration_sheet(profile, Paper.named("A5"))
    lines = sheet.program.lines
    first = len(sheet.program.strokes) - sum(
        len(row.strokes) for row in (*sheet.settle, *sheet.speed, *sheet.clear)
    )
    for row in sheet.settle:
        dwells = {
            line.text for line in lines if line.stroke == first + 1 and "G4" in line.text
        }
        assert dwells == {f"G4P{row.value:g}".replace("P0.", "P.")}
        first += len(row.strokes)
    for row in sheet.speed:
        inked = [line for line in lines if line.stroke == first and line.pen_down]
        assert any(f"F{row.value:.0f}" in line.text for line in inked) or row.number > 1
        first += len(row.strokes)
    for row in sheet.clear:
        own = [line.text for line in lines if line.stroke == first + 1]
        assert own[-1] == f"G4P{row.value:g}".replace("P0.", "P.")
        first += len(row.strokes)


def test_each_row_of_a_z_pen_hops_from_its_own_clearance() -> None:
    sheet = calibration_sheet(machine("simulated"), Paper.named("A5"))
    first = len(sheet.program.strokes) - sum(len(row.strokes) for row in sheet.clear)
    for row in sheet.clear:
        own = [line.text for line in sheet.program.lines if line.stroke == first + 1]
        assert own[-2].endswith(f"Z{row.value:g}".replace("0.", "."))
        first += len(row.strokes)


def test_values_do_not_depend_on_what_is_written_into_the_profile() -> None:
    """Else a sheet could not be read after one value of it was saved."""
    profile = machine("simulated")
    later = replace(profile, draw_feed=1200.0, pen=profile.pen.settled(0.3))
    assert settle_values(profile) == settle_values(later)
    assert speed_values(profile) == speed_values(later)


def test_a_program_of_several_parts_is_drawn_and_its_strokes_are_counted_through() -> None:
    profile = replace(
        machine("simulated"), homing=False, home_at_start=False, paper_origin=(0.0, 0.0)
    )
    profile = replace(profile, grbl={**profile.grbl, "$20": 0.0, "$22": 0.0})
    lines = [np.array([[10.0, 10.0 + y], [30.0, 10.0 + y]]) for y in range(6)]
    parts = [
        Part(profile, as_strokes(lines[:2])),
        Part(settled(profile, 0.2), as_strokes(lines[2:4])),
        Part(replace(profile, draw_feed=1000.0), as_strokes(lines[4:])),
    ]
    program = joined(parts, profile.park)
    numbers = [line.stroke for line in program.lines]
    inner = [number for number in numbers if number is not None]
    assert inner == sorted(inner)
    assert None not in numbers[numbers.index(0) : len(numbers) - numbers[::-1].index(5)]
    rehearsal = VirtualTimeLink(profile)
    rehearsal.plug()
    rehearsal.run(10.0, lambda: rehearsal.session.state.value == "unreferenced")
    rehearsal.session.set_zero()
    rehearsal.run(10.0, lambda: rehearsal.session.state.value == "ready")
    rehearsal.machine.ink.strokes.clear()
    rehearsal.session.draw(program)
    rehearsal.run(3.0)
    rehearsal.session.pause(at_once=True)
    assert rehearsal.run(20.0, lambda: rehearsal.session.state.value == "paused")
    rehearsal.session.resume()
    assert rehearsal.run(60.0, lambda: rehearsal.session.state.value == "ready")
    assert program.pen_lifts == 6
    ends = sorted({round(stroke[-1][1]) for stroke in rehearsal.machine.ink.strokes})
    assert ends == [10, 11, 12, 13, 14, 15]


@pytest.mark.parametrize("backlash", [0.0, 0.1, 0.3])
def test_the_comb_shows_the_backlash_where_its_teeth_meet(backlash: float) -> None:
    """A machine with play lags behind wherever it came from; the vernier reads it off."""
    middle = (50.0, 50.0)
    strokes = features.comb(middle, upright=False)
    teeth = 2 * features.TEETH + 1
    outer = [float(stroke[-1, 0]) - backlash / 2 for stroke in strokes[:teeth]]
    inner = [float(stroke[-1, 0]) + backlash / 2 for stroke in strokes[teeth:]][::-1]
    apart = [abs(a - b) for a, b in zip(outer, inner, strict=True)]
    shown = abs(int(np.argmin(apart)) - features.TEETH) * features.VERNIER_MM
    assert shown == pytest.approx(backlash, abs=1e-9)
    for stroke in strokes[:teeth]:
        assert stroke[1, 0] - stroke[0, 0] == pytest.approx(features.LEAD_MM)
    for stroke in strokes[teeth:]:
        assert stroke[0, 0] - stroke[1, 0] == pytest.approx(features.LEAD_MM)
    upright = features.comb(middle, upright=True)
    assert all(np.allclose(a[:, ::-1], b) for a, b in zip(strokes, upright, strict=True))


def test_the_marks_of_the_ruler_are_a_round_way_apart_and_approached_alike() -> None:
    profile = machine("z-pen")
    axes: tuple[Axis, ...] = ("x", "y")
    for index, axis in enumerate(axes):
        for size in ("A6", "A5", "A4"):
            marks, way = ruler(profile, Paper.named(size), axis)
            assert way % 10 == 0
            assert marks[1][1][index] - marks[0][1][index] == pytest.approx(way)
            assert all(mark[1][index] - mark[0][index] == 4.0 for mark in marks)
            assert Paper.named(size).drawable.contains(np.concatenate(marks))
    with pytest.raises(SetupError, match="larger paper"):
        ruler(profile, Paper(50.0, 50.0, 10.0), "x")
