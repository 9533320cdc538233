"""`catplotter send`: somebody else's program, onto a simulated machine on a real pty."""

from __future__ import annotations

import json
import os
import pty
import shutil
import signal
import subprocess
import sys
import threading
import time
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from firmware_gcode.grbl.port import SerialPort
from firmware_gcode.grbl.simulator.pty import PtyMachine
from firmware_gcode.program.profile import Profile
from tests.shell import catplotter

PROGRAM = "G21 G90\nG0 X20 Y20 (go there)\nG1 Z0 F1000\nG1 X40 F3000\nY40\nG0 Z3\nG0 X0 Y0\n"


@pytest.fixture(autouse=True)
def state_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a killed command leaves behind is this test's own."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


def sending(*words: str | Path) -> list[str]:
    return [sys.executable, "-m", "pi_service", "send", *map(str, words)]


def send(*words: str | Path) -> CompletedProcess[str]:
    return catplotter("send", *words)


def test_a_program_is_drawn_and_every_event_is_a_line_of_json(tmp_path: Path) -> None:
    path = tmp_path / "a.gcode"
    path.write_text(PROGRAM)
    profile = Profile.load("simulated")
    with PtyMachine(settings=profile.grbl, speed=20, pen=profile.pen) as machine:
        done = send(path, "--port", machine.port, "--profile", "simulated", "--json")
        assert done.returncode == 0, done.stderr
        events = [json.loads(line) for line in done.stdout.splitlines()]
        ended = [event for event in events if event["event"] == "ProgramEnded"]
        assert [(e["outcome"], e["strokes_drawn"]) for e in ended] == [("done", 1)]
        assert [tuple(map(round, point)) for point in machine.ink[0]] == [
            (20, 20),
            (40, 20),
            (40, 40),
        ]


def test_nothing_is_sent_of_a_program_with_a_line_that_grbl_would_refuse(
    tmp_path: Path,
) -> None:
    path = tmp_path / "bad.gcode"
    path.write_text("G0X5\nG99\n")
    with PtyMachine() as machine:
        done = send(path, "--port", machine.port, "--profile", "simulated")
        assert shaft(machine) == (0, 0, 0)
    assert done.returncode == 1
    assert "line 2" in done.stderr
    assert "Traceback" not in done.stderr


FOREIGN = """%
( made elsewhere ) ; in inches
G20
G0 Z0.2
G91 G0 X1 Y1
G90 G1 Z0 F40
g91 x1 f100
y1.0
G21
x-25.4 (back)
G90 M30
G0 X999
%
"""
SQUARE = [(25.4, 25.4), (50.8, 25.4), (50.8, 50.8), (25.4, 50.8)]


@pytest.fixture
def machine() -> Iterator[PtyMachine]:
    profile = Profile.load("simulated")
    with PtyMachine(settings=profile.grbl, speed=20, pen=profile.pen) as simulated:
        yield simulated


def shaft(machine: PtyMachine) -> tuple[int, int, int]:
    """Where the motors stand, steps."""
    with machine.lock:
        return machine.machine.shaft


def drawn_square(machine: PtyMachine) -> bool:
    strokes = machine.ink
    assert len(strokes) == 1, strokes
    for inked, wanted in zip(strokes[0], SQUARE, strict=True):
        assert inked == pytest.approx(wanted, abs=0.02)
    with machine.lock:
        return not machine.machine.ink.down


def test_inches_relative_moves_comments_and_an_end_with_the_pen_down(
    machine: PtyMachine, tmp_path: Path
) -> None:
    path = tmp_path / "foreign.nc"
    path.write_text(FOREIGN)
    done = send(path, "--port", machine.port, "--profile", "simulated", "--paper", "A6")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "Drawing\nDrawn to the end; the pen is up.\n"  # no bar: no terminal
    assert drawn_square(machine)


def test_a_program_that_leaves_the_paper_is_not_sent(
    machine: PtyMachine, tmp_path: Path
) -> None:
    path = tmp_path / "foreign.nc"
    path.write_text(FOREIGN)
    done = send(path, "--port", machine.port, "--profile", "simulated", "--paper", "45x70")
    assert done.returncode == 1
    assert "leaves the paper of 45 x 70 mm: stroke 1" in done.stderr
    assert shaft(machine) == (0, 0, 0)


@pytest.mark.parametrize("line", ["G28", "G92 X0", "G53 G0 X1", "G10 L20 P1 X0", "$H"])
def test_lines_that_nobody_could_answer_for_are_refused(
    machine: PtyMachine, tmp_path: Path, line: str
) -> None:
    path = tmp_path / "bad.nc"
    path.write_text(f"G21\nG0 X5\n{line}\n")
    done = send(path, "--port", machine.port, "--profile", "simulated")
    assert done.returncode == 1
    assert "line 3 of the program" in done.stderr
    assert shaft(machine) == (0, 0, 0)


