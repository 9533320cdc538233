"""Predicted against recorded motion times, and the speed of the motion model.

Run with ``python tests/bench/bench_motion.py``. The recordings of the real firmware come from
the development data (environment variable ``CATPLOTTER_SHARED`` or the folder beside the
repository); without them only the speed is measured.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

from firmware_gcode.motion.estimate import time_program
from firmware_gcode.motion.settings import MotionSettings

_BESIDE = Path(__file__).resolve().parents[3] / "shared"


def main() -> None:
    """Print both tables."""
    folder = Path(os.environ.get("CATPLOTTER_SHARED", _BESIDE)) / "data" / "grbl" / "motion"
    if folder.is_dir():
        _print_recorded(folder)
    else:
        print("No recordings of the real firmware here: skipped the comparison.")
    _print_speed()


def _print_recorded(folder: Path) -> None:
    times = json.loads((folder / "times.json").read_text())
    print(f"{'program':<28}{'recorded s':>11}{'predicted s':>12}{'error %':>9}")
    worst = 0.0
    for program in times["programs"]:
        settings = MotionSettings.from_grbl(times["settings"][program["settings"]])
        lines = (folder / f"{program['name']}.gcode").read_text().splitlines()
        predicted = time_program(lines, settings).seconds
        error = (predicted / program["motion_s"] - 1.0) * 100.0
        worst = max(worst, abs(error))
        recorded = program["motion_s"]
        print(f"{program['name']:<28}{recorded:11.3f}{predicted:12.3f}{error:+9.3f}")
    print(f"worst error {worst:.3f} %")


def _print_speed() -> None:
    settings = MotionSettings((80, 80, 80), (6000, 6000, 3000), (500, 500, 200))
    for count in (1_000, 20_000):
        lines = ["G90 G21 G1 F3000"]
        lines += [f"X{i * 7 % 1000 / 10:.3f} Y{i * 13 % 990 / 10:.3f}" for i in range(count)]
        started = time.process_time()
        result = time_program(lines, settings)
        spent = time.process_time() - started
        print(
            f"{count} lines that last {result.seconds:.0f} s: timed in {spent:.3f} s "
            f"of one core, {count / spent:,.0f} lines/s"
        )


if __name__ == "__main__":
    main()
