"""`catplotter send`: somebody else's program, onto a simulated machine on a real pty."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from firmware_gcode.grbl.rehearsal import pen_of
from firmware_gcode.grbl.simulator.pty import PtyMachine
from firmware_gcode.program.profile import Profile

PROGRAM = "G21 G90\nG0 X20 Y20 (go there)\nG1 Z0 F1000\nG1 X40 F3000\nY40\nG0 Z3\nG0 X0 Y0\n"


def send(*words: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pi_service", "send", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_a_program_is_drawn_and_every_event_is_a_line_of_json(tmp_path: Path) -> None:
    path = tmp_path / "a.gcode"
    path.write_text(PROGRAM)
    profile = Profile.load("simulated")
    with PtyMachine(settings=profile.grbl, speed=20, pen=pen_of(profile)) as machine:
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
        with machine.lock:
            assert machine.machine.shaft == (0, 0, 0)
    assert done.returncode == 1
    assert "line 2" in done.stderr
    assert "Traceback" not in done.stderr