@pytest.mark.skipif(shutil.which("socat") is None, reason="socat is not installed")
def test_a_pty_of_another_program_and_a_board_that_resets_on_opening(tmp_path: Path) -> None:
    program, relay, ink = tmp_path / "a.nc", tmp_path / "relay", tmp_path / "ink.svg"
    program.write_text(FOREIGN)
    port = tmp_path / "plotter"
    command = [sys.executable, "-m", "pi_service", "simulate", "--port", str(port)]
    options = ["--speed", "20", "--reset-on-open", "--ink", str(ink)]
    simulated = subprocess.Popen([*command, *options], stdout=subprocess.PIPE, text=True)
    try:
        assert simulated.stdout is not None
        assert str(port) in simulated.stdout.readline()
        socat = subprocess.Popen(
            ["socat", f"pty,raw,echo=0,link={relay}", f"open:{port},raw,echo=0"]
        )
        try:
            wait_for(relay.exists)
            done = send(program, "--port", relay, "--profile", "simulated")
            assert done.returncode == 0, done.stderr
        finally:
            socat.terminate()
            socat.wait(5.0)
    finally:
        simulated.terminate()
        simulated.communicate(timeout=10.0)
    assert ink.read_text().count("<path") == 1


def wait_for(what: Callable[[], bool], seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end
        time.sleep(0.01)


@contextmanager
def behind_a_pty(speak: Callable[[int, bytes], None], greeting: bytes) -> Iterator[str]:
    """A port at which something greets, and then is given what is sent."""
    master, slave = pty.openpty()
    tty.setraw(slave)
    ending = threading.Event()

    def serve() -> None:
        os.write(master, greeting)
        while not ending.is_set():
            speak(master, os.read(master, 256))

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield os.ttyname(slave)
    finally:
        ending.set()
        os.write(slave, b"\n")
        thread.join(5.0)
        os.close(slave)
        os.close(master)


def test_something_that_is_not_grbl_is_told_in_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "a.nc"
    path.write_text(FOREIGN)

    def gossip(master: int, _: bytes) -> None:
        os.write(master, b"echo:Unknown command\r\n")

    with behind_a_pty(gossip, b"start\r\nMarlin 2.1.2\r\n") as port:
        done = send(path, "--port", port, "--profile", "simulated")
    assert done.returncode == 1
    assert "is a Marlin" in done.stderr
    assert "Traceback" not in done.stderr


def test_slow_answers_behind_noise(machine: PtyMachine, tmp_path: Path) -> None:
    path = tmp_path / "a.nc"
    path.write_text(FOREIGN)
    behind, ending = SerialPort(machine.port, 115200), threading.Event()
    back: list[threading.Thread] = []

    def bring_back(master: int) -> None:
        while not ending.is_set():
            time.sleep(0.05)  # the slowness is the test
            os.write(master, behind.read())

    def bring_on(master: int, data: bytes) -> None:
        if not back:
            back.append(threading.Thread(target=bring_back, args=(master,), daemon=True))
            back[0].start()
        time.sleep(0.05)  # the slowness is the test
        behind.write(data)

    noise = b"\x00\xfe\x81ets Jun  8 2016\r\n<<<|>\r\nok\r\nerror:x\r\n[VER"
    with behind_a_pty(bring_on, noise) as port:
        done = send(path, "--port", port, "--profile", "simulated")
        ending.set()
        back[0].join(5.0)
    behind.close()
    assert done.returncode == 0, done.stderr
    assert drawn_square(machine)


@pytest.mark.parametrize("end", [signal.SIGHUP, signal.SIGINT, signal.SIGKILL])
def test_the_pen_is_lifted_when_the_command_ends_or_at_the_next_contact_after_a_kill(
    machine: PtyMachine, tmp_path: Path, end: signal.Signals
) -> None:
    path = tmp_path / "long.nc"
    path.write_text("G0 X20 Y20\nG1 Z0 F1000\nG1 X280 F300\nG1 X20\nG0 Z3\n")
    words = (path, "--port", machine.port, "--profile", "simulated")
    plotting = subprocess.Popen(sending(*words), stderr=subprocess.PIPE, text=True)

    def inking() -> bool:
        with machine.lock:
            machine.machine.advance()
            return machine.machine.ink.down

    wait_for(inking)
    plotting.send_signal(end)
    _, said = plotting.communicate(timeout=20.0)
    if end is signal.SIGKILL:
        assert inking()
        path.write_text("G0 X5 Y5\n")
        assert send(*words).returncode == 0
    else:
        assert plotting.returncode == 1
        assert "Stopped; the pen is lifted." in said
    assert not inking()
    x, _, z = shaft(machine)
    time.sleep(0.2)  # four seconds of the machine's
    assert shaft(machine)[::2] == (x, z)


def test_at_m0_the_person_is_asked_for_another_pen(
    tmp_path: Path, machine: PtyMachine
) -> None:
    path = tmp_path / "two.gcode"
    second = "M0 (pen: gold)\nG0 X50 Y50\nG1 Z0 F1000\nG1 X60 F3000\nG0 Z3\n"
    path.write_text(PROGRAM.replace("G0 X0 Y0\n", second))
    command = sending(path, "--port", machine.port, "--profile", "simulated")
    done = subprocess.run(
        command, input="\n", capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "Change the pen (pen: gold), then press Enter to go on." in done.stderr
    assert len(machine.ink) == 2
    down = PROGRAM.replace("Y40\n", "Y40\nM0\n")
    path.write_text(down)
    refused = send(path, "--port", machine.port, "--profile", "simulated")
    assert "M0) stops the machine while the pen is down" in refused.stderr
