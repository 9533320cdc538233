"""How near the pen comes to the lines that hands drew, of which a sketch keeps a few points.

The raw drawings are thinned as Quick, Draw! thins them, drawn in three sizes, and compared
with the hands' own lines. A pixel is a 255th of a drawing's longer side.
"""

from __future__ import annotations

import gzip
import json
import math
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import TypeAlias

import numpy as np

from firmware_gcode.drawing.geometry import Polyline, distances
from firmware_gcode.toolpath.fit import Way, fit
from firmware_gcode.toolpath.segments import Arc, flatten
from firmware_gcode.toolpath.tolerance import SKETCH_PIXELS, Tolerance, sketch_tolerance
from pi_service.sketching.simplify import simplify
from tests.bench.bench_toolpath import shared

SIZES_MM = (50.0, 100.0, 250.0)
KINK = math.radians(12.0)
Hand: TypeAlias = list[tuple[Polyline, Polyline]]
"""Each stroke of a drawing as it was drawn and as a sketch keeps it, in pixels."""


def hands(data: Path) -> Iterator[Hand]:
    """All raw drawings."""
    with gzip.open(data / "quickdraw" / "raw.ndjson.gz", "rt") as file:
        for line in file:
            raw = [np.array(stroke[:2], float).T for stroke in json.loads(line)["drawing"]]
            every = np.concatenate(raw)
            low, size = every.min(axis=0), np.ptp(every, axis=0).max()
            raw = [(stroke - low) * SKETCH_PIXELS / size for stroke in raw]
            kept = [(stroke, np.rint(simplify(stroke))) for stroke in raw]
            yield [(stroke, sketched) for stroke, sketched in kept if len(sketched) > 1]


def kinks(way: Way) -> int:
    """How often a stroke turns by more than 12 degrees at a joint."""
    places = [way[0], *(segment.end for segment in way[1])]
    headings = []
    for (here, there), segment in zip(pairwise(places), way[1], strict=True):
        chord, half = math.atan2(there[1] - here[1], there[0] - here[0]), 0.0
        if isinstance(segment, Arc):
            half = math.asin(min(1.0, math.dist(here, there) / 2.0 / segment.radius))
            half = half if segment.clockwise else -half
        headings.append((chord + half, chord - half))
    turns = [leaving - arriving for (_, arriving), (leaving, _) in pairwise(headings)]
    return sum(abs((turn + math.pi) % math.tau - math.pi) > KINK for turn in turns)


def main() -> None:
    """Distance and kinks in each size, and those of straight lines."""
    data = shared()
    if data is None:
        print("development data not found; set CATPLOTTER_SHARED to use it")
        return
    drawings = [hand for hand in hands(data) if hand]
    print(
        f"{len(drawings)} drawings   px: mean of all points, of strokes   kinks   segments   s"
    )
    for size in SIZES_MM:
        pixel = size / SKETCH_PIXELS
        for name, tolerance in (
            ("fitted", sketch_tolerance(size)),
            ("lines", Tolerance(0.0, smoothing=False)),
        ):
            began = time.process_time()
            ways = []
            for hand in drawings:
                strokes = [sketched * pixel for _, sketched in hand]
                ways.append(
                    fit(strokes, tolerance.of_each(strokes), smoothing=tolerance.smoothing)
                )
            seconds = time.process_time() - began
            flat = [(way, flatten(*way) / pixel) for drawn in ways for way in drawn]
            raw = [stroke for hand in drawings for stroke, _ in hand]
            off = [distances(s, points) for s, (_, points) in zip(raw, flat, strict=True)]
            means = [float(each.mean()) for each in off]
            print(
                f"{size:5.0f} mm {name:8} {np.concatenate(off).mean():8.3f} "
                f"{np.mean(means):8.3f} {np.mean([kinks(way) for way, _ in flat]):8.2f} "
                f"{sum(len(way[1]) for way, _ in flat):8d} {seconds:6.1f}"
            )


if __name__ == "__main__":
    main()
