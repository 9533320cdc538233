"""The time of a program is the time that the real firmware takes for it."""

from __future__ import annotations

import json
import math
import time
from pathlib import Path

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
    assert {name: error for name, error in errors.items() if abs(error) > 0.003} == {}


@pytest.mark.parametrize(
    ("asked", "waited"), [(0.0, 0.0), (0.01, 0.05), (0.05, 0.05), (0.15, 0.15), (0.51, 0.55)]
)
def test_dwells_last_whole_twentieths_of_a_second(asked: float, waited: float) -> None:
    assert dwell_seconds(asked) == pytest.approx(waited, rel=0.005)


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
    assert time_program(["G38.2 Z-5 F300"], FAST).seconds == pytest.approx(1.0, rel=0.05)
    assert time_program(["G0 X10", "G28"], FAST).seconds > 0.3


def test_a_thousand_lines_are_timed_in_a_moment() -> None:
    lines = ["G90 G1 F3000"]
    lines += [f"X{i * 7 % 1000 / 10:.3f} Y{i * 13 % 990 / 10:.3f}" for i in range(1000)]
    started = time.process_time()
    time_program(lines, FAST)
    assert time.process_time() - started < 0.3
