"""The time of a program is the time that the real firmware takes for it."""

from __future__ import annotations

import json
import math
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest

from firmware_gcode.motion.estimate import dwell_seconds, time_program
from firmware_gcode.motion.settings import MotionSettings

FAST = MotionSettings((80, 80, 80), (6000, 6000, 3000), (500, 500, 200))


def test_every_recorded_program_takes_the_recorded_time(shared_data: Path) -> None:
    folder = shared_data / "grbl" / "motion"
    times = json.loads((folder / "times.json").read_text())
    errors = {}
    for program in times["programs"]:
        settings = MotionSettings.from_grbl(times["settings"][program["settings"]])
        lines = (folder / f"{program['name']}.gcode").read_text().splitlines()
        predicted = time_program(lines, settings)
        assert predicted.errors == ()
        errors[program["name"]] = predicted.seconds / program["motion_s"] - 1.0
    assert len(errors) == 28
    assert {name: error for name, error in errors.items() if abs(error) > 0.001} == {}


@pytest.mark.parametrize(
    ("asked", "waited"), [(0.0, 0.0), (0.01, 0.05), (0.05, 0.05), (0.15, 0.15), (0.51, 0.55)]
)
def test_dwells_last_whole_twentieths_of_a_second(asked: float, waited: float) -> None:
    assert dwell_seconds(np.array(asked)) == pytest.approx(waited, rel=0.005)


def test_lines_add_up_to_the_total() -> None:
    program = ["G21 G90", "G0 X10", "G4 P0.2", "(a comment)", "", "G1 X20 F600", "M5", "X0"]
    result = time_program(program, FAST)
    assert len(result.per_line) == len(program)
    assert math.fsum(result.per_line) == pytest.approx(result.total_seconds)
    assert result.per_line[2] == pytest.approx(0.2, abs=0.01)
    assert result.per_line[5] == pytest.approx(1.0, rel=0.05)
    assert result.per_line[3] == result.per_line[4] == 0.0


def test_dwells_outside_of_motion_count_for_the_total_only() -> None:
    plain = time_program(["G0 X10"], FAST)
    framed = time_program(["G4 P1", "G0 X10", "G4 P2"], FAST)
    assert framed.seconds == pytest.approx(plain.seconds, abs=1e-3)
    assert framed.total_seconds == pytest.approx(plain.seconds + 3, abs=0.02)


def test_a_program_without_motion_takes_no_time() -> None:
    assert time_program([], FAST).seconds == 0.0
    assert time_program(["G21", "; nothing"], FAST).total_seconds == 0.0


def test_refused_lines_are_listed_and_move_nothing() -> None:
    result = time_program(["G1 X10 F600", "G5 X20", "%", "X20"], FAST)
    assert [(index, error.code) for index, error in result.errors] == [(1, 20), (2, 1)]
    assert result.seconds == pytest.approx(2.0, rel=0.05)


def test_motors_that_are_switched_off_at_each_stop_cost_a_pause() -> None:
    stock = MotionSettings(
        FAST.steps_per_mm, FAST.max_rate, FAST.acceleration, idle_lock_ms=25
    )
    program = [f"G0 X{step % 2}\nG4 P0.05" for step in range(1, 11)]
    lines = "\n".join(program).split("\n")
    pauses = time_program(lines, stock).total_seconds - time_program(lines, FAST).total_seconds
    assert pauses == pytest.approx(10 * 0.025, rel=0.01)


def test_the_start_position_decides_the_way() -> None:
    assert time_program(["G0 X10"], FAST, start=(10.0, 0.0, 0.0)).seconds == 0.0


def test_arcs_homes_and_probes_take_time_too() -> None:
    arc = time_program(["G2 X10 I5 F600"], FAST).seconds
    assert arc == pytest.approx(math.pi * 5 / 10, rel=0.03)
    inverse = time_program(["G93 G1 X10 F20"], FAST).seconds
    assert inverse == pytest.approx(3.0, rel=0.03)
    probed = time_program(["G38.2 Z-5 F300", "G1 Z-10"], FAST).per_line
    assert list(probed) == pytest.approx([1.0, 1.0], rel=0.05)
    assert time_program(["G0 X10", "G28"], FAST).seconds > 0.3


def test_a_straight_line_has_no_corners_even_without_a_deviation() -> None:
    exact = MotionSettings(FAST.steps_per_mm, FAST.max_rate, FAST.acceleration, 0.0)
    pieces = ["G1 F3000", *(f"X{step * 5}" for step in range(1, 11))]
    whole = time_program(["G1 X50 F3000"], exact).seconds
    assert time_program(pieces, exact).seconds == pytest.approx(whole, rel=2e-3)


def test_it_makes_no_difference_how_much_is_worked_on_at_once() -> None:
    lines = ["G1 F6000", *(f"X{i * 7 % 90 / 9:.2f} Y{i * 5 % 8 / 9:.2f}" for i in range(300))]
    lines[100:100] = ["M3 S5", "G2 I3", "G4 P0.1", "G1"]
    whole = time_program(lines, FAST)
    for chunk in (1, 20):
        with patch("firmware_gcode.motion.estimate._CHUNK", chunk):
            parts = time_program(lines, FAST)
        assert parts.seconds == pytest.approx(whole.seconds, rel=1e-4)
        assert list(parts.per_line) == pytest.approx(list(whole.per_line), abs=1e-3)


def test_acts_take_as_long_worked_out_anew_as_planned() -> None:
    turns = [0.0055 * index for index in range(300)]
    lines = [f"X{20 * math.cos(t):.3f} Y{20 * math.sin(t):.3f}" for t in turns]
    lines = [
        "G1 F3000 X10",
        "G4 P0.1",
        "X30",
        "G2 X60 R50",
        "G0 X20",
        *lines,
        "M5",
        "Y9",
        "X0",
    ]
    planned = time_program(lines, FAST)
    with patch("firmware_gcode.motion.clocks._SAME_SQR", -1.0):  # Nothing is as planned.
        anew = time_program(lines, FAST)
    assert anew.seconds == pytest.approx(planned.seconds, rel=1e-3)
    assert list(anew.per_line) == pytest.approx(list(planned.per_line), abs=2e-3)


def test_where_reading_is_the_limit_it_takes_as_long_as_reading() -> None:
    turns = [0.0055 * index for index in range(3000)]
    lines = [f"X{20 * math.cos(t):.3f} Y{20 * math.sin(t):.3f}" for t in turns]
    time = time_program(["G1 F6000 X20", *lines], FAST).seconds
    assert 200 < len(lines) / time < 320  # 0.11 mm at 100 mm/s would be 900 lines a second.
