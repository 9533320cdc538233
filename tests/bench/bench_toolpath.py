"""Order of strokes against the best known, real cats against the provable best, machine time.

Seconds are processor time of this process. vpype and vpype-gcode run beside ours where they
are installed (`pip install 'vpype<2' vpype-gcode`); without them those lines are left out.
"""

from __future__ import annotations

import gzip
import importlib.util
import json
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from firmware_gcode.drawing.geometry import Drawing, Polyline, Rectangle
from firmware_gcode.drawing.layout import place
from firmware_gcode.program.profile import Profile
from firmware_gcode.program.report import plain_toolpath
from firmware_gcode.program.writer import write_program
from firmware_gcode.toolpath.merge import merge
from firmware_gcode.toolpath.ordering.cost import Cost as TravelCost
from firmware_gcode.toolpath.ordering.cost import Millimetres, Seconds
from firmware_gcode.toolpath.ordering.order import order, proved
from firmware_gcode.toolpath.ordering.ways import Strokes, Visit
from firmware_gcode.toolpath.plan import plan_toolpath
from tests.bench.machine_time import Cost, peer_program

HOME = (0.0, 0.0)
AREA = Rectangle(20.0, 20.0, 120.0, 120.0)
OPTIMAL_CATS, TIMED_CATS = 1000, 100
MOST_STATES = 100_000
"""Beginnings of one size that a proof may follow."""
UNCUT_POINTS = 30
"""Points of each stroke of the `touch` inputs before it was cut (the last has fewer)."""


def shared() -> Path | None:
    """The folder of development data, if there is one."""
    repository = Path(__file__).resolve().parents[2]
    folder = Path(os.environ.get("CATPLOTTER_SHARED", repository.parent / "shared")) / "data"
    return folder if folder.is_dir() else None


def travel(
    strokes: Sequence[Polyline], visits: Sequence[Visit], cost: TravelCost | None = None
) -> float:
    """What the pen-up way from home through all visits to home costs; mm if not said."""
    price = cost or Millimetres()
    moves, here = [], np.array(HOME)
    for visit in visits:
        points = strokes[visit.stroke]
        begin, end = points[0], points[-1]
        if visit.seam:
            begin = end = points[visit.seam]
        if visit.backwards:
            begin, end = end, begin
        moves.append(complex(*(begin - here)))
        here = end
    return float(price.of(np.array([*moves, complex(*(HOME - here))])).sum())


def bench_order(data: Path) -> None:
    """Travel home to home over the best known, per cent."""
    best: dict[str, Any] = json.loads((data / "paths" / "best_known.json").read_text())
    with gzip.open(data / "paths" / "drawings.json.gz", "rt") as file:
        drawings: dict[str, Any] = json.load(file)
    print("strokes  kind      over best known, %        seconds   seams save, %")
    for size in (30, 300, 3000):
        for kind in ("walk", "uniform", "mixed"):
            gaps, seconds, saved = [], [], []
            for name in (n for n in drawings if n.startswith(f"{kind}-{size}-")):
                strokes = [np.array(stroke) for stroke in drawings[name]]
                before = time.process_time()
                found = travel(strokes, order(strokes, HOME, HOME))
                seconds.append(time.process_time() - before)
                gaps.append(100.0 * (found / best[name]["best_known"]["home"] - 1.0))
                if kind == "mixed":
                    fixed = travel(strokes, order(strokes, HOME, HOME, choose_seams=False))
                    saved.append(100.0 * (1.0 - found / fixed))
            seams = f"{np.mean(saved):9.1f}" if saved else ""
            print(
                f"{size:7d}  {kind:8s} mean {np.mean(gaps):6.2f} worst {max(gaps):6.2f} "
                f"{max(seconds):11.3f} {seams}"
            )
    bench_merge(drawings)


def bench_merge(drawings: dict[str, Any]) -> None:
    """How many strokes are left of cut ones, and how many of those are whole again."""
    for size in (30, 300, 3000):
        left, whole = [], []
        for name in (n for n in drawings if n.startswith(f"touch-{size}-")):
            strokes = [np.array(stroke) for stroke in drawings[name]]
            merged = merge(strokes, 0.05)
            counts = [1 + sum(len(strokes[i]) - 1 for i in item.source) for item in merged]
            left.append(len(merged))
            whole.append(counts.count(UNCUT_POINTS))
        print(f"{size:7d}  touch    merged to {left}; {UNCUT_POINTS} points: {whole}")


