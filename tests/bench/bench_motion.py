"""Predicted against recorded motion times, and the speed of the motion model.

Run with ``python tests/bench/bench_motion.py``; ``--peer DIR`` names another checkout of this
project, whose model is measured beside this one, turn by turn. The recordings of the real
firmware come from the development data (environment variable ``CATPLOTTER_SHARED`` or the
folder beside the repository); without them only the speed is measured.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from unittest.mock import patch

from firmware_gcode.motion import clocks, effort, timer
from firmware_gcode.motion.estimate import time_program
from firmware_gcode.motion.settings import MotionSettings
from firmware_gcode.motion.trajectory import CAPACITY

REPOSITORY = Path(__file__).resolve().parents[2]
_BESIDE = REPOSITORY.parent / "shared"
_CHILD = """
import sys, time
from firmware_gcode.motion.estimate import time_program
from firmware_gcode.motion.settings import MotionSettings
settings = MotionSettings((80, 80, 80), (6000, 6000, 3000), (500, 500, 200))
lines = open(sys.argv[1]).read().splitlines()
def peak():
    status = open("/proc/self/status").read()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024
before = peak()
started = time.process_time()
result = time_program(lines, settings)
spent = time.process_time() - started
print(spent, result.seconds, peak() - before)
"""


def main(peer: Path | None = None) -> None:
    """Print both tables."""
    folder = Path(os.environ.get("CATPLOTTER_SHARED", _BESIDE)) / "data" / "grbl" / "motion"
    if folder.is_dir():
        _print_recorded(folder)
    else:
        print("No recordings of the real firmware here: skipped the comparison.")
    _print_speed(peer)


def _errors(folder: Path) -> dict[str, float]:
    """How far each recorded program's time is off, percent."""
    times = json.loads((folder / "times.json").read_text())
    errors = {}
    for program in times["programs"]:
        settings = MotionSettings.from_grbl(times["settings"][program["settings"]])
        lines = (folder / f"{program['name']}.gcode").read_text().splitlines()
        seconds = time_program(lines, settings).seconds
        errors[program["name"]] = (seconds / program["motion_s"] - 1.0) * 100.0
    return errors


def _print_recorded(folder: Path) -> None:
    """The errors, and what they would be without each of the model's corrections."""
    errors = _errors(folder)
    for name, error in errors.items():
        print(f"{name:<28}{error:+9.3f} %")
    _print_summary("all corrections", errors)
    left_out: dict[str, list[tuple[Any, str, Any]]] = {
        "without the timer's ticks": [
            (timer, "step_seconds", lambda asked: asked),
            (timer, "mean_step_seconds", lambda asked: asked),
        ],
        "look-ahead of 14": [(clocks, "CAPACITY", CAPACITY - 1)],
        "look-ahead of 16": [(clocks, "CAPACITY", CAPACITY + 1)],
    }
    for name in ("LINE_S", "CHARACTER_S", "MOVE_S", "REPLAN_S", "SLICE_S"):
        left_out[f"without {name}"] = [(effort, name, 0.0)]
    for name, changes in left_out.items():
        with ExitStack() as changed:
            for module, attribute, value in changes:
                changed.enter_context(patch.object(module, attribute, value))
            _print_summary(name, _errors(folder))


def _print_summary(name: str, errors: dict[str, float]) -> None:
    worst = max(errors, key=lambda program: abs(errors[program]))
    median = statistics.median(abs(error) for error in errors.values())
    print(f"{name:<28}median {median:.4f} %, worst {errors[worst]:+.3f} % ({worst})")


def _programs() -> dict[str, list[str]]:
    """Programs of each kind: bound by the motion, by reading, by pen lifts, by arcs."""

    def wide(count: int) -> list[str]:
        return [f"X{i * 7 % 1000 / 10:.3f} Y{i * 13 % 990 / 10:.3f}" for i in range(count)]

    def fine(count: int) -> list[str]:
        turns = (0.0055 * i for i in range(count))
        return [f"X{50 + 20 * math.cos(t):.3f} Y{50 + 20 * math.sin(t):.3f}" for t in turns]

    lifts = ["G0 X1 Y2", "M3 S500", "G4 P0.15", "G1 X9 Y3", "X4 Y7", "M5", "G4 P0.15"]
    arcs = ["G2 X1 Y0 I0.5 J0", "G3 X0 Y0 I-.5 J0"]
    found = {
        "20,000 lines of mm": wide(20_000),
        "200,000 lines of mm": wide(200_000),
        "20,000 lines of 0.11 mm": fine(20_000),
        "200,000 lines of 0.11 mm": fine(200_000),
        "20,000 lines with lifts": (lifts * 2858)[:20_000],
        "2,000 arcs": arcs * 1000,
    }
    return {name: ["G90 G21", "G1 F3000", *lines] for name, lines in found.items()}


def _print_speed(peer: Path | None) -> None:
    print(f"\n{'program':<26}{'machine time':>16}{'seconds':>9}{'lines/s':>10}{'memory':>10}")
    for name, lines in _programs().items():
        with tempfile.NamedTemporaryFile("w", suffix=".gcode") as file:
            file.write("\n".join(lines))
            file.flush()
            spent, lasts, grown = _measured(REPOSITORY, file.name)
            row = f"{name:<26}{lasts:14.1f} s{spent:9.3f}{len(lines) / spent:10,.0f}"
            row += f"{grown:7.1f} MB"
            if peer:
                old, other, old_grown = _measured(peer, file.name)
                spent = min(spent, _measured(REPOSITORY, file.name)[0])
                row += f"; peer {old:.3f} s, {other:.1f} s, {old_grown:.1f} MB: "
                row += f"{old / spent:.1f} times"
            print(row, flush=True)


def _measured(folder: Path, program: str) -> tuple[float, float, float]:
    """Seconds of one core, the program's time on the machine, and MB that it took."""
    command = [sys.executable, "-c", _CHILD, program]
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    spent, lasts, grown = map(float, done.stdout.split())
    return spent, lasts, grown


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="The motion model: how true, and how fast.")
    parser.add_argument("--peer", type=Path, help="another checkout, measured beside this one")
    main(parser.parse_args().peer)
