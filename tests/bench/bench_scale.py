"""`catplotter plan` of 1,000 to 100,000 strokes: processor time, memory and travel.

vpype (`read linemerge linesort write`, then with `--two-opt`) runs beside it where it is
installed (`pip install 'vpype<2'`); its G-code, check and times are not asked for. Every
program runs in a process of its own; memory is its largest, beside that of one that has only
loaded what `plan` loads and read the file. What `plan` takes above that for ten strokes is
told apart: code of libraries that is run for the first time. All run from bytecode, as they
are installed.
``python -m tests.bench.bench_scale 1000`` runs one size.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from firmware_gcode.drawing.geometry import Polyline
from firmware_gcode.drawing.layout import place_page
from firmware_gcode.drawing.paper import Paper
from firmware_gcode.drawing.svg_in import read_svg
from firmware_gcode.toolpath.plan import travel_mm

PAGE = (190.0, 277.0)
SIZES = (1_000, 10_000, 100_000)
_UNCOMPILED = "PYTHONDONTWRITEBYTECODE"
TWO_OPT_STROKES = 1_000
"""vpype's 2-opt looks at all pairs: beyond this it takes hours."""
FEW_STROKES = 10
ALONE = """import os, sys
process = os.spawnvp(os.P_NOWAIT, sys.argv[1], sys.argv[1:])
_, status, used = os.wait4(process, 0)
print([used.ru_utime + used.ru_stime, used.ru_maxrss], file=sys.stderr)
sys.exit(os.waitstatus_to_exitcode(status))"""
"""Runs a command from a small process: the most memory of one counts in that of its parent."""
READ = """import sys, pi_service.cli.plan, firmware_gcode.drawing.svg_in as s
s.read_svg(s.Path(sys.argv[1]), drawn_mm=None)"""


def walk(chance: np.random.Generator, count: int) -> list[Polyline]:
    """Sketch-like strokes of 2 to 20 points."""
    found = []
    for points in chance.integers(2, 21, count):
        turn = np.cumsum(chance.normal(0.0, 0.5, points)) + chance.uniform(0.0, 6.28)
        steps = 0.7 * np.column_stack([np.cos(turn), np.sin(turn)])
        found.append(chance.uniform(5.0, np.array(PAGE) - 5.0) + np.cumsum(steps, axis=0))
    return found


def hatch(chance: np.random.Generator, count: int) -> list[Polyline]:
    """Patches of parallel lines 0.7 mm apart."""
    found: list[Polyline] = []
    while len(found) < count:
        angle, long = chance.uniform(0.0, np.pi), chance.uniform(3.0, 12.0)
        along = np.array([np.cos(angle), np.sin(angle)])
        centre = chance.uniform(15.0, np.array(PAGE) - 15.0)
        for row in range(int(chance.integers(5, 30))):
            middle = centre + 0.7 * row * np.array([-along[1], along[0]])
            half = along * long * chance.uniform(0.35, 0.5)
            found.append(np.array([middle - half, middle + half]))
    return found[:count]


def contours(chance: np.random.Generator, count: int) -> list[Polyline]:
    """Closed and open lines of 8 to 200 points, as in a map."""
    found = []
    for _ in range(count):
        radius = 0.4 + chance.exponential(1.4)
        turn = np.linspace(0.0, 2.0 * np.pi, int(np.clip(radius * 12, 8, 200)) + 1)
        wave = 1.0 + 0.3 * np.sin(3 * turn + chance.uniform(0.0, 6.0))
        line = (radius * wave)[:, None] * np.column_stack([np.cos(turn), np.sin(turn)])
        line = line[: len(line) // 2 + 1] if chance.random() < 0.5 else line
        found.append(chance.uniform(5.0, np.array(PAGE) - 5.0) + line)
    return found


KINDS: dict[str, Callable[[np.random.Generator, int], list[Polyline]]] = {
    "walk": walk,
    "hatch": hatch,
    "contours": contours,
}


def write_svg(strokes: Sequence[Polyline], path: Path) -> None:
    """A page of open paths, cut off 1 mm from its edge."""
    width, height = PAGE
    with path.open("w") as file:
        file.write(
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}mm" height="{height}mm" '
            f'viewBox="0 0 {width} {height}"><g fill="none" stroke="black">\n'
        )
        for stroke in strokes:
            points = np.clip(stroke, 1.0, np.array(PAGE) - 1.0).round(2).tolist()
            file.write(f'<path d="M{" L".join(f"{x},{y}" for x, y in points)}"/>\n')
        file.write("</g></svg>")


def measured(command: Sequence[str | Path]) -> tuple[float, float, str]:
    """Seconds of processor time, the most memory in MB, and what the command printed."""
    kept = {key: value for key, value in os.environ.items() if key != _UNCOMPILED}
    words = [sys.executable, "-S", "-c", ALONE, *map(str, command)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, env=kept)
    if done.returncode:
        raise SystemExit(f"{command[0]} failed")
    seconds, kilobytes = json.loads(done.stderr.splitlines()[-1])
    return seconds, kilobytes / 1024, done.stdout


def travel_of(path: Path) -> float:
    """Pen-up way of a file's lines in its order, from the corner of the paper and back, mm."""
    lines = read_svg(path, drawn_mm=None).polylines
    drawing = place_page(lines, PAGE, Paper.named("A4", margin=10.0).drawable)
    return travel_mm(drawing.strokes, (0.0, 0.0), (0.0, 0.0))


def run(kind: str, count: int, folder: Path) -> None:
    """The rows of one drawing."""
    source, output = folder / "in.svg", folder / "out.svg"
    ours: list[str | Path] = [sys.executable, "-m", "pi_service", "plan", source]
    ours += ["--paper", "A4", "--actual-size", "--json", "-o", folder / "out.gcode"]
    write_svg(KINDS[kind](np.random.default_rng(1), FEW_STROKES), source)
    begun = measured(ours)[1] - measured([sys.executable, "-c", READ, source])[1]
    print(f"{kind:9}{FEW_STROKES:8} {'plan':16}{begun:18.1f} MB")
    write_svg(KINDS[kind](np.random.default_rng(1), count), source)
    _, reading, _ = measured([sys.executable, "-c", READ, source])
    for name in ("plan", "plan --fast"):
        seconds, memory, told = measured([*ours, *name.split()[1:]])
        travel = json.loads(told)["after"]["travel_mm"]
        show(f"{kind:9}{count:8} {name:16}", count, seconds, memory - reading, travel)
    vpype = shutil.which("vpype", path=Path(sys.executable).parent)
    if vpype is None:
        return
    for name in ("vpype", "vpype --two-opt"):
        more = name.split()[1:]
        if not more or count <= TWO_OPT_STROKES:
            command: list[str | Path] = [
                vpype,
                "read",
                source,
                "linemerge",
                "linesort",
                *more,
                "write",
                output,
            ]
            seconds, memory, _ = measured(command)
            way = travel_of(output)
            show(f"{kind:9}{count:8} {name:16}", count, seconds, memory - reading, way)


def show(what: str, count: int, seconds: float, memory: float, travel: float) -> None:
    """Print a row."""
    share = 1024 * memory / count
    print(
        f"{what}{seconds:8.1f} s {memory:8.0f} MB {share:6.1f} kB a stroke {travel:9.0f} mm",
        flush=True,
    )


def main(sizes: Sequence[int] = SIZES) -> None:
    """Print the table."""
    print("kind      strokes program         processor   memory above reading        travel")
    with tempfile.TemporaryDirectory() as folder:
        for count in sizes:
            for kind in KINDS:
                run(kind, count, Path(folder))


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or SIZES)
