"""`catplotter draw --port`: straight onto a machine, which here is simulated on a real pty."""

from __future__ import annotations

from pathlib import Path
from subprocess import CompletedProcess

import pytest
import serial

from firmware_gcode.grbl.simulator.pty import PtyMachine
from firmware_gcode.program.profile import Profile
from tests.shell import catplotter

SPEED = 200.0


def plot(port: str, profile: str, answer: str = "") -> CompletedProcess[str]:
    words = ["draw", "--seed", "7", "--paper", "A6", "--port", port, "--profile", profile]
    return catplotter(*words, typed=answer, told={"CATPLOTTER_DRAW_BEST_OF": "1"})


def test_a_machine_with_homing_finds_its_place_and_draws() -> None:
    with PtyMachine(settings=Profile.load("simulated").grbl, speed=SPEED) as machine:
        done = plot(machine.port, "simulated")
        assert done.returncode == 0, done.stderr
        assert len(machine.ink) > 1


@pytest.mark.parametrize("profile", ["z-pen", "servo-pen"])
def test_a_machine_without_homing_draws_once_a_person_says_where_it_is(profile: str) -> None:
    plotter = Profile.load(profile)
    with PtyMachine(settings=plotter.grbl, speed=SPEED, pen=plotter.pen) as machine:
        done = plot(machine.port, profile, "y\n")
        assert done.returncode == 0, done.stderr
        assert "lower left corner" in done.stderr
        assert len(machine.ink) > 1


def test_nothing_moves_when_nobody_says_where_the_pen_is() -> None:
    with PtyMachine(settings=Profile.load("z-pen").grbl, speed=SPEED) as machine:
        done = plot(machine.port, "z-pen", "n\n")
        assert done.returncode != 0
        assert "Traceback" not in done.stderr
        with machine.lock:
            assert machine.machine.shaft[:2] == (0, 0)


def test_a_port_in_use_ends_in_one_sentence() -> None:
    with PtyMachine() as machine, serial.Serial(machine.port, exclusive=True):
        done = plot(machine.port, "simulated")
    assert done.returncode == 1
    assert "in use" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_port_that_is_no_serial_port_ends_in_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    done = plot(str(file), "simulated")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert str(file) in done.stderr
