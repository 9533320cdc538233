"""Sketches in the Quick, Draw! simplified form: one JSON object a line."""

from __future__ import annotations

import json

import numpy as np

from pi_service.sketching.stroke import Sketch, to_polylines

LONGER_SIDE = 255
"""Pixels of a drawing's longer side in the simplified form."""


def quickdraw_row(sketch: Sketch, class_name: str) -> str:
    """One line of an ndjson file, without the line end.

    As in the public files the drawing is moved into the upper left corner and scaled so that
    its longer side is 255; ``drawing`` holds per stroke a list of x and a list of y, whole
    numbers from 0 to 255, y down.

    Args:
        sketch: Any sketch that is not empty.
        class_name: Becomes ``word``.
    """
    lines = [line.astype(np.float64) for line in to_polylines(sketch)]
    points = np.concatenate(lines)
    corner = points.min(axis=0)
    side = float(np.ptp(points, axis=0).max())
    factor = LONGER_SIDE / side if side > 0 else 1.0
    strokes = [np.rint((line - corner) * factor).astype(int).T.tolist() for line in lines]
    return json.dumps({"word": class_name, "drawing": strokes}, separators=(",", ":"))
