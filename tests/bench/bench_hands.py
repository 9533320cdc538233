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
from pathlib import Path
from typing import TypeAlias

import numpy as np

from firmware_gcode.drawing.geometry import Polyline, distances
from firmware_gcode.toolpath.fit import fit
from firmware_gcode.toolpath.tolerance import SKETCH_PIXELS, Tolerance, sketch_tolerance
from pi_service.sketching.simplify import simplify
from tests.bench.bench_toolpath import shared
from tests.firmware_gcode.toolpath.test_fit import kinks

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
            flat = [(way, way.points / pixel) for drawn in ways for way in drawn]
            raw = [stroke for hand in drawings for stroke, _ in hand]
            off = [distances(s, points) for s, (_, points) in zip(raw, flat, strict=True)]
            means = [float(each.mean()) for each in off]
            turns = [np.greater(kinks(way), KINK).sum() for way, _ in flat]
            print(
                f"{size:5.0f} mm {name:8} {np.concatenate(off).mean():8.3f} "
                f"{np.mean(means):8.3f} {np.mean(turns):8.2f} "
                f"{sum(len(way.z) - 1 for way, _ in flat):8d} {seconds:6.1f}"
            )


if __name__ == "__main__":
    main()