def cats(data: Path) -> Iterator[Drawing]:
    """Real cats of the test and train split, 100 mm large."""
    for split in ("test", "train"):
        with gzip.open(data / "quickdraw" / f"{split}.ndjson.gz", "rt") as file:
            for line in file:
                sketch = json.loads(line)
                if sketch["word"] == "cat":
                    strokes = [np.array(stroke).T for stroke in sketch["drawing"]]
                    yield place(strokes, AREA, y_down=True)


def bench_optimal(data: Path) -> None:
    """How often the order of a real cat is the best there is, and how long it takes.

    Each order is proved, or a better one found, by an exact search of its own, for travel in
    millimetres; then ordering for seconds is compared with ordering for millimetres.
    """
    profile = Profile.load("simulated")
    price = Seconds.of_machine(profile.motion, profile.travel_feed, rapid=profile.rapid_travel)
    optimal = proofs = quicker = 0
    taken: list[float] = []
    seconds = np.zeros(3)
    for _, drawing in zip(range(OPTIMAL_CATS), cats(data), strict=False):
        strokes = drawing.strokes
        before = time.process_time()
        visits = order(strokes, HOME, HOME)
        taken.append(time.process_time() - before)
        lines, home = Strokes.of(strokes, choose_seams=True), (complex(*HOME), complex(*HOME))
        best = proved(lines, home, Millimetres(), visits, MOST_STATES)
        if best is not None or len(strokes) == 1:
            proofs += 1
            optimal += travel(strokes, visits) <= travel(strokes, best or visits) + 1e-6
        timed = order(strokes, HOME, HOME, cost=price)
        in_file_order = [Visit(index) for index in range(len(strokes))]
        now = [travel(strokes, each, price) for each in (in_file_order, visits, timed)]
        seconds += now
        quicker += now[2] < now[1] - 1e-6
    print(
        f"{len(taken)} cats: {optimal} optimal, {proofs} proofs; "
        f"median {1e3 * float(np.median(taken)):.1f} ms, worst {1e3 * max(taken):.0f} ms"
    )
    file, short, quick = seconds / len(taken)
    print(
        f"travel of a cat: {file:.3f} s in file order, {short:.3f} s ordered for millimetres, "
        f"{quick:.3f} s ordered for seconds (less in {quicker} cats)"
    )


def bench_machine_time(data: Path) -> None:
    """Machine time and bytes of 100 cats, and of the peer's where it is installed.

    Both at their own tolerance (the peer's is 0.05 mm), and at the same.
    """
    drawings = [drawing for _, drawing in zip(range(TIMED_CATS), cats(data), strict=False)]
    for name in Profile.shipped():
        profile = Profile.load(name)
        costs = {
            "planned": ours(drawings, profile),
            "planned, plain hops": ours(drawings, replace(profile, plain_hops=True)),
            "planned at 0.05 mm": ours(drawings, profile, 0.05),
            "file order": Cost(),
        }
        for drawing in drawings:
            plain = write_program(plain_toolpath(drawing, profile), profile)
            costs["file order"].add(plain.text.splitlines(), profile)
        peers = (0.05, 0.285) if importlib.util.find_spec("vpype_gcode") else ()
        for tolerance in peers:
            peer = costs[f"vpype-gcode at {tolerance} mm"] = Cost()
            for drawing in drawings:
                peer.add(peer_program(drawing, profile, tolerance), profile)
        print(f"{len(drawings)} cats of 100 mm, {name:12}  seconds    bytes")
        for label, cost in costs.items():
            print(f"  {label:33}{cost.seconds:10.1f} {cost.bytes:8d}")
        if peers:
            fine, coarse = costs["vpype-gcode at 0.05 mm"], costs["vpype-gcode at 0.285 mm"]
            whole, exact = costs["planned"], costs["planned at 0.05 mm"]
            print(
                f"  time {whole.seconds / fine.seconds:.3f} of vpype-gcode's; "
                f"both at 0.285 mm {whole.seconds / coarse.seconds:.3f}, "
                f"at 0.05 mm {exact.seconds / fine.seconds:.3f}; "
                f"bytes {whole.bytes / fine.bytes:.2f}"
            )


def ours(
    drawings: Sequence[Drawing], profile: Profile, tolerance: float | None = None
) -> Cost:
    """What drawings cost as they are planned here."""
    total = Cost()
    for drawing in drawings:
        toolpath = plan_toolpath(drawing, profile, tolerance=tolerance)
        total.add(write_program(toolpath, profile).text.splitlines(), profile)
    return total


def main() -> None:
    """Run all of it; a few minutes."""
    data = shared()
    if data is None:
        print("development data not found; set CATPLOTTER_SHARED to use it")
        return
    bench_order(data)
    bench_optimal(data)
    bench_machine_time(data)


if __name__ == "__main__":
    main()
