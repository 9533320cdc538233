"""Predicted against recorded motion times, and the speed of the motion model.

Run with ``python tests/bench/bench_motion.py``; ``--peer DIR`` names another checkout of this
project, whose model is measured beside this one, turn by turn. The recordings of the real
firmware come from the development data (environment variable ``CATPLOTTER_SHARED`` or the
folder beside the repository); without them only random programs are compared, with what the
simulated machine makes of them step by step, streamed over its line of 115,200 baud.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import statistics
import subprocess
import sys
import tempfile
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from unittest.mock import patch

from firmware_gcode.grbl.simulator.machine import SimulatedMachine
from firmware_gcode.motion import clocks, timer
from firmware_gcode.motion.estimate import time_program
from firmware_gcode.motion.settings import MotionSettings
from firmware_gcode.motion.timer import CAPACITY

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
    """Print the tables."""
    folder = Path(os.environ.get("CATPLOTTER_SHARED", _BESIDE)) / "data" / "grbl" / "motion"
    if folder.is_dir():
        _print_recorded(folder)
    else:
        print("No recordings of the real firmware here: skipped the comparison.")
    _print_unseen()
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
    for name in ("LINE_S", "CHARACTER_S", "MOVE_S", "REPLAN_S", "CUT_S"):
        left_out[f"without {name}"] = [(timer, name, 0.0)]
    for name, changes in left_out.items():
        with ExitStack() as changed:
            for module, attribute, value in changes:
                changed.enter_context(patch.object(module, attribute, value))
            _print_summary(name, _errors(folder))


def _print_summary(name: str, errors: dict[str, float]) -> None:
    worst = max(errors, key=lambda program: abs(errors[program]))
    sizes = [abs(error) for error in errors.values()]
    mean, median = statistics.mean(sizes), statistics.median(sizes)
    print(
        f"{name:<42}mean {mean:.4f} %, median {median:.4f} %, "
        f"worst {errors[worst]:+.3f} % ({worst})"
    )


_UNSEEN = 12
"""Random programs of each kind."""


def _print_unseen() -> None:
    """The errors for random programs, against the simulated machine."""
    print()
    everything: dict[str, float] = {}
    for kind, write in _KINDS.items():
        errors, rates = {}, []
        for seed in range(_UNSEEN):
            rng = random.Random(f"{kind} {seed}")
            settings = {
                **{f"${n}": rng.choice((80.0, 100.0, 250.0)) for n in (100, 101)},
                **{f"${n}": rng.uniform(4000.0, 9000.0) for n in (110, 111)},
                **{f"${n}": rng.uniform(200.0, 1500.0) for n in (120, 121)},
                **{"$102": 80.0, "$112": 3000.0, "$122": 200.0, "$1": 255.0},
                "$11": rng.choice((0.01, 0.02)),
            }
            lines = ["G21G90G94", f"G1X50Y50F{rng.randrange(2000, 7000)}", *write(rng)]
            true = executed_seconds(lines, settings)
            time = time_program(lines, MotionSettings.from_grbl(settings)).seconds
            errors[f"{kind}, {seed}"] = (time / true - 1.0) * 100.0
            rates.append(len(lines) / true)
        _print_summary(f"{kind}, {min(rates):.0f}-{max(rates):.0f} lines/s", errors)
        everything |= errors
    _print_summary("random programs", everything)


def _walk(
    rng: random.Random, least: float, most: float, count: int, bend: float = 0.3
) -> list[str]:
    """Lines whose length is between two bounds, mm, each turned by `bend` rad or so."""
    x, y, heading, found = 50.0, 50.0, rng.uniform(0.0, 6.28), []
    for _ in range(count):
        heading += rng.gauss(0.0, bend) if rng.random() > 0.004 else rng.uniform(0.0, 6.28)
        way = rng.uniform(least, most)
        x += way * math.cos(heading)
        y += way * math.sin(heading)
        found.append(f"X{x:.3f}Y{y:.3f}")
    return found


def _strokes(rng: random.Random) -> list[str]:
    """Strokes of lines and arcs with lifts of a servo between."""
    found = []
    for _ in range(12):
        found += [f"G0{_walk(rng, 2.0, 30.0, 1)[0]}", "M3S500", "G4P.15", "G1"]
        found += _walk(rng, 0.05, 3.0, rng.randrange(10, 60))
        found += [f"G2X{50 + rng.uniform(1, 9):.2f}Y50R90", "M5", "G4P.1"]
    return found


_KINDS: dict[str, Callable[[random.Random], list[str]]] = {
    "short lines, smooth": lambda rng: _walk(rng, 0.05, 0.15, 3000, 0.02),
    "short lines": lambda rng: _walk(rng, 0.03, 0.2, 3000),
    "lines of any length": lambda rng: _walk(rng, 0.05, 5.0, 800),
    "strokes and lifts": _strokes,
}


def executed_seconds(lines: Sequence[str], settings: Mapping[str, float]) -> float:
    """How long the simulated machine moves for a program, from its first slice to its last.

    The buffer for characters is kept full, by a sender that is never late.
    """
    clock = [0.0]
    machine = SimulatedMachine(settings=settings, clock=lambda: clock[0])
    clock[0] = 1.0
    machine.read()
    moments: list[float] = []
    machine.board.drive.on_motion = lambda _slice, at: moments.append(at)
    left, flying = deque(lines), deque[int]()
    said = b""
    while left or flying or machine.next_event() is not None:
        while left and sum(flying) + len(left[0]) + 1 <= 127:
            flying.append(len(left[0]) + 1)
            machine.write(f"{left.popleft()}\n".encode())
        limit = machine.next_event()
        if limit is None:
            break
        clock[0] = max(limit, clock[0] + 1e-4)
        said += machine.read()
        for _ in range(said.count(b"ok") + said.count(b"error")):
            flying.popleft()
        said = said.rpartition(b"\n")[2]
    return moments[-1] - moments[0]


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
