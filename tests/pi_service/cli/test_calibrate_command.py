"""`catplotter calibrate`: the dialogue in a terminal, and Ctrl-C in the middle of it."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware_gcode.grbl.simulator.pty import PtyMachine
from firmware_gcode.program.profile import SHIPPED, Profile
from tests.shell import catplotter

ROOT = Path(__file__).resolve().parents[3]
COMMAND = (sys.executable, "-m", "pi_service", "calibrate")


def run(*given: str | Path, answers: str = "") -> subprocess.CompletedProcess[str]:
    return catplotter("calibrate", *given, typed=answers, cwd=ROOT)


@pytest.fixture
def own(tmp_path: Path) -> Path:
    path = tmp_path / "my.toml"
    text = SHIPPED.joinpath("simulated.toml").read_text()
    text = text.replace("homing = true", "homing = false")
    text = text.replace("home_at_start = true", "home_at_start = false")
    text = text.replace('"$20" = 1', '"$20" = 0').replace('"$22" = 1', '"$22" = 0')
    path.write_text(text)
    return path


@pytest.fixture
def plotter(own: Path) -> Iterator[PtyMachine]:
    profile = Profile.load(own)
    with PtyMachine(settings=profile.grbl, speed=50.0, pen=profile.pen) as machine:
        yield machine


def test_one_step_in_a_terminal(plotter: PtyMachine, own: Path) -> None:
    answers = "y 2\nsideways\ndone\nyes\n7.6 cm\n95\nyes\n"
    done = run(
        *("--port", plotter.port, "--profile", own, "--paper", "A5", "--step", "scale-x"),
        answers=answers,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    assert "Answer a move" in done.stdout
    assert "Answer a number from" in done.stdout
    assert Profile.load(own).grbl["$100"] == pytest.approx(80.0 * 120.0 / 95.0, abs=1e-3)


def test_all_steps_may_be_left_out(plotter: PtyMachine, own: Path) -> None:
    before = own.read_text()
    done = run("--port", plotter.port, "--profile", own, answers="n\n" * 6)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Do this step?") == 6
    assert own.read_text() == before


def test_a_preview_needs_no_machine(tmp_path: Path) -> None:
    for name in ("sheet.png", "sheet.svg"):
        done = run("--profile", "z-pen", "--landscape", "--preview", tmp_path / name)
        assert done.returncode == 0, done.stderr
        assert (tmp_path / name).stat().st_size > 1000
    odd = run("--profile", "z-pen", "--preview", tmp_path / "sheet.gif")
    assert odd.returncode == 2
    small = run("--profile", "z-pen", "--paper", "A6", "--preview", tmp_path / "b.svg")
    assert "Take A5 or larger" in small.stderr


def test_a_shipped_profile_is_not_calibrated_into(plotter: PtyMachine) -> None:
    done = run("--port", plotter.port, "--profile", "z-pen")
    assert done.returncode == 1
    assert "Make it your own first: cp " in done.stderr


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_the_pen_goes_up_when_it_is_broken_off(
    plotter: PtyMachine, own: Path, how: signal.Signals
) -> None:
    """In the middle of the marks that are drawn, on a terminal of its own."""
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, "--port", plotter.port, "--profile", str(own), "--step", "sheet"],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        cwd=ROOT,
        start_new_session=True,
    )
    os.close(slave)
    said = bytearray()

    def read() -> None:
        while True:
            try:
                data = os.read(master, 4096)
            except OSError:
                return
            if not data:
                return
            said.extend(data)

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        os.write(master, b"done\nyes\n")
        _until(lambda: len(plotter.ink) > 3 and plotter.machine.ink.down, said)
        process.send_signal(how)
        process.wait(30.0)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait(5.0)
        os.close(master)
        reader.join(5.0)
    assert process.returncode != 0
    assert not plotter.machine.ink.down
    assert b"Traceback" not in said


def _until(condition: object, said: bytearray) -> None:
    end = time.monotonic() + 40.0
    pause = threading.Event()
    while not (callable(condition) and condition()):
        assert time.monotonic() < end, bytes(said)
        pause.wait(0.02)
